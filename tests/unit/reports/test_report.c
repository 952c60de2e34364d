/*
 * report: manifests and tables made here, reports as golden files in
 * tests/cases/report/NAME/{text,md,json,html} for readers inside the house and
 * outside-{text,md,json,html} for those outside. UPDATE_GOLDEN=1 writes them;
 * whoever does reads every changed line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/result.h"
#include "reports/egress.h"
#include "reports/report.h"
#include "tests/unit/reports/report_help.h"

/* -- comparing with golden files -- */

static void compare_golden(const char *test, const char *file,
    const struct buf *is)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(buf_clear) struct buf want = { 0 };

	buf_printf(&path, "tests/cases/report/%s", test);
	if (getenv("UPDATE_GOLDEN") != NULL) {
		assert_int_equal(file_make_dirs(path.p, NULL), 0);
		buf_printf(&path, "/%s", file);
		assert_int_equal(file_write(path.p, buf_bytes(is), 0644, NULL),
		    0);
		return;
	}
	buf_printf(&path, "/%s", file);
	assert_int_equal(file_read(path.p, 1 << 20, &want, NULL), 0);
	if (!bytes_eq(buf_bytes(is), buf_bytes(&want)))
		fail_msg("%s is now:\n%s", path.p, is->p);
}

typedef int render_fn(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

static void render_both(const struct report *r, const char *test,
    const char *file, render_fn *fn)
{
	CLEANUP(buf_clear) struct buf inside = { 0 };
	CLEANUP(buf_clear) struct buf outside = { 0 };
	char name_outside[64];

	assert_int_equal(fn(r, true, &inside, NULL), 0);
	assert_int_equal(fn(r, false, &outside, NULL), 0);
	compare_golden(test, file, &inside);
	snprintf(name_outside, sizeof(name_outside), "outside-%s", file);
	compare_golden(test, name_outside, &outside);
	/* What must never leave: see the cases for where it comes from. */
	assert_null(strstr(outside.p, "S3cret"));
	assert_null(strstr(outside.p, "common/code.sql"));
	assert_null(strstr(outside.p, "bubblewrap"));
}

/* Stands in for Graphviz: node i stands i * 3 + 2 inches to the right. */
static int draw(struct bytes dot, struct buf *plain, struct error *err)
{
	const char *p = dot.p;
	size_t i, a, b;

	(void)err;
	buf_add_str(plain, "graph 1 40 2\n");
	for (; (p = strstr(p, "\tn")) != NULL; p++) {
		if (sscanf(p, "\tn%zu -> n%zu;", &a, &b) == 2)
			buf_printf(plain,
			    "edge n%zu n%zu 4 %zu 1 1.5 0 2.5 2 %zu 1 solid "
			    "black\n",
			    a, b, a * 3 + 3, b * 3 + 1);
		else if (sscanf(p, "\tn%zu;", &i) == 1)
			buf_printf(plain,
			    "node n%zu %zu 1 2.8 0.8 \"\" solid box black "
			    "white\n",
			    i, i * 3 + 2);
	}
	buf_add_str(plain, "stop\n");
	return 0;
}

/* Of what is not in a manifest; nothing of it may leave. */
static const struct described_text texts[] = {
	{ { "ClinicA/Visit.sql", 1 },
	    { "-- @include super\n-- <b>S3cret</b>\n", 34 }, false, false },
	{ { "common/code.sql", 1 }, { "-- @include action/sql/sqlite\n", 30 },
	    false, true },
	{ { "common/code.sql", 2 },
	    { "SELECT '\\d',\n\tS3cret\nFROM\n  nothing & \033[2J\n", 43 },
	    true, true },
};
static const struct described_place brought_by[] = { { "ClinicA/Visit.sql", 1 },
	{ "ClinicA/varian", 3 } };
static const struct described_parameter parameters[] = {
	{ "limit", "<S3cret>", { "ClinicA/varian", 4 } },
	{ "set", "1", { NULL, 0 } }
};
static const struct described_column described_columns[] = { { "value", "g/<L>",
    "what was <measured>" } };
static const struct described_input described_inputs[] = { { "d",
    "Delivered" } };
static const char *const data_tests[] = { "not_null(id)", "in(c, '<S3cret>')" };
static const struct description described[] = {
	{ .path = "Bag",
	    .action = "action/awk<S3cret>",
	    .owner = "S3cret <Ann>",
	    .doc = "First S3cret line\nand <more> lines.",
	    .inputs = described_inputs,
	    .n_inputs = 1,
	    .columns = described_columns,
	    .n_columns = 1,
	    .tests = data_tests,
	    .n_tests = 2 },
	{ .path = "ClinicA/Visit",
	    .action = "action/sql/sqlite",
	    .hides = "ClinicA/Visit^",
	    .brought_by = brought_by,
	    .n_brought_by = 2,
	    .texts = texts,
	    .n_texts = 3,
	    .parameters = parameters,
	    .n_parameters = 2 },
	{ .path = "Columns", .doc = "A table in git." },
};
static const struct descriptions descriptions = { described, 3 };

static void golden(struct run *r, const struct manifest *before,
    const struct run_record *record, const char *test)
{
	struct report report;
	struct error err = { 0 };

	if (manifest_save(st, &r->after, &err) ||
	    manifest_save(st, &r->before, &err) ||
	    report_make(st, before, &r->after, record, &report, &err))
		fail_msg("%s", err.msg);
	if (r->own.n > 0 &&
	    (manifest_save(st, &r->own, &err) ||
	        report_add_fresh(&report, &r->own, &err)))
		fail_msg("%s", err.msg);
	render_both(&report, test, "text", report_text);
	render_both(&report, test, "md", report_markdown);
	render_both(&report, test, "json", report_json);
	report.draw = draw;
	report.descriptions = &descriptions;
	render_both(&report, test, "html", report_html);
	report_clear(&report);
}

/* -- the cases -- */

/* n rows "i,v" from number `from`, the value for numbers below `edited`
 * another one. */
static char *rows(const char *head, int from, int n, int edited)
{
	struct buf b = { 0 };
	int i;

	buf_printf(&b, "%s\n", head);
	for (i = from; i < from + n; i++)
		buf_printf(&b, "%d,%s\n", i, i < edited ? "S3cret" : "x");
	return buf_steal(&b);
}

static void add_rows(struct manifest *m, const char *path, const char *key,
    int from, int n, int edited)
{
	CLEANUP(mem_freep) char *csv = rows("id,value", from, n, edited);

	add_node(m, path, key, "id integer, value text", csv);
}

static void tolerate(struct manifest_node *n, const char *column,
    const char *most)
{
	assert_int_equal(tolerances_add(&n->tolerances, column, most, NULL), 0);
}

static struct manifest_node *node_of(struct manifest *m, const char *path)
{
	size_t i = 0;

	while (strcmp(m->nodes[i].path, path) != 0)
		i++;
	return &m->nodes[i];
}

static void add_input(struct manifest *m, const char *path, const char *input)
{
	struct manifest_node *n = node_of(m, path);

	n->inputs = mem_array(1, sizeof(*n->inputs));
	n->inputs[0] = mem_strdup(input);
	n->n_inputs = 1;
}

/* What a key is made of, as the store has it. */
static void put_what(struct manifest_node *n)
{
	static const char what[] =
	    "{\"action\":{\"engine\":\"<S3cret>\",\"version\":\"1\\n2\"},"
	    "\"body\":\"S3cret\",\"date\":\"2026-11-20\","
	    "\"format\":\"sluice-job/1\",\"helpers\":[{\"blob\":\"abcdef\","
	    "\"name\":\"h<i>.py\"}],\"inputs\":[{\"columns\":[{\"digest\":"
	    "\"0123456789abcdef\",\"name\":\"<id>\",\"type\":\"integer\"}],"
	    "\"name\":\"d\",\"rows\":115},{\"name\":\"t\",\"table\":"
	    "\"fedcba9876543210\"},{\"blob\":\"aaaa\",\"bytes\":3}]}";

	assert_int_equal(store_put(st, bytes_of(what), &n->key, NULL), 0);
}

/* Delivered and other tables that change in each way there is. */
static void tables_that_change(void **state)
{
	CLEANUP(run_clear) struct run r;
	struct manifest *a = &r.before, *b = &r.after;

	(void)state;
	start(&r);
	/* 100 rows; 5 removed in front, 20 added behind, 30 changed */
	add_rows(a, "Delivered", "1 keyed", 0, 100, 0);
	add_rows(b, "Delivered", "2 keyed", 5, 115, 35);
	/* columns added, removed, retyped; rows compared by what is common */
	add_node(a, "Columns", "1 keyed", "id integer,old text,n integer",
	    "id,old,n\n1,a,1\n2,b,2\n");
	add_node(b, "Columns", "2 keyed", "id integer,n real,new text",
	    "id,n,new\n1,1.0,x\n2,2.0,y\n");
	add_rows(a, "Emptied", "1", 0, 1500, 0);
	add_rows(b, "Emptied", "2", 0, 0, 0);
	add_rows(a, "Filled", "1", 0, 0, 0);
	add_rows(b, "Filled", "2", 0, 12, 0);
	add_rows(a, "Gone", "1", 0, 40, 0);
	add_rows(b, "New", "2", 0, 3, 0);
	add_rows(a, "Same/Table", "1", 0, 40, 0);
	add_rows(b, "Same/Table", "2", 0, 40, 0);
	add_rows(a, "Same/Key", "1", 0, 40, 0);
	add_rows(b, "Same/Key", "1", 0, 40, 0);
	add_failed(a, "Back", FAILURE_EXIT, NULL);
	add_rows(b, "Back", "2", 0, 77, 0);
	/* as bags: 11 removed, 1 added */
	add_rows(a, "Bag", "1", 0, 1011, 0);
	add_rows(b, "Bag", "2", 11, 1001, 0);
	node_of(b, "Delivered")->delivered = true;
	node_of(b, "Columns")->delivered = true;
	node_of(b, "New")->delivered = true;
	node_of(b, "Same/Key")->unstable = true;
	add_input(b, "Bag", "Delivered");
	put_what(node_of(b, "Bag"));
	add_run(&r, "Bag", "computed", 20, "input ./Delivered");
	add_run(&r, "Columns", "computed", 65000, "code common/code.sql:3");
	add_run(&r, "Same/Key", "reused", 0, NULL);
	golden(&r, a, &r.record, "changed");
}

/* n rows "i,d,w": d is i tenths, and for numbers below `edited` by `more`
 * tenths greater; w is NULL for numbers below `nulls`. */
static void add_doses(struct manifest *m, const char *key, int edited,
    const char *more, int nulls)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	int i;

	buf_add_str(&b, "id,dose,word\n");
	for (i = 0; i < 200; i++)
		buf_printf(&b, "%d,%d.5%s,%s\n", i, i, i < edited ? more : "",
		    i < nulls   ? ""
		        : i % 2 ? "S3cret"
		                : "no");
	add_node(m, "Dose", key, "id integer,dose real,word text", b.p);
}

