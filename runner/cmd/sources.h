#ifndef SLUICE_RUNNER_CMD_SOURCES_H
#define SLUICE_RUNNER_CMD_SOURCES_H
/*
 * sources -- the pipeline and the snapshot that a run at the desk uses.
 */
#include "cache/snapshot.h"
#include "runner/cmd/look.h"

/* What a command line says of them. */
struct sources_wanted {
	const struct set_options *set;
	/* the snapshot's id, or its first digits, at least 8; NULL: a new one
	 * of the landing directory, or, for a pipeline that reads no files,
	 * the empty one of the source's date */
	const char *snapshot;
};

/* The pipeline of src, and the snapshot that it reads, whose date it is loaded
 * with. Diagnostics are printed, as by context_pipeline(). */
int sources_pipeline(const struct context *c, struct store *st,
    struct source *src, const struct sources_wanted *wanted,
    struct pipeline **p, struct snapshot *snapshot, struct error *err);

/* A pipeline may use the snapshot's date, and the snapshot depends on what
 * files the pipeline reads: where *p uses a date, and it is not the source's,
 * *p is loaded once more with it. */
int sources_date(struct source *src, const struct snapshot *snapshot,
    struct pipeline_options *options, struct pipeline **p, struct error *err);

#endif
