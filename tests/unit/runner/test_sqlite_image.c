/* sqlite_image: inputs that are written as pages are the tables that INSERT
 * makes, value by value, and SQLite finds nothing wrong with them. */
#include "tests/unit/cache/store_help.h"
#include "tests/unit/runner/sqlite_help.h"

#include <sys/stat.h>

#include "cache/record.h"
#include "runner/sqlite_job.h"

enum {
	COLUMNS = 12,
	TEXT_MOST = 70000, /* a chain of pages */
};

/* How inputs come into the database. */
enum way {
	BY_INSERT,
	BY_PAGES,
	BY_LEAVES, /* that stand in a file, and the rest by pages */
};

static size_t n_images; /* that were read so */
static bool is_short; /* no row is longer than a leaf */

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

	if (n > 500 && (is_short || next_random(seed) % 8 != 0))
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

/* The leaves of an input's columns that are read, in a file; -1 where a row is
 * longer than one. */
static int make_leaves(struct sqlite_job *job, const struct engine_input *in)
{
	CLEANUP(engine_rows_clear) struct engine_rows rows = { 0 };
	CLEANUP(sqlite_image_clear) struct sqlite_image image = { 0 };
	CLEANUP(sqlite_tree_closep) struct sqlite_tree *tree = NULL;
	char first[SQLITE_PAGE] = { 0 };
	struct sqlite_cell cells[COLUMNS];
	int fd = call_file((struct bytes){ first, sizeof(first) });
	struct bytes leaves;
	size_t i, n;
	int rc = 0;

	assert_true(lseek(fd, 0, SEEK_END) > 0);
	assert_int_equal(sqlite_tree_open(&image, 0, &tree), SQLITE_OK);
	OK(engine_rows_open(&rows, in, &err));
	while (rc == 0 && engine_rows_next(&rows, NULL) > 0) {
		for (i = n = 0; i < in->n_columns; i++)
			if (in->read[i])
				assert_int_equal(sqlite_part_cell(job, &rows, i,
				                     &cells[n++]),
				    0);
		if (n == 0)
			cells[n++].kind = CELL_NULL;
		rc = sqlite_tree_add(tree, cells, n);
		/* in pieces of one size and another */
		if (rc == 0 && rows.row % 37 == 0) {
			assert_int_equal(sqlite_tree_take(tree, false, &leaves),
			    SQLITE_OK);
			OK(file_write_fd(fd, leaves, &err));
		}
	}
	assert_true(rc == 0 || rc == SQLITE_TOOBIG);
	if (rc) {
		close(fd);
		return -1;
	}
	assert_int_equal(sqlite_tree_take(tree, true, &leaves), SQLITE_OK);
	OK(file_write_fd(fd, leaves, &err));
	return fd;
}

/* In the place of an input's parts, where there can be. */
static void use_leaves(struct sqlite_job *job, struct engine_input *in,
    struct engine_part *part)
{
	struct stat info;
	uint64_t rows = in->n_parts ? in->parts[0].rows : 0;
	int fd = make_leaves(job, in);

	part->fd = -1;
	if (fd < 0)
		return;
	assert_int_equal(fstat(fd, &info), 0);
	*part = (struct engine_part){ (uint64_t)info.st_size, rows, fd };
	in->parts = part;
	in->n_parts = 1;
	in->is_image = true;
	n_images++;
}

static void dump(const struct call *c, enum way way, size_t skip,
    struct buf *out)
{
	struct engine_part parts[3];
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
	for (i = 0; way == BY_LEAVES && i < job.n_inputs; i++)
		use_leaves(&job, &job.inputs[i], &parts[i]);
	OK(sqlite_open(&job, &err));
	OK(sqlite_load_by(&job, way != BY_INSERT, &err));
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
	for (i = 0; way == BY_LEAVES && i < job.n_inputs; i++)
		close(parts[i].fd);
	sqlite_job_clear(&job);
}

/* All ways give the same, in which SQLite finds nothing wrong. */
static void compare_ways(const struct call *c, size_t skip)
{
	CLEANUP(buf_clear)
	struct buf insert = { 0 }, pages = { 0 }, leaves = { 0 };

	dump(c, BY_INSERT, skip, &insert);
	dump(c, BY_PAGES, skip, &pages);
	assert_int_equal(pages.n, insert.n);
	assert_memory_equal(pages.p, insert.p, pages.n);
	dump(c, BY_LEAVES, skip, &leaves);
	assert_int_equal(leaves.n, insert.n);
	assert_memory_equal(leaves.p, insert.p, leaves.n);
	assert_non_null(strstr(buf_bytes(&pages).p + pages.n - 5, "2 ok"));
}

/* p has so many random rows, "q q" and a table of a schema a few. */
static void compare(size_t rows, uint64_t seed, size_t skip)
{
	CLEANUP(buf_clear) struct buf csv = { 0 };
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
	compare_ways(&c, skip);
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

/* All three inputs, also where nothing is read, have leaves. */
static void test_leaves(void **state)
{
	static const size_t sizes[] = { 0, 1, 10, 500, 5000 };
	size_t i;

	(void)state;
	is_short = true;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n_images = 0;
		compare(sizes[i], 31 + i, 0);
		compare(sizes[i], 41 + i, 2);
		compare(sizes[i], 51 + i, 1);
		assert_int_equal(n_images, 9);
	}
	is_short = false;
}

/* What is not what it is said to be is not read. */
static void test_wrong_leaves(void **state)
{
	static const size_t sizes[] = { 0, 100, SQLITE_PAGE + 1 };
	char page[2 * SQLITE_PAGE] = { 0 };
	struct sqlite_tree *tree;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct sqlite_image image = { 0 };
		size_t n = i < 3 ? sizes[i] : sizeof(page);
		int fd = call_file((struct bytes){ page, n }), rc;

		rc = sqlite_image_add_file(&image, fd, n);
		assert_int_equal(rc, i < 3 ? SQLITE_CORRUPT : SQLITE_OK);
		if (i == 3) /* longer than said */
			assert_int_equal(
			    sqlite_image_add_file(&image, fd, SQLITE_PAGE),
			    SQLITE_CORRUPT);
		if (i == 4) { /* no leaf */
			assert_int_equal(sqlite_tree_open(&image, 2, &tree),
			    SQLITE_OK);
			assert_int_equal(sqlite_tree_add_file(tree, 0, 0),
			    SQLITE_CORRUPT);
			sqlite_tree_close(tree);
		}
		sqlite_image_clear(&image);
		close(fd);
	}
}

/* Narrow rows: of 272 leaves, which one page names, and of 273 and 274, which
 * two pages name, neither of them a single one. */
static void test_levels(void **state)
{
	static const size_t sizes[] = { 102700, 103000, 103300 };
	size_t i, k;

	(void)state;
	for (k = 0; k < 3; k++) {
		CLEANUP(buf_clear) struct buf csv = { 0 };
		struct call c = call_open();

		for (i = 0; i < sizes[k]; i++)
			buf_printf(&csv, "%zu\n", i * 7);
		json_object_set_new(c.request, "body",
		    json_string("SELECT 1 AS one FROM p, s.t"));
		call_input(&c, "p", "i integer", csv.p);
		call_input(&c, "s.t", "i integer", csv.p);
		call_input(&c, "q q", "x integer", "");
		compare_ways(&c, 0);
		call_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_wrong_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
