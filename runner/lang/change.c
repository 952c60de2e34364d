/* change: see change.h. Which nodes; why_find() (change_why.c) says why. */
#include "runner/lang/change.h"

#include <string.h>

#include "runner/lang/change_why.h"
#include "runner/lang/index.h"

/* Digests as keys of a map: their 64 digits, in the arena. */
static const char *recipe_key(struct arena *a, const struct node *n)
{
	char *key = arena_alloc(a, DIGEST_HEX + 1);

	if (key != NULL)
		digest_print(&n->recipe, key);
	return key;
}

/* What is looked up while comparing. */
struct compare {
	struct changes *c;
	struct map recipes; /* of base's nodes: to the last such node */
	struct map free; /* of removed nodes: to a list of them */
	struct node_change **why; /* of head's nodes, NULL: not affected */
};

/* A removed node that a moved one may come from. */
struct candidate {
	size_t node;
	struct candidate *next;
};

static int index_base(struct compare *m, struct error *err)
{
	const struct pipeline *base = m->c->base;
	size_t i;
	int rc;

	for (i = 0; base != NULL && i < base->n; i++) {
		const char *key = recipe_key(&m->c->arena, &base->nodes[i]);

		if (key == NULL)
			return error_memory(err);
		if ((rc = map_set(&m->recipes, key, &base->nodes[i], err)))
			return rc;
	}
	return 0;
}

/* Base's nodes whose path head has no more, the last first, so that the list
 * of each recipe is in the order of paths. */
static int index_removed(struct compare *m, struct error *err)
{
	const struct pipeline *base = m->c->base;
	struct candidate *one;
	const char *key;
	size_t i;
	int rc;

	for (i = base ? base->n : 0; i-- > 0;) {
		if (pipeline_find(m->c->head, base->nodes[i].path) != NULL)
			continue;
		key = recipe_key(&m->c->arena, &base->nodes[i]);
		one = arena_alloc(&m->c->arena, sizeof(*one));
		if (key == NULL || one == NULL)
			return error_memory(err);
		one->node = i;
		one->next = map_get(&m->free, key);
		if ((rc = map_set(&m->free, key, one, err)))
			return rc;
	}
	return 0;
}

/* Takes the first removed node of the same recipe; false: there is none. */
static bool take_moved(struct compare *m, size_t to, const char *key)
{
	struct candidate *from = map_get(&m->free, key);

	if (from == NULL)
		return false;
	m->c->moved[m->c->n_moved].from = from->node;
	m->c->moved[m->c->n_moved++].to = to;
	/* Replacing a value that is there needs no memory. */
	map_set(&m->free, key, from->next, NULL);
	return true;
}

/* Sorts head's node i into the lists. */
static int sort_node(struct compare *m, size_t i, struct error *err)
{
	struct changes *c = m->c;
	const struct node *n = &c->head->nodes[i];
	const struct node *before =
	    c->base ? pipeline_find(c->base, n->path) : NULL;
	const char *key = recipe_key(&c->arena, n);
	struct node_change own = { .node = i };

	if (key == NULL)
		return error_memory(err);
	if (before != NULL && digest_eq(&before->recipe, &n->recipe))
		return 0;
	if (before == NULL && take_moved(m, i, key))
		return 0;
	why_find(c, before, &own);
	if (before == NULL)
		c->added[c->n_added++] = i;
	else if (own.cause != CAUSE_INPUT)
		c->changed[c->n_changed++] = i;
	if (map_has(&m->recipes, key))
		return 0;
	m->why[i] = &c->affected[c->n_affected];
	c->affected[c->n_affected++] = own;
	return 0;
}

/* A node that is affected through an input alone has the place behind the
 * input's change. Inputs come first in the order. */
static void hand_down_places(struct compare *m)
{
	const struct pipeline *head = m->c->head;
	size_t i;

	for (i = 0; i < head->n; i++) {
		struct node_change *mine = m->why[head->order[i]];
		const struct node *input;

		if (mine == NULL || mine->cause != CAUSE_INPUT)
			continue;
		input = pipeline_find(head, mine->input);
		if (input == NULL || m->why[input - head->nodes] == NULL)
			continue;
		if (m->why[input - head->nodes]->at.path != NULL)
			mine->at = m->why[input - head->nodes]->at;
	}
}

/* Base's nodes that are neither in head nor moved there. */
static int find_removed(struct compare *m, struct error *err)
{
	struct changes *c = m->c;
	bool *moved = arena_array(&c->arena, c->base->n + 1, sizeof(*moved));
	size_t i;

	if (moved == NULL)
		return error_memory(err);
	for (i = 0; i < c->n_moved; i++)
		moved[c->moved[i].from] = true;
	for (i = 0; i < c->base->n; i++)
		if (!moved[i] &&
		    pipeline_find(c->head, c->base->nodes[i].path) == NULL)
			c->removed[c->n_removed++] = i;
	return 0;
}

static int make_room(struct compare *m, struct error *err)
{
	struct changes *c = m->c;
	struct arena *a = &c->arena;
	size_t n = c->head->n + 1;

	c->changed = arena_array(a, n, sizeof(*c->changed));
	c->added = arena_array(a, n, sizeof(*c->added));
	c->moved = arena_array(a, n, sizeof(*c->moved));
	c->affected = arena_array(a, n, sizeof(*c->affected));
	c->removed =
	    arena_array(a, (c->base ? c->base->n : 0) + 1, sizeof(*c->removed));
	m->why = arena_array(a, n, sizeof(struct node_change *));
	return c->changed && c->added && c->moved && c->affected &&
	        c->removed && m->why
	    ? 0
	    : error_memory(err);
}

static int compare(struct compare *m, struct error *err)
{
	size_t i;
	int rc;

	if ((rc = make_room(m, err)) || (rc = index_base(m, err)) ||
	    (rc = index_removed(m, err)))
		return rc;
	for (i = 0; i < m->c->head->n; i++)
		if ((rc = sort_node(m, i, err)))
			return rc;
	hand_down_places(m);
	return m->c->base ? find_removed(m, err) : 0;
}

int changes_make(const struct pipeline *base, const struct pipeline *head,
    struct changes *out, struct error *err)
{
	struct compare m = { .c = out };
	int rc;

	*out = (struct changes){ .base = base, .head = head, .n = head->n };
	rc = compare(&m, err);
	map_clear(&m.recipes);
	map_clear(&m.free);
	if (rc)
		changes_clear(out);
	return rc;
}

void changes_clear(struct changes *c)
{
	arena_clear(&c->arena);
	*c = (struct changes){ 0 };
}

const char *changes_path(const struct changes *c, size_t node)
{
	return c->index ? index_path(c->index, node)
	                : c->head->nodes[node].path;
}

bool changes_is_added(const struct changes *c, size_t node)
{
	return c->index == NULL &&
	    (c->base == NULL ||
	        pipeline_find(c->base, c->head->nodes[node].path) == NULL);
}

const char *change_cause_name(enum change_cause cause)
{
	switch (cause) {
	case CAUSE_CODE:
		return "code";
	case CAUSE_ACTION:
		return "action";
	case CAUSE_PARAM:
		return "param";
	case CAUSE_FILE:
		return "file";
	case CAUSE_INPUT:
		return "input";
	case CAUSE_SOURCE:
		return "source";
	case CAUSE_MOUNT:
		return "mount";
	case CAUSE_NONE:
		break;
	}
	return "none";
}
