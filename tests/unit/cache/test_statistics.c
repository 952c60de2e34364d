/*
 * Statistics of columns, against what is counted by looking at every value;
 * that parts are read once; sets and bins by themselves.
 */
#include "tests/unit/cache/table_help.h"

#include <math.h>

#include "cache/statistics.h"
#include "cache/store_derived.h"

static uint64_t seed = 20261126;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* -- known values -- */

static void look(struct place *p, const char *text, size_t column,
    const char *least, const char *greatest, uint64_t nulls, uint64_t distinct)
{
	struct table_spec spec = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	struct statistics s = { 0 };
	bool is_about;

	OK(build_text(p->st, text, &spec, &t, &err));
	OK(table_statistics(p->st, &t, &column, 1, &s, &err));
	assert_string_equal(s.least.is_set ? s.least.text : "none", least);
	assert_string_equal(s.greatest.is_set ? s.greatest.text : "none",
	    greatest);
	assert_int_equal(s.rows, t.rows);
	assert_int_equal(s.nulls, nulls);
	assert_int_equal(distinct_count(&s.distinct, &is_about), distinct);
	assert_false(is_about);
	statistics_clear(&s);
}

static void values_are_in_their_types_order(void **state)
{
	struct place *p = *state;

	look(p, "a:integer\n9\n10\n-3\n-20\n\n9\n", 0, "-20", "10", 1, 4);
	look(p, "a:integer,b:text\n1,9\n2,10\n3,\n", 1, "10", "9", 1, 2);
	look(p,
	    "a:integer\n170141183460469231731687303715884105727\n"
	    "170141183460469231731687303715884105726\n"
	    "-170141183460469231731687303715884105728\n",
	    0, "-170141183460469231731687303715884105728",
	    "170141183460469231731687303715884105727", 0, 3);
	look(p, "\"a:decimal(5,2)\"\n10.00\n9.5\n-0.5\n-10\n", 0, "-10.00",
	    "10.00", 0, 4);
	look(p, "a:real\n2.0\n10.0\n-0.0\n0.0\n1e300\n-inf\n", 0, "-inf",
	    "1e+300", 0, 5);
	look(p, "a:real\n2.0\nnan\n10.0\nnan\n", 0, "2.0", "nan", 0, 3);
	look(p, "a:date\n2020-04-27\n1999-12-31\n2020-04-27\n", 0, "1999-12-31",
	    "2020-04-27", 0, 2);
	look(p, "a:integer,b:real\n1,\n2,\n", 1, "none", "none", 2, 0);
	look(p, "a:integer\n", 0, "none", "none", 0, 0);
}

/* A long value is cut between characters, and said to be. */
static void a_long_value_is_cut(void **state)
{
	struct place *p = *state;
	struct table_spec spec = { 0 };
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct statistics s = { 0 };
	size_t column = 0, i;

	buf_add_str(&text, "a:text\nb");
	for (i = 0; i < 40; i++)
		buf_add_str(&text, "\xc3\xa9");
	buf_add_str(&text, "\na\n");
	OK(build_text(p->st, text.p, &spec, &t, &err));
	OK(table_statistics(p->st, &t, &column, 1, &s, &err));
	assert_string_equal(s.least.text, "a");
	assert_false(s.least.is_cut);
	assert_int_equal(s.greatest.n, 63); /* "b" and 31 of two bytes */
	assert_true(s.greatest.is_cut);
	statistics_clear(&s);
}

/* -- parts -- */

enum {
	ROWS = 120000
};

/* Rows enough for several parts: a number, an eighth of it, a word. */
static void make_large(struct place *p, struct table *t)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct table_spec spec = { 0 };
	size_t i;

	buf_add_str(&text, "n:integer,r:real,w:text\n");
	for (i = 0; i < ROWS; i++)
		buf_printf(&text, "%zu,%.6f,%s%zu\n", i, (double)i / 8 - 100,
		    i % 3 ? "word " : "", i % 4096);
	OK(build_text(p->st, text.p, &spec, t, &err));
	assert_true(t->n_parts > 2);
}

