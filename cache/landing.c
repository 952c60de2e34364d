/* landing: see landing.h. */
#include "cache/landing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/os.h"
#include "cache/base/text.h"

enum {
	PATH_MOST = 1023
};

/* "labs", "2026-*.csv" */
struct landing_parts {
	char **items;
	size_t n;
};

/* Some of the patterns, by their places. */
struct set {
	size_t *items;
	size_t n;
};

/* A directory still to be read, and the patterns whose first parts led there,
 * as many as it is deep. */
struct place {
	char *path;
	size_t depth;
	struct set set;
};

struct walk {
	struct landing *l;
	struct landing_list *out;
	struct place *places;
	size_t n, cap;
	struct set here, below; /* of one name: files of it, what is below it */
	struct buf path; /* of that name */
};

/* --- opening --- */

static int split(struct landing *l, const char *text, struct landing_parts *out,
    struct error *err)
{
	size_t cap = 0;

	for (;;) {
		size_t n = strcspn(text, "/");
		char **more = arena_grow(&l->arena, out->items, out->n, &cap,
		    sizeof(*more));

		if (more == NULL)
			return error_memory(err);
		out->items = more;
		more[out->n] = arena_strndup(&l->arena, text, n);
		if (more[out->n++] == NULL)
			return error_memory(err);
		if (text[n] == '\0')
			return 0;
		text += n + 1;
	}
}

static int no_directory(const char *dir, struct error *err)
{
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
		    "the landing directory %s is not there: is it mounted? "
		    "(git config sluice.landing)",
		    dir);
	if (errno == EACCES)
		return error_set(err, ERROR_DENIED,
		    "the landing directory %s may not be read by the user who "
		    "runs this",
		    dir);
	return error_sys(err, "the landing directory %s", dir);
}

int landing_open(struct landing *l, struct error *err)
{
	size_t i;
	int rc = 0;

	l->fd = os_open(l->dir, O_RDONLY | O_DIRECTORY, 0);
	if (l->fd < 0)
		return no_directory(l->dir, err);
	l->parts = arena_array(&l->arena, l->n_patterns, sizeof(*l->parts));
	if (l->parts == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < l->n_patterns; i++)
		rc = split(l, l->patterns[i].text, &l->parts[i], err);
	return rc;
}

void landing_close(struct landing *l)
{
	fd_close(&l->fd);
	arena_clear(&l->arena);
}

/* --- trouble --- */

static bool is_wanted(const struct landing *l, const char *path)
{
	return l->is_wanted == NULL || l->is_wanted(path, l->payload);
}

static void describe(const char *path, enum error_code code, const char *words,
    struct error *out)
{
	CLEANUP(buf_clear) struct buf name = { 0 };

	text_add_visible(&name, bytes_of(path));
	error_set(out, code, "%s %s", buf_bytes(&name).p, words);
}

/* One pattern's. */
static int in_the_way(struct landing *l, size_t pattern,
    const struct error *why, struct error *err)
{
	struct snapshot_pattern *p = &l->patterns[pattern];

	if (p->is_optional) {
		if (!p->is_left_out)
			p->why = *why;
		p->is_left_out = l->leaves_out = true;
		return 0;
	}
	if (why->code != ERROR_BUSY)
		return error_set(err, why->code, "%s", why->msg);
	if (l->busy.code == 0)
		l->busy = *why;
	return 0;
}

static int trouble(struct landing *l, const struct set *set, const char *path,
    enum error_code code, const char *words, struct error *err)
{
	struct error why = { 0 };
	size_t i;
	int rc = 0;

	describe(path, code, words, &why);
	for (i = 0; rc == 0 && i < set->n; i++)
		rc = in_the_way(l, set->items[i], &why, err);
	return rc;
}

int landing_trouble(struct landing *l, const char *path, enum error_code code,
    const char *words, struct error *err)
{
	struct error why = { 0 };
	size_t i;
	int rc = 0;

	describe(path, code, words, &why);
	for (i = 0; rc == 0 && i < l->n_patterns; i++)
		if (text_match(l->patterns[i].text, path))
			rc = in_the_way(l, i, &why, err);
	return rc;
}

