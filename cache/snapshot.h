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
 * How one is taken: snapshot_take.h.
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

/* The canonical text of one that is sorted, and back: ERROR_CORRUPT. Saving
 * sorts and sets the id. */
int snapshot_print(const struct snapshot *s, struct buf *out,
    struct error *err);
int snapshot_parse(struct bytes text, struct snapshot *out, struct error *err);

/* Adds a source behind the others; NULL without memory. */
struct snapshot_source *snapshot_add(struct snapshot *s, const char *path);

/* The same once more, for another holder. */
int snapshot_copy(const struct snapshot *from, struct snapshot *out,
    struct error *err);

/* The source of a path, or NULL. Binary search: the snapshot is sorted. */
const struct snapshot_source *snapshot_find(const struct snapshot *s,
    const char *path);

/* The sources that match a pattern, in path order: indexes into s->sources.
 * The array is the caller's (mem_free). */
int snapshot_match(const struct snapshot *s, const char *pattern, size_t **out,
    size_t *n, struct error *err);

#endif
