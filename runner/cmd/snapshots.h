#ifndef SLUICE_RUNNER_CMD_SNAPSHOTS_H
#define SLUICE_RUNNER_CMD_SNAPSHOTS_H
/*
 * snapshots -- the snapshots of a server: refs/sluice/snapshots, a commit each.
 *
 * Shape      snapshot.json, and in the message what finds it again without
 *            reading that, and for which patterns it was taken:
 *
 *                snapshot of 2026-11-20, 12 files
 *
 *                Date: 2026-11-20
 *                Snapshot: 0c1f...
 *                Files: 12
 *                Bytes: 34567
 *                Path: labs/2026-??.csv
 *
 *            A pattern that is named there and has files is settled: its files
 *            are those of that moment, and what is delivered since is of the
 *            next one, or a branch would differ by its data.
 */
#include "cache/snapshot.h"
#include "hooks/refs.h"
#include "runner/lang/pipeline.h"

/* The reason of a run that a new snapshot asked for. */
#define FRESH_DATA "fresh data: a new snapshot of the sources"

/* A set of @path patterns. */
struct patterns {
	char **items;
	size_t n, cap;
};
void patterns_clear(struct patterns *p);
bool patterns_have(const struct patterns *p, const char *text);

/* Adds one, those of a pipeline, those of another set; each once. */
int patterns_add(struct patterns *p, const char *text, struct error *err);
int patterns_add_pipeline(struct patterns *p, const struct pipeline *from,
    struct error *err);
int patterns_add_all(struct patterns *p, const struct patterns *from,
    struct error *err);

/* What is known of a snapshot; of the newest: commit "" where there is none. */
struct newest {
	char commit[41];
	char date[16];
	struct digest id;
	uint64_t files, bytes;
	struct patterns patterns;
};
int newest_read(struct refs *r, struct newest *out, struct error *err);
/* The same of any commit of the line. */
int snapshots_read(struct refs *r, const char *commit, struct newest *out,
    struct error *err);
void newest_clear(struct newest *n);

/* The snapshot itself. Its blob is put back where the store has lost it. */
int newest_load(struct refs *r, struct store *st, const struct newest *n,
    struct snapshot *out, struct error *err);

/* A snapshot by its id: of the store, else (a clone's has none) of the line.
 * ERROR_NOT_FOUND. */
int snapshots_find(struct refs *r, struct store *st, const struct digest *id,
    struct snapshot *out, struct error *err);

/* Whether all that a pattern matches is in the snapshot, as of its moment. */
bool newest_settles(const struct newest *n, const struct snapshot *s,
    const char *pattern);

/* Makes a snapshot the newest, taken for these patterns; *is_new: it is another
 * than `behind`. ERROR_BUSY where a third came in between: read again, take
 * again. */
int snapshots_add(struct refs *r, const struct newest *behind,
    const struct snapshot *s, const struct patterns *patterns, bool *is_new,
    struct error *err);

#endif
