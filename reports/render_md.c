/*
 * render_md: a report as GitHub-flavoured markdown (report.h).
 *
 * A forge takes about 65,000 bytes. What does not fit goes in a fixed order:
 * why nodes ran, other tables, rows behind the tenth, logs; each list then
 * says how many more there are. Nothing is cut inside a fence or a table.
 */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/egress.h"
#include "reports/markdown.h"
#include "reports/render.h"
#include "reports/status.h"
#include "reports/values.h"

enum {
	BODY_MAX = 60000,
};

/* How much of each list is told. */
struct budget {
	size_t runs, others, tables, failures, remarks;
	bool has_logs;
};

static const struct budget budgets[] = {
	{ 200, 200, 200, 50, 5, true },
	{ 0, 200, 200, 50, 5, true },
	{ 0, 10, 200, 50, 5, true },
	{ 0, 10, 10, 20, 5, true },
	{ 0, 5, 10, 10, 5, false },
	{ 0, 0, 0, 0, 0, false },
};

struct page {
	const struct report *r;
	const struct budget *budget;
	bool is_inside;
	struct buf *out;
};

/* -- sections -- */

static void add_more(struct page *p, size_t n, size_t shown, const char *what)
{
	if (n > shown)
		buf_printf(p->out, "\n%zu more %s in the report\n", n - shown,
		    what);
}

static void add_remarks(struct page *p)
{
	const struct report *r = p->r;
	size_t i, n = r->n_remarks;

	if (n > p->budget->remarks)
		n = p->budget->remarks;
	if (n > 0)
		buf_add_str(p->out, "\n> **Look at:**\n");
	for (i = 0; i < n; i++) {
		buf_add_str(p->out, "> - ");
		remark_print(&r->remarks[i], p->is_inside, markdown_name,
		    p->out);
		buf_add_char(p->out, '\n');
	}
	add_more(p, r->n_remarks, n, "to look at");
}

/* Message and log: line by line visible, so that a fence holds them. */
static void add_words(struct page *p, const struct report_failure *f)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const char *m = f->message ? f->message : "";

	while (*m != '\0') {
		size_t n = strcspn(m, "\n");

		text_add_visible(&text, (struct bytes){ m, n });
		buf_add_char(&text, '\n');
		m += n + (m[n] == '\n');
	}
	if (f->log != NULL && p->budget->has_logs) {
		if (text.n > 0)
			buf_add_char(&text, '\n');
		if (f->log_left > 0)
			buf_printf(&text, "... %zu lines before\n",
			    f->log_left);
		buf_add_str(&text, f->log);
	}
	p->out->failed |= text.failed;
	if (text.n == 0 || text.failed)
		return;
	buf_add_char(p->out, '\n');
	markdown_fence(p->out, text.p);
}

static void add_failure(struct page *p, const struct report_failure *f)
{
	CLEANUP(buf_clear) struct buf place = { 0 };

	buf_add_char(p->out, '\n');
	markdown_name(p->out, f->node->path);
	buf_add_str(p->out, ": ");
	failure_print(f->node, p->is_inside, p->out);
	buf_add_char(p->out, '.');
	place_print(f->node, &place);
	p->out->failed |= place.failed;
	if (p->is_inside && place.n > 0) {
		buf_add_str(p->out, " See ");
		markdown_name(p->out, place.p);
		buf_add_char(p->out, '.');
	}
	if (f->n_blocked > 0)
		buf_printf(p->out, " %zu node%s for it.", f->n_blocked,
		    f->n_blocked == 1 ? " waits" : "s wait");
	buf_add_char(p->out, '\n');
	if (p->is_inside)
		add_words(p, f);
}

static void add_failures(struct page *p)
{
	size_t i, n = p->r->n_failures;

	if (n > p->budget->failures)
		n = p->budget->failures;
	if (n > 0)
		buf_add_str(p->out, "\n**Failed**\n");
	for (i = 0; i < n; i++)
		add_failure(p, &p->r->failures[i]);
	add_more(p, p->r->n_failures, n, "failed");
}

