/* report: see report.h. The model; renderers are in render_*.c. */
#include "reports/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/result.h"
#include "reports/contract.h"
#include "reports/log_tail.h"
#include "reports/values.h"

void report_clear(struct report *r)
{
	size_t i;

	for (i = 0; i < r->n_tables; i++)
		diff_clear(&r->tables[i].diff);
	for (i = 0; i < r->n_fresh; i++)
		diff_clear(&r->fresh[i].diff);
	for (i = 0; i < r->n_failures; i++) {
		mem_free(r->failures[i].message);
		mem_free(r->failures[i].log);
	}
	mem_free(r->tables);
	mem_free(r->fresh);
	mem_free(r->failures);
	mem_free(r->remarks);
	report_mounts_clear(r->mounts, r->n_mounts);
	report_tests_clear(&r->tests);
	*r = (struct report){ 0 };
}

/* -- counts -- */

static bool is_status(const struct run_node *n, const char *status)
{
	return strcmp(n->status, status) == 0;
}

static void count(struct report *r)
{
	const struct manifest *m = r->after;
	size_t i;

	r->n_nodes = m->n;
	for (i = 0; i < m->n; i++) {
		r->n_failed += m->nodes[i].state == NODE_FAILED;
		r->n_blocked += m->nodes[i].state == NODE_BLOCKED;
		r->n_waiting += m->nodes[i].state == NODE_WAITING;
	}
	for (i = 0; r->record != NULL && i < r->record->n; i++) {
		r->n_computed += is_status(&r->record->nodes[i], "computed");
		r->n_reused += is_status(&r->record->nodes[i], "reused");
		r->n_twice += r->record->nodes[i].twice[0] != '\0';
	}
	r->verdict = r->n_failed || r->n_blocked || r->tests.n_blocking
	    ? REPORT_FAILURE
	    : r->n_waiting ? REPORT_PENDING
	                   : REPORT_SUCCESS;
}

/* A work tree has no id: nothing is known of it. */
static bool is_same_code(const struct manifest *a, const struct manifest *b)
{
	return a->tree[0] != '\0' && strcmp(a->tree, b->tree) == 0;
}

static bool is_same_parameters(const struct manifest *a,
    const struct manifest *b)
{
	size_t i;

	if (a->n_parameters != b->n_parameters)
		return false;
	for (i = 0; i < a->n_parameters; i++)
		if (strcmp(a->parameters[i].name, b->parameters[i].name) != 0 ||
		    strcmp(a->parameters[i].value, b->parameters[i].value) != 0)
			return false;
	return true;
}

/* -- tables -- */

/* What became of the table of a node, or -1: nothing to tell. */
static int judge_table(const struct manifest *before,
    const struct manifest_node *now)
{
	const struct manifest_node *was;

	if (now->state != NODE_OK)
		return -1;
	if (before == NULL)
		return now->delivered ? TABLE_NEW : -1;
	was = manifest_find(before, now->path);
	if (was == NULL)
		return TABLE_NEW;
	if (digest_is_null(&was->table))
		return TABLE_BACK;
	return digest_eq(&was->table, &now->table) ? -1 : TABLE_CHANGED;
}

/* Whether a targeted run says nothing of nodes that it does not name. */
static bool is_gone(const struct report *r, const struct manifest_node *was)
{
	return r->after->n_targets == 0 &&
	    manifest_find(r->after, was->path) == NULL;
}

static void add_table(struct report *r, const struct manifest_node *n,
    enum table_change change)
{
	struct report_table *t = &r->tables[r->n_tables++];

	t->node = n;
	t->change = change;
	r->n_delivered += n->delivered;
}

static int compare_tables(const void *a, const void *b)
{
	const struct report_table *p = a, *q = b;

	if (p->node->delivered != q->node->delivered)
		return p->node->delivered ? -1 : 1;
	return strcmp(p->node->path, q->node->path);
}

