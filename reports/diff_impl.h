#ifndef SLUICE_REPORTS_DIFF_IMPL_H
#define SLUICE_REPORTS_DIFF_IMPL_H
/*
 * diff_impl -- what the three files of diff share: diff.c (columns, and which
 * way), diff_merge.c (tables in one order), diff_bag.c (in different ones).
 */
#include "cache/record.h"
#include "reports/diff.h"

enum {
	BAG_ROWS = 2 << 20 /* of 24 bytes each */
};

/* A comparison at work. */
struct comparison {
	struct store *st;
	const struct table *before, *after;
	diff_fn *fn;
	void *payload;
	struct diff *d;
	size_t *common; /* columns of d with comparable values */
	size_t n_common;
	bool is_aligned; /* equal parts mean equal values */
	size_t bag_rows; /* most rows of diff_bag() in memory */
	struct error *err;
};

/* The rows of one table, part by part. */
struct cursor {
	struct store *st;
	const struct table *t;
	size_t part; /* the one that is open, or opened next */
	bool is_open; /* fields hold a row of it */
	bool is_first; /* the part's first */
	const bool *skip; /* parts to leave unread, or NULL */
	struct buf data;
	struct record_scan scan;
	struct field *fields;
	uint64_t *parts_read;
};

/* Stands before the first part of t; frees. */
int cursor_open(struct cursor *c, struct comparison *x, const struct table *t);
void cursor_clear(struct cursor *c);

/* Goes to the first row of the part it stands at, or of a later one: 1, or 0
 * at the end of the table. Does nothing where a row is there already. */
int cursor_fill(struct cursor *c, struct error *err);

/* Leaves the row; the next one is there, or nothing is open. */
int cursor_advance(struct cursor *c, struct error *err);

/* Leaves the part unread. */
void cursor_skip(struct cursor *c);

/* diff_tables() with all of x but d's contents, common and n_common given. */
int comparison_run(struct comparison *x);

/* Tells the callback. */
int comparison_tell(struct comparison *x, enum diff_kind kind,
    const struct field *before, const struct field *after);

/* Both in canonical order by the same columns. */
int diff_merge(struct comparison *x);

/* In whatever order. */
int diff_bag(struct comparison *x);

#endif
