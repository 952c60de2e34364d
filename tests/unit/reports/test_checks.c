/* checks: what a run's three statuses say, of reports made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/checks.h"

#define COMMIT "0123456789012345678901234567890123456789"

/* Room for what a report has. */
struct world {
	struct report r;
	struct manifest before, after;
	struct run_record record;
	struct report_table tables[4];
	struct report_failure failures[4];
	struct report_test tests[4];
	struct report_remark remarks[4];
};

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	w->r.before = &w->before;
	w->r.after = &w->after;
	w->r.record = &w->record;
	w->r.tables = w->tables;
	w->r.failures = w->failures;
	w->r.tests.failed = w->tests;
	w->r.remarks = w->remarks;
	w->r.is_fair = true;
	strcpy(w->record.commit, COMMIT);
	strcpy(w->record.branch, "exp");
	w->record.started = 1000;
	w->record.ended = 1000 + 250 * 1000;
}

static void says(const struct world *w, enum check check,
    enum status_state state, const char *words)
{
	const struct egress e = { .report = w->r };
	struct checks c;

	assert_int_equal(checks_make(&e, &c, NULL), 0);
	assert_string_equal(status_words(&c.items[check]), words);
	assert_int_equal(c.items[check].state, state);
	assert_string_equal(c.items[check].commit, COMMIT);
	assert_string_equal(c.items[check].ref, "exp");
	assert_int_equal(status_check(&c.items[check], NULL), 0);
}

static void nodes_of_a_run(void **state)
{
	struct manifest_node c = { .path = (char[]){ "C" } };
	struct world w;

	(void)state;
	start(&w);
	w.r.n_nodes = 31;
	w.r.n_computed = 12;
	w.r.n_reused = 19;
	says(&w, CHECK_RUN, STATUS_SUCCESS,
	    "31 nodes: 12 run, 19 reused, 4 m 10 s");
	w.r.n_waiting = 4;
	says(&w, CHECK_RUN, STATUS_PENDING, "27 of 31 nodes");
	w.r.n_waiting = 0;
	c.failure = FAILURE_EXIT;
	w.failures[0].node = &c;
	w.r.n_failures = w.r.n_failed = 1;
	says(&w, CHECK_RUN, STATUS_FAILURE, "C failed (exit)");
	w.r.n_failed = 2;
	w.r.n_blocked = 1;
	says(&w, CHECK_RUN, STATUS_FAILURE,
	    "C failed (exit); 2 nodes failed in all; 1 blocked");
	/* what tests say is another status */
	start(&w);
	w.r.n_nodes = w.r.n_computed = 1;
	w.r.verdict = REPORT_FAILURE;
	says(&w, CHECK_RUN, STATUS_SUCCESS,
	    "1 node: 1 run, 0 reused, 4 m 10 s");
}

static void tests_of_a_run(void **state)
{
	static const struct {
		const char *test, *words;
	} cases[] = {
		{ "unique(id)", "1 blocking: id is not unique in Patient" },
		{ "unique(a, b)", "1 blocking: a is not unique in Patient" },
		{ "in(sex, 'S3cret')",
		    "1 blocking: sex has values that are not allowed in Patient" },
		{ "not_null(\"a,b\")",
		    "1 blocking: \"a,b\" has rows without a value in Patient" },
		{ "rows(3, 5)",
		    "1 blocking: rows outside the declared band in Patient" },
		{ "./check.sql",
		    "1 blocking: ./check.sql does not hold in Patient" },
	};
	struct manifest_node n = { .path = (char[]){ "Patient" } };
	struct manifest_test t = { .verdict = VERDICT_FAILED,
		.is_whole = true };
	struct world w;
	size_t i;

	(void)state;
	start(&w);
	says(&w, CHECK_TESTS, STATUS_SUCCESS,
	    "not applicable: no node has tests");
	w.r.tests.n = 150;
	says(&w, CHECK_TESTS, STATUS_SUCCESS, "150 pass");
	w.r.tests.n_failed = 2;
	says(&w, CHECK_TESTS, STATUS_SUCCESS, "148 pass, 2 warn");
	w.tests[0] = (struct report_test){ .node = &n, .test = &t };
	w.r.tests.n_failed = w.r.tests.n_blocking = 1;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *test = mem_strdup(cases[i].test);

		t.test = test;
		says(&w, CHECK_TESTS, STATUS_FAILURE, cases[i].words);
	}
	t.test = (char[]){ "unique(id)" };
	t.verdict = VERDICT_BLOCKED;
	says(&w, CHECK_TESTS, STATUS_FAILURE,
	    "1 blocking: unique(id) waits for a table that is not there in "
	    "Patient");
	t.verdict = VERDICT_FAILED;
	w.r.tests.n_blocking = 3;
	w.r.tests.n_failed = 4;
	says(&w, CHECK_TESTS, STATUS_FAILURE,
	    "3 blocking, first: id is not unique in Patient; 1 warn");
	w.r.tests.n_waiting = 2;
	says(&w, CHECK_TESTS, STATUS_FAILURE,
	    "1 blocking: id is not unique in Patient; 2 wait for a table that "
	    "is not there; 1 warn");
	w.r.tests.n_waiting = 3;
	says(&w, CHECK_TESTS, STATUS_FAILURE,
	    "3 wait for a table that is not there; 1 warn");
}

