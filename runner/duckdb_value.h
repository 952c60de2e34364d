#ifndef SLUICE_RUNNER_DUCKDB_VALUE_H
#define SLUICE_RUNNER_DUCKDB_VALUE_H
/*
 * duckdb_value -- values as DuckDB's vectors hold them, and their canonical
 * text in a part. Private to the engine.
 *
 * Why        DuckDB casts between text and a decimal of 128 bits digit by
 *            digit, through four calls each: of a million rows that took 30
 *            times as long as the query.
 * Shape      boolean: a byte. Integers: 8 to 64 bits, HUGEINT 128. double:
 *            IEEE 754. decimal: a number without its point, of 16, 32, 64 or
 *            128 bits, by its width. date: days since 1970-01-01; time:
 *            microseconds of the day; timestamps: microseconds since
 *            1970-01-01, UTC.
 * Source     "Vectors" and "Data types" of the C API's documentation.
 * Twin       DuckDB's own casts: test_duckdb_value compares them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/type.h"
#include "runner/duckdb_kinds.h"

enum {
	DUCKDB_VALUE_TEXT =
	    48 /* room for the text of a value, and a byte more */
};

/* A column's type in DuckDB; width and scale are a decimal's. */
struct duckdb_shape {
	enum duckdb_kind kind;
	int width, scale;
};

/* Writes the text of the value in a row of a vector's data; its length. What
 * no part holds, such as a date behind the year 9999, is a text that is not of
 * the type. Not for texts. */
size_t duckdb_value_print(const struct duckdb_shape *shape, const void *data,
    uint64_t row, char out[DUCKDB_VALUE_TEXT]);

/* Sets the value in a row from a field that is not NULL; false where the
 * shape does not hold it. Not for texts and integers of fewer than 64 bits,
 * which are cast. Microseconds are cut, as DuckDB cuts them. */
bool duckdb_value_set(const struct duckdb_shape *shape, void *data,
    uint64_t row, const struct field *f);

#endif
