/* render: see render.h. */
#include "reports/render.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/result.h"
#include "reports/report_pair.h"
#include "reports/status.h"
#include "reports/values.h"

enum {
	COLUMNS_NAMED = 12, /* with other values, in a line */
};

#define ARROW " \xe2\x86\x92 "

/* Whether a column that changed has a tolerance. */
static bool has_tolerance(const struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++)
		if (d->columns[i].tolerance && d->columns[i].changed > 0)
			return true;
	return false;
}

static void show(uint64_t n, bool is_inside, char out[SHOWN])
{
	if (is_inside)
		count_print(n, out);
	else
		suppress_print(n, out);
}

void shown_make(const struct report_table *t, bool is_inside, struct shown *out)
{
	const struct diff *d = &t->diff;

	*out = (struct shown){ 0 };
	if (t->change == TABLE_CHANGED || t->change == TABLE_GONE)
		show(d->before, is_inside, out->before);
	if (t->change != TABLE_GONE)
		show(d->after, is_inside, out->after);
	if (!t->is_compared)
		return;
	show(d->added, is_inside, out->added);
	show(d->removed, is_inside, out->removed);
	if (d->way == DIFF_KEYED)
		show(d->changed, is_inside, out->changed);
	if (has_tolerance(d))
		show(d->beyond, is_inside, out->beyond);
}

/* Outside a total is made of what is told of its parts. */
static void add_shown(uint64_t *total, uint64_t n, bool is_inside)
{
	*total = is_inside ? *total + n : suppress_add(*total, suppress(n));
}

void shown_total(const struct report_table *tables, size_t n, bool is_inside,
    struct shown *out)
{
	uint64_t added = 0, removed = 0, changed = 0;
	bool is_any = false, is_keyed = false;
	size_t i;

	*out = (struct shown){ 0 };
	for (i = 0; i < n; i++) {
		const struct diff *d = &tables[i].diff;

		if (!tables[i].is_compared || report_is_within(&tables[i]))
			continue;
		is_any = true;
		is_keyed |= d->way == DIFF_KEYED;
		add_shown(&added, d->added, is_inside);
		add_shown(&removed, d->removed, is_inside);
		add_shown(&changed, d->changed, is_inside);
	}
	if (!is_any)
		return;
	show(added, is_inside, out->added);
	show(removed, is_inside, out->removed);
	if (is_keyed)
		show(changed, is_inside, out->changed);
}

void type_show(const struct type *t, char *out, size_t size)
{
	char plain[48];

	type_print(t, plain, sizeof(plain));
	if (t->as[0] != '\0')
		snprintf(out, size, "%s (%.*s)", plain,
		    (int)strcspn(t->as, "("), t->as);
	else
		snprintf(out, size, "%s", plain);
}

/* A type that was inferred: the row that decided it. */
static void row_print(const struct diff_column *c, bool is_inside,
    struct buf *out)
{
	if (is_inside && c->row > 0)
		buf_printf(out, " (row %llu made it so)",
		    (unsigned long long)c->row);
}

