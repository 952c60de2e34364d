/*
 * datatest_sql: the eight tests as SELECTs of rows that offend (datatest.h).
 *
 * NULL       not_null() and coverage() are about it. in(), range(), match(),
 *            references() and unique() pass over it, as SQL's own CHECK,
 *            REFERENCES and UNIQUE do: not_null() is said beside where it is
 *            meant.
 * Columns    Only those of the test and of the key are named, so that a test
 *            is computed again where one of them has changed and not else.
 * Quoting    Names and texts are doubled quotes and nothing else
 *            (template.h); numbers are copied only where they are numbers.
 */
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/datatest.h"

/* What is made, and for what. */
struct writer {
	struct buf sql;
	const struct raw_test *test;
	const char **columns; /* of the key, then of the test; each once */
	size_t n;
	const char *row; /* name of the row's number; NULL: there is a key */
};

static void add_name(struct buf *out, const char *name)
{
	(void)template_quote(out,
	    &(struct template_value){ name, PARAMETER_IDENT }, LANGUAGE_SQL);
}

static void add_text(struct buf *out, const char *text)
{
	(void)template_quote(out,
	    &(struct template_value){ text, PARAMETER_TEXT }, LANGUAGE_SQL);
}

bool datatest_is_number(const struct directive_arg *arg)
{
	return !arg->is_quoted &&
	    parameter_check(arg->text, PARAMETER_NUMBER) == NULL;
}

/* A number, true or false; all else is a text. */
static void add_value(struct buf *out, const struct directive_arg *arg)
{
	bool is_boolean = !arg->is_quoted &&
	    (text_eq_fold(arg->text, "true") ||
	        text_eq_fold(arg->text, "false"));

	if (is_boolean || datatest_is_number(arg))
		buf_add_str(out, arg->text);
	else
		add_text(out, arg->text);
}

bool datatest_share(const char *text, int64_t *numerator, int64_t *denominator)
{
	size_t n = strlen(text), i;

	*numerator = 0;
	*denominator = 1;
	if (text[0] != '0' && text[0] != '1')
		return false;
	if (n == 2 || n > 11 || (n > 1 && text[1] != '.'))
		return false;
	for (i = 0; i < n; i++) {
		if (i == 1)
			continue;
		if (text[i] < '0' || text[i] > '9')
			return false;
		*numerator = *numerator * 10 + (text[i] - '0');
		if (i > 1)
			*denominator *= 10;
	}
	return *numerator <= *denominator;
}

bool datatest_percent(const char *text, int64_t *numerator,
    int64_t *denominator)
{
	size_t n = strlen(text), whole = strspn(text, "0123456789"), i;

	*numerator = 0;
	*denominator = 100;
	if (whole == 0 || whole > 3 || (text[0] == '0' && whole > 1) ||
	    n > whole + 7 || n == whole + 1 ||
	    (n > whole && text[whole] != '.'))
		return false;
	for (i = 0; i < n; i++) {
		if (i == whole)
			continue;
		if (text[i] < '0' || text[i] > '9')
			return false;
		*numerator = *numerator * 10 + (text[i] - '0');
		if (i > whole)
			*denominator *= 10;
	}
	return *numerator <= *denominator;
}

bool datatest_is_open(const struct directive_arg *arg)
{
	return !arg->is_quoted && strcmp(arg->text, "*") == 0;
}

/* -- which columns -- */

static bool has_column(const struct writer *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (text_eq_fold(w->columns[i], name))
			return true;
	return false;
}

static void add_column(struct writer *w, const char *name)
{
	if (!has_column(w, name))
		w->columns[w->n++] = name;
}

static int choose_columns(struct arena *a, struct writer *w,
    const struct contract *c, struct error *err)
{
	size_t i, n = w->test->word == TEST_UNIQUE ? w->test->n : 1;

	w->columns = arena_array(a, c->n_key + n, sizeof(*w->columns));
	if (w->columns == NULL)
		return error_memory(err);
	for (i = 0; i < c->n_key; i++)
		add_column(w, c->key[i]);
	for (i = 0; i < n; i++)
		add_column(w, w->test->args[i].text);
	if (c->n_key > 0)
		return 0;
	for (w->row = "row"; w->row != NULL && has_column(w, w->row);)
		w->row = arena_printf(a, "%s_", w->row);
	return w->row ? 0 : error_memory(err);
}

