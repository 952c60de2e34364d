#ifndef SLUICE_CACHE_ASIDE_H
#define SLUICE_CACHE_ASIDE_H
/*
 * aside -- blobs of a batch, put by a second thread while the next one is
 * made: to hash a part and write it takes as long as to make it.
 *
 * Use        aside_open(batch, &a, err); for each blob: aside_put(a, &data,
 *            is_last, err); aside_finish(a, &ids, &n, err).
 * Twin       Where there is one blob alone, or no thread to be had, it is put
 *            by the caller's: the same call, of store.h.
 * Threads    Belongs to one thread; the batch is its second one's until
 *            aside_finish() or aside_close(). Private to cache.
 */
#include "cache/store.h"

/* For blobs of the batch, which is borrowed; no thread is started yet. */
struct aside;
int aside_open(struct store_batch *batch, struct aside **out,
    struct error *err);
/* Waits for the blob under way, and frees. */
void aside_close(struct aside *a);

/* Takes the bytes; data is empty then, with memory for the next. An error may
 * be that of a blob before. */
int aside_put(struct aside *a, struct buf *data, bool is_last,
    struct error *err);

/* All were put: their ids, in order, which the caller frees (mem_free). */
int aside_finish(struct aside *a, struct digest **ids, size_t *n,
    struct error *err);

#endif
