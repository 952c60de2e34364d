#ifndef SLUICE_RUNNER_SPAWN_H
#define SLUICE_RUNNER_SPAWN_H
/*
 * spawn -- starting programs that inherit nothing, and ending them with all
 * they started.
 *
 * Use        spawn_start(&spawn, &pid, err); spawn_wait(pid, ms, &end, err);
 * Shape      The child has the descriptors that are named and no other, the
 *            environment that is given and nothing of ours, no signal ignored
 *            or blocked, and (but for same_session) its own session.
 *            posix_spawn: nothing of a large parent is copied.
 * Errors     ERROR_NOT_FOUND where there is no such program, ERROR_TIMEOUT,
 *            ERROR_IO.
 * Threads    spawn_end_all() is for a process of one thread (a worker).
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/base/error.h"

struct spawn {
	const char *const *argv; /* ended by NULL; argv[0] is a path */
	const char *const *env; /* ended by NULL; NULL: empty */
	const char *directory; /* to start in; NULL: / */
	const int *fds; /* become 0, 1, 2 ...; -1: /dev/null */
	size_t n_fds;
	bool same_session; /* it may ask at our terminal, and end with Ctrl-C */
};

/* How a process ended. */
struct spawn_end {
	int exit; /* the status, where it ended by itself */
	int signal; /* else the signal */
	uint64_t memory_bytes; /* most that it, or a child it waited for, had
	                          in memory at once */
};

/* Starts a program; *pid is to be waited for. */
int spawn_start(const struct spawn *s, pid_t *pid, struct error *err);

/* A descriptor that is readable once the process has ended. */
int spawn_open_pid(pid_t pid, int *fd, struct error *err);

/* Waits for its end, at most timeout_ms (-1: without end). */
int spawn_wait(pid_t pid, int64_t timeout_ms, struct spawn_end *end,
    struct error *err);

/* Kills the process and its group, and waits for it. */
void spawn_kill(pid_t pid);

/* Takes in whatever descendants lose their parent (PR_SET_CHILD_SUBREAPER),
 * so that spawn_end_all() finds them. */
int spawn_adopt(struct error *err);

/* Kills every process that is left below this one and waits until all are
 * gone; *memory_bytes is raised to the most that one of them had. */
int spawn_end_all(uint64_t *memory_bytes, struct error *err);

#endif
