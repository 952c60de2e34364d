#ifndef SLUICE_CACHE_NEAR_H
#define SLUICE_CACHE_NEAR_H
/*
 * near -- the parts of a table that is probably much like one that was there
 * before: a part with few new rows rests as a delta of those (store_delta.h).
 *
 * Use        near_open(st, &table, &near, err); near_put() for each part, in
 *            the table's order; near_close().
 * How        Both tables are walked together. Where a part is one of the table
 *            before, its place is known; else it is tried against the parts
 *            that should lie there, and where a delta succeeds, the end of the
 *            last copy is the next place. Where GIVE_UP parts in a row had
 *            nothing in common with those, no more is tried until a part is
 *            known again: a table that is wholly new costs little more.
 * Errors     What cannot be read of the table before is as not there. Errors
 *            are those of the store where a part is put.
 * Threads    Belongs to one at a time. Private to cache.
 */
#include "cache/store.h"

/* table: the id of the table before; where it is null or NULL, *out is NULL,
 * which near_put() takes. It is read at the first part that is worth a delta.
 */
struct near;
int near_open(struct store *st, const struct digest *table, struct near **out,
    struct error *err);
void near_close(struct near *near);

/* store_batch_put() of a part. */
int near_put(struct near *near, struct store_batch *batch, struct bytes part,
    struct digest *out, struct error *err);

#endif
