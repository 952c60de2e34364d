/* terms: see terms.h. */
#include "runner/terms.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

/* The place of the first column of the key that the table does not have, or
 * n_key. */
static size_t missing_key(const struct contract *c, const struct table *t)
{
	size_t i;

	for (i = 0; i < c->n_key; i++)
		if (table_find_column(t, c->key[i]) == t->n_columns)
			break;
	return i;
}

static size_t count_missing(const struct contract *c, const struct table *t)
{
	size_t i, n = 0;

	for (i = 0; i < c->n_columns; i++)
		n += table_find_column(t, c->columns[i].name) == t->n_columns;
	return n;
}

bool terms_hold(const struct contract *c, const struct table *t)
{
	return digest_is_null(&t->offending) && missing_key(c, t) == c->n_key &&
	    count_missing(c, t) == 0;
}

size_t terms_count(const struct contract *c, const struct result *r,
    const struct table *t)
{
	if (!r->is_doubtful)
		return 0;
	return count_missing(c, t) +
	    (missing_key(c, t) < c->n_key || !digest_is_null(&r->offending));
}

/* A name as the argument of a test is written. */
static void add_name(struct buf *out, const char *name)
{
	const char *p;

	if (name[strcspn(name, " \t,\"'()")] == '\0') {
		buf_add_str(out, name);
		return;
	}
	buf_add_char(out, '"');
	for (p = name; *p != '\0'; p++) {
		if (*p == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *p);
	}
	buf_add_char(out, '"');
}

static int add(struct verdicts *v, struct buf *test, const struct place *at,
    struct manifest_test **out, struct error *err)
{
	CLEANUP(buf_clear) struct buf where = { 0 };

	*out = &v->tests[v->n++];
	buf_printf(&where, "%s:%d", at->path ? at->path : "", at->line);
	(*out)->test = buf_steal(test);
	(*out)->at = buf_steal(&where);
	return (*out)->test && (*out)->at ? 0 : error_memory(err);
}

static int set_missing(struct manifest_test *test, const char *name,
    const struct table *t, struct error *err)
{
	CLEANUP(mem_freep) const char **names = NULL;
	CLEANUP(buf_clear) struct buf why = { 0 };
	const char *near;
	size_t i;

	names = mem_array(t->n_columns, sizeof(*names));
	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < t->n_columns; i++)
		names[i] = t->columns[i].name;
	near = text_nearest(name, names, t->n_columns);
	buf_printf(&why, "the table has no column '%.128s'", name);
	if (near != NULL)
		buf_printf(&why, "; did you mean '%.128s'?", near);
	test->verdict = VERDICT_ERROR;
	test->why = buf_steal(&why);
	return test->why ? 0 : error_memory(err);
}

static int judge_key(const struct contract *c, const struct result *r,
    const struct table *t, struct verdicts *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const size_t missing = missing_key(c, t);
	struct manifest_test *test;
	size_t i;
	int rc;

	if (missing == c->n_key && digest_is_null(&r->offending))
		return 0;
	for (i = 0; i < c->n_key; i++) {
		buf_add_str(&text, i ? ", " : "key(");
		add_name(&text, c->key[i]);
	}
	buf_add_char(&text, ')');
	if ((rc = add(out, &text, &c->key_at, &test, err)))
		return rc;
	test->key = r->key;
	if (missing < c->n_key)
		return set_missing(test, c->key[missing], t, err);
	test->verdict = VERDICT_FAILED;
	test->table = r->offending;
	test->rows = r->n_offending;
	return 0;
}

static int judge_column(const struct contract_column *c, const struct result *r,
    const struct table *t, struct verdicts *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct manifest_test *test;
	int rc;

	if (table_find_column(t, c->name) < t->n_columns)
		return 0;
	buf_add_str(&text, "column(");
	add_name(&text, c->name);
	buf_add_char(&text, ')');
	if ((rc = add(out, &text, &c->at, &test, err)))
		return rc;
	test->key = r->key;
	return set_missing(test, c->name, t, err);
}

int terms_judge(const struct contract *c, const struct result *r,
    const struct table *t, struct verdicts *out, struct error *err)
{
	size_t i;
	int rc;

	if (!r->is_doubtful)
		return 0;
	rc = judge_key(c, r, t, out, err);
	for (i = 0; rc == 0 && i < c->n_columns; i++)
		rc = judge_column(&c->columns[i], r, t, out, err);
	return rc;
}
