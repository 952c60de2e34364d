#ifndef SLUICE_CACHE_TABLE_BUILD_H
#define SLUICE_CACHE_TABLE_BUILD_H
/*
 * table_build -- what the makers of tables share. Private to cache.
 */
#include "cache/table.h"

/* Bytes of rows held in memory before they go to a file; SORT_MEMORY unless
 * set before the first row. Tests make it small. */
void table_build_set_memory(struct table_build *b, size_t limit);

/* Texts come from a CSV reader, which has seen that they are UTF-8 without NUL
 * bytes: they are not looked at again. b may be NULL. */
void table_build_trust(struct table_build *b);

/* Checks names of columns: none empty, none twice (letters of either case
 * equal: engines fold them). ERROR_NODE. */
int columns_check(const struct column *columns, size_t n, struct error *err);

#endif
