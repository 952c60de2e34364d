/* sluice verify [REV] [--rebuild [NODE...]]: reads every blob of a manifest;
 * executes again and compares. */
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/snapshot.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/range.h"
#include "runner/cmd/verify.h"
#include "runner/jobdir.h"
#include "runner/run.h"
#include "runner/twice.h"

struct verify_args {
	const char *at;
	bool is_json, is_rebuild;
	const char *const *nodes;
	size_t n_nodes;
};

struct verify_state {
	struct context context;
	struct store *store;
	struct manifest manifest, again;
	struct verify_report report;
	struct verify_unsettled *unsettled;
	size_t n_unsettled, cap_unsettled;
	/* of a rebuild alone */
	struct source *source;
	struct pipeline *pipeline;
	struct snapshot snapshot;
	struct run_record record;
	struct parameter_value *set; /* the pipeline borrows it */
	bool *wanted;
};

static void verify_state_clear(struct verify_state *s)
{
	mem_free(s->unsettled);
	mem_free(s->wanted);
	run_record_clear(&s->record);
	snapshot_clear(&s->snapshot);
	pipeline_free(s->pipeline);
	mem_free(s->set);
	source_close(s->source);
	verify_report_clear(&s->report);
	manifest_clear(&s->again);
	manifest_clear(&s->manifest);
	store_close(s->store);
	context_clear(&s->context);
}

/* [REV] [--json] [--rebuild [NODE...]]: nodes stand behind --rebuild. */
static bool parse_args(int argc, char **argv, struct verify_args *a)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			a->is_json = true;
		} else if (strcmp(argv[i], "--rebuild") == 0) {
			a->is_rebuild = true;
		} else if (argv[i][0] == '-') {
			return false;
		} else if (a->is_rebuild) {
			if (a->n_nodes == 0)
				a->nodes = (const char *const *)&argv[i];
			/* they must stand together */
			if (a->nodes + a->n_nodes !=
			    (const char *const *)&argv[i])
				return false;
			a->n_nodes++;
		} else if (a->at == NULL) {
			a->at = argv[i];
		} else {
			return false;
		}
	}
	return true;
}

/* -- rebuild -- */

/* The text that the manifest was made of: of REV, or the files here, if they
 * are still the same. */
static int open_source(const struct verify_args *a, struct verify_state *s,
    struct error *err)
{
	char commit[GIT_ID_HEX + 1];
	int rc = 0;

	if (a->at != NULL)
		rc = range_commit(&s->context, a->at, commit, err);
	if (rc == 0)
		rc = context_source(&s->context, a->at ? commit : NULL,
		    &s->source, err);
	if (rc || strcmp(source_tree(s->source), s->manifest.tree) == 0)
		return rc;
	return error_set(err, ERROR_USAGE,
	    "files have changed since this was run, and would give other "
	    "tables; `sluice run` first, or name a revision");
}

/* The same tree, snapshot and parameters as the manifest's. */
static int open_again(const struct verify_args *a, struct verify_state *s,
    struct error *err)
{
	const struct manifest *m = &s->manifest;
	struct pipeline_options options = { .snapshot_date = m->snapshot_date,
		.n_set = m->n_parameters };
	size_t i;
	int rc;

	s->set = mem_array(m->n_parameters, sizeof(*s->set));
	if (s->set == NULL)
		return error_memory(err);
	for (i = 0; i < m->n_parameters; i++)
		s->set[i] = (struct parameter_value){ m->parameters[i].name,
			m->parameters[i].value };
	options.set = s->set;
	if ((rc = snapshot_load(s->store, &m->snapshot, &s->snapshot, err)) ||
	    (rc = open_source(a, s, err)) ||
	    (rc = context_pipeline(&s->context, s->source, &options,
	         &s->pipeline, err)))
		return rc;
	s->wanted = mem_array(s->pipeline->n, sizeof(*s->wanted));
	if (s->wanted == NULL)
		return error_memory(err);
	if (a->n_nodes > 0 &&
	    (rc = pipeline_select(s->pipeline, s->context.prefix, a->nodes,
	         a->n_nodes, s->wanted, err)))
		return rc;
	for (i = 0; a->n_nodes == 0 && i < s->pipeline->n; i++)
		s->wanted[i] = true;
	pipeline_close_over_inputs(s->pipeline, s->wanted);
	return 0;
}

