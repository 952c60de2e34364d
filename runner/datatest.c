/* datatest: see datatest.h. */
#include "runner/datatest.h"

#include <string.h>

#include "cache/base/mem.h"
#include "runner/terms.h"
#include "runner/testcase.h"

static bool is_tested(const struct plan_inputs *in, size_t node)
{
	const bool *which = in->tested ? in->tested : in->wanted;

	return which == NULL || which[node];
}

static size_t count_tests(const struct pipeline *p,
    const struct plan_inputs *in)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (is_tested(in, i))
			n += p->nodes[i].n_tests + p->nodes[i].n_cases;
	return n;
}

/* -- tests as nodes -- */

/* The engine of all tests. Its text is a name of our own, so that what a
 * repository says of action/sql/sqlite moves no key of a test. */
static int add_action(struct datatests *t, struct error *err)
{
	struct pipeline *p = &t->pipeline;
	struct action *actions =
	    arena_array(&t->arena, p->n_actions + 1, sizeof(*actions));
	struct action *own = actions ? &actions[p->n_actions] : NULL;

	if (actions == NULL)
		return error_memory(err);
	if (p->n_actions > 0)
		memcpy(actions, p->actions, p->n_actions * sizeof(*actions));
	*own = (struct action){ .path = "test", .engine = "sqlite" };
	p->actions = actions;
	p->n_actions++;
	return digest_of(bytes_of("sluice-test/1"), &own->text, err);
}

static int set_input(struct datatests *t, struct input *in, const char *name,
    const struct data_test *test, size_t node)
{
	size_t *nodes = arena_array(&t->arena, 1, sizeof(*nodes));

	if (nodes == NULL)
		return -1;
	nodes[0] = node;
	*in = (struct input){ .name = name,
		.at = test->at,
		.nodes = nodes,
		.n_nodes = 1 };
	return 0;
}

/* Inputs are sorted by name, and "other" is before "t"; a query has one. */
static int set_inputs(struct datatests *t, const struct data_test *test,
    struct node *node, struct error *err)
{
	const bool has_other = test->other != SIZE_MAX;
	struct input *inputs =
	    arena_array(&t->arena, has_other ? 2 : 1, sizeof(*inputs));

	if (inputs == NULL ||
	    (has_other && set_input(t, &inputs[0], "other", test, test->other)))
		return error_memory(err);
	if (set_input(t, &inputs[has_other], test->table, test, test->own))
		return error_memory(err);
	if (test->is_known && has_other)
		inputs[0].reads = &test->reads_other;
	if (test->is_known)
		inputs[has_other].reads = &test->reads;
	node->inputs = inputs;
	node->n_inputs = has_other ? 2 : 1;
	return 0;
}

static int make_node(struct datatests *t, const struct datatest *d,
    struct node *out, struct error *err)
{
	const struct node *tested = &t->pipeline.nodes[d->node];
	const struct data_test *test = d->test;

	if (d->test_case != NULL)
		return testcase_node(&t->arena, tested, d->test_case, out, err);
	*out = (struct node){
		.path =
		    arena_printf(&t->arena, "%s: %s", tested->path, test->text),
		.kind = NODE_CODE,
		.file = test->file,
		.own_file = test->at.path,
		.action = t->pipeline.n_actions - 1,
		.body = test->body,
		.body_line = test->line,
		.is_test = true,
		.threads = 1,
		.timeout_ms = tested->timeout_ms,
		.memory_bytes = tested->memory_bytes,
	};
	return out->path ? set_inputs(t, test, out, err) : error_memory(err);
}

static int add_nodes(const struct pipeline *p, struct datatests *t,
    struct error *err)
{
	const size_t n = p->n + t->n;
	struct node *nodes = arena_array(&t->arena, n, sizeof(*nodes));
	size_t *order = arena_array(&t->arena, n, sizeof(*order));
	size_t i;
	int rc = 0;

	if (nodes == NULL || order == NULL)
		return error_memory(err);
	memcpy(nodes, p->nodes, p->n * sizeof(*nodes));
	memcpy(order, p->order, p->n * sizeof(*order));
	for (i = 0; rc == 0 && i < t->n; i++) {
		rc = make_node(t, &t->tests[i], &nodes[p->n + i], err);
		order[p->n + i] = p->n + i;
	}
	t->pipeline.nodes = nodes;
	t->pipeline.order = order;
	t->pipeline.n = n;
	return rc;
}

/* -- what is wanted -- */

