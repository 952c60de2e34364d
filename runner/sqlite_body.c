/* sqlite_body: see sqlite_body.h. */
#include "runner/sqlite_body.h"

#include <strings.h>

static bool is_query(const struct sql_parser *p)
{
	return sql_is(p->text, p->t, "SELECT") ||
	    sql_is(p->text, p->t, "WITH") || sql_is(p->text, p->t, "VALUES");
}

/* [schema .] name; whether the schema was "main" goes to *is_main. */
static int take_name(struct sql_parser *p, const char **out, bool *is_main)
{
	char *name = sql_text(p->arena, p->text, p->t);

	if (name == NULL)
		return error_memory(p->err);
	if (p->t.kind == SQL_OTHER || p->t.kind == SQL_END)
		return sql_refuse(p, p->t.at, "a name is missing here");
	sql_step(p);
	if (sql_is_char(p->text, p->t, '.')) {
		*is_main = strcasecmp(name, "main") == 0;
		sql_step(p);
		return take_name(p, out, &(bool){ false });
	}
	*out = name;
	return 0;
}

static void take_if_not_exists(struct sql_parser *p)
{
	if (sql_take(p, "IF") && sql_take(p, "NOT"))
		sql_take(p, "EXISTS");
}

/* The list of a view's column names. */
static void skip_parentheses(struct sql_parser *p)
{
	while (p->t.kind != SQL_END && !sql_is_char(p->text, p->t, ')') &&
	    !sql_is_char(p->text, p->t, ';'))
		sql_step(p);
	if (sql_is_char(p->text, p->t, ')'))
		sql_step(p);
}

static int parse_index(struct sql_parser *p, struct sql_statement *s)
{
	int rc;

	s->kind = STATEMENT_INDEX;
	s->query = s->from;
	take_if_not_exists(p);
	if ((rc = take_name(p, &s->name, &s->is_main)))
		return rc;
	if (!sql_take(p, "ON"))
		return sql_refuse(p, p->t.at,
		    "write CREATE INDEX name ON table(column, ...)");
	return take_name(p, &s->on, &(bool){ false });
}

static int parse_create(struct sql_parser *p, struct sql_statement *s)
{
	size_t at = p->t.at;
	bool is_temp, is_table;
	int rc;

	sql_take(p, "CREATE");
	if (sql_take(p, "UNIQUE") || sql_is(p->text, p->t, "INDEX"))
		return sql_take(p, "INDEX")
		    ? parse_index(p, s)
		    : sql_refuse(p, at, "write CREATE INDEX");
	is_temp = sql_take(p, "TEMP") || sql_take(p, "TEMPORARY");
	is_table = sql_take(p, "TABLE");
	if (!is_table && !sql_take(p, "VIEW"))
		return sql_refuse(p, at,
		    "refused: before its query a node may "
		    "make TEMP tables, TEMP views and "
		    "indexes, and nothing else");
	s->kind = is_table ? STATEMENT_TABLE : STATEMENT_VIEW;
	s->is_kept = !is_temp;
	take_if_not_exists(p);
	if (s->is_kept && (rc = sql_note_made(p, s)))
		return rc;
	if ((rc = take_name(p, &s->name, &(bool){ false })))
		return rc;
	if (!is_table && sql_is_char(p->text, p->t, '('))
		skip_parentheses(p);
	if (!sql_take(p, "AS") || !is_query(p))
		return sql_refuse_no_query(p, p->t.at, is_table);
	s->query = p->t.at;
	return 0;
}

static int refuse_other(struct sql_parser *p)
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

const struct sql_dialect sqlite_dialect = { sql_next, is_query, parse_create,
	refuse_other };

int sqlite_body_parse(struct arena *a, struct bytes text, struct sql_body *out,
    size_t *at, struct error *err)
{
	return sql_split(&sqlite_dialect, a, text, out, at, err);
}

bool sqlite_body_indexes(const struct sql_body *body, const char *table)
{
	size_t i;

	for (i = 0; i < body->n; i++)
		if (body->statements[i].kind == STATEMENT_INDEX &&
		    strcasecmp(body->statements[i].on, table) == 0)
			return true;
	return false;
}
