/* picture: see picture.h. */
#include "reports/picture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"

enum {
	DPI = 72, /* Graphviz measures in inches */
	MARGIN = 10,
	POINTS_MOST = 200000
};

void picture_clear(struct picture *p)
{
	mem_free(p->boxes);
	mem_free(p->edges);
	mem_free(p->points);
	*p = (struct picture){ 0 };
}

/* -- the question -- */

void picture_dot(const struct affected *a, struct buf *out)
{
	size_t i, k;

	buf_printf(out,
	    "digraph {\n"
	    "\trankdir=LR; nodesep=0.22; ranksep=0.55;\n"
	    "\tnode [shape=box, fixedsize=true, label=\"\", width=%.4f, "
	    "height=%.4f];\n"
	    "\tedge [tailport=e, headport=w];\n",
	    (double)BOX_WIDTH / DPI, (double)BOX_HEIGHT / DPI);
	for (i = 0; i < a->n_shown; i++)
		buf_printf(out, "\tn%zu;\n", i);
	for (i = 0; i < a->n_shown; i++) {
		const struct manifest_node *n = a->shown[i]->node;

		for (k = 0; k < n->n_inputs; k++) {
			const struct affected_node *in =
			    affected_find(a, n->inputs[k]);

			if (in != NULL && in->is_shown)
				buf_printf(out, "\tn%zu -> n%zu;\n", in->place,
				    i);
		}
	}
	buf_add_str(out, "}\n");
}

/* -- the answer -- */

/* Reads words of one line after another. */
struct reading {
	const char *p;
	struct picture *out;
	bool *placed; /* boxes that were told */
	double height; /* inches */
	bool is_bad;
};

static double read_number(struct reading *r)
{
	char *end;
	double value = strtod(r->p, &end);

	r->is_bad |= end == r->p || !(value > -1e5 && value < 1e5);
	r->p = end;
	return r->is_bad ? 0 : value;
}

static int to_pixels(double inches)
{
	return (int)(inches * DPI + 0.5) + MARGIN;
}

static struct picture_point read_point(struct reading *r)
{
	double x = read_number(r), y = read_number(r);

	/* Graphviz counts from the lower left corner. */
	return (struct picture_point){ to_pixels(x), to_pixels(r->height - y) };
}

/* "n12" */
static size_t read_box(struct reading *r)
{
	char *end;
	unsigned long i;

	r->p += strspn(r->p, " ");
	if (*r->p != 'n' || r->p[1] < '0' || r->p[1] > '9') {
		r->is_bad = true;
		return 0;
	}
	i = strtoul(r->p + 1, &end, 10);
	r->p = end;
	r->is_bad |= i >= r->out->n_boxes;
	return r->is_bad ? 0 : i;
}

static void read_graph(struct reading *r)
{
	double width;

	(void)read_number(r); /* scale */
	width = read_number(r);
	r->height = read_number(r);
	r->out->width = to_pixels(width) + MARGIN;
	r->out->height = to_pixels(r->height) + MARGIN;
}

static void read_node(struct reading *r)
{
	size_t i = read_box(r);
	struct picture_point at = read_point(r);

	if (r->is_bad)
		return;
	r->out->boxes[i] = at;
	r->placed[i] = true;
}

static int add_point(struct reading *r, struct error *err)
{
	struct picture *p = r->out;
	struct picture_point *more =
	    mem_grow(p->points, p->n_points, &p->points_cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	p->points = more;
	more[p->n_points++] = read_point(r);
	return 0;
}

static int read_edge(struct reading *r, struct error *err)
{
	struct picture *p = r->out;
	struct picture_edge *more =
	    mem_grow(p->edges, p->n_edges, &p->edges_cap, sizeof(*more));
	struct picture_edge e = { 0 };
	double n;
	int rc = 0;

	if (more == NULL)
		return error_memory(err);
	p->edges = more;
	e.from = read_box(r);
	e.to = read_box(r);
	n = read_number(r);
	e.first = p->n_points;
	/* a start, and three points for each curve */
	if (n < 4 || n > POINTS_MOST || (size_t)n % 3 != 1)
		r->is_bad = true;
	else
		e.n = (size_t)n;
	while (rc == 0 && !r->is_bad && p->n_points < e.first + e.n)
		rc = add_point(r, err);
	more[p->n_edges++] = e;
	return rc;
}

static bool begins(struct reading *r, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(r->p, word, n) != 0)
		return false;
	r->p += n;
	return true;
}

/* True where the text ended as it should. */
static int read_lines(struct reading *r, bool *is_whole, struct error *err)
{
	int rc = 0;

	*is_whole = false;
	while (rc == 0 && !r->is_bad && *r->p != '\0') {
		const char *end = strchr(r->p, '\n');

		if (begins(r, "graph "))
			read_graph(r);
		else if (begins(r, "node "))
			read_node(r);
		else if (begins(r, "edge "))
			rc = read_edge(r, err);
		else
			*is_whole = begins(r, "stop");
		if (end == NULL || r->p > end)
			break;
		r->p = end + 1;
	}
	return rc;
}

int picture_parse(const char *plain, size_t n_boxes, struct picture *out,
    struct error *err)
{
	CLEANUP(mem_freep) bool *placed = mem_array(n_boxes + 1, sizeof(bool));
	struct reading r = { .p = plain, .out = out, .placed = placed };
	bool is_whole = false;
	size_t i;
	int rc;

	*out = (struct picture){ .n_boxes = n_boxes };
	out->boxes = mem_array(n_boxes + 1, sizeof(*out->boxes));
	if (placed == NULL || out->boxes == NULL)
		rc = error_memory(err);
	else
		rc = read_lines(&r, &is_whole, err);
	for (i = 0; rc == 0 && i < n_boxes; i++)
		r.is_bad |= !placed[i];
	if (rc == 0 && (r.is_bad || !is_whole))
		rc = error_set(err, ERROR_CORRUPT,
		    "Graphviz answered something else than a picture");
	if (rc)
		picture_clear(out);
	return rc;
}
