/* sluice log: the runs of a branch, or of a commit, newest first; what
 * production served. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/history.h"
#include "runner/cmd/range.h"
#include "runner/cmd/remote.h"
#include "runner/cmd/served.h"

struct log {
	bool is_json;
	json_t *runs;
};

static int see_run(const struct run_entry *run, void *payload)
{
	CLEANUP(buf_clear) struct buf branch = { 0 };
	struct log *l = payload;
	char time[CLOCK_TEXT];

	clock_print(run->time, time);
	if (!l->is_json) {
		text_add_visible(&branch, bytes_of(run->branch));
		if (branch.failed)
			return ERROR_MEMORY;
		printf("%.12s  %s  %-8s %.12s  %s\n", run->id, time,
		    run->outcome, run->commit, buf_bytes(&branch).p);
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

/* Of a revision that is no branch with runs: its commit's. */
static int each_run(const struct context *c, struct refs *refs, const char *rev,
    struct log *l, struct error *err)
{
	char commit[GIT_ID_HEX + 1], production[256];
	size_t n;
	int rc = served_each(refs, rev, see_run, l, &n, err);

	if (rc || n > 0)
		return rc;
	served_branch(refs, c->production, production);
	if (strcmp(rev, "production") == 0)
		rc = served_each(refs, production, see_run, l, &n, err);
	else if ((rc = range_commit(c, rev, commit, NULL)) == 0)
		rc = served_each(refs, commit, see_run, l, &n, err);
	else
		rc = rc == ERROR_MEMORY ? error_memory(err) : 0;
	if (rc || n > 0)
		return rc;
	return error_set(err, ERROR_NOT_FOUND, "no run of %s %s", rev,
	    c->work_tree ? "on a server is known here" : "yet");
}

/* What production served, where the word was said (a branch may have that name,
 * too), and something was. */
static int each_entry(const struct context *c, struct refs *refs,
    const char *rev, bool is_said, struct log *l, struct error *err)
{
	struct error why = { 0 };
	int rc = ERROR_NOT_FOUND;

	if (is_said && strcmp(rev, "production") == 0)
		rc = history_print(refs, l->is_json ? l->runs : NULL, &why);
	if (rc == ERROR_NOT_FOUND)
		return each_run(c, refs, rev, l, err);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int print_runs(const char *rev, struct log *l, struct error *err)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(remote_clear) struct remote remote = { 0 };
	CLEANUP(refs_closep) struct refs *refs = NULL;
	CLEANUP(buf_clear) struct buf why_not = { 0 };
	struct error why = { 0 };
	char branch[256];
	int rc;

	if ((rc = context_open(NULL, &c, err)) ||
	    (rc = context_branch(&c, branch, err)) ||
	    (rc = remote_fetch(&c, &remote, err)) ||
	    (rc = refs_open(c.git_dir, &refs, err)))
		return rc;
	remote_tell(&remote);
	rc = each_entry(&c, refs,
	    rev             ? rev
	        : branch[0] ? branch
	                    : "HEAD",
	    rev != NULL, l, &why);
	if (rc == ERROR_NOT_FOUND) {
		remote_add_why(&remote, &why_not);
		if (c.work_tree != NULL)
			buf_add_str(&why_not,
			    "; what this desk ran is shown by `sluice report`");
	}
	return rc ? error_set(err, why.code, "%s%s", why.msg,
	                why_not.p ? why_not.p : "")
	          : 0;
}

int cmd_log(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct log l = { 0 };
	struct error err = { 0 };
	int c, status = EXIT_FINE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("log");
		l.is_json = true;
	}
	if (argc - optind > 1)
		return cmd_usage("log");
	l.runs = json_array();
	if (print_runs(optind < argc ? argv[optind] : NULL, &l, &err))
		status = cmd_fail(&err);
	else if (l.is_json)
		status = cmd_print_json(l.runs);
	json_decref(l.runs);
	return status;
}
