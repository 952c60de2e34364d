#ifndef SLUICE_RUNNER_SQL_BODY_H
#define SLUICE_RUNNER_SQL_BODY_H
/*
 * sql_body -- the text of an SQL node as tokens and statements, for any engine.
 * It finds what each statement is, so that a refused one is told with its place
 * and the way to write it; what an engine itself prepares is the wall
 * (sqlite_guard.c, duckdb_execute.c) and does not rely on it.
 *
 * Use        an engine's own parse (sqlite_body.h, duckdb_body.h), which is
 *            sql_split() with its dialect.
 * Shape      Statements but the last make something temporary; the last is the
 *            query whose rows are the node's table, or CREATE TABLE name AS
 *            that query, as scripts that fill a database have it: then a DROP
 *            TABLE IF EXISTS name before it is passed over.
 * Errors     ERROR_SYNTAX with the offset of the place in *at; ERROR_MEMORY.
 * Ownership  Names and statements are the arena's.
 */
#include "cache/base/buf.h"
#include "cache/base/mem.h"

enum sql_kind {
	SQL_END,
	SQL_WORD, /* a keyword or a bare name */
	SQL_NAME, /* "x", [x], `x` */
	SQL_STRING, /* 'x' */
	SQL_OTHER, /* numbers, operators */
};

struct sql_token {
	enum sql_kind kind;
	size_t at, n;
};

/* The token at or behind *pos, which moves behind it. Comments and blanks are
 * skipped. */
struct sql_token sql_next(struct bytes text, size_t *pos);

/* Whether a token is that keyword; that one character. */
bool sql_is(struct bytes text, struct sql_token t, const char *word);
bool sql_is_char(struct bytes text, struct sql_token t, char c);

/* A word's, name's or string's text without its quotes; "" for others; NULL
 * without memory. */
char *sql_text(struct arena *a, struct bytes text, struct sql_token t);

enum statement_kind {
	STATEMENT_QUERY,
	STATEMENT_TABLE, /* CREATE TEMP TABLE name AS query */
	STATEMENT_VIEW, /* CREATE TEMP VIEW name AS query */
	STATEMENT_INDEX,
	STATEMENT_OTHER, /* makes something temporary that has no rows */
	STATEMENT_DROP, /* TABLE IF EXISTS name; none is left when split */
};

struct sql_statement {
	enum statement_kind kind;
	size_t from, to; /* in the body, without the semicolon */
	size_t query; /* where the query begins; else from */
	bool is_kept; /* of a table or view: not TEMP */
	struct bytes made; /* then, and of a drop: its name as written */
	/* SQLite's alone: */
	const char *name;
	const char *on; /* of an index: its table */
	bool is_main; /* of an index: written main.name */
};

struct sql_body {
	struct sql_statement *statements; /* the last is the query */
	size_t n, cap;
};

/* --- for dialects --- */

struct sql_dialect;

struct sql_parser {
	const struct sql_dialect *dialect;
	struct arena *arena;
	struct bytes text;
	size_t pos;
	struct sql_token t; /* the one looked at */
	size_t *at;
	struct error *err;
};

/* In what an engine's SQL differs. */
struct sql_dialect {
	struct sql_token (*next)(struct bytes text, size_t *pos);
	bool (*is_query)(const struct sql_parser *p);
	/* At CREATE: says what it makes, or refuses. */
	int (*parse_create)(struct sql_parser *p, struct sql_statement *s);
	/* What is neither: an error, in words. */
	int (*refuse_other)(struct sql_parser *p);
};

/* Behind blanks and comments that begin at i; behind gives the place
 * behind one that begins at i, or i where none does. */
size_t sql_skip_blank(struct bytes s, size_t i,
    size_t (*behind)(struct bytes s, size_t i));

/* Looks at the next token; the same behind that keyword, where it stands. */
void sql_step(struct sql_parser *p);
bool sql_take(struct sql_parser *p, const char *word);

/* Whether one of the words, which NULL ends, stands here. */
bool sql_is_any(const struct sql_parser *p, const char *const *words);

/* ERROR_SYNTAX at that offset: in these words; because a table or view is not
 * made of a query. */
int sql_refuse(struct sql_parser *p, size_t at, const char *why);
int sql_refuse_no_query(struct sql_parser *p, size_t at, bool is_table);

/* At [schema.]name of a table or view that is not TEMP: notes it. */
int sql_note_made(struct sql_parser *p, struct sql_statement *s);

/* Splits and checks; *at is the place of an error. */
int sql_split(const struct sql_dialect *dialect, struct arena *a,
    struct bytes text, struct sql_body *out, size_t *at, struct error *err);

#endif
