/* sluice test: the tests of nodes, computed; and which nodes have none. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/cmd/coverage.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/progress.h"
#include "runner/cmd/screen.h"
#include "runner/cmd/sources.h"
#include "runner/cmd/tested.h"
#include "runner/jobdir.h"
#include "runner/run.h"

enum {
	ROWS_USUAL = 20,
	UNTESTED_SHOWN = 20
};

struct test_args {
	const char *at;
	struct set_options set;
	uint64_t n_jobs;
	bool has_rows, is_json;
	bool is_coverage; /* what there is, and nothing is computed */
	uint64_t rows;
	const char *const *nodes;
	size_t n_nodes;
};

/* Everything that is opened, closed together. */
struct test_state {
	struct context context;
	struct store *store;
	struct source *source;
	struct pipeline *pipeline;
	struct snapshot snapshot;
	struct manifest manifest;
	struct run_record record;
	struct report_tests tests;
	bool *named, *wanted;
	char *job_dir;
	int use; /* of the store */
};

static void test_state_clear(struct test_state *s)
{
	report_tests_clear(&s->tests);
	run_record_clear(&s->record);
	manifest_clear(&s->manifest);
	mem_free(s->named);
	mem_free(s->wanted);
	mem_free(s->job_dir);
	snapshot_clear(&s->snapshot);
	pipeline_free(s->pipeline);
	source_close(s->source);
	fd_close(&s->use);
	store_close(s->store);
	context_clear(&s->context);
}

static void test_args_clear(struct test_args *a)
{
	set_options_clear(&a->set);
}

static bool parse_option(struct test_args *a, int c)
{
	static const struct cmd_number rows = { "-n", "a number of rows", 0,
		UINT64_MAX };

	switch (c) {
	case 'a':
		a->at = optarg;
		return true;
	case 'j':
		return cmd_parse_number(&cmd_jobs, optarg, &a->n_jobs);
	case 's':
		return set_options_parse(&a->set, optarg);
	case 'r':
		a->has_rows = true;
		return true;
	case 'n':
		a->has_rows = true;
		return cmd_parse_number(&rows, optarg, &a->rows);
	case 'J':
		a->is_json = true;
		return true;
	case 'c':
		a->is_coverage = true;
		return true;
	default:
		return false;
	}
}

static bool parse_args(int argc, char **argv, struct test_args *a)
{
	static const struct option options[] = {
		{ "at", required_argument, NULL, 'a' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "set", required_argument, NULL, 's' },
		{ "rows", no_argument, NULL, 'r' },
		{ "coverage", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "j:n:", options, NULL)) != -1)
		if (!parse_option(a, c))
			return false;
	a->nodes = (const char *const *)&argv[optind];
	a->n_nodes = (size_t)(argc - optind);
	return true;
}

/* -- what is tested -- */

/* Nodes that have tests, and what these need: others need not run. */
static int select_nodes(const struct test_args *a, struct test_state *s,
    struct error *err)
{
	const struct pipeline *p = s->pipeline;
	size_t i;
	int rc = 0;

	s->named = mem_array(p->n, sizeof(*s->named));
	s->wanted = mem_array(p->n, sizeof(*s->wanted));
	if (s->named == NULL || s->wanted == NULL)
		return error_memory(err);
	if (a->n_nodes > 0)
		rc = pipeline_select(p, s->context.prefix, a->nodes, a->n_nodes,
		    s->named, err);
	for (i = 0; rc == 0 && i < p->n; i++) {
		if (a->n_nodes == 0)
			s->named[i] = true;
		s->wanted[i] = s->named[i] && !coverage_is_none(&p->nodes[i]);
	}
	if (rc == 0)
		pipeline_close_over_inputs(p, s->wanted);
	return rc;
}

static int prepare(const struct test_args *a, struct test_state *s,
    struct error *err)
{
	const struct sources_wanted wanted = { .set = &a->set };
	int rc;

	if ((rc = context_open(NULL, &s->context, err)) ||
	    (rc = context_store(&s->context, &s->store, err)) ||
	    (rc = jobdir_open(s->store, &s->job_dir, err)) ||
	    (rc = store_use(s->store, &s->use, err)) ||
	    (rc = context_source(&s->context, a->at, &s->source, err)) ||
	    (rc = sources_pipeline(&s->context, s->store, s->source, &wanted,
	         &s->pipeline, &s->snapshot, err)))
		return rc;
	return select_nodes(a, s, err);
}

static int perform(const struct test_args *a, struct test_state *s,
    struct error *err)
{
	struct progress progress = { .is_terminal = isatty(STDERR_FILENO),
		.is_quiet = true };
	bool is_branch = s->context.work_tree == NULL;
	struct run_request request = {
		.pipeline = s->pipeline,
		.store = s->store,
		.snapshot = &s->snapshot,
		.inputs = { .snapshot = &s->snapshot,
		    .wanted = s->wanted,
		    .tested = s->named,
		    .least = TIER_LOCAL,
		    .tier = is_branch ? TIER_BRANCH : TIER_LOCAL },
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

