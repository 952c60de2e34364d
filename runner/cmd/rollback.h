#ifndef SLUICE_RUNNER_CMD_ROLLBACK_H
#define SLUICE_RUNNER_CMD_ROLLBACK_H
/*
 * rollback -- serves again what production served before, computing nothing:
 * for `sluice rollback` on the server and in a clone, and for the runner, to
 * which the same comes from a clone.
 *
 * Use        rollback_find(context, refs, word, &way, err);
 *            rollback_perform(&rollback, &way, words, err).
 * Shape      What may be served again is what was: an entry of production's
 *            history (hooks/production.h), whole, as it stood.
 * Moved      By compare and swap against what rollback_find() saw: a run that
 *            is promoted meanwhile is never undone unseen (ERROR_BUSY).
 * Errors     ERROR_USAGE in words where it is not to be had; ERROR_NOT_FOUND
 *            where nothing was served yet, or the tables are gone from the
 *            store.
 */
#include "hooks/production.h"
#include "runner/cmd/cmd.h"

struct rollback_way {
	struct production from; /* what is served */
	struct production to; /* a promotion, never a rollback */
	struct run_entry left, run; /* their runs */
	bool is_newest; /* to is the newest promotion: nothing is held */
};

/* word: a run, or a commit as git or the server knows it, the newest entry of
 * which is taken; NULL: the newest with other tables than those of now. */
int rollback_find(const struct context *c, struct refs *refs, const char *word,
    struct rollback_way *out, struct error *err);

struct rollback {
	struct refs *refs;
	struct store *store;
	const char *user, *reason;
};

/* Adds to words what came of it. */
int rollback_perform(const struct rollback *r, const struct rollback_way *way,
    struct buf *words, struct error *err);

/* Whether a reason can stand in the record: a line of UTF-8 that is not too
 * long, and not empty. */
int rollback_check_reason(const char *reason, struct error *err);

#endif
