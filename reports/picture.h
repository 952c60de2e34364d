#ifndef SLUICE_REPORTS_PICTURE_H
#define SLUICE_REPORTS_PICTURE_H
/*
 * picture -- where the boxes and arrows of an affected graph stand. Graphviz
 * lays them out; what it is given and what it answers are texts, and somebody
 * else runs it (report.h: report_draw_fn).
 *
 * Use        picture_dot(&affected, &dot); draw(dot) -> plain;
 *            picture_parse(plain, affected.n_shown, &p, err);
 *            p.boxes[i] ...; picture_clear(&p).
 * Shape      Boxes are the shown nodes, in their order, all of one size;
 *            readers stand to the right of what they read. Pixels from the
 *            upper left corner. An edge is a chain of cubic Bezier curves.
 *            Nothing of a user's text is in either text: nodes are numbers.
 * Source     The forms "dot" and "plain" of graphviz.org/docs/outputs/plain.
 * Ownership  picture_clear().
 * Errors     ERROR_CORRUPT where the answer is not what was asked for,
 *            ERROR_MEMORY.
 */
#include "reports/affected.h"

enum {
	BOX_WIDTH = 204,
	BOX_HEIGHT = 58,
};

struct picture_point {
	int x, y;
};

struct picture_edge {
	size_t from, to; /* boxes */
	size_t first, n; /* in points: a start, then three for each curve */
};

struct picture {
	struct picture_point *boxes; /* their middles */
	size_t n_boxes;
	struct picture_edge *edges;
	size_t n_edges, edges_cap;
	struct picture_point *points;
	size_t n_points, points_cap;
	int width, height;
};

/* The graph of the shown nodes, for Graphviz. */
void picture_dot(const struct affected *a, struct buf *out);

/* What Graphviz answered, in its "plain" form, NUL-terminated. */
int picture_parse(const char *plain, size_t n_boxes, struct picture *out,
    struct error *err);

/* Frees; usable again. */
void picture_clear(struct picture *p);

#endif
