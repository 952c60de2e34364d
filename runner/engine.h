#ifndef SLUICE_RUNNER_ENGINE_H
#define SLUICE_RUNNER_ENGINE_H
/*
 * engine -- executes one request inside a worker. One function an engine.
 *
 * A failure of the user's code is a *reply* ("status":"failed", a class, a
 * message, a line of the user's file), not an error: error means that the
 * surroundings failed and is turned into such a reply by worker_serve().
 */
#include "runner/protocol.h"

struct engine_job {
	const json_t *request;
	int log, output; /* -1 where there is none */
	const int *parts; /* of all inputs, in order */
	size_t n_parts;
	const int *helpers;
	size_t n_helpers;
	int control; /* the socket: hung up means that nobody waits for the
	                reply; a long execution may poll() for it */
};

/* Before the process is locked in: what the engine loads of the machine. */
int engine_sqlite_load(const struct engine_job *job, struct error *err);
int engine_duckdb_load(const struct engine_job *job, struct error *err);

/* SQL in this process, by SQLite. */
int engine_sqlite(const struct engine_job *job, json_t *reply,
    struct error *err);
/* SQL in this process, by DuckDB, where its library is. */
int engine_duckdb(const struct engine_job *job, json_t *reply,
    struct error *err);
/* What it keeps between jobs goes, at the worker's end. */
void engine_duckdb_end(void);
/* A program in a sandbox: Python, R, Bash, whatever an action names. */
int engine_command(const struct engine_job *job, json_t *reply,
    struct error *err);

#endif
