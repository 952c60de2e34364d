/* html_affected: what a change touches, as SVG and as a list
 * (render_html.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	READS = 8, /* inputs that the list names */
	LETTERS = 21, /* of a name that fit in a box */
	SMALL_LETTERS = 28,
};

/* -- the picture -- */

static const char *class_of(enum affected_mark mark)
{
	static const char *const names[] = { "g-other", "g-same", "g-changed",
		"g-changed", "g-gone", "g-blocked", "g-blocked", "g-failed" };

	return names[mark];
}

/* What became of it, with its rows where they are known. */
static void print_mark(const struct affected_node *n, bool is_inside,
    struct buf *out)
{
	struct shown shown;

	if (n->table == NULL) {
		buf_add_str(out, affected_name(n->mark));
		return;
	}
	shown_make(n->table, is_inside, &shown);
	if (n->table->change == TABLE_CHANGED)
		buf_add_str(out, "changed: ");
	rows_print(n->table, &shown, out);
}

/* Its first letters, as many as fit. */
static void add_cut(struct buf *out, const char *s, size_t len, size_t letters)
{
	CLEANUP(mem_freep) char *copy = NULL;
	size_t i, n = 0;

	for (i = 0; i < len && n < letters; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	while (i < len && ((unsigned char)s[i] & 0xc0) == 0x80)
		i++;
	copy = mem_strndup(s, i);
	out->failed |= copy == NULL;
	if (copy != NULL)
		html_text(out, copy);
	if (i < len)
		buf_add_str(out, "\xe2\x80\xa6");
}

static void add_words(struct buf *out, const char *class, int x, int y)
{
	buf_printf(out, "<text%s x=\"%d\" y=\"%d\">", class, x, y);
}

static void add_box(struct html_page *p, const struct affected_node *n,
    struct picture_point at)
{
	const char *path = n->node->path, *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	int x = at.x - BOX_WIDTH / 2, top = at.y - BOX_HEIGHT / 2;
	struct buf *out = p->out;

	buf_printf(out, "<g class=\"%s\"><title>", class_of(n->mark));
	html_text(out, path);
	buf_add_str(out, ": ");
	print_mark(n, p->is_inside, out);
	buf_printf(out,
	    "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	    "rx=\"5\"/>",
	    x, top, BOX_WIDTH, BOX_HEIGHT);
	if (folder > 0) {
		add_words(out, " class=\"where\"", x + 10, top + 16);
		add_cut(out, path, folder, SMALL_LETTERS);
		buf_add_str(out, "</text>");
	}
	add_words(out, "", x + 10, top + (folder > 0 ? 33 : 24));
	add_cut(out, path + folder, strlen(path + folder), LETTERS);
	buf_add_str(out, "</text>");
	add_words(out, " class=\"what\"", x + 10, top + 50);
	print_mark(n, p->is_inside, out);
	buf_add_str(out, "</text></g>\n");
}

static void add_edge(const struct picture *pic, const struct picture_edge *e,
    struct buf *out)
{
	const struct picture_point *at = &pic->points[e->first];
	size_t i;

	buf_printf(out, "<path class=\"edge\" d=\"M%d %dC", at->x, at->y);
	for (i = 1; i < e->n; i++)
		buf_printf(out, "%s%d %d", i > 1 ? " " : "", at[i].x, at[i].y);
	buf_add_str(out, "\" marker-end=\"url(#arrow)\"/>\n");
}

static void add_picture(struct html_page *p)
{
	const struct picture *pic = p->picture;
	struct buf *out = p->out;
	size_t i;

	buf_printf(out,
	    "<div class=\"scroll graph\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"Picture of the affected nodes\">\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" viewBox=\"0 0 %d %d\" style=\"min-width:%dpx\" "
	    "role=\"img\" "
	    "aria-label=\"%zu nodes; arrows lead from a table to the nodes "
	    "that read it. The list below says the same in words.\">\n"
	    "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"0\" "
	    "refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
	    "markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
	    "<path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
	    pic->width, pic->height, pic->width, pic->height,
	    pic->width * 3 / 4, pic->n_boxes);
	for (i = 0; i < pic->n_edges; i++)
		add_edge(pic, &pic->edges[i], out);
	for (i = 0; i < pic->n_boxes; i++)
		add_box(p, p->affected->shown[i], pic->boxes[i]);
	buf_add_str(out, "</svg>\n</div>\n");
}

/* -- the list -- */

static void add_reads(struct html_page *p, const struct affected_node *n)
{
	struct buf *out = p->out;
	size_t i, k = 0, hidden = 0;

	for (i = 0; i < n->node->n_inputs; i++) {
		const struct affected_node *in =
		    affected_find(p->affected, n->node->inputs[i]);

		if (in == NULL || !in->is_shown || k >= READS) {
			hidden += in != NULL && in->is_shown;
			continue;
		}
		buf_add_str(out, k++ == 0 ? "; reads " : ", ");
		html_node(p, n->node->inputs[i]);
	}
	if (hidden > 0)
		buf_printf(out, " and %zu more", hidden);
}

static void add_list(struct html_page *p)
{
	const struct affected *a = p->affected;
	struct buf *out = p->out;
	size_t i;

	buf_add_str(out, "<ul>\n");
	for (i = 0; i < a->n_shown && i < AFFECTED_LIST; i++) {
		buf_add_str(out, "<li>");
		html_node(p, a->shown[i]->node->path);
		buf_add_str(out, ": ");
		print_mark(a->shown[i], p->is_inside, out);
		add_reads(p, a->shown[i]);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n");
	if (a->n_shown > AFFECTED_LIST)
		buf_printf(out, "<p>and %zu more</p>\n",
		    a->n_shown - AFFECTED_LIST);
}

/* How much is touched, and how much of it is shown. */
static void add_extent(struct html_page *p)
{
	const struct affected *a = p->affected;

	buf_printf(p->out,
	    "<p>A node is one table and the code that makes it%s. %zu of %zu "
	    "nodes %s touched",
	    p->picture ? "; it reads the tables that arrows come from" : "",
	    a->n_touched, p->r->n_nodes, a->n_touched == 1 ? "is" : "are");
	if (a->n_shown > a->n_touched)
		buf_add_str(p->out, ", shown with what is beside them");
	else if (a->n_shown < a->n_touched)
		buf_printf(p->out,
		    "; the %zu whose table differs, and what is next to them, "
		    "are shown",
		    a->n_shown);
	buf_add_str(p->out, ".</p>\n");
}

void html_affected(struct html_page *p)
{
	struct buf *out = p->out;

	if (p->affected->n_touched == 0)
		return;
	buf_add_str(out, "<section>\n<h2>What the change touches</h2>\n");
	add_extent(p);
	if (p->picture != NULL) {
		add_picture(p);
		buf_printf(out,
		    "<details><summary>The same in words "
		    "(%zu nodes)</summary>\n",
		    p->affected->n_shown);
	}
	add_list(p);
	if (p->picture != NULL)
		buf_add_str(out, "</details>\n");
	buf_add_str(out, "</section>\n");
}
