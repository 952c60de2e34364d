/*
 * render_html: a report as one page for readers who know no SQL (report.h).
 *
 * The order is that of a reviewer's questions: can it be merged and what
 * happens then; what is dangerous; which tables change; what that touches;
 * what failed and what to do; what took time and why; each node; provenance. A
 * page of more than HTML_PAGE_MAX bytes is made again with shorter lists that
 * say how much they leave out.
 */
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "reports/egress.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	NODES_WHOLE = 2000 /* of a pipeline whose nodes all have a section */
};

static const struct html_budget budgets[] = {
	{ 200, 5000, 50, 5000, true, DETAIL_ALL, true },
	{ 200, 5000, 50, 5000, true, DETAIL_LINES, true },
	{ 200, 5000, 50, 5000, true, DETAIL_TOUCHED, true },
	{ 200, 5000, 50, 5000, true, DETAIL_BRIEF, false },
	{ 200, 5000, 50, 5000, true, DETAIL_NONE, false },
	{ 100, 1000, 20, 1000, true, DETAIL_NONE, false },
	{ 50, 200, 20, 200, false, DETAIL_NONE, false },
	{ 20, 20, 20, 20, false, DETAIL_NONE, false },
};

void html_more(struct html_page *p, size_t n, size_t shown, const char *what)
{
	if (n > shown)
		buf_printf(p->out, "<p>and %zu more %s</p>\n", n - shown, what);
}

/* -- can it be merged -- */

static const char *verdict_class(const struct report *r)
{
	return r->verdict == REPORT_FAILURE ? "bad"
	    : r->verdict == REPORT_PENDING  ? "wait"
	    : r->before && r->n_remarks > 0 ? "look"
	                                    : "ok";
}

static const char *verdict_sign(const char *class)
{
	return strcmp(class, "bad") == 0 ? "\xe2\x9c\x95"
	    : strcmp(class, "wait") == 0 ? "\xe2\x80\xa6"
	    : strcmp(class, "look") == 0 ? "!"
	                                 : "\xe2\x9c\x93";
}

static void add_comparison(struct html_page *p)
{
	const struct report *r = p->r;
	struct buf *out = p->out;

	buf_add_str(out, "<p>");
	counts_print(r, out);
	buf_add_str(out, ".");
	if (r->before != NULL) {
		buf_add_str(out, " Compared with ");
		if (r->record != NULL && r->record->base[0] != '\0' &&
		    strcmp(r->record->base, r->record->commit) != 0)
			buf_printf(out, "commit <code>%.12s</code>, ",
			    r->record->base);
		else
			buf_add_str(out, "the run before, ");
		fairness_print(r, out);
		buf_add_char(out, '.');
	}
	buf_add_str(out, "</p>\n");
}

static void add_verdict(struct html_page *p)
{
	const struct run_record *run = p->r->record;
	const char *class = verdict_class(p->r);
	struct buf *out = p->out;

	buf_add_str(out, "<header>\n<p class=\"of\">Report");
	if (run != NULL && run->branch[0] != '\0') {
		buf_add_str(out, " on branch ");
		html_name(out, run->branch);
	}
	if (run != NULL && run->commit[0] != '\0')
		buf_printf(out, ", commit <code>%.12s</code>", run->commit);
	else if (run != NULL)
		buf_add_str(out, " on files that are not committed");
	buf_printf(out,
	    "</p>\n<div class=\"verdict %s\">\n"
	    "<h1><span class=\"sign\" aria-hidden=\"true\">%s</span>",
	    class, verdict_sign(class));
	verdict_print(p->r, out);
	outcome_print(p->r, out);
	buf_add_str(out, "</h1>\n");
	add_comparison(p);
	buf_add_str(out, "</div>\n</header>\n");
}

/* -- dangers -- */

static void add_dangers(struct html_page *p)
{
	const struct report *r = p->r;
	struct buf *out = p->out;
	size_t i, n = r->n_remarks;

	if (n > p->budget->remarks)
		n = p->budget->remarks;
	if (r->before == NULL && n == 0)
		return;
	buf_add_str(out, "<section>\n<h2>Look at this first</h2>\n");
	if (n == 0)
		buf_printf(out,
		    "<p>%s: no table lost all its rows, no key broke, no "
		    "delivered table or column of one is gone or has another "
		    "type, no node gave two results.</p>\n",
		    r->n_failures > 0 || r->tests.n_failed > 0
		        ? "Beside what failed, nothing"
		        : "Nothing");
	else
		buf_add_str(out, "<ul class=\"dangers\">\n");
	for (i = 0; i < n; i++) {
		buf_add_str(out,
		    "<li><strong class=\"t-look\">Attention:</strong> ");
		remark_print(&r->remarks[i], p->is_inside, html_name, out);
		buf_add_str(out, "</li>\n");
	}
	if (n > 0)
		buf_add_str(out, "</ul>\n");
	html_more(p, r->n_remarks, n, "to look at");
	buf_add_str(out, "</section>\n");
}

/* -- provenance -- */

