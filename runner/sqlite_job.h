#ifndef SLUICE_RUNNER_SQLITE_JOB_H
#define SLUICE_RUNNER_SQLITE_JOB_H
/*
 * sqlite_job -- one request to the SQLite engine. Private: see engine.h.
 *
 * Shape      A job has one connection at a time. First the statements are
 *            prepared over empty virtual tables with the inputs' columns:
 *            errors have their place before any data is read, and the columns
 *            that are read become known. Then ("run") the inputs are loaded
 *            as ordinary tables, with those columns alone, and the statements
 *            are executed.
 * Errors     ERROR_NODE is a failure for the reply: its class is in
 *            job->failure, its place (in the user's file) and words in err.
 *            Other codes are the surroundings'.
 * Threads    One; sqlite3_hard_heap_limit64() is the process's.
 */
#include <sqlite3.h>

#include "cache/base/text.h"
#include "runner/engine_rows.h"
#include "runner/engine_sql.h"
#include "runner/sqlite_body.h"
#include "runner/sqlite_image.h"

/* The types that the columns of a temporary table of the code came with. */
struct sqlite_temp {
	const char *name;
	struct type *types;
	char **columns;
	size_t n;
};

/* Date and chance, as the job sees them. */
struct sqlite_clock {
	sqlite3_vfs vfs; /* first: sqlite_clock.c */
	char name[40];
	int64_t julian_ms;
	bool asked;
	uint64_t state[4]; /* of random() */
};

struct sqlite_job {
	struct arena arena;
	sqlite3 *db;
	struct sqlite_clock clock;
	struct bytes text; /* the body */
	int body_line;
	struct sql_body body;
	struct engine_input *inputs;
	size_t n_inputs;
	uint64_t input_bytes; /* of their parts, without images */
	bool is_in_memory;
	struct sqlite_temp *temps;
	size_t n_temps, cap_temps;
	struct file_map *rooms; /* that databases lie in */
	size_t n_rooms, cap_rooms;
	int64_t deadline; /* of clock_mono() */
	uint64_t memory_bytes;
	int early; /* of engine_early() */
	bool recording; /* what is prepared counts as read */
	json_t *gives; /* where asked for: of answer_columns() */
	bool creating; /* the schema of TEMP may be written */
	char refused[200]; /* why the guard said no, or "" */
	char refused_word[64]; /* and what to point at */
	struct error load_error; /* of the virtual table, which has no way to
	                            say more than a number */
	enum failure_class failure;
};

/* sqlite_job.c: a request's members; a connection with all limits set, and
 * its end; whether its time is over; the failure of a place in the body, and
 * that of a call. */
bool sqlite_is_late(const struct sqlite_job *job);
int sqlite_job_parse(struct sqlite_job *job, const struct engine_job *from,
    struct error *err);
void sqlite_job_clear(struct sqlite_job *job);
int sqlite_open(struct sqlite_job *job, struct error *err);
void sqlite_close(struct sqlite_job *job);
int sqlite_keep_modules(struct sqlite_job *job, struct error *err);
int sqlite_fail(struct sqlite_job *job, enum failure_class failure, size_t at,
    struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int sqlite_failed(struct sqlite_job *job, int rc, size_t at, struct error *err);

/* How many bytes of parts are held in memory. */
uint64_t sqlite_memory_for_inputs(uint64_t memory_bytes);

/* Prepares the body's text [from, to) as one statement of the user's, under
 * the guard. */
int sqlite_prepare(struct sqlite_job *job, size_t from, size_t to,
    sqlite3_stmt **out, struct error *err);

/* Executes SQL that gives no rows; at is the place a failure is about. */
int sqlite_do(struct sqlite_job *job, const char *sql, size_t at,
    struct error *err);

/* The input that a schema's table is, or NULL; schema NULL: any. */
struct engine_input *sqlite_find_input(const struct sqlite_job *job,
    const char *schema, const char *table);

/* sqlite_guard.c: what the user's statements may touch, while it is on. */
void sqlite_guard_set(struct sqlite_job *job, bool on);

/* sqlite_clock.c: a VFS with the pinned clock; random() from the seed. */
int sqlite_clock_open(struct sqlite_job *job, const char *date,
    const char *seed, struct error *err);
void sqlite_clock_close(struct sqlite_job *job);
int sqlite_clock_add(struct sqlite_job *job, struct error *err);

/* sqlite_part.c: the table-valued function over the inputs' parts; how SQLite
 * is told a value of a column of the row (an error is in job->load_error). */
int sqlite_part_add_module(struct sqlite_job *job, struct error *err);
int sqlite_part_cell(struct sqlite_job *job, const struct engine_rows *rows,
    size_t column, struct sqlite_cell *out);

/* sqlite_columns.c: marks the columns that the body reads; whether it may use
 * columns without naming them (a star, NATURAL). */
int sqlite_find_columns(struct sqlite_job *job, struct error *err);
bool sqlite_has_star(struct bytes text);

/* sqlite_load.c: all inputs as tables, by pages or by INSERT, which is the same
 * (sqlite_load() takes the quicker one); how SQLite is told a type. */
const char *sqlite_type_name(const struct type *t);
int sqlite_load(struct sqlite_job *job, struct error *err);
int sqlite_load_by(struct sqlite_job *job, bool by_pages, struct error *err);

/* sqlite_run.c: executes the body's statements on loaded inputs; the declared
 * type of a result column: an input's that it comes from, by whatever path of
 * views and temporary tables, or SQLite's own word, or TYPE_NONE. */
int sqlite_run(struct sqlite_job *job, int out, json_t *reply,
    struct error *err);
struct type sqlite_column_type(const struct sqlite_job *job, sqlite3_stmt *stmt,
    int column);
/* Keeps the types of a temporary table's columns, which are the query's. */
int sqlite_keep_types(struct sqlite_job *job, const char *table,
    sqlite3_stmt *query, struct error *err);

/* sqlite_output.c: the names of a query's columns are none of them empty or
 * repeated; whether values of other origin may come out under a column's name;
 * a query's rows go to out, columns and number of rows to reply. */
int sqlite_check_names(struct sqlite_job *job, sqlite3_stmt *stmt, size_t at,
    struct error *err);
bool sqlite_may_mix(struct bytes text);
int sqlite_write(struct sqlite_job *job, sqlite3_stmt *stmt, int out,
    json_t *reply, struct error *err);

#endif
