#ifndef SLUICE_RUNNER_CONTROL_H
#define SLUICE_RUNNER_CONTROL_H
/*
 * control -- what people may ask of runs: again, and stop. The one interface
 * for the command line, pages and programs.
 *
 * Errors     ERROR_BUSY where it is queued or running already (a second click
 *            asks for nothing new); ERROR_NOT_FOUND where there is nothing to
 *            stop.
 */
#include <stddef.h>
#include <stdint.h>

#include "cache/base/error.h"

struct rundb;

struct control_request {
	const char *branch, *commit;
	const char *user, *reason;
	const char *only; /* of a retry: nodes and directories, a line each;
	                     NULL: all that failed */
	int64_t now;
};

/* Queues the commit once more; nodes remembered as failed are executed.
 * ERROR_USAGE where the reason or the list is too long. */
int control_retry(struct rundb *db, const struct control_request *request,
    long long *id, struct error *err);

/* Ends what waits, and tells what runs to stop: of a commit, or of a branch,
 * or (both NULL) everything. n is how many. */
int control_cancel(struct rundb *db, const struct control_request *request,
    size_t *n, struct error *err);

#endif
