/* collect: what a command leaves behind, well-meant or not. */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/collect.h"

#define OK(call)                                                            \
	do {                                                                \
		struct error err = { 0 };                                   \
		if ((call) != 0)                                            \
			fail_msg("%s:%d: %s", __FILE__, __LINE__, err.msg); \
	} while (0)

struct place {
	char dir[128], job[256], store[256];
	struct store *st;
};

static int place_open(void **state)
{
	struct place *p = mem_alloc(sizeof(*p));

	OK(file_make_temp_dir("/tmp", p->dir, sizeof(p->dir), &err));
	snprintf(p->job, sizeof(p->job), "%s/job", p->dir);
	snprintf(p->store, sizeof(p->store), "%s/store", p->dir);
	OK(file_make_dirs(p->job, &err));
	OK(store_open(p->store, &p->st, &err));
	*state = p;
	return 0;
}

static int place_close(void **state)
{
	struct place *p = *state;

	store_close(p->st);
	OK(file_remove_tree(p->dir, &err));
	mem_free(p);
	return 0;
}

static void leave(const struct place *p, const char *name, const char *text)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", p->job, name);
	OK(file_write(path, bytes_of(text), 0644, &err));
}

static void take(const struct place *p, const struct table_spec *spec,
    struct table *t, struct result *failure)
{
	const struct csv_format format = { .one_column_null = true };

	OK(collect_output(p->st, p->job, spec, &format, t, failure, &err));
}

