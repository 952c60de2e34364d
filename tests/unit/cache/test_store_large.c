/* What is large goes in pieces: copies whose digest is made beside, and maps
 * that are verified while they are read. */
#include "tests/unit/cache/store_help.h"

#include <sys/stat.h>

enum {
	PIECE = 256 << 10, /* store_put.c: of a copy */
	MAPPED = 1 << 20, /* store.c: of a map that is verified */
};

/* n bytes, none of which is like that a piece away. */
static void fill(struct buf *out, size_t n)
{
	buf_reset(out);
	while (out->n < n)
		buf_printf(out, "%zu\n", out->n);
	out->n = n;
	assert_int_equal(buf_check(out, NULL), 0);
}

static void test_copies(void **state)
{
	static const size_t sizes[] = { 0, 1, PIECE - 1, PIECE, PIECE + 1,
		2 * PIECE, 3 * PIECE + 7 };
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct store_copy copy;
		struct digest whole;
		FILE *from = tmpfile();

		fill(&text, sizes[i]);
		assert_non_null(from);
		assert_int_equal(fwrite(text.p, 1, text.n, from), text.n);
		rewind(from);
		OK(store_copy(p->st, fileno(from), &copy, &err));
		fclose(from);
		OK(digest_of(buf_bytes(&text), &whole, &err));
		assert_true(digest_eq(&copy.id, &whole));
		assert_int_equal(copy.bytes, text.n);
		assert_int_equal(lseek(copy.fd, 0, SEEK_SET), 0);
		OK(file_read_fd(copy.fd, FILE_MAX, &out, &err));
		assert_true(bytes_eq(buf_bytes(&out), buf_bytes(&text)));
		fd_close(&copy.fd);
	}
}

/* A map's bytes, where they may be believed. */
static int get_map(struct store *st, const struct digest *id, struct buf *out)
{
	struct file_map map = { 0 };
	int rc = store_map(st, id, &map, NULL);

	buf_reset(out);
	if (rc == 0 && (rc = store_check_map(st, id, &map, NULL)) == 0)
		buf_add(out, map.data.p, map.data.n);
	file_map_clear(&map);
	return rc;
}

static void test_maps(void **state)
{
	static const size_t sizes[] = { 0, 1, MAPPED - 1, MAPPED,
		2 * MAPPED + 5000 };
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 }, out = { 0 };
	char path[512];
	struct digest d;
	size_t i;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		fill(&text, sizes[i]);
		OK(store_put(p->st, buf_bytes(&text), &d, &err));
		assert_int_equal(get_map(p->st, &d, &out), 0);
		assert_true(bytes_eq(buf_bytes(&out), buf_bytes(&text)));
	}
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	flip_bit(path, 8 * (uint64_t)sizes[i - 1] - 1);
	assert_int_equal(get_map(p->st, &d, &out), ERROR_CORRUPT);
	assert_int_equal(count_names(p->st, "quarantine"), 1);
	assert_int_equal(get_map(p->st, &d, &out), ERROR_NOT_FOUND);
}

/* What stands in the place of a blob and is no file goes to quarantine. */
static void test_no_file(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	char path[512];
	int kind;

	for (kind = 0; kind < 3; kind++) {
		struct digest d = put_str(p->st, "a blob");

		path_in_store(p->st, "blobs", &d, path, sizeof(path));
		assert_int_equal(unlink(path), 0);
		if (kind == 0)
			assert_int_equal(mkdir(path, 0755), 0);
		else if (kind == 1)
			assert_int_equal(symlink("/etc/hostname", path), 0);
		else
			assert_int_equal(mkfifo(path, 0644), 0);
		assert_int_equal(get_map(p->st, &d, &out), ERROR_CORRUPT);
		assert_int_equal(count_names(p->st, "quarantine"), kind + 1);
	}
}

/* The end of a mapped file goes: that is told, and kills nobody. */
static void test_a_file_cut_short(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct file_map map = { 0 };
	struct digest d;
	char path[512];

	fill(&text, 2 * MAPPED);
	OK(store_put(p->st, buf_bytes(&text), &d, &err));
	OK(store_map(p->st, &d, &map, &err));
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(truncate(path, MAPPED), 0);
	assert_int_equal(store_check_map(p->st, &d, &map, NULL), ERROR_IO);
	file_map_clear(&map);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_copies),
		T(test_maps),
		T(test_no_file),
		T(test_a_file_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
