/* datatest: see datatest.h. Here a test is read; datatest_sql.c writes it. */
#include "runner/lang/datatest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"

static const struct kind {
	const char *name;
	size_t least, most; /* arguments */
	const char *usage;
} kinds[TEST_WORDS] = {
	[TEST_NOT_NULL] = { "not_null", 1, 1, "not_null(column)" },
	[TEST_UNIQUE] = { "unique", 1, SIZE_MAX, "unique(column, ...)" },
	[TEST_IN] = { "in", 2, SIZE_MAX, "in(column, 'a', 'b')" },
	[TEST_RANGE] = { "range", 3, 3, "range(column, lowest, highest)" },
	[TEST_ROWS] = { "rows", 2, 2, "rows(least, most)" },
	[TEST_REFERENCES] = { "references", 2, 2,
	    "references(column, ./Node.column)" },
	[TEST_MATCH] = { "match", 2, 2, "match(column, 'pattern')" },
	[TEST_COVERAGE] = { "coverage", 2, 2, "coverage(column, 0.95)" },
};

static int find_kind(const char *name)
{
	int i;

	for (i = 0; i < TEST_WORDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	return -1;
}

static void tell_unknown(struct node_build *b, const char *name,
    struct place at)
{
	const char *names[TEST_WORDS], *near;
	size_t i;

	for (i = 0; i < TEST_WORDS; i++)
		names[i] = kinds[i].name;
	near = text_nearest(name, names, TEST_WORDS);
	diagnose(b->l, at, "there is no test %s%s%s%s", name,
	    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static struct place arg_place(const struct raw_test *t, size_t i)
{
	struct place at = t->test.at;

	at.col = t->args[i].col;
	return at;
}

/* -- arguments -- */

/* At most 18 digits: what a count of rows can be. */
static bool is_count(const struct directive_arg *arg)
{
	size_t n = strlen(arg->text);

	return n > 0 && n <= 18 && strspn(arg->text, "0123456789") == n;
}

static bool check_rows(struct node_build *b, const struct raw_test *t)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (!is_count(&t->args[i])) {
			diagnose(b->l, arg_place(t, i),
			    "'%s' is no number of rows", t->args[i].text);
			return false;
		}
	if (strtoll(t->args[0].text, NULL, 10) <=
	    strtoll(t->args[1].text, NULL, 10))
		return true;
	diagnose(b->l, arg_place(t, 1),
	    "no number of rows is both at least %s and at most %s",
	    t->args[0].text, t->args[1].text);
	return false;
}

static bool check_range(struct node_build *b, const struct raw_test *t)
{
	const struct directive_arg *low = &t->args[1], *high = &t->args[2];
	bool is_number = datatest_is_number(low), is_empty;

	if (datatest_is_open(low) || datatest_is_open(high)) {
		if (!datatest_is_open(low) || !datatest_is_open(high))
			return true;
		diagnose(b->l, arg_place(t, 1),
		    "between * and * is everything: one of them is a bound");
		return false;
	}
	if (is_number != datatest_is_number(high)) {
		diagnose(b->l, arg_place(t, 2),
		    "%s and %s are not of one kind: both are numbers, or both "
		    "texts or dates",
		    low->text, high->text);
		return false;
	}
	is_empty = is_number
	    ? strtod(low->text, NULL) > strtod(high->text, NULL)
	    : strcmp(low->text, high->text) > 0;
	if (is_empty)
		diagnose(b->l, arg_place(t, 2),
		    "nothing is between %s and %s: the lower one comes first",
		    low->text, high->text);
	return !is_empty;
}

static bool check_coverage(struct node_build *b, const struct raw_test *t)
{
	int64_t numerator, denominator;

	if (datatest_share(t->args[1].text, &numerator, &denominator))
		return true;
	diagnose(b->l, arg_place(t, 1),
	    "'%s' is no share; it is from 0 to 1, as 0.95 is, with at most "
	    "nine decimals",
	    t->args[1].text);
	return false;
}

/* references(c, ./Other.c): there is such a node. */
static int find_other(struct node_build *b, struct raw_test *t, bool *is_sound)
{
	const char *text = t->args[1].text, *dot = strrchr(text, '.'), *path;
	struct place at = arg_place(t, 1);
	int rc;

	*is_sound = false;
	if (dot == NULL || dot == text || dot[1] == '\0' ||
	    strchr(dot, '/') != NULL) {
		diagnose(b->l, at,
		    "it is written references(column, ./Node.column)");
		return 0;
	}
	path = arena_strndup(&b->l->scratch, text, (size_t)(dot - text));
	if (path == NULL)
		return error_memory(b->l->err);
	t->other_column = dot + 1;
	rc = entry_find(b->l, t->item->frame->entry, path, at, &t->other);
	*is_sound = rc == 0 && t->other != NULL &&
	    node_check_target(b, t->other, path, at);
	return rc;
}

static int check_args(struct node_build *b, struct raw_test *t, bool *is_sound)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (text_utf8_error(bytes_of(t->args[i].text)) <
		    strlen(t->args[i].text)) {
			diagnose(b->l, arg_place(t, i), "it is not UTF-8");
			return 0;
		}
	if (t->word != TEST_ROWS && t->args[0].text[0] == '\0') {
		diagnose(b->l, arg_place(t, 0), "no column has an empty name");
		return 0;
	}
	switch (t->word) {
	case TEST_ROWS:
		*is_sound = check_rows(b, t);
		return 0;
	case TEST_RANGE:
		*is_sound = check_range(b, t);
		return 0;
	case TEST_COVERAGE:
		*is_sound = check_coverage(b, t);
		return 0;
	case TEST_REFERENCES:
		return find_other(b, t, is_sound);
	default:
		*is_sound = true;
		return 0;
	}
}

/* "5%" behind the parenthesis: *len is that of what is before. */
static bool read_share(struct node_build *b, struct raw_test *t, size_t *len)
{
	const char *text = t->test.text;
	size_t end = *len, at = end;
	struct place where = t->test.at;
	char number[16];

	if (text[end - 1] != '%')
		return true;
	while (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\t' &&
	    text[at - 1] != ')')
		at--;
	where.col += (int)at;
	snprintf(number, sizeof(number), "%.*s", (int)(end - 1 - at),
	    text + at);
	t->has_share = datatest_percent(number, &t->numerator, &t->denominator);
	if (!t->has_share || end - 1 - at >= sizeof(number)) {
		diagnose(b->l, where,
		    "'%s' is no share of the rows; it is from 0%% to 100%%, as "
		    "0.5%% is, with at most six decimals",
		    text + at);
		return false;
	}
	if (t->word == TEST_ROWS || t->word == TEST_COVERAGE) {
		diagnose(b->l, where,
		    "%s() is about the table, and not of a share of its rows",
		    kinds[t->word].name);
		return false;
	}
	while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
		at--;
	*len = at;
	return true;
}

/* "name(a, b)", of which name has n letters. */
static int read_call(struct node_build *b, struct raw_test *t, size_t n,
    bool *is_sound)
{
	const char *text = t->test.text, *name, *inner, *why;
	struct place at = t->test.at;
	size_t len = strlen(text);
	int kind, rc;

	name = arena_strndup(&b->l->scratch, text, n);
	if (name == NULL)
		return error_memory(b->l->err);
	kind = find_kind(name);
	if (kind < 0) {
		tell_unknown(b, name, at);
		return 0;
	}
	t->word = (enum test_word)kind;
	if (!read_share(b, t, &len))
		return 0;
	if (text[len - 1] != ')') {
		diagnose(b->l, at, "the parenthesis is not closed");
		return 0;
	}
	inner = arena_strndup(b->l->a, text + n + 1, len - n - 2);
	if (inner == NULL)
		return error_memory(b->l->err);
	rc = scan_list(b->l->a, inner, at.col + (int)n + 1, &t->args, &t->n,
	    &why, b->l->err);
	if (rc)
		return rc;
	if (why != NULL)
		diagnose(b->l, at, "%s", why);
	else if (t->n < kinds[kind].least || t->n > kinds[kind].most)
		diagnose(b->l, at, "%s has %zu argument%s; it is written %s",
		    name, t->n, t->n == 1 ? "" : "s", kinds[kind].usage);
	else
		return check_args(b, t, is_sound);
	return 0;
}

/* -- queries -- */

/* A plain query: it names the node's table as others do that read it. */
static int read_body(struct node_build *b, struct raw_test *t, const char *file,
    bool *is_sound)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct load *l = b->l;
	struct error why = { 0 };
	struct scan header;
	struct bytes body;
	int rc;

	if (l->root[0])
		file = path_join(l->a, l->root, file);
	if (file == NULL)
		return error_memory(l->err);
	rc = source_read(l->src, file, &text, &why);
	if (rc == ERROR_LIMIT || text.n > SOURCE_TEXT_MAX) {
		diagnose(l, t->test.at, "%s has more than 16 MiB", file);
		return 0;
	}
	if (rc)
		return error_set(l->err, why.code, "%s", why.msg);
	body.n = text.n;
	body.p = arena_strndup(l->a, text.p ? text.p : "", text.n);
	if (body.p == NULL)
		return error_memory(l->err);
	if ((rc = scan(l->a, body, &header, l->err)))
		return rc;
	if (header.is_ours) {
		diagnose(l, t->test.at,
		    "%s has directives and is no node: a test's query is plain "
		    "SQL, or a node (it includes an action, and no part of its "
		    "path begins with . or _) whose rows offend",
		    file);
		return 0;
	}
	t->test.file = file;
	t->test.line = 1;
	if (template_has(body))
		rc = param_expand(l, b->flat, LANGUAGE_SQL, body,
		    (struct place){ file, 1, 1 }, &body);
	t->test.body = body;
	*is_sound = rc == 0 && body.p != NULL;
	return rc;
}

