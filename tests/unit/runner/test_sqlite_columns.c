/* sqlite_columns: what a query is said to read, against what it does read.
 *
 * The claim that keys rest on: columns that are not said to be read do not
 * matter. It is tried with random schemas and queries, in two ways. Plain
 * SQLite, which knows nothing of our engine, gives the same rows on the full
 * tables and on tables that lack all other columns. And after an edit (values
 * of a column, a column more) that leaves what is said to be read as it was,
 * the engine's output is the same bytes.
 *
 * With an index (the user's, or an automatic one) the order of rows may depend
 * on columns that nothing reads: whether it is covering depends on the width
 * of the table, and an automatic index of a table of more than 63 columns
 * holds all of the later ones. So plain SQLite is compared without indexes.
 * The engine's tables have the columns that are read and no others. */
#include <sqlite3.h>
#include <stdlib.h>

#include "cache/base/mem.h"
#include "tests/unit/runner/sql_random.h"
#include "tests/unit/runner/sqlite_help.h"

static const char *type_of(char type)
{
	return type == 'i' ? "integer" : type == 'r' ? "real" : "text";
}

static void add_csv(const struct random_table *t, struct buf *out)
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

static json_t *parts_of(const struct random_table *t, struct call *c)
{
	CLEANUP(buf_clear) struct buf csv = { 0 };

	add_csv(t, &csv);
	if (csv.n == 0)
		return json_array();
	c->parts[c->n_parts++] = call_file(buf_bytes(&csv));
	return json_pack("[{s:i,s:i}]", "bytes", (int)csv.n, "rows", t->n_rows);
}

/* Schema, and rows where wanted, as a request. */
static struct call request_of(const struct sql_random *r, bool with_rows)
{
	struct call c = call_open();
	int i, j;

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

static bool find_reads(const struct sql_random *r, const char *sql,
    struct reads *out)
{
	struct call c = request_of(r, false);
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

static bool is_kept(const struct random_table *t, const bool *only, int column)
{
	int i, n = 0;

	for (i = 0; only != NULL && i < t->n_columns; i++)
		n += only[i];
	return only == NULL || only[column] || (n == 0 && column == 0);
}

static void add_literal(const struct random_column *c, int row, struct buf *sql)
{
	char text[32];

	random_text(c->type, c->values[row], text);
	if (text[0] == '\0')
		buf_add_str(sql, "NULL,");
	else
		buf_printf(sql, "'%s',", text); /* affinity makes the number */
}

/* The table, or of its columns only those. */
static void create(sqlite3 *db, const struct random_table *t, char name,
    const bool *only)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	int i, row;

	buf_printf(&sql, "CREATE TABLE %c(", name);
	for (i = 0; i < t->n_columns; i++) {
		char *quoted = sqlite3_mprintf("\"%w\"", t->columns[i].name);

		if (is_kept(t, only, i))
			buf_printf(&sql, "%s %s,", quoted,
			    type_of(t->columns[i].type));
		sqlite3_free(quoted);
	}
	sql.p[sql.n - 1] = ')';
	for (row = 0; row < t->n_rows; row++) {
		buf_printf(&sql, ";INSERT INTO %c VALUES(", name);
		for (i = 0; i < t->n_columns; i++)
			if (is_kept(t, only, i))
				add_literal(&t->columns[i], row, &sql);
		sql.p[sql.n - 1] = ')';
	}
	assert_int_equal(sqlite3_exec(db, sql.p, NULL, NULL, NULL), SQLITE_OK);
}

static int add_row(void *payload, int n, char **values, char **names)
{
	struct buf *out = payload;
	int i;

	(void)names;
	for (i = 0; i < n; i++)
		buf_printf(out, "%s|", values[i] ? values[i] : "NULL");
	buf_add_char(out, '\n');
	return out->n > 1000000; /* enough */
}

/* The rows, or the error, of plain SQLite. */
static void execute(const struct sql_random *r, const char *sql,
    const struct reads *only, struct buf *out)
{
	sqlite3 *db = NULL;
	int i;

	buf_reset(out);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA automatic_index=0; BEGIN",
	                     NULL, NULL, NULL),
	    0);
	for (i = 0; i < r->n_tables; i++)
		create(db, &r->tables[i], (char)('p' + i),
		    only ? only->is_read[i] : NULL);
	if (sqlite3_exec(db, sql, add_row, out, NULL))
		buf_printf(out, "error: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	buf_add(out, "", 0);
}

