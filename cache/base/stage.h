#ifndef SLUICE_CACHE_BASE_STAGE_H
#define SLUICE_CACHE_BASE_STAGE_H
/*
 * stage -- a second thread that works on what the first one makes, a piece at
 * a time, while the first makes the next: to hash and write bytes takes as
 * long as to make them.
 *
 * Use        stage_open(work, payload, &s, err); for each piece:
 *            stage_give(s, piece, is_last, err); stage_finish(s, err).
 * Shape      Pieces are worked on in the order given, one at a time. When
 *            stage_give() returns, all pieces before this one are done with:
 *            who fills two in turn never touches the one that is at work.
 * Twin       Where there is one piece alone, or no thread to be had, the
 *            caller's thread works: the same call.
 * Errors     After the first one no further piece is worked on; a later
 *            stage_give() or stage_finish() tells it.
 * Threads    Belongs to one thread. Pieces and payload are the caller's, and
 *            the second thread's until stage_finish() or stage_close().
 */
#include <stdbool.h>

#include "cache/base/error.h"

/* Works on a piece: 0, or negative with err set. */
typedef int stage_work(void *payload, void *piece, struct error *err);

/* No thread is started yet. */
struct stage;
int stage_open(stage_work *work, void *payload, struct stage **out,
    struct error *err);
/* Waits for the piece at work, and frees. */
void stage_close(struct stage *s);
void stage_closep(struct stage **s);

/* Hands a piece over, once the one before is done with. is_last: no other
 * follows, so that for the first one no thread is started. */
int stage_give(struct stage *s, void *piece, bool is_last, struct error *err);

/* Waits until all pieces are done with: 0, or the first error. */
int stage_finish(struct stage *s, struct error *err);

#endif
