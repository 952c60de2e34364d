/* sqlite_body: see sqlite_body.h. */
#include "runner/sqlite_body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_word_byte(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

/* Behind a comment that begins at i, or i where none does. */
static size_t skip_comment(struct bytes s, size_t i)
{
	if (i + 1 >= s.n)
		return i;
	if (s.p[i] == '-' && s.p[i + 1] == '-') {
		while (i < s.n && s.p[i] != '\n')
			i++;
		return i;
	}
	if (s.p[i] != '/' || s.p[i + 1] != '*')
		return i;
	for (i += 2; i + 1 < s.n; i++)
		if (s.p[i] == '*' && s.p[i + 1] == '/')
			return i + 2;
	return s.n;
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

/* Behind the closing quote; a doubled one is part of the text but for the
 * bracket, which has no doubling. */
static size_t skip_quoted(struct bytes s, size_t i)
{
	char quote = s.p[i] == '[' ? ']' : s.p[i];

	for (i++; i < s.n; i++) {
		if (s.p[i] != quote)
			continue;
		if (quote == ']' || i + 1 == s.n || s.p[i + 1] != quote)
			return i + 1;
		i++;
	}
	return s.n;
}

struct sql_token sql_next(struct bytes text, size_t *pos)
{
	struct sql_token t = { SQL_OTHER, skip_blank(text, *pos), 1 };
	size_t i = t.at;

	if (i >= text.n) {
		*pos = text.n;
		return (struct sql_token){ SQL_END, text.n, 0 };
	}
	switch (text.p[i]) {
	case '\'':
		t.kind = SQL_STRING;
		i = skip_quoted(text, i);
		break;
	case '"':
	case '`':
	case '[':
		t.kind = SQL_NAME;
		i = skip_quoted(text, i);
		break;
	default:
		if (!is_word_byte((unsigned char)text.p[i])) {
			i++;
			break;
		}
		if (!isdigit((unsigned char)text.p[i]))
			t.kind = SQL_WORD;
		while (i < text.n && is_word_byte((unsigned char)text.p[i]))
			i++;
	}
	t.n = i - t.at;
	*pos = i;
	return t;
}

bool sql_is(struct bytes text, struct sql_token t, const char *word)
{
	return t.kind == SQL_WORD && t.n == strlen(word) &&
	    strncasecmp(text.p + t.at, word, t.n) == 0;
}

bool sql_is_char(struct bytes text, struct sql_token t, char c)
{
	return t.kind == SQL_OTHER && t.n == 1 && text.p[t.at] == c;
}

char *sql_text(struct arena *a, struct bytes text, struct sql_token t)
{
	const char *p = text.p + t.at;
	size_t i, n = 0;
	char *out;

	if (t.kind == SQL_WORD)
		return arena_strndup(a, p, t.n);
	out = arena_alloc(a, t.n + 1);
	if (out == NULL || (t.kind != SQL_NAME && t.kind != SQL_STRING))
		return out;
	for (i = 1; i + 1 < t.n; i++) {
		out[n++] = p[i];
		if (p[i] == p[0] && p[0] != '[')
			i++;
	}
	return out;
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
	p->t = sql_next(p->text, &p->pos);
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

static bool is_query(const struct parser *p)
{
	return sql_is(p->text, p->t, "SELECT") ||
	    sql_is(p->text, p->t, "WITH") || sql_is(p->text, p->t, "VALUES");
}

static int out_of_memory(struct parser *p)
{
	*p->at = 0;
	return error_memory(p->err);
}

/* [schema .] name; whether the schema was "main" goes to *is_main. */
static int take_name(struct parser *p, const char **out, bool *is_main)
{
	char *name = sql_text(p->arena, p->text, p->t);

	if (name == NULL)
		return out_of_memory(p);
	if (p->t.kind == SQL_OTHER || p->t.kind == SQL_END)
		return refuse(p, p->t.at, "a name is missing here");
	step(p);
	if (sql_is_char(p->text, p->t, '.')) {
		*is_main = strcasecmp(name, "main") == 0;
		step(p);
		return take_name(p, out, &(bool){ false });
	}
	*out = name;
	return 0;
}

static void take_if_not_exists(struct parser *p)
{
	if (take(p, "IF") && take(p, "NOT"))
		take(p, "EXISTS");
}

/* The list of a view's column names. */
static void skip_parentheses(struct parser *p)
{
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ')') &&
	    !sql_is_char(p->text, p->t, ';'))
		step(p);
	if (sql_is_char(p->text, p->t, ')'))
		step(p);
}

