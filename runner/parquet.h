#ifndef SLUICE_RUNNER_PARQUET_H
#define SLUICE_RUNNER_PARQUET_H
/*
 * parquet -- a table as a Parquet file, for those who have no sluice.
 *
 * DuckDB's library writes it, in a worker (duckdb_parquet.c), which may open
 * that one file and nothing else. Columns keep their types: a decimal its
 * digits, dates and times theirs, a time with a zone UTC's; an integer of 128
 * bits becomes a decimal of 38 digits, JSON and what only DuckDB knows text. A
 * column without any value has its type all the same. Rows keep their order.
 *
 * Use        worker_open(&options, &w, err); parquet_write(st, w, &t, fd, err)
 *            for each table.
 * Errors     ERROR_NODE where a column has a value that DuckDB's type does not
 *            hold; ERROR_NOT_FOUND where there is no DuckDB, with the way to
 *            get it. The file is none then: that is the caller's.
 */
#include "cache/table.h"
#include "runner/worker.h"

/* To a file that is open for writing, and empty. */
int parquet_write(struct store *st, struct worker *w, const struct table *t,
    int fd, struct error *err);

#endif
