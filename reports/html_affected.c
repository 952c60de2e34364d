/* html_affected: what a change touches, as SVG and as a list
 * (render_html.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/html.h"
#include "reports/layout.h"
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

static void add_box(const struct affected_node *n, int x, int y, bool is_inside,
    struct buf *out)
{
	const char *path = n->node->path, *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	int top = y - BOX_HEIGHT / 2;

	buf_printf(out, "<g class=\"%s\"><title>", class_of(n->mark));
	html_text(out, path);
	buf_add_str(out, ": ");
	print_mark(n, is_inside, out);
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
	print_mark(n, is_inside, out);
	buf_add_str(out, "</text></g>\n");
}

/* From the right side of a box, through the gaps of the layers between, to the
 * left side of its reader. */
static void add_edge(const struct layout *l, const struct layout_edge *e,
    struct buf *out)
{
	int x = l->x[e->from] + BOX_WIDTH, y = l->y[e->from];
	size_t i;

	buf_printf(out, "<path class=\"edge\" d=\"M%d %d", x, y);
	for (i = 0; i <= e->n; i++) {
		size_t next = i < e->n ? e->first + i : e->to;
		int nx = l->x[next] - (i < e->n ? 0 : 5), ny = l->y[next];
		int middle = (x + nx) / 2;

		buf_printf(out, "C%d %d %d %d %d %d", middle, y, middle, ny, nx,
		    ny);
		if (i < e->n)
			buf_printf(out, "H%d", nx + BOX_WIDTH);
		x = nx + BOX_WIDTH;
		y = ny;
	}
	buf_add_str(out, "\" marker-end=\"url(#arrow)\"/>\n");
}

static void add_picture(const struct affected *a, const struct layout *l,
    bool is_inside, struct buf *out)
{
	size_t i;

	buf_printf(out,
	    "<div class=\"scroll graph\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"Picture of the affected nodes\">\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" viewBox=\"0 0 %d %d\" style=\"min-width:%dpx\" role=\"img\" "
	    "aria-label=\"%zu nodes; arrows lead from a table to the nodes "
	    "that read it. The list below says the same in words.\">\n"
	    "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"5\" "
	    "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	    "<path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
	    l->width, l->height, l->width, l->height, l->width * 3 / 4,
	    a->n_shown);
	for (i = 0; i < l->n_edges; i++)
		add_edge(l, &l->edges[i], out);
	for (i = 0; i < a->n_shown; i++)
		add_box(a->shown[i], l->x[i], l->y[i], is_inside, out);
	buf_add_str(out, "</svg>\n</div>\n");
}

/* -- the list -- */

static void add_reads(const struct affected *a, const struct affected_node *n,
    struct buf *out)
{
	size_t i, k = 0, hidden = 0;

	for (i = 0; i < n->node->n_inputs; i++) {
		const struct affected_node *in =
		    affected_find(a, n->node->inputs[i]);

		if (in == NULL || !in->is_shown || k >= READS) {
			hidden += in != NULL && in->is_shown;
			continue;
		}
		buf_add_str(out, k++ == 0 ? "; reads " : ", ");
		html_name(out, n->node->inputs[i]);
	}
	if (hidden > 0)
		buf_printf(out, " and %zu more", hidden);
}

static void add_list(const struct affected *a, bool is_inside, struct buf *out)
{
	size_t i;

	buf_add_str(out, "<ul>\n");
	for (i = 0; i < a->n_shown && i < AFFECTED_LIST; i++) {
		buf_add_str(out, "<li>");
		html_name(out, a->shown[i]->node->path);
		buf_add_str(out, ": ");
		print_mark(a->shown[i], is_inside, out);
		add_reads(a, a->shown[i], out);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n");
	if (a->n_shown > AFFECTED_LIST)
		buf_printf(out, "<p>and %zu more</p>\n",
		    a->n_shown - AFFECTED_LIST);
}

int html_affected(const struct affected *a, bool is_inside, struct buf *out,
    struct error *err)
{
	CLEANUP(layout_clear) struct layout l = { 0 };
	int rc;

	if (a->n_touched == 0)
		return 0;
	rc = a->n_shown <= AFFECTED_PICTURE ? layout_make(a, &l, NULL)
	                                    : ERROR_LIMIT;
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc == 0) {
		add_picture(a, &l, is_inside, out);
		buf_printf(out,
		    "<details><summary>The same in words "
		    "(%zu nodes)</summary>\n",
		    a->n_shown);
	}
	add_list(a, is_inside, out);
	if (rc == 0)
		buf_add_str(out, "</details>\n");
	return buf_check(out, err);
}
