/* flatten: see flatten.h. */
#include "runner/lang/flatten.h"

#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"
#include "runner/lang/scope.h"

enum {
	INCLUDES_DEEP = 64
};

/* A file that is being read; the stack of them is the chain of includes. */
struct level {
	struct entry *entry;
	struct text_file *file;
	struct frame *frame;
	struct directive *via; /* the @include in the level below */
	size_t next;
	bool is_implied; /* the action of what it hides was looked for */
};

struct flattening {
	struct load *l;
	struct flat *flat;
	struct level stack[INCLUDES_DEEP];
	size_t n;
};

struct text_file *entry_text(const struct entry *e)
{
	return e->companion ? e->companion : e->file;
}

void flat_clear(struct flat *flat)
{
	mem_free(flat->items);
	mem_free(flat->files);
	mem_free(flat->sets);
	mem_free(flat->params);
	mem_free(flat->used);
	*flat = (struct flat){ 0 };
}

static void flat_reset(struct flat *flat, struct entry *e)
{
	struct flat kept = *flat;

	*flat = (struct flat){ .entry = e,
		.items = kept.items,
		.cap = kept.cap,
		.files = kept.files,
		.cap_files = kept.cap_files,
		.sets = kept.sets,
		.cap_sets = kept.cap_sets,
		.params = kept.params,
		.cap_params = kept.cap_params,
		.used = kept.used,
		.cap_used = kept.cap_used };
	/* it stands in the place of what it hides, and sees what that saw */
	while (e->hides != NULL)
		e = e->hides;
	flat->slot = e->slot;
}

static int keep_file(struct flattening *x, struct entry *e)
{
	struct flat *f = x->flat;
	struct text_file **more;

	if (!x->l->options->keep_headers || e->file->role == ROLE_ACTION)
		return 0;
	more = mem_grow(f->files, f->n_files, &f->cap_files, sizeof(*more));
	if (more == NULL)
		return error_memory(x->l->err);
	f->files = more;
	more[f->n_files++] = entry_text(e);
	return 0;
}

static int push(struct flattening *x, struct entry *e, struct directive *via,
    struct place at)
{
	struct frame *f = arena_alloc(&x->l->scratch, sizeof(*f));
	struct level *below = x->n ? &x->stack[x->n - 1] : NULL;

	if (f == NULL)
		return error_memory(x->l->err);
	if (keep_file(x, e))
		return ERROR_MEMORY;
	*f = (struct frame){ below ? below->frame : NULL, e, at };
	x->stack[x->n++] = (struct level){ e, entry_text(e), f, via, 0, false };
	return 0;
}

/* Whether a group file lies at the path. */
static bool is_group_file(struct load *l, const char *path)
{
	const char *dir = path_dir(l->a, path), *name = path_name(path);
	const struct vfs_dir *d = dir ? map_get(&l->dirs, dir) : NULL;
	const struct slot *s;
	size_t i;

	for (s = d ? d->slots : NULL; s != NULL; s = s->next)
		for (i = 0; i < s->listing->n_files; i++)
			if (s->listing->files[i]->role == ROLE_GROUP &&
			    strcmp(s->listing->files[i]->stem, name) == 0)
				return true;
	return false;
}

/* The names in a directory of the VFS that a path may end in: of files that
 * are something, and of directories. */
static size_t names_in(const struct vfs_dir *dir, const char **out)
{
	const struct vfs_dir *child;
	const struct slot *s;
	size_t i, n = 0;

	for (child = dir->first; child != NULL; child = child->next) {
		if (out != NULL)
			out[n] = child->name;
		n++;
	}
	for (s = dir->slots; s != NULL; s = s->next)
		for (i = 0; i < s->listing->n_files; i++) {
			const struct text_file *f = s->listing->files[i];

			if (f->role != ROLE_NODE && f->role != ROLE_TABLE &&
			    f->role != ROLE_ACTION)
				continue;
			if (out != NULL)
				out[n] = f->stem;
			n++;
		}
	return n;
}

/* What may have been meant by text, which is path in the VFS: written as it
 * is, or a built-in action; or NULL. */
static const char *nearest_to(struct load *l, const char *path,
    const char *text)
{
	const char *dir = path_dir(l->a, path), *near = NULL;
	const struct vfs_dir *d = dir ? map_get(&l->dirs, dir) : NULL;
	size_t i, n = d ? names_in(d, NULL) : 0;
	const char **names =
	    arena_array(l->a, n + l->builtins.n + 1, sizeof(const char *));

	if (names == NULL) {
		l->no_memory = true;
		return NULL;
	}
	if (d != NULL) {
		names_in(d, names);
		near = text_nearest(path_name(path), names, n);
	}
	if (near != NULL) {
		near = arena_printf(l->a, "%.*s%s",
		    (int)(path_name(text) - text), text, near);
		l->no_memory |= near == NULL;
		return near;
	}
	for (i = 0, n = 0; i < l->builtins.cap; i++)
		if (l->builtins.entries[i].key != NULL)
			names[n++] = l->builtins.entries[i].key;
	return text_nearest(path, names, n);
}