static void change(struct world *w, uint64_t before, uint64_t added,
    uint64_t removed, uint64_t changed)
{
	struct report_table *t = &w->tables[w->r.n_tables++];

	*t = (struct report_table){ .change = TABLE_CHANGED,
		.is_compared = true };
	t->diff.way = DIFF_KEYED;
	t->diff.before = before;
	t->diff.after = before + added - removed;
	t->diff.added = added;
	t->diff.removed = removed;
	t->diff.changed = changed;
	w->r.n_delivered++;
}

static void data_of_a_run(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	says(&w, CHECK_DATA, STATUS_SUCCESS, "no data change");
	change(&w, 48210, 1000, 0, 50);
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "1 delivered table changes by code: +1,000 \xe2\x88\x92"
	    "0 ~50");
	change(&w, 48210, 204, 0, 37);
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "2 delivered tables change by code: +1,200 \xe2\x88\x92"
	    "0 ~100");
	w.r.is_fair = false;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "2 delivered tables change by code and fresh data: "
	    "+1,200 \xe2\x88\x92"
	    "0 ~100");
	w.r.is_fresh = true;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "2 delivered tables change by fresh data: +1,200 \xe2\x88\x92"
	    "0 ~100");
	w.r.is_fresh = false;
	w.r.is_fair = true;
	/* a sum is of what is told of its parts, rounded to 50 */
	change(&w, 48210, 3, 0, 100);
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "3 delivered tables change by code: +1,200 \xe2\x88\x92"
	    "0 ~200");
	w.tables[2].change = TABLE_NEW;
	w.tables[2].is_compared = false;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "3 delivered tables change by code: +1,200 \xe2\x88\x92"
	    "0 ~100, 1 of them new");
	w.tables[0].diff.way = w.tables[1].diff.way = DIFF_BAG;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "3 delivered tables change by code: +1,200 \xe2\x88\x92"
	    "0, 1 of them new");
	w.r.before = NULL;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "not applicable: nothing to compare with");
	start(&w);
	w.r.own = &w.before;
	w.r.n_fresh = 2;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "no data change by code; fresh data changes 2");
	start(&w);
	change(&w, 48210, 0, 0, 0);
	w.tables[0].change = TABLE_NEW;
	w.tables[0].is_compared = false;
	says(&w, CHECK_DATA, STATUS_SUCCESS, "1 delivered table is new");
}

/* What differs within its tolerances alone is no change, as for the verdict. */
static void data_within_tolerances(void **state)
{
	struct diff_column dose = { .name = (char[]){ "dose" },
		.tolerance = (char[]){ "0.1" },
		.changed = 100 };
	struct world w;

	(void)state;
	start(&w);
	change(&w, 48210, 0, 0, 100);
	w.tables[0].diff.columns = &dose;
	w.tables[0].diff.n_columns = 1;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "no data change, 1 within the tolerance alone");
	change(&w, 48210, 200, 0, 0);
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "1 delivered table changes by code: +200 \xe2\x88\x92"
	    "0 ~0, 1 within the tolerance alone");
	w.tables[0].diff.beyond = 50;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "2 delivered tables change by code: +200 \xe2\x88\x92"
	    "0 ~100");
}

/* Only a guard fails; what merely differs does not. */
static void guards(void **state)
{
	struct manifest_node n = { .path = (char[]){ "Treatment" } };
	struct manifest_test band = { .test = (char[]){ "rows(1, 9)" },
		.verdict = VERDICT_FAILED };
	struct manifest_test key = { .test = (char[]){ "key(id, day)" },
		.verdict = VERDICT_FAILED };
	struct diff_column dose = { .name = (char[]){ "dose" },
		.before.kind = TYPE_TEXT,
		.after.kind = TYPE_INTEGER };
	struct report_remark *m;
	struct world w;

	(void)state;
	start(&w);
	change(&w, 48210, 0, 48210, 0);
	w.tables[0].node = &n;
	m = &w.remarks[0];
	*m = (struct report_remark){ .kind = REMARK_EMPTIED,
		.table = &w.tables[0],
		.node = &n,
		.column = &dose };
	w.r.n_remarks = 1;
	says(&w, CHECK_DATA, STATUS_FAILURE,
	    "Treatment is empty now (48,200 rows before)");
	m->kind = REMARK_GONE;
	says(&w, CHECK_DATA, STATUS_FAILURE, "Treatment is not there any more");
	m->kind = REMARK_COLUMN_GONE;
	says(&w, CHECK_DATA, STATUS_FAILURE, "Treatment: column dose is gone");
	m->kind = REMARK_KEY;
	m->test = &key;
	says(&w, CHECK_DATA, STATUS_FAILURE,
	    "Treatment: the declared key is broken");
	m->kind = REMARK_BAND;
	m->test = &band;
	says(&w, CHECK_DATA, STATUS_FAILURE,
	    "Treatment: rows outside the declared band");
	w.remarks[1] = *m;
	w.remarks[2] = *m;
	w.remarks[2].kind = REMARK_COLUMN_RETYPED;
	w.r.n_remarks = 3;
	says(&w, CHECK_DATA, STATUS_FAILURE,
	    "Treatment: rows outside the declared band; 1 more");
	m->kind = w.remarks[1].kind = REMARK_COLUMN_RETYPED;
	says(&w, CHECK_DATA, STATUS_SUCCESS,
	    "1 delivered table changes by code: +0 \xe2\x88\x92"
	    "48,200 ~0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_of_a_run),
		cmocka_unit_test(tests_of_a_run),
		cmocka_unit_test(data_of_a_run),
		cmocka_unit_test(data_within_tolerances),
		cmocka_unit_test(guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