static int compare(struct verify_state *s, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->again.n; i++) {
		const struct manifest_node *b = &s->again.nodes[i];
		const struct manifest_node *a =
		    manifest_find(&s->manifest, b->path);
		struct verify_problem p = { b->path, "rebuild", b->table,
			b->state == NODE_OK ? "differs" : "fails", b };

		if (a == NULL || a->state != NODE_OK)
			continue; /* there is nothing to compare with */
		if (b->state == NODE_BLOCKED)
			continue; /* it is told above */
		if (b->state == NODE_OK && digest_eq(&a->table, &b->table))
			rc = twice_promote(s->store, &b->key, &b->table, err);
		else
			rc = verify_add(&s->report, &p, err);
	}
	return rc;
}

static int add_unsettled(void *payload, const struct node *node,
    const struct table *is, const struct table *stirred, struct error *err)
{
	struct verify_state *s = payload;
	struct verify_unsettled *u = mem_grow(s->unsettled, s->n_unsettled,
	    &s->cap_unsettled, sizeof(*u));
	int rc;

	if (u == NULL)
		return error_memory(err);
	s->unsettled = u;
	u += s->n_unsettled;
	u->node = node->path;
	rc = differs_find(s->store, is, stirred, DIFFERS_NEARLY, &u->differs,
	    err);
	s->n_unsettled += rc == 0 && u->differs.rows;
	return rc;
}

/* The same run once more, in which all is reused and what DuckDB made is made
 * again of stirred inputs. One thread: it tells one node after another. */
static int find_unsettled(struct verify_state *s, struct run_request *request,
    struct error *err)
{
	struct plan_stir stir = { add_unsettled, s };
	struct manifest manifest = { 0 };
	struct run_record record = { 0 };
	int rc;

	request->inputs.no_reuse = false;
	request->inputs.stir = &stir;
	request->n_jobs = 1;
	rc = run_pipeline(request, &manifest, &record, err);
	request->inputs.stir = NULL;
	run_record_clear(&record);
	manifest_clear(&manifest);
	return rc;
}

static int rebuild(const struct verify_args *a, struct verify_state *s,
    struct error *err)
{
	CLEANUP(mem_freep) char *jobs = NULL;
	bool is_branch = s->context.work_tree == NULL;
	struct run_request request = {
		.store = s->store,
		.snapshot = &s->snapshot,
		.inputs = { .snapshot = &s->snapshot,
		    .least = TIER_LOCAL,
		    .tier = is_branch ? TIER_BRANCH : TIER_LOCAL,
		    .no_reuse = true,
		    .is_varied = true },
		.targets = a->nodes,
		.n_targets = a->n_nodes,
		.worker_program = s->context.worker,
		.sandbox = s->context.sandbox,
		.duckdb = s->context.duckdb,
		.by = "verify",
	};
	CLEANUP(fd_close) int use = -1;
	int rc = open_again(a, s, err);

	if (rc || (rc = jobdir_open(s->store, &jobs, err)) ||
	    (rc = store_use(s->store, &use, err)))
		return rc;
	request.pipeline = s->pipeline;
	request.set = s->set;
	request.n_set = s->manifest.n_parameters;
	request.inputs.wanted = s->wanted;
	request.job_dir = jobs;
	rc = run_pipeline(&request, &s->again, &s->record, err);
	if (rc || (rc = compare(s, err)))
		return rc;
	return find_unsettled(s, &request, err);
}

/* -- output -- */

static json_t *problem_json(const struct verify_problem *p)
{
	json_t *o = json_pack("{s:s,s:s,s:o,s:s}", "node", p->node, "what",
	    p->what, "id", json_digest(&p->id), "problem", p->why);
	json_t *columns = json_array();
	size_t i;

	for (i = 0; p->again != NULL && i < p->again->n_differs; i++)
		json_array_append_new(columns,
		    json_string(p->again->differs[i]));
	if (json_array_size(columns) > 0)
		json_object_set(o, "columns", columns);
	json_decref(columns);
	return o;
}

