/*
 * listing_read: the directories of the source, each read once. Those that the
 * walk will come by are read before it begins, so that all their files can be
 * read and scanned together.
 */
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/path.h"
#include "runner/lang/reader.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n >= e && strcmp(s + n - e, end) == 0;
}

/* Names that are nobody's node. */
static bool is_dark(const char *name)
{
	return name[0] == '.' || name[0] == '_';
}

bool listing_is_table(const char *name)
{
	return ends_with(name, ".csv") || ends_with(name, ".tsv");
}

bool listing_is_walked(const struct source_entry *e)
{
	return e->kind == ENTRY_DIR && !is_dark(e->name) &&
	    (strlen(e->name) <= 5 || !ends_with(e->name, ".test"));
}

static const char *in_source(struct load *l, const char *path)
{
	return path[0] ? path_join(l->a, l->root, path) : l->root;
}

/* Its names are parts of two strings: with the ending, and without. */
static int add_file(struct load *l, const struct listing *list,
    const struct source_entry *e, struct text_file *f)
{
	const char *dot = strrchr(e->name, '.');
	size_t root = strlen(l->root), dir = strlen(list->dir);
	size_t n = root + (root > 0) + dir + (dir > 0);

	f->bare = path_join(l->a, list->dir, e->name);
	if (f->bare == NULL)
		return error_memory(l->err);
	f->place = root > 0 ? path_join(l->a, l->root, f->bare) : f->bare;
	f->bare = arena_strndup(l->a, f->bare,
	    dir + (dir > 0) +
	        (dot ? (size_t)(dot - e->name) : strlen(e->name)));
	if (f->place == NULL || f->bare == NULL)
		return error_memory(l->err);
	f->name = f->place + n;
	f->stem = f->bare + dir + (dir > 0);
	f->blob = e->id;
	f->order_by_line = -1;
	f->is_read = listing_is_table(e->name);
	if (f->is_read)
		f->role = ROLE_TABLE;
	return 0;
}

static bool is_file(const struct source_entry *e)
{
	return e->kind == ENTRY_FILE && !is_dark(e->name);
}

/* Its files, which are not read yet. */
static int read_listing(struct load *l, struct listing *list)
{
	struct text_file *files;
	size_t i, n = 0;
	int rc = source_list(l->src, in_source(l, list->dir), l->a,
	    &list->entries, &list->n_entries, l->err);

	for (i = 0; rc == 0 && i < list->n_entries; i++)
		n += is_file(&list->entries[i]);
	if (rc)
		return rc;
	files = arena_array(&l->work, n, sizeof(*files));
	list->files = arena_array(&l->work, n, sizeof(struct text_file *));
	if (files == NULL || list->files == NULL)
		return error_memory(l->err);
	for (i = 0; rc == 0 && i < list->n_entries; i++) {
		if (!is_file(&list->entries[i]))
			continue;
		list->files[list->n_files] = &files[list->n_files];
		rc = add_file(l, list, &list->entries[i],
		    &files[list->n_files++]);
	}
	return rc;
}

/* The listing of a directory that was not asked for before. */
static int open_listing(struct load *l, const char *dir, struct listing **out)
{
	struct listing *list = arena_alloc(&l->work, sizeof(*list));
	struct error why = { 0 }, *err = l->err;
	int rc;

	*out = NULL;
	if (list == NULL)
		return error_memory(err);
	list->dir = dir;
	l->err = &why;
	rc = read_listing(l, list);
	l->err = err;
	if (rc == ERROR_SYNTAX) {
		const char *path = arena_strdup(l->a, why.path);

		if (path == NULL)
			return error_memory(err);
		diagnose(l, (struct place){ path, why.line, why.col }, "%s",
		    why.msg);
	}
	if (rc && rc != ERROR_NOT_FOUND && rc != ERROR_SYNTAX) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	*out = rc ? NULL : list;
	return map_set(&l->listings, dir, *out, l->err);
}

int listing_get(struct load *l, const char *dir, struct listing **out)
{
	int rc;

	if (map_has(&l->listings, dir)) {
		*out = map_get(&l->listings, dir);
		return 0;
	}
	rc = open_listing(l, dir, out);
	if (rc || *out == NULL)
		return rc;
	return reader_scan(l, (*out)->files, (*out)->n_files, 1);
}

/* Directories that are walked, the nearest to the root first. */
struct walk {
	struct listing **lists;
	size_t n, cap;
	size_t n_files;
};

static int add_listing(struct load *l, struct walk *w, const char *dir)
{
	struct listing **more, *list;
	int rc = open_listing(l, dir, &list);

	if (rc || list == NULL)
		return rc;
	more = mem_grow(w->lists, w->n, &w->cap, sizeof(struct listing *));
	if (more == NULL)
		return error_memory(l->err);
	w->lists = more;
	more[w->n++] = list;
	w->n_files += list->n_files;
	return 0;
}

static int add_below(struct load *l, struct walk *w, const struct listing *list)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->n_entries; i++) {
		const char *dir;

		if (!listing_is_walked(&list->entries[i]))
			continue;
		dir = path_join(l->a, list->dir, list->entries[i].name);
		rc = dir ? add_listing(l, w, dir) : error_memory(l->err);
	}
	return rc;
}

static int scan_all(struct load *l, const struct walk *w)
{
	CLEANUP(mem_freep) struct text_file **files = NULL;
	size_t i, k, n = 0;

	files = mem_array(w->n_files, sizeof(struct text_file *));
	if (files == NULL || map_reserve(&l->entries, w->n_files, l->err))
		return error_memory(l->err);
	for (i = 0; i < w->n; i++)
		for (k = 0; k < w->lists[i]->n_files; k++)
			files[n++] = w->lists[i]->files[k];
	return reader_scan(l, files, n, reader_threads(l, n));
}

int listing_read_all(struct load *l)
{
	struct walk w = { 0 };
	size_t i, depth, end;
	int rc = add_listing(l, &w, "");

	/* the directories of one depth after another */
	for (depth = 1, i = 0; rc == 0 && depth <= DIRS_DEEP; depth++)
		for (end = w.n; rc == 0 && i < end; i++)
			rc = add_below(l, &w, w.lists[i]);
	if (rc == 0)
		rc = scan_all(l, &w);
	mem_free(w.lists);
	return rc;
}

const struct source_entry *listing_find(const struct listing *list,
    const char *name)
{
	size_t low = 0, high = list->n_entries;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(list->entries[mid].name, name);

		if (c == 0)
			return &list->entries[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
