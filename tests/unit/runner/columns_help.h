#ifndef SLUICE_TESTS_COLUMNS_HELP_H
#define SLUICE_TESTS_COLUMNS_HELP_H
/*
 * columns_help -- random schemas and rows (sql_random.h) as requests of an
 * engine (sqlite_help.h), what it says is read, and edits.
 *
 * Use        struct reads reads; find_reads("sqlite", &r, sql, &reads);
 *            run("sqlite", &r, sql, NULL, &out); edit(&r);
 */
#include <stdlib.h>

#include "cache/base/mem.h"
#include "tests/unit/runner/sql_random.h"
#include "tests/unit/runner/sqlite_help.h"

static inline const char *type_of(char type)
{
	return type == 'i' ? "integer" : type == 'r' ? "real" : "text";
}

static inline void add_csv(const struct random_table *t, struct buf *out)
{
	char text[32];
	int i, row;

	for (row = 0; row < t->n_rows; row++)
		for (i = 0; i < t->n_columns; i++) {
			random_text(t->columns[i].type,
			    t->columns[i].values[row], text);
			buf_printf(out, "%s%s", i ? "," : "", text);
			if (i + 1 == t->n_columns)
				buf_add_char(out, '\n');
		}
}

static inline json_t *parts_of(const struct random_table *t, struct call *c)
{
	CLEANUP(buf_clear) struct buf csv = { 0 };

	add_csv(t, &csv);
	if (csv.n == 0)
		return json_array();
	c->parts[c->n_parts++] = call_file(buf_bytes(&csv));
	return json_pack("[{s:i,s:i}]", "bytes", (int)csv.n, "rows", t->n_rows);
}

/* Schema, and rows where wanted, as a request. */
static inline struct call request_of(const char *engine,
    const struct sql_random *r, bool with_rows)
{
	struct call c = call_open();
	int i, j;

	json_object_set_new(c.request, "engine", json_string(engine));
	for (i = 0; i < r->n_tables; i++) {
		const struct random_table *t = &r->tables[i];
		json_t *columns = json_array();
		char name[2] = { (char)('p' + i), '\0' };

		for (j = 0; j < t->n_columns; j++)
			json_array_append_new(columns,
			    json_pack("{s:s,s:s}", "name", t->columns[j].name,
			        "type", type_of(t->columns[j].type)));
		json_array_append_new(c.inputs,
		    json_pack("{s:s,s:o,s:i,s:o}", "name", name, "columns",
		        columns, "rows", t->n_rows, "parts",
		        with_rows ? parts_of(t, &c) : json_array()));
	}
	return c;
}

/* What is read, a place per column. */
struct reads {
	bool is_read[RANDOM_TABLES][RANDOM_COLUMNS];
};

static inline bool find_reads(const char *engine, const struct sql_random *r,
    const char *sql, struct reads *out)
{
	struct call c = request_of(engine, r, false);
	bool ok;
	int i;

	*out = (struct reads){ 0 };
	assert_int_equal(call_sql(&c, "columns", sql), 0);
	ok = strcmp(call_str(&c, "status"), "ok") == 0;
	for (i = 0; ok && i < r->n_tables; i++) {
		char name[2] = { (char)('p' + i), '\0' };
		const json_t *read =
		    json_object_get(json_object_get(c.reply, "read"), name);
		size_t k;

		assert_true(json_is_array(read));
		for (k = 0; k < json_array_size(read); k++)
			out->is_read[i][random_find(&r->tables[i],
			    json_string_value(json_array_get(read, k)))] = true;
	}
	call_close(&c);
	return ok;
}

/* Whether a key made of what is read would be the same. */
static inline bool same_key(const struct sql_random *a,
    const struct reads *of_a, const struct sql_random *b,
    const struct reads *of_b)
{
	int t, i, k;

	for (t = 0; t < a->n_tables; t++) {
		const struct random_table *x = &a->tables[t];
		const struct random_table *y = &b->tables[t];

		if (x->n_rows != y->n_rows)
			return false;
		/* columns are only added behind */
		for (i = 0; i < y->n_columns; i++) {
			bool in_a = i < x->n_columns && of_a->is_read[t][i];

			if (in_a != of_b->is_read[t][i])
				return false;
			for (k = 0; in_a && k < x->n_rows; k++)
				if (x->columns[i].values[k] !=
				    y->columns[i].values[k])
					return false;
		}
	}
	return true;
}

/* "read" of each input: the key's columns. */
static inline void limit_to(struct call *c, const struct sql_random *r,
    const struct reads *only)
{
	int i, j;

	for (i = 0; i < r->n_tables; i++) {
		const struct random_table *t = &r->tables[i];
		json_t *names = json_array();

		for (j = 0; j < t->n_columns; j++)
			if (only->is_read[i][j])
				json_array_append_new(names,
				    json_string(t->columns[j].name));
		json_object_set_new(json_array_get(c->inputs, (size_t)i),
		    "read", names);
	}
	json_object_set_new(c->request, "checked", json_true());
}

/* The engine's whole answer; whether its status is "ok". */
static inline bool run(const char *engine, const struct sql_random *r,
    const char *sql, const struct reads *only, struct buf *out)
{
	struct call c = request_of(engine, r, true);
	bool is_ok;

	buf_reset(out);
	if (only != NULL)
		limit_to(&c, r, only);
	assert_int_equal(call_sql(&c, "run", sql), 0);
	json_object_del(c.reply, "memory_bytes");
	assert_int_equal(json_print(c.reply, out, NULL), 0);
	buf_add_str(out, c.output.p);
	is_ok = strcmp(call_str(&c, "status"), "ok") == 0;
	call_close(&c);
	return is_ok;
}

static inline void complain(const struct sql_random *r, const char *sql,
    const char *before, const char *after)
{
	int t, i;

	for (t = 0; t < r->n_tables; t++) {
		print_message("%c(", 'p' + t);
		for (i = 0; i < r->tables[t].n_columns; i++)
			print_message("%s ", r->tables[t].columns[i].name);
		print_message(") %d rows\n", r->tables[t].n_rows);
	}
	print_message("%s\n--- gives\n%s\n--- and then\n%s\n", sql, before,
	    after);
	fail_msg("a column that was not said to be read matters");
}

static inline void edit(struct sql_random *r)
{
	int t = random_below(r, r->n_tables);
	struct random_table *table = &r->tables[t];

	if (random_below(r, 4) == 0)
		random_add_column(r, t);
	else
		random_values(r,
		    &table->columns[random_below(r, table->n_columns)]);
}

#endif
