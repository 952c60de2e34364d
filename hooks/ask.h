#ifndef SLUICE_HOOKS_ASK_H
#define SLUICE_HOOKS_ASK_H
/*
 * ask -- what somebody asks of the server from a clone: a run again, or to be
 * stopped; what production served before.
 * It travels by git itself, as a blob (sluice-request/1) that is pushed to
 * refs/sluice-requests/ID; whoever may push that ref may ask.
 *
 * Use        In a clone: ask_print(). On the server: ask_each(refs, fn), and
 *            for each ask_hold_open(); ask_hold_read(); what it wants is done;
 *            ask_hold_remove(); ask_hold_close().
 * Shape      {"branch":"exp","commit":ID,"do":"retry","format":
 *            "sluice-request/1","nodes":["North/Late"],"reason":"..."}; nodes
 *            and reason are a retry's, and may be left out. A rollback has a
 *            reason, "run" (whose tables, of branch and commit) and
 *            "production" (the entry of hooks/production.h that whoever asks
 *            has seen). The ref is the truth: while it is there, the request
 *            is not done.
 * Hostile    Anybody's bytes: all that is not known is refused, and so is what
 *            is longer than ASK_MAX, or than queue.h can keep. ERROR_SYNTAX
 *            says why, in words for whoever pushed it.
 * Killed     Between what is done and ask_hold_remove(): it is done once more,
 *            which finds it queued, or nothing left to stop.
 */
#include "hooks/refs.h"
#include "hooks/updates.h"
#include "runner/queue.h"

enum {
	ASK_MAX = 16 * 1024 /* bytes of the text */
};

enum ask_kind {
	ASK_RETRY,
	ASK_CANCEL,
	ASK_ROLLBACK
};

struct ask {
	enum ask_kind kind;
	char branch[UPDATE_BRANCH_MAX + 1], commit[UPDATE_ID + 1];
	char only[REQUEST_ONLY]; /* nodes, directories, a line each; "": all */
	char reason[REQUEST_REASON];
	char run[UPDATE_ID + 1], production[UPDATE_ID + 1]; /* of a rollback */
};

/* The canonical text, and back. */
int ask_print(const struct ask *ask, struct buf *out, struct error *err);
int ask_parse(struct bytes text, struct ask *out, struct error *err);

/* Calls fn for each that lies in the repository: its ref, and the object it
 * is at. A non-zero answer ends it and is returned. */
int ask_each(struct refs *r,
    int (*fn)(const struct update *ask, void *payload, struct error *err),
    void *payload, struct error *err);

/* A request's ref, held so that no other sluice does what it wants.
 * ERROR_NOT_FOUND where the ref is not at the object any more: it is done.
 * ERROR_DENIED where this user could not remove it. */
struct ask_hold;
int ask_hold_open(struct refs *r, const struct update *ask,
    struct ask_hold **out, struct error *err);

/* What it wants; ERROR_NOT_FOUND where the object is not in the repository. */
int ask_hold_read(const struct ask_hold *hold, struct ask *out,
    struct error *err);

/* It is done, or refused: the ref goes. */
int ask_hold_remove(struct ask_hold *hold, struct error *err);
void ask_hold_close(struct ask_hold *hold);
void ask_hold_closep(struct ask_hold **hold);

#endif
