/* html_tables: the tables of the HTML report: what changed, what took time
 * (render_html.h). */
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"
#include "reports/status.h"
#include "reports/values.h"

enum {
	COLUMNS = 12 /* of one table that are told */
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* -- columns in words -- */

static void add_type_change(const struct diff_column *c, struct buf *out)
{
	char was[64], now[64];

	type_show(&c->before, was, sizeof(was));
	type_show(&c->after, now, sizeof(now));
	buf_add_str(out, ": was ");
	html_text(out, was);
	buf_add_str(out, ", is ");
	html_text(out, now);
}

static void add_column(struct html_page *p, const struct diff_column *c,
    struct buf *out)
{
	const bool is_inside = p->is_inside;
	static const char *const words[] = { [COLUMN_SAME] = "Column ",
		[COLUMN_ADDED] = "New column ",
		[COLUMN_REMOVED] = "Column gone: ",
		[COLUMN_RETYPED] = "Other type in " };
	CLEANUP(buf_clear) struct buf values = { 0 };
	char count[SHOWN];

	values_print(c, is_inside, html_name, &values);
	out->failed |= values.failed;
	buf_add_str(out, "<li>");
	buf_add_str(out, words[c->change]);
	html_name(out, c->name);
	if (c->change == COLUMN_RETYPED)
		add_type_change(c, out);
	if (c->change == COLUMN_RETYPED && is_inside && c->row > 0) {
		count_print(c->row, count);
		buf_printf(out, " (row %s made it so)", count);
	}
	if (values.n > 0)
		buf_printf(out, ": %s", values.p);
	else if (c->change == COLUMN_SAME)
		buf_add_str(out, ": other values");
	if (is_inside && p->budget->has_plots)
		html_plot(c, out);
	buf_add_str(out, "</li>");
}

static void add_key(const struct diff_key *k, bool is_inside, struct buf *out)
{
	size_t from = out->n, begin;

	buf_add_str(out, "<li>Of keys: ");
	begin = out->n;
	key_print(k, is_inside, html_name, out);
	if (out->n > begin) {
		buf_add_str(out, "</li>");
		return;
	}
	out->n = from;
	if (out->p != NULL)
		out->p[from] = '\0';
}

static bool is_told(const struct diff_column *c, bool is_inside)
{
	return c->change != COLUMN_SAME || c->changed > 0 ||
	    (is_inside && values_have_news(c));
}

/* What there is to say of a table beside its counts. */
static void add_inner(struct html_page *p, const struct report_table *t,
    struct buf *out)
{
	const bool is_inside = p->is_inside;
	size_t i, n = 0, from;

	buf_add_str(out, "<ul class=\"inner\">");
	from = out->n;
	for (i = 0; t->is_compared && i < t->diff.n_keys; i++)
		add_key(&t->diff.keys[i], is_inside, out);
	for (i = 0; t->change == TABLE_CHANGED && i < t->diff.n_columns; i++)
		if (is_told(&t->diff.columns[i], is_inside) && n++ < COLUMNS)
			add_column(p, &t->diff.columns[i], out);
	if (n > COLUMNS)
		buf_printf(out, "<li>and %zu more columns</li>", n - COLUMNS);
	if (t->diff.is_reordered)
		buf_add_str(out, "<li>Columns stand in another order</li>");
	if (t->diff.is_resorted)
		buf_add_str(out, "<li>The same rows in another order</li>");
	if (t->why[0] != '\0') {
		buf_add_str(out, "<li>Rows were not compared: ");
		html_text(out, t->why);
		buf_add_str(out, "</li>");
	}
	if (t->node->n_doubts > 0) {
		buf_add_str(out, "<li>It is ");
		doubts_print(t->node, html_name, out);
		buf_add_str(out, "</li>");
	}
	if (out->n > from) {
		buf_add_str(out, "</ul>");
		return;
	}
	out->n = from - strlen("<ul class=\"inner\">");
	if (out->p != NULL)
		out->p[out->n] = '\0';
}

/* -- tables that changed -- */

/* "<11" is escaped; none is less loud than some. */
static void add_count(const char *shown, struct buf *out)
{
	bool is_none = shown[0] == '\0' || strcmp(shown, "0") == 0;

	buf_printf(out, "<td class=\"n%s\">", is_none ? " soft" : "");
	html_text(out, shown[0] != '\0' ? shown : "\xe2\x80\x93");
	buf_add_str(out, "</td>");
}

static void add_changed(const struct report_table *t, const struct shown *s,
    struct buf *out)
{
	CLEANUP(buf_clear) struct buf beyond = { 0 };

