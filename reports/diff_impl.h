#ifndef SLUICE_REPORTS_DIFF_IMPL_H
#define SLUICE_REPORTS_DIFF_IMPL_H
/*
 * diff_impl -- what the files of diff share: diff.c (columns, and which way),
 * diff_key.c (by which key), diff_cursor.c (the rows of a table in order),
 * diff_merge.c (two of them), diff_values.c (what a column's values come to).
 */
#include "cache/record.h"
#include "reports/diff.h"

/* A comparison at work. */
struct comparison {
	const struct diff_ask *ask;
	const struct table *before, *after;
	struct diff *d;
	size_t *common; /* columns of d with comparable values */
	size_t n_common;
	bool is_aligned; /* equal parts mean equal values */
	const struct diff_key *key; /* DIFF_KEYED: by which */
	struct error *err;
};

/* The rows of one table, part by part, or sorted. */
struct cursor {
	struct store *st;
	const struct table *t;
	size_t part; /* the one that is open, or opened next */
	bool is_open; /* fields hold a row */
	bool is_first; /* the part's first */
	const bool *skip; /* parts to leave unread, or NULL */
	struct buf data;
	struct record_scan scan;
	const char *row; /* where it begins in data */
	struct field *own;
	const struct field *fields;
	struct table_sorted *sorted; /* or NULL: in the table's own order */
	uint64_t *parts_read;
};

/* Stands before the first part of t, or before the first row in another order;
 * frees. skip: parts to leave unread, or NULL. */
int cursor_open(struct cursor *c, struct comparison *x, const struct table *t,
    const bool *skip);
int cursor_open_sorted(struct cursor *c, struct comparison *x,
    const struct table *t, const struct table_order *order);
void cursor_clear(struct cursor *c);

/* Goes to the first row of the part it stands at, or of a later one: 1, or 0
 * at the end of the table. Does nothing where a row is there already. */
int cursor_fill(struct cursor *c, struct error *err);

/* Leaves the row; the next one is there, or nothing is open. */
int cursor_advance(struct cursor *c, struct error *err);

/* Leaves the part unread. */
void cursor_skip(struct cursor *c);

/* Leaves the rows that both have next, byte by byte, in the parts that are
 * open; both are rows of the same columns in the same places. The rows where
 * they stand then are there to be compared. */
int cursor_skip_equal(struct cursor *a, struct cursor *b, struct error *err);

/* Whether values of both types are written in one way. */
bool is_comparable(const struct diff_column *c);

/* The column of that name, or NULL. */
struct diff_column *diff_column_of(const struct diff *d, const char *name);

/* Fills in d's keys, and the one to compare by, if there is any. */
int diff_find_key(struct comparison *x);
void diff_key_clear(struct diff_key *k);

/* Whether the table's rows are in the order of the key. */
bool diff_is_by(const struct table *t, const struct diff_key *k);

/* Tells the callback. */
int comparison_tell(struct comparison *x, enum diff_kind kind,
    const struct field *before, const struct field *after);

/* Merges both in the order of x's key, else by their common columns. */
int diff_merge(struct comparison *x);

#endif
