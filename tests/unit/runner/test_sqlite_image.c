/* sqlite_image: inputs that are written as pages are the tables that INSERT
 * makes, value by value, and SQLite finds nothing wrong with them. */
#include "tests/unit/cache/store_help.h"
#include "tests/unit/runner/sqlite_help.h"

#include "cache/record.h"
#include "runner/sqlite_job.h"

enum {
	COLUMNS = 12,
	TEXT_MOST = 70000, /* a chain of pages */
};

static const char columns[] =
    "i integer, r real, d decimal(18,4), b boolean, day date, "
    "clock time, at timestamp, tz timestamptz, j json, t text, "
    "big integer, last text";

static void add_text(struct buf *out, uint64_t *seed, size_t n)
{
	static const char *const pieces[] = { "a", "\"", ",", "\n", "\xc3\xa9",
		"\xf0\x9f\xa9\xba", " ", "zz" };

	while (n-- > 0)
		buf_add_str(out, pieces[next_random(seed) % 8]);
}

/* Lengths about those at which a record's form changes. */
static size_t random_length(uint64_t *seed)
{
	static const size_t about[] = { 0, 1, 5, 57, 400, 490, 4000, 4060, 4090,
		8150, 16400, TEXT_MOST };
	size_t n = about[next_random(seed) % 12];

	if (n > 500 && next_random(seed) % 8 != 0)
		n = 20;
	return n + next_random(seed) % 9;
}

/* Of as many bits as comes, so that each length of an integer is met. */
static int64_t random_integer(uint64_t *seed)
{
	uint64_t bits = next_random(seed) >> next_random(seed) % 64;

	return (int64_t)(next_random(seed) % 2 ? bits : ~bits);
}

static void add_value(struct buf *out, uint64_t *seed, size_t column)
{
	static const char *const fixed[] = { "2020-04-27", "08:03:28.513",
		"2020-04-27 08:03:28", "2020-04-27 08:03:28+00" };
	static const char *const reals[] = { "nan", "inf", "-inf", "0.0", "0.1",
		"-2.5e-07", "1.7976931348623157e+308", "150.0" };
	union {
		uint64_t bits;
		double real;
	} u = { next_random(seed) };
	char text[40];

	switch (column) {
	case 0:
	case 10:
		buf_printf(out, "%lld", (long long)random_integer(seed));
		return;
	case 1:
		real_print(u.real, text);
		buf_add_str(out,
		    u.bits % 3 ? text : reals[next_random(seed) % 8]);
		return;
	case 2:
		buf_printf(out, "%d.%04d", (int)(u.bits % 2000000) - 1000000,
		    (int)(u.bits >> 32) % 10000 & 8191);
		return;
	case 3:
		buf_add_str(out, u.bits % 2 ? "true" : "false");
		return;
	case 8:
	case 9:
	case 11:
		add_text(out, seed, random_length(seed));
		return;
	default:
		buf_add_str(out, fixed[column - 4]);
	}
}

/* A row of a part, with NULLs in places. */
static void add_row(struct buf *csv, uint64_t *seed)
{
	struct buf values[COLUMNS] = { { 0 } };
	struct field fields[COLUMNS];
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		fields[i] = (struct field){ "", 0, next_random(seed) % 6 == 0 };
		if (fields[i].null)
			continue;
		add_value(&values[i], seed, i);
		buf_add(&values[i], "", 0);
		fields[i].p = values[i].n ? values[i].p : "";
		fields[i].n = values[i].n;
	}
	csv_add_record(csv, fields, COLUMNS);
	for (i = 0; i < COLUMNS; i++)
		buf_clear(&values[i]);
}

/* All that can be seen of a table. */
static void add_rows(sqlite3 *db, const char *sql, struct buf *out)
{
	sqlite3_stmt *s = NULL;
	int i;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		for (i = 0; i < sqlite3_column_count(s); i++) {
			const void *p = sqlite3_column_blob(s, i);

			buf_printf(out, "%d %d ", sqlite3_column_type(s, i),
			    sqlite3_column_bytes(s, i));
			if (p != NULL)
				buf_add(out, p,
				    (size_t)sqlite3_column_bytes(s, i));
			buf_add_char(out, '\n');
		}
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
}

