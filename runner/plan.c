/* plan: see plan.h. Here: the graph of what is wanted, and reuse. What goes
 * into a job is in inputs.c. */
#include "runner/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/text.h"
#include "runner/explain.h"
#include "runner/inputs.h"
#include "runner/recall.h"

/* The readers of each node, as one array with an index (a compressed sparse
 * row), so that a settled node finds whom it wakes. */
static int make_readers(struct plan *plan, struct error *err)
{
	const struct pipeline *p = plan->pipeline;
	size_t i, j, k, n_edges = 0;
	size_t *fill;

	plan->first = mem_array(p->n + 2, sizeof(*plan->first));
	if (plan->first == NULL)
		return error_memory(err);
	for (i = 0; i < p->n; i++)
		for (j = 0; j < p->nodes[i].n_inputs; j++) {
			const struct input *in = &p->nodes[i].inputs[j];

			for (k = 0; k < in->n_nodes; k++)
				plan->first[in->nodes[k] + 2]++;
			n_edges += in->n_nodes;
		}
	for (i = 2; i < p->n + 2; i++)
		plan->first[i] += plan->first[i - 1];
	plan->readers = mem_array(n_edges, sizeof(*plan->readers));
	if (plan->readers == NULL)
		return error_memory(err);
	/* filling moves first[i + 1] to the end of node i's readers, which is
	 * where node i + 1's begin */
	fill = plan->first + 1;
	for (i = 0; i < p->n; i++)
		for (j = 0; j < p->nodes[i].n_inputs; j++) {
			const struct input *in = &p->nodes[i].inputs[j];

			for (k = 0; k < in->n_nodes; k++)
				plan->readers[fill[in->nodes[k]]++] = i;
		}
	return 0;
}

static void set_states(struct plan *plan)
{
	const struct pipeline *p = plan->pipeline;
	size_t i, j;

	for (i = 0; i < p->n; i++) {
		struct plan_node *node = &plan->nodes[i];

		if (plan->inputs.wanted != NULL && !plan->inputs.wanted[i])
			continue;
		plan->n_wanted++;
		for (j = 0; j < p->nodes[i].n_inputs; j++)
			node->n_waiting += p->nodes[i].inputs[j].n_nodes;
		node->state = node->n_waiting ? PLAN_WAITING : PLAN_READY;
	}
}

int plan_make(const struct pipeline *p, struct store *st,
    const struct plan_inputs *inputs, struct plan *out, struct error *err)
{
	int rc;

	*out = (struct plan){ .pipeline = p, .store = st, .inputs = *inputs };
	if (pthread_mutex_init(&out->lock, NULL) != 0)
		return error_memory(err);
	out->has_lock = true;
	out->nodes = mem_array(p->n, sizeof(*out->nodes));
	out->versions = mem_array(p->n_actions, sizeof(*out->versions));
	if (out->nodes == NULL || out->versions == NULL)
		rc = error_memory(err);
	else
		rc = make_readers(out, err);
	if (rc)
		plan_clear(out);
	else
		set_states(out);
	return rc;
}

void plan_clear(struct plan *plan)
{
	size_t i;

	for (i = 0; plan->nodes != NULL && i < plan->pipeline->n; i++)
		table_clear(&plan->nodes[i].table);
	for (i = 0; plan->versions != NULL && i < plan->pipeline->n_actions;
	     i++)
		mem_free(plan->versions[i]);
	mem_free(plan->nodes);
	mem_free(plan->versions);
	mem_free(plan->readers);
	mem_free(plan->first);
	recall_free(plan->recall);
	if (plan->has_lock)
		pthread_mutex_destroy(&plan->lock);
	*plan = (struct plan){ 0 };
}

void plan_job_clear(struct plan_job *job)
{
	size_t i, n = job->job.node ? job->job.node->n_inputs : 0;

	for (i = 0; i < n && job->unions != NULL; i++)
		table_clear(&job->unions[i]);
	for (i = 0; i < n && job->views != NULL; i++) {
		mem_free(job->views[i].table.columns);
		mem_free(job->views[i].table.parts);
	}
	for (i = 0; i < job->n_texts; i++)
		buf_clear(&job->texts[i]);
	json_decref(job->what);
	mem_free(job->sources);
	arena_clear(&job->arena);
	*job = (struct plan_job){ 0 };
}

int plan_fail(struct result *result, enum failure_class failure,
    const char *fmt, ...)
{
	va_list ap;

	result->state = RESULT_FAILED;
	result->failure = failure;
	va_start(ap, fmt);
	vsnprintf(result->message, sizeof(result->message), fmt, ap);
	va_end(ap);
	text_trim_cut(result->message);
	return 0;
}

/* The result of a key, through the clock's second key where it points there.
 * ERROR_NOT_FOUND where there is none. */
