#ifndef SLUICE_RUNNER_PLAN_H
#define SLUICE_RUNNER_PLAN_H
/*
 * plan -- a pipeline's nodes against a store: what is there, what must run.
 *
 * A node's key needs its inputs' tables, so a plan fills while it runs. For
 * each node whose inputs are settled, plan_settle() makes its job and key and
 * looks for the result: it is there (reused, or remembered as failed), or the
 * job is to be executed (execute.h).
 *
 * Use        plan_make(); then run_plan() of run.h does the rest.
 * Ownership  A plan borrows pipeline, store and snapshot. A plan_job is the
 *            caller's: plan_job_clear().
 * Threads    plan_settle() may be called by many threads for different nodes
 *            whose inputs are settled; states are set by run.c under its lock.
 */
#include <pthread.h>

#include "cache/manifest.h"
#include "cache/result.h"
#include "runner/jobspec.h"
#include "runner/worker.h"

enum plan_state {
	PLAN_UNWANTED, /* not a target and not above one */
	PLAN_WAITING, /* some input is not settled */
	PLAN_READY, /* all inputs are: a thread may take it */
	PLAN_RUNNING,
	PLAN_DONE, /* its table is there: reused or computed */
	PLAN_FAILED,
	PLAN_BLOCKED, /* something above it failed */
};

struct plan_node {
	enum plan_state state;
	bool reused; /* the result was there: nothing was executed */
	size_t n_waiting; /* inputs not settled, counted with repeats */
	struct table table; /* PLAN_DONE; of what was recalled its id and rows
	                       alone, see plan_need_table() */
	struct digest outline; /* null: none, or it asked the clock */
	struct result result; /* key set once known; table, failure, log */
	int64_t ms;
	char cause[160]; /* why it was executed */
	const char *twice; /* what came of its second execution, or NULL */
};

/* Nodes of DuckDB whose result is there are executed once more with the rows
 * of their inputs the other way round; nothing of it is kept. Who gets other
 * rows is told, one after another where the run has one thread. */
struct plan_stir {
	int (*differs)(void *payload, const struct node *node,
	    const struct table *is, const struct table *stirred,
	    struct error *err);
	void *payload;
};

struct plan_inputs {
	const struct snapshot *snapshot;
	const bool *wanted; /* a place per node; NULL: all */
	const bool *tested; /* whose tests are; NULL: of all that is wanted */
	enum result_tier least, tier; /* read, written */
	bool no_reuse; /* execute all that is wanted */
	bool is_varied; /* and that in other surroundings (vary.h) */
	double twice; /* the share of executions done twice (twice.h) */
	bool retry_failed; /* execute what is remembered as failed: */
	const bool *retried; /* these alone, a place per node; NULL: all */
	const struct manifest *previous; /* for causes; NULL: none */
	const struct plan_stir *stir; /* NULL: not so */
};

struct plan {
	const struct pipeline *pipeline;
	struct store *store;
	struct plan_inputs inputs;
	struct plan_node *nodes; /* as pipeline->nodes */
	size_t n_wanted;
	size_t *readers; /* of node i: readers[first[i]..first[i+1]-1] */
	size_t *first;
	char **versions; /* of pipeline->actions, probed once */
	struct recall *recall; /* of the run before, or NULL */
	pthread_mutex_t lock; /* of source, versions, tables that are loaded */
	bool has_lock;
};

/* The wanted nodes WAITING or READY, all others UNWANTED. */
int plan_make(const struct pipeline *p, struct store *st,
    const struct plan_inputs *inputs, struct plan *out, struct error *err);
void plan_clear(struct plan *plan);

/* Which columns of an input's table the code gets (@depend X (a, b)). */
struct plan_view {
	struct table table; /* with those columns alone; id null */
	const struct table *full; /* borrowed */
	size_t *columns; /* their indexes in full */
	bool is_used;
};

/* A node's job, ready to be executed. */
struct plan_job {
	struct arena arena; /* of the arrays in job */
	struct job job;
	struct table *unions; /* as inputs; columns NULL where none */
	struct plan_view *views; /* as inputs */
	struct buf *texts; /* of helpers; then of a table in git */
	size_t n_texts;
	struct digest body;
	size_t *sources;
	json_t *what;
	struct digest key; /* of what */
	bool is_stirred; /* see struct plan_stir */
	bool is_varied; /* to be executed in other surroundings */
	bool is_plain; /* its inputs are parts, whatever images there are */
	bool died; /* the worker, over the last call */
};
void plan_job_clear(struct plan_job *job);

enum plan_answer {
	ANSWER_REUSE, /* *result is "ok" */
	ANSWER_FAILED, /* *result has a failure: remembered, or of inputs */
	ANSWER_EXECUTE, /* *job is to be executed */
};

/* Makes the node's job and key, and looks for its result. */
int plan_settle(struct plan *plan, size_t node, struct worker *w,
    enum plan_answer *answer, struct result *result, struct plan_job *job,
    struct error *err);

/* The outline (jobspec.h) of a node whose inputs are settled; null where it
 * has none, or nothing is to be recalled. */
int plan_outline(struct plan *plan, size_t node, struct worker *w,
    struct digest *out, struct error *err);

/* The whole table of a node that is done. */
int plan_need_table(struct plan *plan, size_t node, const struct table **out,
    struct error *err);

/* A failure of a node as a result without record; returns 0. */
int plan_fail(struct result *result, enum failure_class failure,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
