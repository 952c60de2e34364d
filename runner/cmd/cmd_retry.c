/* sluice retry: executes failed nodes again, under the same keys. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/subject.h"
#include "runner/control.h"

struct args {
	const char *rev, *reason;
	char *const *nodes;
	int n_nodes;
	bool is_json;
};

static bool parse(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "reason", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			a->reason = optarg;
		else if (c == 'J')
			a->is_json = true;
		else
			return false;
	}
	/* no revision begins with a slash */
	if (optind < argc && argv[optind][0] != '/')
		a->rev = argv[optind++];
	a->nodes = &argv[optind];
	a->n_nodes = argc - optind;
	return true;
}

static bool has_failed(const struct manifest *m, const char *path)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->nodes[i].state == NODE_FAILED &&
		    nodepath_is_in(m->nodes[i].path, path))
			return true;
	return false;
}

/* Nodes and directories that are named, as lines: something there must have
 * failed. */
static int print_nodes(struct subject *s, const struct args *a, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	const struct run_find find = { .branch = s->branch,
		.commit = s->commit };
	struct run_entry run;
	int i, rc;

	if (a->n_nodes == 0)
		return 0;
	if ((rc = refs_run_find(s->refs, &find, &run, err)) ||
	    (rc = refs_read(s->refs, run.id, "manifest.json", &text, err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &m, err)))
		return rc;
	for (i = 0; i < a->n_nodes; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		nodepath_add(&path, s->context.prefix);
		nodepath_add(&path, a->nodes[i]);
		if ((rc = buf_check(&path, err)))
			return rc;
		if (path.n == 0) { /* the root: all that failed */
			buf_reset(out);
			return 0;
		}
		if (!has_failed(&m, buf_bytes(&path).p))
			return error_set(err, ERROR_USAGE,
			    "%s has not failed in the run of %.12s; `sluice "
			    "report %.12s` names what has",
			    a->nodes[i], s->commit, s->commit);
		buf_printf(out, "%s\n", buf_bytes(&path).p);
	}
	return buf_check(out, err);
}

/* A run that went well has nothing to execute again. */
static bool is_well(struct subject *s)
{
	const struct queue_filter filter = { .branch = s->branch,
		.commit = s->commit,
		.limit = 1 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };

	return queue_list(s->db, &filter, &list, NULL) == 0 && list.n == 1 &&
	    list.items[0].state == REQUEST_DONE &&
	    strcmp(list.items[0].outcome, "success") == 0;
}

static int retry(struct subject *s, const struct args *a, long long *id,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf only = { 0 };
	struct control_request request = {
		.branch = s->branch,
		.commit = s->commit,
		.user = subject_user(),
		.reason = a->reason ? a->reason : "retry",
		.now = clock_now(),
	};
	int rc;

	if (s->db == NULL)
		return error_set(err, ERROR_USAGE,
		    "no runner has worked here: nothing failed");
	if ((rc = print_nodes(s, a, &only, err)))
		return rc;
	request.only = only.p;
	if (is_well(s))
		return error_set(err, ERROR_USAGE,
		    "nothing failed in the run of %.12s of %s", s->commit,
		    s->branch);
	return control_retry(s->db, &request, id, err);
}

static bool is_desk(void)
{
	CLEANUP(context_clear) struct context c = { 0 };

	return context_open(NULL, &c, NULL) == 0 && c.work_tree != NULL;
}

/* A desk has no queue: `sluice run --retry`, here and now. */
static int retry_here(const struct args *a)
{
	static char run[] = "run", again[] = "--retry", json[] = "--json";
	CLEANUP(mem_freep)
	char **argv = mem_array((size_t)a->n_nodes + 6, sizeof(*argv));
	struct error err = { 0 };
	int n = 0, i;

	if (a->reason != NULL)
		error_set(&err, ERROR_USAGE,
		    "a reason is for the record of a server's run");
	else if (argv == NULL)
		error_memory(&err);
	if (err.code || argv == NULL)
		return cmd_fail(&err);
	argv[n++] = run;
	argv[n++] = again;
	if (a->is_json)
		argv[n++] = json;
	for (i = 0; i < a->n_nodes; i++)
		argv[n++] = a->nodes[i];
	optind = 0; /* getopt begins anew */
	return cmd_run(n, argv);
}

int cmd_retry(int argc, char **argv)
{
	CLEANUP(subject_clear) struct subject s = { 0 };
	struct args a = { 0 };
	struct error err = { 0 };
	json_auto_t *out = NULL;
	long long id = 0;

	if (!parse(argc, argv, &a))
		return cmd_usage("retry");
	if (a.rev == NULL && is_desk())
		return retry_here(&a);
	if (subject_open(a.rev, &s, &err) || retry(&s, &a, &id, &err))
		return cmd_fail(&err);
	if (!a.is_json) {
		printf("queued %.12s of %s again\n", s.commit, s.branch);
		return EXIT_FINE;
	}
	out = json_pack("{s:s,s:s,s:I}", "branch", s.branch, "commit", s.commit,
	    "request", (json_int_t)id);
	return cmd_print_json(out);
}
