/*
 * resolve: each node that is seen, and each hidden one that something reads
 * through super, made from its directives; then numbered by path.
 */
#include <stdlib.h>
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/load.h"
#include "runner/lang/node.h"
#include "runner/lang/param.h"

static int add_node(struct load *l, struct entry *e, struct flat *flat)
{
	struct pending *p =
	    mem_grow(l->pending, l->n_pending, &l->cap_pending, sizeof(*p));
	struct node_build b = { .l = l, .flat = flat };
	int rc;

	if (p == NULL)
		return error_memory(l->err);
	l->pending = p;
	p += l->n_pending;
	*p = (struct pending){ .entry = e };
	b.node = &p->node;
	l->slot = e->slot;
	rc = flatten(l, e, flat);
	if (rc == 0)
		rc = param_reach(l, flat);
	if (rc == 0)
		rc = node_make(&b);
	p->inputs = b.inputs;
	p->n_inputs = b.n_inputs;
	l->n_pending++;
	l->slot = NULL;
	l->frame = NULL;
	return rc;
}

static int add_nodes(struct load *l)
{
	struct flat flat = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n_heads; i++) {
		struct entry *e = l->heads[i];

		if (e->file->role != ROLE_ACTION && !e->slot->is_abstract)
			rc = add_node(l, e, &flat);
	}
	/* grows while it is read: what is hidden may read what it hides */
	for (i = 0; rc == 0 && i < l->n_wanted; i++)
		rc = add_node(l, l->wanted[i], &flat);
	flat_clear(&flat);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct pending *x = *(struct pending *const *)a;
	const struct pending *y = *(struct pending *const *)b;

	return strcmp(x->node.path, y->node.path);
}

static int number(struct load *l)
{
	CLEANUP(mem_freep) struct pending **sorted = NULL;
	struct pipeline *p = l->p;
	size_t i;
	int rc = 0;

	sorted = mem_array(l->n_pending, sizeof(struct pending *));
	p->nodes = arena_array(l->a, l->n_pending, sizeof(*p->nodes));
	if (sorted == NULL || p->nodes == NULL)
		return error_memory(l->err);
	for (i = 0; i < l->n_pending; i++)
		sorted[i] = &l->pending[i];
	if (l->n_pending > 1)
		qsort(sorted, l->n_pending, sizeof(struct pending *), by_path);
	for (i = 0; rc == 0 && i < l->n_pending; i++) {
		p->nodes[i] = sorted[i]->node;
		sorted[i]->entry->node = i;
		rc = map_set(&p->by_path, p->nodes[i].path, &p->nodes[i],
		    l->err);
	}
	p->n = l->n_pending;
	return rc;
}

static int link_inputs(struct load *l, const struct pending *x)
{
	struct node *node = &l->p->nodes[x->entry->node];
	struct input *inputs = arena_array(l->a, x->n_inputs, sizeof(*inputs));
	size_t i, k, n = 0;

	if (inputs == NULL)
		return error_memory(l->err);
	for (i = 0; i < x->n_inputs; i++) {
		const struct raw_input *raw = &x->inputs[i];
		size_t *nodes =
		    arena_array(l->a, raw->in.n_nodes, sizeof(*nodes));

		if (nodes == NULL)
			return error_memory(l->err);
		if (raw->in.n_nodes == 0)
			continue; /* an error was told */
		for (k = 0; k < raw->in.n_nodes; k++) {
			nodes[k] = raw->targets[k]->node;
			l->p->nodes[nodes[k]].n_readers++;
		}
		inputs[n] = raw->in;
		inputs[n++].nodes = nodes;
	}
	node->inputs = inputs;
	node->n_inputs = n;
	return 0;
}

int resolve_build(struct load *l)
{
	size_t i;
	int rc = add_nodes(l);

	if (rc == 0)
		rc = param_check(l);
	if (rc == 0)
		rc = number(l);
	for (i = 0; rc == 0 && i < l->n_pending; i++)
		rc = link_inputs(l, &l->pending[i]);
	return rc;
}
