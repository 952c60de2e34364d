#ifndef SLUICE_RUNNER_DUCKDB_JOB_H
#define SLUICE_RUNNER_DUCKDB_JOB_H
/*
 * duckdb_job -- one request to the DuckDB engine. Private to the engine: its
 * entry is engine_duckdb() of engine.h.
 *
 * Shape      A job has a database in memory of its own, attached to the one
 *            that stays open (duckdb_home.h). "columns": the
 *            statements are planned over views of no rows, and the plan tells
 *            the columns that are read. "run": the inputs become tables of
 *            the columns that the request names, the statements are executed,
 *            and the rows of the last one written.
 * Errors     ERROR_NODE is a failure for the reply: its class is in
 *            job->failure, its place (in the user's file) and words in err.
 *            Any other code is the surroundings'.
 * Threads    A job belongs to one thread; a second one only looks at the
 *            clock (duckdb_watch.c). Threads of DuckDB's own begin with
 *            @threads.
 */
#include "runner/duckdb_api.h"
#include "runner/duckdb_body.h"
#include "runner/duckdb_home.h"
#include "runner/duckdb_type.h"
#include "runner/duckdb_value.h"
#include "runner/engine_sql.h"

struct duckdb_watch;

struct duckdb_job {
	struct arena arena;
	const struct duckdb_api *api;
	struct duckdb_home *home; /* while it is open */
	duckdb_handle connection;
	struct duckdb_watch *watch; /* over the connection, or NULL */
	struct bytes text; /* the body */
	int body_line;
	struct sql_body body;
	struct engine_input *inputs;
	size_t n_inputs;
	bool is_stirred; /* inputs are loaded backwards */
	const char *date, *seed, *spill; /* "" where none */
	char path[32]; /* of the only file that may be written, or "" */
	int threads;
	int early; /* of engine_early() */
	int64_t deadline; /* of clock_mono() */
	uint64_t memory_bytes;
	size_t binds; /* of inputs, by the statement that is planned */
	struct error load_error; /* of the table function */
	struct buf said; /* DuckDB's own words about a failure, for the log */
	enum failure_class failure;
};

/* Where SQL of ours holds a piece of the body: its bytes from `prefix` on are
 * those of the body from `at` on. at may be ENGINE_NO_PLACE. */
struct duckdb_place {
	size_t at, prefix;
	bool is_users; /* what it may do is limited, also by DuckDB's word */
};

/* duckdb_job.c: a request's members; its database with all settings, and its
 * end (also where it failed half way). */
int duckdb_job_parse(struct duckdb_job *job, const struct engine_job *from,
    struct error *err);
void duckdb_job_clear(struct duckdb_job *job);
int duckdb_open(struct duckdb_job *job, struct error *err);
void duckdb_close(struct duckdb_job *job);

/* duckdb_failure.c: a failure at a place of the body; one that DuckDB tells
 * (kind: of duckdb_error_kind, or 0). */
int duckdb_fail(struct duckdb_job *job, enum failure_class failure, size_t at,
    struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int duckdb_failed(struct duckdb_job *job, int kind, const char *said,
    struct duckdb_place place, struct error *err);

/* duckdb_execute.c: the one statement that the SQL is, prepared; ERROR_NODE,
 * too, where it is several. The SQL, executed, its last statement's result in
 * *out (out may be NULL), fetched in pieces where is_streamed. */
int duckdb_prepare(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, duckdb_handle *out, struct error *err);
int duckdb_execute(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, bool is_streamed, struct duckdb_result *out,
    struct error *err);
/* What was prepared; as duckdb_execute(). The caller destroys both. */
int duckdb_execute_prepared(struct duckdb_job *job, duckdb_handle statement,
    struct duckdb_place place, bool is_streamed, struct duckdb_result *out,
    struct error *err);
/* SQL of ours that gives no rows. */
int duckdb_do(struct duckdb_job *job, const char *sql, struct error *err);
/* The text in a row of a vector of VARCHAR, borrowed. */
struct bytes duckdb_text(const void *data, uint64_t row);
/* The text in a column of the first row that the SQL gives; "" without row. */
int duckdb_ask(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, uint64_t column, struct buf *out,
    struct error *err);
/* A statement of the body behind SQL of ours ("EXPLAIN "), as *out. */
int duckdb_piece(const struct duckdb_job *job, const struct sql_statement *s,
    const char *before, struct buf *out, struct duckdb_place *place,
    struct error *err);

/* duckdb_watch.c: interrupts the connection at the deadline. */
int duckdb_watch_start(struct duckdb_job *job, struct error *err);
void duckdb_watch_stop(struct duckdb_job *job);

/* duckdb_part.c: the table functions sluice_part_0, ... of the inputs' parts,
 * with columns c0, c1, ... of the shapes that duckdb_type_given() says. */
int duckdb_part_add_functions(struct duckdb_job *job, struct error *err);

/* duckdb_load.c: the inputs' read columns as tables, or as views of
 * the table functions. */
int duckdb_load_tables(struct duckdb_job *job, struct error *err);
int duckdb_make_views(struct duckdb_job *job, struct error *err);
/* Of an input that DuckDB refused: in err which column, where one does not
 * hold its values. */
int duckdb_explain_load(struct duckdb_job *job, size_t index,
    struct error *err);

/* duckdb_parquet.c: the one input as a Parquet file at path. */
int duckdb_write_parquet(struct duckdb_job *job, const char *path,
    struct error *err);

/* duckdb_columns.c: marks the columns that the body reads; those that it gives
 * to reply, where they follow from those of the inputs. */
int duckdb_find_columns(struct duckdb_job *job, struct error *err);
int duckdb_find_gives(struct duckdb_job *job, json_t *reply, struct error *err);

/* duckdb_output.c: the names of a query's columns are none of them repeated;
 * the body's last statement's rows to out, columns and number to reply. */
int duckdb_check_names(struct duckdb_job *job, duckdb_handle statement,
    size_t at, struct error *err);
int duckdb_write(struct duckdb_job *job, int out, json_t *reply,
    struct error *err);

#endif
