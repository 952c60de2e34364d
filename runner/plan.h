#ifndef SLUICE_RUNNER_PLAN_H
#define SLUICE_RUNNER_PLAN_H
/*
 * plan -- a pipeline's nodes against a store: what is there, what must run.
 *
 * A node's key needs its inputs' tables, so a plan fills while it runs:
 * plan_step() settles one node whose inputs are settled, as HIT (its result
 * is in the store) or READY (a job).
 */
#include "cache/manifest.h"
#include "cache/snapshot.h"
#include "cache/table.h"
#include "runner/lang/pipeline.h"
#include "runner/worker.h"

enum plan_state {
	PLAN_UNWANTED, /* not a target and not above one */
	PLAN_WAITING,  /* some input is not settled */
	PLAN_READY,    /* key known, no result: to be executed */
	PLAN_RUNNING,
	PLAN_DONE, /* result is there: reused or computed */
	PLAN_FAILED,
	PLAN_BLOCKED, /* something above it failed */
};

struct plan_node {
	enum plan_state state;
	bool reused;
	size_t n_waiting;  /* inputs not settled */
	struct digest key; /* of the result; null until known */
	struct table table; /* PLAN_DONE */
	struct result result;
	json_t *what; /* the preimage of key */
	int64_t ms;
};

struct plan_inputs {
	const struct snapshot *snapshot;
	const bool *wanted; /* a place per node; NULL: all */
	enum result_tier least, tier; /* read, written */
	bool no_reuse;
	bool retry_failed; /* execute what is remembered as failed */
};

struct plan {
	const struct pipeline *pipeline; /* borrowed */
	struct store *store;		 /* borrowed */
	struct plan_inputs inputs;
	struct plan_node *nodes; /* as pipeline->nodes */
	size_t n_wanted;
};

/* All wanted nodes, WAITING or, without inputs, to be settled. */
int plan_make(const struct pipeline *p, struct store *st,
    const struct plan_inputs *inputs, struct plan *out, struct error *err);
void plan_clear(struct plan *plan);

/* What plan_step() found out about a node; committed by the caller under its
 * lock. */
int plan_settle(struct plan *plan, size_t node, struct worker *w,
    struct error *err);

#endif
