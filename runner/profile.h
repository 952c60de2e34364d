#ifndef SLUICE_RUNNER_PROFILE_H
#define SLUICE_RUNNER_PROFILE_H
/*
 * profile -- all that holds code on this machine, as one table of lines: what
 * `sluice job --sandbox` prints, and of which a run's record keeps the digest.
 *
 * Shape      The arguments of a sandbox (sandbox.h), with a job directory named
 *            JOB and `in` in it, and the system calls of commands; then what
 *            the process of SQL enters (confine.h), and its system calls. Two
 *            runs with one digest were held alike.
 */
#include "cache/base/buf.h"
#include "cache/base/digest.h"
#include "runner/sandbox.h"

/* The table of a way on this machine, for the account that asks. */
int profile_print(enum sandbox_way way, struct buf *out, struct error *err);

/* SHA-256 of the same text. */
int profile_digest(enum sandbox_way way, struct digest *out, struct error *err);

#endif
