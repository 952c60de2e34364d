#ifndef SLUICE_RUNNER_CMD_PLANNER_H
#define SLUICE_RUNNER_CMD_PLANNER_H
/*
 * planner -- the plan index of a repository (runner/lang/index.h), as a file
 * beside the run database and in memory: STATE/plan-index.
 *
 * Use        planner_open(&context, &p, err);
 *            planner_changes(p, base, head, all, &known, &changes, err);
 *            not known: load both, and planner_keep(p, pipeline, err);
 *            planner_close(p).
 * Shape      The file is an image and its SHA-256. It is derived, of
 *            one commit, and may go at any time: what is damaged, or of another
 *            program, is as nothing. Whoever may not write it does without.
 * Threads    One thread at a time; each has one of its own.
 */
#include "runner/cmd/cmd.h"
#include "runner/lang/change.h"

struct planner;

/* Borrows c. Without a file that can be used it knows nothing at first. */
int planner_open(const struct context *c, struct planner **out,
    struct error *err);

/* Writes the file anew where it lags behind, and frees; NULL is fine. */
void planner_close(struct planner *p);
void planner_closep(struct planner **p);

/* What a source changes against the commit base; see index_changes(). Where
 * *known, out is to be cleared before the next call. */
int planner_changes(struct planner *p, const char *base, struct source *head,
    bool all, bool *known, struct changes *out, struct error *err);

/* The index of p is from now on that of a pipeline without errors and --set,
 * and is written. */
int planner_keep(struct planner *p, const struct pipeline *of,
    struct error *err);

/* Of planner_changes() that was known: see index.h. */
size_t planner_n_patterns(const struct planner *p);
const char *planner_pattern(const struct planner *p, size_t i);
const char *planner_warnings(const struct planner *p);

#endif
