#ifndef SLUICE_RUNNER_CMD_RUNNER_SOCKET_H
#define SLUICE_RUNNER_CMD_RUNNER_SOCKET_H
/*
 * runner_socket -- the thread of a resident runner that answers hooks, and what
 * it says: the few lines that a pusher sees.
 *
 * Use        socket_start(r, err); socket_stop(r): by tender_start() and
 *            tender_stop() alone.
 * Shape      STATE/socket. A hook sends the text of a spool file (updates.h)
 *            and hears lines, or nothing; it waits some milliseconds at most.
 * Threads    It has handles of its own, and shares struct tender.
 */
#include "runner/cmd/runner.h"

/* Listens and starts it; ends it, once tender.ending says so. */
int socket_start(struct runner *r, struct error *err);
void socket_stop(struct runner *r);

/* Who makes the answers: keeps the plan index from push to push. One belongs
 * to one thread. */
struct answerer;
int answerer_open(const struct context *c, struct answerer **out,
    struct error *err);
void answerer_close(struct answerer *a);

/* Sees to it that the plan index is that of production, or near: then the
 * first push is answered as soon as any other. */
void answerer_warm(struct answerer *a, struct refs *refs);

/* Adds the lines of a push (updates.h: the text of a spool file) to out. */
int answerer_print(struct answerer *a, struct refs *refs, struct bytes push,
    struct buf *out, struct error *err);

#endif