static int parse_index(struct parser *p, struct sqlite_statement *s)
{
	int rc;

	s->kind = STATEMENT_INDEX;
	s->query = s->from;
	take_if_not_exists(p);
	if ((rc = take_name(p, &s->name, &s->is_main)))
		return rc;
	if (!take(p, "ON"))
		return refuse(p, p->t.at,
		    "write CREATE INDEX name ON table(column, ...)");
	return take_name(p, &s->on, &(bool){ false });
}

static int parse_create(struct parser *p, struct sqlite_statement *s)
{
	size_t at = p->t.at;
	bool is_temp, is_table;
	int rc;

	take(p, "CREATE");
	if (take(p, "UNIQUE") || sql_is(p->text, p->t, "INDEX"))
		return take(p, "INDEX") ? parse_index(p, s)
		                        : refuse(p, at, "write CREATE INDEX");
	is_temp = take(p, "TEMP") || take(p, "TEMPORARY");
	is_table = take(p, "TABLE");
	if (!is_table && !take(p, "VIEW"))
		return refuse(p, at,
		    "refused: before its query a node may "
		    "make TEMP tables, TEMP views and "
		    "indexes, and nothing else");
	if (!is_temp)
		return refuse(p, at,
		    is_table
		        ? "write CREATE TEMP TABLE name AS SELECT ...: what a "
		          "node makes besides its rows is temporary"
		        : "write CREATE TEMP VIEW name AS SELECT ...: what a "
		          "node makes besides its rows is temporary");
	s->kind = is_table ? STATEMENT_TABLE : STATEMENT_VIEW;
	take_if_not_exists(p);
	if ((rc = take_name(p, &s->name, &(bool){ false })))
		return rc;
	if (!is_table && sql_is_char(p->text, p->t, '('))
		skip_parentheses(p);
	if (!take(p, "AS") || !is_query(p))
		return refuse(p, p->t.at,
		    is_table
		        ? "write CREATE TEMP TABLE name AS SELECT ...: rows "
		          "come from queries alone"
		        : "write CREATE TEMP VIEW name AS SELECT ...");
	s->query = p->t.at;
	return 0;
}

static int refuse_other(struct parser *p)
{
	static const char *const writes[] = { "INSERT", "UPDATE", "DELETE",
		"REPLACE", "DROP", "ALTER", "VACUUM", "REINDEX", "ANALYZE" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(writes); i++)
		if (sql_is(p->text, p->t, writes[i])) {
			*p->at = p->t.at;
			return error_set(p->err, ERROR_SYNTAX,
			    "%s is refused: inputs are read only, and the rows "
			    "of the node are those of its last SELECT; make "
			    "what is between with CREATE TEMP TABLE name AS "
			    "SELECT ...",
			    writes[i]);
		}
	*p->at = p->t.at;
	return error_set(p->err, ERROR_SYNTAX,
	    "\"%.*s\" is refused: a node is one SELECT, and before it may "
	    "stand CREATE TEMP TABLE, CREATE TEMP VIEW and CREATE INDEX, "
	    "nothing else",
	    (int)(p->t.n < 20 ? p->t.n : 20), p->text.p + p->t.at);
}

static int parse_statement(struct parser *p, struct sqlite_body *out)
{
	struct sqlite_statement *s;
	int rc = 0;

	s = arena_grow(p->arena, out->statements, out->n, &out->cap,
	    sizeof(*s));
	if (s == NULL)
		return out_of_memory(p);
	out->statements = s;
	s += out->n;
	*s = (struct sqlite_statement){ .from = p->t.at, .query = p->t.at };
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

int sqlite_body_parse(struct arena *a, struct bytes text,
    struct sqlite_body *out, size_t *at, struct error *err)
{
	struct parser p = { .arena = a, .text = text, .at = at, .err = err };
	size_t i;
	int rc;

	*at = 0;
	*out = (struct sqlite_body){ 0 };
	step(&p);
	for (;;) {
		while (sql_is_char(text, p.t, ';'))
			step(&p);
		if (p.t.kind == SQL_END)
			break;
		if ((rc = parse_statement(&p, out)))
			return rc;
	}
	if (out->n == 0 || out->statements[out->n - 1].kind != STATEMENT_QUERY)
		return refuse(&p, out->n ? out->statements[out->n - 1].from : 0,
		    "no query: the last statement of a node is the SELECT "
		    "whose rows are its table");
	for (i = 0; i + 1 < out->n; i++)
		if (out->statements[i].kind == STATEMENT_QUERY)
			return refuse(&p, out->statements[i].from,
			    "the rows of this query go nowhere, since it is "
			    "not the last statement: write CREATE TEMP TABLE "
			    "name AS before it, or take it out");
	return 0;
}
