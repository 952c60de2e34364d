/* run_manifest: see run_manifest.h. */
#include "runner/run_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "runner/profile.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts names and drops repeats; the array is kept. */
static size_t sort_unique(char **names, size_t n)
{
	size_t i, kept = 0;

	if (n > 1)
		qsort(names, n, sizeof(*names), compare);
	for (i = 0; i < n; i++)
		if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
			mem_free(names[i]);
		else
			names[kept++] = names[i];
	return kept;
}

static int add_string(char ***names, size_t *n, size_t *cap, const char *s,
    struct error *err)
{
	char **more = mem_grow(*names, *n, cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	*names = more;
	more[*n] = mem_strdup(s);
	if (more[*n] == NULL)
		return error_memory(err);
	++*n;
	return 0;
}

static int set_inputs(const struct plan *plan, size_t index,
    struct manifest_node *out, struct error *err)
{
	const struct node *node = &plan->pipeline->nodes[index];
	size_t i, j, cap = 0;
	int rc = 0;

	for (i = 0; i < node->n_inputs; i++)
		for (j = 0; rc == 0 && j < node->inputs[i].n_nodes; j++)
			rc = add_string(&out->inputs, &out->n_inputs, &cap,
			    plan->pipeline->nodes[node->inputs[i].nodes[j]]
			        .path,
			    err);
	out->n_inputs = sort_unique(out->inputs, out->n_inputs);
	return rc;
}

static int set_origin(const struct node *node, struct manifest_node *out,
    struct error *err)
{
	size_t i, cap = 0;
	int rc = 0;

	out->file = mem_strdup(node->file);
	out->file_blob = mem_strdup(node->file_blob);
	if (out->file == NULL || out->file_blob == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < node->n_include; i++)
		rc = add_string(&out->include, &out->n_include, &cap,
		    node->include[i].path, err);
	return rc;
}

/* The failed nodes a blocked one is blocked by: those of its inputs, and of
 * its blocked inputs theirs, which come before it in the order. */
static int set_blockers(const struct plan *plan, struct manifest *m,
    const size_t *place, size_t index, struct error *err)
{
	const struct node *node = &plan->pipeline->nodes[index];
	struct manifest_node *out = &m->nodes[place[index]];
	size_t i, j, k, cap = 0;
	int rc = 0;

	for (i = 0; i < node->n_inputs; i++)
		for (j = 0; rc == 0 && j < node->inputs[i].n_nodes; j++) {
			size_t in = node->inputs[i].nodes[j];
			const struct manifest_node *up = &m->nodes[place[in]];

			if (plan->nodes[in].state == PLAN_FAILED)
				rc = add_string(&out->by, &out->n_by, &cap,
				    up->path, err);
			for (k = 0; rc == 0 && k < up->n_by; k++)
				rc = add_string(&out->by, &out->n_by, &cap,
				    up->by[k], err);
		}
	out->n_by = sort_unique(out->by, out->n_by);
	return rc;
}

/* In what two executions of a node differed. */
static int set_unstable(const struct result *r, struct manifest_node *out,
    struct error *err)
{
	char names[RESULT_DIFFERS], *line, *rest = NULL;
	size_t cap = 0;
	int rc = 0;

	out->unstable = r->unstable;
	if (!r->unstable)
		return 0;
	out->second = r->second;
	memcpy(names, r->differs, sizeof(names));
	for (line = strtok_r(names, "\n", &rest); rc == 0 && line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		rc =
		    add_string(&out->differs, &out->n_differs, &cap, line, err);
	return rc;
}

static int set_tolerances(const struct node *node, struct manifest_node *out,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < node->contract.n_columns; i++) {
		const struct contract_column *c = &node->contract.columns[i];

		if (c->tolerance != NULL)
			rc = tolerances_add(&out->tolerances, c->name,
			    c->tolerance, err);
	}
	return rc;
}

static int set_node(const struct plan *plan, size_t index,
    struct manifest_node *out, struct error *err)
{
	const struct node *node = &plan->pipeline->nodes[index];
	const struct plan_node *state = &plan->nodes[index];
	int rc = set_origin(node, out, err);

