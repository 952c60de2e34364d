/* egress: see egress.h. */
#include "reports/egress.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/contract.h"
#include "reports/outbound_impl.h"
#include "reports/suppress.h"

void egress_clear(struct egress *e)
{
	arena_clear(&e->arena);
	*e = (struct egress){ 0 };
}

/* n items of a list, copied into the arena; NULL without memory. */
static void *copy(struct egress *e, const void *items, size_t n, size_t size)
{
	void *out = arena_array(&e->arena, n, size);

	if (out != NULL && n > 0)
		memcpy(out, items, n * size);
	return out;
}

/* Whether the repository, which the forge has, says the name of a column: a
 * directive of the node or its code does, or the table itself is in git. */
static bool is_said(const struct description *d, const char *column)
{
	size_t i;

	if (d == NULL || d->action == NULL)
		return d != NULL;
	for (i = 0; i < d->n_columns; i++)
		if (text_eq_fold(d->columns[i].name, column))
			return true;
	for (i = 0; i < d->n_texts; i++)
		if (text_has_word(d->texts[i].text, column))
			return true;
	return false;
}

/* The same of a column that is gone, and of the code that made the table
 * before: the preimage of its key has that (docs: formats, "Job and key"). */
static int was_said(const struct report *r, const char *path,
    const char *column, bool *out)
{
	const struct manifest_node *n =
	    r->before ? manifest_find(r->before, path) : NULL;
	json_auto_t *what = NULL;
	int rc = n ? contract_what(r->store, n, &what, NULL) : 0;

	*out = text_has_word(bytes_of(json_str_or(what, "body", "")), column);
	return rc;
}

static char *place_name(struct egress *e, const struct diff_column *c)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	const bool is_after = c->in_after != SIZE_MAX;

	buf_printf(&name, "%sno. %zu", is_after ? "" : "old ",
	    (is_after ? c->in_after : c->in_before) + 1);
	return name.failed ? NULL : arena_strdup(&e->arena, name.p);
}

static int reduce_columns(struct egress *e, struct report_table *t)
{
	const struct description *d =
	    description_find(e->report.descriptions, t->node->path);
	struct diff *diff = &t->diff;
	size_t i;

	diff->columns =
	    copy(e, diff->columns, diff->n_columns, sizeof(*diff->columns));
	if (diff->columns == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < diff->n_columns; i++) {
		struct diff_column *c = &diff->columns[i];
		bool said = is_said(d, c->name);

		c->row = 0;
		c->changed = suppress(c->changed);
		if (!said && c->change == COLUMN_REMOVED &&
		    was_said(&e->report, t->node->path, c->name, &said))
			return ERROR_MEMORY;
		if (said)
			continue;
		c->name = place_name(e, c);
		if (c->name == NULL)
			return ERROR_MEMORY;
	}
	return 0;
}

static void reduce_counts(struct report_table *t)
{
	struct diff *d = &t->diff;
	struct report_fresh *f = &t->fresh;

	d->before = suppress(d->before);
	d->after = suppress(d->after);
	d->added = suppress(d->added);
	d->removed = suppress(d->removed);
	d->changed = suppress(d->changed);
	d->beyond = suppress(d->beyond);
	f->before = suppress(f->before);
	f->after = suppress(f->after);
	f->added = suppress(f->added);
	f->removed = suppress(f->removed);
	f->changed = suppress(f->changed);
}

static int reduce_tables(struct egress *e)
{
	struct report *r = &e->report;
	size_t i;
	int rc = 0;

	r->tables = copy(e, r->tables, r->n_tables, sizeof(*r->tables));
	if (r->tables == NULL)
		return ERROR_MEMORY;
	for (i = 0; rc == 0 && i < r->n_tables; i++) {
		reduce_counts(&r->tables[i]);
		rc = reduce_columns(e, &r->tables[i]);
	}
	return rc;
}

