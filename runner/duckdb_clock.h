#ifndef SLUICE_RUNNER_DUCKDB_CLOCK_H
#define SLUICE_RUNNER_DUCKDB_CLOCK_H
/*
 * duckdb_clock -- the time of day, as this process and all libraries that it
 * loads are told it. Private to the engine.
 *
 * Shape      DuckDB asks the C library, in the end by clock_gettime(). The
 *            program defines that call itself and exports it (Makefile,
 *            CLOCK), so that every way to ask is answered from here: one that
 *            a new version brings, too. Clocks that only count are let be.
 */
#include <stdint.h>

/* From now on it is midnight, UTC, so many days after 1970-01-01. */
void duckdb_clock_pin(int64_t days);
/* From now on time passes again. */
void duckdb_clock_release(void);

#endif
