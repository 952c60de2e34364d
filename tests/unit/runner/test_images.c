/* images: made at the second reading of the same columns, right or not there,
 * whatever fails, and never for what may not have one. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "cache/fsck.h"
#include "runner/images.h"
#include "runner/sqlite_image.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#include "cache/store_derived.h"
#include "tests/unit/cache/fault_os.h"

/* The error must be none; its words where it is. */
#define OK(call)                                                            \
	do {                                                                \
		struct error err = { 0 };                                   \
		if ((call) != 0)                                            \
			fail_msg("%s:%d: %s", __FILE__, __LINE__, err.msg); \
	} while (0)

enum {
	ROWS = 60000,
	MOST = 4096, /* calls of a faulty round */
};

/* A job of SQLite that reads columns of one table. */
struct bed {
	char dir[200];
	struct store *st;
	struct action action;
	struct input input;
	struct node node;
	struct table table;
	bool read[3];
	struct digest digests[3];
	struct job_input in;
	struct plan_view view;
	struct plan_job pj;
};

/* Of 1.3 MB; its last row has a text of so many bytes. */
static void import(struct bed *b, size_t longest)
{
	CLEANUP(buf_clear) struct buf csv = { 0 };
	CLEANUP(table_notes_clear) struct table_notes notes = { 0 };
	struct bytes text;
	const char *name = "t.csv";
	struct table_import in = { .texts = &text,
		.names = &name,
		.n_texts = 1,
		.format = { .delimiter = ',', .quote = '"' } };
	struct table_spec spec = { 0 };
	size_t i;

	buf_add_str(&csv, "id,v,t\n");
	for (i = 0; i < ROWS; i++)
		buf_printf(&csv, "%zu,%zu.5,text %zu\n", i, i * 7, i % 1000);
	buf_printf(&csv, "%d,1.5,", ROWS);
	for (i = 0; i < longest; i++)
		buf_add_char(&csv, 'x');
	buf_add_char(&csv, '\n');
	text = buf_bytes(&csv);
	OK(table_import(b->st, &in, &spec, &b->table, &notes, &err));
	OK(table_column_digests(b->st, &b->table, b->digests, &err));
}

static void bed_open(struct bed *b, size_t longest)
{
	char store[256];

	*b = (struct bed){ .action = { .engine = "sqlite" } };
	OK(file_make_temp_dir("/tmp", b->dir, sizeof(b->dir), &err));
	snprintf(store, sizeof(store), "%s/store", b->dir);
	OK(store_open(store, &b->st, &err));
	import(b, longest);
	b->node.body = bytes_of("SELECT * FROM t");
	b->node.kind = NODE_CODE;
	b->input.name = "t";
	b->node.inputs = &b->input;
	b->node.n_inputs = 1;
	b->read[0] = b->read[2] = true;
	b->in = (struct job_input){ .name = "t",
		.table = &b->table,
		.read = b->read,
		.digests = b->digests };
	b->pj.job.node = &b->node;
	b->pj.job.action = &b->action;
	b->pj.job.inputs = &b->in;
	b->pj.views = &b->view;
}

static void bed_close(struct bed *b)
{
	table_clear(&b->table);
	store_close(b->st);
	file_remove_tree(b->dir, NULL);
}