bool landing_matches(const struct landing *l, const char *path)
{
	size_t i;

	for (i = 0; i < l->n_patterns; i++)
		if (!l->patterns[i].is_left_out &&
		    text_match(l->patterns[i].text, path))
			return is_wanted(l, path);
	return false;
}

/* --- a list --- */

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

struct landing_marks landing_marks_of(const struct stat *info)
{
	return (struct landing_marks){ .bytes = info->st_size,
		.mtime = nanoseconds(&info->st_mtim),
		.ctime = nanoseconds(&info->st_ctim),
		.inode = info->st_ino };
}

bool landing_marks_eq(const struct landing_marks *a,
    const struct landing_marks *b)
{
	return a->bytes == b->bytes && a->mtime == b->mtime &&
	    a->ctime == b->ctime && a->inode == b->inode;
}

struct landing_file *landing_add(struct landing_list *list, const char *path,
    size_t len)
{
	struct landing_file *more =
	    mem_grow(list->files, list->n, &list->cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	list->files = more;
	more += list->n;
	*more = (struct landing_file){ .path = arena_strndup(&list->names, path,
		                           len) };
	if (more->path == NULL)
		return NULL;
	list->n++;
	return more;
}

void landing_list_clear(struct landing_list *list)
{
	mem_free(list->files);
	arena_clear(&list->names);
	*list = (struct landing_list){ 0 };
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct landing_file *)a)->path,
	    ((const struct landing_file *)b)->path);
}

/* --- the walk --- */

static bool is_hidden(const char *name)
{
	return name[0] == '.' || text_ends_in(name, ".part") ||
	    text_ends_in(name, ".tmp");
}

static bool is_literal(const char *part)
{
	return strpbrk(part, "*?") == NULL;
}

