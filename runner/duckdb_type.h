#ifndef SLUICE_RUNNER_DUCKDB_TYPE_H
#define SLUICE_RUNNER_DUCKDB_TYPE_H
/*
 * duckdb_type -- DuckDB's types and ours (docs: formats, "Types"). Private to
 * the engine.
 */
#include "cache/type.h"
#include "runner/duckdb_api.h"
#include "runner/duckdb_value.h"

/* A type of a result: ours, and how its values are read. */
struct duckdb_out {
	struct type type;
	const char *cast; /* SQL that makes it readable, with %s for it */
	struct duckdb_shape read; /* of what that gives */
};

/* The type that a column of an input is made, in SQL, perhaps in room; how the
 * table function gives it. */
const char *duckdb_type_name(const struct type *t, char room[32]);
struct duckdb_shape duckdb_type_given(const struct type *t);

/* CAST(c3 AS DATE): column c of a table function as that type; how is "CAST"
 * or "TRY_CAST". */
void duckdb_add_cast(struct buf *sql, const struct type *t, size_t c,
    const char *how);

/* A result's type by its name in SQL; false: no table holds it. */
bool duckdb_type_of(const char *name, struct duckdb_out *out);

/* As duckdb_type_of(), of a type that is read as it is, without a cast; false
 * where it is another. */
bool duckdb_type_is_itself(const struct duckdb_api *api, duckdb_handle type,
    struct duckdb_out *out);

/* duckdb_nested.c: whether a type's "as" is one that is made of others, which
 * DuckDB makes again of the values in a part, and by what: the cast of a text,
 * or its JSON. */
enum duckdb_nested {
	NESTED_NOT,
	NESTED_TEXT,
	NESTED_JSON
};
enum duckdb_nested duckdb_nested_of(const struct type *t);

#endif