static int find_tables(struct report *r, struct error *err)
{
	const struct manifest *before = r->before, *after = r->after;
	size_t i, most = after->n + (before ? before->n : 0);

	r->tables = mem_array(most, sizeof(*r->tables));
	if (r->tables == NULL)
		return error_memory(err);
	for (i = 0; i < after->n; i++) {
		const struct manifest_node *n = &after->nodes[i], *was;
		int change = judge_table(before, n);

		if (change >= 0)
			add_table(r, n, (enum table_change)change);
		was = before ? manifest_find(before, n->path) : NULL;
		r->n_same += change < 0 && was != NULL && n->state == NODE_OK &&
		    !digest_eq(&was->key, &n->key);
	}
	for (i = 0; before != NULL && i < before->n; i++)
		if (is_gone(r, &before->nodes[i]))
			add_table(r, &before->nodes[i], TABLE_GONE);
	if (r->n_tables > 0)
		qsort(r->tables, r->n_tables, sizeof(*r->tables),
		    compare_tables);
	return 0;
}

static bool has_table(const struct manifest_node *n)
{
	return n != NULL && n->state == NODE_OK && !digest_is_null(&n->table);
}

static enum table_change judge_pair(const struct report_pair *p)
{
	if (p->now == NULL)
		return TABLE_GONE;
	if (p->was == NULL)
		return TABLE_NEW;
	return has_table(p->was) ? TABLE_CHANGED : TABLE_BACK;
}

/* The values of columns that changed are told where all parts are there: the
 * rows were compared without those that are equal. */
static int add_values(struct store *st, const struct diff_ask *ask,
    struct diff *d, struct error *err)
{
	int rc = diff_values(st, ask->before, ask->after, d, NULL);

	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}

static int compare_pair(const struct report_pair *p, struct diff_ask *ask,
    struct report_table *t, struct error *err)
{
	CLEANUP(mem_freep) struct diff_tolerance *tolerances = NULL;
	const struct tolerances *now = &p->now->tolerances;
	size_t i;
	int rc;

	tolerances = mem_array(now->n, sizeof(*tolerances));
	if (tolerances == NULL)
		return error_memory(err);
	for (i = 0; i < now->n; i++)
		tolerances[i] =
		    (struct diff_tolerance){ now->p[i].column, now->p[i].most };
	ask->tolerances = tolerances;
	ask->n_tolerances = now->n;
	rc = diff_compare(ask, &t->diff, err);
	return rc ? rc : add_values(ask->store, ask, &t->diff, err);
}

static int load_table(struct store *st, const struct manifest_node *n,
    struct table *out, struct error *err)
{
	int rc = table_load(st, &n->table, out, err);

	return rc ? rc : contract_key(st, n, out, err);
}

static int load_and_compare(struct store *st, const struct report_pair *p,
    diff_fn *fn, void *payload, struct report_table *t, struct error *err)
{
	CLEANUP(table_clear) struct table now = { 0 };
	CLEANUP(table_clear) struct table was = { 0 };
	struct diff_ask ask = { .store = st,
		.before = &was,
		.after = &now,
		.fn = fn,
		.payload = payload };
	int rc = 0;

	if (has_table(p->was))
		rc = load_table(st, p->was, &was, err);
	if (rc == 0 && has_table(p->now))
		rc = load_table(st, p->now, &now, err);
	if (rc)
		return rc;
	if (t->change == TABLE_CHANGED)
		return compare_pair(p, &ask, t, err);
	return diff_one(t->change == TABLE_GONE ? &was : &now,
	    t->change != TABLE_GONE, &t->diff, err);
}

static const char *why_not(int rc)
{
	return rc == 0              ? "no column in common"
	    : rc == ERROR_NOT_FOUND ? "the table is not in this store"
	    : rc == ERROR_CORRUPT   ? "the stored table is damaged"
	                            : "the table could not be read";
}

/* A report comes even where a table cannot be read: it says so, with the
 * counts that the manifests have. */
int report_table_make(struct store *st, const struct report_pair *pair,
    diff_fn *fn, void *payload, struct report_table *out, struct error *err)
{
	struct error why = { 0 };
	int rc;

	*out = (struct report_table){ .node = pair->now ? pair->now : pair->was,
		.change = judge_pair(pair) };
	rc = load_and_compare(st, pair, fn, payload, out, &why);
	if (rc > 0)
		return rc;
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	out->is_compared = rc == 0 && out->change == TABLE_CHANGED &&
	    out->diff.way != DIFF_NONE;
	if (rc == 0 && (out->is_compared || out->change != TABLE_CHANGED))
		return 0;
	if (rc) {
		out->diff.before = has_table(pair->was) ? pair->was->rows : 0;
		out->diff.after = has_table(pair->now) ? pair->now->rows : 0;
	}
	snprintf(out->why, sizeof(out->why), "%s", why_not(rc));
	return 0;
}

