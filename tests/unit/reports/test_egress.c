/* egress: what must stay stays, in each part of a report that has all of them;
 * where memory ends there is no half a report. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/egress.h"
#include "tests/unit/reports/store_bed.h"

enum {
	CODE, /* an action's table */
	IN_GIT, /* a table of the repository */
	UNKNOWN, /* nothing describes it */
	TABLES,
	COLUMNS = 5,
	MANY = 300
};

static char names[COLUMNS][16] = { "id", "dose", "pivot", "old_said",
	"old_pivot" };
static char paths[TABLES][16] = { "A", "B", "C" };
static char secret[] = "S3cret", at[] = "A.sql:4",
            of_test[] = "in(id, 'S3cret')", empty[] = "";
static char *unstable[] = { names[2], names[0] };

/* One report with a part of each kind. */
struct world {
	struct manifest before;
	struct manifest_node was, nodes[TABLES];
	struct diff_column columns[TABLES][COLUMNS];
	struct report_table tables[TABLES];
	struct report_remark remarks[3];
	struct report_failure failure;
	struct manifest_test test;
	struct report_test failed;
	struct run_node ran;
	struct run_record record;
	struct description about[2];
	struct described_text code;
	struct described_column said;
	struct descriptions descriptions;
	struct report r;
	int rendered;
};

static void make_table(struct world *w, int i)
{
	struct diff_column *c = w->columns[i];
	int k;

	for (k = 0; k < COLUMNS; k++) {
		c[k] = (struct diff_column){ .name = names[k],
			.in_before = SIZE_MAX,
			.in_after = (size_t)k,
			.change = COLUMN_ADDED,
			.changed = 3,
			.row = 7 };
		if (k >= 3) {
			c[k].change = COLUMN_REMOVED;
			c[k].in_before = c[k].in_after;
			c[k].in_after = SIZE_MAX;
		}
	}
	w->nodes[i].path = paths[i];
	w->tables[i] = (struct report_table){ .node = &w->nodes[i],
		.diff = { .columns = c,
		    .n_columns = COLUMNS,
		    .before = 1,
		    .after = 12,
		    .added = 80,
		    .changed = 2,
		    .beyond = 1 },
		.fresh = { .before = 3, .after = 4, .added = 5 } };
}

/* The code of A says id, a directive dose, its code before this old_said. */
static void describe(struct world *w)
{
	static const char what[] = "{\"body\":\"SELECT old_said FROM t\"}";

	w->was.path = paths[CODE];
	assert_int_equal(store_put(st, bytes_of(what), &w->was.key, NULL), 0);
	w->before = (struct manifest){ .nodes = &w->was, .n = 1 };
	w->code.text = bytes_of("SELECT id FROM t");
	w->said.name = "DOSE";
	w->about[0] = (struct description){ .path = paths[CODE],
		.action = "action/sql/sqlite",
		.texts = &w->code,
		.n_texts = 1,
		.columns = &w->said,
		.n_columns = 1 };
	w->about[1].path = paths[IN_GIT];
	w->descriptions =
	    (struct descriptions){ .items = w->about, .n = TABLES - 1 };
}

static void make_world(struct world *w)
{
	int i;

	*w = (struct world){ 0 };
	for (i = 0; i < TABLES; i++)
		make_table(w, i);
	describe(w);
	w->nodes[CODE].differs = unstable;
	w->nodes[CODE].n_differs = ARRAY_LEN(unstable);
	w->remarks[0] = (struct report_remark){ .kind = REMARK_UNSTABLE,
		.node = &w->nodes[CODE] };
	w->remarks[1] = (struct report_remark){ .kind = REMARK_COLUMN_GONE,
		.node = &w->nodes[CODE],
		.table = &w->tables[CODE],
		.column = &w->columns[CODE][4] };
	w->remarks[2] = (struct report_remark){ .kind = REMARK_EMPTIED,
		.node = &w->nodes[IN_GIT],
		.table = &w->tables[IN_GIT] };
	w->failure = (struct report_failure){ .node = &w->nodes[CODE],
		.message = secret,
		.log = secret,
		.log_lines = 1,
		.log_left = 2 };
	w->test = (struct manifest_test){ .test = of_test,
		.at = at,
		.verdict = VERDICT_FAILED,
		.why = secret,
		.rows = 3 };
	w->failed = (struct report_test){ .node = &w->nodes[CODE],
		.test = &w->test,
		.message = secret };
	w->ran = (struct run_node){ .path = paths[CODE], .cause = secret };
	w->record = (struct run_record){ .host = "S3cret",
		.user = "S3cret",
		.reason = "S3cret",
		.sandbox = "S3cret",
		.nodes = &w->ran,
		.n = 1,
		.tests = &w->ran,
		.n_tests = 1 };
	w->r = (struct report){ .store = st,
		.before = &w->before,
		.record = &w->record,
		.tables = w->tables,
		.n_tables = TABLES,
		.failures = &w->failure,
		.n_failures = 1,
		.remarks = w->remarks,
		.n_remarks = ARRAY_LEN(w->remarks),
		.tests = { .failed = &w->failed, .n_failed = 1 },
		.descriptions = &w->descriptions };
}

