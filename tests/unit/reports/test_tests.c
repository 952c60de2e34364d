/* tests: what readers outside are told of a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/tests.h"

static struct manifest_test made(char *test, uint64_t rows)
{
	return (struct manifest_test){ .test = test,
		.verdict = rows ? VERDICT_FAILED : VERDICT_OK,
		.rows = rows };
}

/* Behind the first column there may be values. */
static void test_names_outside(void **state)
{
	static struct {
		char test[64];
		const char *outside;
	} cases[] = {
		{ "not_null(id)", "not_null(id)" },
		{ "in(mrn, '00123')", "in(mrn, ...)" },
		{ "in(\"a,b\", 'secret')", "in(\"a,b\", ...)" },
		{ "in('a\"\"b,c', 'secret')", "in('a\"\"b,c', ...)" },
		{ "match(name, '^Smith')", "match(name, ...)" },
		{ "rows(3, 5)", "rows(...)" },
		{ "./orphans.sql", "./orphans.sql" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 }, out = { 0 };
		struct manifest_test t = made(cases[i].test, 1);

		test_print(&t, true, &in);
		test_print(&t, false, &out);
		assert_string_equal(in.p, cases[i].test);
		assert_string_equal(out.p, cases[i].outside);
	}
}

/* None, few, or about how many. */
static void test_counts_outside(void **state)
{
	static const struct {
		uint64_t n;
		const char *rows;
	} cases[] = { { 0, "0" }, { 1, "<11" }, { 10, "<11" }, { 11, "50" },
		{ 74, "50" }, { 75, "100" }, { 1204, "1,200" } };
	char name[] = "not_null(id)", rows[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct manifest_test t = made(name, cases[i].n);

		test_rows_print(&t, false, rows);
		assert_string_equal(rows, cases[i].rows);
		t.is_whole = true;
		test_rows_print(&t, false, rows);
		assert_string_equal(rows, "");
	}
}

static void test_order_and_numbers(void **state)
{
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	CLEANUP(report_tests_clear) struct report_tests t = { 0 };
	CLEANUP(buf_clear) struct buf words = { 0 };
	static const struct {
		uint64_t rows;
		bool is_warning;
	} tests[] = { { 1, true }, { 0, false }, { 3, false }, { 0, true } };
	struct manifest_node *n = manifest_add(&m, "A");
	size_t i;

	(void)state;
	n->verdicts.tests = mem_array(4, sizeof(*n->verdicts.tests));
	for (i = 0; i < 4; i++) {
		n->verdicts.tests[i] =
		    made(mem_strdup("not_null(x)"), tests[i].rows);
		n->verdicts.tests[i].is_warning = tests[i].is_warning;
		n->verdicts.n++;
	}
	assert_int_equal(report_tests_make(NULL, &m, &t, NULL), 0);
	assert_int_equal(t.n, 4);
	assert_int_equal(t.n_failed, 2);
	assert_int_equal(t.n_blocking, 1);
	assert_ptr_equal(t.failed[0].test, &n->verdicts.tests[2]);
	assert_ptr_equal(t.failed[1].test, &n->verdicts.tests[0]);
	tests_print(&t, &words);
	assert_string_equal(words.p, "4 tests: 1 does not hold, 1 warns");
}

/* What waits for its table comes behind what can be looked at; a warning that
 * was there before, of as many rows, is marked. */
static void what_waits_and_what_is_old(void **state)
{
	CLEANUP(manifest_clear) struct manifest m = { 0 }, before = { 0 };
	CLEANUP(report_tests_clear) struct report_tests t = { 0 };
	CLEANUP(buf_clear) struct buf words = { 0 };
	struct manifest_node *n = manifest_add(&m, "A"), *was;
	size_t i;

	(void)state;
	n->verdicts.tests = mem_array(4, sizeof(*n->verdicts.tests));
	was = manifest_add(&before, "A");
	was->verdicts.tests = mem_array(4, sizeof(*was->verdicts.tests));
	for (i = 0; i < 4; i++) {
		n->verdicts.tests[i] =
		    made(mem_strdup("not_null(x)"), i == 3 ? 7 : 3);
		n->verdicts.tests[i].is_warning = i >= 2;
	}
	n->verdicts.tests[0].verdict = VERDICT_BLOCKED;
	n->verdicts.n = 4;
	was->verdicts.tests[0] = made(mem_strdup("not_null(x)"), 3);
	was->verdicts.tests[0].is_warning = true;
	was->verdicts.n = 1;
	assert_int_equal(report_tests_make(NULL, &m, &t, NULL), 0);
	assert_int_equal(t.n_blocking, 2);
	assert_int_equal(t.n_waiting, 1);
	assert_ptr_equal(t.failed[0].test, &n->verdicts.tests[1]);
	assert_ptr_equal(t.failed[1].test, &n->verdicts.tests[0]);
	report_tests_compare(&t, &before);
	assert_int_equal(t.n_old, 1);
	assert_false(t.failed[0].is_old);
	assert_true(t.failed[2].is_old);
	assert_false(t.failed[3].is_old);
	tests_print(&t, &words);
	assert_string_equal(words.p,
	    "4 tests: 1 does not hold, 1 waits, 2 warn");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_outside),
		cmocka_unit_test(test_counts_outside),
		cmocka_unit_test(test_order_and_numbers),
		cmocka_unit_test(what_waits_and_what_is_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
