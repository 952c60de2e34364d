#ifndef SLUICE_RUNNER_CMD_RUNNER_ASK_H
#define SLUICE_RUNNER_CMD_RUNNER_ASK_H
/*
 * runner_ask -- what people ask from their clones (hooks/ask.h), as the runner
 * meets it: in a reconciliation, and once more when it answers their push.
 *
 * Errors     Of a request that cannot be done its asker is told, and it is
 *            over; what the surroundings refuse is tried again.
 */
#include "runner/cmd/runner.h"

/* For reconcile(): does what somebody asks from a clone. payload is a struct
 * asking. */
struct update;
struct asking {
	const struct context *context;
	struct refs *refs;
	struct rundb *db;
};
int runner_see_ask(const struct update *ask, const char *user, void *payload,
    struct error *err);

/* Adds what was answered, as the line that its pusher sees, where it is done
 * already. */
void runner_ask_words(const struct update *ask, struct buf *out);

#endif