/* A link or a submodule at the path, or on the way to it. */
static const char *link_at(struct load *l, const char *path, const char **dir)
{
	const char *name = path_name(path);
	const struct vfs_dir *d;
	const struct slot *s;
	size_t i, n = strlen(name);

	*dir = path_dir(l->a, path);
	d = *dir ? map_get(&l->dirs, *dir) : NULL;
	for (s = d ? d->slots : NULL; s != NULL; s = s->next)
		for (i = 0; i < s->listing->n_entries; i++) {
			const struct source_entry *e = &s->listing->entries[i];

			if ((e->kind == ENTRY_LINK ||
			        e->kind == ENTRY_SUBMODULE) &&
			    strncmp(e->name, name, n) == 0 &&
			    (e->name[n] == '\0' || e->name[n] == '.'))
				return e->kind == ENTRY_LINK ? "a symbolic link"
				                             : "a submodule";
		}
	return NULL;
}

static const char *link_there(struct load *l, const char **path)
{
	const char *at = *path, *dir, *kind;

	while (at != NULL && at[0] != '\0') {
		kind = link_at(l, at, &dir);
		if (kind != NULL) {
			*path = at;
			return kind;
		}
		at = dir;
	}
	return NULL;
}

/* Who mounts the library that from lies in, as it lies; or NULL. */
static const struct layer *who_mounts(struct load *l, const struct entry *from,
    const char **dir)
{
	const struct slot *s = from->slot;

	if (s == NULL || s->layer->outer != NULL)
		return NULL;
	for (; s != NULL; s = s->up) {
		const struct layer *y =
		    map_get(&l->mounted_dirs, s->listing->dir);

		*dir = s->listing->dir;
		if (y != NULL)
			return y;
	}
	return NULL;
}

static void tell_no_entry(struct load *l, const struct entry *from,
    const char *path, const char *text, struct place at)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const char *link = path, *kind, *dot, *near, *dir = "";
	const struct layer *y = who_mounts(l, from, &dir);
	const char *stem;

	if (diagnose_is_full(l)) {
		diagnose(l, at, "there is no node %s", path);
		return;
	}
	kind = link_there(l, &link);
	if (kind != NULL) {
		diagnose(l, at,
		    "%s is %s, which pipelines do not follow: put the file "
		    "itself there",
		    link, kind);
		return;
	}
	buf_printf(&b, "there is no node %s", path_name(path));
	if (path_name(path) != path)
		buf_printf(&b, " in %.*s", (int)(path_name(path) - path - 1),
		    path);
	dot = strrchr(text, '.');
	stem = NULL;
	if (dot != NULL && dot[1] != '\0' && strchr(dot, '/') == NULL &&
	    strlen(path) > strlen(dot))
		l->no_memory |= (stem = arena_strndup(l->a, path,
		                     strlen(path) - strlen(dot))) == NULL;
	near = nearest_to(l, path, text);
	if (stem != NULL && map_has(&l->entries, stem))
		buf_printf(&b, "; nodes are named without their ending: %.*s",
		    (int)(dot - text), text);
	else if (map_has(&l->dirs, path))
		buf_printf(&b, "; %s is a directory", path);
	else if (is_group_file(l, path))
		buf_printf(&b,
		    "; %s is a file of directives, which makes no table", path);
	else if (near != NULL)
		buf_printf(&b, "; did you mean %s?", near);
	if (y != NULL)
		buf_printf(&b,
		    ". %s is a library, mounted by %s:%d: if it is not meant "
		    "to be built where it lies, say @abstract in a file of "
		    "directives in it",
		    dir, y->place.path, y->place.line);
	diagnose_buf(l, at, &b);
}

int entry_find(struct load *l, const struct entry *from, const char *text,
    struct place at, struct entry **out)
{
	struct path path;
	const char *why;
	int rc = path_read(l, &l->scratch, from->slot, text, &path, &why);

	*out = NULL;
	if (rc)
		return rc;
	if (why == NULL && path.is_dir)
		why = arena_printf(l->a,
		    "%s is a directory here: a node's path ends without a "
		    "slash",
		    text);
	if (why == NULL && path.is_dir)
		return error_memory(l->err);
	if (why != NULL) {
		diagnose(l, at, "%s", why);
		return 0;
	}
	*out = map_get(&l->entries, path.path);
	if (*out == NULL)
		*out = map_get(&l->builtins, path.path);
	if (*out == NULL)
		tell_no_entry(l, from, path.path, text, at);
	return 0;
}

