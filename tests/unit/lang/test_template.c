/* {{name}}: quoting by language and type; strings and comments. */
#include "tests/unit/lang/fixture.h"

#include "runner/lang/template.h"

struct world {
	int n_failed, line, col;
	enum parameter_type type;
	const char *value;
};

static enum template_found find(void *payload, const char *name, int line,
    int col, struct template_value *out)
{
	struct world *w = payload;

	(void)line;
	(void)col;
	if (strcmp(name, "x") != 0)
		return TEMPLATE_UNKNOWN;
	*out = (struct template_value){ w->value, w->type };
	return TEMPLATE_FOUND;
}

static void note(void *payload, int line, int col, const char *message)
{
	struct world *w = payload;

	(void)message;
	if (w->n_failed++ == 0) {
		w->line = line;
		w->col = col;
	}
}

static void expand(struct world *w, enum language language, const char *text,
    struct buf *out)
{
	struct template t = { .text = bytes_of(text),
		.line = 1,
		.col = 1,
		.language = language,
		.find = find,
		.fail = note,
		.payload = w };

	w->n_failed = 0;
	buf_add_str(out, "");
	assert_int_equal(template_expand(&t, out, NULL), 0);
}

static void check(enum language language, enum parameter_type type,
    const char *value, const char *expected)
{
	struct world w = { .type = type, .value = value };
	CLEANUP(buf_clear) struct buf out = { 0 };

	expand(&w, language, "{{x}}", &out);
	assert_int_equal(w.n_failed, 0);
	assert_string_equal(out.p, expected);
}

static void test_quoting(void **state)
{
	(void)state;
	check(LANGUAGE_SQL, PARAMETER_TEXT, "it's", "'it''s'");
	check(LANGUAGE_SQL, PARAMETER_INT, "-5", "(-5)");
	check(LANGUAGE_SQL, PARAMETER_NUMBER, "2.50", "2.50");
	check(LANGUAGE_SQL, PARAMETER_DATE, "2024-02-29", "'2024-02-29'");
	check(LANGUAGE_SQL, PARAMETER_IDENT, "a\"b", "\"a\"\"b\"");
	check(LANGUAGE_SQL, PARAMETER_LIST, "a, 'b, c', d'e",
	    "('a', 'b, c', 'd''e')");
	check(LANGUAGE_PYTHON, PARAMETER_TEXT, "a'b\\c\n", "'a\\'b\\\\c\\x0a'");
	check(LANGUAGE_PYTHON, PARAMETER_LIST, "(1, 2)", "['1', '2']");
	check(LANGUAGE_R, PARAMETER_LIST, "1", "c('1')");
	check(LANGUAGE_SHELL, PARAMETER_TEXT, "a'b $c", "'a'\\''b $c'");
	check(LANGUAGE_SHELL, PARAMETER_LIST, "a, b c", "'a' 'b c'");
	check(LANGUAGE_NONE, PARAMETER_TEXT, "a'b", "a'b");
}

