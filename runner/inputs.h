#ifndef SLUICE_RUNNER_INPUTS_H
#define SLUICE_RUNNER_INPUTS_H
/*
 * inputs -- what goes into a node's job: tables of what it reads (unions made,
 * columns chosen, columns that are read found), helpers, files, versions.
 */
#include "runner/plan.h"

/* Fills job->job. What the user is to blame for (a column that is not there)
 * becomes a failed *result, not an error. */
int inputs_make(struct plan *plan, size_t index, struct worker *w,
    struct plan_job *pj, struct result *result, struct error *err);

/* The version of a node's engine, or of its interpreter: asked of the worker
 * once a plan. ERROR_NODE where the action's @probe fails. */
int inputs_version(struct plan *plan, const struct node *node, struct worker *w,
    const char **out, struct error *err);

#endif
