/* Deltas: random edits come out byte for byte; a text of the format; whatever
 * is damaged is found, or does no harm. */
#include "tests/unit/cache/store_help.h"

#include "cache/delta.h"

enum {
	SEEDS = 300,
	HEAD = 15 + 1 + 32 /* of one base, before the size */
};

static const struct digest ids[DELTA_BASES + 1] = { { { 1 } }, { { 2 } },
	{ { 3 } }, { { 4 } }, { { 5 } } };

static void add_row(struct buf *out, uint64_t *seed)
{
	size_t n = next_random(seed) % 5 ? 40 : next_random(seed) % 200;

	buf_printf(out, "%llu,",
	    (unsigned long long)(next_random(seed) % 100000));
	while (n-- > 0)
		buf_add_char(out, (char)('a' + next_random(seed) % 20));
	buf_add_char(out, '\n');
}

static size_t row_size(const struct buf *text, size_t at)
{
	const char *lf = memchr(text->p + at, '\n', text->n - at);

	return lf ? (size_t)(lf - text->p) + 1 - at : text->n - at;
}

/* Rows of base as they are, changed, gone, twice, or with others between; one
 * in `rare` is not as it is. */
static void edit(const struct buf *base, uint64_t rare, uint64_t *seed,
    struct buf *out)
{
	size_t at, n;

	for (at = 0; at < base->n; at += n) {
		n = row_size(base, at);
		if (next_random(seed) % rare != 0) {
			buf_add(out, base->p + at, n);
			continue;
		}
		switch (next_random(seed) % 5) {
		case 0:
			add_row(out, seed);
			break;
		case 1:
			buf_add(out, base->p + at, n);
			buf_add(out, base->p + at, n);
			break;
		case 2:
			add_row(out, seed);
			buf_add(out, base->p + at, n);
			break;
		case 3:
			buf_add(out, base->p + at, n);
			out->p[out->n - 1 - next_random(seed) % n] = '#';
			break;
		default:
			break; /* gone */
		}
	}
}

/* Exactly so many bytes of memory, so that a sanitizer sees who reads on. */
static int apply(struct bytes delta, struct bytes base, struct buf *out)
{
	char *d = malloc(delta.n + !delta.n), *b = malloc(base.n + !base.n);
	struct error err = { 0 };
	int rc;

	if (d == NULL || b == NULL)
		abort();
	if (delta.n > 0)
		memcpy(d, delta.p, delta.n);
	if (base.n > 0)
		memcpy(b, base.p, base.n);
	rc = delta_apply((struct bytes){ d, delta.n },
	    (struct bytes){ b, base.n }, out, &err);
	assert_true(rc == 0 || (rc == ERROR_CORRUPT && err.msg[0] != '\0'));
	free(d);
	free(b);
	return rc;
}

static void expect_same(const struct buf *delta, struct bytes base,
    const struct buf *data)
{
	CLEANUP(buf_clear) struct buf again = { 0 };

	assert_int_equal(apply(buf_bytes(delta), base, &again), 0);
	assert_true(bytes_eq(buf_bytes(&again), buf_bytes(data)));
}

/* Whether it was made; it is a quarter at most, and gives data. */
static bool try_edit(uint64_t *seed, uint64_t rare)
{
	CLEANUP(buf_clear) struct buf base = { 0 }, data = { 0 }, delta = { 0 };
	const size_t n = 1 + next_random(seed) % DELTA_BASES;
	size_t rows = next_random(seed) % 2000;
	uint64_t reached;
	int rc;

	while (rows-- > 0)
		add_row(&base, seed);
	edit(&base, rare, seed, &data);
	rc = delta_make(ids, n, buf_bytes(&base), buf_bytes(&data), &delta,
	    &reached, NULL);
	assert_true(rc == 0 || rc == ERROR_LIMIT);
	if (rc == 0) {
		assert_true(delta.n <= data.n / 4);
		assert_true(reached <= base.n);
		expect_same(&delta, buf_bytes(&base), &data);
	}
	return rc == 0;
}

static void test_random_edits(void **state)
{
	unsigned rare[] = { 2, 10, 100, 1000 }, made[4] = { 0 }, i;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++)
		for (i = 0; i < 4; i++) {
			uint64_t s = seed * 4 + i;

			made[i] += try_edit(&s, rare[i]);
		}
	/* a table of few rows has no room for a head */
	assert_true(made[3] > SEEDS * 9 / 10);
	assert_true(made[2] > SEEDS * 9 / 10);
	assert_true(made[0] < SEEDS / 10);
}

/* One row in a thousand is another: so is little more than one byte in a
 * thousand. */
static void test_what_is_new_is_small(void **state)
{
	CLEANUP(buf_clear) struct buf base = { 0 }, data = { 0 }, delta = { 0 };
	uint64_t seed = 1, reached;
	size_t i;

	(void)state;
	for (i = 0; i < 20000; i++)
		buf_printf(&base, "%zu,%016llx,some text,%zu\n", i,
		    (unsigned long long)next_random(&seed), i % 7);
	buf_add(&data, base.p, base.n);
	for (i = 500; i < 20000; i += 1000)
		data.p[data.n * i / 20000] = '#';
	OK(delta_make(ids, 1, buf_bytes(&base), buf_bytes(&data), &delta,
	    &reached, &err));
	expect_same(&delta, buf_bytes(&base), &data);
	assert_true(delta.n < 500);
	assert_int_equal(reached, base.n);
}

