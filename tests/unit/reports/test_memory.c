/* Every allocation fails in turn, once and for ever: a report is the same to
 * the byte, or there is none; and nothing leaks. Swept: making a report (tables
 * that differ in each way, failures with logs, mounts, what fresh data did),
 * its text, markdown, JSON, page and comment for readers inside and outside,
 * the same made quiet, and the statuses of it. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/result.h"
#include "reports/checks.h"
#include "reports/comment.h"
#include "reports/forge.h"
#include "reports/forge_comment.h"
#include "reports/report.h"
#include "tests/unit/reports/report_help.h"

typedef int render_fn(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

struct bed {
	struct run run;
	render_fn *render;
	bool is_inside;
	struct buf text; /* without a fault */
};

/* --- what is reported --- */

/* n rows from number `from`, the value of numbers below `edited` another. */
static struct manifest_node *add_rows(struct manifest *m, const char *path,
    const char *key, int from, int n, int edited)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	int i;

	buf_add_str(&b, "id,value\n");
	for (i = from; i < from + n; i++)
		buf_printf(&b, "%d,%s\n", i, i < edited ? "other" : "x");
	return add_node(m, path, key, "id integer, value text", b.p);
}

static void add_mounted(struct manifest *m, const char *path,
    const char *mounted_by, const char *key, int edited)
{
	struct manifest_node *n = add_rows(m, path, key, 0, 40, edited);

	n->file_blob = mem_strdup(key);
	n->include = mem_array(1, sizeof(*n->include));
	n->include[0] = mem_strdup(mounted_by);
	n->n_include = 1;
}

static void add_failure(struct run *r)
{
	struct manifest_node *n = add_failed(&r->after, "ClinicA/Visit",
	    FAILURE_SQL, "one\ntwo \033[31mred @team #12\n");
	struct result result = { .key = n->key,
		.tier = TIER_LOCAL,
		.state = RESULT_FAILED,
		.failure = n->failure,
		.by = "test",
		.message = "no such column: x\nin <table> `y`" };

	assert_int_equal(result_put(st, &result, NULL, NULL), 0);
	add_blocked(&r->after, "ClinicA/Below", "ClinicA/Visit");
	add_rows(&r->before, "ClinicA/Visit", "1", 0, 50, 0);
	add_run(r, "ClinicA/Visit", "failed", 1500, "new");
	add_run(r, "ClinicA/Below", "blocked", 0, NULL);
}

static void make_run(struct run *r)
{
	struct manifest *a = &r->before, *b = &r->after;
	struct error err = { 0 };

	start(r);
	r->own.snapshot = name("older");
	strcpy(r->own.snapshot_date, "2026-11-19");
	add_rows(&r->own, "All", "keyed 1", 0, 100, 0)->delivered = true;
	add_rows(a, "All", "keyed 2", 0, 130, 0)->delivered = true;
	add_rows(b, "All", "keyed 3", 5, 135, 20)->delivered = true;
	add_node(a, "Columns", "1 keyed", "id integer,old text,n integer",
	    "id,old,n\n1,a,1\n2,b,2\n");
	add_node(b, "Columns", "2 keyed", "id integer,n real,new text",
	    "id,n,new\n1,1.0,x\n2,2.0,y\n")
	    ->delivered = true;
	add_rows(a, "Emptied", "1", 0, 100, 0);
	add_rows(b, "Emptied", "2", 0, 0, 0);
	add_rows(a, "Gone", "1", 0, 40, 0)->delivered = true;
	add_rows(b, "|@x\033[2J", "2", 0, 30, 0);
	add_rows(a, "Bag", "1", 0, 1011, 0);
	add_rows(b, "Bag", "2", 11, 1001, 0);
	add_mounted(a, "North/Lab", "North/mount", "keyed 1", 0);
	add_mounted(b, "North/Lab", "North/mount", "keyed 2", 15);
	add_mounted(a, "South/Lab", "South/mount", "keyed 1", 0);
	add_mounted(b, "South/Lab", "South/mount", "keyed 2", 0);
	add_failure(r);
	add_run(r, "Bag", "computed", 20, "input ./All");
	if (manifest_save(st, a, &err) || manifest_save(st, b, &err) ||
	    manifest_save(st, &r->own, &err))
		fail_msg("%s", err.msg);
}

/* --- what is swept --- */

static int comment(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	const struct comment_facts facts = { "0123456789ab",
		"https://sluice.example/r" };
	CLEANUP(outbound_closep) struct outbound *old = outbound_open();
	CLEANUP(outbound_closep) struct outbound *now = outbound_open();
	int rc = comment_print(r, &facts, old, err);

	(void)is_inside;
	if (rc ||
	    (rc = comment_outdate(old, r->record->commit, true, now, err)))
		return rc;
	buf_add(out, outbound_bytes(now).p, outbound_bytes(now).n);
	return buf_check(out, err);
}

/* It is for readers inside alone. */
static int quiet(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	struct report shown;
	int rc = report_quiet(r, &shown, err);

	(void)is_inside;
	if (rc == 0)
		rc = report_markdown(&shown, true, out, err);
	report_quiet_clear(&shown);
	return rc;
}

/* What is sent to a forge of each status. */
static int checks(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	CLEANUP(egress_clear) struct egress gate = { 0 };
	const struct forge_type *type;
	struct checks found;
	size_t i;
	int rc = egress_make(r, &gate, err);

	(void)is_inside;
	if (rc == 0)
		rc = checks_make(&gate, &found, err);
	if (rc == 0)
		rc = forge_type_find("github", &type, err);
	for (i = 0; rc == 0 && i < CHECKS; i++)
		rc = forge_body(type, &found.items[i], out, err);
	return rc ? rc : forge_comment_body(buf_bytes(out), out, err);
}

/* No tolerance: a faulty report has an error, or the bytes of a sound one. */
static int render(void *payload)
{
	struct bed *b = payload;
	const struct run *run = &b->run;
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(report_clear) struct report r = { 0 };
	int rc =
	    report_make(st, &run->before, &run->after, &run->record, &r, NULL);

	if (rc || (rc = report_add_fresh(&r, &run->own, NULL)) ||
	    (rc = b->render(&r, b->is_inside, &out, NULL)))
		return rc;
	if (b->text.n == 0)
		buf_add(&b->text, out.p, out.n);
	return bytes_eq(buf_bytes(&out), buf_bytes(&b->text)) ? 0 : 1;
}

static void every_form(void **state)
{
	static const struct {
		const char *name;
		render_fn *render;
	} forms[] = { { "text", report_text }, { "markdown", report_markdown },
		{ "JSON", report_json }, { "page", report_html },
		{ "quiet markdown", quiet }, { "comment", comment },
		{ "checks", checks } };
	struct bed b = { 0 };
	size_t i;
	int inside;

	(void)state;
	make_run(&b.run);
	for (i = 0; i < ARRAY_LEN(forms); i++)
		for (inside = 0; inside < 2; inside++) {
			fault_memory.what = forms[i].name;
			b.render = forms[i].render;
			b.is_inside = inside;
			buf_reset(&b.text);
			assert_int_equal(render(&b), 0);
			sweep_whole(render, &b);
		}
	buf_clear(&b.text);
	run_clear(&b.run);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_form) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
