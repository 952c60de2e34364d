/* sluice: the command line. `sluice NAME ...` is cmd_NAME() of cmd_NAME.c. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/cmd.h"
#include "version.h"

const struct cmd cmd_table[] = {
	{ "init", cmd_init, "[DIR]",
	    "a new pipeline repository with a small example" },
	{ "check", cmd_check, "[DIR] [--at REV] [--set NAME=VALUE] [--json]",
	    "resolve everything; print errors and warnings" },
	{ "plan", cmd_plan, "[A[..B]] [--set NAME=VALUE] [--json]",
	    "which nodes a change touches, and why" },
	{ "run", cmd_run,
	    "[NODE...] [--at REV] [--jobs N] [--set NAME=VALUE]\n"
	    "                  [--snapshot REV] [--no-reuse] [--retry] [--worktree]\n"
	    "                  [--json]",
	    "compute what is missing" },
	{ "test", cmd_test,
	    "[NODE...] [--at REV] [--jobs N] [--set NAME=VALUE] [--rows]\n"
	    "                   [-n ROWS] [--coverage] [--json]",
	    "compute the tests of nodes, and which nodes have none" },
	{ "show", cmd_show,
	    "NODE [-n ROWS] [--schema] [--log] [--at REV] [--json]",
	    "a table, its columns, its log" },
	{ "get", cmd_get,
	    "NODE [-o FILE] | --all DIR [--format csv|sqlite|parquet]\n"
	    "                  [--at REV]",
	    "a table, or all of a run's, out of the store" },
	{ "diff", cmd_diff, "[A[..B]] [NODE...] [--rows] [--json]",
	    "what differs between the tables" },
	{ "explain", cmd_explain, "NODE [A..B] [--json]",
	    "why a node would run, ran, or was reused" },
	{ "tree", cmd_tree,
	    "[NODE...] [--at REV] [--set NAME=VALUE] [--json|--names]",
	    "the resolved directory: origins, overrides, parameters" },
	{ "graph", cmd_graph,
	    "[NODE...] [--format text|dot|svg|mermaid|json] [--at REV]\n"
	    "                    [--set NAME=VALUE] [--json]",
	    "the graph, or what is above and below a node" },
	{ "status", cmd_status, "[--json]",
	    "what is queued, running, failed now" },
	{ "retry", cmd_retry, "[REV] [NODE...] [--reason TEXT] [--json]",
	    "compute again what failed" },
	{ "cancel", cmd_cancel, "[REV] [--json]", "stop a run" },
	{ "rollback", cmd_rollback, "[RUN] --reason TEXT [--json]",
	    "serve again what production served before" },
	{ "log", cmd_log, "[REF] [--json]", "runs and what they made" },
	{ "report", cmd_report,
	    "[REV|A..B] [--format text|md|html|json|comment] [--outside]\n"
	    "                     [--json]",
	    "what a run changed" },
	{ "manifest", cmd_manifest, "[REV]", "the manifest of a run" },
	{ "verify", cmd_verify, "[REV] [--rebuild [NODE...]] [--json]",
	    "read all that a run stored; compute again and compare" },
	{ "install", cmd_install,
	    "[GITDIR | --hooks DIR] [--chain] [--start] [--hide-runs]\n"
	    "                      [--no-hook] [--json] [--uninstall]",
	    "the hook and settings of a bare repository" },
	{ "runner", cmd_runner, "[--once] [--rebuild-index] [GITDIR...]",
	    "run what was pushed, post statuses" },
	{ "snapshot", cmd_snapshot, "[--take] [--json]",
	    "list or take snapshots of the sources" },
	{ "store", cmd_store,
	    "stat|fsck|gc|epoch [--json]; of gc: [--dry-run] "
	    "[--grace DAYS]; of epoch: [--raise]",
	    "the store's size, health, and what nothing refers to" },
	{ "job", cmd_job, "SPEC.json | --sandbox",
	    "execute one job by hand, as a worker would" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cmd *find(const char *name)
{
	const struct cmd *c;

	for (c = cmd_table; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

int cmd_usage(const char *name)
{
	const struct cmd *c = find(name);

	if (c != NULL)
		fprintf(stderr,
		    "usage: sluice %s %s\n`sluice %s --help` says what each "
		    "is\n",
		    name, c->usage, name);
	return EXIT_USAGE;
}

static int unknown(const char *name)
{
	const char *names[ARRAY_LEN(cmd_table)];
	const char *near;
	size_t n = 0;

	for (; cmd_table[n].name != NULL; n++)
		names[n] = cmd_table[n].name;
	near = text_nearest(name, names, n);
	fprintf(stderr, "sluice: there is no command '%s'", name);
	if (near != NULL)
		fprintf(stderr, "; did you mean 'sluice %s'?", near);
	fputs(near ? "\n" : "; `sluice --help` lists them\n", stderr);
	return EXIT_USAGE;
}

static bool wants_help(int n, char *const *args)
{
	int i;

	for (i = 0; i < n && strcmp(args[i], "--") != 0; i++)
		if (strcmp(args[i], "--help") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static char name[32];
	const struct cmd *c;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* a parent may have ignored it */
	if (argc < 2) {
		cmd_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("sluice " SLUICE_VERSION);
		return EXIT_FINE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		cmd_help(stdout);
		return EXIT_FINE;
	}
	c = find(argv[1]);
	if (c == NULL)
		return unknown(argv[1]);
	if (wants_help(argc - 2, argv + 2)) {
		cmd_help_one(c);
		return EXIT_FINE;
	}
	/* getopt's words begin with it */
	snprintf(name, sizeof(name), "sluice %s", c->name);
	argv[1] = name;
	return c->run(argc - 1, argv + 1);
}