/* Nothing in common: said before a base of any size is looked through twice. */
static void test_gives_up(void **state)
{
	CLEANUP(buf_clear) struct buf base = { 0 }, data = { 0 }, delta = { 0 };
	uint64_t seed = 7, other = 8, reached;
	size_t i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		add_row(&base, &seed);
		add_row(&data, &other);
	}
	assert_int_equal(delta_make(ids, 1, buf_bytes(&base), buf_bytes(&data),
	                     &delta, &reached, NULL),
	    ERROR_LIMIT);
	assert_true(delta.n < 100);
}

/* A head of so many bases and what follows. */
static void write_delta(struct buf *out, size_t n, const char *steps,
    size_t size)
{
	size_t i;

	buf_reset(out);
	buf_add_str(out, "sluice-delta/1\n");
	buf_add_char(out, (char)n);
	for (i = 0; i < n && i <= DELTA_BASES; i++)
		buf_add(out, ids[i].bytes, DIGEST_SIZE);
	buf_add(out, steps, size);
}

#define STEPS(text) text, sizeof(text) - 1

/* By the words of the format. */
static void test_a_text_of_the_format(void **state)
{
	CLEANUP(buf_clear) struct buf delta = { 0 }, out = { 0 };
	struct delta_head head;
	const struct bytes base = bytes_of("0123456789");

	(void)state;
	/* ten bytes: copy 3 from 2; add "ab"; copy 4, 1 on from 5, so from 6;
	 * copy 1, 10 back from 10 */
	write_delta(&delta, 2,
	    STEPS("\x0a\x07\x04\x04"
	          "ab\x09\x02\x03\x13"));
	assert_int_equal(apply(buf_bytes(&delta), base, &out), 0);
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, "234ab67890");
	OK(delta_read_head(buf_bytes(&delta), &head, &err));
	assert_int_equal(head.n, 2);
	assert_int_equal(head.bytes, 10);
	assert_int_equal(head.size, HEAD + 32 + 1);
	assert_true(digest_eq(&head.bases[1], &ids[1]));
	/* nothing of nothing */
	write_delta(&delta, 1, STEPS("\0"));
	buf_reset(&out);
	assert_int_equal(apply(buf_bytes(&delta), (struct bytes){ 0 }, &out),
	    0);
	assert_int_equal(out.n, 0);
}

static void test_damaged(void **state)
{
	static const struct {
		size_t n; /* bases */
		const char *steps;
		size_t size;
	} bad[] = {
		{ 0,
		    STEPS("\x01\x02"
		          "a") },
		{ 5,
		    STEPS("\x01\x02"
		          "a") },
		{ 1, STEPS("") }, /* no size */
		{ 1, STEPS("\x81\x80\x80\x08\x02") }, /* 16 MiB and 1 */
		{ 1, STEPS("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
		{ 1, STEPS("\x01") }, /* no step */
		{ 1, STEPS("\x01\x00") }, /* a step of nothing */
		{ 1, STEPS("\x01\x01\x00") },
		{ 1,
		    STEPS("\x01\x04"
		          "ab") }, /* more than comes out */
		{ 1,
		    STEPS("\x02\x04"
		          "a") }, /* less than it says */
		{ 1,
		    STEPS("\x01\x02"
		          "ab") }, /* more behind it */
		{ 1, STEPS("\x01\x03") }, /* from nowhere */
		{ 1, STEPS("\x01\x03\x01") }, /* before the start */
		{ 1, STEPS("\x01\x03\x14") }, /* at the end */
		{ 1, STEPS("\x02\x05\x12") }, /* over the end */
		{ 1, STEPS("\x01\x03\xfe\xff\xff\xff\xff\xff\xff\xff\x7f") },
	};
	CLEANUP(buf_clear) struct buf delta = { 0 }, out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		write_delta(&delta, bad[i].n, bad[i].steps, bad[i].size);
		buf_reset(&out);
		if (apply(buf_bytes(&delta), bytes_of("0123456789"), &out) !=
		    ERROR_CORRUPT)
			fail_msg("number %zu was taken", i);
	}
}

/* Each bit of a delta, and each of its ends. */
static void test_every_bit(void **state)
{
	CLEANUP(buf_clear) struct buf base = { 0 }, data = { 0 }, delta = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	uint64_t seed = 3, reached;
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		add_row(&base, &seed);
	edit(&base, 100, &seed, &data);
	OK(delta_make(ids, 1, buf_bytes(&base), buf_bytes(&data), &delta,
	    &reached, &err));
	for (i = 0; i < 8 * delta.n; i++) {
		delta.p[i / 8] = (char)(delta.p[i / 8] ^ 1 << i % 8);
		buf_reset(&out);
		if (apply(buf_bytes(&delta), buf_bytes(&base), &out) == 0)
			assert_true(i / 8 >= 16); /* it began as one */
		assert_true(out.n <= DELTA_MOST);
		delta.p[i / 8] = (char)(delta.p[i / 8] ^ 1 << i % 8);
	}
	for (i = 0; i < delta.n; i++)
		assert_int_equal(
		    apply((struct bytes){ delta.p, i }, buf_bytes(&base), &out),
		    ERROR_CORRUPT);
	/* a base that is shorter than it was */
	assert_int_equal(apply(buf_bytes(&delta),
	                     (struct bytes){ base.p, base.n / 2 }, &out),
	    ERROR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_edits),
		cmocka_unit_test(test_what_is_new_is_small),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_a_text_of_the_format),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_every_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