static void print_problem(const struct verify_problem *p)
{
	char hex[DIGEST_HEX + 1];
	size_t i;

	digest_print(&p->id, hex);
	printf("%s: %s ", p->node[0] ? p->node : "snapshot", p->what);
	if (!digest_is_null(&p->id))
		printf("%.12s ", hex);
	printf("%s", p->why);
	if (p->again != NULL && p->again->state == NODE_FAILED)
		printf(" (%s)", failure_name(p->again->failure));
	for (i = 0; p->again != NULL && i < p->again->n_differs; i++)
		printf("%s%s", i ? ", " : " in ", p->again->differs[i]);
	putchar('\n');
}

static void print_unsettled(const struct verify_unsettled *u)
{
	CLEANUP(buf_clear) struct buf columns = { 0 };

	differs_print(u->differs.columns, &columns);
	printf("%s: its rows depend on the order in which it reads its inputs "
	       "(row_number() over ties?): %s\n",
	    u->node,
	    columns.n && !columns.failed ? columns.p
	                                 : "which values go together");
}

static json_t *unsettled_json(const struct verify_unsettled *u)
{
	CLEANUP(buf_clear) struct buf columns = { 0 };

	differs_print(u->differs.columns, &columns);
	return columns.failed
	    ? NULL
	    : json_pack("{s:s,s:s%}", "node", u->node, "columns",
	          columns.n ? columns.p : "", columns.n);
}

static int print_json(const struct verify_args *a, const struct verify_state *s)
{
	const struct verify_report *r = &s->report;
	json_t *problems = json_array(), *unsettled = json_array();
	json_auto_t *out = json_pack("{s:o,s:I,s:I,s:I,s:I,s:o,s:o,s:o}",
	    "manifest", json_digest(&s->manifest.id), "nodes",
	    (json_int_t)r->nodes, "blobs", (json_int_t)r->blobs, "bytes",
	    (json_int_t)r->bytes, "rows", (json_int_t)r->rows, "rebuilt",
	    a->is_rebuild ? json_integer((json_int_t)s->again.n) : json_null(),
	    "problems", problems, "unsettled", unsettled);
	size_t i;

	for (i = 0; i < s->n_unsettled; i++)
		json_array_append_new(unsettled,
		    unsettled_json(&s->unsettled[i]));
	for (i = 0; i < r->n; i++)
		json_array_append_new(problems, problem_json(&r->problems[i]));
	return cmd_print_json(out);
}

static void print_text(const struct verify_args *a,
    const struct verify_state *s)
{
	const struct verify_report *r = &s->report;
	char hex[DIGEST_HEX + 1];
	size_t i;

	for (i = 0; i < r->n; i++)
		print_problem(&r->problems[i]);
	for (i = 0; i < s->n_unsettled; i++)
		print_unsettled(&s->unsettled[i]);
	digest_print(&s->manifest.id, hex);
	printf("manifest %.12s: %llu nodes, %llu blobs, %llu bytes, %llu rows "
	       "read",
	    hex, (unsigned long long)r->nodes, (unsigned long long)r->blobs,
	    (unsigned long long)r->bytes, (unsigned long long)r->rows);
	if (a->is_rebuild)
		printf(", %zu nodes executed again", s->again.n);
	printf("; %zu problem%s\n", r->n, r->n == 1 ? "" : "s");
}

/* A table that came out differently is the node's fault, damage the
 * store's. */
static int status_of(const struct verify_report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->problems[i].what, "rebuild") != 0)
			return EXIT_SURROUNDINGS;
	return r->n ? EXIT_NODE : EXIT_FINE;
}

int cmd_verify(int argc, char **argv)
{
	CLEANUP(verify_state_clear) struct verify_state s = { 0 };
	struct verify_args a = { 0 };
	struct error err = { 0 };
	int rc;

	if (!parse_args(argc, argv, &a))
		return cmd_usage("verify");
	if (context_open(NULL, &s.context, &err) ||
	    context_store(&s.context, &s.store, &err) ||
	    outcome_load(&s.context, s.store, a.at, &s.manifest, &err) ||
	    verify_read(s.store, &s.manifest, &s.report, &err) ||
	    (a.is_rebuild && rebuild(&a, &s, &err)))
		return cmd_fail(&err);
	if (a.is_json && (rc = print_json(&a, &s)) != EXIT_FINE)
		return rc;
	if (!a.is_json)
		print_text(&a, &s);
	return status_of(&s.report);
}
