#ifndef SLUICE_RUNNER_ENGINE_SQL_H
#define SLUICE_RUNNER_ENGINE_SQL_H
/*
 * engine_sql -- what the SQL engines share: a request's inputs, places in the
 * user's text, replies. Private to the engines.
 *
 * Ownership  Inputs are the arena's, but for the names of columns:
 *            engine_inputs_clear().
 */
#include "cache/base/digest.h"
#include "cache/base/mem.h"
#include "cache/result.h"
#include "cache/table.h"
#include "runner/engine.h"
#include "runner/sql_body.h"

enum {
	ENGINE_BODY_MAX = 4 * 1024 * 1024, /* bytes of code */
};

/* As the place of a failure: none in the user's text. */
#define ENGINE_NO_PLACE ((size_t)-1)

struct engine_part {
	uint64_t bytes, rows;
	int fd;
};

struct engine_input {
	const char *name;
	const char *schema; /* where the code names it so; or NULL */
	const char *table; /* its name there; without a schema: name */
	struct column *columns;
	size_t n_columns;
	struct engine_part *parts;
	size_t n_parts;
	bool *read; /* a place per column */
	bool is_ordered; /* the order of its rows carries meaning */
	bool is_image; /* SQLite: its one part is an image (images.h) of what is
	                  read of it */
	bool
	    is_wide; /* a column from the 64th on is read: see sqlite_columns */
};

/* The request's inputs, in order. What was made is to be cleared also where
 * it fails. */
int engine_inputs_parse(struct arena *a, const struct engine_job *from,
    struct engine_input **out, size_t *n, struct error *err);
void engine_inputs_clear(struct engine_input *inputs, size_t n);

/* Marks the columns that the request says the code is given ("read" of an
 * input; all without it). */
void engine_mark_read(struct engine_input *inputs, size_t n,
    const json_t *request);

/* An input whose name has one dot (@depend /hosp/admissions as hosp.admissions)
 * is a table of a schema, where the code names it so: FROM hosp.admissions. A
 * code that has the whole name in quotes gets a table of that name. */
int engine_qualify_inputs(struct arena *a, struct engine_input *inputs,
    size_t n, const struct sql_dialect *dialect, struct bytes body,
    struct error *err);

/* The input that a schema's table is (letters of either case are equal), or
 * NULL; schema NULL: any. The index of its column, or n_columns. */
struct engine_input *engine_find_input(struct engine_input *inputs, size_t n,
    const char *schema, const char *table);
size_t engine_find_column(const struct engine_input *in, const char *name);

/* Where no table has the name: which inputs there are. Where no column has
 * it: the one that was perhaps meant. */
void engine_list_inputs(const struct engine_input *inputs, size_t n,
    struct buf *out);
void engine_add_nearest(const struct engine_input *inputs, size_t n,
    const char *name, struct buf *out);

/* An identifier in double quotes; an input's as schema and table, in what the
 * engine calls its own schema where it has none. */
void engine_add_name(struct buf *out, const char *name);
void engine_add_input(struct buf *out, const struct engine_input *in,
    const char *own);

/* Sets line and column of byte `at` of the body, where err has none yet. */
void engine_place(struct bytes body, int body_line, size_t at,
    struct error *err);

/* The days from 1970-01-01 to a date of the Gregorian calendar, which goes on
 * before its beginning; to one of a request, YYYY-MM-DD. */
int64_t engine_days(int year, int month, int day);
int engine_date(const char *text, int64_t *days, struct error *err);

/* The socket, where the control side takes rows while they are written; else
 * -1. Tells it, unless it is -1, that so many bytes of the output are whole
 * rows of these columns, as far as is known. */
int engine_early(const struct engine_job *from);
int engine_tell_early(int early, const struct column *columns, size_t n,
    uint64_t bytes, struct error *err);

/* A failure of the user's code, in the reply and the log. */
int engine_reply_failure(const struct engine_job *job,
    enum failure_class failure, const struct error *why, json_t *reply,
    struct error *err);
/* "read": the names of the columns that are marked, of each input. */
int engine_reply_read(const struct engine_input *inputs, size_t n,
    json_t *reply, struct error *err);

#endif
