#ifndef SLUICE_RUNNER_CMD_ASKED_H
#define SLUICE_RUNNER_CMD_ASKED_H
/*
 * asked -- does what somebody asks of the server (hooks/ask.h), of runs by
 * runner/control.h, of production by rollback.h: for `sluice retry` and
 * `cancel` on the server, and for the runner, to which the same comes from a
 * clone.
 */
#include "hooks/ask.h"
#include "runner/cmd/cmd.h"
#include "runner/rundb.h"

struct asked {
	const struct context *context;
	struct refs *refs;
	struct rundb *db;
	const struct ask *ask;
	const char *user; /* who asks, for the record; "" where not known */
	int64_t now;
};

struct asked_done {
	long long request; /* of a retry: what is queued now */
	size_t n; /* of a cancellation: how many were stopped */
	struct buf words; /* "3 nodes of 1234abcd on exp are queued again" */
};

/* ERROR_USAGE where there is nothing of that to do, in words for whoever
 * asks; ERROR_BUSY, ERROR_NOT_FOUND where it is being done, or is over. */
int asked_perform(const struct asked *a, struct asked_done *done,
    struct error *err);

/* Frees; usable again. */
void asked_done_clear(struct asked_done *done);

#endif
