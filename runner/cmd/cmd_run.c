/* sluice run: computes what is missing. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/cmd/fresh.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/progress.h"
#include "runner/cmd/sources.h"
#include "runner/cmd/tested.h"
#include "runner/jobdir.h"
#include "runner/run.h"

struct run_args {
	const char *at, *snapshot;
	struct set_options set;
	uint64_t n_jobs;
	bool no_reuse, is_retry, is_json;
	const char *const *nodes;
	size_t n_nodes;
};

/* Everything a run opens, closed together. */
struct run_state {
	struct context context;
	struct store *store;
	struct source *source;
	struct pipeline *pipeline;
	struct snapshot snapshot;
	struct manifest previous, manifest;
	struct run_record record;
	struct report_tests tests;
	bool *wanted;
	char *job_dir;
	int use; /* of the store */
	/* there is nothing to do, and this is what is said */
	struct fresh fresh;
	bool is_fresh;
	bool has_warned; /* of a table */
};

static void run_state_clear(struct run_state *s)
{
	fresh_clear(&s->fresh);
	mem_free(s->wanted);
	mem_free(s->job_dir);
	report_tests_clear(&s->tests);
	run_record_clear(&s->record);
	manifest_clear(&s->manifest);
	manifest_clear(&s->previous);
	snapshot_clear(&s->snapshot);
	pipeline_free(s->pipeline);
	source_close(s->source);
	fd_close(&s->use);
	store_close(s->store);
	context_clear(&s->context);
}

static void run_args_clear(struct run_args *a)
{
	set_options_clear(&a->set);
}

static bool parse_args(int argc, char **argv, struct run_args *a)
{
	static const struct option options[] = {
		{ "at", required_argument, NULL, 'a' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "set", required_argument, NULL, 's' },
		{ "snapshot", required_argument, NULL, 'p' },
		{ "no-reuse", no_argument, NULL, 'n' },
		{ "retry", no_argument, NULL, 'r' },
		{ "worktree", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			a->at = optarg;
			break;
		case 'w':
			a->at = NULL;
			break;
		case 'j':
			if (!cmd_parse_number(&cmd_jobs, optarg, &a->n_jobs))
				return false;
			break;
		case 's':
			if (!set_options_parse(&a->set, optarg))
				return false;
			break;
		case 'p':
			a->snapshot = optarg;
			break;
		case 'n':
			a->no_reuse = true;
			break;
		case 'r':
			a->is_retry = true;
			break;
		case 'J':
			a->is_json = true;
			break;
		default:
			return false;
		}
	}
	a->nodes = (const char *const *)&argv[optind];
	a->n_nodes = (size_t)(argc - optind);
	return true;
}

static int select_nodes(const struct run_args *a, struct run_state *s,
    struct error *err)
{
	int rc;

	if (a->n_nodes == 0)
		return 0;
	s->wanted = mem_array(s->pipeline->n, sizeof(*s->wanted));
	if (s->wanted == NULL)
		return error_memory(err);
	rc = pipeline_select(s->pipeline, s->context.prefix, a->nodes,
	    a->n_nodes, s->wanted, err);
	if (rc)
		return rc;
	pipeline_close_over_inputs(s->pipeline, s->wanted);
	return 0;
}

/* Whether it is the plain run of all that is there. */
static bool is_whole(const struct run_args *a)
{
	return a->n_nodes == 0 && a->set.n == 0 && a->snapshot == NULL &&
	    !a->no_reuse && !a->is_retry && !a->is_json;
}

static int prepare(const struct run_args *a, struct run_state *s,
    struct error *err)
{
	const struct sources_wanted wanted = { &a->set, a->snapshot };
	int rc;

	if ((rc = context_open(NULL, &s->context, err)) ||
	    (rc = context_store(&s->context, &s->store, err)) ||
	    (rc = jobdir_open(s->store, &s->job_dir, err)) ||
	    (rc = store_use(s->store, &s->use, err)) ||
	    (rc = context_source(&s->context, a->at, &s->source, err)))
		return rc;
	if (is_whole(a) && a->at == NULL && s->context.work_tree != NULL)
		s->is_fresh =
		    fresh_find_tree(&s->context, s->source, &s->fresh);
	if (s->is_fresh)
		return 0;
	if ((rc = sources_pipeline(&s->context, s->store, s->source, &wanted,
	         &s->pipeline, &s->snapshot, err)) ||
	    (rc = select_nodes(a, s, err)))
		return rc;
	if (outcome_load(&s->context, s->store, a->at, &s->previous, NULL))
		s->previous = (struct manifest){ 0 };
	return 0;
}

