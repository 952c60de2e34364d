/* file_tree: see file_tree.h. */
#include "runner/lang/file_tree.h"

#include <string.h>

#include "runner/lang/source_impl.h"

struct file_tree_node *file_tree_find(struct file_tree *t, const char *path)
{
	if (path[0] != '\0')
		return map_get(&t->by_path, path);
	t->root.kind = ENTRY_DIR;
	return &t->root;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The child of dir at the first n bytes of path, made where it is not. */
static int add_child(struct file_tree *t, struct file_tree_node *dir,
    const char *path, size_t n, struct file_tree_node **out, struct error *err)
{
	const char *copy = arena_strndup(&t->arena, path, n);
	struct file_tree_node *node;
	int rc;

	if (copy == NULL)
		return error_memory(err);
	*out = map_get(&t->by_path, copy);
	if (*out != NULL)
		return 0;
	rc = source_check_name(dir == &t->root ? "" : dir->path, name_of(copy),
	    err);
	if (rc)
		return rc;
	node = arena_alloc(&t->arena, sizeof(*node));
	if (node == NULL)
		return error_memory(err);
	node->path = copy;
	node->kind = ENTRY_DIR;
	node->next = dir->first;
	dir->first = node;
	dir->n_children++;
	*out = node;
	return map_set(&t->by_path, copy, node, err);
}

int file_tree_add(struct file_tree *t, const char *path, enum entry_kind kind,
    struct file_tree_node **out, struct error *err)
{
	struct file_tree_node *dir = &t->root, *node = NULL;
	const char *at = path;

	t->root.path = "";
	for (;;) {
		const char *slash = strchr(at, '/');
		size_t n = slash ? (size_t)(slash - path) : strlen(path);
		int rc = add_child(t, dir, path, n, &node, err);

		if (rc)
			return rc;
		if (slash == NULL)
			break;
		if (node->kind != ENTRY_DIR)
			return error_set(err, ERROR_SYNTAX,
			    "%s is both a file and a directory", node->path);
		dir = node;
		at = slash + 1;
	}
	if (node->first != NULL)
		return error_set(err, ERROR_SYNTAX,
		    "%s is both a file and a directory", node->path);
	node->kind = kind;
	if (out != NULL)
		*out = node;
	return 0;
}

int file_tree_list(struct file_tree *t, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	struct file_tree_node *d = file_tree_find(t, dir), *c;
	struct source_entry *e;

	if (d == NULL || d->kind != ENTRY_DIR)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no directory %s", dir);
	e = arena_array(a, d->n_children, sizeof(*e));
	if (e == NULL)
		return error_memory(err);
	*entries = e;
	*n = d->n_children;
	for (c = d->first; c != NULL; c = c->next, e++) {
		e->name = arena_strdup(a, name_of(c->path));
		if (e->name == NULL)
			return error_memory(err);
		e->kind = c->kind;
		memcpy(e->id, c->id, sizeof(e->id));
	}
	source_sort(*entries, *n);
	return 0;
}

void file_tree_clear(struct file_tree *t)
{
	map_clear(&t->by_path);
	arena_clear(&t->arena);
	*t = (struct file_tree){ 0 };
}
