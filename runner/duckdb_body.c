/* duckdb_body: see duckdb_body.h. Here: tokens and statements. */
#include "runner/duckdb_body.h"

#include <ctype.h>
#include <string.h>

/* Behind a comment that begins at i, or i where none does. Unlike in SQLite
 * they nest. */
static size_t skip_comment(struct bytes s, size_t i)
{
	size_t depth = 0;

	if (i + 1 < s.n && s.p[i] == '-' && s.p[i + 1] == '-') {
		while (i < s.n && s.p[i] != '\n')
			i++;
		return i;
	}
	while (i + 1 < s.n) {
		bool opens = s.p[i] == '/' && s.p[i + 1] == '*';
		bool closes = s.p[i] == '*' && s.p[i + 1] == '/';

		if (depth == 0 && !opens)
			return i;
		if (opens || (closes && --depth > 0))
			depth += opens;
		else if (closes)
			return i + 2;
		i += opens || closes ? 2 : 1;
	}
	return depth ? s.n : i;
}

/* Behind $tag$ ... $tag$ that begins at i, or i where none does. */
static size_t skip_dollars(struct bytes s, size_t i)
{
	size_t n = 1, j;

	while (i + n < s.n &&
	    (isalnum((unsigned char)s.p[i + n]) || s.p[i + n] == '_'))
		n++;
	if (i + n >= s.n || s.p[i + n] != '$' ||
	    (n > 1 && isdigit((unsigned char)s.p[i + 1])))
		return i;
	n++;
	for (j = i + n; j + n <= s.n; j++)
		if (memcmp(s.p + i, s.p + j, n) == 0)
			return j + n;
	return s.n;
}

/* Behind E'...', in which a backslash keeps the quote. i is at the quote. */
static size_t skip_escaped(struct bytes s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '\''; i++)
		if (s.p[i] == '\\')
			i++;
	return i < s.n ? i + 1 : s.n;
}

struct sql_token duckdb_next(struct bytes text, size_t *pos)
{
	size_t at = sql_skip_blank(text, *pos, skip_comment), end = at;
	char c = at < text.n ? text.p[at] : '\0';

	if (c == '$')
		end = skip_dollars(text, at);
	else if ((c == 'e' || c == 'E') && at + 1 < text.n &&
	    text.p[at + 1] == '\'')
		end = skip_escaped(text, at + 1);
	if (end > at) {
		*pos = end;
		return (struct sql_token){ SQL_STRING, at, end - at };
	}
	if (c == '[' || c == '`') {
		*pos = at + 1;
		return (struct sql_token){ SQL_OTHER, at, 1 };
	}
	*pos = at;
	return sql_next(text, pos);
}

static bool is_query(const struct sql_parser *p)
{
	static const char *const words[] = { "SELECT", "WITH", "FROM", "VALUES",
		"TABLE", "PIVOT", "PIVOT_WIDER", "UNPIVOT", "PIVOT_LONGER",
		NULL };

	return sql_is_char(p->text, p->t, '(') || sql_is_any(p, words);
}

/* Behind the name of a table: AS and a query, perhaps after a list of
 * columns' names. */
static bool is_made_of_query(struct sql_parser *p)
{
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ';') &&
	    !sql_is(p->text, p->t, "AS"))
		sql_step(p);
	return sql_take(p, "AS") && is_query(p);
}

static int parse_create(struct sql_parser *p, struct sql_statement *s)
{
	size_t at = p->t.at;
	bool is_temp, is_table;
	int rc;

	sql_take(p, "CREATE");
	if (sql_take(p, "OR"))
		sql_take(p, "REPLACE");
	is_temp = sql_take(p, "TEMP") || sql_take(p, "TEMPORARY");
	s->kind = STATEMENT_OTHER;
	if (sql_take(p, "MACRO") || sql_take(p, "FUNCTION"))
		return is_temp
		    ? 0
		    : sql_refuse(p, at,
		          "write CREATE TEMP MACRO name(...) AS ...: what a "
		          "node makes besides its rows is temporary");
	is_table = sql_take(p, "TABLE");
	if (!is_table && !sql_take(p, "VIEW"))
		return sql_refuse(p, at,
		    "refused: before its query a node may make TEMP tables, "
		    "TEMP views and TEMP macros, and nothing else");
	s->kind = is_table ? STATEMENT_TABLE : STATEMENT_VIEW;
	s->is_kept = !is_temp;
	if (sql_take(p, "IF") && sql_take(p, "NOT"))
		sql_take(p, "EXISTS");
	if (s->is_kept && (rc = sql_note_made(p, s)))
		return rc;
	at = p->t.at;
	if (!is_made_of_query(p))
		return sql_refuse_no_query(p, at, is_table);
	s->query = p->t.at;
	return 0;
}

static int refuse_other(struct sql_parser *p)
{
	static const char *const writes[] = { "INSERT", "UPDATE", "DELETE",
		"MERGE", "TRUNCATE", "DROP", "ALTER", NULL };
	static const char *const settings[] = { "SET", "RESET", "PRAGMA",
		NULL };
	static const char *const outside[] = { "ATTACH", "DETACH", "USE",
		"COPY", "INSTALL", "LOAD", "EXPORT", "IMPORT", "CALL", NULL };
	int n = (int)(p->t.n < 20 ? p->t.n : 20);
	const char *word = p->text.p + p->t.at, *why;

	if (sql_is_any(p, writes))
		why = "inputs are read only, and the rows of the node are "
		      "those of its last query; make what is between with "
		      "CREATE TEMP TABLE name AS SELECT ...";
	else if (sql_is_any(p, settings))
		why = "a node is run with settings that are the same "
		      "everywhere; its limits are @threads and @memory";
	else if (sql_is_any(p, outside))
		why = "a node sees its inputs and nothing else: no file, no "
		      "database, no extension";
	else
		why = "a node is one query, before it CREATE TEMP TABLE, "
		      "CREATE TEMP VIEW and CREATE TEMP MACRO, and nothing "
		      "else";
	*p->at = p->t.at;
	return error_set(p->err, ERROR_SYNTAX, "\"%.*s\" is refused: %s", n,
	    word, why);
}

const struct sql_dialect duckdb_dialect = { duckdb_next, is_query, parse_create,
	refuse_other };

int duckdb_body_parse(struct arena *a, struct bytes text, struct sql_body *out,
    size_t *at, struct error *err)
{
	return sql_split(&duckdb_dialect, a, text, out, at, err);
}

bool duckdb_is_several(struct bytes text)
{
	size_t pos = 0;
	struct sql_token t;

	while ((t = duckdb_next(text, &pos)).kind != SQL_END)
		if (sql_is(text, t, "PIVOT") || sql_is(text, t, "PIVOT_WIDER"))
			return true;
	return false;
}
