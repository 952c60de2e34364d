#ifndef SLUICE_RUNNER_VARY_H
#define SLUICE_RUNNER_VARY_H
/*
 * vary -- other surroundings for a command's execution: whatever the sandbox
 * does not promise to be the same, as words and descriptors of it.
 *
 * Use        vary_open(); vary_sandbox() and vary_command() make the words;
 *            the descriptors stand behind the sandbox's own; vary_clear().
 * Shape      sluice-vary.so, which lies beside sluice-worker, is preloaded
 *            into all that runs in the sandbox: by /etc/ld.so.preload, so that
 *            the environment is the promised one; both are given as data, and
 *            so need no place that the job's user could read. What a process
 *            cannot be told otherwise (its number) is moved on by starting
 *            some others first.
 * Varied     date and time of day, number of processors, order of a
 *            directory, which of the threads or processes that are started
 *            together comes first, the numbers of the process and of files. Of
 *            themselves differ: addresses, random bytes, uptime, load, speed.
 * Promised   and so left alone: host, user, variables, directories, locale,
 *            time zone, hash seed, times of the files that we write.
 * Errors     ERROR_NOT_FOUND where the library is not there.
 */
#include "runner/words.h"

enum {
	VARY_FDS = 3,
};

struct vary {
	char path[4096]; /* of the library */
	int fds[VARY_FDS]; /* -1: none */
};

/* Opens what it takes; -1 and "" before. */
int vary_open(struct vary *v, struct error *err);
void vary_clear(struct vary *v);

/* Words of bubblewrap's, where fds[i] is its descriptor first + i. */
void vary_sandbox(int first, struct words *out);

/* Of a command that has no sandbox: a variable. */
void vary_environment(const struct vary *v, struct words *env);

/* The command as it is to be started. */
void vary_command(const struct words *command, struct words *out);

#endif
