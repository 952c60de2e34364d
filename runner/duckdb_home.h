#ifndef SLUICE_RUNNER_DUCKDB_HOME_H
#define SLUICE_RUNNER_DUCKDB_HOME_H
/*
 * duckdb_home -- the database in which a worker's jobs are executed, one after
 * another. Private to the engine.
 *
 * Shape      To open one takes DuckDB 10 ms, most of what a small job costs.
 *            So it stays open. Nothing of a job stays in it: its tables are
 *            in an attached database in memory of its own, what is temporary
 *            and the state of random() in its connection; both go with it.
 *            Where that is in doubt duckdb_home_close() makes a new one.
 */
#include "runner/duckdb_api.h"

struct duckdb_job;

struct duckdb_home {
	const struct duckdb_api *api;
	duckdb_handle db; /* NULL: not open */
	char spill[512], path[32]; /* it was opened with */
	size_t n_functions; /* sluice_part_0, ... */
	struct duckdb_job *job; /* whose inputs they give */
};

/* The process's one, as it is. */
struct duckdb_home *duckdb_home(void);
/* The same, open; it spills into a directory of its own below spill
 * ("": nowhere), and may open the file path ("": none), no other. */
int duckdb_home_open(const struct duckdb_api *api, const char *spill,
    const char *path, struct duckdb_home **out, struct error *err);
/* Closes it, if it is open. */
void duckdb_home_close(struct duckdb_home *home);

#endif
