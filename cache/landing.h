#ifndef SLUICE_CACHE_LANDING_H
#define SLUICE_CACHE_LANDING_H
/*
 * landing -- the files of a landing directory that patterns match, as they
 * are at this moment, and what is known of them from before.
 *
 * Use        landing_open(&l, err); landing_list(&l, &list, err);
 *            landing_list_clear(&list); landing_close(&l).
 * Shape      A list is sorted by path. Only directories that a pattern leads
 *            to are read, and only what a pattern matches is looked at.
 *            `.name`, `*.part`, `*.tmp` are not seen; a link is not followed.
 * Trouble    What a file is in the way of (it is no file, may not be read,
 *            changes) is its patterns' trouble: an optional pattern is left
 *            out, and says why; for any other it is an error of the whole.
 *            ERROR_BUSY, which may mend itself, is only noted in l->busy, so
 *            that what can be done is done.
 * Threads    Belongs to one thread. Private to cache.
 */
#include <sys/stat.h>

#include "cache/base/mem.h"
#include "cache/snapshot_take.h"

/* What tells a file from its later self. The time of its last change of any
 * kind finds an edit that set the mtime back, and a rename. */
struct landing_marks {
	int64_t bytes, mtime, ctime; /* nanoseconds */
	uint64_t inode;
};

struct landing_file {
	char *path; /* below the directory */
	struct landing_marks marks;
	struct digest blob; /* its bytes in the store; null: not taken */
};

struct landing_list {
	struct landing_file *files;
	size_t n, cap;
	struct arena names;
};

struct landing {
	const char *dir;
	struct snapshot_pattern *patterns;
	size_t n_patterns;
	/* whether a file that a pattern matches is asked for at all */
	bool (*is_wanted)(const char *path, const void *payload);
	const void *payload;
	int fd;
	struct landing_parts *parts; /* of the patterns, between slashes */
	struct arena arena;
	struct error busy; /* the first reason to try again */
	bool leaves_out; /* some pattern */
};

/* Opens the directory; l->dir, patterns and is_wanted are the caller's. */
int landing_open(struct landing *l, struct error *err);
/* Closes it, also where opening failed. */
void landing_close(struct landing *l);

/* All that is there now. */
int landing_list(struct landing *l, struct landing_list *out,
    struct error *err);
void landing_list_clear(struct landing_list *list);

/* Whether a pattern that is not left out matches a file that is wanted. */
bool landing_matches(const struct landing *l, const char *path);

/* A file is in the way of the patterns that match it: 0 where they may be left
 * out, or where it is ERROR_BUSY. words are what follows its path. */
int landing_trouble(struct landing *l, const char *path, enum error_code code,
    const char *words, struct error *err);

/* The marks of what stat() says; all of them equal. */
struct landing_marks landing_marks_of(const struct stat *info);
bool landing_marks_eq(const struct landing_marks *a,
    const struct landing_marks *b);

/* Adds a file behind the others; NULL without memory. */
struct landing_file *landing_add(struct landing_list *list, const char *path,
    size_t len);

/* A list whose files were all taken, as text and back: ERROR_CORRUPT. */
int landing_index_print(const struct landing_list *list, struct buf *out,
    struct error *err);
int landing_index_parse(struct bytes text, struct landing_list *out,
    struct error *err);

/* The index of earlier takings, such a list of files that were taken. It is a
 * derived form of the directory's name: where it is torn or gone, all is read
 * again, nothing worse. */
int landing_index_load(struct store *st, const char *dir,
    struct landing_list *out, struct error *err);
int landing_index_save(struct store *st, const char *dir,
    const struct landing_list *list, struct error *err);
/* It is in use, and as it should be: gc takes old ones. */
int landing_index_keep(struct store *st, const char *dir, struct error *err);

#endif