static int list_tests(const struct pipeline *p, struct datatests *t,
    struct error *err)
{
	size_t i, k, n = 0;

	t->tests = arena_array(&t->arena, t->n, sizeof(*t->tests));
	if (t->tests == NULL)
		return error_memory(err);
	for (i = 0; i < p->n; i++) {
		const struct node *node = &p->nodes[i];

		if (!is_tested(&t->inputs, i))
			continue;
		for (k = 0; k < node->n_tests; k++)
			t->tests[n++] =
			    (struct datatest){ i, &node->tests[k], NULL };
		for (k = 0; k < node->n_cases; k++)
			t->tests[n++] =
			    (struct datatest){ i, NULL, &node->cases[k] };
	}
	return 0;
}

/* A place more for each test; of what a test is of, as that is. */
static int extend(struct datatests *t, const bool **places, struct error *err)
{
	bool *more;
	size_t i;

	if (*places == NULL)
		return 0;
	more = arena_array(&t->arena, t->n_nodes + t->n, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	memcpy(more, *places, t->n_nodes * sizeof(*more));
	for (i = 0; i < t->n; i++)
		more[t->n_nodes + i] = more[t->tests[i].node];
	*places = more;
	return 0;
}

static int extend_wanted(struct datatests *t, struct error *err)
{
	bool *wanted;
	int rc = extend(t, &t->inputs.wanted, err);

	if (rc || t->inputs.wanted == NULL)
		return rc;
	wanted = arena_array(&t->arena, t->pipeline.n, sizeof(*wanted));
	if (wanted == NULL)
		return error_memory(err);
	memcpy(wanted, t->inputs.wanted, t->pipeline.n * sizeof(*wanted));
	pipeline_close_over_inputs(&t->pipeline, wanted);
	t->inputs.wanted = wanted;
	return 0;
}

int datatest_add(const struct pipeline *p, const struct plan_inputs *inputs,
    struct datatests *out, struct error *err)
{
	int rc;

	*out = (struct datatests){ .pipeline = *p,
		.inputs = *inputs,
		.n_nodes = p->n,
		.n = count_tests(p, inputs) };
	/* its arena is the pipeline's */
	out->pipeline.arena = (struct arena){ 0 };
	if (out->n == 0)
		return 0;
	if ((rc = list_tests(p, out, err)) || (rc = add_action(out, err)) ||
	    (rc = add_nodes(p, out, err)) || (rc = extend_wanted(out, err)) ||
	    (rc = extend(out, &out->inputs.retried, err)))
		datatest_clear(out);
	return rc;
}

void datatest_clear(struct datatests *t)
{
	arena_clear(&t->arena);
	*t = (struct datatests){ 0 };
}

/* -- verdicts -- */

static void judge(const struct plan_node *state, struct manifest_test *out)
{
	out->key = state->result.key;
	if (state->state == PLAN_DONE) {
		out->table = state->table.id;
		out->rows = state->table.rows;
		out->verdict = out->rows ? VERDICT_FAILED : VERDICT_OK;
	} else {
		out->verdict = state->state == PLAN_FAILED ? VERDICT_ERROR
		                                           : VERDICT_BLOCKED;
	}
}

/* What @key and @column say comes first; behind it there is a place for each
 * of the node's tests. */
static int add_terms(const struct datatests *t, const struct plan *plan,
    size_t index, struct manifest_node *node, struct error *err)
{
	const struct node *tested = &t->pipeline.nodes[index];
	const struct plan_node *state = &plan->nodes[index];
	size_t n = is_tested(&t->inputs, index)
	    ? tested->n_tests + tested->n_cases
	    : 0;

	n += terms_count(&tested->contract, &state->result, &state->table);
	if (n == 0)
		return 0;
	node->verdicts.tests = mem_array(n, sizeof(*node->verdicts.tests));
	if (node->verdicts.tests == NULL)
		return error_memory(err);
	return terms_judge(&tested->contract, &state->result, &state->table,
	    &node->verdicts, err);
}

/* What is asked, and where it is written. */
static int set_words(const struct datatest *d, struct manifest_test *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf at = { 0 };

	if (d->test != NULL) {
		buf_printf(&at, "%s:%d", d->test->at.path, d->test->at.line);
		out->test = mem_strdup(d->test->text);
		out->is_warning = d->test->is_warning;
		out->is_whole = d->test->is_whole;
	} else {
		buf_printf(&at, "%s:1", d->test_case->expect);
		out->test = mem_strdup(d->test_case->name);
		out->is_whole = true;
	}
	out->at = buf_steal(&at);
	return out->test && out->at ? 0 : error_memory(err);
}

static int judge_one(const struct datatests *t, struct plan *plan, size_t i,
    struct manifest_test *out, struct error *err)
{
	const struct node_case *c = t->tests[i].test_case;
	const struct plan_node *state = &plan->nodes[t->n_nodes + i];

	judge(state, out);
	return c != NULL && state->state == PLAN_DONE
	    ? testcase_judge(plan, c, state, out, err)
	    : 0;
}

int datatest_blocks(const struct datatests *t, struct plan *plan, size_t i,
    bool *out, struct error *err)
{
	const struct data_test *test = t->tests[i].test;
	struct manifest_test verdict = { 0 };
	int rc = judge_one(t, plan, i, &verdict, err);

	verdict.is_warning = test != NULL && test->is_warning;
	*out = rc == 0 && verdict_blocks(&verdict);
	mem_free(verdict.why);
	return rc;
}

static int set_verdict(const struct datatests *t, struct plan *plan, size_t i,
    struct manifest_node *node, struct error *err)
{
	const struct plan_node *state = &plan->nodes[t->n_nodes + i];
	struct manifest_test *out = &node->verdicts.tests[node->verdicts.n++];
	int rc = set_words(&t->tests[i], out, err);

	if (rc || (rc = judge_one(t, plan, i, out, err)))
		return rc;
	/* without a key there is no result that keeps the message */
	if (state->state == PLAN_FAILED && digest_is_null(&out->key)) {
		out->why = mem_strdup(state->result.message);
		return out->why ? 0 : error_memory(err);
	}
	return 0;
}

/* -- doubts: which nodes above have blocking tests that do not hold -- */

static int add_doubt(struct manifest_node *node, const char *path,
    struct error *err)
{
	size_t i, cap;
	char **more;

	for (i = 0; i < node->n_doubts; i++)
		if (strcmp(node->doubts[i], path) == 0)
			return 0;
	/* few: one more place each time */
	cap = node->n_doubts;
	more = mem_grow(node->doubts, node->n_doubts, &cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	node->doubts = more;
	more[node->n_doubts] = mem_strdup(path);
	if (more[node->n_doubts] == NULL)
		return error_memory(err);
	node->n_doubts++;
	return 0;
}

static int inherit_doubts(struct manifest_node *node,
    const struct manifest_node *above, struct error *err)
{
	size_t i;
	int rc = 0;

	if (!verdicts_hold(&above->verdicts))
		rc = add_doubt(node, above->path, err);
	for (i = 0; rc == 0 && i < above->n_doubts; i++)
		rc = add_doubt(node, above->doubts[i], err);
	return rc;
}

static int set_doubts(const struct datatests *t, struct manifest *m,
    const size_t *place, size_t index, struct error *err)
{
	const struct node *node = &t->pipeline.nodes[index];
	size_t i, j;
	int rc = 0;

	for (i = 0; i < node->n_inputs; i++)
		for (j = 0; rc == 0 && j < node->inputs[i].n_nodes; j++)
			rc = inherit_doubts(&m->nodes[place[index]],
			    &m->nodes[place[node->inputs[i].nodes[j]]], err);
	return rc;
}

static bool has_verdicts(const struct datatests *t, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < t->n_nodes; i++)
		if (plan->nodes[i].result.is_doubtful)
			return true;
	return t->n > 0;
}

int datatest_verdicts(const struct datatests *t, struct plan *plan,
    struct manifest *m, struct error *err)
{
	CLEANUP(mem_freep) size_t *place = NULL;
	size_t i, n = 0;
	int rc = 0;

	if (!has_verdicts(t, plan))
		return 0;
	place = mem_array(t->n_nodes, sizeof(*place));
	if (place == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < t->n_nodes; i++)
		if (plan->nodes[i].state != PLAN_UNWANTED) {
			place[i] = n++;
			rc = add_terms(t, plan, i, &m->nodes[place[i]], err);
		}
	for (i = 0; rc == 0 && i < t->n; i++)
		rc = set_verdict(t, plan, i, &m->nodes[place[t->tests[i].node]],
		    err);
	for (i = 0; rc == 0 && i < t->n_nodes; i++) {
		size_t index = t->pipeline.order[i];

		if (plan->nodes[index].state != PLAN_UNWANTED)
			rc = set_doubts(t, m, place, index, err);
	}
	return rc;
}
