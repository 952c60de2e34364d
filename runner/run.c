/* run: see run.h. Threads take nodes whose inputs are settled, in the order
 * of the DAG, and wake what reads them. */
#include "runner/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "runner/datatest.h"
#include "runner/execute.h"
#include "runner/explain.h"
#include "runner/recall.h"
#include "runner/run_manifest.h"
#include "runner/twice.h"

enum {
	JOBS_MAX = 256
};

struct run {
	const struct run_request *request;
	struct plan plan;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	size_t *ready; /* a binary heap of ranks: the smallest first */
	size_t n_ready;
	size_t *rank; /* of a node: its place in the pipeline's order */
	size_t n_left; /* wanted nodes that are not settled */
	struct run_event count;
	struct error error; /* the first that ends the run */
	bool has_failed;
};

/* The heap of nodes that are ready. Breadth would keep many tables waiting
 * for their readers; the order of the DAG finishes what it began. */
static void heap_push(struct run *run, size_t rank)
{
	size_t i = run->n_ready++;

	while (i > 0 && run->ready[(i - 1) / 2] > rank) {
		run->ready[i] = run->ready[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	run->ready[i] = rank;
}

static size_t heap_pop(struct run *run)
{
	size_t top = run->ready[0], last = run->ready[--run->n_ready];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < run->n_ready) {
		if (child + 1 < run->n_ready &&
		    run->ready[child + 1] < run->ready[child])
			child++;
		if (run->ready[child] >= last)
			break;
		run->ready[i] = run->ready[child];
		i = child;
	}
	run->ready[i] = last;
	return top;
}

static void tell(struct run *run, enum run_event_kind kind, size_t node)
{
	const struct run_watch *watch = &run->request->watch;
	struct run_event event = run->count;

	if (watch->on_event == NULL)
		return;
	event.kind = kind;
	if (kind != RUN_STARTED) {
		event.node = &run->plan.pipeline->nodes[node];
		event.state = &run->plan.nodes[node];
	}
	watch->on_event(&event, watch->payload);
}

/* Marks all that reads a failed node, however far, as blocked. A stack of its
 * own: the depth of the graph is the user's choice. */
static int block_readers(struct run *run, size_t node)
{
	struct plan *plan = &run->plan;
	size_t *stack = NULL, n = 0, cap = 0, i;

	for (;;) {
		for (i = plan->first[node]; i < plan->first[node + 1]; i++) {
			size_t reader = plan->readers[i];
			size_t *more;

			if (plan->nodes[reader].state != PLAN_WAITING)
				continue;
			more = mem_grow(stack, n, &cap, sizeof(*stack));
			if (more == NULL) {
				mem_free(stack);
				return error_memory(&run->error);
			}
			stack = more;
			stack[n++] = reader;
			plan->nodes[reader].state = PLAN_BLOCKED;
			run->n_left--;
			run->count.n_done++;
			tell(run, RUN_NODE_ENDED, reader);
		}
		if (n == 0)
			break;
		node = stack[--n];
	}
	mem_free(stack);
	return 0;
}

static void wake_readers(struct run *run, size_t node)
{
	struct plan *plan = &run->plan;
	size_t i;

	for (i = plan->first[node]; i < plan->first[node + 1]; i++) {
		struct plan_node *reader = &plan->nodes[plan->readers[i]];

		if (reader->state != PLAN_WAITING || --reader->n_waiting > 0)
			continue;
		reader->state = PLAN_READY;
		heap_push(run, run->rank[plan->readers[i]]);
	}
}

struct settled {
	struct result result;
	struct table table;
	struct digest outline;
	bool reused;
	char cause[160];
	const char *twice;
};

/* The table of a result that is to be reused. Where the store has lost some of
 * it (a damaged part is in quarantine), the node is executed instead. */
static int reuse(struct plan *plan, const struct plan_job *job,
    struct settled *out, enum plan_answer *answer, struct error *err)
{
	struct error why = { 0 };
	int rc = table_load_whole(plan->store, &out->result.table, &out->table,
	    &why);

	out->reused = rc == 0;
	if (rc == 0)
		return execute_keep_what(plan, job, &out->result.key, err);
	if (rc != ERROR_NOT_FOUND && rc != ERROR_CORRUPT)
		return error_set(err, why.code, "%s", why.msg);
	out->result = (struct result){ .key = job->key };
	*answer = ANSWER_EXECUTE;
	return 0;
}

/* Executes a node whose table is there with its inputs stirred. */
static int stir(const struct execute_request *x, struct plan_job *job,
    const struct table *is, struct error *err)
{
	const struct plan_stir *stir = x->plan->inputs.stir;
	struct table table = { 0 };
	bool failed = false;
	int rc;

	if (job->job.action == NULL ||
	    strcmp(job->job.action->engine, "duckdb") != 0)
		return 0;
	rc = execute_stirred(x, job, &table, &failed, err);
	if (rc == 0 && !failed && !digest_eq(&table.id, &is->id))
		rc = stir->differs(stir->payload, job->job.node, is, &table,
		    err);
	table_clear(&table);
	return rc;
}

/* Whether what was executed now is to be so once more. What we read ourselves
 * (a file as a table) and the tests of nodes are always the same. */
static bool is_for_twice(const struct run *run, size_t node,
    const struct plan_job *job, const struct settled *s)
{
	return !s->reused && s->result.state == RESULT_OK &&
	    node < run->request->pipeline->n && job->job.action != NULL &&
	    job->job.node->kind == NODE_CODE &&
	    twice_is_chosen(&s->result.key, run->plan.inputs.twice);
}

/* What a thread works with. */
struct hands {
	struct worker *worker;
	int rows; /* struct execute_request */
};

static void hands_clear(struct hands *h)
{
	worker_close(h->worker);
	fd_close(&h->rows);
}

/* One node: reuse, or execute. Runs without the lock. */
static int work(struct run *run, size_t node, struct hands *hands,
    struct settled *out, struct error *err)
{
	const struct run_request *rq = run->request;
	struct plan *plan = &run->plan;
	struct plan_job job = { 0 };
	enum plan_answer answer = ANSWER_FAILED;
	struct execute_request x = { .plan = plan,
		.worker = hands->worker,
		.rows = &hands->rows,
		.sandbox = rq->sandbox,
		.job_dir = rq->job_dir,
		.by = rq->by,
		.cancelled = rq->watch.cancelled };
	int rc = plan_outline(plan, node, hands->worker, &out->outline, err);

	out->reused = rc == 0 &&
	    recall_find(plan->recall, plan->store, &out->outline, &out->result,
	        &out->table);
	if (rc || out->reused)
		return rc;
	rc = plan_settle(plan, node, hands->worker, &answer, &out->result, &job,
	    err);

	if (rc == 0 && answer == ANSWER_REUSE)
		rc = reuse(plan, &job, out, &answer, err);
	if (rc == 0 && answer == ANSWER_REUSE && plan->inputs.stir != NULL)
		rc = stir(&x, &job, &out->table, err);
	if (rc == 0 && answer == ANSWER_EXECUTE) {
		if (explain_against(plan->store, plan->inputs.previous,
		        plan->pipeline->nodes[node].path, job.what, out->cause,
		        sizeof(out->cause)))
			rc = error_memory(err);
		if (rc == 0)
			rc = execute_job(&x, &job, &out->result, &out->table,
			    &out->reused, err);
		if (rc == 0 && is_for_twice(run, node, &job, out))
			rc = twice_execute(&x, &job, &out->result, &out->twice,
			    err);
	} else if (rc == 0 && answer == ANSWER_FAILED) {
		out->reused = !digest_is_null(&out->result.key);
		if (out->reused)
			snprintf(out->cause, sizeof(out->cause),
			    "failed before; `sluice retry` executes it again");
	}
	if (!digest_eq(&out->result.key, &job.key)) /* dated */
		out->outline = (struct digest){ { 0 } };
	plan_job_clear(&job);
	return rc;
}

/* Books the outcome, under the lock. */
static void settle(struct run *run, size_t node, struct settled *s, int64_t ms)
{
	struct plan_node *state = &run->plan.nodes[node];

	state->result = s->result;
	state->table = s->table;
	state->outline = s->outline;
	state->reused = s->reused;
	state->ms = ms;
	state->twice = s->twice;
	memcpy(state->cause, s->cause, sizeof(state->cause));
	run->n_left--;
	run->count.n_done++;
	if (s->result.state == RESULT_OK) {
		state->state = PLAN_DONE;
		run->count.n_reused += s->reused;
		wake_readers(run, node);
	} else {
		state->state = PLAN_FAILED;
		run->count.n_failed++;
	}
	tell(run, RUN_NODE_ENDED, node);
	if (state->state == PLAN_FAILED && block_readers(run, node))
		run->has_failed = true;
}

/* The surroundings failed at a node. */
static void abandon(const struct run *run, size_t node, struct settled *s,
    struct error *err)
{
	table_clear(&s->table);
	error_wrap(err, "%s", run->plan.pipeline->nodes[node].path);
}

static bool is_cancelled(const struct run *run)
{
	const atomic_bool *cancelled = run->request->watch.cancelled;

	return cancelled != NULL && atomic_load(cancelled);
}

/* The next node, or false where the run is over. Called with the lock. */
static bool take(struct run *run, size_t *node)
{
	while (run->n_ready == 0 && run->n_left > 0 && !run->has_failed)
		pthread_cond_wait(&run->wake, &run->lock);
	if (run->n_left == 0 || run->has_failed)
		return false;
	if (is_cancelled(run)) {
		error_set(&run->error, ERROR_CANCELLED, "cancelled");
		run->has_failed = true;
		return false;
	}
	*node = run->plan.pipeline->order[heap_pop(run)];
	run->plan.nodes[*node].state = PLAN_RUNNING;
	run->count.n_running++;
	tell(run, RUN_NODE_STARTED, *node);
	return true;
}

static void *serve(void *payload)
{
	struct run *run = payload;
	struct worker_options options = {
		.program = run->request->worker_program,
		.sandbox = run->request->sandbox,
		.duckdb = run->request->duckdb,
		.spill = run->request->job_dir,
		.cancelled = run->request->watch.cancelled,
	};
	CLEANUP(hands_clear) struct hands hands = { .rows = -1 };
	struct error err = { 0 };
	int rc = worker_open(&options, &hands.worker, &err);
	size_t node;

	pthread_mutex_lock(&run->lock);
	while (rc == 0 && take(run, &node)) {
		struct settled s = { 0 };
		int64_t began = clock_mono();

		pthread_mutex_unlock(&run->lock);
		rc = work(run, node, &hands, &s, &err);
		pthread_mutex_lock(&run->lock);
		run->count.n_running--;
		if (rc == 0)
			settle(run, node, &s, clock_mono() - began);
		else
			abandon(run, node, &s, &err);
		pthread_cond_broadcast(&run->wake);
	}
	if (rc && !run->has_failed) {
		run->error = err;
		run->has_failed = true;
	}
	pthread_cond_broadcast(&run->wake);
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

static size_t count_jobs(const struct run *run)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = run->request->n_jobs;

	if (n == 0)
		n = cores > 0 ? (size_t)cores : 1;
	if (n > run->plan.n_wanted)
		n = run->plan.n_wanted;
	return n > JOBS_MAX ? JOBS_MAX : n;
}

static int run_threads(struct run *run, struct error *err)
{
	size_t n = count_jobs(run), i, started = 0;
	pthread_t threads[JOBS_MAX];

	for (i = 0; i < n; i++)
		if (pthread_create(&threads[started], NULL, serve, run) == 0)
			started++;
	if (n > 0 && started == 0)
		return error_set(err, ERROR_IO, "no thread could be started");
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (run->has_failed)
		return error_set(err, run->error.code, "%s", run->error.msg);
	return 0;
}

/* What is to be executed whatever is there, or looked at twice, is not
 * recalled. */
static void remember(struct run *run)
{
	const struct plan_inputs *in = &run->request->inputs;

	if (in->previous != NULL && !in->no_reuse && in->stir == NULL)
		run->plan.recall =
		    recall_load(run->plan.store, &in->previous->id, in->least);
}

static int start(struct run *run, struct error *err)
{
	const struct pipeline *p = run->plan.pipeline;
	size_t i;

	remember(run);
	run->ready = mem_array(p->n, sizeof(*run->ready));
	run->rank = mem_array(p->n, sizeof(*run->rank));
	if (run->ready == NULL || run->rank == NULL)
		return error_memory(err);
	for (i = 0; i < p->n; i++)
		run->rank[p->order[i]] = i;
	run->n_left = run->plan.n_wanted;
	run->count.n = run->plan.n_wanted;
	for (i = 0; i < p->n; i++)
		if (run->plan.nodes[p->order[i]].state == PLAN_READY)
			heap_push(run, i);
	tell(run, RUN_STARTED, 0);
	return 0;
}

int run_pipeline(const struct run_request *request, struct manifest *manifest,
    struct run_record *record, struct error *err)
{
	CLEANUP(store_closep) struct store *lazy = NULL;
	struct run run = { .request = request };
	struct datatests tests;
	int rc;

	*manifest = (struct manifest){ 0 };
	*record = (struct run_record){ .started = clock_now() };
	if ((rc = datatest_add(request->pipeline, &request->inputs, &tests,
	         err)))
		return rc;
	if ((rc = store_open_lazy(store_dir(request->store), &lazy, err)) ||
	    (rc = plan_make(&tests.pipeline, lazy, &tests.inputs, &run.plan,
	         err))) {
		datatest_clear(&tests);
		return rc;
	}
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.wake, NULL);
	if ((rc = start(&run, err)) == 0 &&
	    (rc = run_threads(&run, err)) == 0 &&
	    (rc = run_manifest_make(request, &run.plan, manifest, err)) == 0 &&
	    (rc = datatest_verdicts(&tests, &run.plan, manifest, err)) == 0 &&
	    (rc = manifest_save(lazy, manifest, err)) == 0 &&
	    (rc = store_sync(lazy, err)) == 0) {
		recall_save(&run.plan, &manifest->id);
		rc = run_record_make(request, &run.plan, manifest, record, err);
	}
	pthread_cond_destroy(&run.wake);
	pthread_mutex_destroy(&run.lock);
	mem_free(run.ready);
	mem_free(run.rank);
	plan_clear(&run.plan);
	datatest_clear(&tests);
	if (rc) {
		manifest_clear(manifest);
		run_record_clear(record);
	}
	return rc;
}
