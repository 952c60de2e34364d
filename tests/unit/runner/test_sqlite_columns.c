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

#include "tests/unit/runner/columns_help.h"

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

struct tally {
	long queries, invalid, edits, same_rows, same_keys, empty;
};

static void try_edits(const struct sql_random *r, const char *sql,
    const struct reads *reads, struct tally *tally)
{
	static struct sql_random edited;
	CLEANUP(buf_clear) struct buf before = { 0 };
	CLEANUP(buf_clear) struct buf after = { 0 };
	struct reads then;
	uint64_t state = r->state;
	int i;

	run("sqlite", r, sql, NULL, &before);
	for (i = 0; i < 4; i++) {
		bool is_same_key, is_same;

		edited = *r;
		edited.state = state;
		edit(&edited);
		state = edited.state;
		is_same_key = find_reads("sqlite", &edited, sql, &then) &&
		    same_key(r, reads, &edited, &then);
		run("sqlite", &edited, sql, NULL, &after);
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
	if (!find_reads("sqlite", r, sql.p, &reads)) {
		tally->invalid++;
		return;
	}
	tally->queries++;
	execute(r, sql.p, NULL, &full);
	execute(r, sql.p, &reads, &some);
	tally->empty += full.n == 0;
	if (strcmp(full.p, some.p) != 0 && strstr(sql.p, "INDEX") == NULL)
		complain(r, sql.p, full.p, some.p);
	/* that the columns are known already changes nothing */
	run("sqlite", r, sql.p, NULL, &full);
	run("sqlite", r, sql.p, &reads, &some);
	assert_string_equal(some.p, full.p);
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
