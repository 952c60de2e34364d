/*
 * render_html: a report as one page for readers who know no SQL (report.h).
 *
 * The order is that of a reviewer's questions: can it be merged and what
 * happens then; what is dangerous; which tables change; what failed and what
 * to do; what it touches; what took time and why; provenance. A page of
 * more than PAGE_MAX bytes is made again with shorter lists that say how much
 * they leave out.
 */
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	PAGE_MAX = 2000000
};

static const struct html_budget budgets[] = {
	{ 200, 5000, 50, 5000, true },
	{ 100, 1000, 20, 1000, true },
	{ 50, 200, 20, 200, false },
	{ 20, 20, 20, 20, false },
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void html_more(struct html_page *p, size_t n, size_t shown, const char *what)
{
	if (n > shown)
		buf_printf(p->out, "<p>and %zu more %s</p>\n", n - shown, what);
}

/* -- can it be merged -- */

/* "2 delivered tables change (and 3 steps on the way)". */
static void add_changes(const struct report *r, struct buf *out)
{
	size_t n = r->n_delivered, others = r->n_tables - n;

	if (n == 0)
		buf_add_str(out, "no delivered table changes");
	else
		buf_printf(out, "%zu delivered table%s change%s", n, plural(n),
		    n == 1 ? "s" : "");
	if (others > 0)
		buf_printf(out, " (%s%zu step%s on the way)",
		    n > 0 ? "and " : "only ", others, plural(others));
}

/* "Not yet: 3 of 6 nodes failed". */
static void add_answer(const struct report *r, struct buf *out)
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
		add_changes(r, out);
	else
		verdict_print(r, out);
}

/* What production does with it. */
static void add_outcome(const struct report *r, struct buf *out)
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
	    r->after->n_targets == 0)
		buf_add_str(out,
		    "; merged as things are, nothing is left to compute");
	buf_add_char(out, '.');
}

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
		if (r->record != NULL && r->record->base[0] != '\0')
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
	add_answer(p->r, out);
	add_outcome(p->r, out);
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
		    "<p>%s: no table lost all its rows, no delivered "
		    "table or column of one is gone or has another type, no "
		    "node gave two results.</p>\n",
		    r->n_failures > 0 ? "Beside what failed, nothing"
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

/* -- failures -- */

