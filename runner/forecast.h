#ifndef SLUICE_RUNNER_FORECAST_H
#define SLUICE_RUNNER_FORECAST_H
/*
 * forecast -- what a run of a pipeline would do, as far as the store knows it:
 * everything is looked up, nothing is executed.
 *
 * Use        forecast_make(&request, &forecast, err).
 * Shape      A node's key wants the tables of its inputs: below a node that is
 *            to be executed keys are not known, and those nodes may yet find
 *            their results, as where the new table is the old one. So is_new
 *            is exact, and below an upper bound.
 *            Tests are looked up as nodes are, and counted apart from them.
 * Errors     As run_pipeline(). A question to the code's engine (which columns
 *            it reads, its version) is asked of a worker, as a run does.
 */
#include "runner/run.h"

struct forecast {
	size_t n; /* nodes */
	size_t there; /* their tables are in the store */
	size_t is_new; /* would be executed: no result of their keys */
	size_t below; /* read one of those, however far */
	size_t failed; /* failed before, and would again */
	size_t blocked; /* read one of those, however far */
	size_t tests_new; /* no result, of tables that are there */
	size_t tests_failed; /* that block; @key and @column, too */
};

/* rq: as for run_pipeline(); targets, jobs and by have no part. */
int forecast_make(const struct run_request *rq, struct forecast *out,
    struct error *err);

#endif