static void add_item(struct html_page *p, const char *what, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(p->out, "<dt>%s</dt><dd>", what);
	html_name(p->out, value);
	buf_add_str(p->out, "</dd>\n");
}

static void add_id(struct html_page *p, const char *what,
    const struct digest *d)
{
	char hex[DIGEST_HEX + 1];

	if (digest_is_null(d))
		return;
	digest_print(d, hex);
	add_item(p, what, hex);
}

static void add_run(struct html_page *p, const struct run_record *run)
{
	char when[CLOCK_TEXT];

	add_item(p, "Commit", run->commit);
	add_item(p, "Branch", run->branch);
	add_item(p, "Compared with commit", run->base);
	if (run->started > 0) {
		clock_print(run->started, when);
		add_item(p, "Run began", when);
	}
}

static void add_provenance(struct html_page *p)
{
	const struct report *r = p->r;
	const struct run_record *run = r->record;

	buf_add_str(p->out,
	    "<section>\n<h2>Where this comes from</h2>\n<dl>\n");
	if (run != NULL)
		add_run(p, run);
	add_item(p, "Sources of", r->after->snapshot_date);
	if (p->is_inside) {
		add_id(p, "Manifest (all results)", &r->after->id);
		if (r->before != NULL)
			add_id(p, "Manifest before", &r->before->id);
		add_id(p, "Snapshot of the sources", &r->after->snapshot);
		add_item(p, "Files (git tree)", r->after->tree);
		if (run != NULL) {
			add_item(p, "Sandbox", run->sandbox);
			add_item(p, "Reason given", run->reason);
		}
	}
	buf_add_str(p->out, "</dl>\n</section>\n");
}

/* -- the page -- */

static void add_title(const struct report *r, struct buf *out)
{
	CLEANUP(buf_clear) struct buf title = { 0 };

	verdict_print(r, &title);
	if (r->record != NULL && r->record->branch[0] != '\0')
		buf_printf(&title, " (%s)", r->record->branch);
	out->failed |= title.failed;
	if (!title.failed)
		html_head(out, title.p);
}

static int add_page(struct html_page *p, struct error *err)
{
	int rc;

	add_title(p->r, p->out);
	add_verdict(p);
	add_dangers(p);
	html_tables(p);
	html_fresh(p);
	html_mounts(p);
	html_affected(p);
	html_failures(p);
	html_tests(p);
	if ((rc = html_runs(p, err)))
		return rc;
	html_nodes(p);
	add_provenance(p);
	html_foot(p->out);
	return buf_check(p->out, err);
}

/* Without memory there is no page; without a picture there is a list. */
static int draw(const struct report *r, const struct affected *a,
    struct picture *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf dot = { 0 }, plain = { 0 };
	struct error why = { 0 };
	int rc;

	if (r->draw == NULL || a->n_touched == 0 ||
	    a->n_shown > AFFECTED_PICTURE)
		return 0;
	picture_dot(a, &dot);
	if ((rc = buf_check(&dot, err)))
		return rc;
	rc = r->draw(buf_bytes(&dot), &plain, &why);
	if (rc == 0 && (rc = buf_check(&plain, err)))
		return rc;
	if (rc == 0)
		rc = picture_parse(plain.p ? plain.p : "", a->n_shown, out,
		    &why);
	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}

static int add_pages(struct html_page *p, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_LEN(budgets) && rc == 0; i++) {
		p->budget = &budgets[i];
		if (p->budget->detail == DETAIL_ALL &&
		    p->r->n_nodes > NODES_WHOLE)
			continue;
		buf_reset(p->out);
		rc = add_page(p, err);
		if (p->out->n <= HTML_PAGE_MAX)
			break;
	}
	return rc;
}

static int render(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	CLEANUP(affected_clear) struct affected affected = { 0 };
	CLEANUP(picture_clear) struct picture picture = { 0 };
	CLEANUP(buf_clear) struct buf page = { 0 };
	struct html_page p = { .r = r,
		.is_inside = is_inside,
		.affected = &affected,
		.out = &page };
	int rc = affected_make(r, &affected, err);

	if (rc || (rc = draw(r, &affected, &picture, err)))
		return rc;
	if (picture.n_boxes > 0)
		p.picture = &picture;
	if ((rc = add_pages(&p, err)))
		return rc;
	buf_add(out, page.p, page.n);
	return buf_check(out, err);
}

int report_html(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	return is_inside ? render(r, true, out, err)
	                 : egress_render(r, render, out, err);
}

int report_html_words(const char *text, struct buf *out, struct error *err)
{
	const char *first = text + strspn(text, "# ");
	size_t n = strcspn(first, "\n");
	CLEANUP(mem_freep) char *title = mem_strndup(first, n);

	if (title == NULL)
		return error_memory(err);
	html_head(out, title);
	buf_add_str(out, "<h1>");
	html_text(out, title);
	buf_add_str(out, "</h1>\n<pre>");
	first += n;
	html_lines(out, first + strspn(first, "\n"));
	buf_add_str(out, "</pre>\n");
	html_foot(out);
	return buf_check(out, err);
}
