#ifndef SLUICE_RUNNER_DUCKDB_BODY_H
#define SLUICE_RUNNER_DUCKDB_BODY_H
/*
 * duckdb_body -- the text of a DuckDB node (sql_body.h). It makes good words of
 * a refusal, early; the wall is what DuckDB itself says a statement is
 * (duckdb_execute.c).
 *
 * Errors     ERROR_SYNTAX with the offset of the place in *at.
 */
#include "runner/sql_body.h"

/* The token at or behind *pos, which moves behind it. */
struct sql_token duckdb_next(struct bytes text, size_t *pos);

extern const struct sql_dialect duckdb_dialect;

/* Splits and checks, as sql_split(); before the query stand TEMP tables, TEMP
 * views and TEMP macros. */
int duckdb_body_parse(struct arena *a, struct bytes text, struct sql_body *out,
    size_t *at, struct error *err);

/* Whether one statement may be several to DuckDB: it has a PIVOT. */
bool duckdb_is_several(struct bytes text);

/* Refuses what tells of the engine or the machine and not of the inputs. */
int duckdb_body_guard(struct arena *a, struct bytes text, size_t *at,
    struct error *err);

/* Whether the text holds a word that may ask for the time, anywhere but in a
 * comment. The date is in the key then, and only then is the engine told it. */
bool duckdb_asks_clock(struct bytes text);

/* The words of duckdb_asks_clock(); those that draw random numbers, which
 * begin from the key; those that are refused as functions. Each list ends
 * with NULL. (A test compares them with DuckDB's own catalog.) */
extern const char *const duckdb_clock_words[];
extern const char *const duckdb_chance_words[];
extern const char *const duckdb_refused_words[];

#endif
