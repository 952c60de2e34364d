#ifndef SLUICE_RUNNER_SANDBOX_H
#define SLUICE_RUNNER_SANDBOX_H
/*
 * sandbox -- what a command may see and use, first as words, then performed.
 *
 * Use        sandbox_argv(&sandbox, &command, &argv, err); spawn argv with
 *            descriptor SANDBOX_STATUS for its end and SANDBOX_FILTER to be
 *            read, or give it to box_start(); sandbox_ended().
 * Shape      The list of bubblewrap's arguments is the whole policy: its own
 *            namespaces of every kind, an unprivileged user without
 *            capabilities, /usr and few files of /etc read only, a /tmp in
 *            memory, and SANDBOX_JOB, the one place to write, in which what
 *            we put there is read only; a list of refused system calls
 *            (seccomp.h). Limits (prlimit) come last, inside, so that they
 *            count what is inside.
 * Ways       The list is performed by ourselves (SANDBOX_OWN: box.h), so that
 *            a trivial node costs half, or by bubblewrap, the reference; what
 *            a command sees is the same.
 * As root    bubblewrap would keep user 0 of the host under another number:
 *            so sandbox_as_nobody() gives the job directory a place that
 *            everybody reaches, in a mount namespace of its own, and becomes
 *            `nobody` before it starts bubblewrap.
 * Errors     What cannot be built as stated is not run.
 */
#include <stdint.h>

#include "runner/words.h"

#define SANDBOX_BWRAP "/usr/bin/bwrap"
#define SANDBOX_PRLIMIT "/usr/bin/prlimit"
#define SANDBOX_JOB "/job"
#define SANDBOX_NOBODY_JOB "/mnt" /* see "As root" */

enum {
	SANDBOX_STATUS = 3, /* bubblewrap writes how the command ended */
	SANDBOX_FILTER = 4, /* and reads what seccomp_make() made */
	SANDBOX_NOBODY = 65534,
	SANDBOX_EPOCH = 315532800, /* SOURCE_DATE_EPOCH: 1980-01-01 */
};

/* Who performs it. */
enum sandbox_way {
	SANDBOX_OWN, /* "namespaces" */
	SANDBOX_BUBBLEWRAP, /* "bubblewrap" */
	SANDBOX_NONE /* "none": limits and environment alone */
};

struct sandbox {
	enum sandbox_way way;
	const char *directory; /* the job's on the host; NULL: none */
	const struct words *read_only; /* names in it */
	uint64_t memory_bytes; /* of one process; 0: not limited */
	int threads;
	const struct words *more; /* bubblewrap's, of the caller; NULL: none */
	const char *nobody; /* program whose --as-nobody is
	                       sandbox_as_nobody(), where we are root */
};

/* The name of a way as git config has it, and the way of a name; false where
 * there is none. */
const char *sandbox_way_name(enum sandbox_way way);
bool sandbox_way_of(const char *name, enum sandbox_way *out);

/* The words that run command. With SANDBOX_NONE the environment must be given
 * to exec by the caller: sandbox_env(). */
int sandbox_argv(const struct sandbox *s, const struct words *command,
    struct words *argv, struct error *err);

/* The fixed environment as NAME=VALUE. */
int sandbox_env(const struct sandbox *s, struct words *env, struct error *err);

/* From what bubblewrap wrote: whether the command ran and ended, and its
 * status (128 + signal where one killed it). false: the sandbox failed. */
bool sandbox_ended(struct bytes status, int *exit);
/* Whether they say that the command was started. */
bool sandbox_started(struct bytes status);

/* Whether the command's program is there, as seen from inside; where not,
 * ERROR_NOT_FOUND in words that help. */
int sandbox_find_program(const struct sandbox *s, const char *program,
    struct error *err);

/* Becomes nobody, with directory at SANDBOX_NOBODY_JOB, and executes argv.
 * Returns only an error. */
int sandbox_as_nobody(const char *directory, char **argv, struct error *err);

/* One line for each option, quoted, for people. */
void sandbox_print(const struct words *argv, struct buf *out);

#endif
