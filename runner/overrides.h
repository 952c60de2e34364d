#ifndef SLUICE_RUNNER_OVERRIDES_H
#define SLUICE_RUNNER_OVERRIDES_H
/*
 * overrides -- whether an override still has the columns that mounted nodes
 * read, of the types that they know, before anything runs.
 *
 * Use        overrides_check(p, &request, err) once a pipeline is loaded and
 *            the run before is known; what it finds are errors of the
 *            pipeline, at the override's line.
 * Dropped    Each mounted SQL node that reads an override is prepared over its
 *            columns (shapes.h). One that the engine misses, and would not if
 *            the override had it, is an error; so is one that a @depend names.
 * Retyped    What the reader reads has the type that the hidden node declares,
 *            else that it had in the last run, where it would have it today.
 * Promise    What is told as dropped would fail for sure when the reader runs.
 *            What is not known for sure is not told: it fails when it runs.
 *            An override and a reader with the texts of the last run, where
 *            both were well, are not looked at.
 */
#include "runner/run.h"

/* rq: as for run_pipeline(); its inputs' previous run tells the last columns.
 * 0, or as pipeline_load() where the text has errors. */
int overrides_check(struct pipeline *p, const struct run_request *rq,
    struct error *err);

#endif