static struct entry *find_super(struct flattening *x, const struct entry *e,
    struct place at)
{
	if (e->hides == NULL)
		diagnose(x->l, at,
		    "super is the node that this file hides, but it hides "
		    "none: no mount brings %s",
		    e->path);
	else if (e->hides_many)
		diagnose(x->l, at,
		    "super is not clear: several mounts bring %s; name the one "
		    "by its path",
		    e->path);
	else
		return e->hides;
	return NULL;
}

/* Told once: from the member that is first by path. */
static void tell_cycle(struct flattening *x, const struct entry *target,
    struct place at)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct frame *frame = x->l->frame;
	size_t start = 0, i, first, n;

	while (start < x->n && x->stack[start].entry != target)
		start++;
	n = x->n - start;
	for (first = start, i = start; i < x->n; i++)
		if (strcmp(x->stack[i].entry->path,
		        x->stack[first].entry->path) < 0)
			first = i;
	buf_add_str(&b, "the includes lead in a circle: ");
	for (i = 0; i <= n; i++)
		buf_printf(&b, "%s%s",
		    x->stack[start + (first - start + i) % n].entry->path,
		    i < n ? " -> " : "");
	if (first + 1 < x->n)
		at = x->stack[first + 1].frame->at;
	x->l->frame = NULL;
	diagnose_buf(x->l, at, &b);
	x->l->frame = frame;
}

static bool is_on_stack(const struct flattening *x, const struct entry *e)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->stack[i].entry == e)
			return true;
	return false;
}

static int enter_include(struct flattening *x, struct level *v,
    struct directive *d)
{
	struct place at = place_of_arg(v->file, d, &d->args[0]);
	struct entry *target = NULL;
	const char *text;
	int rc;

	if (strcmp(d->args[0].text, "super") == 0) {
		target = find_super(x, v->entry, at);
	} else {
		rc = param_expand_arg(x->l, x->flat, &d->args[0], at, &text);
		if (rc)
			return rc;
		if (text != NULL)
			rc = entry_find(x->l, v->entry, text, at, &target);
		if (rc)
			return rc;
	}
	if (target == NULL) {
		x->flat->has_failed = true;
		return 0;
	}
	if (is_on_stack(x, target) || x->n >= INCLUDES_DEEP) {
		x->flat->has_failed = true;
		if (x->n >= INCLUDES_DEEP)
			diagnose(x->l, at,
			    "more than %d includes in each other",
			    INCLUDES_DEEP);
		else
			tell_cycle(x, target, place_of(v->file, d));
		return 0;
	}
	return push(x, target, d, place_of(v->file, d));
}

/* The file of a node's own value decides between two of one name. */
static int add_set(struct flattening *x, const struct level *v,
    struct own_word w)
{
	struct flat *f = x->flat;
	struct own_word *more =
	    mem_grow(f->sets, f->n_sets, &f->cap_sets, sizeof(*more));
	size_t i;

	if (more == NULL)
		return error_memory(x->l->err);
	f->sets = more;
	w.file = v->file;
	w.slot = v->entry->slot;
	for (i = 0; i < f->n_sets; i++)
		if (more[i].file == v->file && more[i].slot == w.slot &&
		    !(w.directive->word == WORD_SET &&
		        more[i].directive->word == WORD_SET) &&
		    strcmp(more[i].name, w.name) == 0)
			diagnose(x->l, w.at,
			    "%s is given twice, here and in line %d; drop one",
			    w.name, more[i].at.line);
	more[f->n_sets++] = w;
	return 0;
}

static int add_args(struct flattening *x, const struct level *v,
    struct directive *d)
{
	size_t i;
	int rc = 0;

	for (i = 1; rc == 0 && i < d->n; i++) {
		struct directive_arg *arg = &d->args[i];
		size_t n = strcspn(arg->text, "=");
		struct own_word w = { .directive = d,
			.arg = arg,
			.name = arena_strndup(&x->l->scratch, arg->text, n),
			.value = arg->text + n + 1,
			.at = place_of_arg(v->file, d, arg) };

		if (w.name == NULL)
			return error_memory(x->l->err);
		if (arg->text[n] == '=')
			rc = add_set(x, v, w);
		else
			diagnose(x->l, w.at,
			    "%s: parameters are given as name=value",
			    arg->text);
	}
	return rc;
}

static int add_param(struct flattening *x, const struct level *v,
    struct directive *d)
{
	struct flat *f = x->flat;
	const char *text = d->args[0].text;
	struct own_word *more =
	    mem_grow(f->params, f->n_params, &f->cap_params, sizeof(*more));