static void add_test(struct page *p, const struct report_test *t)
{
	CLEANUP(buf_clear) struct buf name = { 0 };

	test_print(t->test, p->is_inside, &name);
	p->out->failed |= name.failed;
	buf_add_str(p->out, "- ");
	markdown_name(p->out, t->node->path);
	buf_add_str(p->out, ", ");
	markdown_name(p->out, name.p ? name.p : "");
	buf_add_str(p->out, verdict_blocks(t->test) ? ": " : ": warning, ");
	report_test_print(t, p->is_inside, p->out);
	buf_add_char(p->out, '.');
	if (p->is_inside) {
		buf_add_str(p->out, " See ");
		markdown_name(p->out, t->test->at);
		buf_add_char(p->out, '.');
	}
	buf_add_char(p->out, '\n');
}

static void add_tests(struct page *p)
{
	size_t i, n = p->r->tests.n_failed;

	if (n > p->budget->failures)
		n = p->budget->failures;
	if (n > 0)
		buf_add_str(p->out, "\n**Tests that do not hold**\n\n");
	for (i = 0; i < n; i++)
		add_test(p, &p->r->tests.failed[i]);
	add_more(p, p->r->tests.n_failed, n, "tests");
}

static void add_row(struct page *p, const struct report_table *t)
{
	struct buf *out = p->out;
	struct shown s;

	shown_make(t, p->is_inside, &s);
	buf_add_str(out, "| ");
	markdown_name(out, t->node->path);
	buf_add_str(out, " | ");
	rows_print(t, &s, out);
	buf_printf(out, " | %s | %s | %s | ", s.added, s.removed, s.changed);
	columns_print(t, p->is_inside, markdown_name, out);
	if (t->why[0] != '\0')
		buf_printf(out, " (%s)", t->why);
	table_words_print(t, p->is_inside, &s, markdown_name, out);
	if (t->node->n_doubts > 0)
		buf_add_char(out, ' ');
	doubts_print(t->node, markdown_name, out);
	buf_add_str(out, " |\n");
}

/* tables[from..to-1], at most `most` of them. */
static void add_rows(struct page *p, const char *head, size_t from, size_t to,
    size_t most)
{
	size_t i, n = to - from < most ? to - from : most;

	if (n > 0)
		buf_printf(p->out,
		    "\n| %s | rows | added | removed | changed | columns |\n"
		    "|---|--:|--:|--:|--:|---|\n",
		    head);
	for (i = from; i < from + n; i++)
		add_row(p, &p->r->tables[i]);
	add_more(p, to - from, n, "tables");
}

static void add_tables(struct page *p)
{
	const struct report *r = p->r;
	size_t others = r->n_tables - r->n_delivered;

	add_rows(p, "delivered table", 0, r->n_delivered, p->budget->tables);
	if (others == 0)
		return;
	buf_printf(p->out,
	    "\n<details><summary>%zu step%s on the way</summary>\n", others,
	    others == 1 ? "" : "s");
	add_rows(p, "table", r->n_delivered, r->n_tables, p->budget->others);
	buf_add_str(p->out, "\n</details>\n");
}

static void add_fresh(struct page *p)
{
	const struct report *r = p->r;
	size_t i, n = r->n_fresh;

	if (n > p->budget->tables)
		n = p->budget->tables;
	if (r->n_fresh > 0)
		buf_printf(p->out,
		    "\n<details><summary>fresh data alone changes %zu delivered "
		    "table%s</summary>\n",
		    r->n_fresh, r->n_fresh == 1 ? "" : "s");
	if (n > 0)
		buf_add_str(p->out,
		    "\n| table | rows | added | removed | changed |\n"
		    "|---|--:|--:|--:|--:|\n");
	for (i = 0; i < n; i++) {
		struct shown s;

		shown_make(&r->fresh[i], p->is_inside, &s);
		buf_add_str(p->out, "| ");
		markdown_name(p->out, r->fresh[i].node->path);
		buf_add_str(p->out, " | ");
		rows_print(&r->fresh[i], &s, p->out);
		buf_printf(p->out, " | %s | %s | %s |\n", s.added, s.removed,
		    s.changed);
	}
	add_more(p, r->n_fresh, n, "tables");
	if (r->n_fresh > 0)
		buf_add_str(p->out, "\n</details>\n");
}