/* Values of columns, within a tolerance and beyond it; NULLs that come; keys
 * that break, and that hold. */
static void values_and_keys(void **state)
{
	CLEANUP(run_clear) struct run r;
	struct manifest *a = &r.before, *b = &r.after;

	(void)state;
	start(&r);
	/* 50 doses are 0.01 greater; 15 words are NULL, of these rows */
	add_doses(a, "1 keyed", 0, "", 0);
	add_doses(b, "2 keyed", 50, "1", 15);
	tolerate(node_of(b, "Dose"), "dose", "0.02");
	/* one value within the tolerance, and nothing else */
	add_node(a, "Near", "1 keyed", "id integer,v decimal(6)",
	    "id,v\n1,1\n2,20\n");
	add_node(b, "Near", "2 keyed", "id integer,v decimal(6)",
	    "id,v\n1,1\n2,25\n");
	tolerate(node_of(b, "Near"), "v", "5");
	/* the key is no longer declared: two rows share 2, one has none */
	add_node(a, "Broken", "1 keyed", "id integer,v text",
	    "id,v\n1,a\n2,b\n3,c\n");
	add_node(b, "Broken", "2", "id integer,v text",
	    "id,v\n1,a\n2,b\n2,c\n,d\n");
	/* it is declared now, and was one: compared by it */
	add_node(a, "Declared", "1", "id integer,v text",
	    "id,v\n1,a\n2,b\n3,c\n");
	add_node(b, "Declared", "2 keyed", "id integer,v text",
	    "id,v\n1,a\n2,x\n4,c\n");
	node_of(b, "Dose")->delivered = true;
	node_of(b, "Near")->delivered = true;
	add_run(&r, "Dose", "computed", 20, "code");
	golden(&r, a, &r.record, "values");
}

