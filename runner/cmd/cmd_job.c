/* sluice job: executes one JobSpec by hand, as a worker would. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/cmd/cmd.h"
#include "runner/jobdir.h"
#include "runner/profile.h"
#include "runner/specrun.h"

enum {
	SPEC_MAX = 64 << 20
};

struct job_state {
	struct context context;
	struct store *store;
	struct source *source;
	struct pipeline *pipeline;
	struct worker *worker;
	json_t *spec;
	struct table table;
	struct result result;
	struct buf log;
	char *job_dir;
	int use; /* store_use() */
};

static void job_state_clear(struct job_state *s)
{
	fd_close(&s->use);
	mem_free(s->job_dir);
	buf_clear(&s->log);
	table_clear(&s->table);
	json_decref(s->spec);
	worker_close(s->worker);
	pipeline_free(s->pipeline);
	source_close(s->source);
	store_close(s->store);
	context_clear(&s->context);
}

/* The JobSpec, or `what` alone, as the store has it under a key. */
static int read_spec(const char *path, json_t **spec, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *read = NULL;
	bool has_how;
	int rc = file_read(path, SPEC_MAX, &text, err);

	if (rc || (rc = json_parse(buf_bytes(&text), &read, err)))
		return rc;
	has_how = json_object_get(read, "how") != NULL;
	*spec = json_object_get(read, "what")
	    ? json_incref(read)
	    : json_pack("{s:O}", "what", read);
	if (*spec == NULL ||
	    (!has_how && json_object_set_new(*spec, "how", json_object())))
		return error_memory(err);
	if (strcmp(json_str_or(json_object_get(*spec, "what"), "format", ""),
	        "sluice-job/1") != 0 ||
	    !json_is_object(json_object_get(*spec, "how")))
		return error_set(err, ERROR_USAGE,
		    "%s is not a JobSpec (sluice-job/1)", path);
	return 0;
}

/* A key has an action's digest; its command stands in the pipeline. */
static int find_command(struct job_state *s, json_t *how, const json_t *what,
    struct error *err)
{
	const struct pipeline_options options = { 0 };
	const json_t *action = json_object_get(what, "action");
	struct digest text;
	size_t i;
	int rc;

	if (strcmp(json_str_or(action, "engine", ""), "command") != 0 ||
	    json_object_get(how, "run") != NULL)
		return 0;
	if ((rc = json_get_digest(action, "text", &text, err)) ||
	    (rc = context_source(&s->context, NULL, &s->source, err)) ||
	    (rc = context_pipeline(&s->context, s->source, &options,
	         &s->pipeline, err)))
		return rc;
	for (i = 0; i < s->pipeline->n_actions; i++) {
		const struct action *a = &s->pipeline->actions[i];

		if (a->run != NULL && digest_eq(&a->text, &text))
			return json_object_set_new(how, "run",
			           json_string(a->run))
			    ? error_memory(err)
			    : 0;
	}
	return error_set(err, ERROR_NOT_FOUND,
	    "no action of this pipeline has the digest that the JobSpec "
	    "names; say its command as \"run\" in \"how\"");
}

static int execute(struct job_state *s, struct error *err)
{
	json_t *how = json_object_get(s->spec, "how");
	const json_t *what = json_object_get(s->spec, "what");
	int rc = find_command(s, how, what, err);

	if (rc || (rc = jobdir_open(s->store, &s->job_dir, err)) ||
	    (rc = store_use(s->store, &s->use, err)) ||
	    (rc = worker_open(
	         &(struct worker_options){ .program = s->context.worker,
	             .sandbox = s->context.sandbox,
	             .duckdb = s->context.duckdb,
	             .spill = s->job_dir },
	         &s->worker, err)))
		return rc;
	return specrun_execute(&(struct specrun){ .store = s->store,
	                           .worker = s->worker,
	                           .sandbox = s->context.sandbox,
	                           .directory = s->job_dir,
	                           .how = how,
	                           .what = what },
	    &s->result, &s->table, &s->log, err);
}

/* The outcome as a document; the log goes to stderr. */
static int print(const struct job_state *s)
{
	const struct result *r = &s->result;
	json_auto_t *out = NULL;
	int status;

	if (s->log.n > 0)
		fwrite(s->log.p, 1, s->log.n, stderr);
	if (r->state == RESULT_OK)
		out = json_pack("{s:s,s:o,s:I,s:I}", "status", "ok", "table",
		    json_digest(&s->table.id), "rows",
		    (json_int_t)s->table.rows, "offending",
		    (json_int_t)s->table.n_offending);
	else
		out = json_pack("{s:s,s:s,s:s,s:i,s:i}", "status", "failed",
		    "failure", failure_name(r->failure), "message", r->message,
		    "exit", r->exit_status, "line", r->line);
	status = cmd_print_json(out);
	return status == EXIT_FINE && r->state != RESULT_OK ? EXIT_NODE
	                                                    : status;
}

/* What code is held by here, and the digest that runs keep of it. */
static int print_sandbox(const struct context *context)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	char hex[DIGEST_HEX + 1];
	enum sandbox_way way = SANDBOX_OWN;
	struct digest digest;
	struct error err = { 0 };

	sandbox_way_of(context->sandbox, &way); /* context_open() looked */
	if (profile_print(way, &out, &err) ||
	    digest_of(buf_bytes(&out), &digest, &err))
		return cmd_fail(&err);
	digest_print(&digest, hex);
	printf("profile %s\n%s", hex, out.p);
	return EXIT_FINE;
}

/* One job, and how it ended. */
static int execute_and_print(struct job_state *s, const char *path)
{
	struct error err = { 0 };

	if (context_store(&s->context, &s->store, &err) ||
	    read_spec(path, &s->spec, &err) || execute(s, &err))
		return cmd_fail(&err);
	if (strcmp(s->context.sandbox, "none") == 0)
		fputs("sluice: the code ran without a sandbox "
		      "(sluice.sandbox none)\n",
		    stderr);
	return print(s);
}

int cmd_job(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "sandbox", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	CLEANUP(job_state_clear) struct job_state s = { .use = -1 };
	struct error err = { 0 };
	bool is_sandbox = false;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c != 's')
			return cmd_usage("job");
		is_sandbox = true;
	}
	if (argc - optind != (is_sandbox ? 0 : 1))
		return cmd_usage("job");
	if (context_open(NULL, &s.context, &err))
		return cmd_fail(&err);
	return is_sandbox ? print_sandbox(&s.context)
	                  : execute_and_print(&s, argv[optind]);
}
