#ifndef SLUICE_CACHE_BREACH_H
#define SLUICE_CACHE_BREACH_H
/*
 * breach -- rows whose @key does not hold: they are a table all the same, one
 * without a key, and beside it lies a table of the rows that offend.
 *
 * A row offends where a column of the key has no value (NULL), or where another
 * row has the same values in all of them. The table of those that do has all
 * columns, in the order of the key ("order":"rows"), so that rows of one key
 * stand together and show in what they differ.
 *
 * Ownership  Tables are the caller's: table_clear().
 * Threads    Belongs to one thread. Private to cache.
 */
#include "cache/table.h"

/* rows: columns and parts alone, in the order of the key (key: n_key places
 * of columns). Sets out, without a key, and its offending. */
int breach_without_key(struct store *st, const struct table *rows,
    const size_t *key, size_t n_key, struct table *out, struct error *err);

/* Sets offending of a table that keeps the order of its rows. */
int breach_of_ordered(struct store *st, struct table *t, const size_t *key,
    size_t n_key, struct error *err);

#endif