static int push(struct walk *w, const char *path, size_t depth,
    const struct set *set, struct error *err)
{
	struct arena *a = &w->l->arena;
	struct place *more = mem_grow(w->places, w->n, &w->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	w->places = more;
	more += w->n;
	*more = (struct place){ .path = arena_strdup(a, path),
		.depth = depth,
		.set = { arena_array(a, set->n, sizeof(size_t)), set->n } };
	if (more->path == NULL || more->set.items == NULL)
		return error_memory(err);
	memcpy(more->set.items, set->items, set->n * sizeof(size_t));
	w->n++;
	return 0;
}

/* The patterns of a directory that a name in it matches: w->here where it is
 * their last part, else w->below. */
static void choose(struct walk *w, const struct place *at, const char *name)
{
	const struct landing *l = w->l;
	size_t i;

	w->here.n = w->below.n = 0;
	for (i = 0; i < at->set.n; i++) {
		size_t p = at->set.items[i];
		const struct landing_parts *parts = &l->parts[p];

		if (l->patterns[p].is_left_out ||
		    !text_match(parts->items[at->depth], name))
			continue;
		if (at->depth + 1 == parts->n)
			w->here.items[w->here.n++] = p;
		else
			w->below.items[w->below.n++] = p;
	}
}

/* Those of a set that name the thing itself, and do not only happen to match
 * it. */
static void keep_literal(const struct walk *w, const struct place *at,
    struct set *set)
{
	size_t i, kept = 0;

	for (i = 0; i < set->n; i++)
		if (is_literal(w->l->parts[set->items[i]].items[at->depth]))
			set->items[kept++] = set->items[i];
	set->n = kept;
}

static int see_other(struct walk *w, const struct place *at, const char *path,
    bool is_link, struct error *err)
{
	int rc = trouble(w->l, &w->here, path, ERROR_DENIED,
	    "matches a @path and is no regular file; a snapshot follows no "
	    "links",
	    err);

	keep_literal(w, at, &w->below);
	if (rc || !is_link)
		return rc;
	return trouble(w->l, &w->below, path, ERROR_DENIED,
	    "is a link, and a @path leads through it; a snapshot follows no "
	    "links: move the files, or mount them there",
	    err);
}

static int see_dir(struct walk *w, const struct place *at, const char *path,
    struct error *err)
{
	int rc;

	keep_literal(w, at, &w->here);
	rc = trouble(w->l, &w->here, path, ERROR_DENIED,
	    "is a directory; a @path names files, as NAME/*.csv", err);
	if (rc || w->below.n == 0)
		return rc;
	return push(w, path, at->depth + 1, &w->below, err);
}

/* A name goes to git, to terminals and mails. */
static bool is_fit(const char *path)
{
	const char *p;

	for (p = path; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return text_utf8_error(bytes_of(path)) == strlen(path);
}

static int see_file(struct walk *w, const char *path, const struct stat *info,
    struct error *err)
{
	struct landing_file *file;

	if (w->here.n == 0 || !is_wanted(w->l, path))
		return 0;
	if (strlen(path) > PATH_MOST)
		return trouble(w->l, &w->here, path, ERROR_LIMIT,
		    "is a longer path than 1023 bytes", err);
	if (!is_fit(path))
		return trouble(w->l, &w->here, path, ERROR_DENIED,
		    "has a name that is not UTF-8, or with a control "
		    "character: rename it",
		    err);
	file = landing_add(w->out, path, strlen(path));
	if (file == NULL)
		return error_memory(err);
	file->marks = landing_marks_of(info);
	return 0;
}

/* What is gone since its directory was read is not there. */
static int no_look(struct walk *w, const struct set *set, const char *path,
    struct error *err)
{
	if (errno == ENOENT)
		return 0;
	if (errno == ENOTDIR || errno == ELOOP)
		return trouble(w->l, set, path, ERROR_BUSY,
		    "was changed while the snapshot was taken", err);
	if (errno == EACCES)
		return trouble(w->l, set, path, ERROR_DENIED,
		    "may not be read by the user who runs this", err);
	return error_sys(err, "%s below %s", path, w->l->dir);
}

static int see(struct walk *w, const struct place *at, int fd, const char *name,
    struct error *err)
{
	struct buf *path = &w->path;
	struct stat info;

	if (is_hidden(name))
		return 0;
	choose(w, at, name);
	if (w->here.n + w->below.n == 0)
		return 0;
	buf_reset(path);
	buf_add_str(path, at->path);
	if (at->path[0] != '\0')
		buf_add_char(path, '/');
	buf_add_str(path, name);
	if (buf_check(path, err))
		return ERROR_MEMORY;
	if (os_lstat_at(fd, name, &info) < 0)
		return no_look(w, &at->set, path->p, err);
	if (S_ISDIR(info.st_mode))
		return see_dir(w, at, path->p, err);
	if (S_ISREG(info.st_mode))
		return see_file(w, path->p, &info, err);
	return see_other(w, at, path->p, S_ISLNK(info.st_mode), err);
}

static int read_place(struct walk *w, const struct place *at, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(fd_close)
	int fd = os_open_beneath(w->l->fd, at->path[0] ? at->path : ".",
	    O_RDONLY | O_DIRECTORY);
	size_t i;
	int rc;

	if (fd < 0)
		return no_look(w, &at->set, at->path, err);
	rc = file_list_fd(fd, &names, err);
	for (i = 0; rc == 0 && i < names.n; i++)
		rc = see(w, at, fd, names.names[i], err);
	return rc;
}

/* All patterns begin in the directory itself. */
static int begin(struct walk *w, struct error *err)
{
	struct landing *l = w->l;
	const size_t n = l->n_patterns;
	struct set all = { arena_array(&l->arena, n, sizeof(size_t)), n };
	size_t i;

	w->here.items = arena_array(&l->arena, n, sizeof(size_t));
	w->below.items = arena_array(&l->arena, n, sizeof(size_t));
	if (!all.items || !w->here.items || !w->below.items)
		return error_memory(err);
	for (i = 0; i < n; i++)
		all.items[i] = i;
	return push(w, "", 0, &all, err);
}

int landing_list(struct landing *l, struct landing_list *out, struct error *err)
{
	struct walk w = { .l = l, .out = out };
	int rc;

	*out = (struct landing_list){ 0 };
	rc = begin(&w, err);
	while (rc == 0 && w.n > 0) {
		struct place at = w.places[--w.n];

		rc = read_place(&w, &at, err);
	}
	mem_free(w.places);
	buf_clear(&w.path);
	if (rc == 0 && out->n > 1)
		qsort(out->files, out->n, sizeof(*out->files), compare_files);
	if (rc)
		landing_list_clear(out);
	return rc;
}