static void check_large(struct place *p, const struct table *t)
{
	static const size_t columns[] = { 2, 0, 1 };
	struct statistics s[3];
	uint64_t in_bins = 0, n;
	bool is_about;
	size_t i;

	OK(table_statistics(p->st, t, columns, 3, s, &err));
	assert_string_equal(s[1].least.text, "0");
	assert_string_equal(s[1].greatest.text, "119999");
	assert_string_equal(s[2].least.text, "-100.0");
	assert_string_equal(s[2].greatest.text, "14899.875");
	assert_string_equal(s[0].least.text, "0");
	assert_string_equal(s[0].greatest.text, "word 999");
	/* i % 4096 with i % 3: of 12288 pairs (a word or none, number) 8192
	 * are met, more than are exact */
	n = distinct_count(&s[0].distinct, &is_about);
	assert_true(is_about);
	assert_in_range(n, 8192 * 95 / 100, 8192 * 105 / 100);
	n = distinct_count(&s[1].distinct, &is_about);
	assert_true(is_about);
	assert_in_range(n, (uint64_t)ROWS * 95 / 100,
	    (uint64_t)ROWS * 105 / 100);
	/* 0 to 119999 in bins of 2048: 58 whole ones, and one of 1216 */
	assert_int_equal(s[1].bins.scale, 11);
	assert_int_equal(s[1].bins.first, 0);
	assert_int_equal(s[1].bins.n, 59);
	for (i = 0; i < 58; i++)
		assert_int_equal(s[1].bins.counts[i], 2048);
	assert_int_equal(s[1].bins.counts[58], 1216);
	for (i = 0; i < s[2].bins.n; i++)
		in_bins += s[2].bins.counts[i];
	assert_int_equal(in_bins, ROWS);
	for (i = 0; i < 3; i++)
		statistics_clear(&s[i]);
}

/* What is known of a part is not read again: it may be gone. Another column
 * of it is read, and then the first ones are known, too. */
static void a_part_is_read_once(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(buf_clear) struct buf damaged = { 0 };
	struct statistics s;
	size_t i, column = 0;

	make_large(p, &t);
	OK(table_statistics(p->st, &t, &column, 1, &s, &err));
	statistics_clear(&s);
	check_large(p, &t);
	/* a form that says something else is as none */
	buf_add_str(&damaged,
	    "{\"format\":\"sluice-statistics/1\",\"columns\":"
	    "[{\"column\":0,\"type\":\"integer\"}]}\n");
	OK(store_derived_put(p->st, &t.parts[0].blob, "statistics",
	    buf_bytes(&damaged), &err));
	check_large(p, &t);
	for (i = 0; i < t.n_parts; i++) {
		char hex[DIGEST_HEX + 1], path[512];

		if (t.parts[i].bytes <= 64 << 10)
			continue; /* the last one: as quickly read */
		digest_print(&t.parts[i].blob, hex);
		snprintf(path, sizeof(path), "%s/store/blobs/%.2s/%s", p->dir,
		    hex, hex + 2);
		assert_int_equal(unlink(path), 0);
	}
	check_large(p, &t);
	/* the same bytes as another type are read anew */
	t.columns[0].type.kind = TYPE_TEXT;
	assert_int_equal(table_statistics(p->st, &t, &column, 1, &s, NULL),
	    ERROR_NOT_FOUND);
}

/* -- sets -- */

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Several sets together count as one of all values, exactly up to the limit;
 * beyond it, in 40 trials of 1.6 % standard error, within 7 %. */
static void sets_add_up(void **state)
{
	static uint64_t all[40000];
	int trial;

	(void)state;
	for (trial = 0; trial < 40; trial++) {
		struct distinct sets[3] = { 0 }, one = { 0 };
		size_t n = draw(40000), i, distinct = 0;
		uint32_t range = 1 + draw(trial % 2 ? 5000 : 60000);
		uint64_t got;
		bool is_about;

		for (i = 0; i < n; i++) {
			char value[32];

			snprintf(value, sizeof(value), "v%u", draw(range));
			all[i] = distinct_hash(value, strlen(value));
			OK(distinct_add(&sets[draw(3)], all[i], &err));
			OK(distinct_add(&one, all[i], &err));
		}
		qsort(all, n, sizeof(all[0]), compare_hashes);
		for (i = 0; i < n; i++)
			distinct += i == 0 || all[i] != all[i - 1];
		OK(distinct_merge(&sets[0], &sets[1], &err));
		OK(distinct_merge(&sets[0], &sets[2], &err));
		got = distinct_count(&sets[0], &is_about);
		assert_int_equal(is_about, distinct > DISTINCT_EXACT);
		if (is_about)
			assert_in_range(got, distinct * 93 / 100,
			    distinct * 107 / 100);
		else
			assert_int_equal(got, distinct);
		assert_int_equal(distinct_count(&one, &is_about), got);
		for (i = 0; i < 3; i++)
			distinct_clear(&sets[i]);
		distinct_clear(&one);
	}
}

