/* inputs: see inputs.h. */
#include "runner/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/text.h"
#include "cache/store_derived.h"
#include "runner/testcase.h"

int inputs_version(struct plan *plan, const struct node *node, struct worker *w,
    const char **out, struct error *err)
{
	const struct action *action = &plan->pipeline->actions[node->action];
	json_auto_t *request = NULL, *reply = NULL;
	char **place = &plan->versions[node->action];
	int rc = 0;

	*out = "1";
	if (node->kind != NODE_CODE ||
	    (strcmp(action->engine, "command") == 0 && action->probe == NULL))
		return 0;
	pthread_mutex_lock(&plan->lock);
	if (*place == NULL) {
		request = json_pack("{s:s,s:s,s:s*}", "op", "probe", "engine",
		    action->engine, "probe", action->probe);
		rc = request == NULL
		    ? error_memory(err)
		    : worker_call(w,
		          &(struct worker_call){ .request = request,
		              .timeout_ms = 60000,
		              .is_question = true },
		          &reply, err);
		if (rc == 0 &&
		    strcmp(json_str_or(reply, "status", ""), "ok") == 0)
			*place = mem_strdup(json_str_or(reply, "version", ""));
		else if (rc == 0)
			rc = error_set(err, ERROR_NODE, "%s",
			    json_str_or(reply, "message",
			        "the action's @probe failed"));
		if (rc == 0 && *place == NULL)
			rc = error_memory(err);
	}
	*out = *place;
	pthread_mutex_unlock(&plan->lock);
	return rc;
}

static int read_text(struct plan *plan, const char *path, struct buf *out,
    struct error *err)
{
	int rc;

	pthread_mutex_lock(&plan->lock);
	rc = source_read(plan->pipeline->source, path, out, err);
	pthread_mutex_unlock(&plan->lock);
	return rc;
}

/* A file that is too large is the code's own fault. */
static int take_text(struct plan *plan, struct plan_job *pj, const char *path,
    struct result *result, struct error *err)
{
	struct error why = { 0 };
	int rc = read_text(plan, path, &pj->texts[pj->n_texts++], &why);

	if (rc == ERROR_LIMIT)
		return plan_fail(result, FAILURE_OUTPUT, "%s", why.msg);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int add_helpers(struct plan *plan, struct plan_job *pj,
    struct result *result, struct error *err)
{
	const struct node *node = pj->job.node;
	struct job_helper *helpers =
	    arena_array(&pj->arena, node->n_helpers, sizeof(*helpers));
	size_t i;
	int rc = 0;

