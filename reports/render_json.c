/* render_json: a report as one canonical JSON document (report.h; the names
 * of its fields are in docs: command line, "sluice report"). */
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/result.h"
#include "reports/egress.h"
#include "reports/render.h"
#include "reports/report_pair.h"

/* The object under construction, and whether something found no memory or
 * was not UTF-8. */
struct object {
	json_t *json;
	bool failed;
};

static void set(struct object *o, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(o->json, key, value))
		o->failed = true;
}

/* A string. A text that was cut to fit a record may end within a character:
 * such bytes are escaped, because a report comes whatever it tells of. */
static void set_text(struct object *o, const char *key, const char *text)
{
	CLEANUP(buf_clear) struct buf safe = { 0 };
	struct bytes bytes;

	if (text == NULL || text[0] == '\0')
		return;
	bytes = bytes_of(text);
	if (text_utf8_error(bytes) < bytes.n) {
		text_add_visible(&safe, bytes);
		bytes = buf_bytes(&safe);
	}
	set(o, key, safe.failed ? NULL : json_stringn(bytes.p, bytes.n));
}

static void set_count(struct object *o, const char *key, size_t n)
{
	set(o, key, json_integer((json_int_t)n));
}

static void set_id(struct object *o, const char *key, const struct digest *d)
{
	if (!digest_is_null(d))
		set(o, key, json_digest(d));
}

/* What could not be added is freed: whatever is set in it comes to nothing. */
static struct object lose(struct object *parent)
{
	parent->failed = true;
	return (struct object){ NULL, true };
}

/* A new object as a member or an item of parent. */
static struct object add_object(struct object *parent, const char *key)
{
	struct object o = { json_object(), false };

	if (o.json == NULL ||
	    (key ? json_object_set_new(parent->json, key, o.json)
	         : json_array_append_new(parent->json, o.json)))
		return lose(parent);
	return o;
}

static struct object add_array(struct object *parent, const char *key)
{
	struct object a = { json_array(), false };

	if (a.json == NULL || json_object_set_new(parent->json, key, a.json))
		return lose(parent);
	return a;
}

static void take_failure(struct object *parent, const struct object *o)
{
	parent->failed |= o->failed;
}

/* A count of rows, where it is shown: a number, but "<11" a string. */
static void set_shown(struct object *o, const char *key, uint64_t n,
    const char *shown, bool is_inside)
{
	if (shown[0] == '<')
		set(o, key, json_string(shown));
	else if (shown[0] != '\0')
		set(o, key,
		    json_integer((json_int_t)(is_inside ? n : suppress(n))));
}

static void add_counts(struct object *root, const struct report *r)
{
	struct object o = add_object(root, "counts");

	set_count(&o, "nodes", r->n_nodes);
	set_count(&o, "failed", r->n_failed);
	set_count(&o, "blocked", r->n_blocked);
	set_count(&o, "waiting", r->n_waiting);
	set_count(&o, "same", r->n_same);
	if (r->tests.n > 0) {
		set_count(&o, "tests", r->tests.n);
		set_count(&o, "tests_failed", r->tests.n_blocking);
		set_count(&o, "tests_warn",
		    r->tests.n_failed - r->tests.n_blocking);
	}
	if (r->record != NULL) {
		set_count(&o, "computed", r->n_computed);
		set_count(&o, "reused", r->n_reused);
		if (r->n_twice > 0)
			set_count(&o, "twice", r->n_twice);
		set(&o, "ms",
		    json_integer(r->record->ended - r->record->started));
	}
	take_failure(root, &o);
}

static void add_unstable(struct object *o, const struct manifest_node *n)
{
	struct object columns;
	size_t i;

	if (n->second != FAILURE_NONE)
		set_text(o, "failure", failure_name(n->second));
	if (n->n_differs == 0)
		return;
	columns = add_array(o, "columns");
	for (i = 0; i < n->n_differs; i++)
		columns.failed |= json_array_append_new(columns.json,
		                      json_string(n->differs[i])) != 0;
	take_failure(o, &columns);
}

static void add_remarks(struct object *root, const struct report *r)
{
	static const char *const kinds[] = { [REMARK_GONE] = "gone",
		[REMARK_EMPTIED] = "emptied",
		[REMARK_KEY] = "key_broken",
		[REMARK_BAND] = "band_broken",
		[REMARK_COLUMN_GONE] = "column_gone",
		[REMARK_COLUMN_RETYPED] = "column_retyped",
		[REMARK_UNSTABLE] = "unstable" };
	struct object list = add_array(root, "attention");
	size_t i;

	for (i = 0; i < r->n_remarks; i++) {
		const struct report_remark *m = &r->remarks[i];
		struct object o = add_object(&list, NULL);

		set_text(&o, "node", m->node->path);
		set_text(&o, "kind", kinds[m->kind]);
		if (m->column != NULL)
			set_text(&o, "column", m->column->name);
		if (m->kind == REMARK_UNSTABLE)
			add_unstable(&o, m->node);
		take_failure(root, &o);
	}
	take_failure(root, &list);
}

