/* affected: see affected.h. */
#include "reports/affected.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"

void affected_clear(struct affected *a)
{
	mem_free(a->nodes);
	mem_free(a->shown);
	*a = (struct affected){ 0 };
}

static int compare_node(const void *path, const void *node)
{
	const struct affected_node *n = node;

	return strcmp(path, n->node->path);
}

struct affected_node *affected_find(const struct affected *a, const char *path)
{
	struct affected_node *found = bsearch(path, a->nodes, a->n_after,
	    sizeof(*a->nodes), compare_node);

	if (found == NULL && a->n > a->n_after)
		found = bsearch(path, a->nodes + a->n_after, a->n - a->n_after,
		    sizeof(*a->nodes), compare_node);
	return found;
}

const char *affected_name(enum affected_mark mark)
{
	static const char *const names[] = { "not touched",
		"same table as before", "changed", "new", "gone", "waits",
		"blocked", "failed" };

	return names[mark];
}

/* -- what is touched -- */

static enum affected_mark judge(const struct report *r,
    const struct manifest_node *n)
{
	const struct manifest_node *was;

	if (n->state == NODE_FAILED)
		return MARK_FAILED;
	if (n->state == NODE_BLOCKED)
		return MARK_BLOCKED;
	if (n->state == NODE_WAITING)
		return MARK_WAITING;
	if (r->before == NULL)
		return MARK_NEW;
	was = manifest_find(r->before, n->path);
	if (was == NULL)
		return MARK_NEW;
	if (!digest_eq(&was->table, &n->table))
		return MARK_CHANGED;
	return digest_eq(&was->key, &n->key) ? MARK_OTHER : MARK_SAME;
}

static void add_gone(struct affected *a)
{
	const struct manifest *before = a->r->before;
	size_t i;

	for (i = 0; before != NULL && i < before->n; i++)
		if (a->r->after->n_targets == 0 &&
		    manifest_find(a->r->after, before->nodes[i].path) == NULL)
			a->nodes[a->n++] =
			    (struct affected_node){ .node = &before->nodes[i],
				    .mark = MARK_GONE };
}

static void link_tables(struct affected *a)
{
	size_t i;

	for (i = 0; i < a->r->n_tables; i++) {
		struct affected_node *n =
		    affected_find(a, a->r->tables[i].node->path);

		if (n != NULL)
			n->table = &a->r->tables[i];
	}
}

/* -- what is shown -- */

static bool is_touched(enum affected_mark mark)
{
	return mark != MARK_OTHER;
}

/* What differs by itself, and not only waits or was computed again. */
static bool is_changed(enum affected_mark mark)
{
	return mark == MARK_CHANGED || mark == MARK_NEW || mark == MARK_GONE ||
	    mark == MARK_FAILED;
}

static size_t count_shown(const struct affected *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++)
		n += a->nodes[i].is_shown;
	return n;
}

/* Shows the nodes of these marks, and what stands beside them. */
static void show_around(struct affected *a, bool (*fits)(enum affected_mark))
{
	size_t i, k;

	for (i = 0; i < a->n; i++)
		a->nodes[i].is_shown = fits(a->nodes[i].mark);
	for (i = 0; i < a->n; i++) {
		struct affected_node *at = &a->nodes[i];

		for (k = 0; k < at->node->n_inputs; k++) {
			struct affected_node *in =
			    affected_find(a, at->node->inputs[k]);

			if (in == NULL)
				continue;
			in->is_shown |= fits(at->mark);
			at->is_shown |= fits(in->mark);
		}
	}
}

static void show(struct affected *a)
{
	size_t i;

	show_around(a, is_touched);
	if (count_shown(a) > AFFECTED_PICTURE)
		show_around(a, is_changed);
	if (count_shown(a) > AFFECTED_PICTURE)
		for (i = 0; i < a->n; i++)
			a->nodes[i].is_shown = is_touched(a->nodes[i].mark);
	for (i = 0; i < a->n; i++) {
		if (!a->nodes[i].is_shown)
			continue;
		a->nodes[i].place = a->n_shown;
		a->shown[a->n_shown++] = &a->nodes[i];
	}
}

int affected_make(const struct report *r, struct affected *out,
    struct error *err)
{
	size_t i, most = r->after->n + (r->before ? r->before->n : 0);

	*out = (struct affected){ .r = r };
	out->nodes = mem_array(most, sizeof(*out->nodes));
	out->shown = mem_array(most, sizeof(*out->shown));
	if (out->nodes == NULL || out->shown == NULL) {
		affected_clear(out);
		return error_memory(err);
	}
	for (i = 0; i < r->after->n; i++)
		out->nodes[i] =
		    (struct affected_node){ .node = &r->after->nodes[i],
			    .mark = judge(r, &r->after->nodes[i]) };
	out->n = out->n_after = r->after->n;
	add_gone(out);
	link_tables(out);
	for (i = 0; i < out->n; i++)
		out->n_touched += is_touched(out->nodes[i].mark);
	show(out);
	return 0;
}
