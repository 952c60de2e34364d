#ifndef SLUICE_REPORTS_DIFF_H
#define SLUICE_REPORTS_DIFF_H
/*
 * diff -- what differs between two tables of one node: columns and rows.
 *
 * Use        diff_tables(st, &before, &after, NULL, NULL, &d, err);
 *            diff_values(st, &before, &after, &d, err); diff_clear(&d).
 * Shape      By key: a row is added, removed or changed, in any column that
 *            both have: a retyped one by its text, or by value from number to
 *            number. The key is that of after, else that of before, where it
 *            is one in both tables: no NULL in it, no two rows alike. A table
 *            that is ordered has one where the caller gives it one.
 *            Else as bags: added and removed alone, in the columns that both
 *            have with the same type (an engine's own name for it aside).
 * How        Both are read in one order and merged; a table that has another
 *            is sorted first (cache/table_sorted.h). Parts that both have are
 *            skipped unread, and of parts what is equal byte by byte is not
 *            taken apart. So memory is bounded whatever the tables' size.
 * Audience   Rows, and what diff_quiet() forgets, are data: inside.
 * Ownership  diff_clear(). Rows given to the callback are borrowed.
 * Errors     ERROR_NOT_FOUND and ERROR_CORRUPT of parts, ERROR_IO.
 * Threads    Two tables may be compared by many threads, each its own diff.
 */
#include "cache/statistics.h"
#include "cache/table_sorted.h"

enum column_change {
	COLUMN_SAME,
	COLUMN_ADDED,
	COLUMN_REMOVED,
	COLUMN_RETYPED,
};

/* What all values of a column come to, in one of the tables. */
struct diff_values {
	uint64_t rows, nulls, distinct;
	bool is_about; /* distinct is an estimate (cache/distinct.h) */
	struct extreme least, greatest;
	struct bins bins;
};

struct diff_column {
	char *name;
	enum column_change change;
	struct type before, after; /* TYPE_NONE where it is not there */
	uint64_t row; /* of after: made it the inferred type it is; 0: none */
	size_t in_before, in_after; /* its places, or SIZE_MAX */
	/* DIFF_KEYED: rows with another value, and those of them whose values
	 * lie further apart than the column's tolerance: all, where it has
	 * none. */
	uint64_t changed, beyond;
	char *tolerance; /* "1e-9", or NULL */
	int64_t nulls; /* how many more there are after */
	uint64_t other; /* DIFF_BAG: not 0 where it has other values */
	/* Of diff_values(); NULL: not asked for, or not there on this side. */
	struct diff_values *values_before, *values_after;
};

/* A key of one of the tables, or of both, and how far it is one in each. */
struct diff_key {
	char **columns;
	size_t n;
	bool is_before, is_after; /* whose it is */
	bool is_missing; /* the other table has not all of its columns */
	struct key_health before, after;
};

enum diff_way {
	DIFF_EQUAL, /* the same table: nothing was read */
	DIFF_KEYED,
	DIFF_BAG,
	DIFF_NONE, /* no column in common: rows are not comparable */
};

struct diff {
	enum diff_way way;
	struct diff_column *columns; /* those of after, then removed ones */
	size_t n_columns;
	size_t n_columns_changed; /* added, removed or retyped */
	bool is_reordered; /* columns both have stand in another order */
	bool is_resorted; /* the same rows in another order */
	uint64_t before, after; /* rows */
	uint64_t added, removed, changed;
	uint64_t beyond; /* of changed: in some column beyond its tolerance */
	struct diff_key keys[2]; /* that of after in front */
	size_t n_keys;
	uint64_t parts_read, parts_skipped; /* of both tables */
};

enum diff_kind {
	DIFF_ADDED,
	DIFF_REMOVED,
	DIFF_CHANGED,
};

/* A row that differs, in each table's columns; before is NULL of an added row,
 * after of a removed one. */
struct diff_row {
	enum diff_kind kind;
	const struct field *before, *after;
};

/* Called for each row that differs; a non-zero answer ends the comparison and
 * is returned. columns says what the fields are. */
typedef int diff_fn(const struct diff *columns, const struct diff_row *row,
    void *payload);

/* How far two numbers of a column may lie apart, both included, and not count
 * for the verdict: @column NAME TYPE ±1e-9. */
struct diff_tolerance {
	const char *column, *tolerance;
};

/* What is compared. fn may be NULL. All is borrowed. */
struct diff_ask {
	struct store *store;
	const struct table *before, *after;
	const struct diff_tolerance *tolerances;
	size_t n_tolerances;
	diff_fn *fn;
	void *payload;
};
int diff_compare(const struct diff_ask *ask, struct diff *out,
    struct error *err);
/* The same without tolerances. */
int diff_tables(struct store *st, const struct table *before,
    const struct table *after, diff_fn *fn, void *payload, struct diff *out,
    struct error *err);

/* Adds to d, made of these tables, the values of its columns that changed:
 * those that came, went, have another type, other values, or more or fewer
 * NULLs. What was skipped as equal is read here, once ever
 * (cache/statistics.h). */
int diff_values(struct store *st, const struct table *before,
    const struct table *after, struct diff *d, struct error *err);

/* Whether it is about this column. */
bool diff_has_values(const struct diff_column *c);
/* Forgets the values themselves; counts stay. */
void diff_quiet(struct diff *d);

/* As if from or to no table: all rows are added or removed. Columns alone;
 * no row is read. */
int diff_one(const struct table *t, bool is_new, struct diff *out,
    struct error *err);

/* Frees; usable again. */
void diff_clear(struct diff *d);

#endif
