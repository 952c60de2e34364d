/*
 * layout: see layout.h.
 *
 * The usual layered way: a node's layer is behind those of what it reads; an
 * edge over several layers gets a vertex in each between, so that it runs
 * around boxes; vertices are ordered by the middle of their neighbours, to and
 * fro; then each is drawn towards its neighbours as far as its place in the
 * order allows. Whole numbers alone: the same bytes everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "reports/layout.h"

enum {
	VERTICES = 1000, /* more is no picture any more */
	SWEEPS = 12,
	GAP_X = 44,
	BOX_STEP = BOX_HEIGHT + 18, /* from middle to middle */
	WAY_STEP = 22,
	MARGIN = 16,
};

struct sketch {
	const struct affected *a;
	struct layout *l;
	size_t *layer; /* of each vertex */
	size_t *ends; /* pairs of vertices in neighbouring layers */
	size_t n_ends;
	size_t *order; /* vertices by layer, then place */
	size_t *start; /* layer i is order[start[i]..start[i + 1] - 1] */
	size_t n_layers;
	int64_t *want; /* of each vertex: where it is drawn to */
	struct arena arena;
};

void layout_clear(struct layout *l)
{
	mem_free(l->x);
	mem_free(l->y);
	mem_free(l->edges);
	*l = (struct layout){ 0 };
}

/* -- layers -- */

static int add_edge(struct sketch *s, size_t from, size_t to, struct error *err)
{
	struct layout *l = s->l;
	struct layout_edge *edges =
	    mem_grow(l->edges, l->n_edges, &l->edges_cap, sizeof(*edges));

	if (edges == NULL)
		return error_memory(err);
	l->edges = edges;
	edges[l->n_edges++] = (struct layout_edge){ from, to, 0, 0 };
	return 0;
}

static int find_edges(struct sketch *s, struct error *err)
{
	const struct affected *a = s->a;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < a->n_shown; i++) {
		const struct manifest_node *n = a->shown[i]->node;

		for (k = 0; rc == 0 && k < n->n_inputs; k++) {
			struct affected_node *in =
			    affected_find(a, n->inputs[k]);

			if (in != NULL && in->is_shown)
				rc = add_edge(s, in->place, i, err);
		}
	}
	return rc;
}

/* The longest way from a source. As many rounds as there are nodes are enough,
 * but where there is a circle: no manifest of ours has one. */
static int find_layers(struct sketch *s, struct error *err)
{
	const struct layout *l = s->l;
	size_t round, i;
	bool moved = true;

	for (round = 0; moved && round <= l->n_boxes; round++) {
		moved = false;
		for (i = 0; i < l->n_edges; i++) {
			const struct layout_edge *e = &l->edges[i];

			if (s->layer[e->to] > s->layer[e->from])
				continue;
			s->layer[e->to] = s->layer[e->from] + 1;
			moved = true;
		}
	}
	return moved ? error_set(err, ERROR_CORRUPT, "inputs go in a circle")
	             : 0;
}

/* What reads nothing stands just before its first reader. */
static void draw_sources(struct sketch *s)
{
	const struct layout *l = s->l;
	size_t i, k;

	for (i = 0; i < l->n_boxes; i++) {
		size_t first = SIZE_MAX;
		bool reads = false;

		for (k = 0; k < l->n_edges; k++) {
			const struct layout_edge *e = &l->edges[k];

			reads |= e->to == i;
			if (e->from == i && s->layer[e->to] < first)
				first = s->layer[e->to];
		}
		if (!reads && first != SIZE_MAX)
			s->layer[i] = first - 1;
	}
}

/* -- vertices -- */

static void add_ends(struct sketch *s, size_t from, size_t to)
{
	s->ends[2 * s->n_ends] = from;
	s->ends[2 * s->n_ends++ + 1] = to;
}

static int add_ways(struct sketch *s, struct error *err)
{
	struct layout *l = s->l;
	size_t i, k, most = 0;

	for (i = 0; i < l->n_edges; i++)
		most += s->layer[l->edges[i].to] - s->layer[l->edges[i].from];
	if (most + l->n_boxes > VERTICES)
		return error_set(err, ERROR_LIMIT, "too much to draw");
	s->ends = arena_array(&s->arena, most, 2 * sizeof(*s->ends));
	if (s->ends == NULL)
		return error_memory(err);
	for (i = 0; i < l->n_edges; i++) {
		struct layout_edge *e = &l->edges[i];
		size_t last = e->from;

		e->first = l->n;
		e->n = s->layer[e->to] - s->layer[e->from] - 1;
		for (k = 0; k < e->n; k++) {
			s->layer[l->n] = s->layer[e->from] + k + 1;
			add_ends(s, last, l->n);
			last = l->n++;
		}
		add_ends(s, last, e->to);
	}
	return 0;
}

/* By layer; within one, boxes in the order of their paths, then ways. */
static int fill_layers(struct sketch *s, struct error *err)
{
	const struct layout *l = s->l;
	size_t i, k = 0, layer;

	for (i = 0; i < l->n; i++)
		if (s->layer[i] >= s->n_layers)
			s->n_layers = s->layer[i] + 1;
	s->order = arena_array(&s->arena, l->n, sizeof(*s->order));
	s->start = arena_array(&s->arena, s->n_layers + 1, sizeof(*s->start));
	s->want = arena_array(&s->arena, l->n, sizeof(*s->want));
	if (s->order == NULL || s->start == NULL || s->want == NULL)
		return error_memory(err);
	for (layer = 0; layer < s->n_layers; layer++) {
		s->start[layer] = k;
		for (i = 0; i < l->n; i++)
			if (s->layer[i] == layer)
				s->order[k++] = i;
	}
	s->start[s->n_layers] = k;
	return 0;
}