/* It has all rows, and cannot be written to. */
static void check(const struct bed *b, const struct image *is)
{
	CLEANUP(sqlite_image_clear) struct sqlite_image image = { 0 };
	CLEANUP(sqlite_tree_closep) struct sqlite_tree *tree = NULL;

	assert_int_equal(fcntl(is->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(sqlite_image_add_file(&image, is->fd, is->bytes),
	    SQLITE_OK);
	assert_int_equal(sqlite_tree_open(&image, 1, &tree), SQLITE_OK);
	assert_int_equal(sqlite_tree_add_file(tree, 0, b->table.rows),
	    SQLITE_OK);
}

/* Whether there is one, and it is right. */
static bool look(struct bed *b)
{
	struct image is;

	images_open(b->st, &b->pj, NULL, &is);
	if (is.fd < 0)
		return false;
	check(b, &is);
	close(is.fd);
	return true;
}

static void forget(struct bed *b)
{
	OK(store_derived_trim(b->st, "sqlite", 0, &err));
	OK(store_derived_trim(b->st, "sqlite-read", 0, &err));
}

static void test_second_reading(void **state)
{
	struct bed b;

	(void)state;
	bed_open(&b, 5);
	assert_false(look(&b));
	assert_true(look(&b));
	assert_true(look(&b));
	/* other columns are others; so are others of their digests */
	b.read[1] = true;
	assert_false(look(&b));
	b.read[1] = false;
	assert_true(look(&b));
	b.digests[2].bytes[0] ^= 1;
	assert_false(look(&b));
	b.digests[2].bytes[0] ^= 1;
	/* whatever they are called */
	b.table.columns[0].name[0] = 'j';
	assert_true(look(&b));
	/* none at all is a sequence too */
	b.read[0] = b.read[2] = false;
	assert_false(look(&b));
	assert_true(look(&b));
	bed_close(&b);
}

/* Columns that are declared, in their own order. */
static void test_view(void **state)
{
	size_t columns[] = { 2, 0 };
	struct column own[2];
	struct digest digests[2];
	struct bed b;

	(void)state;
	bed_open(&b, 5);
	assert_false(look(&b));
	own[0] = b.table.columns[2];
	own[1] = b.table.columns[0];
	digests[0] = b.digests[2];
	digests[1] = b.digests[0];
	b.read[1] = true;
	b.view = (struct plan_view){ .full = &b.table,
		.columns = columns,
		.is_used = true };
	b.view.table = (struct table){ .columns = own,
		.n_columns = 2,
		.rows = b.table.rows };
	b.in.table = &b.view.table;
	b.in.digests = digests;
	assert_false(look(&b)); /* another order */
	assert_true(look(&b));
	bed_close(&b);
}

static void test_none(void **state)
{
	static const char *const indexed[] = {
		"CREATE INDEX i ON t(id); SELECT 1",
		"create unique\nindex i ON \"T\"(id); SELECT 1",
		"CREATE INDEX i ON main.t(id); SELECT 1", "INDEX ;;"
	};
	static const char own[] = "CREATE TEMP TABLE u AS SELECT * FROM t;"
	                          "CREATE INDEX i ON u(id); SELECT * FROM u";
	static const char *const other[] = { "SELECT \"index\" FROM t", own,
		"SELECT 1 -- index" };
	struct image is;
	atomic_bool cancelled = true;
	struct bed b;
	size_t i;

	(void)state;
	bed_open(&b, 5);
	assert_false(look(&b));
	images_open(b.st, &b.pj, &cancelled, &is);
	assert_int_equal(is.fd, -1);
	assert_true(look(&b));
	for (i = 0; i < 4; i++) {
		b.node.body = bytes_of(indexed[i]);
		assert_false(look(&b));
	}
	for (i = 0; i < 3; i++) {
		b.node.body = bytes_of(other[i]);
		assert_true(look(&b));
	}
	b.action.engine = "duckdb";
	assert_false(look(&b));
	b.action.engine = "sqlite";
	b.pj.is_varied = true;
	assert_false(look(&b));
	b.pj.is_varied = false;
	b.pj.is_stirred = true;
	assert_false(look(&b));
	b.pj.is_stirred = false;
	b.pj.is_plain = true;
	assert_false(look(&b));
	b.pj.is_plain = false;
	b.in.read = NULL; /* not known */
	assert_false(look(&b));
	b.in.read = b.read;
	assert_true(look(&b));
	b.table.bytes = 1000;
	assert_false(look(&b));
	bed_close(&b);
}

/* A row that no leaf has room for, where it is read. */
static void test_long_row(void **state)
{
	struct bed b;
	int i;

	(void)state;
	bed_open(&b, 5000);
	for (i = 0; i < 4; i++)
		assert_false(look(&b));
	b.read[2] = false;
	assert_false(look(&b));
	assert_true(look(&b));
	bed_close(&b);
}

/* Beside an image the parts of another input are held in memory. */
static void test_rest(void **state)
{
	struct plan_view views[2] = { { .is_used = false } };
	struct input names[2] = { { 0 } };
	struct job_input inputs[2];
	struct image is[2];
	struct table other = { .rows = 1, .bytes = 3 << 20 };
	struct bed b;
	int i;

	(void)state;
	bed_open(&b, 5);
	assert_false(look(&b));
	assert_true(look(&b));
	inputs[0] = b.in;
	inputs[1] = (struct job_input){ .name = "o", .table = &other };
	b.pj.job.inputs = inputs;
	b.pj.views = views;
	names[0].name = "t";
	names[1].name = "o";
	b.node.inputs = names;
	b.node.n_inputs = 2;
	for (i = 0; i < 2; i++) {
		b.node.memory_bytes = i ? 4 << 20 : 8 << 20;
		images_open(b.st, &b.pj, NULL, is);
		assert_int_equal(is[0].fd < 0, i);
		assert_int_equal(is[1].fd, -1);
		fd_close(&is[0].fd);
	}
	bed_close(&b);
}

/* Each call of three readings fails; afterwards there is none or a right one,
 * and one can be made. */
static void sweep_calls(struct bed *b, enum fault_mode mode, int code)
{
	struct fsck_report r;
	struct image is[3];
	bool struck = true;
	long at;
	int i;

	for (at = 1; struck && at < MOST; at++) {
		forget(b);
		fault_set(mode, at, code);
		for (i = 0; i < 3; i++)
			images_open(b->st, &b->pj, NULL, &is[i]);
		struck = fault.call >= at;
		fault_set(FAULT_OFF, 0, 0);
		for (i = 0; i < 3; i++) {
			if (is[i].fd >= 0)
				check(b, &is[i]);
			fd_close(&is[i].fd);
		}
		(void)look(b);
		(void)look(b);
		assert_true(look(b));
	}
	assert_true(at > 50 && at < MOST);
	OK(fsck_run(b->st, NULL, &r, &err));
	assert_int_equal(r.bad_derived + r.strangers, 0);
}

static void test_every_call_fails(void **state)
{
	struct bed b;

	(void)state;
	bed_open(&b, 5);
	b.read[0] = false;
	sweep_calls(&b, FAULT_ONCE, EIO);
	sweep_calls(&b, FAULT_FOR_EVER, ENOSPC);
	bed_close(&b);
}

/* From nothing to the third reading, which without a fault has one. */
static int read_thrice(void *payload)
{
	struct bed *b = payload;
	struct image is = { .fd = -1 };
	int i, rc;

	(void)store_derived_trim(b->st, "sqlite", 0, NULL);
	(void)store_derived_trim(b->st, "sqlite-read", 0, NULL);
	for (i = 0; i < 3; i++) {
		fd_close(&is.fd);
		images_open(b->st, &b->pj, NULL, &is);
	}
	rc = is.fd < 0 ? ERROR_MEMORY : 0;
	fd_close(&is.fd);
	return rc;
}

static void test_every_allocation_fails(void **state)
{
	struct bed b;
	long swept;

	(void)state;
	bed_open(&b, 5);
	swept = sweep_whole(read_thrice, &b);
	if (FAULT_MEMORY)
		assert_in_range(swept, 20, 100000);
	bed_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_reading),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_long_row),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_every_call_fails),
		cmocka_unit_test(test_every_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
