/* datatest: shares as fractions, and SQL in which nothing of the user's is
 * anything but a name or a text. What the SQL says is tested end to end. */
#include "runner/lang/datatest.h"
#include "tests/unit/lang/fixture.h"

static void test_shares(void **state)
{
	static const struct {
		const char *text;
		int64_t numerator, denominator;
	} good[] = { { "0", 0, 1 }, { "1", 1, 1 }, { "0.95", 95, 100 },
		{ "1.00", 100, 100 }, { "0.07", 7, 100 },
		{ "0.123456789", 123456789, 1000000000 } };
	static const char *const bad[] = { "", "2", "1.1", ".5", "0.", "00",
		"-0.5", "0,5", "0.1234567890", "95", "0.5x", "1e-1" };
	int64_t n, d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(datatest_share(good[i].text, &n, &d));
		assert_true(n == good[i].numerator && d == good[i].denominator);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(datatest_share(bad[i], &n, &d));
}

static void test_percents(void **state)
{
	static const struct {
		const char *text;
		int64_t numerator, denominator;
	} good[] = { { "0", 0, 100 }, { "5", 5, 100 }, { "100", 100, 100 },
		{ "0.5", 5, 1000 }, { "33.3", 333, 1000 },
		{ "12.345678", 12345678, 100000000 } };
	static const char *const bad[] = { "", "101", "100.1", ".5", "5.", "05",
		"-1", "5,0", "1.2345678", "5x", "1e1", "1000" };
	int64_t n, d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(datatest_percent(good[i].text, &n, &d));
		assert_true(n == good[i].numerator && d == good[i].denominator);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(datatest_percent(bad[i], &n, &d));
}

static const struct data_test *one_test(struct loaded *x, const char *text)
{
	CLEANUP(buf_clear) struct buf file = { 0 };
	struct memory_file files[1] = { { .path = "X.sql" } };

	buf_printf(&file, SQL "@test %s\nSELECT 1 AS a\n", text);
	files[0].text = buf_bytes(&file);
	LOAD(x, files);
	assert_int_equal(x->rc, 0);
	assert_int_equal(node_of(x, "X")->n_tests, 1);
	return &node_of(x, "X")->tests[0];
}

/* Outside of doubled quotes there is no letter of the user's. */
static void test_quoting(void **state)
{
	static const struct {
		const char *test, *sql;
	} cases[] = {
		{ "in(a, '; DROP TABLE t; --')",
		    "\"a\" NOT IN ('; DROP TABLE t; --')" },
		{ "in(\"a\"\" OR 1=1 --\", 'it''s', 1e5, TRUE)",
		    "\"a\"\" OR 1=1 --\" NOT IN ('it''s', 1e5, TRUE)" },
		{ "match(\"'\", ''')')", "CAST(\"'\" AS TEXT), ''')')" },
		{ "in(a, 1;2)", "\"a\" NOT IN ('1;2')" },
		{ "range(a, -5, 1.5)", "NOT BETWEEN -5 AND 1.5" },
		{ "range(a, 2020-01-01, 2021-01-01)",
		    "NOT BETWEEN '2020-01-01' AND '2021-01-01'" },
		{ "range(a, *, 5)", "\"a\" > 5 OR typeof(\"a\") = 'text'" },
		{ "range(a, 2020-01-01, *)", "\"a\" < '2020-01-01'" },
		{ "range(a, \"*\", b)", "NOT BETWEEN '*' AND 'b'" },
		{ "not_null(a) 0.5%",
		    "FROM \"bad\") * 1000 > (SELECT "
		    "count(*) FROM \"t\") * 5" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct loaded x;
		const struct data_test *t = one_test(&x, cases[i].test);

		if (strstr(t->body.p, cases[i].sql) == NULL)
			fail_msg("%s: no %s in %s", cases[i].test, cases[i].sql,
			    t->body.p);
		unload(&x);
	}
}

/* A key tells which row; else its number, under a name that is free. */
static void test_which_row(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("K.sql",
		    SQL "@key id, d\n@test not_null(D)\nSELECT 1 AS id"),
		FILE_OF("R.sql", SQL "@test not_null(Row)\nSELECT 1 AS row"),
	};
	struct loaded x;

	(void)state;
	LOAD(&x, files);
	assert_string_equal(node_of(&x, "K")->tests[0].body.p,
	    "SELECT \"id\", \"d\" FROM \"t\" WHERE \"D\" IS NULL");
	assert_string_equal(node_of(&x, "R")->tests[0].body.p,
	    "SELECT * FROM (SELECT row_number() OVER () AS \"row_\", \"Row\" "
	    "FROM \"t\") WHERE \"Row\" IS NULL");
	unload(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_percents),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_which_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
