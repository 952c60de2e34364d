#ifndef SLUICE_REPORTS_DIFF_H
#define SLUICE_REPORTS_DIFF_H
/*
 * diff -- what differs between two tables of one node: columns and rows.
 *
 * Use        diff_tables(st, &before, &after, NULL, NULL, &d, err);
 *            diff_clear(&d).
 * Shape      By key where both tables are in the order of the same key: a row
 *            is added, removed or changed, in any column that both have: a
 *            retyped one by its text, or by value from number to number.
 *            Else as bags: added and removed alone, in the columns that both
 *            have with the same type (an engine's own name for it aside).
 *            Parts that both have are skipped unread; what is read is merged
 *            in order, a part of each at a time. Tables in different orders
 *            are compared by 128 bits of each row's SHA-256, with at most
 *            BAG_ROWS rows in memory, in as many passes as that takes.
 * Ownership  diff_clear(). Rows given to the callback are borrowed.
 * Errors     ERROR_NOT_FOUND and ERROR_CORRUPT of parts, ERROR_IO.
 * Threads    Two tables may be compared by many threads, each its own diff.
 */
#include "cache/table.h"

enum column_change {
	COLUMN_SAME,
	COLUMN_ADDED,
	COLUMN_REMOVED,
	COLUMN_RETYPED,
};

struct diff_column {
	char *name;
	enum column_change change;
	struct type before, after; /* TYPE_NONE where it is not there */
	uint64_t row; /* of after: made it the inferred type it is; 0: none */
	size_t in_before, in_after; /* its places, or SIZE_MAX */
	uint64_t changed; /* rows with another value; DIFF_KEYED */
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
	uint64_t parts_read, parts_skipped; /* of both tables */
};

enum diff_kind {
	DIFF_ADDED,
	DIFF_REMOVED,
	DIFF_CHANGED,
};

/* A row that differs, in the columns' order of each table; before is NULL of
 * an added row, after of a removed one. */
struct diff_row {
	enum diff_kind kind;
	const struct field *before, *after;
};

/* Called for each row that differs; a non-zero answer ends the comparison and
 * is returned. columns says what the fields are. */
typedef int diff_fn(const struct diff *columns, const struct diff_row *row,
    void *payload);

/* Compares; fn may be NULL. */
int diff_tables(struct store *st, const struct table *before,
    const struct table *after, diff_fn *fn, void *payload, struct diff *out,
    struct error *err);

/* As if from or to no table: all rows are added or removed. Columns alone;
 * no row is read. */
int diff_one(const struct table *t, bool is_new, struct diff *out,
    struct error *err);

/* Frees; usable again. */
void diff_clear(struct diff *d);

#endif
