/* duckdb_columns: what a query is said to read, against what it does read.
 *
 * The claim that keys rest on: columns that are not said to be read do not
 * matter. It is tried with random schemas and queries, in two ways. The query
 * gives the same rows on whole tables and on tables of the columns that are
 * said to be read. And after an edit (values of a column, a column more) that
 * leaves those as they were, it gives the same rows on whole tables. (On whole
 * tables the engine knows nothing of what is read.) */
#include "tests/unit/runner/columns_help.h"
#include "tests/unit/runner/duckdb_help.h"

struct tally {
	long queries, invalid, whole, edits, same_rows, same_keys;
};

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows in an order of their own: that of a table is computed anyway. */
static void sort_lines(struct buf *b)
{
	char *lines[4096], *copy = strdup(b->p), *line = copy;
	size_t n = 0, i;

	for (; line != NULL && n < 4096; n++) {
		lines[n] = line;
		line = strchr(line, '\n');
		if (line != NULL)
			*line++ = '\0';
	}
	qsort(lines, n, sizeof(*lines), compare_lines);
	buf_reset(b);
	for (i = 0; i < n; i++)
		buf_printf(b, "%s\n", lines[i]);
	free(copy);
}

static bool answer(const struct sql_random *r, const char *sql,
    const struct reads *only, struct buf *out)
{
	bool is_ok = run("duckdb", r, sql, only, out);

	sort_lines(out);
	return is_ok;
}

static bool is_whole(const struct sql_random *r, const struct reads *reads)
{
	int t, i;

	for (t = 0; t < r->n_tables; t++)
		for (i = 0; i < r->tables[t].n_columns; i++)
			if (!reads->is_read[t][i])
				return false;
	return true;
}

static void try_edits(const struct sql_random *r, const char *sql,
    const struct reads *reads, const char *before, struct tally *tally)
{
	static struct sql_random edited;
	CLEANUP(buf_clear) struct buf after = { 0 };
	struct reads then;
	uint64_t state = r->state;
	int i;

	for (i = 0; i < 2; i++) {
		bool is_same_key, is_same;

		edited = *r;
		edited.state = state;
		edit(&edited);
		state = edited.state;
		is_same_key = find_reads("duckdb", &edited, sql, &then) &&
		    same_key(r, reads, &edited, &then);
		answer(&edited, sql, NULL, &after);
		is_same = strcmp(before, after.p) == 0;
		if (is_same_key && !is_same)
			complain(&edited, sql, before, after.p);
		tally->edits++;
		tally->same_rows += is_same;
		tally->same_keys += is_same_key;
	}
}

/* Where the order of rows is free, the rows that a LIMIT takes are too. */
static bool is_free(const char *sql)
{
	return strstr(sql, "LIMIT") != NULL || strstr(sql, "OVER") != NULL ||
	    strstr(sql, "group_concat") != NULL;
}

static void try_query(struct sql_random *r, struct tally *tally)
{
	CLEANUP(buf_clear) struct buf sql = { 0 }, full = { 0 }, some = { 0 };
	struct reads reads;

	random_schema(r);
	random_body(r, &sql);
	if (!answer(r, sql.p, NULL, &full)) {
		tally->invalid++;
		return;
	}
	assert_true(find_reads("duckdb", r, sql.p, &reads));
	tally->queries++;
	tally->whole += is_whole(r, &reads);
	answer(r, sql.p, &reads, &some);
	if (strcmp(full.p, some.p) != 0 && !is_free(sql.p))
		complain(r, sql.p, full.p, some.p);
	if (!is_free(sql.p))
		try_edits(r, sql.p, &reads, full.p, tally);
}

/* SEED and QUERIES may be set to try others, and more. */
static void test_reads_are_sound(void **state)
{
	static struct sql_random r;
	const char *seed = getenv("SEED"), *most = getenv("QUERIES");
	long n = most ? strtol(most, NULL, 10) : 40;
	struct tally tally = { 0 };

	(void)state;
	r.state = seed ? strtoull(seed, NULL, 10) : 20261126;
	print_message("seed %llu\n", (unsigned long long)r.state);
	while (tally.queries < n)
		try_query(&r, &tally);
	print_message("%ld queries (%ld more were invalid; of %ld whole tables "
	              "count), %ld edits: rows the same after %ld, key the "
	              "same after %ld\n",
	    tally.queries, tally.invalid, tally.whole, tally.edits,
	    tally.same_rows, tally.same_keys);
	/* a generator that makes nonsense would prove nothing */
	assert_true(tally.whole < tally.queries / 2);
	assert_true(tally.same_keys > tally.edits / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_are_sound),
	};

	if (!duckdb_is_here())
		return DUCKDB_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
