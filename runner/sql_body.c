/* sql_body: see sql_body.h. */
#include "runner/sql_body.h"

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

size_t sql_skip_blank(struct bytes s, size_t i,
    size_t (*behind)(struct bytes s, size_t i))
{
	for (;;) {
		size_t from = i;

		while (i < s.n && isspace((unsigned char)s.p[i]))
			i++;
		i = behind(s, i);
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
	struct sql_token t = { SQL_OTHER,
		sql_skip_blank(text, *pos, skip_comment), 1 };
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

void sql_step(struct sql_parser *p)
{
	p->t = p->dialect->next(p->text, &p->pos);
}

bool sql_take(struct sql_parser *p, const char *word)
{
	if (!sql_is(p->text, p->t, word))
		return false;
	sql_step(p);
	return true;
}

bool sql_is_any(const struct sql_parser *p, const char *const *words)
{
	for (; *words != NULL; words++)
		if (sql_is(p->text, p->t, *words))
			return true;
	return false;
}

int sql_refuse(struct sql_parser *p, size_t at, const char *why)
{
	*p->at = at;
	return error_set(p->err, ERROR_SYNTAX, "%s", why);
}

int sql_refuse_no_query(struct sql_parser *p, size_t at, bool is_table)
{
	return sql_refuse(p, at,
	    is_table ? "write CREATE TEMP TABLE name AS SELECT ...: rows "
	               "come from queries alone"
	             : "write CREATE TEMP VIEW name AS SELECT ...");
}

int sql_note_made(struct sql_parser *p, struct sql_statement *s)
{
	struct sql_parser ahead = *p;
	size_t end = p->t.at;

	while (ahead.t.kind == SQL_WORD || ahead.t.kind == SQL_NAME) {
		end = ahead.t.at + ahead.t.n;
		sql_step(&ahead);
		if (!sql_is_char(p->text, ahead.t, '.'))
			break;
		sql_step(&ahead);
	}
	s->made = (struct bytes){ p->text.p + p->t.at, end - p->t.at };
	if (s->made.n == 0)
		return sql_refuse(p, p->t.at, "a name is missing here");
	return sql_is_char(p->text, ahead.t, '(')
	    ? sql_refuse(p, ahead.t.at,
	          "columns are named in the query here: SELECT x AS name")
	    : 0;
}

/* DROP TABLE IF EXISTS name, and nothing else. */
static int parse_drop(struct sql_parser *p, struct sql_statement *s)
{
	struct sql_parser ahead = *p;

	sql_step(&ahead);
	if ((!sql_take(&ahead, "TABLE") && !sql_take(&ahead, "VIEW")) ||
	    !sql_take(&ahead, "IF") || !sql_take(&ahead, "EXISTS"))
		return p->dialect->refuse_other(p);
	*p = ahead;
	s->kind = STATEMENT_DROP;
	return sql_note_made(p, s);
}

static int parse_statement(struct sql_parser *p, struct sql_body *out)
{
	struct sql_statement *s = arena_grow(p->arena, out->statements, out->n,
	    &out->cap, sizeof(*s));
	int rc = 0;

	*p->at = p->t.at;
	if (s == NULL)
		return error_memory(p->err);
	out->statements = s;
	s += out->n;
	*s = (struct sql_statement){ .from = p->t.at, .query = p->t.at };
	if (sql_is(p->text, p->t, "CREATE"))
		rc = p->dialect->parse_create(p, s);
	else if (sql_is(p->text, p->t, "DROP"))
		rc = parse_drop(p, s);
	else if (!p->dialect->is_query(p))
		rc = p->dialect->refuse_other(p);
	if (rc)
		return rc;
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ';'))
		sql_step(p);
	s->to = p->t.at;
	out->n++;
	return 0;
}

/* A script that makes the table, where the node is the table: its query. */
static void take_made(struct sql_body *body, struct bytes *made)
{
	struct sql_statement *last =
	    body->n ? &body->statements[body->n - 1] : NULL;

	*made = (struct bytes){ 0 };
	if (last == NULL || !last->is_kept)
		return;
	*made = last->made;
	last->kind = STATEMENT_QUERY;
	last->from = last->query;
	last->is_kept = false;
}

static bool is_same_name(struct bytes a, struct bytes b)
{
	return a.p != NULL && b.p != NULL && a.n == b.n &&
	    strncasecmp(a.p, b.p, a.n) == 0;
}

/* What is not temporary is made by the last statement, and dropped before it,
 * or refused. */
static int check_kept(struct sql_parser *p, struct sql_body *body)
{
	struct bytes made;
	size_t i, n = 0;

	take_made(body, &made);
	for (i = 0; i < body->n; i++) {
		struct sql_statement *s = &body->statements[i];

		if (s->kind == STATEMENT_DROP && !is_same_name(s->made, made))
			return sql_refuse(p, s->from,
			    "DROP is refused: inputs are read only, and what a "
			    "node makes is gone when it ends (before a last "
			    "CREATE TABLE name AS it is passed over, of that "
			    "name)");
		if (s->is_kept)
			return sql_refuse(p, s->from,
			    s->kind == STATEMENT_TABLE
			        ? "write CREATE TEMP TABLE name AS SELECT ...: "
			          "what a node makes besides its rows is "
			          "temporary"
			        : "write CREATE TEMP VIEW name AS SELECT ...: "
			          "what a node makes besides its rows is "
			          "temporary");
		if (s->kind != STATEMENT_DROP)
			body->statements[n++] = *s;
	}
	body->n = n;
	return 0;
}

/* Rows are those of the last statement, and of no other. */
static int check_queries(struct sql_parser *p, struct sql_body *body)
{
	size_t i;
	int rc = check_kept(p, body);

	if (rc)
		return rc;
	if (body->n == 0 ||
	    body->statements[body->n - 1].kind != STATEMENT_QUERY)
		return sql_refuse(p,
		    body->n ? body->statements[body->n - 1].from : 0,
		    "no query: the last statement of a node is the SELECT "
		    "whose rows are its table");
	for (i = 0; i + 1 < body->n; i++)
		if (body->statements[i].kind == STATEMENT_QUERY)
			return sql_refuse(p, body->statements[i].from,
			    "the rows of this query go nowhere, since it is "
			    "not the last statement: write CREATE TEMP TABLE "
			    "name AS before it, or take it out");
	return 0;
}

int sql_split(const struct sql_dialect *dialect, struct arena *a,
    struct bytes text, struct sql_body *out, size_t *at, struct error *err)
{
	struct sql_parser p = { .dialect = dialect,
		.arena = a,
		.text = text,
		.at = at,
		.err = err };
	int rc;

	*at = 0;
	*out = (struct sql_body){ 0 };
	sql_step(&p);
	for (;;) {
		while (sql_is_char(text, p.t, ';'))
			sql_step(&p);
		if (p.t.kind == SQL_END)
			return check_queries(&p, out);
		if ((rc = parse_statement(&p, out)))
			return rc;
	}
}
