/* The header: what is a directive, what is code, and where errors are. */
#include "tests/unit/lang/fixture.h"

#include "runner/lang/scan.h"

struct scanned {
	struct arena a;
	struct scan s;
};

static struct scanned scan_of(const char *text, size_t n)
{
	struct scanned x = { 0 };

	assert_int_equal(scan(&x.a, (struct bytes){ text, n }, &x.s, NULL), 0);
	return x;
}

#define SCAN(text) scan_of(text, sizeof(text) - 1)

static void test_bare_and_commented_are_the_same(void **state)
{
	static const char *const leaders[] = { "", "-- ", "# ", "// ", "% ",
		"; ", "  --", "##\t" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(leaders); i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };
		struct scanned x;

		buf_printf(&b, "%s@depend ./A as b (c, 'd e')\ncode\n",
		    leaders[i]);
		x = scan_of(b.p, b.n);
		assert_int_equal(x.s.n, 1);
		assert_int_equal(x.s.n_errors, 0);
		assert_int_equal(x.s.directives[0].word, WORD_DEPEND);
		assert_int_equal(x.s.directives[0].n, 3);
		assert_string_equal(x.s.directives[0].args[2].text, "b");
		assert_int_equal(x.s.directives[0].n_list, 2);
		assert_string_equal(x.s.directives[0].list[1].text, "d e");
		assert_int_equal(x.s.directives[0].col,
		    (int)strlen(leaders[i]) + 1);
		assert_int_equal(x.s.body_line, 2);
		arena_clear(&x.a);
	}
}

static void test_what_is_skipped(void **state)
{
	static const char text[] = "\xef\xbb\xbf#!/usr/bin/x\r\n"
	                           "/* a\n@depend ./no */\r\n"
	                           "\r\n"
	                           "@key a\r\n"
	                           "/* b */ code\n";
	struct scanned x = SCAN(text);

	(void)state;
	assert_int_equal(x.s.n, 1);
	assert_int_equal(x.s.directives[0].word, WORD_KEY);
	assert_int_equal(x.s.directives[0].line, 5);
	assert_string_equal(x.s.directives[0].list[0].text, "a");
	assert_int_equal(x.s.body_line, 6);
	assert_string_equal(text + x.s.body, "/* b */ code\n");
	arena_clear(&x.a);
}

static void test_a_decorator_is_code(void **state)
{
	struct scanned x =
	    SCAN("# @include a/b\n@app.route(\"/\")\ndef f():\n");

	(void)state;
	assert_int_equal(x.s.n, 1);
	assert_int_equal(x.s.n_errors, 0);
	assert_int_equal(x.s.body_line, 2);
	arena_clear(&x.a);
}

static void test_rest_of_the_line(void **state)
{
	struct scanned x =
	    SCAN("@doc  it's \"so\" (  \n@set a \"x \"\"y\"\"\"\n"
	         "@param b:int\t7 \n@set c 'a' b\n");

	(void)state;
	assert_int_equal(x.s.n_errors, 0);
	assert_string_equal(x.s.directives[0].args[0].text, "it's \"so\" (");
	assert_string_equal(x.s.directives[1].args[1].text, "x \"y\"");
	assert_string_equal(x.s.directives[2].args[1].text, "7");
	assert_string_equal(x.s.directives[3].args[1].text, "'a' b");
	assert_false(x.s.has_body);
	arena_clear(&x.a);
}

static void test_errors_have_places(void **state)
{
	struct scanned x = SCAN("@include a/b\n"
	                        "-- @dpend ./x\n"
	                        "@depend \"./x\n"
	                        "@key a,\n"
	                        "@ordered now\n"
	                        "@override\n"
	                        "@override\n"
	                        "SELECT 1\n"
	                        "  -- @depend ./late\n");
	static const int places[][2] = { { 2, 4 }, { 3, 9 }, { 4, 8 },
		{ 5, 10 }, { 7, 1 }, { 9, 6 } };
	size_t i;

	(void)state;
	assert_int_equal(x.s.n_errors, ARRAY_LEN(places));
	for (i = 0; i < ARRAY_LEN(places); i++) {
		assert_int_equal(x.s.errors[i].line, places[i][0]);
		assert_int_equal(x.s.errors[i].col, places[i][1]);
	}
	arena_clear(&x.a);
}

static void test_not_ours(void **state)
{
	struct scanned x = SCAN("# @author me\ncode\n# @depend ./x\n");
	struct scanned y = SCAN("@depend ./x\n\0code");

	(void)state;
	assert_false(x.s.is_ours);
	assert_false(y.s.is_ours);
	arena_clear(&x.a);
	arena_clear(&y.a);
}

static void test_quote_as_an_argument(void **state)
{
	struct scanned x = SCAN("@format quote=\" delimiter=| null=\"N A\"\n");

	(void)state;
	assert_int_equal(x.s.n_errors, 0);
	assert_string_equal(x.s.directives[0].args[0].text, "quote=\"");
	assert_string_equal(x.s.directives[0].args[2].text, "null=N A");
	arena_clear(&x.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare_and_commented_are_the_same),
		cmocka_unit_test(test_what_is_skipped),
		cmocka_unit_test(test_a_decorator_is_code),
		cmocka_unit_test(test_rest_of_the_line),
		cmocka_unit_test(test_errors_have_places),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_quote_as_an_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