/* -- places -- */

static int step(const struct sketch *s, size_t a, size_t b)
{
	int n = (int)s->l->n_boxes;
	bool boxes = (int)a < n && (int)b < n,
	     ways = (int)a >= n && (int)b >= n;

	return boxes ? BOX_STEP : ways ? WAY_STEP : (BOX_STEP + WAY_STEP) / 2;
}

/* Places a layer about the line y = 0, each vertex as near as it can be. */
static void stack(struct sketch *s, size_t layer)
{
	size_t i;
	int y = 0;

	for (i = s->start[layer]; i < s->start[layer + 1]; i++) {
		if (i > s->start[layer])
			y += step(s, s->order[i - 1], s->order[i]);
		s->l->y[s->order[i]] = y;
	}
	for (i = s->start[layer]; i < s->start[layer + 1]; i++)
		s->l->y[s->order[i]] -= y / 2;
}

/* The middle of the neighbours in the layer before (or behind); its own place
 * where it has none. */
static void find_wants(struct sketch *s, size_t layer, bool is_before)
{
	size_t i, k;

	for (i = s->start[layer]; i < s->start[layer + 1]; i++) {
		size_t v = s->order[i];
		int64_t sum = 0, n = 0;

		for (k = 0; k < s->n_ends; k++) {
			const size_t *e = &s->ends[2 * k];

			if (e[is_before ? 1 : 0] != v)
				continue;
			sum += s->l->y[e[is_before ? 0 : 1]];
			n++;
		}
		s->want[v] = n > 0 ? sum / n : s->l->y[v];
	}
}

/* Insertion: stable, and a layer is short. */
static void sort_layer(struct sketch *s, size_t layer)
{
	size_t i, k, first = s->start[layer];

	for (i = first + 1; i < s->start[layer + 1]; i++) {
		size_t v = s->order[i];

		for (k = i; k > first && s->want[s->order[k - 1]] > s->want[v];
		     k--)
			s->order[k] = s->order[k - 1];
		s->order[k] = v;
	}
}

/* Two ways to keep the distances, pushing down and pushing up; what lies in
 * the middle of both keeps them too. */
static void pull_layer(struct sketch *s, size_t layer)
{
	size_t i, first = s->start[layer], end = s->start[layer + 1];
	int *y = s->l->y, last = 0;

	for (i = first; i < end; i++) {
		size_t v = s->order[i];

		y[v] = (int)s->want[v];
		if (i > first && y[v] < last + step(s, s->order[i - 1], v))
			y[v] = last + step(s, s->order[i - 1], v);
		last = y[v];
	}
	for (i = end; i-- > first;) {
		size_t v = s->order[i];
		int up = (int)s->want[v];

		if (i + 1 < end && up > last - step(s, v, s->order[i + 1]))
			up = last - step(s, v, s->order[i + 1]);
		y[v] = (y[v] + up) / 2;
		last = up;
	}
}

static void sweep(struct sketch *s, void (*move)(struct sketch *, size_t))
{
	size_t round, i;

	for (round = 0; round < SWEEPS; round++) {
		bool is_before = round % 2 == 0;

		for (i = 0; i < s->n_layers; i++) {
			size_t layer = is_before ? i : s->n_layers - 1 - i;

			find_wants(s, layer, is_before);
			move(s, layer);
		}
	}
}

static void sort_and_stack(struct sketch *s, size_t layer)
{
	sort_layer(s, layer);
	stack(s, layer);
}

static void set_points(struct sketch *s)
{
	struct layout *l = s->l;
	int top = l->y[0], bottom = l->y[0];
	size_t i;

	for (i = 0; i < l->n; i++) {
		top = l->y[i] < top ? l->y[i] : top;
		bottom = l->y[i] > bottom ? l->y[i] : bottom;
	}
	for (i = 0; i < l->n; i++) {
		l->x[i] = MARGIN + (int)s->layer[i] * (BOX_WIDTH + GAP_X);
		l->y[i] += MARGIN + BOX_HEIGHT / 2 - top;
	}
	l->width = 2 * MARGIN + (int)s->n_layers * (BOX_WIDTH + GAP_X) - GAP_X;
	l->height = bottom - top + BOX_HEIGHT + 2 * MARGIN;
}

static int make(struct sketch *s, struct error *err)
{
	struct layout *l = s->l;
	size_t i;
	int rc = find_edges(s, err);

	if (rc || (rc = find_layers(s, err)))
		return rc;
	draw_sources(s);
	if ((rc = add_ways(s, err)) || (rc = fill_layers(s, err)))
		return rc;
	for (i = 0; i < s->n_layers; i++)
		stack(s, i);
	sweep(s, sort_and_stack);
	sweep(s, pull_layer);
	set_points(s);
	return l->n > 0 ? 0 : ERROR_LIMIT;
}

int layout_make(const struct affected *a, struct layout *out, struct error *err)
{
	struct sketch s = { .a = a, .l = out };
	int rc;

	*out = (struct layout){ .n = a->n_shown, .n_boxes = a->n_shown };
	out->x = mem_array(VERTICES, sizeof(*out->x));
	out->y = mem_array(VERTICES, sizeof(*out->y));
	s.layer = arena_array(&s.arena, VERTICES, sizeof(*s.layer));
	rc = out->x == NULL || out->y == NULL || s.layer == NULL
	    ? error_memory(err)
	    : a->n_shown > AFFECTED_PICTURE || a->n_shown == 0
	    ? error_set(err, ERROR_LIMIT, "too much to draw")
	    : make(&s, err);
	arena_clear(&s.arena);
	if (rc)
		layout_clear(out);
	return rc;
}
