/* outbound: what a text that may leave can be made of, and headlines. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "cache/base/mem.h"
#include "reports/headline.h"
#include "reports/note.h"
#include "tests/unit/outbound_help.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static void is(struct outbound *o, const char *words)
{
	assert_int_equal(outbound_check(o, NULL), 0);
	assert_string_equal(outbound_bytes(o).p, words);
	outbound_close(o);
}

static void words_and_counts(void **state)
{
	struct outbound *o = outbound_open();

	(void)state;
	outbound_count_of(o, (size_t)1, "node");
	outbound_words(o, ", ");
	outbound_count_of(o, (size_t)0, "file");
	outbound_either(o, true, " yes", " no");
	outbound_either(o, false, " yes", " no");
	is(o, "1 node, 0 files yes no");
}

/* A fact of another form says no more than what of it has its form. */
static void facts_have_their_form(void **state)
{
	struct outbound *o = outbound_open();

	(void)state;
	outbound_commit(o, COMMIT);
	outbound_words(o, "|");
	outbound_commit(o, "12ab Smith, John");
	outbound_words(o, "|");
	outbound_commit(o, "Smith, John");
	outbound_words(o, "|");
	outbound_handle(o, COMMIT);
	outbound_words(o, "|");
	outbound_date(o, "2026-11-20T08:15 of Smith");
	outbound_words(o, "|");
	outbound_name(o, "ma\nin\x1b[0m");
	outbound_words(o, "|");
	outbound_place(o, "A/B.sql", 3, 14);
	is(o,
	    "0123456789ab|12ab||0123456789abcdef|2026-11-20|"
	    "ma\\x0ain\\x1b[0m|A/B.sql:3:14");
}

static void a_name_is_cut_between_characters(void **state)
{
	char name[151] = "";
	struct outbound *o = outbound_open();
	size_t i;

	(void)state;
	for (i = 0; i < 75; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 3);
	name[0] = 'x'; /* so that the hundredth byte is the middle of one */
	memmove(name + 1, name + 2, strlen(name + 2) + 1);
	outbound_name(o, name);
	assert_int_equal(outbound_bytes(o).n, 99);
	outbound_close(o);
}

static void without_memory_it_says_so(void **state)
{
	struct status s = { 0 };

	(void)state;
	outbound_words(NULL, "x");
	outbound_count(NULL, 1);
	outbound_commit(NULL, COMMIT);
	outbound_name(NULL, "main");
	outbound_place(NULL, "a", 1, 1);
	outbound_by_hand(NULL, "x");
	outbound_close(NULL);
	assert_int_equal(outbound_bytes(NULL).n, 0);
	assert_int_equal(outbound_check(NULL, NULL), ERROR_MEMORY);
	assert_int_equal(status_describe(&s, NULL, NULL), ERROR_MEMORY);
}

/* --- headlines --- */

#define ERRORS "# The pipeline has "
#define TROUBLE "The run could not be done on the server"

/* What of a report's beginning leaves the house. */
static void headlines_say_what_they_know(void **state)
{
	static const struct {
		const char *report, *says;
	} cases[] = {
		{ ERRORS "1 error, the first at A.sql:2:12\n\nx",
		    "The pipeline has 1 error, the first at A.sql:2:12" },
		{ ERRORS "12 errors, the first at a:b/C.sql:2:1",
		    "The pipeline has 12 errors, the first at a:b/C.sql:2:1" },
		{ ERRORS "2 errors\n", "The pipeline has 2 errors" },
		{ "# " TROUBLE "\n\n    no space on /data/Smith\n", TROUBLE },
		{ "", TROUBLE },
		{ "no space on /data/Smith", TROUBLE },
		{ "# no space on /data/Smith", TROUBLE },
		{ "The pipeline has 1 error", TROUBLE },
		{ ERRORS "0 errors", TROUBLE },
		{ ERRORS "1 errors", TROUBLE },
		{ ERRORS "-1 errors", TROUBLE },
		{ ERRORS "2 errors: Smith", TROUBLE },
		{ ERRORS "2 errors, the first at A.sql:2", TROUBLE },
		{ ERRORS "2 errors, the first at A.sql:2:1 Smith", TROUBLE },
		{ ERRORS "2 errors, the first at A.sql:2:", TROUBLE },
		{ ERRORS "2 errors, the first at A.sql:99999999999:1",
		    TROUBLE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct outbound *o = outbound_open();
		struct headline h;

		headline_parse(bytes_of(cases[i].report), &h);
		headline_say(&h, o);
		is(o, cases[i].says);
	}
}

/* What is printed is read again, and said in the same words. */
static void headlines_come_back(void **state)
{
	static const struct headline all[] = {
		{ 0 },
		{ .n_errors = 1 },
		{ 1, "A.sql", 1, 1 },
		{ 214, "North/x:1:2 y.sql", 30, 7 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(all); i++) {
		CLEANUP(buf_clear) struct buf report = { 0 };
		struct outbound *o = outbound_open();
		struct headline h;

		buf_add_str(&report, "# ");
		headline_print(&all[i], &report);
		headline_parse(buf_bytes(&report), &h);
		assert_int_equal(h.n_errors, all[i].n_errors);
		assert_string_equal(h.path, all[i].path);
		assert_int_equal(h.line, all[i].line);
		assert_int_equal(h.column, all[i].column);
		headline_say(&h, o);
		is(o, report.p + 2);
	}
}

static void a_note_of_a_broken_text(void **state)
{
	const struct headline h = { 1, "A.sql", 2, 12 };
	struct outbound *o = outbound_open();

	(void)state;
	assert_int_equal(note_words(&h, o, NULL), 0);
	is(o,
	    "The pipeline has 1 error, the first at A.sql:2:12\n\n"
	    "Nothing was run.\n\n`sluice report` has why\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_counts),
		cmocka_unit_test(facts_have_their_form),
		cmocka_unit_test(a_name_is_cut_between_characters),
		cmocka_unit_test(without_memory_it_says_so),
		cmocka_unit_test(headlines_say_what_they_know),
		cmocka_unit_test(headlines_come_back),
		cmocka_unit_test(a_note_of_a_broken_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
