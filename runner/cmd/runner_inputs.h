#ifndef SLUICE_RUNNER_CMD_RUNNER_INPUTS_H
#define SLUICE_RUNNER_CMD_RUNNER_INPUTS_H
/*
 * runner_inputs -- what a run of the runner needs beside its commit: what it is
 * compared with, the snapshot it is on, and what was run before it. All of it
 * is read from refs; errors are those of refs.h and snapshot_take.h.
 */
#include "runner/cmd/runner.h"
#include "runner/run.h"

/* What a commit is compared with: the merge base with production, or where
 * that has no tables the nearest commit before it that has; for production
 * itself its last finished tip. */
struct base {
	char commit[41]; /* "" where there is none */
	struct run_entry run; /* of that commit or tree; id "": none */
};
int runner_base(struct refs *refs, const struct context *c, const char *branch,
    const char *commit, struct base *out, struct error *err);

/* The merge base of a commit with production; "" where there is none. */
int runner_merge_base(struct refs *refs, const struct context *c,
    const char *commit, char out[41], struct error *err);

/* Whether a run was asked for by hand: of any commit, not of a new tip. */
bool runner_is_retry(struct refs *refs, const struct run_entry *run);

/* The snapshot of a pipeline on the server: production's newest, with what it
 * lacks added; the empty one where no files are read. ERROR_BUSY: a file of it
 * is still being delivered. */
int runner_snapshot(struct runner *r, const struct pipeline *p,
    struct snapshot *out, struct error *err);

/* The pipeline of a source, with its snapshot; where it uses the snapshot's
 * date, and that is not the source's own, read once more with it. *p is set
 * where the text has errors, too. */
int runner_load(struct runner *r, struct source *src, struct pipeline **p,
    struct snapshot *snapshot, struct error *err);

/* As runner_load(), of what comes to production: with `sluice.promote` pin at
 * the snapshot at which its tree was reviewed, that of the newest run of a
 * branch that was well. */
int runner_load_reviewed(struct runner *r, struct source *src,
    struct pipeline **p, struct snapshot *snapshot, struct error *err);

/* Queues a run at the newest snapshot behind one of production's tip that was
 * at an older one, with that policy; once, however often it is asked for. */
int runner_refresh(struct runner *r, const struct run_entry *run,
    struct error *err);

/* How the runner runs a pipeline; what is particular is the caller's to add. */
struct run_request runner_run_request(struct runner *r,
    const struct pipeline *p, const struct snapshot *snapshot);

/* Where the base's run had other code and other sources: the base's code on
 * snapshot, into run->fair and the record (fair_manifest, or not_fair: why it
 * could not be made); found, or made now. ERROR_CANCELLED. */
struct published;
int runner_cell(struct runner *r, const struct base *base,
    const struct snapshot *snapshot, struct published *run, struct error *err);

/* Whether a run of a tree ended as what the code makes of it, with this
 * snapshot (NULL: any), or with a text that has errors. */
int runner_is_run(struct refs *refs, const char *tree,
    const struct digest *snapshot, bool *out, struct error *err);

/* The newest run of a branch that has tables (id "": none), and the snapshot it
 * was with. */
int runner_run_before(struct refs *refs, const char *branch,
    struct run_entry *out, struct digest *snapshot, struct error *err);

#endif
