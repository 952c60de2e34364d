/*
 * vfs: the walk. Starting with the source itself, each slot adds its files'
 * nodes, the slots of the directories below it, and those of its mounts.
 */
#include <assert.h>
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"

enum {
	MOUNTED_MOST = 300000, /* files and directories that mounts bring */
	LAYERS_DEEP = 64,
};

static int get_dir(struct load *l, struct vfs_dir *parent, const char *path,
    struct vfs_dir **out)
{
	struct vfs_dir *d = map_get(&l->dirs, path);

	*out = d;
	if (d != NULL)
		return 0;
	d = arena_alloc(l->a, sizeof(*d));
	if (d == NULL)
		return error_memory(l->err);
	d->path = path;
	d->name = path_name(path);
	d->parent = parent;
	if (parent != NULL && parent->last != NULL)
		parent->last->next = d;
	else if (parent != NULL)
		parent->first = d;
	if (parent != NULL)
		parent->last = d;
	*out = d;
	return map_set(&l->dirs, path, d, l->err);
}

static bool is_layer_root(const struct slot *s)
{
	return s->up == NULL;
}

static int add_slot(struct load *l, struct vfs_dir *dir, struct layer *layer,
    struct slot *up, struct listing *list)
{
	struct slot *s = arena_alloc(l->a, sizeof(*s)), **more;

	assert(dir != NULL && list != NULL);
	more = mem_grow(l->queue, l->n_queue, &l->cap_queue,
	    sizeof(struct slot *));
	if (s == NULL || more == NULL)
		return error_memory(l->err);
	l->queue = more;
	l->queue[l->n_queue++] = s;
	s->dir = dir;
	s->layer = layer;
	s->listing = list;
	s->up = up;
	if (dir->last_slot != NULL)
		dir->last_slot->next = s;
	else
		dir->slots = s;
	dir->last_slot = s;
	return 0;
}

/* A library says @abstract about where it lies, not about its mounts. */
static void find_abstract(struct slot *s)
{
	const struct layer *y = s->layer;

	s->is_abstract = s->listing->is_abstract;
	if (y->outer != NULL && is_layer_root(s))
		s->is_abstract = y->at->is_abstract;
	else if (s->up != NULL)
		s->is_abstract |= s->up->is_abstract;
}

static bool count_mounted(struct load *l, struct layer *y, size_t n)
{
	if (y->outer == NULL || l->is_full)
		return !l->is_full;
	l->n_mounted += n + 1;
	if (l->n_mounted <= MOUNTED_MOST)
		return true;
	l->is_full = true;
	diagnose(l, y->place,
	    "the mounts bring more than %d files, this one of %s among them: "
	    "does a library mount another twice, and that again?",
	    MOUNTED_MOST, y->library[0] ? y->library : "/");
	return false;
}

static int add_children(struct load *l, struct slot *s)
{
	const struct listing *list = s->listing;
	size_t i, deep = 1;
	const struct vfs_dir *d;

	for (d = s->dir->parent; d != NULL; d = d->parent)
		deep++;
	for (i = 0; i < list->n_entries; i++) {
		const struct source_entry *e = &list->entries[i];
		const char *lies, *path;
		struct listing *below;
		struct vfs_dir *dir = NULL;
		int rc;

		if (!listing_is_walked(e))
			continue;
		lies = path_join(l->a, list->dir, e->name);
		path = lies;
		if (s->layer->outer != NULL)
			path = path_join(l->a, s->dir->path, e->name);
		if (lies == NULL || path == NULL)
			return error_memory(l->err);
		if (deep > DIRS_DEEP) {
			diagnose(l, (struct place){ lies, 1, 1 },
			    "more than %d directories in each other",
			    DIRS_DEEP);
			return 0;
		}
		rc = listing_get(l, lies, &below);
		if (rc == 0 && below != NULL)
			rc = get_dir(l, s->dir, path, &dir);
		if (rc == 0 && dir != NULL)
			rc = add_slot(l, dir, s->layer, s, below);
		if (rc)
			return rc;
	}
	return 0;
}