void place_print(const struct manifest_node *n, struct buf *out)
{
	if (n->file == NULL)
		return;
	buf_add_str(out, n->file);
	if (n->line > 0)
		buf_printf(out, ":%d", n->line);
	if (n->line > 0 && n->col > 0)
		buf_printf(out, ":%d", n->col);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "2 delivered tables change (and 3 steps on the way)"; what lies within a
 * declared tolerance is no change for the verdict. */
static void changes_print(const struct report *r, struct buf *out)
{
	size_t n = 0, others = 0, within = 0, i;

	for (i = 0; i < r->n_tables; i++) {
		bool is_within = report_is_within(&r->tables[i]);

		within += is_within;
		n += !is_within && i < r->n_delivered;
		others += !is_within && i >= r->n_delivered;
	}
	if (n == 0)
		buf_add_str(out, "no delivered table changes");
	else
		buf_printf(out, "%zu delivered table%s change%s", n, plural(n),
		    n == 1 ? "s" : "");
	if (others > 0)
		buf_printf(out, " (%s%zu step%s on the way)",
		    n > 0 ? "and " : "only ", others, plural(others));
	if (within > 0)
		buf_printf(out, ", %zu table%s within the tolerance alone",
		    within, plural(within));
}

/* "2 of 31 nodes failed, 9 blocked", "3 of 40 tests do not hold". */
static void failures_print(const struct report *r, struct buf *out)
{
	const bool has_nodes = r->n_failed > 0 || r->n_blocked > 0;
	const size_t tests = r->tests.n_blocking - r->tests.n_waiting;

	if (has_nodes)
		buf_printf(out, "%zu of %zu node%s failed", r->n_failed,
		    r->n_nodes, plural(r->n_nodes));
	if (r->n_blocked > 0)
		buf_printf(out, ", %zu blocked", r->n_blocked);
	if (tests > 0)
		buf_printf(out, "%s%zu of %zu test%s %s not hold",
		    has_nodes ? ", " : "", tests, r->tests.n,
		    plural(r->tests.n), tests == 1 ? "does" : "do");
}

/* What can be said of nodes alone. */
static void nodes_print(const struct report *r, struct buf *out)
{
	if (r->verdict == REPORT_FAILURE) {
		failures_print(r, out);
	} else if (r->verdict == REPORT_PENDING) {
		buf_printf(out, "%zu of %zu node%s still wait", r->n_waiting,
		    r->n_nodes, plural(r->n_nodes));
	} else {
		buf_printf(out, "%zu node%s, nothing to compare with",
		    r->n_nodes, plural(r->n_nodes));
	}
}

void verdict_print(const struct report *r, struct buf *out)
{
	if (r->verdict != REPORT_SUCCESS)
		buf_add_str(out, r->is_production ? "Not well: " : "Not yet: ");
	else if (r->before != NULL && r->n_remarks > 0)
		buf_add_str(out,
		    r->is_production ? "Look at it: "
		                     : "Look first, then merge: ");
	else if (r->before == NULL || r->is_production)
		buf_add_str(out, "All is well: ");
	else
		buf_add_str(out, "Can be merged: ");
	if (r->verdict == REPORT_SUCCESS && r->before != NULL)
		changes_print(r, out);
	else
		nodes_print(r, out);
}

/* A desk's results are not the server's. */
static bool is_served(const struct report *r)
{
	return r->record != NULL && r->record->branch[0] != '\0';
}

void outcome_print(const struct report *r, struct buf *out)
{
	if (r->verdict == REPORT_FAILURE)
		buf_add_str(out,
		    r->is_production
		        ? "; production keeps the old tables of what failed"
		        : "; merged as it is, production would keep the old "
		          "tables of what failed");
	else if (r->verdict == REPORT_PENDING)
		buf_add_str(out, "; what they give is not known yet");
	else if (!r->is_production && r->before != NULL && r->is_fair &&
	    r->after->n_targets == 0 && is_served(r))
		buf_add_str(out,
		    "; merged as things are, nothing is left to compute");
	buf_add_char(out, '.');
}

void counts_print(const struct report *r, struct buf *out)
{
	char took[32];

	buf_printf(out, "%zu node%s", r->n_nodes, plural(r->n_nodes));
	if (r->record == NULL)
		buf_printf(out, ": %zu with a table",
		    r->n_nodes - r->n_failed - r->n_blocked - r->n_waiting);
	else if (r->n_twice > 0)
		buf_printf(out, ": %zu computed (%zu twice), %zu reused",
		    r->n_computed, r->n_twice, r->n_reused);
	else
		buf_printf(out, ": %zu computed, %zu reused", r->n_computed,
		    r->n_reused);
	if (r->n_failed > 0)
		buf_printf(out, ", %zu failed", r->n_failed);
	if (r->n_blocked > 0)
		buf_printf(out, ", %zu blocked", r->n_blocked);
	if (r->n_waiting > 0)
		buf_printf(out, ", %zu waiting", r->n_waiting);
	if (r->n_same > 0)
		buf_printf(out, ", %zu gave the same table as before",
		    r->n_same);
	if (r->tests.n > 0)
		buf_add_str(out, "; ");
	tests_print(&r->tests, out);
	if (r->record == NULL)
		return;
	duration_print(r->record->ended - r->record->started, took);
	buf_printf(out, ", %s", took);
}

/* Two executions: the columns, or how one of them failed. */
static void unstable_print(const struct manifest_node *n, name_fn *name,
    struct buf *out)
{
	size_t i;

	if (n->second != FAILURE_NONE)
		buf_printf(out,
		    " is unstable: executed twice, it failed once (%s)",
		    failure_name(n->second));
	else
		buf_add_str(out,
		    " is unstable: two executions gave two tables");
	for (i = 0; i < n->n_differs; i++) {
		buf_add_str(out, i ? ", " : "; they differ in ");
		name(out, n->differs[i]);
	}
}

bool remark_is_guard(const struct report_remark *m)
{
	return m->kind != REMARK_COLUMN_RETYPED && m->kind != REMARK_UNSTABLE;
}

void remark_print(const struct report_remark *m, bool is_inside, name_fn *name,
    struct buf *out)
{
	char was[64], now[64];
	struct shown shown;

	name(out, m->node->path);
	switch (m->kind) {
	case REMARK_GONE:
		buf_add_str(out, " is not there any more");
		break;
	case REMARK_EMPTIED:
		shown_make(m->table, is_inside, &shown);
		buf_printf(out, " is empty now (%s rows before)", shown.before);
		break;
	case REMARK_KEY:
	case REMARK_BAND:
		buf_add_str(out, ": ");
		if (m->test == NULL)
			key_print(broken_key(&m->table->diff), is_inside, name,
			    out);
		else
			test_why_print(m->test, name, out);
		break;
	case REMARK_COLUMN_GONE:
		buf_add_str(out, ": column ");
		name(out, m->column->name);
		buf_add_str(out, " is gone");
		break;
	case REMARK_COLUMN_RETYPED:
		type_show(&m->column->before, was, sizeof(was));
		type_show(&m->column->after, now, sizeof(now));
		buf_add_str(out, ": column ");
		name(out, m->column->name);
		buf_printf(out, " was %s, is %s", was, now);
		row_print(m->column, is_inside, out);
		break;
	case REMARK_UNSTABLE:
		unstable_print(m->node, name, out);
		break;
	}
}

/* Bags are compared without a column whose type is another. */
static bool is_left_out(const struct report_table *t,
    const struct diff_column *c)
{
	return c->change == COLUMN_RETYPED && t->is_compared &&
	    t->diff.way == DIFF_BAG;
}

static void column_print(const struct diff_column *c, bool is_inside,
    name_fn *name, struct buf *out)
{
	char was[64], now[64], count[SHOWN];

	if (c->change == COLUMN_ADDED)
		buf_add_char(out, '+');
	if (c->change == COLUMN_REMOVED)
		buf_add_str(out, "\xe2\x88\x92"); /* minus sign */
	name(out, c->name);
	if (c->change == COLUMN_RETYPED) {
		type_show(&c->before, was, sizeof(was));
		type_show(&c->after, now, sizeof(now));
		buf_printf(out, " %s" ARROW "%s", was, now);
		row_print(c, is_inside, out);
	}
	if (c->changed > 0 && is_inside) {
		count_print(c->changed, count);
		buf_printf(out, " %s", count);
	}
}

void columns_print(const struct report_table *t, bool is_inside, name_fn *name,
    struct buf *out)
{
	size_t i, n = 0, values = 0;

	if (t->change != TABLE_CHANGED)
		return;
	for (i = 0; i < t->diff.n_columns; i++) {
		const struct diff_column *c = &t->diff.columns[i];

		if (c->change == COLUMN_SAME &&
		    (c->changed == 0 || values++ >= COLUMNS_NAMED))
			continue;
		if (n++ > 0)
			buf_add_str(out, ", ");
		column_print(c, is_inside, name, out);
		if (is_left_out(t, c))
			buf_add_str(out, ", its values not compared");
	}
	if (values > COLUMNS_NAMED)
		buf_printf(out, ", and %zu more", values - COLUMNS_NAMED);
	if (t->diff.is_reordered)
		buf_printf(out, "%scolumns in another order",
		    n > 0 ? ", " : "");
	if (t->diff.is_resorted)
		buf_add_str(out, "the same rows in another order");
}

static const char *rows_word(const char *shown)
{
	return strcmp(shown, "0") == 0 ? "empty" : shown;
}

void rows_print(const struct report_table *t, const struct shown *shown,
    struct buf *out)
{
	static const char
	    *const was[] = { [TABLE_NEW] = "new", [TABLE_BACK] = "no table" };

	buf_printf(out, "%s" ARROW "%s",
	    t->change == TABLE_NEW || t->change == TABLE_BACK
	        ? was[t->change]
	        : rows_word(shown->before),
	    t->change == TABLE_GONE ? "gone" : rows_word(shown->after));
}

void mount_print(const struct report_mount *m, struct buf *out)
{
	const size_t n = m->n_nodes;

	switch (m->effect) {
	case MOUNT_OVERRIDES:
		buf_add_str(out, "not affected: it has its own");
		break;
	case MOUNT_SAME:
		buf_printf(out, "recomputed, the same: %zu table%s", n,
		    plural(n));
		break;
	case MOUNT_CHANGED:
		buf_printf(out, "data changed: %zu of %zu recomputed table%s",
		    m->n_changed, n, plural(n));
		break;
	case MOUNT_FAILED:
		buf_printf(out, "failed; %zu of %zu node%s differ%s",
		    m->n_changed, n, plural(n), m->n_changed == 1 ? "s" : "");
		break;
	}
}

void mounts_print(const struct report *r, struct buf *out)
{
	static const char *const words[] = {
		[MOUNT_OVERRIDES] = "not affected",
		[MOUNT_SAME] = "recomputed and the same",
		[MOUNT_CHANGED] = "changed",
		[MOUNT_FAILED] = "failed",
	};
	size_t n[ARRAY_LEN(words)] = { 0 }, i;
	const char *between = ": ";

	for (i = 0; i < r->n_mounts; i++)
		n[r->mounts[i].effect]++;
	buf_printf(out, "%zu place%s share%s it", r->n_mounts,
	    plural(r->n_mounts), r->n_mounts == 1 ? "s" : "");
	for (i = ARRAY_LEN(words); i-- > 0;) {
		if (n[i] == 0)
			continue;
		buf_printf(out, "%s%zu %s", between, n[i], words[i]);
		between = ", ";
	}
}

/* Nodes whose table the base's run had, and which the base's code does not
 * give of these sources. */
static size_t count_unseparated(const struct report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->before->n; i++) {
		const struct manifest_node *now = &r->before->nodes[i];
		const struct manifest_node *was = now->state == NODE_OK
		    ? NULL
		    : manifest_find(r->own, now->path);

		n += was != NULL && was->state == NODE_OK;
	}
	return n;
}