	pj->texts =
	    arena_array(&pj->arena, node->n_helpers + 1, sizeof(*pj->texts));
	if (helpers == NULL || pj->texts == NULL)
		return error_memory(err);
	pj->job.helpers = helpers;
	for (i = 0;
	     rc == 0 && i < node->n_helpers && result->state == RESULT_OK;
	     i++) {
		helpers[i].name = node->helpers[i].name;
		rc = take_text(plan, pj, node->helpers[i].path, result, err);
		helpers[i].text = buf_bytes(&pj->texts[i]);
		if (rc == 0)
			rc = digest_of(helpers[i].text, &helpers[i].blob, err);
	}
	if (rc || result->state == RESULT_FAILED || node->kind != NODE_TABLE)
		return rc;
	if ((rc = take_text(plan, pj, node->file, result, err)) ||
	    (rc = digest_of(buf_bytes(&pj->texts[node->n_helpers]), &pj->body,
	         err)))
		return rc;
	pj->job.body = &pj->body;
	pj->job.body_bytes = pj->texts[node->n_helpers].n;
	return 0;
}

static int compare_places(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* In path order, each once. */
static void sort_places(size_t *places, size_t *n)
{
	size_t i, kept = 0;

	if (*n > 1)
		qsort(places, *n, sizeof(*places), compare_places);
	for (i = 0; i < *n; i++)
		if (i == 0 || places[i] != places[kept - 1])
			places[kept++] = places[i];
	*n = kept;
}

/* All files of the snapshot that the node's patterns match. */
static int add_sources(struct plan *plan, struct plan_job *pj,
    struct result *result, struct error *err)
{
	const struct node *node = pj->job.node;
	const struct snapshot *s = plan->inputs.snapshot;
	size_t i, j, n, n_all = 0, cap = 0;

	for (i = 0; i < node->n_paths; i++) {
		CLEANUP(mem_freep) size_t *match = NULL;
		int rc = snapshot_match(s, node->paths[i], &match, &n, err);

		if (rc)
			return rc;
		if (n == 0)
			return plan_fail(result, FAILURE_INPUT,
			    "%s: no file of the landing directory matches '%s' "
			    "in the snapshot of %s",
			    node->own_file, node->paths[i], s->date);
		for (j = 0; j < n; j++) {
			size_t *more =
			    mem_grow(pj->sources, n_all, &cap, sizeof(*more));

			if (more == NULL)
				return error_memory(err);
			pj->sources = more;
			more[n_all++] = match[j];
		}
	}
	sort_places(pj->sources, &n_all);
	pj->job.n_sources = n_all;
	pj->job.sources = pj->sources;
	return 0;
}

/* A union is made once for the same tables: remembered as a derived form of
 * the digest of its list. */
static int make_union(struct plan *plan, const struct input *in,
    struct table *out, struct error *err)
{
	const struct table **tables = mem_array(in->n_nodes, sizeof(*tables));
	CLEANUP(buf_clear) struct buf list = { 0 }, found = { 0 };
	char hex[DIGEST_HEX + 1];
	struct digest id, table;
	size_t i;
	int rc;

	if (tables == NULL)
		return error_memory(err);
	for (i = 0; i < in->n_nodes; i++) {
		tables[i] = &plan->nodes[in->nodes[i]].table;
		digest_print(&tables[i]->id, hex);
		buf_printf(&list, "%zu:%s %s\n", strlen(in->from[i]),
		    in->from[i], hex);
	}
	if ((rc = buf_check(&list, err)) ||
	    (rc = digest_of(buf_bytes(&list), &id, err)))
		goto out;
	if (store_derived_get(plan->store, &id, "union", &found, NULL) == 0 &&
	    digest_parse(found.p, &table, NULL) == 0 &&
	    table_load_whole(plan->store, &table, out, NULL) == 0)
		goto out;
	for (i = 0; rc == 0 && i < in->n_nodes; i++)
		rc = plan_need_table(plan, in->nodes[i], &tables[i], err);
	if (rc)
		goto out;
	rc = table_union(plan->store, tables, in->from, in->n_nodes, out, err);
	if (rc == 0) {
		digest_print(&out->id, hex);
		rc = store_derived_put(plan->store, &id, "union", bytes_of(hex),
		    err);
	}
out:
	mem_free(tables);
	return rc;
}

/* The table with the declared columns alone. */
static int make_view(struct plan_job *pj, const struct input *in,
    const struct table *full, struct plan_view *view, struct result *result,
    struct error *err)
{
	size_t i, n = in->n_columns;

	view->columns = arena_array(&pj->arena, n, sizeof(*view->columns));
	view->table.columns = mem_array(n, sizeof(*view->table.columns));
	if (view->columns == NULL || view->table.columns == NULL)
		return error_memory(err);
	view->full = full;
	view->is_used = true;
	view->table.n_columns = n;
	view->table.rows = full->rows;
	view->table.ordered = full->ordered;
	for (i = 0; i < n; i++) {
		size_t c = table_find_column(full, in->columns[i]);

		if (c == full->n_columns)
			return plan_fail(result, FAILURE_INPUT,
			    "%s:%d:%d: input %s has no column '%s'",
			    in->at.path, in->at.line, in->at.col, in->name,
			    in->columns[i]);
		view->columns[i] = c;
		view->table.columns[i] = full->columns[c];
	}
	return 0;
}

/* Digests of the columns the code gets, and all of them marked as read. */
static int set_read(struct plan *plan, struct plan_job *pj,
    const struct plan_view *view, struct job_input *in, struct error *err)
{
	const struct table *full = view->is_used ? view->full : in->table;
	struct digest *all =
	    arena_array(&pj->arena, full->n_columns, sizeof(*all));
	size_t i, n = in->table->n_columns;
	struct digest *digests = arena_array(&pj->arena, n, sizeof(*digests));
	bool *read = arena_array(&pj->arena, n, sizeof(*read));
	int rc;

	if (all == NULL || digests == NULL || read == NULL)
		return error_memory(err);
	rc = table_column_digests(plan->store, full, all, err);
	for (i = 0; i < n; i++) {
		digests[i] = all[view->is_used ? view->columns[i] : i];
		read[i] = true;
	}
	in->digests = digests;
	in->read = read;
	return rc;
}

static int add_table(struct plan *plan, struct plan_job *pj, size_t i,
    struct result *result, struct error *err)
{
	const struct input *in = &pj->job.node->inputs[i];
	union {
		const struct job_input *borrowed;
		struct job_input *own;
	} inputs = { pj->job.inputs };
	struct job_input *to = &inputs.own[i];
	struct error why = { 0 };
	int rc = 0;

	to->name = in->name;
	if (!in->is_union && in->fixture == NULL &&
	    (rc = plan_need_table(plan, in->nodes[0], &to->table, err)) != 0)
		return rc;
	if (in->fixture != NULL || in->is_union) {
		rc = in->fixture
		    ? testcase_input(plan, in, &pj->unions[i], &why)
		    : make_union(plan, in, &pj->unions[i], &why);
		if (rc == ERROR_NODE || rc == ERROR_LIMIT)
			return plan_fail(result, FAILURE_INPUT, "%s", why.msg);
		if (rc)
			return error_set(err, why.code, "%s", why.msg);
		to->table = &pj->unions[i];
	}
	if (in->n_columns == 0)
		return 0;
	rc = make_view(pj, in, to->table, &pj->views[i], result, err);
	to->table = &pj->views[i].table;
	if (rc || result->state == RESULT_FAILED)
		return rc;
	return set_read(plan, pj, &pj->views[i], to, err);
}

static int add_tables(struct plan *plan, struct plan_job *pj,
    struct result *result, struct error *err)
{
	size_t i, n = pj->job.node->n_inputs;
	int rc = 0;

	pj->job.inputs = arena_array(&pj->arena, n, sizeof(*pj->job.inputs));
	pj->unions = arena_array(&pj->arena, n, sizeof(*pj->unions));
	pj->views = arena_array(&pj->arena, n, sizeof(*pj->views));
	if (!pj->job.inputs || !pj->unions || !pj->views)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n && result->state == RESULT_OK; i++)
		rc = add_table(plan, pj, i, result, err);
	return rc;
}

/* Which columns the worker says are read of input i. */
static int mark_read(struct plan *plan, struct plan_job *pj, size_t i,
    const json_t *read, struct error *err)
{
	union {
		const struct job_input *borrowed;
		struct job_input *own;
	} inputs = { pj->job.inputs };
	struct job_input *in = &inputs.own[i];
	const json_t *names = json_object_get(read, in->name);
	bool *marks =
	    arena_array(&pj->arena, in->table->n_columns, sizeof(*marks));
	size_t j;
	const json_t *name;
	int rc = set_read(plan, pj, &pj->views[i], in, err);

	if (rc)
		return rc;
	if (marks == NULL)
		return error_memory(err);
	json_array_foreach(names, j, name) {
		const char *s = json_string_value(name);
		size_t c =
		    s ? table_find_column(in->table, s) : in->table->n_columns;

		if (c < in->table->n_columns)
			marks[c] = true;
	}
	in->read = marks;
	return 0;
}

/* The SQL's own fault, or its inputs', is the same each time, and so is what
 * is done about it. Any other failure must not turn into another key. */
static int no_answer(const json_t *reply, struct result *result)
{
	int class = failure_of(json_str_or(reply, "failure", ""));

	if (class >= FAILURE_SQL && class <= FAILURE_INPUT)
		return 0;
	return plan_fail(result,
	    class < 0 ? FAILURE_SURROUNDINGS : (enum failure_class) class, "%s",
	    json_str_or(reply, "message", "the worker gave no answer"));
}

/* What a test reads of an input is known from its words; found is false where
 * a column is not there, so that the engine says so. */
static int mark_known(struct plan *plan, struct plan_job *pj, size_t i,
    bool *found, struct error *err)
{
	union {
		const struct job_input *borrowed;
		struct job_input *own;
	} inputs = { pj->job.inputs };
	struct job_input *in = &inputs.own[i];
	const struct columns *reads = pj->job.node->inputs[i].reads;
	const struct table *t = in->table;
	bool *marks = arena_array(&pj->arena, t->n_columns, sizeof(*marks));
	size_t k, c, n_found = 0;
	int rc = 0;

	if (marks == NULL)
		return error_memory(err);
	for (k = 0; reads != NULL && k < reads->n; k++)
		for (c = 0; c < t->n_columns; c++)
			if (text_eq_fold(reads->names[k], t->columns[c].name)) {
				marks[c] = true;
				n_found++;
			}
	*found = reads != NULL && n_found == reads->n;
	if (*found && (rc = set_read(plan, pj, &pj->views[i], in, err)) == 0)
		in->read = marks;
	return rc;
}

/* An SQL engine can tell which columns the statements read: then only those
 * count. Where it cannot (the SQL has an error), the whole tables do. */
static int find_read(struct plan *plan, struct plan_job *pj, struct worker *w,
    struct result *result, struct error *err)
{
	static const struct digest no_seed;
	json_auto_t *request = NULL, *reply = NULL;
	const json_t *read;
	bool is_known = pj->job.node->is_test;
	size_t i;
	int rc;

