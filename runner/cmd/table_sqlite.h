#ifndef SLUICE_RUNNER_CMD_TABLE_SQLITE_H
#define SLUICE_RUNNER_CMD_TABLE_SQLITE_H
/*
 * table_sqlite -- tables as a SQLite file, for those who have no sluice.
 *
 * Errors     ERROR_NODE names row and column of a value that SQLite cannot hold
 *            (docs: formats, "Types"). Nothing is synced, and a file whose
 *            writing was not finished is none: that is the caller's.
 */
#include <sqlite3.h>

#include "cache/table.h"

/* A database at path, new where none is there; one table after another; and its
 * end, which is needed after an error too. */
int table_sqlite_open(const char *path, sqlite3 **out, struct error *err);
int table_sqlite_add(sqlite3 *db, struct store *st, const struct table *t,
    const char *name, struct error *err);
int table_sqlite_close(sqlite3 *db, const char *path, struct error *err);

/* All of that for one table. */
int table_write_sqlite(struct store *st, const struct table *t,
    const char *name, const char *path, struct error *err);

#endif