/* A file's path from the pipeline's root. */
static const char *from_root(const struct load *l, const struct text_file *f)
{
	return f->place + (l->root[0] ? strlen(l->root) + 1 : 0);
}

static int read_query(struct node_build *b, struct raw_test *t, bool *is_sound)
{
	const char *text = t->test.text, *stem;
	struct load *l = b->l;
	struct helper found;
	struct path path;
	struct entry *e;
	size_t len = strlen(text);
	int rc;

	t->word = TEST_QUERY;
	if (len <= 4 || strcmp(text + len - 4, ".sql") != 0 ||
	    strchr(text, '/') == NULL) {
		diagnose(l, t->test.at,
		    "a test is written name(...), like not_null(id), or is "
		    "the path of a .sql file");
		return 0;
	}
	rc = node_find_file(b, t->item, text, t->test.at, &path, &found);
	if (rc || found.path == NULL)
		return rc;
	stem = arena_strndup(&l->scratch, path.path, strlen(path.path) - 4);
	if (stem == NULL)
		return error_memory(l->err);
	e = map_get(&l->entries, stem);
	if (e == NULL || e->file->role != ROLE_NODE ||
	    strcmp(from_root(l, e->file), found.path) != 0)
		return read_body(b, t, found.path, is_sound);
	t->other = e;
	*is_sound = node_check_target(b, e, text, t->test.at);
	return 0;
}

