#ifndef SLUICE_RUNNER_SQLITE_BODY_H
#define SLUICE_RUNNER_SQLITE_BODY_H
/*
 * sqlite_body -- the text of an SQL node as tokens and statements. It finds
 * what each statement is, so that a refused one is told with its place and
 * the way to write it; the guard (sqlite_guard.c) does not rely on it.
 *
 * Errors     ERROR_SYNTAX with the offset of the place in *at.
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
};

struct sqlite_statement {
	enum statement_kind kind;
	size_t from, to; /* in the body, without the semicolon */
	size_t query; /* where the query begins; of an index: from */
	const char *name;
	const char *on; /* of an index: its table */
	bool is_main; /* of an index: written main.name */
};

struct sqlite_body {
	struct sqlite_statement *statements; /* the last is the query */
	size_t n, cap;
};

/* Splits and checks; the last statement is a query, all others make
 * something temporary. */
int sqlite_body_parse(struct arena *a, struct bytes text,
    struct sqlite_body *out, size_t *at, struct error *err);

#endif
