#ifndef SLUICE_CACHE_SNAPSHOT_H
#define SLUICE_CACHE_SNAPSHOT_H
/*
 * snapshot -- the sources at one moment (sluice-snapshot/1).
 *
 *   {"date":"2026-11-20","format":"sluice-snapshot/1",
 *    "sources":{"labs/2026-11-20.csv":{"blob":"...","bytes":123}}}
 *
 * A snapshot is a blob; its name is its id. Without sources it is the empty
 * snapshot, dated by the commit (UTC).
 *
 * Taking reads a landing directory: regular files below it, no symbolic link
 * anywhere on the way; `.name`, `*.part`, `*.tmp` are not seen.
 */
#include "cache/store.h"

struct snapshot_source {
	char *path; /* below the landing directory */
	struct digest blob;
	uint64_t bytes;
};

struct snapshot {
	struct digest id;
	char date[16]; /* "2026-11-20" */
	struct snapshot_source *sources; /* sorted by path */
	size_t n, cap;
};

/* Frees what it owns; empty and usable again. */
void snapshot_clear(struct snapshot *s);

/* The snapshot without sources of a date; it is put into the store. */
int snapshot_make_empty(struct store *st, const char *date,
    struct snapshot *out, struct error *err);

/* A snapshot by its id, verified; and into the store (below: saving). */
int snapshot_load(struct store *st, const struct digest *id,
    struct snapshot *out, struct error *err);
int snapshot_save(struct store *st, struct snapshot *s, struct error *err);

/* The canonical text, and back: ERROR_CORRUPT. Saving sorts and sets the id. */
int snapshot_print(const struct snapshot *s, struct buf *out,
    struct error *err);
int snapshot_parse(struct bytes text, struct snapshot *out, struct error *err);

/* Adds a source behind the others; NULL without memory. */
struct snapshot_source *snapshot_add(struct snapshot *s, const char *path);

/* The source of a path, or NULL. Binary search: the snapshot is sorted. */
const struct snapshot_source *snapshot_find(const struct snapshot *s,
    const char *path);

/* Takes what matches any of the patterns (base/text.h: text_match) below the
 * landing directory: copied and hashed into the store. Files whose size,
 * mtime and inode are as the index of earlier takings has them are not read
 * again. base, where not NULL, is a snapshot whose files and date are kept and
 * to which only files it does not have are added (the child snapshot).
 * now is milliseconds since 1970. ERROR_BUSY: a file changed while it was
 * copied, or is younger than 2 s: the snapshot is incomplete, try again (what
 * was copied is not copied again). ERROR_DENIED: what matches is no regular
 * file. */
struct snapshot_request {
	const char *landing;
	const char *const *patterns;
	size_t n_patterns;
	const char *date;
	const struct snapshot *base;
	int64_t now;
};
int snapshot_take(struct store *st, const struct snapshot_request *request,
    struct snapshot *out, struct error *err);

/* The sources that match a pattern, in path order: indexes into s->sources.
 * The array is the caller's (mem_free). */
int snapshot_match(const struct snapshot *s, const char *pattern, size_t **out,
    size_t *n, struct error *err);

#endif