static int perform(const struct run_args *a, struct run_state *s,
    struct error *err)
{
	struct progress progress = { .is_terminal = isatty(STDERR_FILENO),
		.is_quiet = a->is_json };
	bool is_branch = s->context.work_tree == NULL;
	struct run_request request = {
		.pipeline = s->pipeline,
		.store = s->store,
		.snapshot = &s->snapshot,
		.inputs = { .snapshot = &s->snapshot,
		    .wanted = s->wanted,
		    .least = TIER_LOCAL,
		    .tier = is_branch ? TIER_BRANCH : TIER_LOCAL,
		    .no_reuse = a->no_reuse,
		    .retry_failed = a->is_retry,
		    .previous = s->previous.n ? &s->previous : NULL },
		.set = a->set.values,
		.n_set = a->set.n,
		.targets = a->nodes,
		.n_targets = a->n_nodes,
		.n_jobs = a->n_jobs,
		.worker_program = s->context.worker,
		.sandbox = s->context.sandbox,
		.duckdb = s->context.duckdb,
		.job_dir = s->job_dir,
		.by = source_commit(s->source),
		.watch = { .on_event = progress_event, .payload = &progress },
	};
	int rc;

	if (strcmp(s->context.sandbox, "none") == 0)
		fputs("sluice: WARNING: git config sluice.sandbox is none: "
		      "Python, R and Bash nodes run as you, with all that you "
		      "may read and write\n",
		    stderr);
	if ((rc = cmd_overrides(s->pipeline, &request, err)))
		return rc;
	rc = run_pipeline(&request, &s->manifest, &s->record, err);
	progress_end(&progress);
	if (rc)
		return rc;
	snprintf(s->record.commit, sizeof(s->record.commit), "%s",
	    source_commit(s->source));
	rc = outcome_save(&s->context, s->store, &s->manifest, &s->record,
	    a->at == NULL && !is_branch, err);
	return rc ? rc
	          : report_tests_make(s->store, &s->manifest, &s->tests, err);
}

struct counts {
	size_t computed, reused, failed, blocked;
};

static struct counts count(const struct run_record *r)
{
	struct counts c = { 0 };
	size_t i;

	for (i = 0; i < r->n; i++) {
		c.computed += strcmp(r->nodes[i].status, "computed") == 0;
		c.reused += strcmp(r->nodes[i].status, "reused") == 0;
		c.failed += strcmp(r->nodes[i].status, "failed") == 0;
		c.blocked += strcmp(r->nodes[i].status, "blocked") == 0;
	}
	return c;
}

/* A node or a blocking test failed. */
static bool is_failure(const struct run_state *s)
{
	return count(&s->record).failed > 0 || s->tests.n_blocking > 0;
}

/* What a failed node says, from its result; "" where nothing was kept. */
static void print_failure(const struct run_state *s, size_t i)
{
	const struct manifest_node *node = &s->manifest.nodes[i];
	struct result result = { 0 };
	const char *message = s->record.nodes[i].cause;

	if (result_get(s->store, &node->key, TIER_LOCAL, &result, NULL) == 0 &&
	    result.state == RESULT_FAILED)
		message = result.message;
	printf("%sfailed%s %s: ", cmd_color(COLOR_RED), cmd_color(COLOR_END),
	    node->path);
	if (result.line > 0 && result.col > 0)
		printf("%s:%d:%d: ", node->file, result.line, result.col);
	else if (result.line > 0)
		printf("%s:%d: ", node->file, result.line);
	else if (strncmp(message, node->file, strlen(node->file)) != 0)
		printf("%s: ", node->file);
	printf("%s\n", message);
}