/* What goes into a ref has counts, and neither a value nor its bins. */
static void quiet_reports_have_no_value(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(run_clear) struct run r;
	struct report report;
	struct report quiet = { 0 };

	(void)state;
	start(&r);
	add_doses(&r.before, "1 keyed", 0, "", 0);
	add_doses(&r.after, "2 keyed", 50, "1", 15);
	add_node(&r.before, "Emptied", "1", "id integer", "id\n1\n");
	add_node(&r.after, "Emptied", "2", "id integer", "id\n")->delivered =
	    true;
	assert_int_equal(
	    report_make(st, &r.before, &r.after, NULL, &report, NULL), 0);
	assert_int_equal(report_text(&report, true, &out, NULL), 0);
	assert_non_null(strstr(out.p, "S3cret"));
	assert_non_null(strstr(out.p, "199.5"));
	buf_reset(&out);
	assert_int_equal(report_quiet(&report, &quiet, NULL), 0);
	assert_int_equal(report_text(&quiet, true, &out, NULL), 0);
	assert_int_equal(report_markdown(&quiet, true, &out, NULL), 0);
	assert_int_equal(report_json(&quiet, true, &out, NULL), 0);
	assert_int_equal(report_html(&quiet, true, &out, NULL), 0);
	assert_non_null(strstr(out.p, "no NULL before, 15 now"));
	assert_null(strstr(out.p, "S3cret"));
	assert_null(strstr(out.p, "199.5"));
	assert_null(strstr(out.p, "0.51"));
	/* what is to be looked at first is of its own tables */
	assert_int_equal(quiet.n_remarks, 1);
	assert_int_equal(quiet.remarks[0].kind, REMARK_EMPTIED);
	assert_ptr_equal(quiet.remarks[0].table, &quiet.tables[0]);
	assert_string_equal(quiet.tables[0].node->path, "Emptied");
	buf_reset(&out);
	assert_int_equal(egress_render(&quiet, report_text, &out, NULL), 0);
	assert_non_null(strstr(out.p, "Emptied"));
	report_quiet_clear(&quiet);
	report_clear(&report);
}