/* Whether a key made of what is read would be the same. */
static bool same_key(const struct sql_random *a, const struct reads *of_a,
    const struct sql_random *b, const struct reads *of_b)
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

/* The engine's whole answer. */
static void run(const struct sql_random *r, const char *sql, struct buf *out)
{
	struct call c = request_of(r, true);
	char *reply;

	buf_reset(out);
	assert_int_equal(call_sql(&c, "run", sql), 0);
	json_object_del(c.reply, "memory_bytes");
	reply = json_dumps(c.reply, JSON_SORT_KEYS);
	buf_printf(out, "%s\n%s", reply, c.output.p);
	free(reply);
	call_close(&c);
}

struct tally {
	long queries, invalid, edits, same_rows, same_keys, empty;
};

static void complain(const struct sql_random *r, const char *sql,
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

static void edit(struct sql_random *r)
{
	int t = random_below(r, r->n_tables);
	struct random_table *table = &r->tables[t];

	if (random_below(r, 4) == 0)
		random_add_column(r, t);
	else
		random_values(r,
		    &table->columns[random_below(r, table->n_columns)]);
}

static void try_edits(const struct sql_random *r, const char *sql,
    const struct reads *reads, struct tally *tally)
{
	static struct sql_random edited;
	CLEANUP(buf_clear) struct buf before = { 0 };
	CLEANUP(buf_clear) struct buf after = { 0 };
	struct reads then;
	uint64_t state = r->state;
	int i;

	run(r, sql, &before);
	for (i = 0; i < 4; i++) {
		bool is_same_key, is_same;

		edited = *r;
		edited.state = state;
		edit(&edited);
		state = edited.state;
		is_same_key = find_reads(&edited, sql, &then) &&
		    same_key(r, reads, &edited, &then);
		run(&edited, sql, &after);
		is_same = strcmp(before.p, after.p) == 0;
		if (is_same_key && !is_same)
			complain(&edited, sql, before.p, after.p);
		tally->edits++;
		tally->same_rows += is_same;
		tally->same_keys += is_same_key;
	}
}

static void try_query(struct sql_random *r, struct tally *tally)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	CLEANUP(buf_clear) struct buf full = { 0 };
	CLEANUP(buf_clear) struct buf some = { 0 };
	struct reads reads;

	random_schema(r);
	random_body(r, &sql);
	if (!find_reads(r, sql.p, &reads)) {
		tally->invalid++;
		return;
	}
	tally->queries++;
	execute(r, sql.p, NULL, &full);
	execute(r, sql.p, &reads, &some);
	tally->empty += full.n == 0;
	if (strcmp(full.p, some.p) != 0 && strstr(sql.p, "INDEX") == NULL)
		complain(r, sql.p, full.p, some.p);
	try_edits(r, sql.p, &reads, tally);
}

/* SEED and QUERIES may be set to try others, and more. */
static void test_reads_are_sound(void **state)
{
	static struct sql_random r;
	const char *seed = getenv("SEED"), *most = getenv("QUERIES");
	long n = most ? strtol(most, NULL, 10) : 800;
	struct tally tally = { 0 };

	(void)state;
	r.state = seed ? strtoull(seed, NULL, 10) : 20261121;
	print_message("seed %llu\n", (unsigned long long)r.state);
	while (tally.queries < n)
		try_query(&r, &tally);
	print_message("%ld queries (%ld more were invalid, %ld gave no row), "
	              "%ld edits: rows the same after %ld, key the same after "
	              "%ld (%.1f %%)\n",
	    tally.queries, tally.invalid, tally.empty, tally.edits,
	    tally.same_rows, tally.same_keys,
	    100.0 * (double)tally.same_keys / (double)tally.same_rows);
	/* a generator that makes nonsense would prove nothing */
	assert_true(tally.invalid < tally.queries);
	assert_true(tally.same_keys > tally.edits / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
