/* joblog: first and last bytes of however much, in pieces of any size. */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/joblog.h"

enum {
	HEAD = 262144,
	TAIL = 262144,
	SEED = 20261121
};

/* A text of which every eight bytes say where they are. */
static void make_text(struct buf *out, size_t n)
{
	while (out->n < n)
		buf_printf(out, "%07zu\n", out->n);
	out->n = n;
	assert_false(out->failed);
}

/* What is to be kept of it, by its description. */
static void make_kept(const struct buf *text, struct buf *out)
{
	if (text->n <= HEAD + TAIL) {
		buf_add(out, text->p, text->n);
		return;
	}
	buf_add(out, text->p, HEAD);
	buf_printf(out, "\n[sluice: %zu bytes are left out here]\n",
	    text->n - HEAD - TAIL);
	buf_add(out, text->p + text->n - TAIL, TAIL);
}

static void expect_kept(size_t n, unsigned piece)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, kept = { 0 }, got = { 0 };
	CLEANUP(buf_clear) struct buf tail = { 0 };
	struct joblog l;
	size_t at = 0;
	int fd = -1;

	make_text(&text, n);
	make_kept(&text, &kept);
	assert_int_equal(file_open_temp("/tmp", &fd, NULL), 0);
	assert_int_equal(joblog_init(&l, fd, NULL), 0);
	while (at < n) {
		size_t m = 1 + (size_t)rand() % piece;

		if (m > n - at)
			m = n - at;
		joblog_add(&l, (struct bytes){ text.p + at, m });
		at += m;
	}
	joblog_tail(&l, 100, &tail);
	assert_int_equal(tail.n, n < 100 ? n : 100);
	if (tail.n > 0)
		assert_memory_equal(tail.p, text.p + n - tail.n, tail.n);
	assert_int_equal(joblog_finish(&l, NULL), 0);
	joblog_clear(&l);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(file_read_fd(fd, 1 << 22, &got, NULL), 0);
	close(fd);
	assert_int_equal(got.n, kept.n);
	if (got.n > 0)
		assert_memory_equal(got.p, kept.p, kept.n);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 99, HEAD - 1, HEAD, HEAD + 1,
		HEAD + TAIL - 1, HEAD + TAIL, HEAD + TAIL + 1, HEAD + 2 * TAIL,
		3000000 };
	static const unsigned pieces[] = { 300, 70000, 1000000 };
	size_t i, j;

	(void)state;
	printf("seed %d\n", SEED);
	srand(SEED);
	for (i = 0; i < ARRAY_LEN(sizes); i++)
		for (j = 0; j < ARRAY_LEN(pieces); j++)
			expect_kept(sizes[i], pieces[j]);
}

/* A disk that is full is told at the end, and the job is not held up. */
static void test_full(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct joblog l;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(joblog_init(&l, fd, NULL), 0);
	joblog_add(&l, bytes_of("hello\n"));
	joblog_add(&l, bytes_of("again\n"));
	assert_int_equal(joblog_finish(&l, NULL), ERROR_IO);
	joblog_clear(&l);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