static void set_words(struct object *o, const struct report_failure *f)
{
	const struct manifest_node *n = f->node;

	set_text(o, "file", n->file);
	set_count(o, "line", n->line > 0 ? (size_t)n->line : 0);
	set_count(o, "column", n->col > 0 ? (size_t)n->col : 0);
	set(o, "exit", json_integer(n->exit_status));
	set_text(o, "message", f->message);
	set_text(o, "log", f->log);
	if (f->log != NULL)
		set_count(o, "log_lines_before", f->log_left);
}

static void add_failures(struct object *root, const struct report *r,
    bool is_inside)
{
	struct object list = add_array(root, "failures");
	size_t i;

	for (i = 0; i < r->n_failures; i++) {
		const struct report_failure *f = &r->failures[i];
		struct object o = add_object(&list, NULL);

		set_text(&o, "node", f->node->path);
		set(&o, "delivered", json_boolean(f->node->delivered));
		set_text(&o, "class", failure_name(f->node->failure));
		set_count(&o, "blocks", f->n_blocked);
		if (is_inside)
			set_words(&o, f);
		take_failure(root, &o);
	}
	take_failure(root, &list);
}

static void add_test(struct object *list, const struct report_test *t,
    bool is_inside)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	struct object o = add_object(list, NULL);
	char rows[SHOWN];

	test_print(t->test, is_inside, &name);
	test_rows_print(t->test, is_inside, rows);
	set_text(&o, "node", t->node->path);
	set_text(&o, "test", name.p);
	set_text(&o, "verdict", verdict_name(t->test->verdict));
	set(&o, "blocks", json_boolean(verdict_blocks(t->test)));
	set_shown(&o, "rows", t->test->rows, rows, is_inside);
	if (is_inside) {
		set_text(&o, "at", t->test->at);
		set_text(&o, "message", t->message);
	}
	o.failed |= name.failed;
	take_failure(list, &o);
}

/* Those that do not hold; nothing where the run has no tests. */
static void add_tests(struct object *root, const struct report *r,
    bool is_inside)
{
	struct object list;
	size_t i;

	if (r->tests.n == 0)
		return;
	list = add_array(root, "tests");
	for (i = 0; i < r->tests.n_failed; i++)
		add_test(&list, &r->tests.failed[i], is_inside);
	take_failure(root, &list);
}

static void set_extreme(struct object *o, const char *key, const char *cut,
    const struct extreme *e)
{
	if (!e->is_set)
		return;
	set(o, key, json_stringn(e->text, e->n));
	if (e->is_cut)
		set(o, cut, json_true());
}

static void add_side(struct object *values, const char *side,
    const struct diff_values *v)
{
	struct object o;

	if (v == NULL)
		return;
	o = add_object(values, side);
	set_count(&o, "rows", v->rows);
	set_count(&o, "nulls", v->nulls);
	set_count(&o, "distinct", v->distinct);
	if (v->is_about)
		set(&o, "about", json_true());
	set_extreme(&o, "least", "least_cut", &v->least);
	set_extreme(&o, "greatest", "greatest_cut", &v->greatest);
	take_failure(values, &o);
}

static void add_values(struct object *column, const struct diff_column *c)
{
	struct object o;

	if (c->tolerance != NULL && c->changed > 0) {
		set_text(column, "tolerance", c->tolerance);
		set_count(column, "beyond", c->beyond);
	}
	if (c->values_before == NULL && c->values_after == NULL)
		return;
	o = add_object(column, "values");
	add_side(&o, "before", c->values_before);
	add_side(&o, "after", c->values_after);
	take_failure(column, &o);
}

static void add_health(struct object *key, const char *side,
    const struct key_health *h)
{
	struct object o = add_object(key, side);

	set_count(&o, "nulls", h->nulls);
	set_count(&o, "shared", h->shared);
	take_failure(key, &o);
}

static void add_keys(struct object *table, const struct diff *d, bool is_inside)
{
	struct object list;
	size_t i, k;

	if (d->n_keys == 0)
		return;
	list = add_array(table, "keys");
	for (i = 0; i < d->n_keys; i++) {
		const struct diff_key *key = &d->keys[i];
		struct object o = add_object(&list, NULL);
		struct object columns = add_array(&o, "columns");

		for (k = 0; k < key->n; k++)
			if (json_array_append_new(columns.json,
			        json_string(key->columns[k])))
				columns.failed = true;
		set_text(&o, "of",
		    !key->is_before     ? "after"
		        : key->is_after ? "both"
		                        : "before");
		if (key->is_missing)
			set(&o, "missing", json_true());
		if (is_inside && !key->is_missing) {
			add_health(&o, "before", &key->before);
			add_health(&o, "after", &key->after);
		}
		take_failure(&o, &columns);
		take_failure(&list, &o);
	}
	take_failure(table, &list);
}

