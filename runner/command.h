#ifndef SLUICE_RUNNER_COMMAND_H
#define SLUICE_RUNNER_COMMAND_H
/*
 * command -- a node's code run by an interpreter, in three steps that
 * engine_command() takes one after another: the files of the job directory,
 * the execution, what its end means.
 *
 * Shape      command_write_files(), command_execute(), command_explain().
 * Errors     An error means the surroundings. That the code failed is in
 *            struct command_end and becomes a reply.
 */
#include "runner/engine.h"
#include "runner/joblog.h"
#include "runner/sandbox.h"
#include "runner/vary.h"

enum {
	COMMAND_PROBE_MAX = 4096
};

struct command {
	const struct engine_job *job; /* borrowed */
	const char *directory; /* of the job; NULL where it has none */
	const char *file; /* the code's name; NULL for a probe */
	bool is_probe;
	int64_t timeout_ms; /* 0: not limited */
	struct sandbox sandbox;
	struct words read_only, words, env;
	bool is_varied; /* in other surroundings: */
	struct vary vary;
	int inode; /* a file without a name: the others get other numbers */
	struct words more; /* of the sandbox */
};

/* How it ended. */
struct command_end {
	bool built; /* the sandbox stood and the command ran */
	bool started; /* the command may have run, built or not */
	/* why we killed it: its limit of time or of disk, or nobody waits */
	bool timed_out, overflowed, hung_up;
	int exit, signal;
	uint64_t memory_bytes; /* most that one of its processes had */
	struct buf printed; /* of a probe */
};

/* Puts inputs, helpers and code into the job directory; what is there is
 * added to c->read_only. */
int command_write_files(struct command *c, struct error *err);

/* Runs it to its end, after which nothing that it started is left. */
int command_execute(const struct command *c, struct joblog *log,
    struct command_end *end, struct error *err);

/* What the end means, into a reply. */
int command_explain(const struct command *c, const struct joblog *log,
    const struct command_end *end, json_t *reply, struct error *err);

/* The line of the user's file that an interpreter's error names last: in the
 * forms `File "X", line N`, `X: line N` and `X:N`; 0 where there is none. */
int command_error_line(struct bytes text, const char *file);

#endif
