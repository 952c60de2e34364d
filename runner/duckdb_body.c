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

static size_t skip_blank(struct bytes s, size_t i)
{
	for (;;) {
		size_t from = i;

		while (i < s.n && isspace((unsigned char)s.p[i]))
			i++;
		i = skip_comment(s, i);
		if (i == from)
			return i;
	}
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
	size_t at = skip_blank(text, *pos), end = at;
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

struct parser {
	struct arena *arena;
	struct bytes text;
	size_t pos;
	struct sql_token t; /* the one looked at */
	size_t *at;
	struct error *err;
};

static void step(struct parser *p)
{
	p->t = duckdb_next(p->text, &p->pos);
}

static bool take(struct parser *p, const char *word)
{
	if (!sql_is(p->text, p->t, word))
		return false;
	step(p);
	return true;
}

static int refuse(struct parser *p, size_t at, const char *why)
{
	*p->at = at;
	return error_set(p->err, ERROR_SYNTAX, "%s", why);
}

static bool is_any(const struct parser *p, const char *const *words)
{
	for (; *words != NULL; words++)
		if (sql_is(p->text, p->t, *words))
			return true;
	return false;
}

static bool is_query(const struct parser *p)
{
	static const char *const words[] = { "SELECT", "WITH", "FROM", "VALUES",
		"TABLE", "PIVOT", "PIVOT_WIDER", "UNPIVOT", "PIVOT_LONGER",
		NULL };

	return sql_is_char(p->text, p->t, '(') || is_any(p, words);
}

/* Behind the name of a table: AS and a query, perhaps after a list of
 * columns' names. */
static bool is_made_of_query(struct parser *p)
{
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ';') &&
	    !sql_is(p->text, p->t, "AS"))
		step(p);
	return take(p, "AS") && is_query(p);
}

static int parse_create(struct parser *p, struct duckdb_statement *s)
{
	size_t at = p->t.at;
	bool is_temp, is_table;

	take(p, "CREATE");
	if (take(p, "OR"))
		take(p, "REPLACE");
	is_temp = take(p, "TEMP") || take(p, "TEMPORARY");
	s->kind = DUCKDB_OTHER;
	if (take(p, "MACRO") || take(p, "FUNCTION"))
		return is_temp
		    ? 0
		    : refuse(p, at,
		          "write CREATE TEMP MACRO name(...) AS ...: what a "
		          "node makes besides its rows is temporary");
	is_table = take(p, "TABLE");
	if (!is_table && !take(p, "VIEW"))
		return refuse(p, at,
		    "refused: before its query a node may make TEMP tables, "
		    "TEMP views and TEMP macros, and nothing else");
	if (!is_temp)
		return refuse(p, at,
		    is_table
		        ? "write CREATE TEMP TABLE name AS SELECT ...: what a "
		          "node makes besides its rows is temporary"
		        : "write CREATE TEMP VIEW name AS SELECT ...: what a "
		          "node makes besides its rows is temporary");
	at = p->t.at;
	if (!is_made_of_query(p))
		return refuse(p, at,
		    is_table
		        ? "write CREATE TEMP TABLE name AS SELECT ...: rows "
		          "come from queries alone"
		        : "write CREATE TEMP VIEW name AS SELECT ...");
	s->kind = is_table ? DUCKDB_TABLE : DUCKDB_OTHER;
	return 0;
}

static int refuse_other(struct parser *p)
{
	static const char *const writes[] = { "INSERT", "UPDATE", "DELETE",
		"MERGE", "TRUNCATE", "DROP", "ALTER", NULL };
	static const char *const settings[] = { "SET", "RESET", "PRAGMA",
		NULL };
	static const char *const outside[] = { "ATTACH", "DETACH", "USE",
		"COPY", "INSTALL", "LOAD", "EXPORT", "IMPORT", "CALL", NULL };
	int n = (int)(p->t.n < 20 ? p->t.n : 20);
	const char *word = p->text.p + p->t.at, *why;

	if (is_any(p, writes))
		why = "inputs are read only, and the rows of the node are "
		      "those of its last query; make what is between with "
		      "CREATE TEMP TABLE name AS SELECT ...";
	else if (is_any(p, settings))
		why = "a node is run with settings that are the same "
		      "everywhere; its limits are @threads and @memory";
	else if (is_any(p, outside))
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

static int parse_statement(struct parser *p, struct duckdb_body *out)
{
	struct duckdb_statement *s = arena_grow(p->arena, out->statements,
	    out->n, &out->cap, sizeof(*s));
	int rc = 0;

	*p->at = p->t.at;
	if (s == NULL)
		return error_memory(p->err);
	out->statements = s;
	s += out->n;
	*s = (struct duckdb_statement){ .from = p->t.at };
	if (sql_is(p->text, p->t, "CREATE"))
		rc = parse_create(p, s);
	else if (!is_query(p))
		rc = refuse_other(p);
	if (rc)
		return rc;
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ';'))
		step(p);
	s->to = p->t.at;
	out->n++;
	return 0;
}

int duckdb_body_parse(struct arena *a, struct bytes text,
    struct duckdb_body *out, size_t *at, struct error *err)
{
	struct parser p = { .arena = a, .text = text, .at = at, .err = err };
	size_t i;
	int rc;

	*at = 0;
	*out = (struct duckdb_body){ 0 };
	step(&p);
	for (;;) {
		while (sql_is_char(text, p.t, ';'))
			step(&p);
		if (p.t.kind == SQL_END)
			break;
		if ((rc = parse_statement(&p, out)))
			return rc;
	}
	if (out->n == 0 || out->statements[out->n - 1].kind != DUCKDB_QUERY)
		return refuse(&p, out->n ? out->statements[out->n - 1].from : 0,
		    "no query: the last statement of a node is the SELECT "
		    "whose rows are its table");
	for (i = 0; i + 1 < out->n; i++)
		if (out->statements[i].kind == DUCKDB_QUERY)
			return refuse(&p, out->statements[i].from,
			    "the rows of this query go nowhere, since it is "
			    "not the last statement: write CREATE TEMP TABLE "
			    "name AS before it, or take it out");
	return 0;
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
