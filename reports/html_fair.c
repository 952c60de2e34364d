/* html_fair: what fresh data did, and what a library's change did to each
 * place, in the HTML report (render_html.h). */
#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

static void add_head(const char *title, const char *const *columns, size_t n,
    struct buf *out)
{
	size_t i;

	buf_printf(out,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\">\n<table>\n<caption>%s</caption>\n<thead><tr>",
	    title, title);
	for (i = 0; i < n; i++)
		buf_printf(out, "<th scope=\"col\"%s>%s</th>",
		    i > 0 ? " class=\"n\"" : "", columns[i]);
	buf_add_str(out, "</tr></thead>\n<tbody>\n");
}

static void add_cell(const char *shown, struct buf *out)
{
	buf_add_str(out, "<td class=\"n\">");
	html_text(out, shown[0] != '\0' ? shown : "\xe2\x80\x93");
	buf_add_str(out, "</td>");
}

static void add_fresh(struct html_page *p, const struct report_table *t)
{
	struct shown s;

	shown_make(t, p->is_inside, &s);
	buf_add_str(p->out, "<tr><th scope=\"row\">");
	html_node(p, t->node->path);
	buf_add_str(p->out, "</th><td class=\"n\">");
	html_text(p->out, s.before);
	buf_add_str(p->out, " \xe2\x86\x92 ");
	html_text(p->out, s.after);
	buf_add_str(p->out, "</td>");
	add_cell(s.added, p->out);
	add_cell(s.removed, p->out);
	add_cell(s.changed, p->out);
	buf_add_str(p->out, "</tr>\n");
}

void html_fresh(struct html_page *p)
{
	static const char *const columns[] = { "Table",
		"Rows before \xe2\x86\x92 after", "Added", "Removed",
		"Changed" };
	const struct report *r = p->r;
	size_t i, n = r->n_fresh;

	if (n == 0)
		return;
	if (n > p->budget->tables)
		n = p->budget->tables;
	buf_add_str(p->out,
	    "<section>\n<h2>What fresh data did</h2>\n"
	    "<p>The base's code with the inputs that its own run had, and "
	    "with those of this run: none of it is this change's.</p>\n");
	add_head("Delivered tables, by fresh data alone", columns,
	    ARRAY_LEN(columns), p->out);
	for (i = 0; i < n; i++)
		add_fresh(p, &r->fresh[i]);
	buf_add_str(p->out, "</tbody>\n</table>\n</div>\n");
	html_more(p, r->n_fresh, n, "tables");
	buf_add_str(p->out, "</section>\n");
}

void html_mounts(struct html_page *p)
{
	static const char *const columns[] = { "Place", "What became of it" };
	const struct report *r = p->r;
	size_t i, n = r->n_mounts;

	if (n == 0)
		return;
	if (n > p->budget->tables)
		n = p->budget->tables;
	buf_add_str(p->out, "<section>\n<h2>Who shares what changed</h2>\n<p>");
	mounts_print(r, p->out);
	buf_add_str(p->out, ".</p>\n");
	add_head("Places that mount it", columns, ARRAY_LEN(columns), p->out);
	for (i = 0; i < n; i++) {
		buf_add_str(p->out, "<tr><th scope=\"row\">");
		html_name(p->out, r->mounts[i].name);
		buf_add_str(p->out, "</th><td class=\"n\">");
		mount_print(&r->mounts[i], p->out);
		buf_add_str(p->out, "</td></tr>\n");
	}
	buf_add_str(p->out, "</tbody>\n</table>\n</div>\n");
	html_more(p, r->n_mounts, n, "places");
	buf_add_str(p->out, "</section>\n");
}
