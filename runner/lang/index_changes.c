/* index_changes: what an edit comes to, told or taken over; see index.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/lang/index_edit.h"

static int by_node(const void *a, const void *b)
{
	const struct node_edit *const *x = a, *const *y = b;

	return ((*x)->node > (*y)->node) - ((*x)->node < (*y)->node);
}

/* The nodes whose recipe is another one, by path. */
static int sort_edits(const struct index_edit *e, struct arena *a,
    const struct node_edit ***out, size_t *n, struct error *err)
{
	size_t i;

	*n = 0;
	*out = arena_array(a, e->n_nodes, sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	for (i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].cause != CAUSE_NONE)
			(*out)[(*n)++] = &e->nodes[i];
	if (*n > 1)
		qsort(*out, *n, sizeof(**out), by_node);
	return 0;
}

/* A node that is affected through an input alone has the place behind the
 * input's change, where that is affected itself. False: it has none. */
static bool find_place(const struct index_edit *e, const struct node_edit *n,
    struct place *at)
{
	while (n->cause == CAUSE_INPUT) {
		n = &e->nodes[e->of_node[n->input] - 1];
		/* by then the place is that of the directive, which is not
		 * known here */
		if (index_has_recipe(e->x, &n->recipe))
			return false;
	}
	*at = n->at;
	return true;
}

static int add_change(const struct index_edit *e, const struct node_edit *n,
    bool all, bool *known, struct changes *out)
{
	struct node_change change = { .node = n->node, .cause = n->cause };

	if (n->cause == CAUSE_INPUT)
		change.input = index_path(e->x, n->input);
	else
		out->changed[out->n_changed++] = n->node;
	if (index_has_recipe(e->x, &n->recipe))
		return 0;
	if (!find_place(e, n, &change.at))
		*known = !all;
	if (change.at.path != NULL) {
		change.at.path = arena_strdup(&out->arena, change.at.path);
		if (change.at.path == NULL)
			return ERROR_MEMORY;
	}
	out->affected[out->n_affected++] = change;
	return 0;
}

static int tell(const struct index_edit *e, bool all, bool *known,
    struct changes *out, struct error *err)
{
	const struct node_edit **sorted;
	size_t i, n;
	int rc = sort_edits(e, &out->arena, &sorted, &n, err);

	if (rc)
		return rc;
	out->changed = arena_array(&out->arena, n, sizeof(*out->changed));
	out->affected = arena_array(&out->arena, n, sizeof(*out->affected));
	if (out->changed == NULL || out->affected == NULL)
		return error_memory(err);
	*known = !all || !e->warnings_differ;
	for (i = 0; i < n && *known; i++)
		if (add_change(e, sorted[i], all, known, out))
			return error_memory(err);
	return 0;
}

int index_changes(struct index *x, struct source *from, struct source *to,
    bool all, bool *known, struct changes *out, struct error *err)
{
	struct index_edit e;
	int rc = index_edit_make(x, from, to, &e, known, err);

	*out = (struct changes){ .index = x, .n = x->head->n };
	if (rc == 0 && *known)
		rc = tell(&e, all, known, out, err);
	if (rc || !*known)
		changes_clear(out);
	index_edit_clear(&e);
	return rc;
}

/* --- taken over --- */

static void take_files(struct index *x, const struct index_edit *e)
{
	uint32_t i;

	for (i = 0; i < x->head->n_helpers; i++) {
		uint32_t edit = e->of_file[x->helpers[i].file];

		if (edit != 0)
			memcpy(x->helpers[i].blob, e->files[edit - 1].blob,
			    sizeof(x->helpers[i].blob));
	}
}

static void take_nodes(struct index *x, const struct index_edit *e)
{
	size_t i;

	for (i = 0; i < e->n_nodes; i++) {
		const struct node_edit *n = &e->nodes[i];

		x->texts[n->node] = n->text;
		if (n->cause == CAUSE_NONE)
			continue;
		x->recipes[n->node] = n->recipe;
	}
	for (i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].cause != CAUSE_NONE)
			index_add_recipe(x, e->nodes[i].node);
}

int index_move(struct index *x, struct source *from, struct source *to,
    bool *known, struct error *err)
{
	struct index_head *h = x->head;
	struct index_edit e;
	int rc = index_edit_make(x, from, to, &e, known, err);

	if (rc == 0 && *known) {
		take_files(x, &e);
		take_nodes(x, &e);
		if (e.warnings_differ)
			h->flags |= INDEX_WARNINGS_GONE;
		snprintf(h->commit, sizeof(h->commit), "%s", source_commit(to));
		snprintf(h->tree, sizeof(h->tree), "%s", source_tree(to));
		if (!(h->flags & INDEX_USES_DATE))
			snprintf(h->date, sizeof(h->date), "%s",
			    source_date(to));
	}
	index_edit_clear(&e);
	return rc;
}
