/* helpers: @file; see node.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/node.h"
#include "runner/lang/path.h"

/* The file at rest below one slot; directories on the way need not be part of
 * the VFS (a module's _private/, say). */
static int find_in_slot(struct load *l, const struct slot *s, const char *rest,
    const struct source_entry **out, const char **path)
{
	struct listing *list;
	const char *full = path_join(l->a, s->listing->dir, rest), *dir;
	int rc;

	*out = NULL;
	dir = full ? path_dir(l->a, full) : NULL;
	if (dir == NULL)
		return error_memory(l->err);
	rc = listing_get(l, dir, &list);
	if (rc == 0 && list != NULL)
		*out = listing_find(list, path_name(full));
	*path = full;
	return rc;
}

static bool is_inner(const struct layer *y, const struct layer *outer)
{
	while (y->depth > outer->depth)
		y = y->outer;
	return y == outer;
}

/* The file of a path of the VFS: the outermost layer's. */
static int find_file(struct node_build *b, const char *path, struct place at,
    const char **out, const char **blob)
{
	struct load *l = b->l;
	const char *dir = path_dir(l->a, path), *rest = path, *found;
	const struct source_entry *e;
	const struct vfs_dir *d = NULL;
	const struct slot *s, *best = NULL;
	const char *kind = NULL;
	int rc = 0;

	*out = NULL;
	while (dir != NULL && (d = map_get(&l->dirs, dir)) == NULL)
		dir = path_dir(l->a, dir);
	if (d == NULL)
		return error_memory(l->err);
	path_is_below(path, dir, &rest);
	for (s = d->slots; rc == 0 && s != NULL; s = s->next) {
		rc = find_in_slot(l, s, rest, &e, &found);
		if (rc || e == NULL)
			continue;
		if (e->kind != ENTRY_FILE) {
			kind = e->kind == ENTRY_DIR ? "a directory"
			    : e->kind == ENTRY_LINK ? "a symbolic link"
			                            : "a submodule";
			continue;
		}
		if (best != NULL && is_inner(s->layer, best->layer))
			continue;
		*blob = arena_strdup(l->a, e->id);
		if (*blob == NULL)
			return error_memory(l->err);
		if (best != NULL)
			diagnose(l, at,
			    "two mounts bring %s: %s and %s; a file of the "
			    "directory itself would decide",
			    path, *out, found);
		best = s;
		*out = found;
	}
	if (rc == 0 && best == NULL && kind != NULL)
		diagnose(l, at, "%s is %s; @file is for files", path, kind);
	else if (rc == 0 && best == NULL)
		diagnose(l, at, "there is no file %s", path);
	return rc;
}

int node_find_file(struct node_build *b, const struct flat_item *item,
    const char *text, struct place at, struct path *path, struct helper *out)
{
	const char *why;
	int rc = path_read(b->l, b->l->a, item->frame->entry->slot, text, path,
	    &why);

	*out = (struct helper){ 0 };
	if (rc)
		return rc;
	if (why == NULL)
		return find_file(b, path->path, at, &out->path, &out->blob);
	diagnose(b->l, at, "%s", why);
	return 0;
}

int node_read_file(struct node_build *b, const struct flat_item *item)
{
	const struct directive_arg *arg = &item->directive->args[0];
	struct place at = item_arg_place(item, arg);
	struct load *l = b->l;
	const char *text;
	struct helper *more, found;
	struct path path;
	int rc = node_arg(b, item, arg, &text);

	if (rc || text == NULL)
		return rc;
	rc = node_find_file(b, item, text, at, &path, &found);
	if (rc || found.path == NULL)
		return rc;
	if (l->root[0])
		found.path = path_join(l->a, l->root, found.path);
	more = arena_grow(&l->scratch, b->helpers, b->n_helpers,
	    &b->cap_helpers, sizeof(*more));
	if (more == NULL || found.path == NULL)
		return error_memory(l->err);
	found.name = path_name(path.path);
	found.at = item_place(item);
	b->helpers = more;
	more[b->n_helpers++] = found;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct helper *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : strcmp(x->path, y->path);
}

int node_finish_helpers(struct node_build *b)
{
	size_t i, n = 0;

	if (b->n_helpers > 1)
		qsort(b->helpers, b->n_helpers, sizeof(*b->helpers), by_name);
	for (i = 0; i < b->n_helpers; i++) {
		const struct helper *h = &b->helpers[i];

		if (n > 0 && strcmp(b->helpers[n - 1].name, h->name) == 0) {
			if (strcmp(b->helpers[n - 1].path, h->path) != 0)
				diagnose(b->l, h->at,
				    "two helpers are named %s: %s and %s",
				    h->name, b->helpers[n - 1].path, h->path);
			continue;
		}
		b->helpers[n++] = *h;
	}
	b->node->n_helpers = (uint32_t)n;
	return node_keep(b, b->helpers, n, sizeof(*b->helpers),
	    &b->node->helpers);
}
