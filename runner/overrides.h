#ifndef SLUICE_RUNNER_OVERRIDES_H
#define SLUICE_RUNNER_OVERRIDES_H
/*
 * overrides -- whether an override still has the columns that mounted nodes
 * read, before anything runs.
 *
 * Use        overrides_check(p, &request, err) once a pipeline is loaded and
 *            the run before is known; what it finds are errors of the
 *            pipeline, at the override's line.
 * Shape      The columns of a node are found in the order of the DAG: those of
 *            a table in git, and of files in the run's snapshot, are their
 *            header; those of SQLite's code are what its query gives, prepared
 *            over the columns of its inputs; of any other node they are those
 *            of the last run. From these and a star follows nothing for sure.
 * Then each mounted node that reads an override is prepared. A column that
 * SQLite misses, and would not if the override had it, is an error; so is one
 * that a @depend names. Promise    What is told would fail for sure when the
 * reader runs. What is not known for sure is not told: it fails when it runs.
 * An override and a reader with the texts of the last run, where both were
 * well, are not looked at.
 */
#include "runner/run.h"

/* rq: as for run_pipeline(); its inputs' previous run tells the last columns.
 * 0, or as pipeline_load() where the text has errors. */
int overrides_check(struct pipeline *p, const struct run_request *rq,
    struct error *err);

#endif
