#ifndef SLUICE_REPORTS_LAYOUT_H
#define SLUICE_REPORTS_LAYOUT_H
/*
 * layout -- where the boxes and arrows of a small DAG stand.
 *
 * Use        layout_make(&affected, &l, err); l.x[i], l.y[i]; layout_clear(&l).
 * Shape      Layers from left to right, readers behind what they read. Pixels,
 *            whole numbers alone: the same inputs give the same picture.
 * Ownership  layout_clear().
 * Errors     ERROR_LIMIT where it is too much to draw, ERROR_CORRUPT where the
 *            inputs go in a circle, ERROR_MEMORY.
 */
#include "reports/affected.h"

struct layout_edge {
	size_t from, to; /* boxes */
	size_t first, n; /* the vertices between them that it passes */
};

struct layout {
	int *x, *y; /* of each vertex: its left side, its middle */
	size_t n, n_boxes; /* vertices; the first are the shown nodes */
	struct layout_edge *edges;
	size_t n_edges, edges_cap;
	int width, height;
};

enum {
	BOX_WIDTH = 204,
	BOX_HEIGHT = 58,
};

/* Of the shown nodes, in their order. */
int layout_make(const struct affected *a, struct layout *out,
    struct error *err);

/* Frees; usable again. */
void layout_clear(struct layout *l);

#endif