static void expect_names(const struct report *r, int table,
    const char *const *wanted)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		assert_string_equal(r->tables[table].diff.columns[i].name,
		    wanted[i]);
}

static void columns_are_named_where_the_repository_says_them(void **state)
{
	static const char *const code[] = { "id", "dose", "no. 3", "old_said",
		"old no. 5" };
	static const char *const in_git[] = { "id", "dose", "pivot", "old_said",
		"old_pivot" };
	static const char *const unknown[] = { "no. 1", "no. 2", "no. 3",
		"old no. 4", "old no. 5" };
	CLEANUP(egress_clear) struct egress e = { 0 };
	struct world w;
	const struct manifest_node *n;

	(void)state;
	make_world(&w);
	assert_int_equal(egress_make(&w.r, &e, NULL), 0);
	expect_names(&e.report, CODE, code);
	expect_names(&e.report, IN_GIT, in_git);
	expect_names(&e.report, UNKNOWN, unknown);
	/* of those in which two executions differed one is said */
	n = e.report.remarks[0].node;
	assert_int_equal(n->n_differs, 1);
	assert_string_equal(n->differs[0], "id");
	/* remarks are of what leaves, not of what stays */
	assert_ptr_equal(e.report.remarks[1].table, &e.report.tables[CODE]);
	assert_string_equal(e.report.remarks[1].column->name, "old no. 5");
	assert_ptr_equal(e.report.remarks[2].table, &e.report.tables[IN_GIT]);
	assert_null(e.report.remarks[2].column);
	/* and the report itself is as it was */
	assert_string_equal(w.columns[UNKNOWN][0].name, "id");
	assert_int_equal(w.nodes[CODE].n_differs, 2);

	/* with nothing before it, nothing was said */
	egress_clear(&e);
	w.r.before = NULL;
	assert_int_equal(egress_make(&w.r, &e, NULL), 0);
	assert_string_equal(e.report.tables[CODE].diff.columns[3].name,
	    "old no. 4");
}

static void counts_are_those_that_may_be_told(void **state)
{
	CLEANUP(egress_clear) struct egress e = { 0 };
	struct world w;
	const struct report_table *t;

	(void)state;
	make_world(&w);
	assert_int_equal(egress_make(&w.r, &e, NULL), 0);
	t = &e.report.tables[CODE];
	assert_int_equal(t->diff.before, 10); /* 1 to 10 are one number */
	assert_int_equal(t->diff.after, 50);
	assert_int_equal(t->diff.added, 100);
	assert_int_equal(t->diff.removed, 0);
	assert_int_equal(t->diff.changed, 10);
	assert_int_equal(t->diff.beyond, 10);
	assert_int_equal(t->fresh.before, 10);
	assert_int_equal(t->fresh.after, 10);
	assert_int_equal(t->fresh.added, 10);
	assert_int_equal(t->diff.columns[0].changed, 10);
	assert_int_equal(t->diff.columns[0].row, 0);
	assert_int_equal(e.report.tests.failed[0].test->rows, 10);
}