static void put_message(const struct manifest_node *n, const char *message)
{
	struct result result = { .key = n->key,
		.tier = TIER_LOCAL,
		.state = RESULT_FAILED,
		.failure = n->failure };

	strcpy(result.by, "test");
	strcpy(result.message, message);
	assert_int_equal(result_put(st, &result, NULL, NULL), 0);
}

/* Failures, and names that are markup, mentions and control sequences. */
static void failures_and_hostile_names(void **state)
{
	CLEANUP(run_clear) struct run r;
	struct manifest_node *n;
	CLEANUP(buf_clear) struct buf log = { 0 };
	int i;

	(void)state;
	start(&r);
	for (i = 1; i <= 30; i++)
		buf_printf(&log, "line %d\n", i);
	buf_add_str(&log, "\tS3cret \033[31mred ```` @team #12\n");
	n = add_failed(&r.after, "ClinicA/Visit", FAILURE_SQL, log.p);
	put_message(n, "no such column: S3cret\nin <table> `x`");
	n = add_failed(&r.after, "R/Model", FAILURE_EXIT, "S3cret");
	n->exit_status = 3;
	n->delivered = true;
	add_failed(&r.after, "a|b<c>&`d`@team #12 _e_", FAILURE_TIMEOUT, NULL);
	add_blocked(&r.after, "ClinicA/Below", "ClinicA/Visit");
	add_blocked(&r.after, "ClinicA/Further", "ClinicA/Visit");
	add_rows(&r.before, "|@x\033[2J", "1", 0, 50, 0);
	add_rows(&r.after, "|@x\033[2J", "2", 0, 61, 0);
	add_rows(&r.before, "ClinicA/Visit", "1", 0, 50, 0);
	add_run(&r, "ClinicA/Visit", "failed", 1500, "new");
	add_run(&r, "ClinicA/Below", "blocked", 0, NULL);
	strcpy(r.record.reason, "S3cret wanted it");
	golden(&r, &r.before, &r.record, "failed");
}