static void fair_print(const struct report *r, struct buf *out)
{
	size_t n;

	buf_printf(out, "fair: same inputs of %s on both sides",
	    r->after->snapshot_date);
	if (r->own == NULL)
		return;
	if (strcmp(r->own->snapshot_date, r->after->snapshot_date) != 0)
		buf_printf(out, " (the base's run had those of %s)",
		    r->own->snapshot_date);
	else
		buf_add_str(out, " (the base's run had earlier ones)");
	n = count_unseparated(r);
	if (n > 0)
		buf_printf(out,
		    "; cannot be separated: the base's code has no table of "
		    "them for %zu node%s",
		    n, plural(n));
}

static void fresh_print(const struct report *r, struct buf *out)
{
	const struct manifest *a = r->before, *b = r->after;

	buf_printf(out,
	    "fresh data: the same code, sources of %s compared with %s%s: "
	    "every difference is the data's",
	    b->snapshot_date,
	    strcmp(a->snapshot_date, b->snapshot_date) == 0 ? "earlier ones of "
	                                                    : "those of ",
	    a->snapshot_date);
}

void fairness_print(const struct report *r, struct buf *out)
{
	const struct manifest *a = r->before, *b = r->after;

	if (a == NULL)
		return;
	if (r->is_fair) {
		fair_print(r, out);
		return;
	}
	if (r->is_fresh) {
		fresh_print(r, out);
		return;
	}
	if (!digest_eq(&a->snapshot, &b->snapshot))
		buf_printf(out, "sources of %s compared with those of %s",
		    b->snapshot_date, a->snapshot_date);
	else
		buf_add_str(out, "parameters differ (--set)");
	buf_add_str(out, ": not every difference is the code's");
	if (r->record != NULL && r->record->not_fair[0] != '\0')
		buf_printf(out, "; cannot be separated: %s",
		    r->record->not_fair);
}