bool report_is_within(const struct report_table *t)
{
	const struct diff *d = &t->diff;

	return t->change == TABLE_CHANGED && t->is_compared && d->changed > 0 &&
	    d->beyond == 0 && d->added == 0 && d->removed == 0 &&
	    d->n_columns_changed == 0 && !d->is_reordered;
}

void report_table_clear(struct report_table *t)
{
	diff_clear(&t->diff);
}

static int compare_table(struct store *st, const struct report *r,
    struct report_table *t, struct error *err)
{
	const struct manifest_node *n = t->node;
	struct report_pair pair = { NULL, n };

	if (t->change == TABLE_GONE)
		pair = (struct report_pair){ n, NULL };
	else if (r->before != NULL)
		pair.was = manifest_find(r->before, n->path);
	return report_table_make(st, &pair, NULL, NULL, t, err);
}

/* -- failures -- */

static int compare_failures(const void *a, const void *b)
{
	const struct report_failure *p = a, *q = b;

	if (p->node->delivered != q->node->delivered)
		return p->node->delivered ? -1 : 1;
	if (p->n_blocked != q->n_blocked)
		return p->n_blocked > q->n_blocked ? -1 : 1;
	return strcmp(p->node->path, q->node->path);
}

static int compare_path(const void *path, const void *failure)
{
	const struct report_failure *f = failure;

	return strcmp(path, f->node->path);
}

/* How many nodes each failed one blocks. failures are in order of paths. */
static void count_blocked(struct report *r)
{
	size_t i, k;

	for (i = 0; r->n_failures > 0 && i < r->after->n; i++) {
		const struct manifest_node *n = &r->after->nodes[i];

		for (k = 0; k < n->n_by; k++) {
			struct report_failure *f =
			    bsearch(n->by[k], r->failures, r->n_failures,
			        sizeof(*r->failures), compare_path);

			if (f != NULL)
				f->n_blocked++;
		}
	}
}

/* The message that the result's record has, where the failure is remembered;
 * a timeout has none. */
static int read_message(struct store *st, struct report_failure *f,
    struct error *err)
{
	struct result result = { 0 };
	int rc;

	if (digest_is_null(&f->node->key))
		return 0;
	rc = result_get(st, &f->node->key, TIER_LOCAL, &result, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || result.state != RESULT_FAILED || result.message[0] == '\0')
		return 0;
	f->message = mem_strdup(result.message);
	return f->message ? 0 : error_memory(err);
}

static int find_failures(struct store *st, struct report *r, struct error *err)
{
	size_t i;
	int rc = 0;

	r->failures = mem_array(r->n_failed, sizeof(*r->failures));
	if (r->failures == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < r->after->n; i++) {
		struct report_failure *f = &r->failures[r->n_failures];

		if (r->after->nodes[i].state != NODE_FAILED)
			continue;
		f->node = &r->after->nodes[i];
		r->n_failures++;
		if ((rc = read_message(st, f, err)) == 0)
			rc = log_tail_read(st, &f->node->log, &f->log,
			    &f->log_lines, &f->log_left, err);
	}
	count_blocked(r);
	if (r->n_failures > 0)
		qsort(r->failures, r->n_failures, sizeof(*r->failures),
		    compare_failures);
	return rc;
}

/* -- remarks -- */

static int remark(struct report *r, const struct report_remark *m,
    struct error *err)
{
	struct report_remark *remarks = mem_grow(r->remarks, r->n_remarks,
	    &r->remarks_cap, sizeof(*remarks));

	if (remarks == NULL)
		return error_memory(err);
	r->remarks = remarks;
	remarks[r->n_remarks++] = *m;
	return 0;
}

static int remark_columns(struct report *r, const struct report_table *t,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->diff.n_columns; i++) {
		const struct diff_column *c = &t->diff.columns[i];
		struct report_remark m = { .table = t,
			.node = t->node,
			.column = c };

		if (c->change != COLUMN_REMOVED && c->change != COLUMN_RETYPED)
			continue;
		m.kind = c->change == COLUMN_REMOVED ? REMARK_COLUMN_GONE
		                                     : REMARK_COLUMN_RETYPED;
		rc = remark(r, &m, err);
	}
	return rc;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Of a @key that is declared, or as good as one. */
