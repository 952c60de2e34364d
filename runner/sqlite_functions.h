#ifndef SLUICE_RUNNER_SQLITE_FUNCTIONS_H
#define SLUICE_RUNNER_SQLITE_FUNCTIONS_H
/*
 * sqlite_functions -- functions that SQLite lacks (docs: language,
 * "Functions"). Private to the SQLite engine.
 */
#include "runner/sqlite_job.h"

/* All of them, for the job's connection. */
int sqlite_functions_add(struct sqlite_job *job, struct error *err);

/* sqlite_pattern.c: the pattern as the C library's regcomp() reads it, with a
 * NUL behind, in UTF-8. NULL, or what of it is not known. Where memory is out,
 * out->failed. */
struct sqlite_pattern_told {
	bool is_any_case; /* it begins with (?i) */
	bool is_lazy; /* with *? and its like, which are * here */
};
const char *sqlite_pattern(const char *s, struct buf *out,
    struct sqlite_pattern_told *told);

/* sqlite_regexp.c, sqlite_dates.c, sqlite_series.c: those of one kind. */
void sqlite_regexp(sqlite3_context *ctx, int argc, sqlite3_value **argv);
void sqlite_regexp_matches(sqlite3_context *ctx, int argc,
    sqlite3_value **argv);
void sqlite_regexp_extract(sqlite3_context *ctx, int argc,
    sqlite3_value **argv);
void sqlite_regexp_replace(sqlite3_context *ctx, int argc,
    sqlite3_value **argv);
void sqlite_date_diff(sqlite3_context *ctx, int argc, sqlite3_value **argv);
void sqlite_date_sub(sqlite3_context *ctx, int argc, sqlite3_value **argv);
int sqlite_series_add(struct sqlite_job *job, struct error *err);

#endif