static void add_columns(struct writer *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		buf_add_str(&w->sql, i ? ", " : "");
		add_name(&w->sql, w->columns[i]);
	}
}

/* SELECT ... FROM the table, up to the condition. Numbers of rows have to be
 * given before some are left out. */
static void add_select(struct writer *w)
{
	buf_add_str(&w->sql, "SELECT ");
	if (w->row == NULL) {
		add_columns(w);
		buf_add_str(&w->sql, " FROM \"t\" WHERE ");
		return;
	}
	buf_add_str(&w->sql, "* FROM (SELECT row_number() OVER () AS ");
	add_name(&w->sql, w->row);
	buf_add_str(&w->sql, ", ");
	add_columns(w);
	buf_add_str(&w->sql, " FROM \"t\") WHERE ");
}

/* -- conditions of a row that offends -- */

static void add_tuple(struct writer *w)
{
	const struct raw_test *t = w->test;
	size_t i;

	for (i = 0; i < t->n; i++) {
		buf_add_str(&w->sql, i ? ", " : "");
		add_name(&w->sql, t->args[i].text);
	}
}

/* A tuple with a NULL is in no list, so it passes. */
static void add_unique(struct writer *w)
{
	buf_add_char(&w->sql, '(');
	add_tuple(w);
	buf_add_str(&w->sql, ") IN (SELECT ");
	add_tuple(w);
	buf_add_str(&w->sql, " FROM \"t\" GROUP BY ");
	add_tuple(w);
	buf_add_str(&w->sql, " HAVING count(*) > 1)");
}

static void add_in(struct writer *w)
{
	const struct raw_test *t = w->test;
	size_t i;

	add_name(&w->sql, t->args[0].text);
	buf_add_str(&w->sql, " NOT IN (");
	for (i = 1; i < t->n; i++) {
		buf_add_str(&w->sql, i > 1 ? ", " : "");
		add_value(&w->sql, &t->args[i]);
	}
	buf_add_char(&w->sql, ')');
}

/* Between numbers there are numbers alone: a text would be compared letter by
 * letter, and '9' is behind '10'. */
static void add_range(struct writer *w)
{
	const struct directive_arg *args = w->test->args;
	const bool is_low_open = datatest_is_open(&args[1]);
	const bool is_high_open = datatest_is_open(&args[2]);

	add_name(&w->sql, args[0].text);
	if (!is_low_open && !is_high_open) {
		buf_add_str(&w->sql, " NOT BETWEEN ");
		add_value(&w->sql, &args[1]);
		buf_add_str(&w->sql, " AND ");
		add_value(&w->sql, &args[2]);
	} else {
		buf_add_str(&w->sql, is_low_open ? " > " : " < ");
		add_value(&w->sql, &args[is_low_open ? 2 : 1]);
	}
	if (!datatest_is_number(&args[is_low_open ? 2 : 1]))
		return;
	buf_add_str(&w->sql, " OR typeof(");
	add_name(&w->sql, args[0].text);
	buf_add_str(&w->sql, ") = 'text'");
}

/* NULL is said to be none of what is not there at all: of an empty table it is
 * to be passed over, too. */
static void add_references(struct writer *w)
{
	const struct raw_test *t = w->test;

	add_name(&w->sql, t->args[0].text);
	buf_add_str(&w->sql, " IS NOT NULL AND ");
	add_name(&w->sql, t->args[0].text);
	buf_add_str(&w->sql, " NOT IN (SELECT ");
	add_name(&w->sql, t->other_column);
	buf_add_str(&w->sql, " FROM \"other\" WHERE ");
	add_name(&w->sql, t->other_column);
	buf_add_str(&w->sql, " IS NOT NULL)");
}