/* Columns in which two executions differed: those that are said. */
static int reduce_differs(struct egress *e, struct report_remark *m)
{
	const struct description *d =
	    description_find(e->report.descriptions, m->node->path);
	struct manifest_node *n = copy(e, m->node, 1, sizeof(*n));
	size_t i, left = 0;

	if (n == NULL)
		return ERROR_MEMORY;
	n->differs = copy(e, n->differs, n->n_differs, sizeof(*n->differs));
	if (n->differs == NULL)
		return ERROR_MEMORY;
	for (i = 0; i < n->n_differs; i++)
		if (is_said(d, n->differs[i]))
			n->differs[left++] = n->differs[i];
	n->n_differs = left;
	m->node = n;
	return 0;
}

/* They point to tables and columns, which are others here. */
static int reduce_remarks(struct egress *e, const struct report *from)
{
	struct report *r = &e->report;
	size_t i;

	r->remarks = copy(e, r->remarks, r->n_remarks, sizeof(*r->remarks));
	for (i = 0; r->remarks != NULL && i < r->n_remarks; i++) {
		struct report_remark *m = &r->remarks[i];

		if (m->kind == REMARK_UNSTABLE && reduce_differs(e, m))
			return ERROR_MEMORY;
		report_move_remark(m, from, r);
	}
	return r->remarks ? 0 : ERROR_MEMORY;
}

static int reduce_failures(struct egress *e)
{
	struct report *r = &e->report;
	size_t i;

	r->failures = copy(e, r->failures, r->n_failures, sizeof(*r->failures));
	for (i = 0; r->failures != NULL && i < r->n_failures; i++) {
		r->failures[i].message = r->failures[i].log = NULL;
		r->failures[i].log_lines = r->failures[i].log_left = 0;
	}
	return r->failures ? 0 : ERROR_MEMORY;
}

static int reduce_test(struct egress *e, struct report_test *t)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	struct manifest_test *test = copy(e, t->test, 1, sizeof(*test));

	test_print(t->test, false, &name);
	if (test == NULL || name.failed)
		return ERROR_MEMORY;
	test->test = arena_strdup(&e->arena, name.p);
	test->at = arena_strdup(&e->arena, "");
	test->why = NULL;
	test->rows = suppress(test->rows);
	t->test = test;
	t->message = NULL;
	return test->test && test->at ? 0 : ERROR_MEMORY;
}

static int reduce_tests(struct egress *e)
{
	struct report_tests *t = &e->report.tests;
	size_t i;
	int rc = 0;

	t->failed = copy(e, t->failed, t->n_failed, sizeof(*t->failed));
	if (t->failed == NULL)
		return ERROR_MEMORY;
	for (i = 0; rc == 0 && i < t->n_failed; i++)
		rc = reduce_test(e, &t->failed[i]);
	return rc;
}

static int reduce_record(struct egress *e)
{
	struct run_record *r = &e->record;
	size_t i;

	if (e->report.record == NULL)
		return 0;
	*r = *e->report.record;
	e->report.record = r;
	r->host[0] = r->user[0] = r->reason[0] = r->sandbox[0] = '\0';
	r->tests = NULL;
	r->n_tests = r->cap_tests = 0;
	r->extra = NULL;
	r->nodes = copy(e, r->nodes, r->n, sizeof(*r->nodes));
	for (i = 0; r->nodes != NULL && i < r->n; i++) {
		r->nodes[i].cause = r->nodes[i].by = NULL;
		r->nodes[i].extra = NULL;
	}
	return r->nodes ? 0 : ERROR_MEMORY;
}

int egress_make(const struct report *r, struct egress *out, struct error *err)
{
	*out = (struct egress){ .report = *r };
	if (reduce_tables(out) || reduce_remarks(out, r) ||
	    reduce_failures(out) || reduce_tests(out) || reduce_record(out)) {
		egress_clear(out);
		return error_memory(err);
	}
	return 0;
}

int egress_say(const struct egress *e, egress_say_fn *fn, void *payload,
    struct outbound *out, struct error *err)
{
	int rc = outbound_check(out, err);

	return rc ? rc : fn(&e->report, payload, &out->text, err);
}

int egress_render(const struct report *r, egress_fn *fn, struct buf *out,
    struct error *err)
{
	CLEANUP(egress_clear) struct egress e = { 0 };
	int rc = egress_make(r, &e, err);

	return rc ? rc : fn(&e.report, false, out, err);
}
