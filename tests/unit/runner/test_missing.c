/* missing: the words of both engines, and what is none of them. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "runner/missing.h"

static void reads(const char *message, const char *qualifier, const char *name)
{
	struct missing m;

	assert_true(missing_read(message, &m));
	assert_string_equal(m.qualifier, qualifier);
	assert_string_equal(m.name, name);
}

static void refuses(const char *message)
{
	struct missing m;

	assert_false(missing_read(message, &m));
	assert_string_equal(m.qualifier, "");
	assert_string_equal(m.name, "");
}

static void test_sqlite(void **state)
{
	(void)state;
	reads("no such column: dose", "", "dose");
	reads("no such column: l.dose", "l", "dose");
	reads("no such column: main.l.dose", "main.l", "dose");
	reads("no such column: dosis; did you mean dose of l?", "", "dosis");
	reads("cannot join using column id - column not present in both tables",
	    "", "id");
	refuses("no such table: l");
	refuses("ambiguous column name: id");
}

static void test_duckdb(void **state)
{
	(void)state;
	reads("Referenced column \"dose\" not found in FROM clause!", "",
	    "dose");
	reads("Table \"l\" does not have a column named \"dose\"", "l", "dose");
	reads("Values list \"l\" does not have a column named \"dose\"", "l",
	    "dose");
	reads("Column \"id\" does not exist on left side of join!", "", "id");
	refuses("Column dose is not there");
	refuses("Referenced column \"dose");
	refuses("Table \"l\" does not exist");
	refuses("Table \"l\" does not have a column named dose");
	refuses("");
}

static void check_cut(const char *message, const char *name, size_t n)
{
	struct missing m;

	assert_true(missing_read(message, &m));
	assert_int_equal(strlen(m.name), n);
	assert_memory_equal(m.name, name, n);
	assert_string_equal(m.qualifier, m.name);
}

/* A name that is cut has whole characters still: it is shown, also as JSON. */
static void test_long_names(void **state)
{
	char name[200], message[600];
	size_t n;

	(void)state;
	for (n = 0; n < 4; n++) {
		const size_t whole = n + (127 - n) / 3 * 3;

		memset(name, 'x', n);
		name[n] = '\0';
		while (strlen(name) < 150)
			strcat(name, "\xe2\x82\xac");
		snprintf(message, sizeof(message), "no such column: %s.%s",
		    name, name);
		check_cut(message, name, whole);
		snprintf(message, sizeof(message),
		    "Table \"%s\" does not have a column named \"%s\"", name,
		    name);
		check_cut(message, name, whole);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sqlite),
		cmocka_unit_test(test_duckdb),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
