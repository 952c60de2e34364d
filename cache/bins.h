#ifndef SLUICE_CACHE_BINS_H
#define SLUICE_CACHE_BINS_H
/*
 * bins -- how numbers are spread, as counts in at most BINS bins of one width.
 *
 * Use        struct bins b = { 0 }; bins_add(&b, value) for each;
 *            bins_merge(&b, &other).
 * Shape      Bin i holds the values from (first + i) * 2^scale up to, and
 *            without, the next: all bins of one width lie on the same grid, so
 *            that two histograms add up, and two tables' are drawn over the
 *            same bins. The width is the smallest of those powers of two with
 *            which they fit in: the same for the same values, in any order.
 * Left out   nan and infinities.
 */
#include <stddef.h>
#include <stdint.h>

enum {
	BINS = 64
};

struct bins {
	int scale;
	int64_t first;
	size_t n; /* none: no value yet */
	uint64_t counts[BINS];
	double per; /* 2^-scale, once a value was added */
};

/* Counts one value. */
void bins_add(struct bins *b, double value);

/* Adds the counts of another. */
void bins_merge(struct bins *b, const struct bins *other);

/* Brings both to one width with which all their values lie in at most `most`
 * bins, from the same first one on, equally many. */
void bins_align(struct bins *a, struct bins *b, size_t most);

#endif