static void a_first_run(void **state)
{
	CLEANUP(run_clear) struct run r;

	(void)state;
	start(&r);
	r.record.base[0] = '\0';
	add_rows(&r.after, "Inner", "1", 0, 5, 0);
	add_rows(&r.after, "Outer", "1", 0, 5000, 0);
	node_of(&r.after, "Outer")->delivered = true;
	add_run(&r, "Inner", "computed", 5, "new");
	add_run(&r, "Outer", "computed", 6, "new");
	golden(&r, NULL, &r.record, "first");
}

/* Other sources, nothing changes, and no record. */
static void nothing_changes(void **state)
{
	CLEANUP(run_clear) struct run r;

	(void)state;
	start(&r);
	strcpy(r.before.snapshot_date, "2026-11-19");
	r.before.snapshot = name("another");
	add_rows(&r.before, "A", "1", 0, 5, 0);
	add_rows(&r.after, "A", "2", 0, 5, 0);
	golden(&r, &r.before, NULL, "same");
}

/* -- what is no golden file -- */

/* A node of lib/Lab.sql, that a place mounts. */
static void add_mounted(struct manifest *m, const char *place, const char *key,
    int edited)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, mount = { 0 };
	struct manifest_node *n;

	buf_printf(&path, "%s/Lab", place);
	buf_printf(&mount, "%s/mount", place);
	add_rows(m, path.p, key, 0, 40, edited);
	n = node_of(m, path.p);
	mem_free(n->file);
	n->file = mem_strdup("lib/Lab.sql");
	n->file_blob = mem_strdup(key);
	n->include = mem_array(1, sizeof(*n->include));
	n->include[0] = buf_steal(&mount);
	n->n_include = 1;
}

/* The base's code on the new sources as before; the base's own run had older
 * ones. Fresh data adds 30 rows to All, and 3 to Few, which no reader outside
 * can find out. A library's change reaches three places otherwise. */
static void code_and_fresh_data_apart(void **state)
{
	CLEANUP(run_clear) struct run r;

	(void)state;
	start(&r);
	r.own.snapshot = name("older");
	strcpy(r.own.snapshot_date, "2026-11-19");
	add_rows(&r.own, "All", "keyed 1", 0, 100, 0);
	add_rows(&r.before, "All", "keyed 2", 0, 130, 0);
	add_rows(&r.after, "All", "keyed 3", 0, 130, 20);
	add_rows(&r.own, "Few", "keyed 1", 0, 100, 0);
	add_rows(&r.before, "Few", "keyed 2", 0, 103, 0);
	add_rows(&r.after, "Few", "keyed 3", 0, 103, 25);
	node_of(&r.before, "All")->delivered = true;
	node_of(&r.before, "Few")->delivered = true;
	node_of(&r.after, "All")->delivered = true;
	node_of(&r.after, "Few")->delivered = true;
	add_mounted(&r.before, "North", "keyed 1", 0);
	add_mounted(&r.after, "North", "keyed 2", 15);
	add_mounted(&r.before, "So|<b>", "keyed 1", 0);
	add_mounted(&r.after, "So|<b>", "keyed 2", 0);
	add_rows(&r.before, "West/Lab", "keyed 1", 0, 40, 0);
	add_rows(&r.after, "West/Lab", "keyed 1", 0, 40, 0);
	add_mounted(&r.before, "West/x", "keyed 1", 0);
	add_mounted(&r.after, "West/x", "keyed 1", 0);
	golden(&r, &r.before, &r.record, "fair");
}

static void fresh_data(struct run *r, const char *words, bool is_fresh)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, html = { 0 }, json = { 0 };
	struct report report;

	assert_int_equal(
	    report_make(st, &r->before, &r->after, &r->record, &report, NULL),
	    0);
	assert_int_equal(report_text(&report, true, &text, NULL), 0);
	assert_int_equal(report_html(&report, true, &html, NULL), 0);
	assert_int_equal(report_json(&report, true, &json, NULL), 0);
	if (strstr(text.p, words) == NULL || strstr(html.p, words) == NULL)
		fail_msg("no '%s' in: %s", words, text.p);
	assert_true(
	    (strstr(json.p, "\"fresh_data\":true") != NULL) == is_fresh);
	report_clear(&report);
}

