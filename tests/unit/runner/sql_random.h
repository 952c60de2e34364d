#ifndef SLUICE_TESTS_SQL_RANDOM_H
#define SLUICE_TESTS_SQL_RANDOM_H
/*
 * sql_random -- random schemas, rows and SQL bodies, from a seed.
 *
 * Use        struct sql_random r = { .state = seed }; random_schema(&r);
 *            random_body(&r, &body);
 * Shape      Tables share column names, so that NATURAL and USING join on
 *            something; values are of a small domain, so that joins match.
 *            Most bodies are valid SQL; who uses them skips the others.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/buf.h"

enum {
	RANDOM_TABLES = 3,
	RANDOM_COLUMNS = 104,
	RANDOM_ROWS = 6,
	RANDOM_SOURCES = 16,
	RANDOM_SCOPE = 4, /* tables of one FROM */
	RANDOM_NAME = 24,
};

struct random_column {
	char name[RANDOM_NAME];
	char type; /* 'i', 'r', 't' */
	int values[RANDOM_ROWS]; /* -1: NULL; else a small number */
};

struct random_table {
	struct random_column columns[RANDOM_COLUMNS];
	int n_columns, n_rows;
};

/* What a FROM may name (a table, a view, a CTE, a temporary table), and in a
 * scope what it has named, by its alias. */
struct random_source {
	char name[RANDOM_NAME];
	char columns[RANDOM_COLUMNS][RANDOM_NAME];
	int n;
};

struct random_scope {
	const struct random_scope *outer;
	struct random_source sources[RANDOM_SCOPE];
	int n;
};

struct sql_random {
	uint64_t state;
	struct random_table tables[RANDOM_TABLES]; /* named p, q, r */
	int n_tables;
	struct random_source known[RANDOM_SOURCES];
	int n_known;
	int depth, alias;
	struct buf *out;
};

/* xorshift64*; a number below n. */
static int random_below(struct sql_random *r, int n)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (int)((r->state * UINT64_C(2685821657736338717) >> 33) %
	    (uint64_t)n);
}

static void random_values(struct sql_random *r, struct random_column *c)
{
	int i;

	for (i = 0; i < RANDOM_ROWS; i++)
		c->values[i] = random_below(r, 5) - 1;
}

/* The text of a value; "" of NULL. */
static void random_text(char type, int value, char out[32])
{
	out[0] = '\0';
	if (value >= 0 && type == 'i')
		snprintf(out, 32, "%d", value);
	if (value >= 0 && type == 'r')
		snprintf(out, 32, "%d.5", value);
	if (value >= 0 && type == 't')
		snprintf(out, 32, "%c", "0ab2"[value]);
}