/* What is to be known of a table that was written down: its log, if any. */
static void print_warnings(struct run_state *s, const struct manifest_node *m)
{
	const struct node *node = pipeline_find(s->pipeline, m->path);
	CLEANUP(buf_clear) struct buf log = { 0 };
	struct result result = { 0 };
	char *line, *rest;

	if (node == NULL || node->kind == NODE_CODE || m->state != NODE_OK ||
	    result_get(s->store, &m->key, TIER_LOCAL, &result, NULL) ||
	    digest_is_null(&result.log) ||
	    store_get(s->store, &result.log, &log, NULL))
		return;
	s->has_warned = true;
	for (line = strtok_r(log.p, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		fprintf(stderr, "%s: %s\n", node->file, line);
}

static void print_counts(size_t n, const struct counts *c,
    const struct report_tests *tests, const char *manifest)
{
	CLEANUP(buf_clear) struct buf words = { 0 };

	tests_print(tests, &words);
	printf("%zu node%s: %zu computed, %zu reused, %zu failed, %zu blocked"
	       "%s%s (manifest %.12s)\n",
	    n, n == 1 ? "" : "s", c->computed, c->reused, c->failed, c->blocked,
	    words.n ? "; " : "", buf_bytes(&words).p, manifest);
}

static int print_fresh(const struct fresh *f)
{
	const struct counts c = { .reused = f->n_nodes };
	const struct report_tests tests = { .n = f->n_tests };

	fputs(f->warnings, stderr);
	print_counts(f->n_nodes, &c, &tests, f->manifest);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}

static int print_text(struct run_state *s, struct error *err)
{
	struct counts c = count(&s->record);
	char id[DIGEST_HEX + 1];
	size_t i;
	int rc;

	for (i = 0; i < s->manifest.n; i++)
		if (s->manifest.nodes[i].state == NODE_FAILED)
			print_failure(s, i);
		else
			print_warnings(s, &s->manifest.nodes[i]);
	if ((rc = tested_print_failed(&s->tests, err)))
		return rc;
	cmd_tell_empty(s->pipeline);
	digest_print(&s->manifest.id, id);
	print_counts(s->manifest.n, &c, &s->tests, id);
	for (i = 0; i < s->manifest.n && c.failed > 0; i++)
		if (s->manifest.nodes[i].state == NODE_FAILED) {
			printf("`sluice show --log /%s` shows its log, and so "
			       "for each that failed\n",
			    s->manifest.nodes[i].path);
			break;
		}
	return 0;
}

static json_t *digest_or_null(const struct digest *d)
{
	return digest_is_null(d) ? json_null() : json_digest(d);
}

static json_t *nodes_json(const struct run_state *s)
{
	json_t *nodes = json_array();
	size_t i;

	for (i = 0; i < s->manifest.n; i++) {
		const struct manifest_node *m = &s->manifest.nodes[i];
		const struct run_node *r = &s->record.nodes[i];

		json_array_append_new(nodes,
		    json_pack("{s:s,s:s,s:o,s:o,s:o,s:I,s:s}", "node", m->path,
		        "status", r->status, "key", digest_or_null(&m->key),
		        "table", digest_or_null(&m->table), "rows",
		        m->state == NODE_OK ? json_integer((json_int_t)m->rows)
		                            : json_null(),
		        "ms", (json_int_t)r->ms, "cause", r->cause));
	}
	return nodes;
}

static int print_json(const struct run_state *s)
{
	struct counts c = count(&s->record);
	json_auto_t *out = json_pack(
	    "{s:s,s:s,s:s,s:o,s:o,s:s,s:{s:I,s:I,s:I,s:I,s:I},s:o}", "run",
	    s->record.run, "commit", s->record.commit, "tree", s->manifest.tree,
	    "snapshot", json_digest(&s->manifest.snapshot), "manifest",
	    json_digest(&s->manifest.id), "status",
	    is_failure(s) ? "failure" : "success", "counts", "nodes",
	    (json_int_t)s->manifest.n, "computed", (json_int_t)c.computed,
	    "reused", (json_int_t)c.reused, "failed", (json_int_t)c.failed,
	    "blocked", (json_int_t)c.blocked, "nodes", nodes_json(s));

	if (s->tests.n > 0)
		json_object_set_new(out, "tests",
		    tested_json(&s->manifest, &s->tests));
	return cmd_print_json(out);
}

int cmd_run(int argc, char **argv)
{
	CLEANUP(run_state_clear) struct run_state s = { .use = -1 };
	CLEANUP(run_args_clear) struct run_args a = { 0 };
	struct error err = { 0 };
	int status = EXIT_FINE;

	if (!parse_args(argc, argv, &a))
		return cmd_usage("run");
	if (is_whole(&a) && fresh_find_at(a.at, &s.fresh))
		return print_fresh(&s.fresh);
	if (prepare(&a, &s, &err))
		return cmd_fail(&err);
	if (s.is_fresh)
		return print_fresh(&s.fresh);
	if (perform(&a, &s, &err))
		return cmd_fail(&err);
	if (a.is_json)
		status = print_json(&s);
	else if (print_text(&s, &err))
		return cmd_fail(&err);
	if (is_whole(&a) && !s.has_warned && s.tests.n_failed == 0)
		fresh_keep(&s.context,
		    &(struct fresh_run){ .at = a.at,
		        .source = s.source,
		        .pipeline = s.pipeline,
		        .manifest = &s.manifest,
		        .n_tests = s.tests.n });
	if (status != EXIT_FINE)
		return status;
	return is_failure(&s) ? EXIT_NODE : EXIT_FINE;
}
