#ifndef SLUICE_RUNNER_RUNDB_H
#define SLUICE_RUNNER_RUNDB_H
/*
 * rundb -- the run database: what was asked for, what runs, which tips are
 * processed. An index: git's refs and the store are the truth, and it can be
 * rebuilt from them (rundb_set_aside(), then queue_restore() for each run).
 *
 * Use        rundb_open(dir, &db, err); the calls of queue.h and control.h;
 *            rundb_close(db).
 * Shape      DIR/run.db, SQLite in WAL mode, synchronous=FULL (NORMAL loses
 *            acknowledged transactions at a power cut); every transaction that
 *            writes is BEGIN IMMEDIATE (a plain BEGIN that reads first fails
 *            under contention whatever the busy timeout is).
 * Errors     ERROR_CORRUPT where the file is no database of ours; ERROR_BUSY
 *            where others kept it locked; ERROR_USAGE where another
 *            version of sluice made it.
 * Threads    A handle belongs to one thread; a file to many processes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cache/base/error.h"

struct sqlite3_stmt;
struct rundb;

/* Whether there is a DIR/run.db; ERROR_DENIED where one may not look. */
int rundb_has(const char *dir, bool *out, struct error *err);

/* Opens DIR/run.db and makes what is missing; dir too. */
int rundb_open(const char *dir, struct rundb **out, struct error *err);
void rundb_close(struct rundb *db);
void rundb_closep(struct rundb **db);

/* Whether no request was ever put when it was opened: to be filled from
 * refs. */
bool rundb_is_new(const struct rundb *db);

/* Reads the whole file; ERROR_CORRUPT where it is damaged. */
int rundb_check(struct rundb *db, struct error *err);

/* Renames DIR/run.db out of the way; nobody may have it open. */
int rundb_set_aside(const char *dir, struct error *err);

/* A transaction that writes; rundb_end() commits where rc is 0, else takes it
 * back, and returns rc or why the commit failed. One within another is part of
 * it: who began the outer one hands on the inner one's rc. */
int rundb_begin(struct rundb *db, struct error *err);
int rundb_end(struct rundb *db, int rc, struct error *err);

/* A value to bind: text, or a number where text is NULL. */
struct rundb_value {
	const char *text;
	long long number;
};

/* Executes one statement; each row goes to row (may be NULL), whose non-zero
 * answer ends it and is returned. */
struct rundb_query {
	const char *sql;
	const struct rundb_value *values;
	size_t n;
	int (*row)(struct sqlite3_stmt *stmt, void *payload, struct error *err);
	void *payload;
};
int rundb_run(struct rundb *db, const struct rundb_query *query,
    struct error *err);

/* Rows that the last statement changed, and the id it inserted. */
int rundb_changes(const struct rundb *db);
long long rundb_last_id(const struct rundb *db);

#endif
