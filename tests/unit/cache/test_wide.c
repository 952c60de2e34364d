/* wide against printf() and strtod(). */
#include "cache/wide.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

enum {
	TRIES = 200000
};

static uint64_t seed = 20261126;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Of any size in range, and beside decimals of few digits. */
static double some_double(void)
{
	uint64_t bits = (1003 + next_random() % 70) << 52 | next_random() >> 12;
	double a;

	memcpy(&a, &bits, sizeof(a));
	if (next_random() % 3 > 0)
		return a;
	a = (double)(1 + next_random() % 100000) /
	    (double)(1 + next_random() % 1000);
	memcpy(&bits, &a, sizeof(a));
	bits += next_random() % 3;
	memcpy(&a, &bits, sizeof(a));
	return a;
}

/* "d.ddde+xx" as a number: digits and the exponent of 0.DIGITS. */
static void take(const char *text, uint64_t *digits, int *exponent)
{
	*digits = 0;
	for (; *text != 'e'; text++)
		if (*text != '.')
			*digits = *digits * 10 + (uint64_t)(*text - '0');
	*exponent = atoi(text + 1) + 1;
}

static void digits_are_printfs(void **state)
{
	int i, taken = 0;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < TRIES; i++) {
		double a = some_double();
		int n = WIDE_LEAST +
		    (int)(next_random() % (WIDE_MOST - WIDE_LEAST + 1)),
		    exponent;
		struct wide w;
		bool same;
		char text[64];
		uint64_t digits;

		if (!wide_round(a, n, &w, &same))
			continue;
		taken++;
		snprintf(text, sizeof(text), "%.*e", n - 1, a);
		take(text, &digits, &exponent);
		if (w.digits != digits || w.exponent != exponent || w.n != n)
			fail_msg("%s: %" PRIu64 "e%d", text, w.digits,
			    w.exponent);
		assert_int_equal(same, strtod(text, NULL) == a);
	}
	assert_true(taken > TRIES * 8 / 10);
}

/* No text of fewer digits reads back, and none of as many lies nearer. */
static void the_shortest_is_the_shortest(void **state)
{
	int i, taken = 0;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < TRIES; i++) {
		double a = some_double();
		struct wide w;
		char text[64];
		uint64_t digits;
		int n, exponent;

		if (!wide_shortest(a, &w))
			continue;
		taken++;
		for (n = WIDE_LEAST; n <= WIDE_MOST; n++) {
			snprintf(text, sizeof(text), "%.*e", n - 1, a);
			if (strtod(text, NULL) == a)
				break;
		}
		take(text, &digits, &exponent);
		assert_int_equal(w.n, n);
		assert_true(w.digits == digits);
		assert_int_equal(w.exponent, exponent);
	}
	assert_true(taken > TRIES * 8 / 10);
}

static void what_is_out_of_range_is_said(void **state)
{
	static const double out[] = { 0, -1.5, 1e15, 1e300, 9e-7, 5e-324,
		INFINITY, NAN };
	struct wide w;
	bool same;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		assert_false(wide_round(out[i], 17, &w, &same));
		assert_false(wide_shortest(out[i], &w));
	}
	assert_false(wide_shortest(0.25, &w)); /* a power of two */
}

static void values_are_strtods(void **state)
{
	int i;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < TRIES; i++) {
		uint64_t digits =
		    next_random() % (UINT64_C(1000000000000000000));
		int behind = (int)(next_random() % 20);
		char text[64];

		digits >>= next_random() % 60;
		snprintf(text, sizeof(text), "%" PRIu64 "e-%d", digits, behind);
		if (wide_value(digits, behind) != strtod(text, NULL))
			fail_msg("%s: %.17g", text, wide_value(digits, behind));
	}
}

/* Half way between two doubles, and a little beside it. */
static void ties_go_to_the_even_one(void **state)
{
	uint64_t base = UINT64_C(1) << 53;
	int i, d;

	(void)state;
	for (i = 1; i < 1000; i += 2) /* odd: no double, between two */
		for (d = -1; d <= 1; d++) {
			uint64_t digits =
			    (base + (uint64_t)i) * 10 + (uint64_t)d;
			char text[64];

			snprintf(text, sizeof(text), "%" PRIu64 "e-1", digits);
			assert_true(
			    wide_value(digits, 1) == strtod(text, NULL));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_printfs),
		cmocka_unit_test(the_shortest_is_the_shortest),
		cmocka_unit_test(what_is_out_of_range_is_said),
		cmocka_unit_test(values_are_strtods),
		cmocka_unit_test(ties_go_to_the_even_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
