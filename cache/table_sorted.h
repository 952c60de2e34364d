#ifndef SLUICE_CACHE_TABLE_SORTED_H
#define SLUICE_CACHE_TABLE_SORTED_H
/*
 * table_sorted -- a table's rows in another order than its own, in bounded
 * memory: by some columns, and how far these would do as a key.
 *
 * Use        struct table_order o = { .by = places, .n = 1 };
 *            table_sorted_open(st, &t, &o, &s, err);
 *            while ((rc = table_sorted_next(s, &fields, err)) > 0) ...
 *            table_sorted_close(s).
 * Shape      The order is that of tables (docs: formats, "Order"): by the
 *            columns of `by`, then by all columns from left to right. What is
 *            too much for memory goes through a file without a name in the
 *            store's temporary directory.
 * Errors     ERROR_NOT_FOUND and ERROR_CORRUPT of parts, ERROR_IO.
 * Threads    Belongs to one thread.
 */
#include "cache/table.h"

struct table_order {
	const size_t *by; /* places of columns, all different */
	size_t n;
	const bool *skip; /* parts to leave unread, or NULL */
	uint64_t *parts_read; /* counts them, or NULL */
};

/* Reads and sorts all rows. t and what the order points to are borrowed until
 * it is closed. */
struct table_sorted;
int table_sorted_open(struct store *st, const struct table *t,
    const struct table_order *order, struct table_sorted **out,
    struct error *err);
void table_sorted_close(struct table_sorted *s);
void table_sorted_closep(struct table_sorted **s);

/* The next row: n_columns values, in the table's places, borrowed until the
 * next call. 1, 0 at the end, or negative. */
int table_sorted_next(struct table_sorted *s, const struct field **fields,
    struct error *err);

/* Rows that stand in the way of a key. */
struct key_health {
	uint64_t nulls; /* have a NULL in it */
	uint64_t shared; /* have values that another row has, too */
};

/* What the n columns at these places would be as the table's key. */
int table_key_health(struct store *st, const struct table *t, const size_t *by,
    size_t n, struct key_health *out, struct error *err);

#endif