/* The same tree with other sources: then it is the data. */
static void what_the_data_did_is_said(void **state)
{
	CLEANUP(run_clear) struct run r;

	(void)state;
	start(&r);
	add_rows(&r.before, "A", "1", 0, 5, 0);
	add_rows(&r.after, "A", "2", 0, 6, 0);
	r.before.snapshot = name("another");
	strcpy(r.record.base, r.record.commit);
	strcpy(r.before.tree, "7a63a223dae22dcbdd2df14d8e25eab8b65fb500");
	strcpy(r.after.tree, r.before.tree);
	fresh_data(&r,
	    "fresh data: the same code, sources of 2026-11-20 compared with "
	    "earlier ones of 2026-11-20: every difference is the data",
	    true);
	strcpy(r.before.snapshot_date, "2026-11-19");
	fresh_data(&r,
	    "sources of 2026-11-20 compared with those of 2026-11-19: every "
	    "difference is the data",
	    true);
	r.after.tree[0] = 'b';
	fresh_data(&r, "not every difference is the code", false);
	/* of a work tree nothing is known */
	r.before.tree[0] = r.after.tree[0] = '\0';
	fresh_data(&r, "not every difference is the code", false);
}

static void a_lost_table_is_said(void **state)
{
	CLEANUP(run_clear) struct run r;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct report report;

	(void)state;
	start(&r);
	add_rows(&r.before, "A", "1", 0, 500, 0);
	add_rows(&r.after, "A", "2", 0, 600, 0);
	r.before.nodes[0].table = name("not there");
	assert_int_equal(
	    report_make(st, &r.before, &r.after, NULL, &report, NULL), 0);
	assert_int_equal(report_text(&report, true, &text, NULL), 0);
	assert_non_null(
	    strstr(text.p, "500 \xe2\x86\x92 600  (the table is not in"));
	report_clear(&report);
}

/* A branch name of 256 bytes is cut in the record, perhaps in a character. */
static void a_cut_character_is_shown(void **state)
{
	CLEANUP(run_clear) struct run r;
	CLEANUP(buf_clear) struct buf json = { 0 };
	struct report report;

	(void)state;
	start(&r);
	strcpy(r.record.branch, "exp/\xc3");
	add_rows(&r.after, "A", "1", 0, 5, 0);
	assert_int_equal(
	    report_make(st, NULL, &r.after, &r.record, &report, NULL), 0);
	assert_int_equal(report_json(&report, true, &json, NULL), 0);
	assert_non_null(strstr(json.p, "\"branch\":\"exp/\\\\xc3\""));
	report_clear(&report);
}

/* Thousands of everything, with long names: still within what a forge
 * takes, and said how much is left out. */
static void markdown_fits_a_forge(void **state)
{
	CLEANUP(run_clear) struct run r;
	CLEANUP(buf_clear) struct buf md = { 0 };
	struct report report;
	struct digest table, log;
	int i, inside;

	(void)state;
	start(&r);
	add_rows(&r.after, "0", "1", 0, 3, 0);
	table = r.after.nodes[0].table;
	assert_int_equal(store_put(st, bytes_of("x\nx\nx\n"), &log, NULL), 0);
	for (i = 0; i < 3000; i++) {
		char path[400];
		struct manifest_node *n;

		snprintf(path, sizeof(path), "%04d@%0380d", i, 0);
		add_run(&r, path, "computed", 1, path);
		n = manifest_add(&r.after, path);
		n->state = i % 3 ? NODE_OK : NODE_FAILED;
		n->failure = FAILURE_SQL;
		n->log = i % 3 ? n->log : log;
		n->table = i % 3 ? table : n->table;
		n->delivered = i % 2;
	}
	assert_int_equal(
	    report_make(st, &r.before, &r.after, &r.record, &report, NULL), 0);
	for (inside = 0; inside < 2; inside++) {
		buf_reset(&md);
		assert_int_equal(report_markdown(&report, inside, &md, NULL),
		    0);
		assert_in_range(md.n, 1000, 60000);
		assert_non_null(strstr(md.p, " more tables in the report"));
		assert_non_null(strstr(md.p, " more failed in the report"));
	}
	report_clear(&report);
}