static int random_find(const struct random_table *t, const char *name)
{
	int i;

	for (i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			break;
	return i;
}

/* A name of the pool that all tables share, or of one's own; some need
 * quotes. */
static void random_name(struct sql_random *r, int table, char *out)
{
	if (random_below(r, 100) == 0)
		snprintf(out, RANDOM_NAME, "odd \"%d", random_below(r, 2));
	else if (random_below(r, 3) == 0)
		snprintf(out, RANDOM_NAME, "k%d", random_below(r, 6));
	else
		snprintf(out, RANDOM_NAME, "%c_%d", 'a' + table,
		    random_below(r, 200));
}

static void random_add_column(struct sql_random *r, int table)
{
	struct random_table *t = &r->tables[table];
	struct random_column *c = &t->columns[t->n_columns];

	if (t->n_columns == RANDOM_COLUMNS)
		return;
	do
		random_name(r, table, c->name);
	while (random_find(t, c->name) < t->n_columns);
	c->type = "iirt"[random_below(r, 4)];
	random_values(r, c);
	t->n_columns++;
}

static void random_schema(struct sql_random *r)
{
	int i, n;

	r->n_tables = 1 + random_below(r, RANDOM_TABLES);
	for (i = 0; i < r->n_tables; i++) {
		r->tables[i].n_columns = 0;
		r->tables[i].n_rows = random_below(r, 8)
		    ? 2 + random_below(r, RANDOM_ROWS - 1)
		    : 0;
		n = random_below(r, 5) ? 1 + random_below(r, 6)
		                       : 60 + random_below(r, 40);
		while (r->tables[i].n_columns < n)
			random_add_column(r, i);
	}
}

/* ---- SQL ---- */

static void say(struct sql_random *r, const char *text)
{
	buf_add_str(r->out, text);
}

static void say_name(struct sql_random *r, const char *name)
{
	bool bare = strchr(name, ' ') == NULL && random_below(r, 2);
	const char *p;

	if (bare) {
		say(r, name);
		return;
	}
	buf_add_char(r->out, '"');
	for (p = name; *p; p++) {
		if (*p == '"')
			buf_add_char(r->out, '"');
		buf_add_char(r->out, *p);
	}
	buf_add_char(r->out, '"');
}

static void say_query(struct sql_random *r, const struct random_scope *outer,
    int columns);
static void say_expr(struct sql_random *r, const struct random_scope *scope,
    bool in_group);

static void say_column(struct sql_random *r, const struct random_scope *scope)
{
	const struct random_source *s;

	while (scope->outer != NULL && (scope->n == 0 || !random_below(r, 5)))
		scope = scope->outer;
	if (scope->n == 0) {
		say(r, "7");
		return;
	}
	s = &scope->sources[random_below(r, scope->n)];
	if (s->n == 0) {
		say(r, "8");
		return;
	}
	if (random_below(r, 12)) {
		say_name(r, s->name);
		say(r, ".");
	} /* else perhaps ambiguous */
	say_name(r, s->columns[random_below(r, s->n)]);
}

static void say_subquery(struct sql_random *r, const struct random_scope *scope)
{
	switch (random_below(r, 4)) {
	case 0:
		say(r, "EXISTS (");
		say_query(r, scope, 1);
		say(r, ")");
		return;
	case 1:
		say_column(r, scope);
		say(r, random_below(r, 2) ? " IN (" : " NOT IN (");
		say_query(r, scope, 1);
		say(r, ")");
		return;
	default:
		say(r, "(");
		say_query(r, scope, 1);
		say(r, ")");
	}
}

static void say_window(struct sql_random *r, const struct random_scope *scope)
{
	static const char *const functions[] = { "row_number() OVER (",
		"count(*) OVER (", "first_value(", "lag(", "sum(", "max(" };
	int f = random_below(r, 6);

	say(r, functions[f]);
	if (f > 1) {
		say_column(r, scope);
		say(r, ") OVER (");
	}
	if (random_below(r, 2)) {
		say(r, "PARTITION BY ");
		say_column(r, scope);
	}
	if (random_below(r, 3)) {
		say(r, " ORDER BY ");
		say_column(r, scope);
	}
	say(r, ")");
}

static void say_pair(struct sql_random *r, const struct random_scope *scope,
    bool in_group)
{
	static const char *const operators[] = { " + ", " = ", " < ", " || ",
		" AND ", " OR ", " IS NOT ", " <> ", " - " };

	say(r, "(");
	say_expr(r, scope, in_group);
	say(r, operators[random_below(r, 9)]);
	say_expr(r, scope, in_group);
	say(r, ")");
}

static void say_call(struct sql_random *r, const struct random_scope *scope,
    bool in_group)
{
	switch (random_below(r, 4)) {
	case 0:
		say(r, "CASE WHEN ");
		say_expr(r, scope, in_group);
		say(r, " THEN ");
		say_expr(r, scope, in_group);
		say(r, " ELSE 3 END");
		return;
	case 1:
		say(r, "coalesce(");
		break;
	case 2:
		say(r, "max(");
		break;
	default:
		say(r, "nullif(");
	}
	say_expr(r, scope, in_group);
	say(r, ", ");
	say_expr(r, scope, in_group);
	say(r, ")");
}

static void say_aggregate(struct sql_random *r,
    const struct random_scope *scope)
{
	static const char *const functions[] = { "count(", "sum(", "min(",
		"max(", "total(", "group_concat(", "count(DISTINCT " };

	if (random_below(r, 4) == 0) {
		say(r, "count(*)");
		return;
	}
	say(r, functions[random_below(r, 7)]);
	say_column(r, scope);
	say(r, ")");
	if (random_below(r, 8) == 0) {
		say(r, " FILTER (WHERE ");
		say_column(r, scope);
		say(r, " > 0)");
	}
}

static void say_expr(struct sql_random *r, const struct random_scope *scope,
    bool in_group)
{
	int what = random_below(r, 16);

	if (r->depth > 3 || what < 6) {
		say_column(r, scope);
		return;
	}
	r->depth++;
	if (what < 7)
		say(r, random_below(r, 2) ? "1" : "'a'");
	else if (what < 9)
		say_pair(r, scope, in_group);
	else if (what < 11)
		say_call(r, scope, in_group);
	else if (what < 12)
		say_subquery(r, scope);
	else if (in_group)
		say_aggregate(r, scope);
	else
		say_column(r, scope);
	r->depth--;
}

/* A source with a new alias, its columns in *out. */
static void say_source(struct sql_random *r, const struct random_scope *outer,
    struct random_source *out)
{
	int columns = 1 + random_below(r, 3), i;

	if (r->depth < 3 && random_below(r, 6) == 0) {
		r->depth++;
		say(r, "(");
		say_query(r, random_below(r, 2) ? NULL : outer, columns);
		say(r, ")");
		r->depth--;
		out->n = columns;
		for (i = 0; i < columns; i++)
			snprintf(out->columns[i], RANDOM_NAME, "o%d", i);
	} else {
		*out = r->known[random_below(r, r->n_known)];
		say_name(r, out->name);
	}
	snprintf(out->name, RANDOM_NAME, "s%d", r->alias++);
	say(r, " AS ");
	say(r, out->name);
}

/* A column that both sides have, or NULL. */
static const char *common(struct sql_random *r,
    const struct random_scope *scope)
{
	const struct random_source *last = &scope->sources[scope->n - 1];
	int i = random_below(r, last->n + 1), tries, j, k;

	for (tries = 0; tries < last->n; tries++, i++)
		for (j = 0; j < scope->n - 1; j++)
			for (k = 0; k < scope->sources[j].n; k++)
				if (strcmp(scope->sources[j].columns[k],
				        last->columns[i % last->n]) == 0)
					return last->columns[i % last->n];
	return NULL;
}

static void say_from(struct sql_random *r, const struct random_scope *outer,
    struct random_scope *scope)
{
	static const char *const joins[] = { ", ", " JOIN ", " LEFT JOIN ",
		" RIGHT JOIN ", " FULL JOIN ", " NATURAL JOIN ",
		" NATURAL LEFT JOIN ", " CROSS JOIN ", " NATURAL FULL JOIN " };
	int i, n = 1 + random_below(r, r->depth > 1 ? 2 : 3);

	scope->outer = outer;
	scope->n = 0;
	say(r, " FROM ");
	for (i = 0; i < n; i++) {
		int join = random_below(r, 9);
		const char *with;

		if (i > 0)
			say(r, joins[join]);
		say_source(r, outer, &scope->sources[i]);
		scope->n++;
		if (i == 0 || strstr(joins[join], "NATURAL") != NULL)
			continue;
		with = common(r, scope);
		if (with != NULL && join > 0 && random_below(r, 2)) {
			say(r, " USING (");
			say_name(r, with);
			say(r, ")");
		} else if (join > 0) {
			say(r, " ON ");
			say_column(r, scope);
			say(r, " = ");
			say_column(r, scope);
		}
	}
}

/* The select list is written before FROM, but needs its columns: it is put
 * together behind and moved. */
static void say_list(struct sql_random *r, const struct random_scope *scope,
    int columns, bool in_group)
{
	int i;

	for (i = 0; i < columns; i++) {
		if (i > 0)
			say(r, ", ");
		if (!in_group && random_below(r, 8) == 0)
			say_window(r, scope);
		else if (in_group && random_below(r, 2))
			say_aggregate(r, scope);
		else
			say_expr(r, scope, in_group);
		buf_printf(r->out, " AS o%d", i);
	}
}

static void say_tail(struct sql_random *r, const struct random_scope *scope,
    bool in_group)
{
	if (random_below(r, 3) == 0) {
		say(r, " WHERE ");
		say_expr(r, scope, false);
	}
	if (in_group && random_below(r, 4)) {
		say(r, " GROUP BY ");
		say_column(r, scope);
		if (random_below(r, 3) == 0) {
			say(r, " HAVING ");
			say_aggregate(r, scope);
			say(r, " > 1");
		}
	}
}

/* SELECT of so many columns; 0: a star. */
static void say_select(struct sql_random *r, const struct random_scope *outer,
    int columns)
{
	CLEANUP(buf_clear) struct buf from = { 0 };
	struct random_scope scope;
	struct buf *out = r->out;
	bool in_group = columns > 0 && random_below(r, 3) == 0;

	r->out = &from;
	say_from(r, outer, &scope);
	say_tail(r, &scope, in_group);
	r->out = out;
	say(r, random_below(r, 8) ? "SELECT " : "SELECT DISTINCT ");
	if (columns > 0)
		say_list(r, &scope, columns, in_group);
	else if (random_below(r, 2))
		say(r, "*");
	else
		buf_printf(r->out, "%s.*",
		    scope.sources[random_below(r, scope.n)].name);
	buf_add(r->out, buf_bytes(&from).p, from.n);
}

static void say_query(struct sql_random *r, const struct random_scope *outer,
    int columns)
{
	static const char *const compounds[] = { " UNION ALL ", " UNION ",
		" EXCEPT ", " INTERSECT " };

	r->depth++;
	say_select(r, outer, columns);
	if (columns > 0 && random_below(r, 8) == 0) {
		say(r, compounds[random_below(r, 4)]);
		say_select(r, outer, columns);
	}
	if (columns > 0 && random_below(r, 6) == 0)
		buf_printf(r->out, " ORDER BY %d",
		    1 + random_below(r, columns));
	if (random_below(r, 8) == 0)
		buf_printf(r->out, " LIMIT %d", random_below(r, 4));
	r->depth--;
}

static void know(struct sql_random *r, const char *name, int columns)
{
	struct random_source *s = &r->known[r->n_known];
	int i;

	if (r->n_known == RANDOM_SOURCES)
		return;
	snprintf(s->name, RANDOM_NAME, "%s", name);
	s->n = columns;
	for (i = 0; i < columns; i++)
		snprintf(s->columns[i], RANDOM_NAME, "o%d", i);
	r->n_known++;
}

static void say_cte(struct sql_random *r, int n)
{
	char name[RANDOM_NAME];
	int columns = 1 + random_below(r, 3);

	snprintf(name, sizeof(name), "cte%d", n);
	if (random_below(r, 3) == 0) {
		buf_printf(r->out, "%s(o0, o1) AS (SELECT o0, 0 FROM (", name);
		say_query(r, NULL, 1);
		buf_printf(r->out,
		    ") UNION ALL SELECT %s.o0, o1 + 1 FROM %s"
		    " WHERE o1 < 2)",
		    name, name);
		columns = 2;
	} else {
		buf_printf(r->out, "%s AS (", name);
		say_query(r, NULL, columns);
		say(r, ")");
	}
	know(r, name, columns);
}

static void say_temporary(struct sql_random *r, int n)
{
	char name[RANDOM_NAME];
	int columns = 1 + random_below(r, 4);
	bool is_view = random_below(r, 2);

	snprintf(name, sizeof(name), "%s%d", is_view ? "view" : "temp", n);
	buf_printf(r->out, "CREATE TEMP %s %s AS ", is_view ? "VIEW" : "TABLE",
	    name);
	say_query(r, NULL, columns);
	say(r, ";\n");
	know(r, name, columns);
}

static void know_tables(struct sql_random *r)
{
	int i, j;

	r->n_known = 0;
	for (i = 0; i < r->n_tables; i++) {
		struct random_source *s = &r->known[r->n_known++];

		snprintf(s->name, RANDOM_NAME, "%c", 'p' + i);
		s->n = r->tables[i].n_columns;
		for (j = 0; j < s->n; j++)
			memcpy(s->columns[j], r->tables[i].columns[j].name,
			    RANDOM_NAME);
	}
}

static void say_index(struct sql_random *r)
{
	int t = random_below(r, r->n_tables);

	buf_printf(r->out, "CREATE %sINDEX ix ON %c(",
	    random_below(r, 2) ? "UNIQUE " : "", 'p' + t);
	say_name(r, r->known[t].columns[random_below(r, r->known[t].n)]);
	say(r, ");\n");
}

static void random_body(struct sql_random *r, struct buf *out)
{
	int i, n;

	r->out = out;
	r->depth = r->alias = 0;
	know_tables(r);
	if (random_below(r, 10) == 0)
		say_index(r);
	for (i = 0, n = random_below(r, 6) - 3; i < n; i++)
		say_temporary(r, i);
	for (i = 0, n = random_below(r, 6) - 3; i < n; i++) {
		say(r, i ? ", " : "WITH RECURSIVE ");
		say_cte(r, i);
	}
	say(r, " ");
	say_query(r, NULL, random_below(r, 8) ? 1 + random_below(r, 4) : 0);
	r->out = NULL;
}

#endif