static bool is_before(const struct place *a, const struct place *b)
{
	int c = strcmp(a->path, b->path);

	return c < 0 || (c == 0 && a->line < b->line);
}

/* The mounts that lead in a circle, told once: from the first by place. */
static void tell_mount_cycle(struct load *l, const struct layer *from,
    const struct directive *d)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct layer *circle[LAYERS_DEEP + 1] = { NULL }, *y;
	size_t n = 0, i, first = 0;

	for (y = from; y->outer != NULL; y = y->outer) {
		circle[n++] = y;
		if (y->directive == d)
			break;
	}
	if (n == 0)
		return;
	/* circle[n - 1] mounts first of all, circle[0] last */
	for (i = 0; i < n; i++)
		if (is_before(&circle[i]->place, &circle[first]->place))
			first = i;
	buf_add_str(&b, "the mounts lead in a circle: ");
	for (i = 0; i < n; i++) {
		y = circle[(first + n - i) % n];
		buf_printf(&b, "%s:%d mounts %s%s", y->place.path,
		    y->place.line, y->library[0] ? y->library : "/",
		    i + 1 < n ? ", " : "");
	}
	l->slot = NULL;
	diagnose_buf(l, circle[first]->place, &b);
}

static bool is_mount_cycle(struct load *l, const struct slot *s,
    struct place at, const struct directive *d, const char *library)
{
	const struct layer *y;
	const char *rest;

	for (y = s->layer; y->outer != NULL; y = y->outer)
		if (y->directive == d) {
			tell_mount_cycle(l, s->layer, d);
			return true;
		}
	if (s->layer->outer == NULL &&
	    path_is_below(s->listing->dir, library, &rest)) {
		diagnose(l, at,
		    "the mounts lead in a circle: %s:%d mounts %s, which "
		    "contains it",
		    at.path, at.line, library[0] ? library : "/");
		return true;
	}
	return false;
}

/* Arguments behind the path: name=value. */
static void read_args(struct load *l, const struct text_file *f,
    const struct directive *d, struct layer *y)
{
	size_t i, k;

	for (i = 1; i < d->n; i++) {
		size_t n = strcspn(d->args[i].text, "=");

		if (d->args[i].text[n] == '\0')
			diagnose(l, place_of_arg(f, d, &d->args[i]),
			    "%s: parameters are given as name=value",
			    d->args[i].text);
		for (k = 1; k < i; k++)
			if (strncmp(d->args[i].text, d->args[k].text, n + 1) ==
			    0)
				diagnose(l, place_of_arg(f, d, &d->args[i]),
				    "%.*s is given twice; drop one", (int)n,
				    d->args[i].text);
	}
	y->args = d->args + 1;
	y->n_args = d->n - 1;
}

static int find_library(struct load *l, struct slot *s,
    const struct text_file *f, const struct directive *d, const char **dir,
    struct listing **list)
{
	struct place at = place_of_arg(f, d, &d->args[0]);
	const char *text, *why;
	struct path path;
	int rc;

	*list = NULL;
	rc = param_expand_in(l, s, &d->args[0], at, &text);
	if (rc || text == NULL)
		return rc;
	rc = path_read(l, l->a, s, text, &path, &why);
	if (rc)
		return rc;
	if (why != NULL) {
		diagnose(l, at, "%s", why);
		return 0;
	}
	*dir = path.lies;
	rc = listing_get(l, path.lies, list);
	if (rc == 0 && *list == NULL)
		diagnose(l, at, "there is no directory %s",
		    path.lies[0] ? path.lies : "/");
	return rc;
}

static int add_mount(struct load *l, struct slot *s, struct text_file *f,
    struct directive *d)
{
	struct place at = place_of(f, d);
	struct layer *y, **more;
	struct listing *list;
	const char *library = "";
	int rc;

