/* tree_diff: see tree_diff.h. */
#include "runner/lang/tree_diff.h"

#include <string.h>

#include "runner/lang/path.h"

struct walk {
	struct arena *a;
	struct tree_diff *out;
	const char **dirs; /* still to be looked into */
	size_t n_dirs, cap_dirs;
	struct error *err;
};

static int push(struct walk *w, const char *dir)
{
	const char **more =
	    arena_grow(w->a, w->dirs, w->n_dirs, &w->cap_dirs, sizeof(*more));

	if (more == NULL || dir == NULL)
		return error_memory(w->err);
	w->dirs = more;
	w->dirs[w->n_dirs++] = dir;
	return 0;
}

static int add(struct walk *w, const char *path, const struct source_entry *was,
    const struct source_entry *is)
{
	struct tree_diff *d = w->out;
	struct tree_difference *more =
	    arena_grow(w->a, d->items, d->n, &d->cap, sizeof(*more));

	if (more == NULL || path == NULL)
		return error_memory(w->err);
	d->items = more;
	more += d->n++;
	*more = (struct tree_difference){ .path = path };
	if (was != NULL)
		memcpy(more->was, was->id, sizeof(more->was));
	if (is != NULL)
		memcpy(more->is, is->id, sizeof(more->is));
	more->is_kept = was != NULL && is != NULL && was->kind == ENTRY_FILE &&
	    is->kind == ENTRY_FILE;
	return 0;
}

/* One name that both have. Of a plain directory and of memory directories have
 * no ids. */
static int compare(struct walk *w, const char *dir,
    const struct source_entry *was, const struct source_entry *is)
{
	const char *path;

	if (was->kind == is->kind && was->id[0] != '\0' &&
	    strcmp(was->id, is->id) == 0)
		return 0;
	path = path_join(w->a, dir, was->name);
	if (was->kind == ENTRY_DIR && is->kind == ENTRY_DIR)
		return push(w, path);
	return add(w, path, was, is);
}

static int walk_dir(struct walk *w, struct source *from, struct source *to,
    const char *dir)
{
	struct source_entry *a, *b;
	size_t i = 0, k = 0, n_a, n_b;
	int rc;

	if ((rc = source_list(from, dir, w->a, &a, &n_a, w->err)) ||
	    (rc = source_list(to, dir, w->a, &b, &n_b, w->err)))
		return rc;
	while (rc == 0 && (i < n_a || k < n_b)) {
		int c = i == n_a ? 1
		    : k == n_b   ? -1
		                 : strcmp(a[i].name, b[k].name);

		if (c == 0)
			rc = compare(w, dir, &a[i], &b[k]);
		else if (c < 0)
			rc = add(w, path_join(w->a, dir, a[i].name), &a[i],
			    NULL);
		else
			rc = add(w, path_join(w->a, dir, b[k].name), NULL,
			    &b[k]);
		i += c <= 0;
		k += c >= 0;
	}
	return rc;
}

int tree_diff(struct source *from, struct source *to, const char *dir,
    struct arena *a, struct tree_diff *out, struct error *err)
{
	struct walk w = { .a = a, .out = out, .err = err };
	int rc;

	*out = (struct tree_diff){ 0 };
	if (source_tree(from)[0] != '\0' &&
	    strcmp(source_tree(from), source_tree(to)) == 0)
		return 0;
	rc = push(&w, dir);
	while (rc == 0 && w.n_dirs > 0)
		rc = walk_dir(&w, from, to, w.dirs[--w.n_dirs]);
	return rc;
}
