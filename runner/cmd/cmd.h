#ifndef SLUICE_RUNNER_CMD_CMD_H
#define SLUICE_RUNNER_CMD_CMD_H
/*
 * cmd -- the command line: one function a subcommand, cmd_NAME() in
 * cmd_NAME.c, and what they share. The only layer that prints and exits.
 *
 * A command parses its own options with getopt_long(), does its work by the
 * layers below, prints its result to stdout and all else to stderr, and
 * returns its exit status. Where a layer failed it returns
 * cmd_fail(&err), which prints "sluice: ..." and chooses the status.
 */
#include <stdbool.h>
#include <stdio.h>

#include "cache/manifest.h"
#include "cache/store.h"
#include "runner/lang/pipeline.h"
#include "runner/lang/source.h"

/* Exit statuses (docs: command line). */
enum {
	EXIT_FINE = 0,
	EXIT_NODE = 1, /* a node or a blocking test failed */
	EXIT_USAGE = 2, /* wrong usage */
	EXIT_PIPELINE = 3, /* the pipeline text has errors */
	EXIT_SURROUNDINGS = 4, /* store, repository, interpreter, disk */
};

struct cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0]: "sluice NAME" */
	const char *usage; /* behind "sluice NAME " */
	const char *summary;
};

/* The table of commands, ended by a NULL name. */
extern const struct cmd cmd_table[];

/* What `sluice --help` says, and `sluice NAME --help` (to stdout). */
void cmd_help(FILE *out);
void cmd_help_one(const struct cmd *c);

/* Prints an error to stderr; returns the exit status for its code. */
int cmd_fail(const struct error *err);

/* Prints "usage: sluice NAME ..." to stderr; returns EXIT_USAGE. */
int cmd_usage(const char *name);

/* As cmd_usage(), where a NODE is missing. */
int cmd_which_node(const char *name);

/* Says to stderr that an option takes something else ("a number above 0")
 * than what was given; returns false. The usage may follow. */
bool cmd_refuse(const char *option, const char *takes, const char *given);

/* The number, from least to most, that an option was given; where it is none
 * false, said as by cmd_refuse(). */
struct cmd_number {
	const char *option, *takes;
	uint64_t least, most;
};
bool cmd_parse_number(const struct cmd_number *number, const char *text,
    uint64_t *out);
extern const struct cmd_number cmd_jobs; /* of --jobs */

/* Prints all diagnostics of a pipeline to stderr; EXIT_PIPELINE where there
 * are errors, else EXIT_FINE. */
int cmd_diagnostics(const struct pipeline *p);

/* overrides_check() (runner/overrides.h), with what it finds on stderr. */
struct run_request;
int cmd_overrides(struct pipeline *p, const struct run_request *rq,
    struct error *err);

/* Says to stderr where a sound pipeline has no node at all, what one is. */
void cmd_tell_empty(const struct pipeline *p);

/* What begins and ends a colour on stdout: "" where it is no terminal, or
 * NO_COLOR is set. */
enum color {
	COLOR_END,
	COLOR_RED, /* what failed, or is gone */
	COLOR_GREEN, /* what is new */
};
const char *cmd_color(enum color color);

/* Prints canonical JSON to stdout. */
int cmd_print_json(const json_t *value);

/*
 * context -- the repository (or plain directory) a command works on and its
 * settings, from git config (section sluice) alone.
 */
struct context {
	char *git_dir; /* absolute, of the main repository; NULL: no git */
	char *work_tree; /* absolute; NULL in a bare repository */
	char *prefix; /* where in the pipeline we stand; "" is the root */
	char *root; /* sluice.root, "" unless set */
	char *store_dir; /* sluice.store, else GIT_DIR/sluice */
	char *state_dir; /* GIT_DIR/sluice/runner: spool, databases, socket */
	char *landing; /* sluice.landing, or NULL */
	char *sandbox; /* sluice.sandbox: "bubblewrap" unless "none" */
	char *duckdb; /* sluice.duckdb: path of libduckdb.so, or NULL */
	char *production; /* branch name: sluice.production, else HEAD's */
	char *remote; /* sluice.remote, default origin */
	char *worker; /* path of sluice-worker */
};

/* Of the directory dir (NULL: the current one). */
int context_open(const char *dir, struct context *out, struct error *err);
void context_clear(struct context *c);

/* Whether dir is or lies in a git repository, be it one that does not open. */
bool context_in_git(const char *dir);

/* Any other setting ("sluice.forge.url"): *out is the caller's (mem_free),
 * NULL where not set. */
int context_config(const struct context *c, const char *key, char **out,
    struct error *err);

/* One that is a word: which of them (hooks/choice.h). */
int context_choice(const struct context *c, const char *key,
    const char *const *words, size_t *out, struct error *err);

/* The branch that is checked out, in a bare repository production; "" where
 * none is. */
int context_branch(const struct context *c, char out[256], struct error *err);

/* The store of the context: for whoever puts something into it, and so has a
 * part in what must be kept; and for whoever only reads. */
int context_store(const struct context *c, struct store **out,
    struct error *err);
int context_store_read(const struct context *c, struct store **out,
    struct error *err);

/* Whether a runner serves the repository now. */
int context_is_served(const struct context *c, bool *out, struct error *err);

/* The files of revision at; NULL: the work tree, or HEAD of a bare one. */
int context_source(const struct context *c, const char *at, struct source **out,
    struct error *err);

/* Source and pipeline in one. Diagnostics are printed where there are errors
 * or warnings; the status is left to cmd_fail(err). */
int context_pipeline(const struct context *c, struct source *src,
    const struct pipeline_options *options, struct pipeline **out,
    struct error *err);

/* The commands of cmd_table, one file each. */
int cmd_init(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_retry(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_rollback(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_tree(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_manifest(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_install(int argc, char **argv);
int cmd_runner(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_store(int argc, char **argv);
int cmd_job(int argc, char **argv);

#endif