	if (more == NULL)
		return error_memory(x->l->err);
	f->params = more;
	more[f->n_params] = (struct own_word){ .directive = d,
		.file = v->file,
		.slot = v->entry->slot,
		.name = arena_strndup(x->l->a, text, strcspn(text, ":")) };
	if (more[f->n_params].name == NULL)
		return error_memory(x->l->err);
	if (v->frame->parent != NULL)
		more[f->n_params].at = v->frame->at;
	f->n_params++;
	param_declare(x->l, v->file, d);
	return 0;
}

static int add_item(struct flattening *x, const struct level *v,
    struct directive *d)
{
	struct flat *f = x->flat;
	struct flat_item *more =
	    mem_grow(f->items, f->n, &f->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(x->l->err);
	f->items = more;
	more[f->n++] = (struct flat_item){ d, v->frame };
	return 0;
}

static int read_directive(struct flattening *x, struct level *v,
    struct directive *d)
{
	struct own_word w;

	switch (d->word) {
	case WORD_INCLUDE:
		if (v->frame->parent == NULL &&
		    x->flat->first_include.path == NULL)
			x->flat->first_include = place_of(v->file, d);
		return enter_include(x, v, d);
	case WORD_SET:
		w = (struct own_word){ .directive = d,
			.arg = &d->args[1],
			.name = d->args[0].text,
			.value = d->args[1].text,
			.at = place_of(v->file, d) };
		return add_set(x, v, w);
	case WORD_PARAM:
		return add_param(x, v, d);
	default:
		return add_item(x, v, d);
	}
}

static const struct directive *last_include(const struct text_file *f)
{
	size_t i;

	for (i = f->scan.n; i-- > 0;)
		if (f->scan.directives[i].word == WORD_INCLUDE)
			return &f->scan.directives[i];
	return NULL;
}

/* The action that runs a hidden node: by its includes and what it hides. */
static int find_action(struct flattening *x, struct entry *e,
    struct entry **out)
{
	size_t i;
	int rc = 0;

	*out = NULL;
	for (i = 0; e != NULL && i < INCLUDES_DEEP; i++) {
		const struct text_file *f = entry_text(e);
		const struct directive *d = last_include(f);
		struct entry *next = NULL;
		const char *text;

		if (e->file->role == ROLE_ACTION) {
			*out = e;
			break;
		}
		if (d == NULL || strcmp(d->args[0].text, "super") == 0) {
			e = e->hides;
			continue;
		}
		rc = param_expand_arg(x->l, x->flat, &d->args[0],
		    place_of_arg(f, d, &d->args[0]), &text);
		if (rc || text == NULL)
			break;
		rc = entry_find(x->l, e, text, place_of_arg(f, d, &d->args[0]),
		    &next);
		if (rc)
			break;
		e = next;
	}
	return rc;
}

/* Code that hides a node and includes nothing is run by that node's action. */
static int imply_action(struct flattening *x, struct level *v)
{
	struct entry *action = NULL;
	int rc;

	v->is_implied = true;
	if (v->file->role != ROLE_NODE || !v->file->scan.has_body ||
	    v->entry->hides == NULL || v->entry->hides_many ||
	    last_include(v->file) != NULL)
		return 0;
	rc = find_action(x, v->entry->hides, &action);
	if (rc || action == NULL || x->n >= INCLUDES_DEEP)
		return rc;
	return push(x, action, NULL, place_of_file(v->file));
}

/* A file's own code counts for more than that of what it includes. */
static int leave(struct flattening *x)
{
	struct level v = x->stack[--x->n];
	struct flat *f = x->flat;

	if (v.entry->file->role == ROLE_ACTION) {
		f->action = v.file;
		f->action_frame = v.frame;
	} else if (v.entry->file->role == ROLE_TABLE || v.file->scan.has_body) {
		f->body = v.entry->file;
		f->body_frame = v.frame;
	}
	return v.via ? add_args(x, &x->stack[x->n - 1], v.via) : 0;
}

int flatten(struct load *l, struct entry *e, struct flat *flat)
{
	struct flattening x = { .l = l, .flat = flat };
	int rc;

	flat_reset(flat, e);
	rc = push(&x, e, NULL, (struct place){ 0 });
	while (rc == 0 && x.n > 0) {
		struct level *v = &x.stack[x.n - 1];

		l->frame = v->frame;
		if (!v->is_implied)
			rc = imply_action(&x, v);
		else if (v->next < v->file->scan.n &&
		    v->file->role != ROLE_TABLE)
			rc = read_directive(&x, v,
			    &v->file->scan.directives[v->next++]);
		else
			rc = leave(&x);
	}
	return rc;
}