/* -- */

/* Said twice (here and in what is included) it is one test; where one of them
 * blocks, it does. */
static bool is_known(struct node_build *b, const struct data_test *test)
{
	size_t i;

	for (i = 0; i < b->n_tests; i++) {
		struct data_test *known = &b->tests[i].test;

		if (strcmp(known->text, test->text) != 0 ||
		    strcmp(known->at.path, test->at.path) != 0)
			continue;
		known->is_warning &= test->is_warning;
		return true;
	}
	return false;
}

int node_read_test(struct node_build *b, const struct flat_item *item)
{
	const struct directive_arg *arg = &item->directive->args[0];
	struct raw_test t = { .item = item }, *more;
	bool is_sound = false;
	size_t n;
	int rc = node_arg(b, item, arg, &t.test.text);

	if (rc || t.test.text == NULL)
		return rc;
	t.test.is_warning = item->directive->word == WORD_WARN;
	t.test.at = item_arg_place(item, arg);
	if (is_known(b, &t.test))
		return 0;
	n = strcspn(t.test.text, "(");
	if (t.test.text[n] == '(')
		rc = read_call(b, &t, n, &is_sound);
	else
		rc = read_query(b, &t, &is_sound);
	if (rc || !is_sound)
		return rc;
	more = arena_grow(&b->l->scratch, b->tests, b->n_tests, &b->cap_tests,
	    sizeof(*more));
	if (more == NULL)
		return error_memory(b->l->err);
	b->tests = more;
	more[b->n_tests++] = t;
	return 0;
}