	if (rc || (rc = set_inputs(plan, index, out, err)) ||
	    (rc = set_tolerances(node, out, err)))
		return rc;
	out->delivered = node->release || node->n_readers == 0;
	out->key = state->result.key;
	if (state->state == PLAN_DONE) {
		out->state = NODE_OK;
		out->table = state->table.id;
		out->rows = state->table.rows;
		rc = set_unstable(&state->result, out, err);
	} else if (state->state == PLAN_FAILED) {
		out->state = NODE_FAILED;
		out->failure = state->result.failure;
		out->exit_status = state->result.exit_status;
		out->line = state->result.line;
		out->col = state->result.col;
	} else {
		out->state = NODE_BLOCKED;
	}
	return rc;
}

static int compare_parameters(const void *a, const void *b)
{
	const struct manifest_parameter *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int set_run(const struct run_request *rq, struct manifest *m,
    struct error *err)
{
	size_t i, cap = 0;
	int rc = 0;

	snprintf(m->tree, sizeof(m->tree), "%s",
	    source_tree(rq->pipeline->source));
	m->snapshot = rq->snapshot->id;
	snprintf(m->snapshot_date, sizeof(m->snapshot_date), "%s",
	    rq->snapshot->date);
	m->parameters = mem_array(rq->n_set, sizeof(*m->parameters));
	if (m->parameters == NULL)
		return error_memory(err);
	for (i = 0; i < rq->n_set; i++) {
		m->parameters[i].name = mem_strdup(rq->set[i].name);
		m->parameters[i].value = mem_strdup(rq->set[i].value);
		m->n_parameters++;
		if (!m->parameters[i].name || !m->parameters[i].value)
			return error_memory(err);
	}
	if (m->n_parameters > 1)
		qsort(m->parameters, m->n_parameters, sizeof(*m->parameters),
		    compare_parameters);
	for (i = 0; rc == 0 && i < rq->n_targets; i++)
		rc = add_string(&m->targets, &m->n_targets, &cap,
		    rq->targets[i], err);
	m->n_targets = sort_unique(m->targets, m->n_targets);
	return rc;
}

int run_manifest_make(const struct run_request *request,
    const struct plan *plan, struct manifest *out, struct error *err)
{
	const struct pipeline *p = request->pipeline;
	size_t *place = mem_array(p->n, sizeof(*place));
	size_t i;
	int rc = place ? set_run(request, out, err) : error_memory(err);

	/* the pipeline's nodes are sorted by path, and so the manifest's */
	for (i = 0; rc == 0 && i < p->n; i++) {
		struct manifest_node *node;

		if (plan->nodes[i].state == PLAN_UNWANTED)
			continue;
		place[i] = out->n;
		node = manifest_add(out, p->nodes[i].path);
		rc = node ? set_node(plan, i, node, err) : error_memory(err);
	}
	for (i = 0; rc == 0 && i < p->n; i++)
		if (plan->nodes[p->order[i]].state == PLAN_BLOCKED)
			rc = set_blockers(plan, out, place, p->order[i], err);
	mem_free(place);
	return rc;
}

static const char *status_of(const struct plan_node *state)
{
	switch (state->state) {
	case PLAN_DONE:
		return state->reused ? "reused" : "computed";
	case PLAN_FAILED:
		return "failed";
	case PLAN_UNWANTED:
	case PLAN_WAITING:
	case PLAN_READY:
	case PLAN_RUNNING:
	case PLAN_BLOCKED:
		break;
	}
	return "blocked";
}

/* How a node, or a test, came to be this time. */
static int set_record(struct run_node *node, const struct plan_node *state,
    struct error *err)
{
	if (node == NULL)
		return error_memory(err);
	snprintf(node->status, sizeof(node->status), "%s", status_of(state));
	if (state->twice != NULL)
		snprintf(node->twice, sizeof(node->twice), "%s", state->twice);
	node->ms = state->ms;
	/* without a key there is no result that keeps the message */
	node->cause = mem_strdup(
	    state->state == PLAN_FAILED && digest_is_null(&state->result.key)
	        ? state->result.message
	        : state->cause);
	if (state->reused && state->result.by[0] != '\0')
		node->by = mem_strdup(state->result.by);
	return node->cause ? 0 : error_memory(err);
}

/* By what the code was held. */
static int set_profile(const char *sandbox, struct run_record *out,
    struct error *err)
{
	enum sandbox_way way;
	struct digest digest;
	int rc;

	snprintf(out->sandbox, sizeof(out->sandbox), "%s", sandbox);
	if (!sandbox_way_of(sandbox, &way))
		return 0;
	if ((rc = profile_digest(way, &digest, err)) == 0)
		digest_print(&digest, out->profile);
	return rc;
}

int run_record_make(const struct run_request *request, const struct plan *plan,
    const struct manifest *manifest, struct run_record *out, struct error *err)
{
	size_t i;
	int rc = set_profile(request->sandbox, out, err);

	out->manifest = manifest->id;
	if (request->inputs.previous != NULL)
		out->base_manifest = request->inputs.previous->id;
	out->ended = clock_now();
	if (gethostname(out->host, sizeof(out->host) - 1) != 0)
		out->host[0] = '\0';
	/* behind the nodes are their tests (datatest.h) */
	for (i = 0; rc == 0 && i < plan->pipeline->n; i++) {
		const char *path = plan->pipeline->nodes[i].path;

		if (plan->nodes[i].state == PLAN_UNWANTED)
			continue;
		rc = set_record(i < request->pipeline->n
		        ? run_record_add(out, path)
		        : run_record_add_test(out, path),
		    &plan->nodes[i], err);
	}
	return rc;
}
