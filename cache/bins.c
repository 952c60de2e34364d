/* bins: see bins.h. */
#include "cache/bins.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
	LEAST = -1100, /* below the exponents of all doubles */
	DIGITS = 53 /* a bin's number is a whole one of so many bits */
};

/* floor(place / 2^by) */
static int64_t coarser(int64_t place, int by)
{
	if (by >= 63)
		return place < 0 ? -1 : 0;
	return place >= 0 ? place >> by : -((-(place + 1)) >> by) - 1;
}

/* How much coarser for low to high to be at most so many places. */
static int fit(int64_t low, int64_t high, size_t most)
{
	int by = 0;

	while (coarser(high, by) - coarser(low, by) >= (int64_t)most)
		by++;
	return by;
}

static void coarsen(struct bins *b, int by)
{
	struct bins old = *b;
	size_t i;

	if (by == 0 || b->n == 0)
		return;
	*b = (struct bins){ .scale = old.scale + by,
		.first = coarser(old.first, by) };
	for (i = 0; i < old.n; i++) {
		size_t at =
		    (size_t)(coarser(old.first + (int64_t)i, by) - b->first);

		b->counts[at] += old.counts[i];
		b->n = at + 1;
	}
}

/* Makes room from low to high, in b's places, which are few enough. */
static void stretch(struct bins *b, int64_t low, int64_t high)
{
	size_t by = (size_t)(b->first - low);

	memmove(b->counts + by, b->counts, b->n * sizeof(b->counts[0]));
	memset(b->counts, 0, by * sizeof(b->counts[0]));
	b->first = low;
	b->n += by;
	while (b->first + (int64_t)b->n <= high)
		b->counts[b->n++] = 0;
}

static int64_t least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void bins_align(struct bins *a, struct bins *b, size_t most)
{
	int64_t low, high;
	int by;

	if (a->n == 0 || b->n == 0) {
		struct bins *one = a->n ? a : b, *other = a->n ? b : a;

		coarsen(one,
		    fit(one->first, one->first + (int64_t)one->n - 1, most));
		*other = (struct bins){ .scale = one->scale,
			.first = one->first,
			.n = one->n };
		return;
	}
	by = b->scale - a->scale;
	coarsen(a, by > 0 ? by : 0);
	coarsen(b, by < 0 ? -by : 0);
	low = least_of(a->first, b->first);
	high = most_of(a->first + (int64_t)a->n, b->first + (int64_t)b->n) - 1;
	by = fit(low, high, most);
	coarsen(a, by);
	coarsen(b, by);
	stretch(a, coarser(low, by), coarser(high, by));
	stretch(b, coarser(low, by), coarser(high, by));
}

void bins_merge(struct bins *b, const struct bins *other)
{
	struct bins more = *other;
	size_t i;

	if (more.n == 0)
		return;
	if (b->n == 0) {
		*b = more;
		return;
	}
	bins_align(b, &more, BINS);
	for (i = 0; i < b->n; i++)
		b->counts[i] += more.counts[i];
}

void bins_add(struct bins *b, double value)
{
	struct bins one = { .scale = LEAST, .n = 1, .counts = { 1 } };
	int exponent;

	if (!isfinite(value))
		return;
	if (b->per > 0) {
		/* nearly all values fall where others did */
		double place = value * b->per;

		if (place >= (double)b->first &&
		    place < (double)b->first + (double)b->n) {
			int64_t whole = (int64_t)place;

			whole -= (double)whole > place; /* downwards */
			b->counts[whole - b->first]++;
			return;
		}
	}
	frexp(value, &exponent);
	if (value != 0) {
		one.scale = exponent - DIGITS;
		one.first = (int64_t)ldexp(value, -one.scale);
	}
	bins_merge(b, &one);
	b->per = ldexp(1, -b->scale);
}