static void add_column(struct object *list, const struct diff_column *c,
    bool is_inside)
{
	static const char *const changes[] = { [COLUMN_SAME] = "values",
		[COLUMN_ADDED] = "added",
		[COLUMN_REMOVED] = "removed",
		[COLUMN_RETYPED] = "retyped" };
	struct object o = add_object(list, NULL);
	char text[64];

	set_text(&o, "name", c->name);
	set_text(&o, "change", changes[c->change]);
	if (c->before.kind != TYPE_NONE) {
		type_show(&c->before, text, sizeof(text));
		set_text(&o, "before", text);
	}
	if (c->after.kind != TYPE_NONE) {
		type_show(&c->after, text, sizeof(text));
		set_text(&o, "after", text);
	}
	if (is_inside && c->row > 0)
		set(&o, "row", json_integer((json_int_t)c->row));
	if (is_inside && c->changed > 0)
		set(&o, "changed", json_integer((json_int_t)c->changed));
	if (is_inside)
		add_values(&o, c);
	take_failure(list, &o);
}

/* The nodes above it whose blocking tests do not hold. */
static void set_doubts(struct object *o, const struct manifest_node *n)
{
	struct object list;
	size_t i;

	if (n->n_doubts == 0)
		return;
	list = add_array(o, "doubts");
	for (i = 0; i < n->n_doubts; i++)
		if (json_array_append_new(list.json, json_string(n->doubts[i])))
			o->failed = true;
	take_failure(o, &list);
}

static void add_table(struct object *list, const struct report_table *t,
    bool is_inside)
{
	static const char *const ways[] = { [DIFF_EQUAL] = "equal",
		[DIFF_KEYED] = "key",
		[DIFF_BAG] = "rows",
		[DIFF_NONE] = "none" };
	const struct diff *d = &t->diff;
	struct object o = add_object(list, NULL), columns;
	struct shown s;
	size_t i;

	shown_make(t, is_inside, &s);
	set_text(&o, "node", t->node->path);
	set(&o, "delivered", json_boolean(t->node->delivered));
	set_text(&o, "change", table_change_name(t->change));
	set_text(&o, "compared_by", ways[t->is_compared ? d->way : DIFF_NONE]);
	set_text(&o, "not_compared", t->why);
	set_doubts(&o, t->node);
	set_shown(&o, "rows_before", d->before, s.before, is_inside);
	set_shown(&o, "rows_after", d->after, s.after, is_inside);
	set_shown(&o, "added", d->added, s.added, is_inside);
	set_shown(&o, "removed", d->removed, s.removed, is_inside);
	set_shown(&o, "changed", d->changed, s.changed, is_inside);
	set_shown(&o, "beyond", d->beyond, s.beyond, is_inside);
	if (report_is_within(t))
		set(&o, "within_tolerance", json_true());
	if (t->is_compared)
		add_keys(&o, d, is_inside);
	set(&o, "columns_reordered", json_boolean(d->is_reordered));
	set(&o, "rows_reordered", json_boolean(d->is_resorted));
	columns = add_array(&o, "columns");
	for (i = 0; i < d->n_columns; i++)
		if (d->columns[i].change != COLUMN_SAME ||
		    d->columns[i].changed > 0 ||
		    (is_inside && d->columns[i].values_after != NULL))
			add_column(&columns, &d->columns[i], is_inside);
	take_failure(&o, &columns);
	take_failure(list, &o);
}

/* Beside the tables that differ by the code: those that fresh data changed. */
static void add_fresh(struct object *root, const struct report *r,
    bool is_inside)
{
	struct object list;
	size_t i;

	if (r->own == NULL)
		return;
	list = add_array(root, "fresh");
	for (i = 0; i < r->n_fresh; i++) {
		const struct report_table *t = &r->fresh[i];
		struct object o = add_object(&list, NULL);
		struct shown s;

		shown_make(t, is_inside, &s);
		set_text(&o, "node", t->node->path);
		set_shown(&o, "rows_before", t->diff.before, s.before,
		    is_inside);
		set_shown(&o, "rows_after", t->diff.after, s.after, is_inside);
		set_shown(&o, "added", t->diff.added, s.added, is_inside);
		set_shown(&o, "removed", t->diff.removed, s.removed, is_inside);
		set_shown(&o, "changed", t->diff.changed, s.changed, is_inside);
		take_failure(root, &o);
	}
	take_failure(root, &list);
}

