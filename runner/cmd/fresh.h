#ifndef SLUICE_RUNNER_CMD_FRESH_H
#define SLUICE_RUNNER_CMD_FRESH_H
/*
 * fresh -- that a run of some text has nothing left to do, remembered: STATE/
 * fresh/NAME, so that the next one says so in the time a process takes to
 * start, whatever the pipeline's size.
 *
 * Use        fresh_find_at(at, &f) before anything is opened, or
 *            fresh_find_tree(c, tree, date, &f); fresh_clear(&f).
 *            After a run in which all went well: fresh_keep(...).
 * Shape      NAME is the commit, or of a work tree its tree and the day. The
 *            file has what is to be said, and a witness: the bytes of all
 *            that the run's answer depended on besides the text. These are
 *            the settings of git config, the programs (this one, the worker,
 *            SQLite, DuckDB), and the store: the time of every directory in
 *            which a blob or a result may have come or gone, the epoch, what
 *            was laid aside, and the entries of the desk. It is made anew and
 *            compared byte for byte; any difference is as no memory at all.
 * Sound      What it says is what the run would. So nothing is kept of a run
 *            with targets, parameters or a snapshot of its own, of one that
 *            reads files of a landing directory, whose actions ask an
 *            interpreter for its version, with a failure, or with a test that
 *            does not hold.
 * Not seen   Bytes that change in place under a name of the store (a disk's
 *            fault): `sluice store fsck` and whoever reads them see that. Two
 *            changes of one directory within a tick of the kernel's clock.
 */
#include "runner/cmd/cmd.h"

struct fresh {
	size_t n_nodes, n_tests;
	char manifest[16]; /* the first digits of its id */
	char *warnings; /* for stderr */
};
/* Frees what it owns. */
void fresh_clear(struct fresh *f);

/* Of the name of a branch, a tag or HEAD, from the current directory; without
 * libgit2, whose start takes longer than all of this. NULL: HEAD of a bare
 * repository. False: nothing is remembered that holds. */
bool fresh_find_at(const char *at, struct fresh *out);

/* Of the files of a work tree. */
bool fresh_find_tree(const struct context *c, const struct source *src,
    struct fresh *out);

/* Remembers a run of all of src. That it cannot is no error. */
struct fresh_run {
	const char *at; /* as it was named; NULL: see fresh_find_at() */
	const struct source *source;
	const struct pipeline *pipeline;
	const struct manifest *manifest;
	size_t n_tests; /* all of them hold */
};
void fresh_keep(const struct context *c, const struct fresh_run *run);

#endif
