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

#endif