static void expect_refused(const struct place *p, const struct table_spec *spec,
    const char *says)
{
	struct result failure = { 0 };
	struct table t = { 0 };

	take(p, spec, &t, &failure);
	assert_int_equal(failure.state, RESULT_FAILED);
	assert_int_equal(failure.failure, FAILURE_OUTPUT);
	if (strstr(failure.message, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", failure.message, says);
	table_clear(&t);
}

static void expect_table(const struct place *p, const struct table_spec *spec,
    const char *csv)
{
	CLEANUP(buf_clear) struct buf got = { 0 };
	const struct csv_format format = { 0 };
	struct result failure = { 0 };
	struct table t = { 0 };
	int fd = -1;

	take(p, spec, &t, &failure);
	if (failure.state == RESULT_FAILED)
		fail_msg("%s", failure.message);
	OK(file_open_temp(p->dir, &fd, &err));
	OK(table_write_csv(p->st, &t, &format, fd, &err));
	lseek(fd, 0, SEEK_SET);
	OK(file_read_fd(fd, 1 << 20, &got, &err));
	assert_string_equal(got.p, csv);
	close(fd);
	table_clear(&t);
}

static const struct table_spec nothing;

static void test_table(void **state)
{
	leave(*state, "out.csv", "id,v\r\n2,b\r\n1,\"a\"\r\n3,\r\n");
	expect_table(*state, &nothing, "id,v\n1,a\n2,b\n3,\n");
}

/* Types that the code states are kept where guessing would say another. */
static void test_schema(void **state)
{
	const struct place *p = *state;
	const struct csv_format format = { 0 };
	struct result failure = { 0 };
	struct table t = { 0 };

	leave(p, "out.csv", "id,v\n1,\n");
	leave(p, "out.schema.json",
	    "[{\"name\":\"id\",\"type\":\"real\"},"
	    "{\"name\":\"v\",\"type\":\"date\"}]");
	OK(collect_output(p->st, p->job, &nothing, &format, &t, &failure,
	    &err));
	assert_int_equal(failure.state, RESULT_OK);
	assert_int_equal(t.n_columns, 2);
	assert_int_equal(t.columns[0].type.kind, TYPE_REAL);
	assert_int_equal(t.columns[1].type.kind, TYPE_DATE);
	table_clear(&t);
	leave(p, "out.schema.json", "[{\"name\":\"id\",\"type\":\"wombat\"}]");
	expect_refused(p, &nothing, "out.schema.json");
	leave(p, "out.schema.json", "[");
	expect_refused(p, &nothing, "out.schema.json");
	leave(p, "out.schema.json", "{}");
	expect_refused(p, &nothing, "out.schema.json");
	leave(p, "out.schema.json", "[1, null, {\"name\":7}]");
	expect_refused(p, &nothing, "out.schema.json");
}

static void test_one_column(void **state)
{
	leave(*state, "out.csv", "v\n\"\"\nx\n\"\"\n");
	expect_table(*state, &nothing, "v\n\n\nx\n");
}

static void test_missing(void **state)
{
	expect_refused(*state, &nothing, "left no out.csv");
}

static void test_empty(void **state)
{
	leave(*state, "out.csv", "");
	expect_refused(*state, &nothing, "out.csv");
}

/* A header alone is a table without rows. */
static void test_no_rows(void **state)
{
	leave(*state, "out.csv", "id,v\n");
	expect_table(*state, &nothing, "id,v\n");
}

/* Where, in which column, and never what. */
static void test_broken_rows(void **state)
{
	static const char *const key[] = { "id" };
	const struct table_spec keyed = { .key = key, .n_key = 1 };
	char name[] = "id";
	const struct column pin = { name, { .kind = TYPE_INTEGER } };
	const struct table_spec typed = { .pinned = &pin, .n_pinned = 1 };
	struct result failure = { 0 }, other = { 0 };
	struct table t = { 0 };

	leave(*state, "out.csv", "id,v\n1,a\n2\n");
	expect_refused(*state, &nothing, "out.csv:3");
	leave(*state, "out.csv", "id,v\n1,a\nSECRET,b\n");
	expect_refused(*state, &typed, "row 2, column 'id'");
	take(*state, &typed, &t, &failure);
	assert_null(strstr(failure.message, "SECRET"));
	/* what breaks the key is a table all the same */
	leave(*state, "out.csv", "id,v\n7,a\n7,b\n8,\n");
	take(*state, &keyed, &t, &other);
	assert_int_equal(other.state, RESULT_OK);
	assert_int_equal(t.rows, 3);
	assert_int_equal(t.n_offending, 2);
	table_clear(&t);
	leave(*state, "out.csv", "id,id\n1,2\n");
	expect_refused(*state, &nothing, "id");
}

static void path_of(const struct place *p, const char *name, char out[400])
{
	snprintf(out, 400, "%s/%s", p->job, name);
}

/* Nothing but a file of its own is taken, and nothing is waited for. */
static void test_not_a_file(void **state)
{
	const struct place *p = *state;
	char out[400], other[400];

	path_of(p, "out.csv", out);
	snprintf(other, sizeof(other), "%s/secret.csv", p->dir);
	OK(file_write(other, bytes_of("a,b\n1,2\n"), 0644, &err));

	assert_int_equal(symlink(other, out), 0);
	expect_refused(p, &nothing, "regular file");
	unlink(out);
	assert_int_equal(symlink("x.csv", out), 0);
	leave(p, "x.csv", "a\n1\n");
	expect_refused(p, &nothing, "regular file");
	unlink(out);
	assert_int_equal(link(other, out), 0);
	expect_refused(p, &nothing, "regular file");
	unlink(out);
	assert_int_equal(mkfifo(out, 0644), 0);
	expect_refused(p, &nothing, "regular file");
	unlink(out);
	assert_int_equal(mkdir(out, 0755), 0);
	expect_refused(p, &nothing, "regular file");
	rmdir(out);
	/* larger than the limit, and sparse */
	leave(p, "out.csv", "a\n");
	assert_int_equal(truncate(out, (off_t)9 << 30), 0);
	expect_refused(p, &nothing, "larger than");
}

/* Of another user's files none is the code's output. */
static void test_of_another(void **state)
{
	const struct place *p = *state;
	char path[400];

	if (geteuid() != 0) {
		puts("SKIPPED: only root gives files away");
		skip();
	}
	leave(p, "out.csv", "v\nx\n");
	snprintf(path, sizeof(path), "%s/out.csv", p->job);
	assert_int_equal(chown(path, 1, 1), 0);
	expect_refused(p, &nothing, "belongs to another user");
	assert_int_equal(chown(path, 65534, 65534), 0);
	expect_table(p, &nothing, "v\nx\n");
}

static void test_schema_not_a_file(void **state)
{
	const struct place *p = *state;
	char schema[400];

	path_of(p, "out.schema.json", schema);
	leave(p, "out.csv", "a\n1\n");
	assert_int_equal(mkfifo(schema, 0644), 0);
	expect_refused(p, &nothing, "out.schema.json");
	unlink(schema);
	assert_int_equal(symlink("/dev/zero", schema), 0);
	expect_refused(p, &nothing, "out.schema.json");
}

/* The code may take its own rights away: the directory is ours still. */
static void test_shut_directory(void **state)
{
	const struct place *p = *state;

	leave(p, "out.csv", "a\n1\n");
	assert_int_equal(chmod(p->job, 0), 0);
	expect_table(p, &nothing, "a\n1\n");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),
		TEST(test_schema),
		TEST(test_one_column),
		TEST(test_missing),
		TEST(test_empty),
		TEST(test_no_rows),
		TEST(test_broken_rows),
		TEST(test_not_a_file),
		TEST(test_of_another),
		TEST(test_schema_not_a_file),
		TEST(test_shut_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