static void add_mounts(struct page *p)
{
	const struct report *r = p->r;
	size_t i, n = r->n_mounts;

	if (n == 0)
		return;
	if (n > p->budget->others)
		n = p->budget->others;
	buf_add_str(p->out, "\n<details><summary>shared library: ");
	mounts_print(r, p->out);
	buf_add_str(p->out, "</summary>\n");
	if (n > 0)
		buf_add_str(p->out, "\n| place | |\n|---|---|\n");
	for (i = 0; i < n; i++) {
		buf_add_str(p->out, "| ");
		markdown_name(p->out, r->mounts[i].name);
		buf_add_str(p->out, " | ");
		mount_print(&r->mounts[i], p->out);
		buf_add_str(p->out, " |\n");
	}
	add_more(p, r->n_mounts, n, "places");
	buf_add_str(p->out, "\n</details>\n");
}

static bool has_run(const struct run_node *n)
{
	return strcmp(n->status, "reused") != 0 &&
	    strcmp(n->status, "blocked") != 0;
}

static void add_run(struct page *p, const struct run_node *n)
{
	char took[32];

	duration_print(n->ms, took);
	buf_add_str(p->out, "| ");
	markdown_name(p->out, n->path);
	buf_printf(p->out, " | %s | ", took);
	if (p->is_inside && n->cause != NULL)
		cause_print(n->cause, markdown_name, p->out);
	buf_add_str(p->out, " |\n");
}

static void add_runs(struct page *p)
{
	const struct run_record *record = p->r->record;
	size_t i, n = 0, shown = 0;

	for (i = 0; record != NULL && i < record->n; i++)
		n += has_run(&record->nodes[i]);
	if (n == 0)
		return;
	buf_printf(p->out, "\n<details><summary>%zu node%s ran</summary>\n", n,
	    n == 1 ? "" : "s");
	if (p->budget->runs > 0)
		buf_add_str(p->out, "\n| node | time | why |\n|---|--:|---|\n");
	for (i = 0; i < record->n && shown < p->budget->runs; i++) {
		if (!has_run(&record->nodes[i]))
			continue;
		add_run(p, &record->nodes[i]);
		shown++;
	}
	add_more(p, n, shown, "nodes");
	buf_add_str(p->out, "\n</details>\n");
}

static void add_id(struct page *p, const char *what, const struct digest *d)
{
	char hex[DIGEST_HEX + 1];

	if (digest_is_null(d))
		return;
	digest_print(d, hex);
	buf_printf(p->out, ", %s `%.16s`", what, hex);
}

static void add_provenance(struct page *p)
{
	const struct run_record *run = p->r->record;
	size_t from;

	buf_add_char(p->out, '\n');
	from = p->out->n;
	fairness_print(p->r, p->out);
	if (p->out->n == from)
		buf_printf(p->out, "sources of %s", p->r->after->snapshot_date);
	if (run != NULL && run->commit[0] != '\0')
		buf_printf(p->out, ", commit `%.12s`", run->commit);
	if (run != NULL && run->base[0] != '\0')
		buf_printf(p->out, ", base `%.12s`", run->base);
	if (p->is_inside)
		add_id(p, "manifest", &p->r->after->id);
	if (p->is_inside && p->r->before != NULL)
		add_id(p, "before", &p->r->before->id);
	buf_add_char(p->out, '\n');
	if (!p->is_inside && p->r->n_tables > 0)
		buf_add_str(p->out, "\n" SUPPRESSED_WORDS "\n");
}

static void add_all(struct page *p)
{
	buf_add_str(p->out, "### sluice: ");
	verdict_print(p->r, p->out);
	outcome_print(p->r, p->out);
	buf_add_str(p->out, "\n\n");
	counts_print(p->r, p->out);
	buf_add_char(p->out, '\n');
	add_remarks(p);
	add_failures(p);
	add_tests(p);
	add_tables(p);
	add_fresh(p);
	add_mounts(p);
	add_runs(p);
	add_provenance(p);
}

static int render(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf body = { 0 };
	struct page p = { r, NULL, is_inside, &body };
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(budgets); i++) {
		buf_reset(&body);
		p.budget = &budgets[i];
		add_all(&p);
		if (body.n <= BODY_MAX)
			break;
	}
	if ((rc = buf_check(&body, err)))
		return rc;
	buf_add(out, body.p, body.n);
	return buf_check(out, err);
}

int report_markdown(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	return is_inside ? render(r, true, out, err)
	                 : egress_render(r, render, out, err);
}