static void add_mounts(struct object *root, const struct report *r)
{
	struct object list;
	size_t i;

	if (r->n_mounts == 0)
		return;
	list = add_array(root, "mounts");
	for (i = 0; i < r->n_mounts; i++) {
		struct object o = add_object(&list, NULL);

		set_text(&o, "place", r->mounts[i].name);
		set_text(&o, "effect", mount_effect_name(r->mounts[i].effect));
		set_count(&o, "nodes", r->mounts[i].n_nodes);
		set_count(&o, "changed", r->mounts[i].n_changed);
		take_failure(root, &o);
	}
	take_failure(root, &list);
}

static void add_runs(struct object *root, const struct report *r,
    bool is_inside)
{
	struct object list = add_array(root, "nodes");
	size_t i;

	for (i = 0; r->record != NULL && i < r->record->n; i++) {
		const struct run_node *n = &r->record->nodes[i];
		struct object o = add_object(&list, NULL);

		set_text(&o, "node", n->path);
		set_text(&o, "status", n->status);
		set(&o, "ms", json_integer(n->ms));
		if (is_inside)
			set_text(&o, "cause", n->cause);
		take_failure(root, &o);
	}
	take_failure(root, &list);
}

static void add_provenance(struct object *root, const struct report *r,
    bool is_inside)
{
	struct object o = add_object(root, "provenance");

	if (r->record != NULL) {
		set_text(&o, "commit", r->record->commit);
		set_text(&o, "base", r->record->base);
		set_text(&o, "branch", r->record->branch);
	}
	set_text(&o, "sources_date", r->after->snapshot_date);
	if (r->own != NULL)
		set_text(&o, "base_sources_date", r->own->snapshot_date);
	if (is_inside) {
		set_id(&o, "manifest", &r->after->id);
		set_id(&o, "snapshot", &r->after->snapshot);
		set_text(&o, "tree", r->after->tree);
		if (r->before != NULL)
			set_id(&o, "base_manifest",
			    r->own ? &r->own->id : &r->before->id);
		if (r->own != NULL)
			set_id(&o, "fair_manifest", &r->before->id);
		if (r->record != NULL)
			set_text(&o, "sandbox", r->record->sandbox);
		if (r->record != NULL)
			set_text(&o, "reason", r->record->reason);
	}
	take_failure(root, &o);
}

int report_table_json(const struct report_table *t, bool is_inside,
    json_t **out, struct error *err)
{
	json_auto_t *list = json_array();
	struct object o = { list, list == NULL };

	if (list != NULL)
		add_table(&o, t, is_inside);
	*out = o.failed ? NULL : json_incref(json_array_get(list, 0));
	return *out ? 0 : error_memory(err);
}

/* What nothing is asked of. It takes a look at what each node was made from,
 * which only this renderer does. */
static void add_untested(struct object *root, const struct report *r)
{
	struct object list = { json_array(), false };
	size_t i;

	for (i = 0; i < r->after->n; i++) {
		const struct manifest_node *n = &r->after->nodes[i];
		bool is_untested;

		if (report_is_untested(r->store, n, &is_untested, NULL) ||
		    (is_untested &&
		        json_array_append_new(list.json, json_string(n->path))))
			root->failed = true;
	}
	if (json_array_size(list.json) > 0)
		set(root, "untested", json_incref(list.json));
	json_decref(list.json);
}

static int render(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	static const char *const verdicts[] = { [REPORT_SUCCESS] = "success",
		[REPORT_FAILURE] = "failure",
		[REPORT_PENDING] = "pending" };
	const size_t failed = json_failures();
	json_auto_t *json = json_object();
	struct object root = { json, json == NULL }, tables;
	size_t i;

	if (json == NULL)
		return error_memory(err);
	set_text(&root, "format", "sluice-report/1");
	set_text(&root, "status", verdicts[r->verdict]);
	set(&root, "compared", json_boolean(r->before != NULL));
	set(&root, "same_inputs", json_boolean(r->is_fair));
	if (r->is_fresh)
		set(&root, "fresh_data", json_true());
	if (!is_inside)
		set_count(&root, "rounded_to", SUPPRESS_STEP);
	add_counts(&root, r);
	add_remarks(&root, r);
	add_failures(&root, r, is_inside);
	add_tests(&root, r, is_inside);
	if (is_inside)
		add_untested(&root, r);
	tables = add_array(&root, "tables");
	for (i = 0; i < r->n_tables; i++)
		add_table(&tables, &r->tables[i], is_inside);
	take_failure(&root, &tables);
	add_fresh(&root, r, is_inside);
	add_mounts(&root, r);
	add_runs(&root, r, is_inside);
	add_provenance(&root, r, is_inside);
	return root.failed || json_failures() != failed
	    ? error_memory(err)
	    : json_print(json, out, err);
}

int report_json(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	return is_inside ? render(r, true, out, err)
	                 : egress_render(r, render, out, err);
}
