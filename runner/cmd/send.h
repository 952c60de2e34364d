#ifndef SLUICE_RUNNER_CMD_SEND_H
#define SLUICE_RUNNER_CMD_SEND_H
/*
 * send -- a request (hooks/ask.h) from a clone to the server, by `git push`,
 * and what the server says to it.
 *
 * Shape      The blob is written here and pushed to refs/sluice-requests/ID,
 *            an ID of 32 random digits; the server's runner removes the ref.
 *            Where it answers within the push, its line tells what came of it
 *            ("refused: ...", "not done: ...", else it is done), where not,
 *            that it is queued.
 */
#include "hooks/ask.h"
#include "runner/cmd/subject.h"

enum sent_state {
	SENT_ACCEPTED,
	SENT_QUEUED, /* no runner has answered yet */
	SENT_REFUSED, /* there is nothing of that to do */
	SENT_NOT_DONE, /* it is being done, or is over */
};

struct sent {
	enum sent_state state;
	struct buf words; /* the server's */
};

/* Errors are those of the way there: ERROR_REMOTE, ERROR_IO. */
int send_ask(const struct subject *s, const struct ask *ask, struct sent *out,
    struct error *err);
void sent_clear(struct sent *s);

/* Prints it as text, or as JSON; returns the exit status. */
int sent_print(const struct sent *sent, const struct subject *s, bool is_json);

#endif
