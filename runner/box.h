#ifndef SLUICE_RUNNER_BOX_H
#define SLUICE_RUNNER_BOX_H
/*
 * box -- bubblewrap's arguments, performed by ourselves: the fast twin.
 *
 * Use        sandbox_argv() without `nobody`; box_start() in place of
 *            spawn_start(); everything behind that is the same, also the words
 *            on descriptor SANDBOX_STATUS.
 * Shape      The list of arguments is the policy, here too (sandbox.h): each
 *            option is a row that is parsed, then performed in the order
 *            given. An option that is not known here is an error, so nothing
 *            is left out in silence. What is saved is the start of four
 *            programs: ours as nobody, bubblewrap, its second user namespace,
 *            prlimit.
 *            The child is the first process of the new process namespace: it
 *            builds, starts the command, takes in orphans, says how the command
 *            ended, and with its end the kernel ends what is left.
 * As root    The user inside is nobody outside: no identity of root's is left
 *            when the first file is made.
 * Needs      Linux 5.12 (mount_setattr) and user namespaces.
 * Errors     What cannot be built as stated is not run: its words are on
 *            descriptor 2 and no status is written.
 * Threads    For a process of one thread (a worker): the child is a fork.
 */
#include <sys/types.h>

#include "runner/words.h"

struct box {
	const struct words *argv; /* from sandbox_argv() */
	const int *fds; /* become 0, 1, 2, SANDBOX_STATUS; -1: /dev/null */
	size_t n_fds;
};

/* Starts the command; *pid is to be waited for, or killed. */
int box_start(const struct box *box, pid_t *pid, struct error *err);

#endif
