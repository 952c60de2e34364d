#ifndef SLUICE_RUNNER_CGROUP_H
#define SLUICE_RUNNER_CGROUP_H
/*
 * cgroup -- a control group for a worker and all that its commands start: what
 * they take together in memory and in processes is bounded, which no limit of a
 * single process (sandbox.h) does.
 *
 * Use        cgroup_enter(err), once a process; cgroup_limit(bytes, err), a
 *            job; who started the process calls cgroup_remove(pid) at its end.
 * Shape      A group sluice-PID of version 2 where memory and pids are handed
 *            down to where we may make one: below the group that we are in (the
 *            root's alone has both processes and groups with controllers) or
 *            beside it (systemd: Delegate= and DelegateSubgroup=); else of
 *            version 1 below ours, else none. cgroup_kind() says which, and the
 *            profile has it. Memory counts a job's files in memory (/tmp,
 *            /dev/shm), too; of version 2 nothing goes to swap.
 * Errors     Where a group can be made it is entered, or no command is run.
 * Source     Kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1.
 */
#include <stdint.h>

#include "cache/base/error.h"

enum {
	CGROUP_PROCESSES = 600, /* more than a sandbox's own limit */
};

/* "v2", "v1" or "none": what this process can have. */
const char *cgroup_kind(void);

/* Makes this process's group, enters it, removes those that nobody is in. */
int cgroup_enter(struct error *err);

/* The most that all processes take together from now on; 0: not limited. */
int cgroup_limit(uint64_t memory_bytes, struct error *err);

/* Removes the group of a process of ours that has ended, if it had one. */
void cgroup_remove(long pid);

#endif