static void words_stay(void **state)
{
	CLEANUP(egress_clear) struct egress e = { 0 };
	struct world w;
	const struct run_record *record;

	(void)state;
	make_world(&w);
	assert_int_equal(egress_make(&w.r, &e, NULL), 0);
	assert_null(e.report.failures[0].message);
	assert_null(e.report.failures[0].log);
	assert_int_equal(e.report.failures[0].log_lines, 0);
	assert_int_equal(e.report.failures[0].log_left, 0);
	assert_string_equal(e.report.tests.failed[0].test->test, "in(id, ...)");
	assert_string_equal(e.report.tests.failed[0].test->at, "");
	assert_null(e.report.tests.failed[0].test->why);
	assert_null(e.report.tests.failed[0].message);
	record = e.report.record;
	assert_string_equal(record->host, "");
	assert_string_equal(record->user, "");
	assert_string_equal(record->reason, "");
	assert_string_equal(record->sandbox, "");
	assert_int_equal(record->n_tests, 0);
	assert_int_equal(record->n, 1);
	assert_null(record->nodes[0].cause);
	assert_string_equal(w.record.host, "S3cret");
	assert_string_equal(w.failure.message, "S3cret");

	/* a test without words, a report without failures and record */
	egress_clear(&e);
	w.test.test = empty;
	w.r.failures = NULL;
	w.r.n_failures = 0;
	w.r.record = NULL;
	assert_int_equal(egress_make(&w.r, &e, NULL), 0);
	assert_string_equal(e.report.tests.failed[0].test->test, "");
	assert_int_equal(e.report.n_failures, 0);
	assert_null(e.report.record);
}

/* A renderer sees a whole report, told as for readers outside, or none. */
static int render(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	assert_false(is_inside);
	assert_string_equal(r->tables[UNKNOWN].diff.columns[0].name, "no. 1");
	assert_int_equal(r->remarks[0].node->n_differs, 1);
	assert_null(r->failures[0].message);
	assert_string_equal(r->tests.failed[0].test->test, "in(id, ...)");
	assert_null(r->record->nodes[0].cause);
	buf_add_str(out, "told");
	return buf_check(out, err);
}

static int tell(void *payload)
{
	const struct world *w = payload;
	CLEANUP(buf_clear) struct buf out = { 0 };
	int rc = egress_render(&w->r, render, &out, NULL);

	assert_string_equal(rc ? "" : out.p, rc ? "" : "told");
	assert_true(rc == 0 || rc == ERROR_MEMORY);
	return rc;
}

static void *many_of(const void *item, size_t size)
{
	char *out = mem_array(MANY, size);
	size_t i;

	assert_non_null(out);
	for (i = 0; i < MANY; i++)
		memcpy(out + i * size, item, size);
	return out;
}

/* Sweeps with 1 to MANY of the items of a list: the memory of a report comes in
 * blocks, and so each of its parts is once the first of one. */
static void sweep_list(struct world *w, const void *item, size_t size,
    void *list, size_t *count)
{
	CLEANUP(mem_freep) void *many = many_of(item, size);

	memcpy(list, &many, sizeof(many));
	for (*count = 1; *count <= MANY; ++*count)
		assert_true(sweep_memory(tell, w) > 0 || !FAULT_MEMORY);
}

static void there_is_a_whole_report_or_none(void **state)
{
	struct world w;
	char *said[MANY];
	size_t i;

	(void)state;
	make_world(&w);
	sweep_list(&w, &w.remarks[0], sizeof(w.remarks[0]), &w.r.remarks,
	    &w.r.n_remarks);
	make_world(&w);
	sweep_list(&w, &w.failure, sizeof(w.failure), &w.r.failures,
	    &w.r.n_failures);
	make_world(&w);
	sweep_list(&w, &w.failed, sizeof(w.failed), &w.r.tests.failed,
	    &w.r.tests.n_failed);
	make_world(&w);
	sweep_list(&w, &w.ran, sizeof(w.ran), &w.record.nodes, &w.record.n);
	make_world(&w);
	for (i = 0; i < MANY; i++)
		said[i] = names[i == 0 ? 0 : 2];
	w.nodes[CODE].differs = said;
	for (i = 1; i <= MANY; i++) {
		w.nodes[CODE].n_differs = i;
		assert_true(sweep_memory(tell, &w) > 0 || !FAULT_MEMORY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    columns_are_named_where_the_repository_says_them),
		cmocka_unit_test(counts_are_those_that_may_be_told),
		cmocka_unit_test(words_stay),
		cmocka_unit_test(there_is_a_whole_report_or_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