/* A list of @column is open; a name that is nearly one of it is looked at. */
static void check_column(struct node_build *b, const struct raw_test *t,
    size_t arg)
{
	const struct contract *c = &b->node->contract;
	const char *name = t->args[arg].text, *near;
	const char **names =
	    arena_array(&b->l->scratch, c->n_columns, sizeof(*names));
	size_t i;

	if (names == NULL) {
		b->l->no_memory = true;
		return;
	}
	for (i = 0; i < c->n_columns; i++) {
		names[i] = c->columns[i].name;
		if (text_eq_fold(names[i], name))
			return;
	}
	for (i = 0; i < c->n_key; i++)
		if (text_eq_fold(c->key[i], name))
			return;
	near = text_nearest(name, names, c->n_columns);
	if (near != NULL)
		diagnose_warning(b->l, arg_place(t, arg),
		    "no @column is named %s; did you mean %s?", name, near);
}

/* The SQL of a test, in the pipeline's arena. */
static int make_body(struct node_build *b, struct raw_test *t)
{
	size_t k;

	t->test.is_whole = t->word == TEST_ROWS || t->word == TEST_COVERAGE;
	t->test.file = t->test.at.path;
	t->test.line = t->test.at.line;
	b->l->frame = t->item->frame;
	for (k = 0; k < (t->word == TEST_UNIQUE ? t->n : 1); k++)
		if (t->word != TEST_ROWS)
			check_column(b, t, k);
	b->l->frame = NULL;
	return datatest_sql(b->l->a, t, &b->node->contract, b->l->err);
}

/* Which nodes it reads, as places in the order of making. */
static int find_nodes(struct node_build *b, struct raw_test *t)
{
	int rc;

	t->test.own = b->flat->entry->node;
	t->test.other = SIZE_MAX;
	if (t->other == NULL)
		return 0;
	if ((rc = resolve_want(b->l, t->other)))
		return rc;
	if (t->word == TEST_REFERENCES)
		t->test.other = t->other->node;
	else
		t->test.own = t->other->node;
	return 0;
}

int node_finish_tests(struct node_build *b)
{
	const char *name = path_name(b->flat->entry->path);
	struct data_test *tests =
	    arena_array(b->l->a, b->n_tests, sizeof(*tests));
	struct making *m;
	size_t i;
	int rc = tests ? 0 : error_memory(b->l->err);

	for (i = 0; rc == 0 && i < b->n_tests; i++) {
		struct raw_test *t = &b->tests[i];

		t->test.table = t->word == TEST_QUERY && !t->other ? name : "t";
		if (t->word != TEST_QUERY)
			rc = make_body(b, t);
		else if (t->other != NULL)
			t->test.body = bytes_of("SELECT * FROM \"t\"");
		if (rc == 0)
			rc = find_nodes(b, t);
		tests[i] = t->test;
	}
	m = &b->l->making[b->flat->entry->node];
	m->tests = tests;
	m->n_tests = b->n_tests;
	b->node->tests = tests;
	b->node->n_tests = (uint32_t)b->n_tests;
	return rc;
}

/* A test that is a node reads that one's table, which nobody else delivers. */
void datatest_link(struct pipeline *p, struct making *m, const size_t *to)
{
	size_t i;

	for (i = 0; i < m->n_tests; i++) {
		struct data_test *t = &m->tests[i];
		const size_t own = to[m->entry->node];

		t->own = to[t->own];
		if (t->other != SIZE_MAX)
			t->other = to[t->other];
		if (t->own == own)
			continue;
		p->nodes[t->own].n_readers++;
		t->file = p->nodes[t->own].file;
		t->line = 1;
	}
}
