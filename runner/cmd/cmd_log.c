/* sluice log: the runs of a branch, newest first. */
#include <getopt.h>
#include <git2.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "hooks/refs.h"
#include "runner/cmd/cmd.h"
#include "runner/cmd/fetch.h"

struct log {
	bool is_json;
	json_t *runs;
};

static int see_run(const struct run_entry *run, void *payload)
{
	struct log *l = payload;
	char time[CLOCK_TEXT];

	clock_print(run->time, time);
	if (!l->is_json) {
		printf("%.12s  %s  %-8s %.12s  %s\n", run->id, time,
		    run->outcome, run->commit, run->branch);
		return 0;
	}
	return json_array_append_new(l->runs,
	           json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "run", run->id,
	               "branch", run->branch, "commit", run->commit, "tree",
	               run->tree, "manifest", run->manifest, "outcome",
	               run->outcome, "time", time))
	    ? ERROR_MEMORY
	    : 0;
}

/* The branch that is checked out; in a bare repository production. */
static int current_branch(const struct context *c, char out[256],
    struct error *err)
{
	git_repository *repo = NULL;
	git_reference *head = NULL;

	snprintf(out, 256, "%s", c->production);
	if (c->work_tree == NULL)
		return 0;
	if (git_repository_open(&repo, c->work_tree) < 0)
		return error_set(err, ERROR_IO, "%s cannot be opened",
		    c->work_tree);
	if (git_repository_head(&head, repo) == 0 &&
	    git_reference_is_branch(head))
		snprintf(out, 256, "%s", git_reference_shorthand(head));
	git_reference_free(head);
	git_repository_free(repo);
	return 0;
}

static int print_runs(const char *ref, struct log *l, struct error *err)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct run_entry latest;
	struct error why = { 0 };
	char branch[256];
	int rc;

	if ((rc = context_open(NULL, &c, err)) ||
	    (rc = current_branch(&c, branch, err)))
		return rc;
	fetch_runs(&c);
	if (ref != NULL)
		snprintf(branch, sizeof(branch), "%s", ref);
	if ((rc = refs_open(c.git_dir, &refs, err)))
		return rc;
	rc = refs_run_latest(refs, branch, &latest, &why);
	if (rc == ERROR_NOT_FOUND && c.work_tree != NULL)
		return error_set(err, rc,
		    "no run of %s on a server is known here; what this desk "
		    "ran is shown by `sluice report`",
		    branch);
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	return refs_runs_each(refs, branch, see_run, l, err);
}

int cmd_log(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct log l = { .runs = json_array() };
	struct error err = { 0 };
	int c, status = EXIT_FINE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("log");
		l.is_json = true;
	}
	if (argc - optind > 1)
		return cmd_usage("log");
	if (print_runs(optind < argc ? argv[optind] : NULL, &l, &err))
		status = cmd_fail(&err);
	else if (l.is_json)
		status = cmd_print_json(l.runs);
	json_decref(l.runs);
	return status;
}