/* n nodes in chains of ten, all of them changed, every fifth one failed. */
static void make_many(struct run *r, size_t n, const char *name_of_all)
{
	struct digest log, table;
	char path[400], above[400] = "";
	size_t i;

	add_rows(&r->after, "0", "1", 0, 3, 0);
	table = r->after.nodes[0].table;
	assert_int_equal(
	    store_put(st, bytes_of("<&\"'>\n<&\"'>\n"), &log, NULL), 0);
	for (i = 1; i < n; i++) {
		struct manifest_node *now, *was;

		snprintf(path, sizeof(path), "%04zu/%s", i, name_of_all);
		add_run(r, path,
		    i % 5 == 0  ? "failed"
		        : i % 2 ? "computed"
		                : "reused",
		    (int64_t)i, "input patient: column albumin");
		was = manifest_add(&r->before, path);
		was->table = name(path);
		was->rows = 48210;
		now = manifest_add(&r->after, path);
		now->state = i % 5 ? NODE_OK : NODE_FAILED;
		now->failure = FAILURE_SQL;
		now->delivered = i % 7 == 0;
		now->log = i % 5 ? now->log : log;
		now->table = i % 5 ? table : now->table;
		if (i % 10 > 1) {
			now->inputs = mem_array(1, sizeof(*now->inputs));
			now->inputs[0] = mem_strdup(above);
			now->n_inputs = 1;
		}
		memcpy(above, path, sizeof(above));
	}
}

static size_t occurrences(const char *text, const char *word)
{
	size_t n = 0;

	for (text = strstr(text, word); text != NULL;
	     text = strstr(text + 1, word))
		n++;
	return n;
}

static void check_many(size_t n, const char *name_of_all, bool is_whole)
{
	CLEANUP(run_clear) struct run r;
	CLEANUP(buf_clear) struct buf one = { 0 }, two = { 0 };
	struct report report;
	int inside;

	start(&r);
	make_many(&r, n, name_of_all);
	assert_int_equal(
	    report_make(st, &r.before, &r.after, &r.record, &report, NULL), 0);
	for (inside = 0; inside < 2; inside++) {
		buf_reset(&one);
		buf_reset(&two);
		assert_int_equal(report_html(&report, inside, &one, NULL), 0);
		assert_int_equal(report_html(&report, inside, &two, NULL), 0);
		assert_true(bytes_eq(buf_bytes(&one), buf_bytes(&two)));
		assert_in_range(one.n, 1000, 1999999);
		assert_int_equal(strstr(one.p, " more tables") == NULL,
		    is_whole);
		/* 399 failed; the links lead to those that are told */
		assert_non_null(strstr(one.p, " more failed"));
		assert_true(occurrences(one.p, "href=\"#failed-") <=
		    occurrences(one.p, "id=\"failed-"));
		assert_string_equal(one.p + one.n - 8, "</html>\n");
	}
	report_clear(&report);
}

static void a_page_has_at_most_two_megabytes(void **state)
{
	char longest[380];

	(void)state;
	check_many(2000, "ClinicOfTheNorth/oncology/Prescription", true);
	memset(longest, '<', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	check_many(2000, longest, false);
}

/* What is not run has a page too; its text is text. */
static void words_are_a_page(void **state)
{
	CLEANUP(buf_clear) struct buf page = { 0 };

	(void)state;
	assert_int_equal(
	    report_html_words("# One <error>\n\n    a.sql:1:2: \"x\"\n", &page,
	        NULL),
	    0);
	assert_non_null(strstr(page.p, "<h1>One &#60;error&#62;</h1>"));
	assert_non_null(
	    strstr(page.p, "<pre>    a.sql:1:2: &#34;x&#34;\n</pre>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_that_change),
		cmocka_unit_test(values_and_keys),
		cmocka_unit_test(quiet_reports_have_no_value),
		cmocka_unit_test(failures_and_hostile_names),
		cmocka_unit_test(a_first_run),
		cmocka_unit_test(nothing_changes),
		cmocka_unit_test(code_and_fresh_data_apart),
		cmocka_unit_test(what_the_data_did_is_said),
		cmocka_unit_test(a_lost_table_is_said),
		cmocka_unit_test(a_cut_character_is_shown),
		cmocka_unit_test(markdown_fits_a_forge),
		cmocka_unit_test(a_page_has_at_most_two_megabytes),
		cmocka_unit_test(words_are_a_page),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