/* -- bins -- */

static double random_value(int kind)
{
	double v = draw(1000) - 500.0;

	if (kind == 0)
		return v;
	if (kind == 1)
		return v / 7;
	if (kind == 2)
		return ldexp(v, (int)draw(400) - 200);
	return draw(50) ? 1990 + draw(37) : v * 1e12;
}

static bool is_same_bins(const struct bins *a, const struct bins *b)
{
	return a->scale == b->scale && a->first == b->first && a->n == b->n &&
	    memcmp(a->counts, b->counts, sizeof(a->counts)) == 0;
}

/* In any order and in any pieces; each value in the bin that it belongs to. */
static void bins_are_of_the_values_alone(void **state)
{
	enum {
		MOST = 300
	};
	static double values[MOST];
	int trial;

	(void)state;
	for (trial = 0; trial < 400; trial++) {
		struct bins forth = { 0 }, back = { 0 }, pieces[2] = { 0 };
		uint64_t want[BINS] = { 0 };
		size_t n = 1 + draw(MOST - 1), i;

		for (i = 0; i < n; i++) {
			values[i] = random_value(trial % 4);
			bins_add(&forth, values[i]);
			bins_add(&pieces[draw(2)], values[i]);
		}
		bins_add(&forth, NAN);
		bins_add(&forth, -INFINITY);
		for (i = n; i > 0; i--)
			bins_add(&back, values[i - 1]);
		bins_merge(&pieces[0], &pieces[1]);
		assert_true(is_same_bins(&forth, &back));
		assert_true(is_same_bins(&forth, &pieces[0]));
		for (i = 0; i < n; i++) {
			double width = ldexp(1, forth.scale);
			size_t at = 0;

			while (at < forth.n &&
			    values[i] >=
			        width * (double)(forth.first + (int64_t)at + 1))
				at++;
			assert_true(at < forth.n &&
			    values[i] >=
			        width * (double)(forth.first + (int64_t)at));
			want[at]++;
		}
		assert_memory_equal(forth.counts, want, sizeof(want));
		/* no finer bins would do */
		assert_true(forth.n > BINS / 2 || forth.n <= n);
	}
}

static void aligned_bins_are_the_same_bins(void **state)
{
	int trial;

	(void)state;
	for (trial = 0; trial < 200; trial++) {
		struct bins a = { 0 }, b = { 0 };
		uint64_t n = draw(100), m = draw(100), i, in_a = 0, in_b = 0;

		for (i = 0; i < n; i++)
			bins_add(&a, random_value(trial % 4));
		for (i = 0; i < m; i++)
			bins_add(&b, random_value(trial % 3) + 100);
		bins_align(&a, &b, 24);
		assert_int_equal(a.scale, b.scale);
		assert_int_equal(a.first, b.first);
		assert_int_equal(a.n, b.n);
		assert_true(a.n <= 24);
		for (i = 0; i < a.n; i++) {
			in_a += a.counts[i];
			in_b += b.counts[i];
		}
		assert_int_equal(in_a, n);
		assert_int_equal(in_b, m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_are_in_their_types_order,
		    place_open, place_close),
		cmocka_unit_test_setup_teardown(a_long_value_is_cut, place_open,
		    place_close),
		cmocka_unit_test_setup_teardown(a_part_is_read_once, place_open,
		    place_close),
		cmocka_unit_test(sets_add_up),
		cmocka_unit_test(bins_are_of_the_values_alone),
		cmocka_unit_test(aligned_bins_are_the_same_bins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
