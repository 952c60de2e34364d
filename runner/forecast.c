/* forecast: see forecast.h. */
#include "runner/forecast.h"

#include "runner/datatest.h"
#include "runner/terms.h"

/* PLAN_BLOCKED where something above failed, PLAN_WAITING where something above
 * is not known, else PLAN_READY. */
static enum plan_state look_above(const struct plan *plan, size_t node)
{
	const struct node *n = &plan->pipeline->nodes[node];
	enum plan_state found = PLAN_READY;
	size_t j, k;

	for (j = 0; j < n->n_inputs; j++)
		for (k = 0; k < n->inputs[j].n_nodes; k++)
			switch (plan->nodes[n->inputs[j].nodes[k]].state) {
			case PLAN_FAILED:
			case PLAN_BLOCKED:
				return PLAN_BLOCKED;
			case PLAN_DONE:
				break;
			case PLAN_UNWANTED:
			case PLAN_WAITING:
			case PLAN_READY:
			case PLAN_RUNNING:
				found = PLAN_WAITING;
			}
	return found;
}

/* What the store has of a node whose inputs are known. */
static int look_up(struct plan *plan, size_t node, struct worker *w,
    struct error *err)
{
	struct plan_node *state = &plan->nodes[node];
	struct plan_job job = { 0 };
	enum plan_answer answer = ANSWER_FAILED;
	struct error why = { 0 };
	int rc = plan_settle(plan, node, w, &answer, &state->result, &job, err);

	plan_job_clear(&job);
	if (rc)
		return rc;
	state->state = answer == ANSWER_FAILED ? PLAN_FAILED : PLAN_READY;
	if (answer != ANSWER_REUSE)
		return 0;
	rc = table_load_whole(plan->store, &state->result.table, &state->table,
	    &why);
	if (rc == 0)
		state->state = PLAN_DONE;
	return rc == 0 || rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT
	    ? 0
	    : error_set(err, why.code, "%s", why.msg);
}

static void count_nodes(const struct plan *plan, size_t n, struct forecast *out)
{
	size_t i;

	*out = (struct forecast){ .n = n };
	for (i = 0; i < n; i++)
		switch (plan->nodes[i].state) {
		case PLAN_DONE:
			out->there++;
			break;
		case PLAN_FAILED:
			out->failed++;
			break;
		case PLAN_BLOCKED:
			out->blocked++;
			break;
		case PLAN_READY:
			out->is_new++;
			break;
		case PLAN_UNWANTED:
		case PLAN_WAITING:
		case PLAN_RUNNING:
			out->below++;
		}
}

/* A test below a table that is not known yet is part of what is not known. */
static int count_tests(struct plan *plan, const struct datatests *t,
    struct forecast *out, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < t->n_nodes; i++)
		out->tests_failed +=
		    terms_count(&plan->pipeline->nodes[i].contract,
		        &plan->nodes[i].result, &plan->nodes[i].table);
	for (i = 0; rc == 0 && i < t->n; i++) {
		const struct plan_node *state = &plan->nodes[t->n_nodes + i];
		bool blocks = false;

		out->tests_new += state->state == PLAN_READY;
		if (state->state == PLAN_DONE || state->state == PLAN_FAILED)
			rc = datatest_blocks(t, plan, i, &blocks, err);
		out->tests_failed += blocks;
	}
	return rc;
}

static int look(struct plan *plan, const struct run_request *rq,
    struct worker *w, struct error *err)
{
	const struct pipeline *p = plan->pipeline;
	size_t i;
	int rc = 0;

	for (i = 0; i < p->n && rc == 0; i++) {
		size_t node = p->order[i];

		if (rq->watch.cancelled != NULL &&
		    atomic_load(rq->watch.cancelled))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		plan->nodes[node].state = look_above(plan, node);
		if (plan->nodes[node].state == PLAN_READY)
			rc = look_up(plan, node, w, err);
	}
	return rc;
}

int forecast_make(const struct run_request *rq, struct forecast *out,
    struct error *err)
{
	const struct worker_options options = {
		.program = rq->worker_program,
		.sandbox = rq->sandbox,
		.duckdb = rq->duckdb,
		.spill = rq->job_dir,
		.cancelled = rq->watch.cancelled,
	};
	CLEANUP(worker_closep) struct worker *w = NULL;
	CLEANUP(datatest_clear) struct datatests tests = { 0 };
	CLEANUP(plan_clear) struct plan plan = { 0 };
	int rc = worker_open(&options, &w, err);

	if (rc || (rc = datatest_add(rq->pipeline, &rq->inputs, &tests, err)) ||
	    (rc = plan_make(&tests.pipeline, rq->store, &tests.inputs, &plan,
	         err)) ||
	    (rc = look(&plan, rq, w, err)))
		return rc;
	count_nodes(&plan, tests.n_nodes, out);
	return count_tests(&plan, &tests, out, err);
}
