#ifndef SLUICE_RUNNER_EXECUTE_H
#define SLUICE_RUNNER_EXECUTE_H
/*
 * execute -- carries out one job and keeps its result.
 *
 * The control side alone collects outputs and writes results: the worker gets
 * descriptors to read and two to write, and its answer is checked here.
 */
#include "runner/plan.h"

struct execute_request {
	struct plan *plan;
	struct worker *worker;
	const char *sandbox; /* git config sluice.sandbox */
	const char *job_dir; /* where a command's directory is made */
	const char *by; /* for the result's record */
	int *rows; /* the thread's file for what SQL gives, used again for job
	              after job; -1 at first; the caller closes it */
	const atomic_bool *cancelled; /* or NULL */
};

/* Executes. *result is the outcome, stored where it is to be remembered;
 * *table is set where it is "ok". Two processes that come to the same job at
 * once execute it once: the second waits and finds the result (reused). */
int execute_job(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, bool *reused,
    struct error *err);

/* Executes once more, in other surroundings (vary.h), whatever is there, and
 * records what came of it beside that (cache/result.h). */
int execute_varied(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, struct table *table, struct error *err);

/* The node with its inputs stirred (struct plan_stir): its table, of which no
 * result is kept, or in *failed that it failed. */
int execute_stirred(const struct execute_request *rq, struct plan_job *pj,
    struct table *table, bool *failed, struct error *err);

/* Of a reused result: puts the document under its key (of the job, or the dated
 * one) back where the store has lost it. */
int execute_keep_what(struct plan *plan, const struct plan_job *pj,
    const struct digest *key, struct error *err);

#endif