static void dump(const struct call *c, bool by_pages, size_t skip,
    struct buf *out)
{
	struct engine_job from = { .request = c->request,
		.log = -1,
		.output = -1,
		.control = -1,
		.parts = c->parts,
		.n_parts = c->n_parts };
	struct sqlite_job job = { 0 };
	size_t i;

	OK(sqlite_job_parse(&job, &from, &err));
	for (i = 0; i < job.inputs[0].n_columns; i++)
		job.inputs[0].read[i] = skip == 0 || i % skip != 0;
	engine_mark_read(job.inputs + 1, job.n_inputs - 1, NULL);
	OK(sqlite_open(&job, &err));
	OK(sqlite_load_by(&job, by_pages, &err));
	add_rows(job.db, "SELECT rowid, * FROM p", out);
	add_rows(job.db, "SELECT count(*), min(rowid), max(rowid) FROM p", out);
	/* by the tree, from its root */
	add_rows(job.db,
	    "SELECT rowid, * FROM p WHERE rowid IN (1, 2, 77, 400, 1999)", out);
	add_rows(job.db, "SELECT rowid, * FROM \"q q\"", out);
	add_rows(job.db, "SELECT rowid, * FROM s.t", out);
	add_rows(job.db, "SELECT sql FROM sqlite_schema", out);
	add_rows(job.db, "SELECT sql FROM s.sqlite_schema", out);
	add_rows(job.db, "PRAGMA integrity_check", out);
	sqlite_job_clear(&job);
}

/* p has so many random rows, "q q" and a table of a schema a few. */
static void compare(size_t rows, uint64_t seed, size_t skip)
{
	CLEANUP(buf_clear)
	struct buf csv = { 0 }, pages = { 0 }, insert = { 0 };
	struct call c = call_open();
	size_t i;

	for (i = 0; i < rows; i++)
		add_row(&csv, &seed);
	buf_add(&csv, "", 0);
	json_object_set_new(c.request, "body",
	    json_string("SELECT 1 AS one FROM p, \"q q\", s.t"));
	call_input(&c, "p", columns, csv.n ? csv.p : "");
	call_input(&c, "s.t", "x integer, y text", "7,a\n8,b\n");
	call_input(&c, "q q", "x integer", "1\n\n3\n");
	dump(&c, true, skip, &pages);
	dump(&c, false, skip, &insert);
	assert_int_equal(pages.n, insert.n);
	assert_memory_equal(pages.p, insert.p, pages.n);
	assert_non_null(strstr(buf_bytes(&pages).p + pages.n - 5, "2 ok"));
	call_close(&c);
}

static void test_agree(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 7, 60, 500, 5000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		compare(sizes[i], 1 + i, 0);
		compare(sizes[i], 100 + i, 2);
	}
	compare(300, 7, 1); /* nothing is read */
}

/* Narrow rows: of 272 leaves, which one page names, and of 273 and 274, which
 * two pages name, neither of them a single one. */
static void test_levels(void **state)
{
	static const size_t sizes[] = { 102700, 103000, 103300 };
	size_t i, k;

	(void)state;
	for (k = 0; k < 3; k++) {
		CLEANUP(buf_clear)
		struct buf csv = { 0 }, pages = { 0 }, insert = { 0 };
		struct call c = call_open();

		for (i = 0; i < sizes[k]; i++)
			buf_printf(&csv, "%zu\n", i * 7);
		json_object_set_new(c.request, "body",
		    json_string("SELECT 1 AS one FROM p, s.t"));
		call_input(&c, "p", "i integer", csv.p);
		call_input(&c, "s.t", "i integer", csv.p);
		call_input(&c, "q q", "x integer", "");
		dump(&c, true, 0, &pages);
		dump(&c, false, 0, &insert);
		assert_int_equal(pages.n, insert.n);
		assert_memory_equal(pages.p, insert.p, pages.n);
		call_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