/* What happened, for somebody who has never seen the node. */
static void print_class(const struct manifest_node *n, bool is_inside,
    struct buf *out)
{
	static const char *const words[] = {
		[FAILURE_SQL] = "The database engine refused the query",
		[FAILURE_EXIT] = "The program ended with an error",
		[FAILURE_SIGNAL] = "The program was stopped by the system",
		[FAILURE_OUTPUT] =
		    "What it made is not the table that was agreed",
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
	buf_add_str(out, " (");
	class_print(n, is_inside, out);
	buf_add_str(out, ").");
}

static const char *next_step(const struct manifest_node *n)
{
	if (n->failure >= FAILURE_TIMEOUT)
		return "When the reason is gone, <code>sluice retry</code> "
		       "runs it again; nothing else is computed twice.";
	return "Change the code and push: only this node and what reads it "
	       "are computed again.";
}

static void add_blocked(struct html_page *p, const struct report_failure *f)
{
	const struct manifest *m = p->r->after;
	struct buf *out = p->out;
	size_t i, k, n = 0;

	if (f->n_blocked == 0)
		return;
	buf_printf(out, "<p>%zu node%s wait%s for it: ", f->n_blocked,
	    plural(f->n_blocked), f->n_blocked == 1 ? "s" : "");
	for (i = 0; i < m->n && n < HTML_BLOCKED; i++)
		for (k = 0; k < m->nodes[i].n_by && n < HTML_BLOCKED; k++) {
			if (strcmp(m->nodes[i].by[k], f->node->path) != 0)
				continue;
			buf_add_str(out, n++ > 0 ? ", " : "");
			html_name(out, m->nodes[i].path);
		}
	if (f->n_blocked > n)
		buf_printf(out, " and %zu more", f->n_blocked - n);
	buf_add_str(out, ".</p>\n");
}

static void add_place(struct html_page *p, const struct manifest_node *n)
{
	struct buf *out = p->out;

	if (!p->is_inside || n->file == NULL)
		return;
	buf_add_str(out, " See ");
	html_name(out, n->file);
	if (n->line > 0)
		buf_printf(out, ", line %d", n->line);
	if (n->line > 0 && n->col > 0)
		buf_printf(out, ", column %d", n->col);
	buf_add_char(out, '.');
}

static void add_words(struct html_page *p, const struct report_failure *f)
{
	struct buf *out = p->out;

	if (!p->is_inside)
		return;
	if (f->message != NULL) {
		buf_add_str(out, "<p>It said:</p>\n<pre>");
		html_lines(out, f->message);
		buf_add_str(out, "</pre>\n");
	}
	if (f->log == NULL || !p->budget->has_logs)
		return;
	if (f->log_left > 0)
		buf_printf(out, "<p>The last %zu of %zu lines of its log:</p>",
		    f->log_lines, f->log_lines + f->log_left);
	else
		buf_add_str(out, "<p>Its log:</p>");
	buf_add_str(out, "\n<pre>");
	html_log(out, f->log);
	buf_add_str(out, "</pre>\n");
}

static void add_failure(struct html_page *p, const struct report_failure *f)
{
	struct buf *out = p->out;

	buf_add_str(out, "<article class=\"failure\" id=\"failed-");
	html_url(out, f->node->path);
	buf_add_str(out, "\">\n<h3><span class=\"t-bad\">Failed:</span> ");
	html_name(out, f->node->path);
	buf_add_str(out, "</h3>\n<p>");
	print_class(f->node, p->is_inside, out);
	add_place(p, f->node);
	buf_add_str(out, "</p>\n");
	add_words(p, f);
	add_blocked(p, f);
	buf_printf(out, "<p>%s</p>\n</article>\n", next_step(f->node));
}

static void add_failures(struct html_page *p)
{
	size_t i, n = p->r->n_failures;

	if (n == 0)
		return;
	if (n > p->budget->failures)
		n = p->budget->failures;
	buf_add_str(p->out, "<section>\n<h2>What failed</h2>\n");
	for (i = 0; i < n; i++)
		add_failure(p, &p->r->failures[i]);
	html_more(p, p->r->n_failures, n, "failed");
	buf_add_str(p->out, "</section>\n");
}

/* -- what is touched -- */

static int add_touched(struct html_page *p, struct error *err)
{
	CLEANUP(affected_clear) struct affected a = { 0 };
	int rc = affected_make(p->r, &a, err);

	if (rc || a.n_touched == 0)
		return rc;
	buf_add_str(p->out,
	    "<section>\n<h2>What the change touches</h2>\n"
	    "<p>A node is one table and the code that makes it; it reads the "
	    "tables that arrows come from. ");
	buf_printf(p->out, "%zu of %zu nodes are touched", a.n_touched,
	    p->r->n_nodes);
	buf_add_str(p->out,
	    a.n_shown > a.n_touched ? ", shown with what is beside them.</p>\n"
	                            : ".</p>\n");
	rc = html_affected(&a, p->is_inside, p->out, err);
	buf_add_str(p->out, "</section>\n");
	return rc;
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

	add_answer(r, &title);
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
	add_failures(p);
	if ((rc = add_touched(p, err)) || (rc = html_runs(p, err)))
		return rc;
	add_provenance(p);
	html_foot(p->out);
	return buf_check(p->out, err);
}

int report_html(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf page = { 0 };
	struct html_page p = { r, NULL, is_inside, &page };
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_LEN(budgets); i++) {
		buf_reset(&page);
		p.budget = &budgets[i];
		if ((rc = add_page(&p, err)))
			return rc;
		if (page.n <= PAGE_MAX)
			break;
	}
	buf_add(out, page.p, page.n);
	return buf_check(out, err);
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
