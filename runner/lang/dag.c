/*
 * dag: an order in which inputs come before their readers (Kahn), and the
 * cycles that are in the way of one.
 */
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"

enum {
	CYCLES_TOLD = 10,
	CYCLE_SHOWN = 30
};

struct dag {
	struct load *l;
	uint32_t *n_waiting; /* inputs not ordered yet, a place a node */
	uint32_t *start; /* of its readers in readers; n + 1 places */
	uint32_t *readers;
	/* where there are cycles */
	size_t *seen; /* number of the walk that came by, 0: none */
	size_t *stack;
};

static int count(struct dag *g)
{
	const struct pipeline *p = g->l->p;
	size_t i, k, m, total = 0;
	uint32_t *fill;

	for (i = 0; i < p->n; i++)
		for (k = 0; k < p->nodes[i].n_inputs; k++)
			for (m = 0; m < p->nodes[i].inputs[k].n_nodes; m++) {
				g->start[p->nodes[i].inputs[k].nodes[m] + 1]++;
				g->n_waiting[i]++;
				total++;
			}
	for (i = 0; i < p->n; i++)
		g->start[i + 1] += g->start[i];
	g->readers = mem_array(total, sizeof(*g->readers));
	fill = mem_array(p->n, sizeof(*fill));
	if (g->readers == NULL || fill == NULL) {
		mem_free(fill);
		return error_memory(g->l->err);
	}
	for (i = 0; i < p->n; i++)
		for (k = 0; k < p->nodes[i].n_inputs; k++)
			for (m = 0; m < p->nodes[i].inputs[k].n_nodes; m++) {
				size_t from = p->nodes[i].inputs[k].nodes[m];

				g->readers[g->start[from] + fill[from]++] =
				    (uint32_t)i;
			}
	mem_free(fill);
	return 0;
}

static size_t order(struct dag *g)
{
	struct pipeline *p = g->l->p;
	size_t i, k, n = 0;

	for (i = 0; i < p->n; i++)
		if (g->n_waiting[i] == 0)
			p->order[n++] = i;
	for (i = 0; i < n; i++) {
		size_t node = p->order[i];

		for (k = g->start[node]; k < g->start[node + 1]; k++)
			if (--g->n_waiting[g->readers[k]] == 0)
				p->order[n++] = g->readers[k];
	}
	return n;
}

/* An input of node that is not ordered either; there is one. */
static size_t next_in_cycle(const struct dag *g, size_t node,
    const struct input **via)
{
	const struct node *n = &g->l->p->nodes[node];
	size_t k, m;

	for (k = 0; k < n->n_inputs; k++)
		for (m = 0; m < n->inputs[k].n_nodes; m++)
			if (g->n_waiting[n->inputs[k].nodes[m]] > 0) {
				*via = &n->inputs[k];
				return n->inputs[k].nodes[m];
			}
	*via = NULL;
	return node;
}

/* stack[from..n) is a circle; told from its first node by path. */
static void tell_cycle(struct dag *g, size_t from, size_t n)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct pipeline *p = g->l->p;
	const struct input *via;
	size_t i, first = from, len = n - from;

	if (len == 0)
		return;
	for (i = from; i < n; i++)
		if (g->stack[i] < g->stack[first])
			first = i;
	buf_add_str(&b, "nodes read each other in a circle: ");
	for (i = 0; i <= len; i++) {
		size_t at = from + (first - from + i) % len;

		if (len > CYCLE_SHOWN && i == CYCLE_SHOWN / 2) {
			buf_printf(&b, "... (%zu more) -> ", len - CYCLE_SHOWN);
			i = len - CYCLE_SHOWN / 2 - 1;
			continue;
		}
		buf_printf(&b, "%s%s", p->nodes[g->stack[at]].path,
		    i < len ? " -> " : "");
	}
	next_in_cycle(g, g->stack[first], &via);
	diagnose_buf(g->l, via ? via->at : (struct place){ 0 }, &b);
}

static int find_cycles(struct dag *g)
{
	const struct pipeline *p = g->l->p;
	size_t i, k, told = 0;

	g->seen = mem_array(p->n, sizeof(*g->seen));
	g->stack = mem_array(p->n, sizeof(*g->stack));
	if (g->seen == NULL || g->stack == NULL)
		return error_memory(g->l->err);
	for (i = 0; i < p->n && told < CYCLES_TOLD; i++) {
		const struct input *via;
		size_t node = i, n = 0;

		if (g->n_waiting[i] == 0 || g->seen[i] != 0)
			continue;
		while (g->seen[node] == 0) {
			g->seen[node] = i + 1;
			g->stack[n++] = node;
			node = next_in_cycle(g, node, &via);
		}
		if (g->seen[node] != i + 1)
			continue; /* leads into one that was told */
		for (k = 0; g->stack[k] != node; k++)
			;
		tell_cycle(g, k, n);
		told++;
	}
	return 0;
}

/* Nodes that wait for a cycle come last, so that order names all. */
static void add_rest(struct dag *g, size_t n)
{
	struct pipeline *p = g->l->p;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (g->n_waiting[i] > 0)
			p->order[n++] = i;
}

int dag_build(struct load *l)
{
	struct pipeline *p = l->p;
	struct dag g = { .l = l };
	size_t n;
	int rc;

	p->order = arena_array(l->a, p->n, sizeof(*p->order));
	g.n_waiting = mem_array(p->n, sizeof(*g.n_waiting));
	g.start = mem_array(p->n + 1, sizeof(*g.start));
	if (!p->order || !g.n_waiting || !g.start)
		rc = error_memory(l->err);
	else
		rc = count(&g);
	if (rc == 0) {
		n = order(&g);
		if (n < p->n) {
			l->has_cycle = true;
			rc = find_cycles(&g);
			add_rest(&g, n);
		}
	}
	mem_free(g.n_waiting);
	mem_free(g.start);
	mem_free(g.readers);
	mem_free(g.seen);
	mem_free(g.stack);
	return rc;
}
