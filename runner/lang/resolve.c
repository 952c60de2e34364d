/*
 * resolve: each node that is seen, and each hidden one that something reads
 * through super, made from its directives; then numbered by path.
 */
#include <stdlib.h>
#include <string.h>

#include "runner/lang/datatest.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/load.h"
#include "runner/lang/node.h"
#include "runner/lang/param.h"
#include "runner/lang/ties.h"

int resolve_want(struct load *l, struct entry *e)
{
	struct making *more;

	if (e->is_made)
		return 0;
	more = mem_grow(l->making, l->n_making, &l->cap_making, sizeof(*more));
	if (more == NULL)
		return error_memory(l->err);
	l->making = more;
	e->is_made = true;
	e->node = l->n_making;
	more[l->n_making++] = (struct making){ .entry = e };
	return 0;
}

static int make_node(struct load *l, struct entry *e, struct flat *flat)
{
	struct pipeline *p = l->p;
	struct node *nodes =
	    mem_grow(p->nodes, p->n, &l->cap_nodes, sizeof(*nodes));
	struct node_build b = { .l = l, .flat = flat };
	int rc;

	if (nodes == NULL)
		return error_memory(l->err);
	p->nodes = nodes;
	b.node = &nodes[p->n++];
	*b.node = (struct node){ 0 };
	arena_reset(&l->scratch);
	l->slot = e->slot;
	rc = flatten(l, e, flat);
	if (rc == 0)
		rc = param_reach(l, flat);
	if (rc == 0)
		rc = node_make(&b);
	l->slot = NULL;
	l->frame = NULL;
	return rc;
}

/* The array of nodes is the largest of a load: made as large as it must be. */
static int reserve(struct load *l)
{
	l->cap_nodes = l->n_making;
	l->p->nodes = mem_array(l->n_making, sizeof(*l->p->nodes));
	return l->p->nodes ? 0 : error_memory(l->err);
}

static int make_nodes(struct load *l)
{
	struct flat flat = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n_heads; i++)
		if (l->heads[i]->file->role != ROLE_ACTION &&
		    !l->heads[i]->slot->is_abstract)
			rc = resolve_want(l, l->heads[i]);
	if (rc == 0)
		rc = reserve(l);
	/* grows while it is read: a node may read the one that it hides, and
	 * that what it hides */
	for (i = 0; rc == 0 && i < l->n_making; i++)
		rc = make_node(l, l->making[i].entry, &flat);
	flat_clear(&flat);
	return rc;
}

/* A node's path, and its place before they are sorted. */
struct placed {
	const char *path;
	size_t at;
};

static int by_path(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Moves each node to the place that to says, round each circle of moves. */
static void move_nodes(struct node *nodes, const size_t *to, bool *is_moved,
    size_t n)
{
	struct node held, swap;
	size_t i, at;

	for (i = 0; i < n; i++) {
		if (is_moved[i])
			continue;
		held = nodes[i];
		at = i;
		do {
			is_moved[at] = true;
			at = to[at];
			swap = nodes[at];
			nodes[at] = held;
			held = swap;
		} while (at != i);
	}
}

/* Sorts the nodes by path; to is where each has gone. */
static int sort_nodes(struct load *l, size_t *to)
{
	CLEANUP(mem_freep) struct placed *sorted = NULL;
	CLEANUP(mem_freep) bool *is_moved = NULL;
	struct pipeline *p = l->p;
	bool is_sorted = true;
	size_t i;

	sorted = mem_array(p->n, sizeof(*sorted));
	is_moved = mem_array(p->n, sizeof(*is_moved));
	if (sorted == NULL || is_moved == NULL)
		return error_memory(l->err);
	for (i = 0; i < p->n; i++) {
		sorted[i] = (struct placed){ p->nodes[i].path, i };
		is_sorted &= i == 0 || by_path(&sorted[i - 1], &sorted[i]) < 0;
	}
	/* as where no directory is in another */
	if (!is_sorted)
		qsort(sorted, p->n, sizeof(*sorted), by_path);
	for (i = 0; i < p->n; i++)
		to[sorted[i].at] = i;
	move_nodes(p->nodes, to, is_moved, p->n);
	return 0;
}

static int link_nodes(struct load *l, const size_t *to)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < l->n_making; i++) {
		struct making *m = &l->making[i];

		for (k = 0; k < m->n_links; k++) {
			m->links[k] = to[m->links[k]];
			l->p->nodes[m->links[k]].n_readers++;
		}
		datatest_link(l->p, m, to);
	}
	for (i = 0; rc == 0 && i < l->n_making; i++)
		rc = cases_link(l, &l->making[i], to);
	return rc;
}

int resolve_build(struct load *l)
{
	CLEANUP(mem_freep) size_t *to = NULL;
	int rc = make_nodes(l);

	if (rc == 0)
		rc = param_check(l);
	if (rc)
		return rc;
	map_clear(&l->entries); /* and nobody asks for one any more */
	to = mem_array(l->p->n, sizeof(*to));
	if (to == NULL)
		return error_memory(l->err);
	rc = sort_nodes(l, to);
	if (rc == 0)
		rc = link_nodes(l, to);
	if (rc == 0)
		rc = contract_check(l, to);
	if (rc == 0)
		ties_check(l, to);
	return rc;
}