void failure_print(const struct manifest_node *n, bool is_inside,
    struct buf *out)
{
	static const char *const words[] = {
		[FAILURE_SQL] = "The database engine refused the query",
		[FAILURE_EXIT] = "The program ended with an error",
		[FAILURE_SIGNAL] = "The program was stopped by the system",
		[FAILURE_OUTPUT] =
		    "What came of it is not the table that was agreed",
		[FAILURE_INPUT] = "The tables it reads do not fit together",
		[FAILURE_TIMEOUT] = "It took longer than it may",
		[FAILURE_MEMORY] = "It needed more memory than it may have",
		[FAILURE_SURROUNDINGS] =
		    "The server could not run it; its code is not to blame",
		[FAILURE_CANCELLED] = "It was stopped by a person",
	};
	const char *word =
	    (size_t)n->failure < ARRAY_LEN(words) ? words[n->failure] : NULL;

	buf_add_str(out, word ? word : "It failed");
	if (is_inside && n->failure == FAILURE_EXIT)
		buf_printf(out, " (exit status %d)", n->exit_status);
	if (is_inside && n->failure == FAILURE_SIGNAL)
		buf_printf(out, " (signal %d)", n->exit_status);
}

/* "input f: column x" is "column x of its input f changed". */
static bool input_print(const char *cause, name_fn *name, struct buf *out)
{
	static const char begin[] = "input ", column[] = ": column ";
	const char *input = cause + sizeof(begin) - 1, *what;
	CLEANUP(mem_freep) char *copy = NULL;

	if (strncmp(cause, begin, sizeof(begin) - 1) != 0 ||
	    (what = strstr(input, ": ")) == NULL ||
	    (strcmp(what, ": rows") != 0 &&
	        strncmp(what, column, sizeof(column) - 1) != 0))
		return false;
	copy = mem_strndup(input, (size_t)(what - input));
	out->failed |= copy == NULL;
	if (copy == NULL)
		return true;
	if (strcmp(what, ": rows") == 0) {
		buf_add_str(out, "input ");
		name(out, copy);
		buf_add_str(out, " has another number of rows");
	} else {
		buf_add_str(out, "column ");
		name(out, what + sizeof(column) - 1);
		buf_add_str(out, " of input ");
		name(out, copy);
		buf_add_str(out, " changed");
	}
	return true;
}

void cause_print(const char *cause, name_fn *name, struct buf *out)
{
	static const struct {
		const char *cause, *words;
	} known[] = { { "new", "it was never computed" },
		{ "code", "its code changed" }, { "file", "its file changed" },
		{ "files", "its files changed" },
		{ "action", "the action it uses changed" },
		{ "contract", "what is declared of its table changed" },
		{ "snapshot", "the sources changed" },
		{ "date", "it asks for the date, which is another" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].cause, cause) == 0) {
			buf_add_str(out, known[i].words);
			return;
		}
	if (!input_print(cause, name, out))
		name(out, cause);
}

const char *table_change_name(enum table_change change)
{
	static const char *const names[] = { "changed", "new", "gone", "back" };

	return names[change];
}
