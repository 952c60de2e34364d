/* html_failures: what failed, in plain words (render_html.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	EXCERPT = 2 /* lines before and behind the one that failed */
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
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
			html_node(p, m->nodes[i].path);
		}
	if (f->n_blocked > n)
		buf_printf(out, " and %zu more", f->n_blocked - n);
	buf_add_str(out, ".</p>\n");
}

/* The line it names, with those around it. */
static void add_excerpt(struct html_page *p, const struct manifest_node *n)
{
	const struct description *d =
	    description_find(p->r->descriptions, n->path);
	int from = n->line > EXCERPT ? n->line - EXCERPT : 1, line;
	size_t begun = p->out->n;

	if (d == NULL || n->file == NULL || n->line <= 0)
		return;
	for (line = from; line <= n->line + EXCERPT; line++) {
		struct bytes text = description_line(d,
		    (struct described_place){ n->file, line });

		if (text.n == 0 && line != n->line)
			continue;
		if (p->out->n == begun)
			buf_add_str(p->out, "<pre class=\"excerpt\">");
		buf_add_str(p->out,
		    line == n->line ? "<mark>\xe2\x86\x92 " : "  ");
		html_code(p->out, text.n > 0 ? text : bytes_of("\n"), line);
		if (line == n->line)
			buf_add_str(p->out, "</mark>");
	}
	if (p->out->n > begun)
		buf_add_str(p->out, "</pre>\n");
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
	html_node(p, f->node->path);
	buf_add_str(out, "</h3>\n<p>");
	failure_print(f->node, p->is_inside, out);
	buf_add_char(out, '.');
	add_place(p, f->node);
	buf_add_str(out, "</p>\n");
	if (p->is_inside)
		add_excerpt(p, f->node);
	add_words(p, f);
	add_blocked(p, f);
	buf_printf(out, "<p>%s</p>\n</article>\n", next_step(f->node));
}

void html_failures(struct html_page *p)
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
