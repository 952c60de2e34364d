#ifndef SLUICE_RUNNER_CMD_TABLE_SQLITE_H
#define SLUICE_RUNNER_CMD_TABLE_SQLITE_H
/*
 * table_sqlite -- a table as a SQLite file, for those who have no sluice.
 */
#include "cache/table.h"

/* Writes a new database at path with the one table name. ERROR_NODE names row
 * and column of a value that SQLite cannot hold (docs: formats, "Types"). */
int table_write_sqlite(struct store *st, const struct table *t,
    const char *name, const char *path, struct error *err);

#endif