	beyond_print(t, s, &beyond);
	if (beyond.n == 0) {
		add_count(s->changed, out);
		return;
	}
	buf_add_str(out, "<td class=\"n\">");
	html_text(out, s->changed);
	buf_add_str(out, "<br><span class=\"soft\">");
	html_text(out, beyond.p);
	buf_add_str(out, "</span></td>");
}

static const char *rows_before(const struct report_table *t,
    const struct shown *s)
{
	return t->change == TABLE_NEW     ? "new"
	    : t->change == TABLE_BACK     ? "no table"
	    : strcmp(s->before, "0") == 0 ? "empty"
	                                  : s->before;
}

static const char *rows_after(const struct report_table *t,
    const struct shown *s)
{
	return t->change == TABLE_GONE   ? "gone"
	    : strcmp(s->after, "0") == 0 ? "empty"
	                                 : s->after;
}

static void add_row(struct html_page *p, const struct report_table *t)
{
	struct buf *out = p->out;
	struct shown s;

	shown_make(t, p->is_inside, &s);
	buf_add_str(out, "<tr><th scope=\"row\">");
	html_node(p, t->node->path);
	add_inner(p, t, out);
	buf_add_str(out, "</th><td class=\"n\">");
	html_text(out, rows_before(t, &s));
	buf_add_str(out, " \xe2\x86\x92 ");
	html_text(out, rows_after(t, &s));
	buf_add_str(out, "</td>");
	add_count(s.added, out);
	add_count(s.removed, out);
	add_changed(t, &s, out);
	buf_add_str(out, "</tr>\n");
}

/* tables[from..to-1], as many as the budget has. */
static void add_list(struct html_page *p, const char *title, size_t from,
    size_t to)
{
	size_t i, n = to - from;

	if (n == 0)
		return;
	if (n > p->budget->tables)
		n = p->budget->tables;
	buf_printf(p->out,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\">\n<table>\n<caption>%s</caption>\n"
	    "<thead><tr><th scope=\"col\">Table</th>"
	    "<th scope=\"col\" class=\"n\">Rows before \xe2\x86\x92 after</th>"
	    "<th scope=\"col\" class=\"n\">Added</th>"
	    "<th scope=\"col\" class=\"n\">Removed</th>"
	    "<th scope=\"col\" class=\"n\">Changed</th></tr></thead>\n"
	    "<tbody>\n",
	    title, title);
	for (i = from; i < from + n; i++)
		add_row(p, &p->r->tables[i]);
	buf_add_str(p->out, "</tbody>\n</table>\n</div>\n");
	html_more(p, to - from, n, "tables");
}

void html_tables(struct html_page *p)
{
	const struct report *r = p->r;
	size_t i;
	bool is_keyless = false;

	buf_add_str(p->out, "<section>\n<h2>Tables that change</h2>\n");
	if (r->n_tables == 0)
		buf_add_str(p->out, "<p>None.</p>\n");
	add_list(p, "Delivered tables: what others use", 0, r->n_delivered);
	add_list(p, "Other tables: steps on the way", r->n_delivered,
	    r->n_tables);
	for (i = 0; i < r->n_tables; i++)
		is_keyless |= r->tables[i].is_compared &&
		    r->tables[i].diff.way == DIFF_BAG;
	if (is_keyless)
		buf_add_str(p->out,
		    "<p class=\"note\">In a table without a key a changed row "
		    "counts as one removed and one added.</p>\n");
	buf_add_str(p->out, "</section>\n");
}

/* -- nodes by time -- */

static bool is_reused(const struct run_node *n)
{
	return strcmp(n->status, "reused") == 0;
}

static bool is_executed(const struct run_node *n)
{
	return !is_reused(n) && strcmp(n->status, "blocked") != 0;
}

static int compare_time(const void *a, const void *b)
{
	const struct run_node *const *p = a, *const *q = b;

	if ((*p)->ms != (*q)->ms)
		return (*p)->ms > (*q)->ms ? -1 : 1;
	return strcmp((*p)->path, (*q)->path);
}

/* Whether the page has an article of its failure. */
static bool is_told_above(const struct html_page *p, const char *path)
{
	size_t i, n = p->r->n_failures;

	if (n > p->budget->failures)
		n = p->budget->failures;
	for (i = 0; i < n; i++)
		if (strcmp(p->r->failures[i].node->path, path) == 0)
			return true;
	return false;
}

static void add_run(struct html_page *p, const struct run_node *n)
{
	bool is_failed = strcmp(n->status, "failed") == 0;
	bool is_linked = is_failed && is_told_above(p, n->path);
	char took[32];

	duration_print(n->ms, took);
	buf_add_str(p->out, "<tr><th scope=\"row\">");
	if (is_linked) {
		buf_add_str(p->out, "<a href=\"#failed-");
		html_url(p->out, n->path);
		buf_add_str(p->out, "\">");
		html_name(p->out, n->path);
	} else {
		html_node(p, n->path);
	}
	buf_printf(p->out, "%s</th><td%s>", is_linked ? "</a>" : "",
	    is_failed ? " class=\"t-bad\"" : "");
	html_text(p->out, n->status);
	buf_printf(p->out, "</td><td class=\"n\">%s</td>", took);
	if (p->is_inside) {
		buf_add_str(p->out, "<td>");
		if (n->cause != NULL)
			cause_print(n->cause, html_name, p->out);
		buf_add_str(p->out, "</td>");
	}
	buf_add_str(p->out, "</tr>\n");
}

static void add_runs(struct html_page *p, const struct run_node **nodes,
    size_t n)
{
	size_t i, shown = n < p->budget->runs ? n : p->budget->runs;

	buf_printf(p->out,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"Nodes that ran\">\n<table class=\"runs\">\n"
	    "<caption>%zu node%s ran, the longest first</caption>\n"
	    "<thead><tr><th scope=\"col\">Node</th>"
	    "<th scope=\"col\">Outcome</th>"
	    "<th scope=\"col\" class=\"n\">Time</th>%s</tr></thead>\n<tbody>\n",
	    n, plural(n),
	    p->is_inside ? "<th scope=\"col\">Why it ran</th>" : "");
	for (i = 0; i < shown; i++)
		add_run(p, nodes[i]);
	buf_add_str(p->out, "</tbody>\n</table>\n</div>\n");
	html_more(p, n, shown, "nodes");
}

static void add_reused(struct html_page *p, size_t n)
{
	const struct run_record *record = p->r->record;
	size_t i, shown = 0;

	buf_printf(p->out,
	    "<p>%zu node%s %s reused: the code and all that is read are those "
	    "of an earlier run, so the table is too.</p>\n"
	    "<details><summary>%s</summary>\n<ul class=\"names\">\n",
	    n, plural(n), n == 1 ? "was" : "were",
	    n == 1 ? "Which" : "Which ones");
	for (i = 0; i < record->n && shown < p->budget->runs; i++) {
		if (!is_reused(&record->nodes[i]))
			continue;
		buf_add_str(p->out, "<li>");
		html_node(p, record->nodes[i].path);
		buf_add_str(p->out, "</li>\n");
		shown++;
	}
	buf_add_str(p->out, "</ul>\n");
	html_more(p, n, shown, "nodes");
	buf_add_str(p->out, "</details>\n");
}

int html_runs(struct html_page *p, struct error *err)
{
	const struct run_record *record = p->r->record;
	CLEANUP(mem_freep) const struct run_node **nodes = NULL;
	size_t i, n = 0, n_reused = 0;

	if (record == NULL || record->n == 0)
		return 0;
	nodes = mem_array(record->n, sizeof(*nodes));
	if (nodes == NULL)
		return error_memory(err);
	for (i = 0; i < record->n; i++) {
		n_reused += is_reused(&record->nodes[i]);
		if (is_executed(&record->nodes[i]))
			nodes[n++] = &record->nodes[i];
	}
	qsort(nodes, n, sizeof(*nodes), compare_time);
	buf_add_str(p->out, "<section>\n<h2>Time</h2>\n");
	if (n > 0)
		add_runs(p, nodes, n);
	if (n_reused > 0)
		add_reused(p, n_reused);
	buf_add_str(p->out, "</section>\n");
	return 0;
}
