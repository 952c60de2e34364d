#ifndef SLUICE_CACHE_SORT_H
#define SLUICE_CACHE_SORT_H
/*
 * sort -- rows of bytes in the order of memcmp(), in bounded memory.
 *
 * Use        sort_open(dir, limit, keep_order, &s, err); for each row:
 *            sort_reserve(s, most, &p, err); write there; sort_commit(s, n);
 *            sort_finish(s, err); while ((rc = sort_next(s, &row, err)) > 0).
 * Shape      Rows are held in memory up to limit bytes. What is more goes into
 *            an unnamed file in dir: half of the memory is filled while a
 *            second thread sorts the other and writes it as a run. Runs are
 *            merged while they are read. Rows that come in order are never
 *            sorted, and a run goes on as long as they do. With keep_order
 *            nothing is sorted.
 * Ownership  A row is borrowed until sort_close().
 * Threads    Belongs to one thread. Private to cache.
 */
#include <stdbool.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

enum {
	SORT_MEMORY = 128 << 20
}; /* the usual limit */

/* dir: for the file, should there be one. */
struct sort;
int sort_open(const char *dir, size_t limit, bool keep_order, struct sort **out,
    struct error *err);
/* Frees it, and the file. */
void sort_close(struct sort *s);
void sort_closep(struct sort **s);

/* Room for the next row, of at most most bytes. */
int sort_reserve(struct sort *s, size_t most, char **out, struct error *err);

/* The row written there has n bytes. */
void sort_commit(struct sort *s, size_t n);

/* Whether at least so many bytes of rows are held, all in memory, and came in
 * order, or are to keep theirs. */
bool sort_is_straight(const struct sort *s, size_t least);

/* No more rows. Then sort_next() gives them: 1, 0 at the end, or negative. */
int sort_finish(struct sort *s, struct error *err);
int sort_next(struct sort *s, struct bytes *row, struct error *err);

#endif
