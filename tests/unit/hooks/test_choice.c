/* choice: settings that are words. */
#include <stdio.h>

#include "hooks/choice.h"
#include "tests/unit/cmocka_all.h"

static const char *const words[] = { "all", "each", "some", NULL };

static void a_word_is_one_of_them(void **state)
{
	struct error err = { 0 };
	size_t i = 7;

	(void)state;
	assert_int_equal(choice_read("k", "some", words, &i, &err), 0);
	assert_int_equal(i, 2);
	assert_int_equal(choice_read("k", NULL, words, &i, &err), 0);
	assert_int_equal(i, 0);
}

static void expect_told(const char *value, const char *shown)
{
	struct error err = { 0 };
	char wanted[200];
	size_t i = 7;

	snprintf(wanted, sizeof(wanted),
	    "git config sluice.publish is '%s'; it is all, each or some",
	    shown);
	assert_int_equal(choice_read("sluice.publish", value, words, &i, &err),
	    ERROR_USAGE);
	assert_int_equal(i, 0);
	assert_string_equal(err.msg, wanted);
}

static void another_is_told(void **state)
{
	(void)state;
	expect_told("Each", "Each");
	expect_told("", "");
	expect_told("a\033", "a\\x1b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_one_of_them),
		cmocka_unit_test(another_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
