#ifndef SLUICE_CACHE_TABLE_H
#define SLUICE_CACHE_TABLE_H
/*
 * table -- typed rows in canonical order, cut into parts (sluice-table/1).
 *
 * Use        Make:  table_build_open(st, &spec, &b, err); table_build_add()
 *                   for each row; table_build_finish(b, &t, err).
 *            Read:  table_load(st, &id, &t, err); table_reader_open();
 *                   table_reader_next() until 0.
 * Shape      Equal tables have equal ids whatever made them. Rows are in
 *            canonical order: key columns first, then all columns from left
 *            to right, unless the order carries meaning ("order":"rows").
 *            Parts are CSV rows without header, cut by content (Gear).
 * Ownership  struct table owns its names and parts: table_clear().
 * Errors     ERROR_NODE where a value does not fit its type: row and column are
 *            named, the value never. ERROR_CORRUPT, ERROR_NOT_FOUND, ERROR_IO.
 * Key        Where it does not hold (two rows have one, or a row has none) or
 *            has a column that is not there, the table is one without a key.
 * Threads    A table is read by many threads; a builder, a reader by one.
 */
#include "cache/base/json.h"
#include "cache/csv.h"
#include "cache/store.h"
#include "cache/type.h"

struct table_part {
	struct digest blob;
	uint64_t bytes, rows;
};

struct table {
	struct digest id;
	struct column *columns;
	size_t n_columns;
	bool ordered; /* "order":"rows" */
	char **key; /* "order": the key columns' names, perhaps none */
	size_t n_key;
	struct table_part *parts;
	size_t n_parts;
	uint64_t rows, bytes;
	struct digest *digests; /* of the columns, where just made; or NULL */
	/* Where just made, and its key does not hold: the table of the rows
	 * that offend (breach.h), and their number; else null and 0. */
	struct digest offending;
	uint64_t n_offending;
};

/* Frees the names and parts; ready again. */
void table_clear(struct table *t);

/* Reads the table's record (not its parts). */
int table_load(struct store *st, const struct digest *id, struct table *out,
    struct error *err);

/* As table_load(), where all its parts are in the store too (their bytes are
 * not read); else ERROR_NOT_FOUND: it is to be computed again. */
int table_load_whole(struct store *st, const struct digest *id,
    struct table *out, struct error *err);

/* The index of a column by its exact name, or n_columns. */
size_t table_find_column(const struct table *t, const char *name);

/* What a node's contract says of its table. Borrowed. */
struct table_spec {
	const struct column *columns; /* TYPE_NONE: infer */
	size_t n_columns;
	const char *const *key; /* @key */
	size_t n_key;
	bool ordered; /* @ordered */
	const struct column *pinned; /* @column: of that type, where present */
	size_t n_pinned;
	/* The id of a table that this one is probably much like, or NULL: parts
	 * with few new rows rest as deltas of its. Nothing else differs. */
	const struct digest *like;
};

/* Builds a table. Rows are held in memory up to a limit, then in sorted runs
 * in the store's temporary directory that are merged at the end. */
struct table_build;
int table_build_open(struct store *st, const struct table_spec *spec,
    struct table_build **out, struct error *err);
int table_build_add(struct table_build *b, const struct field *fields,
    struct error *err);
int table_build_finish(struct table_build *b, struct table *out,
    struct error *err);
void table_build_close(struct table_build *b);
void table_build_closep(struct table_build **b);

/* A remark for the report or the warnings of check: which column, in words.
 * An inferred type's first deciding row is in row (from 1), else 0. */
struct table_note {
	char column[128];
	char text[160];
	uint64_t row;
};
struct table_notes {
	struct table_note *notes;
	size_t n, cap;
};
void table_notes_clear(struct table_notes *n);

/* The first row that made an imported column the type it was inferred to be
 * (from 1), kept as the derived form "inferred"; 0 where none is known.
 * ERROR_MEMORY. */
int table_inferred_row(struct store *st, const struct digest *table,
    const char *column, uint64_t *out, struct error *err);

/* A table from CSV text. columns (may be NULL) are the declared types of
 * out.schema.json or the engine; where none, types are inferred. is_output:
 * an empty or repeated column name is an error, else it becomes c1, name_2
 * with a note. Several texts are one table; their headers must agree. */
struct table_import {
	const struct bytes *texts;
	const char *const *names; /* of the texts, for errors */
	size_t n_texts;
	struct csv_format format;
	bool is_output;
};
int table_import(struct store *st, const struct table_import *in,
    const struct table_spec *spec, struct table *out, struct table_notes *notes,
    struct error *err);

/* Rows in the table's order. fields has n_columns values, borrowed until the
 * next call. 1, 0 at the end, or negative. */
struct table_reader;
int table_reader_open(struct store *st, const struct table *t,
    struct table_reader **out, struct error *err);
int table_reader_next(struct table_reader *r, const struct field **fields,
    struct error *err);
void table_reader_close(struct table_reader *r);
void table_reader_closep(struct table_reader **r);

/* The column digests (formats: "Derived forms"), n_columns of them: known, from
 * the derived store, or made anew. out is the caller's array. */
int table_column_digests(struct store *st, const struct table *t,
    struct digest *out, struct error *err);

/* Whether no row has a value in a column: its digest is that of empty fields.
 */
int table_is_without_values(struct store *st, const struct table *t,
    size_t column, bool *out, struct error *err);

/* The union of several tables as one, with a first column `_from`. Columns
 * must agree in name, order and type, else ERROR_NODE naming the two; a text
 * column without any value (nothing told what it is) agrees with all types. */
int table_union(struct store *st, const struct table *const *tables,
    const char *const *from, size_t n, struct table *out, struct error *err);

/* The table as CSV with a header (RFC 4180, LF), to a descriptor. */
int table_write_csv(struct store *st, const struct table *t,
    const struct csv_format *format, int fd, struct error *err);

/* [{"name","type","as"}...]: columns as JSON and back. columns_parse() makes
 * an array that columns_free() frees. */
int columns_to_json(const struct column *columns, size_t n, json_t **out,
    struct error *err);
int columns_parse(const json_t *array, struct column **out, size_t *n,
    struct error *err);
void columns_free(struct column *columns, size_t n);

#endif