static int find_result(struct plan *plan, const json_t *what,
    const struct digest *key, struct result *out, struct error *err)
{
	json_auto_t *dated = NULL;
	struct digest second;
	int rc = result_get(plan->store, key, plan->inputs.least, out, err);

	if (rc || out->state != RESULT_CLOCK)
		return rc;
	if ((rc = jobspec_dated(what, plan->inputs.snapshot->date, &dated,
	         err)) ||
	    (rc = jobspec_key(dated, &second, err)))
		return rc;
	return result_get(plan->store, &second, plan->inputs.least, out, err);
}

/* Which failures are the code's own, and so hold until it changes. */
static bool is_remembered(enum failure_class failure)
{
	return failure >= FAILURE_SQL && failure <= FAILURE_OUTPUT;
}

/* Whether a failure that is remembered is the answer. */
static bool stands(const struct plan *plan, size_t node,
    const struct result *failed)
{
	const struct plan_inputs *in = &plan->inputs;
	bool is_retried =
	    in->retry_failed && (in->retried == NULL || in->retried[node]);

	return is_remembered(failed->failure) && !is_retried;
}

static int look_up(struct plan *plan, size_t node, struct plan_job *job,
    enum plan_answer *answer, struct result *result, struct error *err)
{
	struct error why = { 0 };
	int rc;

	*answer = ANSWER_EXECUTE;
	if (plan->inputs.no_reuse)
		return 0;
	rc = find_result(plan, job->what, &job->key, result, &why);
	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT) {
		*result = (struct result){ .key = job->key };
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if (result->state == RESULT_OK)
		*answer = ANSWER_REUSE;
	else if (stands(plan, node, result))
		*answer = ANSWER_FAILED;
	return 0;
}

/* One of an input's nodes after another, as jobspec_outline() wants them. */
static int list_tables(const struct plan *plan, const struct node *node,
    const struct digest ***out, struct error *err)
{
	size_t i, k, n = 0;

	for (i = 0; i < node->n_inputs; i++)
		n += node->inputs[i].n_nodes;
	*out = mem_array(n, sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	for (n = i = 0; i < node->n_inputs; i++)
		for (k = 0; k < node->inputs[i].n_nodes; k++)
			(*out)[n++] =
			    &plan->nodes[node->inputs[i].nodes[k]].table.id;
	return 0;
}

int plan_outline(struct plan *plan, size_t node, struct worker *w,
    struct digest *out, struct error *err)
{
	const struct node *n = &plan->pipeline->nodes[node];
	struct job job = { .node = n, .version = "1" };
	CLEANUP(mem_freep) const struct digest **ids = NULL;
	int rc;

	*out = (struct digest){ { 0 } };
	if (n->kind != NODE_TABLE) {
		job.action = &plan->pipeline->actions[n->action];
		rc = inputs_version(plan, n, w, &job.version, NULL);
		if (rc) /* told where the node is settled */
			return 0;
	}
	rc = list_tables(plan, n, &ids, err);
	return rc
	    ? rc
	    : jobspec_outline(&job, ids, plan->inputs.snapshot->date, out, err);
}

int plan_need_table(struct plan *plan, size_t node, const struct table **out,
    struct error *err)
{
	struct table *there = &plan->nodes[node].table, whole = { 0 };
	int rc = 0;

	*out = there;
	pthread_mutex_lock(&plan->lock);
	if (there->n_columns == 0)
		rc = table_load_whole(plan->store, &there->id, &whole, err);
	if (rc == 0 && there->n_columns == 0) {
		/* id and rows are what they are, and read meanwhile */
		there->columns = whole.columns;
		there->key = whole.key;
		there->n_key = whole.n_key;
		there->ordered = whole.ordered;
		there->parts = whole.parts;
		there->n_parts = whole.n_parts;
		there->bytes = whole.bytes;
		there->n_columns = whole.n_columns;
	}
	pthread_mutex_unlock(&plan->lock);
	return rc;
}

int plan_settle(struct plan *plan, size_t node, struct worker *w,
    enum plan_answer *answer, struct result *result, struct plan_job *job,
    struct error *err)
{
	struct error why = { 0 };
	int rc;

	*result = (struct result){ 0 };
	*job = (struct plan_job){ 0 };
	rc = inputs_make(plan, node, w, job, result, err);
	if (rc)
		return rc;
	if (result->state == RESULT_FAILED) {
		*answer = ANSWER_FAILED;
		return 0;
	}
	rc = jobspec_what(&job->job, &job->what, &why);
	if (rc == ERROR_NODE) {
		*answer = ANSWER_FAILED;
		return plan_fail(result, FAILURE_OUTPUT, "%s", why.msg);
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if ((rc = jobspec_key(job->what, &job->key, err)))
		return rc;
	result->key = job->key;
	return look_up(plan, node, job, answer, result, err);
}
