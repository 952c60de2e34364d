#ifndef SLUICE_RUNNER_CMD_SOURCES_H
#define SLUICE_RUNNER_CMD_SOURCES_H
/*
 * sources -- the snapshot a run at the desk uses.
 */
#include "cache/snapshot.h"
#include "runner/cmd/cmd.h"

/* rev names a snapshot (its id's first digits, at least 8); NULL: a new one
 * of the landing directory, or, for a pipeline that reads no files, the empty
 * one of the source's date. */
int sources_snapshot(const struct context *c, struct store *st,
    const struct pipeline *p, const char *rev, struct snapshot *out,
    struct error *err);

/* A pipeline may use the snapshot's date, and the snapshot depends on what
 * files the pipeline reads: where *p uses a date, and it is not the source's,
 * *p is loaded once more with it. */
int sources_date(struct source *src, const struct snapshot *snapshot,
    struct pipeline_options *options, struct pipeline **p, struct error *err);

#endif
