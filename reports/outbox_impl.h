#ifndef SLUICE_REPORTS_OUTBOX_IMPL_H
#define SLUICE_REPORTS_OUTBOX_IMPL_H
/* outbox_impl: what outbox.c, outbox_comment.c and outbox_sql.c share. */
#include <sqlite3.h>

#include "reports/outbox_comment.h"

struct outbox {
	sqlite3 *db;
	char *path;
	struct outbox_pace paces[OUTBOX_PACES];
	struct outbound *body; /* of the comment that was taken last */
};

/* One value to bind: text, or where it is NULL a number. */
struct outbox_value {
	const char *text;
	int64_t number;
};
#define TEXT(t)             \
	{                   \
		.text = (t) \
	}
#define NUMBER(x)             \
	{                     \
		.number = (x) \
	}

/* Answers with the error that SQLite has met. */
int outbox_sql_fail(struct outbox *ob, struct error *err);

/* Statements without values. */
int outbox_run(struct outbox *ob, const char *sql, struct error *err);

/* A transaction that writes; finish commits where rc is 0, else rolls back, and
 * returns rc, or why it could not. */
int outbox_begin(struct outbox *ob, struct error *err);
int outbox_finish(struct outbox *ob, int rc, struct error *err);

/* A statement with its values (NULL: it has none), and its next row: 1, 0 at
 * the end, or negative. */
int outbox_prepare(struct outbox *ob, const char *sql,
    const struct outbox_value *values, sqlite3_stmt **out, struct error *err);
int outbox_step(struct outbox *ob, sqlite3_stmt *s, struct error *err);
int outbox_execute(struct outbox *ob, const char *sql,
    const struct outbox_value *values, struct error *err);
void outbox_statement_close(sqlite3_stmt **s);

/* A column's text, into a place of size bytes, or added to what has passed, as
 * it had when it was put; and the state,
 * description and target_url of three columns. A state that is not one of ours
 * (a damaged file) is shown as an error. */
void outbox_column_copy(sqlite3_stmt *s, int column, char *out, size_t size);
void outbox_column_add(sqlite3_stmt *s, int column, struct outbound *out);
void outbox_column_status(sqlite3_stmt *s, int column, struct status *out);

/* Within a transaction: puts into a slot what it is to show, and c's text where
 * it is a comment's (else NULL); a settled one from long ago is forgotten. */
int outbox_put_slot(struct outbox *ob, const struct status *s,
    const struct outbox_comment *c, int64_t now, struct error *err);

/* The same: the text of a comment; what was to be said of an older commit goes,
 * and that something was told is kept. */
int outbox_write_body(struct outbox *ob, const struct outbox_comment *c,
    struct error *err);

#endif