static void test_values_that_are_not_of_their_type(void **state)
{
	static const struct {
		enum parameter_type type;
		const char *value;
	} wrong[] = { { PARAMETER_INT, "007" }, { PARAMETER_INT, "1; DROP" },
		{ PARAMETER_INT, "" }, { PARAMETER_INT, "-" },
		{ PARAMETER_NUMBER, "1." }, { PARAMETER_NUMBER, "1e" },
		{ PARAMETER_NUMBER, "nan" }, { PARAMETER_DATE, "2023-02-29" },
		{ PARAMETER_DATE, "2023-13-01" },
		{ PARAMETER_DATE, "2023-1-01" }, { PARAMETER_IDENT, "" },
		{ PARAMETER_TEXT, "\xff" } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		assert_non_null(parameter_check(wrong[i].value, wrong[i].type));
}

/* Each text holds one {{x}}; col is where it is told as an error, 0: fine. */
static void test_strings_and_comments(void **state)
{
	static const struct {
		enum language language;
		const char *text;
		int col;
	} cases[] = {
		{ LANGUAGE_SQL, "'a''b' {{x}}", 0 },
		{ LANGUAGE_SQL, "'a''{{x}}'", 5 },
		{ LANGUAGE_SQL, "\"a {{x}}\"", 4 },
		{ LANGUAGE_SQL, "a -- {{x}}", 6 },
		{ LANGUAGE_SQL, "a /* ' */ {{x}}", 0 },
		{ LANGUAGE_SQL, "a /* {{x}} */", 6 },
		{ LANGUAGE_SQL, "$q$ ' {{x}} $q$", 7 },
		{ LANGUAGE_SQL, "$q$ ' $q$ {{x}}", 0 },
		{ LANGUAGE_SQL, "E'\\'' {{x}}", 0 },
		{ LANGUAGE_SQL, "'{{x:raw}}'", 0 },
		{ LANGUAGE_SQL, "{{ x }}", 1 },
		{ LANGUAGE_PYTHON, "f\"{{x}}\"", 3 },
		{ LANGUAGE_PYTHON, "'\\'' {{x}}", 0 },
		{ LANGUAGE_PYTHON, "\"\"\"a\"b {{x}}\"\"\"", 8 },
		{ LANGUAGE_PYTHON, "\"\"\"a\"\"\" + {{x}}", 0 },
		{ LANGUAGE_PYTHON, "# {{x}}", 3 },
		{ LANGUAGE_PYTHON, "'#' {{x}}", 0 },
		{ LANGUAGE_PYTHON, "{{ x }} {{y}}", 0 },
		{ LANGUAGE_R, "r\"--(\" )\" {{x}} )--\"", 11 },
		{ LANGUAGE_R, "r\"(\\)\" {{x}}", 0 },
		{ LANGUAGE_SHELL, "echo \"$(echo '{{x}}')\"", 15 },
		{ LANGUAGE_SHELL, "echo \"a\" {{x}}", 0 },
		{ LANGUAGE_SHELL, "echo \\\" {{x}}", 0 },
		{ LANGUAGE_SHELL, "echo $# {{x}}", 0 },
		{ LANGUAGE_SHELL, "echo a#b {{x}}", 0 },
		{ LANGUAGE_SHELL, "cat <<<a {{x}}", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w = { .value = "v" };
		CLEANUP(buf_clear) struct buf out = { 0 };

		expand(&w, cases[i].language, cases[i].text, &out);
		if (w.n_failed != (cases[i].col != 0) || w.col != cases[i].col)
			fail_msg("%s: %d errors, column %d", cases[i].text,
			    w.n_failed, w.col);
	}
}

static void test_here_documents(void **state)
{
	struct world w = { .value = "v" };
	CLEANUP(buf_clear) struct buf out = { 0 }, after = { 0 };

	(void)state;
	expand(&w, LANGUAGE_SHELL, "cat <<EOF\n{{x}}\nEOF\n", &out);
	assert_int_equal(w.n_failed, 1);
	assert_int_equal(w.line, 2);
	expand(&w, LANGUAGE_SHELL, "cat <<-'EOF' | b\n'\n\tEOF\necho {{x}}\n",
	    &after);
	assert_int_equal(w.n_failed, 0);
	assert_string_equal(after.p, "cat <<-'EOF' | b\n'\n\tEOF\necho 'v'\n");
}

static void test_the_rest_stays_as_it_is(void **state)
{
	struct world w = { .value = "v" };
	CLEANUP(buf_clear) struct buf out = { 0 };

	(void)state;
	expand(&w, LANGUAGE_PYTHON, "a{{{x}}}{{y}}{{x", &out);
	assert_string_equal(out.p, "a{{{x}}}{{y}}{{x");
	assert_int_equal(w.n_failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_values_that_are_not_of_their_type),
		cmocka_unit_test(test_strings_and_comments),
		cmocka_unit_test(test_here_documents),
		cmocka_unit_test(test_the_rest_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
