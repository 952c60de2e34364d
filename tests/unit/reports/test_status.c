/* status: what may leave the house, and within which limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/status.h"
#include "tests/unit/outbound_help.h"

#define COMMIT "0123456789012345678901234567890123456789"

static struct status good(void)
{
	struct status s = { .commit = COMMIT,
		.context = STATUS_CONTEXT,
		.state = STATUS_SUCCESS };

	describe(&s, "3 nodes");
	return s;
}

static void description_is_cut_by_code_points(void **state)
{
	char text[400] = "";
	struct status s = good();
	size_t i;

	(void)state;
	for (i = 0; i < 141; i++)
		strcat(text, "\xc3\xa4"); /* a with two dots: 2 bytes */
	describe(&s, text);
	/* 139 of them and the ellipsis of 3 bytes: 140 code points. */
	assert_int_equal(strlen(status_words(&s)), 139 * 2 + 3);
	assert_string_equal(status_words(&s) + 278, "\xe2\x80\xa6");
	assert_int_equal(status_check(&s, NULL), 0);
	text[280] = '\0';
	describe(&s, text);
	assert_string_equal(status_words(&s), text);
}

static void description_is_clean(void **state)
{
	struct status s = good();

	(void)state;
	describe(&s, "a\nb\tc\x7f\xff\xc3");
	assert_string_equal(status_words(&s), "a b c ");
	describe(&s, "");
	assert_string_equal(status_words(&s), "");
}

static void check_refuses_what_a_forge_refuses(void **state)
{
	struct status s = good();

	(void)state;
	assert_int_equal(status_check(&s, NULL), 0);
	s.commit[39] = 'g';
	assert_int_equal(status_check(&s, NULL), ERROR_USAGE);
	s = good();
	s.context[0] = '\0';
	assert_int_equal(status_check(&s, NULL), ERROR_USAGE);
	s = good();
	strcpy(s.target_url, "javascript:alert(1)");
	assert_int_equal(status_check(&s, NULL), ERROR_USAGE);
	strcpy(s.target_url, "https://sluice.example/r/1");
	assert_int_equal(status_check(&s, NULL), 0);
	memset(s.description.passed, 'x', 141); /* as a damaged outbox has it */
	s.description.passed[141] = '\0';
	assert_int_equal(status_check(&s, NULL), ERROR_USAGE);
}

static void durations_in_words(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = { { -5, "0 ms" }, { 0, "0 ms" }, { 999, "999 ms" },
		{ 1000, "1 s" }, { 59999, "59 s" }, { 60000, "1 m 0 s" },
		{ 3599999, "59 m 59 s" }, { 3600000, "1 h 0 m" },
		{ 90061000, "25 h 1 m" } };
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		duration_print(cases[i].ms, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void state_names_are_githubs(void **state)
{
	(void)state;
	assert_string_equal(status_state_name(STATUS_PENDING), "pending");
	assert_string_equal(status_state_name(STATUS_SUCCESS), "success");
	assert_string_equal(status_state_name(STATUS_FAILURE), "failure");
	assert_string_equal(status_state_name(STATUS_ERROR), "error");
	assert_int_equal(status_state_of("failure"), STATUS_FAILURE);
	assert_int_equal(status_state_of("neutral"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(description_is_cut_by_code_points),
		cmocka_unit_test(description_is_clean),
		cmocka_unit_test(check_refuses_what_a_forge_refuses),
		cmocka_unit_test(durations_in_words),
		cmocka_unit_test(state_names_are_githubs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