	if (strcmp(pj->job.action->engine, "command") == 0 ||
	    pj->job.node->n_inputs == 0)
		return 0;
	for (i = 0; is_known && i < pj->job.node->n_inputs; i++)
		if ((rc = mark_known(plan, pj, i, &is_known, err)))
			return rc;
	if (is_known)
		return 0;
	if ((rc = jobspec_request(&pj->job, "columns", &no_seed, &request,
	         err)) ||
	    (rc = worker_call(w,
	         &(struct worker_call){ .request = request,
	             .timeout_ms = 60000,
	             .is_question = true },
	         &reply, err)))
		return rc;
	read = json_object_get(reply, "read");
	if (strcmp(json_str_or(reply, "status", ""), "ok") != 0 ||
	    !json_is_object(read))
		return no_answer(reply, result);
	for (i = 0; rc == 0 && i < pj->job.node->n_inputs; i++)
		rc = mark_read(plan, pj, i, read, err);
	pj->job.is_checked = rc == 0;
	return rc;
}

int inputs_make(struct plan *plan, size_t index, struct worker *w,
    struct plan_job *pj, struct result *result, struct error *err)
{
	const struct node *node = &plan->pipeline->nodes[index];
	struct error why = { 0 };
	int rc;

	pj->job.node = node;
	pj->job.snapshot = plan->inputs.snapshot;
	if (node->kind != NODE_TABLE)
		pj->job.action = &plan->pipeline->actions[node->action];
	pj->job.version = "1";
	if (node->kind != NODE_TABLE)
		rc = inputs_version(plan, node, w, &pj->job.version, &why);
	else
		rc = 0;
	if (rc == ERROR_NODE)
		return plan_fail(result, FAILURE_SURROUNDINGS, "%s", why.msg);
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if ((rc = add_helpers(plan, pj, result, err)) ||
	    (node->kind == NODE_SOURCE &&
	        (rc = add_sources(plan, pj, result, err))) ||
	    (rc = add_tables(plan, pj, result, err)))
		return rc;
	if (result->state == RESULT_FAILED || node->kind != NODE_CODE)
		return 0;
	return find_read(plan, pj, w, result, err);
}