	progress.is_quiet = a->is_json || !progress.is_terminal;
	if ((rc = cmd_overrides(s->pipeline, &request, err)))
		return rc;
	rc = run_pipeline(&request, &s->manifest, &s->record, err);
	progress_end(&progress);
	return rc ? rc
	          : report_tests_make(s->store, &s->manifest, &s->tests, err);
}

/* -- which nodes have none -- */

static bool is_untested(const struct test_state *s, size_t i)
{
	return s->named[i] && coverage_is_none(&s->pipeline->nodes[i]);
}

static size_t count_nodes(const struct test_state *s, size_t *untested)
{
	size_t i, n = 0;

	*untested = 0;
	for (i = 0; i < s->pipeline->n; i++) {
		n += s->named[i];
		*untested += is_untested(s, i);
	}
	return n;
}

static void print_untested(const struct test_state *s)
{
	size_t i, none, shown = 0, n = count_nodes(s, &none);

	if (none == 0)
		return;
	printf("%zu of %zu node%s %s no test, key or column declared:", none, n,
	    n == 1 ? "" : "s", none == 1 ? "has" : "have");
	for (i = 0; i < s->pipeline->n && shown < UNTESTED_SHOWN; i++)
		if (is_untested(s, i))
			printf("%s %s", shown++ ? "," : "",
			    s->pipeline->nodes[i].path);
	if (none > shown)
		printf(" and %zu more", none - shown);
	putchar('\n');
}

/* A blocking test does not hold, or a node that is tested failed. */
static bool is_failure(const struct test_state *s)
{
	size_t i;

	for (i = 0; i < s->manifest.n; i++)
		if (s->manifest.nodes[i].state != NODE_OK)
			return true;
	return s->tests.n_blocking > 0;
}

/* -- output -- */

static const char *message_of(const struct test_state *s,
    const struct manifest_test *t)
{
	size_t i;

	for (i = 0; i < s->tests.n_failed; i++)
		if (s->tests.failed[i].test == t)
			return s->tests.failed[i].message;
	return NULL;
}

static int print_table(const struct test_args *a, const struct test_state *s,
    const struct digest *id, struct error *err)
{
	CLEANUP(table_clear) struct table table = { 0 };
	int rc = table_load(s->store, id, &table, err);

	return rc ? rc : screen_rows(s->store, &table, a->rows, err);
}

/* The rows that offend; of a case both tables. */
static int print_rows(const struct test_args *a, const struct test_state *s,
    const struct manifest_test *t, struct error *err)
{
	int rc;

	if (!a->has_rows || t->verdict != VERDICT_FAILED)
		return 0;
	if (!digest_is_null(&t->expected)) {
		puts("expected:");
		if ((rc = print_table(a, s, &t->expected, err)))
			return rc;
		puts("given:");
	}
	return print_table(a, s, &t->table, err);
}

/* Why a node that is tested has no table. */
static void print_failed_node(const struct test_state *s, size_t i)
{
	const struct manifest_node *n = &s->manifest.nodes[i];
	struct result result = { 0 };

	if (n->state != NODE_FAILED)
		return;
	printf("failed %s: %s\n", n->path,
	    result_get(s->store, &n->key, TIER_LOCAL, &result, NULL) == 0
	        ? result.message
	        : s->record.nodes[i].cause);
}

static int print_text(const struct test_args *a, const struct test_state *s,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf last = { 0 };
	size_t i, k;
	int rc = 0;

	for (i = 0; i < s->manifest.n; i++) {
		const struct manifest_node *n = &s->manifest.nodes[i];

		print_failed_node(s, i);
		for (k = 0; rc == 0 && k < n->verdicts.n; k++) {
			const struct manifest_test *t = &n->verdicts.tests[k];

			rc = tested_print_one(n, t, message_of(s, t), err);
			if (rc == 0)
				rc = print_rows(a, s, t, err);
		}
	}
	cmd_tell_empty(s->pipeline);
	print_untested(s);
	tests_print(&s->tests, &last);
	printf("%s\n", last.n ? last.p : "0 tests");
	return rc ? rc : buf_check(&last, err);
}

static int print_json(const struct test_state *s)
{
	json_t *untested = json_array();
	size_t i, none, n = count_nodes(s, &none);
	json_auto_t *out = json_pack("{s:s,s:{s:I,s:I,s:I,s:I,s:I},s:o,s:o}",
	    "status", is_failure(s) ? "failure" : "success", "counts", "tests",
	    (json_int_t)s->tests.n, "failed", (json_int_t)s->tests.n_blocking,
	    "warn", (json_int_t)(s->tests.n_failed - s->tests.n_blocking),
	    "nodes", (json_int_t)n, "untested", (json_int_t)none, "tests",
	    tested_json(&s->manifest, &s->tests), "untested", untested);

	for (i = 0; i < s->pipeline->n; i++)
		if (is_untested(s, i))
			json_array_append_new(untested,
			    json_string(s->pipeline->nodes[i].path));
	return cmd_print_json(out);
}

int cmd_test(int argc, char **argv)
{
	CLEANUP(test_state_clear) struct test_state s = { .use = -1 };
	CLEANUP(test_args_clear) struct test_args a = { .rows = ROWS_USUAL };
	struct error err = { 0 };
	int status;

	if (!parse_args(argc, argv, &a))
		return cmd_usage("test");
	if (prepare(&a, &s, &err))
		return cmd_fail(&err);
	if (a.is_coverage)
		return coverage_print(s.pipeline, s.named, a.is_json);
	if (perform(&a, &s, &err))
		return cmd_fail(&err);
	if (a.is_json && (status = print_json(&s)) != EXIT_FINE)
		return status;
	if (!a.is_json && print_text(&a, &s, &err))
		return cmd_fail(&err);
	return is_failure(&s) ? EXIT_NODE : EXIT_FINE;
}
