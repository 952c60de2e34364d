#ifndef SLUICE_CACHE_DISTINCT_H
#define SLUICE_CACHE_DISTINCT_H
/*
 * distinct -- how many different values there are, in bounded memory: exactly
 * up to DISTINCT_EXACT, and beyond it about.
 *
 * Use        struct distinct d = { 0 }; distinct_add(&d, distinct_hash(p, n),
 *            err) for each value; distinct_count(&d, &is_about);
 *            distinct_clear(&d).
 * How        The smallest DISTINCT_EXACT of the values' 64-bit hashes are
 *            kept. Where there were more, hashes being spread evenly, the
 *            largest one kept tells how dense they lie (Bar-Yossef et al.,
 *            "Counting distinct elements in a data stream", 2002): the
 *            standard error is 1/sqrt(4094), 1.6 %. Sets add up to the set of
 *            all values, in whatever order.
 * Errors     ERROR_MEMORY.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/base/error.h"

enum {
	DISTINCT_EXACT = 4096,
	DISTINCT_SEEN = 4096 /* hashes met last, by their lowest bits */
};

struct distinct {
	uint64_t *hashes; /* those kept, and behind them new ones */
	size_t n, cap;
	bool is_full; /* there were more */
	uint64_t most; /* is_full: the largest one kept */
	uint64_t *seen; /* DISTINCT_SEEN of them, from the first one on */
};

/* The hash of a value's bytes. Part of the derived form "statistics". */
uint64_t distinct_hash(const char *p, size_t n);

/* Adds one value. */
int distinct_add(struct distinct *d, uint64_t hash, struct error *err);

/* Adds the values of another set. */
int distinct_merge(struct distinct *d, struct distinct *other,
    struct error *err);

/* Leaves the hashes kept, sorted, each once. */
void distinct_settle(struct distinct *d);

/* How many; *is_about: it is an estimate. Settles. */
uint64_t distinct_count(struct distinct *d, bool *is_about);

/* Frees; usable again. */
void distinct_clear(struct distinct *d);

#endif