static bool is_key(const struct manifest_test *t)
{
	return begins(t->test, "key(") || begins(t->test, "unique(");
}

/* Whether a test of the node says that its key is broken. */
static bool is_told(const struct report *r, const struct manifest_node *n)
{
	size_t i;

	for (i = 0; i < r->tests.n_blocking; i++)
		if (r->tests.failed[i].node == n &&
		    is_key(r->tests.failed[i].test))
			return true;
	return false;
}

static int remark_table(struct report *r, const struct report_table *t,
    struct error *err)
{
	struct report_remark m = { .table = t, .node = t->node };
	int rc = 0;

	m.kind = t->change == TABLE_GONE ? REMARK_GONE : REMARK_EMPTIED;
	if (t->change == TABLE_GONE && t->node->delivered)
		return remark(r, &m, err);
	if (t->change != TABLE_CHANGED)
		return 0;
	if (t->diff.before > 0 && t->diff.after == 0)
		rc = remark(r, &m, err);
	m.kind = REMARK_KEY;
	if (rc == 0 && t->is_compared && broken_key(&t->diff) != NULL &&
	    !is_told(r, t->node))
		rc = remark(r, &m, err);
	if (rc == 0 && t->node->delivered)
		rc = remark_columns(r, t, err);
	return rc;
}

/* Of what is declared of a table: its key and its bands. */
static int remark_declared(struct report *r, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->tests.n_blocking; i++) {
		const struct report_test *t = &r->tests.failed[i];
		struct report_remark m = { .kind = REMARK_BAND,
			.node = t->node,
			.test = t->test };

		if (t->test->verdict != VERDICT_FAILED)
			continue;
		if (is_key(t->test))
			m.kind = REMARK_KEY;
		else if (!begins(t->test->test, "rows(") &&
		    !begins(t->test->test, "range(") &&
		    !begins(t->test->test, "coverage("))
			continue;
		rc = remark(r, &m, err);
	}
	return rc;
}

static int compare_remarks(const void *a, const void *b)
{
	const struct report_remark *p = a, *q = b;
	int order = (int)p->kind - (int)q->kind;

	if (order == 0 && p->node->delivered != q->node->delivered)
		order = p->node->delivered ? -1 : 1;
	if (order == 0)
		order = strcmp(p->node->path, q->node->path);
	if (order == 0 && p->column && q->column)
		order = strcmp(p->column->name, q->column->name);
	if (order == 0 && p->test && q->test)
		order = strcmp(p->test->test, q->test->test);
	return order;
}

static int find_remarks(struct report *r, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->n_tables; i++)
		rc = remark_table(r, &r->tables[i], err);
	if (rc == 0)
		rc = remark_declared(r, err);
	for (i = 0; rc == 0 && i < r->after->n; i++)
		if (r->after->nodes[i].unstable)
			rc = remark(r,
			    &(struct report_remark){ .kind = REMARK_UNSTABLE,
			        .node = &r->after->nodes[i] },
			    err);
	if (r->n_remarks > 0)
		qsort(r->remarks, r->n_remarks, sizeof(*r->remarks),
		    compare_remarks);
	return rc;
}

int report_make(struct store *st, const struct manifest *before,
    const struct manifest *after, const struct run_record *record,
    struct report *out, struct error *err)
{
	size_t i;
	int rc;

	*out = (struct report){ .store = st,
		.before = before,
		.after = after,
		.record = record };
	if ((rc = report_tests_make(st, after, &out->tests, err)))
		return rc;
	if (before != NULL)
		report_tests_compare(&out->tests, before);
	count(out);
	out->is_fair = before == NULL ||
	    (digest_eq(&before->snapshot, &after->snapshot) &&
	        is_same_parameters(before, after));
	out->is_fresh = !out->is_fair && is_same_code(before, after) &&
	    is_same_parameters(before, after);
	rc = find_tables(out, err);
	for (i = 0; rc == 0 && i < out->n_tables; i++)
		rc = compare_table(st, out, &out->tables[i], err);
	if (rc || (rc = find_failures(st, out, err)) ||
	    (rc = find_remarks(out, err)) ||
	    (rc = report_mounts_make(out, &out->mounts, &out->n_mounts, err)))
		report_clear(out);
	return rc;
}