static void add_match(struct writer *w)
{
	buf_add_str(&w->sql, "NOT regexp_matches(CAST(");
	add_name(&w->sql, w->test->args[0].text);
	buf_add_str(&w->sql, " AS TEXT), ");
	add_text(&w->sql, w->test->args[1].text);
	buf_add_char(&w->sql, ')');
}

static void add_condition(struct writer *w)
{
	switch (w->test->word) {
	case TEST_UNIQUE:
		add_unique(w);
		break;
	case TEST_IN:
		add_in(w);
		break;
	case TEST_RANGE:
		add_range(w);
		break;
	case TEST_REFERENCES:
		add_references(w);
		break;
	case TEST_MATCH:
		add_match(w);
		break;
	default:
		add_name(&w->sql, w->test->args[0].text);
		buf_add_str(&w->sql, " IS NULL");
	}
}

/* -- tests of the table as a whole: one row where it offends -- */

static void add_rows(struct writer *w)
{
	const struct directive_arg *args = w->test->args;

	buf_printf(&w->sql,
	    "SELECT * FROM (SELECT count(*) AS \"rows\" FROM \"t\") WHERE "
	    "\"rows\" NOT BETWEEN %s AND %s",
	    args[0].text, args[1].text);
}

/* In whole numbers: 0.07 of 100 rows are 7. */
static void add_coverage(struct writer *w)
{
	const struct directive_arg *args = w->test->args;
	int64_t numerator, denominator;

	if (!datatest_share(args[1].text, &numerator, &denominator))
		return;
	buf_add_str(&w->sql,
	    "SELECT * FROM (SELECT count(*) AS \"rows\", count(");
	add_name(&w->sql, args[0].text);
	buf_printf(&w->sql,
	    ") AS \"filled\" FROM \"t\") WHERE \"filled\" * %lld < \"rows\" * "
	    "%lld",
	    (long long)denominator, (long long)numerator);
}

/* Rows that are no more than their share of all do not offend. In whole
 * numbers, as in add_coverage(). */
static void add_share(struct writer *w, struct error *err)
{
	CLEANUP(buf_clear) struct buf all = w->sql;

	w->sql = (struct buf){ 0 };
	if (buf_check(&all, err))
		return;
	buf_printf(&w->sql,
	    "WITH \"bad\" AS MATERIALIZED (%s) SELECT * FROM \"bad\" WHERE "
	    "(SELECT count(*) FROM \"bad\") * %lld > (SELECT count(*) FROM "
	    "\"t\") * %lld",
	    all.p, (long long)w->test->denominator,
	    (long long)w->test->numerator);
}

/* What the SQL names and nothing else, so that nobody has to ask an engine. */
static int set_reads(struct arena *a, const struct writer *w,
    struct raw_test *t, struct error *err)
{
	const char **names = arena_array(a, 2, sizeof(*names));

	if (names == NULL)
		return error_memory(err);
	t->test.is_known = true;
	t->test.reads = (struct columns){ w->columns, w->n };
	if (t->word == TEST_COVERAGE) {
		names[0] = t->args[0].text;
		t->test.reads = (struct columns){ names, 1 };
	}
	if (t->word == TEST_REFERENCES) {
		names[1] = t->other_column;
		t->test.reads_other = (struct columns){ &names[1], 1 };
	}
	return 0;
}

int datatest_sql(struct arena *a, struct raw_test *t,
    const struct contract *contract, struct error *err)
{
	struct bytes *out = &t->test.body;
	struct writer w = { .test = t };
	int rc = 0;

	if (t->word == TEST_ROWS) {
		add_rows(&w);
	} else if (t->word == TEST_COVERAGE) {
		add_coverage(&w);
	} else if ((rc = choose_columns(a, &w, contract, err)) == 0) {
		add_select(&w);
		add_condition(&w);
	}
	if (rc == 0 && t->has_share)
		add_share(&w, err);
	if (rc == 0)
		rc = buf_check(&w.sql, err);
	if (rc == 0) {
		out->n = w.sql.n;
		out->p = arena_strndup(a, w.sql.p ? w.sql.p : "", w.sql.n);
		rc = out->p ? set_reads(a, &w, t, err) : error_memory(err);
	}
	buf_clear(&w.sql);
	return rc;
}
