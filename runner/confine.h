#ifndef SLUICE_RUNNER_CONFINE_H
#define SLUICE_RUNNER_CONFINE_H
/*
 * confine -- the sandbox of an SQL engine, which runs in our own process:
 * entered once, for good, when the engine's library is loaded and before the
 * first request's SQL is looked at. It costs a worker a millisecond and a job
 * nothing.
 *
 * Use        confine_enter(spill, &place, err).
 * Shape      Namespaces of its own for mounts, network, IPC, host name (and
 *            users, where we are not root; root becomes nobody instead); an
 *            empty root, read only, with CONFINE_SPILL in it, the worker's own
 *            directory, where there is one; no capability; no core file,
 *            no file larger than CONFINE_FILE;
 *            Landlock (ABI 1 to 6, what the kernel has) once more for the same;
 *            last the list of system calls (SECCOMP_SQL).
 *            Where the machine makes no namespaces Landlock stands alone.
 *            Where there is neither, it fails.
 * Reaches    After it the process has: the descriptors that come with each
 *            request (the job's own inputs, log, output), its socket, its
 *            memory, its directory for what does not fit there. No program, no
 *            other file, no socket, no other process. What one job leaves in
 *            the process's memory another could find, if it broke the engine:
 *            that is not defended, but for the end of the worker.
 * Errors     What cannot be entered as stated is an error, and no SQL is run.
 */
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

#define CONFINE_SPILL "/tmp"
#define CONFINE_FILE (UINT64_C(8) << 30) /* bytes of one file, at most */

struct confine_place {
	char path[512];
};

/* Enters it. spill: the directory in which the worker may make one of its own,
 * "" for none; *out: where the engine may make files then, "" for nowhere. */
int confine_enter(const char *spill, struct confine_place *out,
    struct error *err);

/* A line for each thing that it enters, but for what landlock.h and seccomp.h
 * have. */
void confine_print(struct buf *out);

/* The directory that the worker pid has in spill, which its owner removes at
 * its end: what was spilled is tables in the clear. */
void confine_spill_name(const char *spill, long pid, struct confine_place *out);

#endif
