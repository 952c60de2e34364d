/* sluice check: resolves everything, and says what is wrong. */
#include <getopt.h>

#include "cache/base/mem.h"
#include "runner/cmd/look.h"
#include "runner/cmd/outcome.h"
#include "runner/overrides.h"

/* The form of tests/cases/README.md. */
static json_t *diagnostic_json(const struct diagnostic *d)
{
	json_t *chain = json_array();
	size_t i;

	for (i = 0; i < d->n_chain; i++)
		json_array_append_new(chain,
		    json_sprintf("%s:%d:%d", d->chain[i].path, d->chain[i].line,
		        d->chain[i].col));
	return json_pack("{s:s, s:i, s:i, s:s, s:o}", "path",
	    d->at.path ? d->at.path : "", "line", d->at.line, "column",
	    d->at.col, "message", d->message, "chain", chain);
}

static int print_json(const struct pipeline *p)
{
	json_t *errors = json_array(), *warnings = json_array();
	json_auto_t *all = NULL;
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++) {
		const struct diagnostic *d = &p->diagnostics[i];

		json_array_append_new(d->is_warning ? warnings : errors,
		    diagnostic_json(d));
	}
	all = json_pack("{s:I, s:o, s:o}", "nodes", (json_int_t)p->n, "errors",
	    errors, "warnings", warnings);
	return cmd_print_json(all);
}

static void count(const char *word, size_t n, const char *end)
{
	fprintf(stderr, "%zu %s%s%s", n, word, n == 1 ? "" : "s", end);
}

static int print_text(const struct pipeline *p)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], &b);
	if (b.n > 0)
		fputs(b.p, stdout);
	/* the sum stands below, also where both go into one file */
	if (fflush(stdout))
		return EXIT_SURROUNDINGS;
	count("node", p->n, ", ");
	count("error", p->n_errors, ", ");
	count("warning", p->n_diagnostics - p->n_errors, "\n");
	cmd_tell_empty(p);
	return EXIT_FINE;
}

/* Of an override a column that a mounted node reads: what comes out of code
 * only its engine can tell, and of a node that is no SQL the last run. */
static int check_overrides(const struct look *l, const char *at,
    struct error *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	CLEANUP(manifest_clear) struct manifest before = { 0 };
	struct snapshot snapshot = { 0 };
	struct run_request request = { .pipeline = l->pipeline,
		.snapshot = &snapshot,
		.worker_program = l->context.worker,
		.sandbox = l->context.sandbox,
		.duckdb = l->context.duckdb };
	int rc;

	if (l->context.git_dir == NULL)
		return 0;
	rc = context_store_read(&l->context, &store, NULL);
	if (rc == 0)
		rc = outcome_load(&l->context, store, at, &before, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc == 0)
		request.inputs.previous = &before;
	request.store = store;
	snprintf(snapshot.date, sizeof(snapshot.date), "%s",
	    source_date(l->source));
	return overrides_check(l->pipeline, &request, err);
}

int cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "at", required_argument, NULL, 'a' },
		{ "set", required_argument, NULL, 's' },
		{ 0 },
	};
	CLEANUP(look_clear) struct look l = { 0 };
	CLEANUP(set_options_clear) struct set_options set = { 0 };
	struct pipeline_options options = { 0 };
	struct error err = { 0 };
	const char *at = NULL;
	bool json = false;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'a')
			at = optarg;
		else if (c != 's')
			return cmd_usage("check");
		else if (set_options_add(&set, optarg, &err))
			return cmd_fail(&err);
	}
	if (argc - optind > 1)
		return cmd_usage("check");
	options.set = set.values;
	options.n_set = set.n;
	look_open(argv[optind], at, &options, &l, &err);
	if (l.pipeline == NULL ||
	    (l.pipeline->n_errors == 0 && check_overrides(&l, at, &err) &&
	        l.pipeline->n_errors == 0))
		return cmd_fail(&err);
	rc = json ? print_json(l.pipeline) : print_text(l.pipeline);
	return l.pipeline->n_errors ? EXIT_PIPELINE : rc;
}