	l->slot = s;
	rc = find_library(l, s, f, d, &library, &list);
	if (rc || list == NULL)
		return rc;
	if (is_mount_cycle(l, s, at, d, library))
		return 0;
	if (s->layer->depth >= LAYERS_DEEP) {
		diagnose(l, at,
		    "more than %d mounts in each other, the "
		    "innermost of %s",
		    LAYERS_DEEP, library);
		return 0;
	}
	y = arena_alloc(l->a, sizeof(*y));
	more = mem_grow(l->layers, l->n_layers, &l->cap_layers,
	    sizeof(struct layer *));
	if (y == NULL || more == NULL)
		return error_memory(l->err);
	l->layers = more;
	l->layers[l->n_layers++] = y;
	*y = (struct layer){ .outer = s->layer,
		.at = s,
		.library = library,
		.directive = d,
		.place = at,
		.depth = s->layer->depth + 1 };
	read_args(l, f, d, y);
	if (!map_has(&l->mounted_dirs, library))
		rc = map_set(&l->mounted_dirs, library, y, l->err);
	return rc ? rc : add_slot(l, s->dir, y, NULL, list);
}

static int add_mounts(struct load *l, struct slot *s)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < s->listing->n_files; i++) {
		struct text_file *f = s->listing->files[i];

		if (f->role != ROLE_GROUP)
			continue;
		for (k = 0; rc == 0 && k < f->scan.n; k++)
			if (f->scan.directives[k].word == WORD_INCLUDE)
				rc = add_mount(l, s, f, &f->scan.directives[k]);
	}
	return rc;
}

static int add_entry(struct load *l, struct slot *s, struct text_file *f)
{
	struct entry *e = arena_alloc(&l->work, sizeof(*e)), *head, **more;
	void *there;
	int rc;

	if (e == NULL)
		return error_memory(l->err);
	e->slot = s;
	e->file = f;
	e->companion = f->companion;
	e->path =
	    s->layer->outer ? path_join(l->a, s->dir->path, f->stem) : f->bare;
	if (e->path == NULL)
		return error_memory(l->err);
	rc = map_add(&l->entries, e->path, e, &there, l->err);
	if (rc)
		return rc;
	head = there;
	if (head != e) {
		e->next = head->next;
		head->next = e;
		return 0;
	}
	more = mem_grow(l->heads, l->n_heads, &l->cap_heads,
	    sizeof(struct entry *));
	if (more == NULL)
		return error_memory(l->err);
	l->heads = more;
	l->heads[l->n_heads++] = e;
	return 0;
}

static int fill_slot(struct load *l, struct slot *s)
{
	size_t i;
	int rc;

	l->slot = s;
	if (!count_mounted(l, s->layer, s->listing->n_entries))
		return 0;
	rc = listing_settle(l, s->listing);
	if (rc)
		return rc;
	find_abstract(s);
	for (i = 0; rc == 0 && i < s->listing->n_files; i++) {
		struct text_file *f = s->listing->files[i];

		if (f->role == ROLE_NODE || f->role == ROLE_TABLE ||
		    f->role == ROLE_ACTION)
			rc = add_entry(l, s, f);
	}
	if (rc == 0)
		rc = add_children(l, s);
	return rc ? rc : add_mounts(l, s);
}

int vfs_build(struct load *l)
{
	struct layer *source = arena_alloc(l->a, sizeof(*source));
	struct listing *list;
	size_t i;
	int rc;

	if (source == NULL)
		return error_memory(l->err);
	source->library = "";
	rc = listing_read_all(l);
	if (rc == 0)
		rc = listing_get(l, "", &list);
	if (rc == 0 && list == NULL)
		rc = l->p->n_errors
		    ? 0
		    : error_set(l->err, ERROR_NOT_FOUND,
		          "there is no directory %s, which is to be "
		          "the pipeline's root (git config "
		          "sluice.root)",
		          l->root);
	if (rc == 0)
		rc = get_dir(l, NULL, "", &l->top);
	if (rc == 0 && list != NULL)
		rc = add_slot(l, l->top, source, NULL, list);
	for (i = 0; rc == 0 && i < l->n_queue; i++)
		rc = fill_slot(l, l->queue[i]);
	l->slot = NULL;
	return rc;
}
