/* Cutting: the constants computed anew, and a plain cutter that hashes all
 * bytes of the table from its definition. */
#include "tests/unit/cache/store_help.h"

#include <inttypes.h>

#include "cache/base/digest.h"
#include "cache/cut.h"

static uint64_t constants[256];

static void compute_constants(void)
{
	int i, k;

	for (i = 0; i < 256; i++) {
		char text[] = "sluice-gear/1?";
		struct digest d;

		text[sizeof(text) - 2] = (char)i;
		OK(digest_of((struct bytes){ text, sizeof(text) - 1 }, &d,
		    &err));
		constants[i] = 0;
		for (k = 0; k < 8; k++)
			constants[i] = constants[i] << 8 | d.bytes[k];
	}
}

/* By the words of the format: the hash of a byte is the sum over the last 64
 * bytes, and the table is one stream. Row ends are LFs here. */
static size_t plain_cut(const char *p, size_t n, size_t *ends)
{
	size_t i, start = 0, count = 0;
	uint64_t hash = 0;
	bool marked = false;

	for (i = 0; i < n; i++) {
		size_t size = i + 1 - start;

		hash = hash * 2 + constants[(unsigned char)p[i]];
		if (hash < UINT64_C(1) << 44 && size >= 262144)
			marked = true;
		if (p[i] == '\n' && (marked || size >= 4194304)) {
			ends[count++] = i + 1;
			start = i + 1;
			marked = false;
		}
	}
	return count;
}

static size_t cut_rows(const char *p, size_t n, size_t *ends)
{
	struct cut c = { 0 };
	size_t at = 0, count = 0;

	while (at < n) {
		const char *lf = memchr(p + at, '\n', n - at);
		size_t row = (size_t)(lf + 1 - (p + at));

		at += row;
		if (cut_add(&c, p + at - row, row))
			ends[count++] = at;
	}
	return count;
}

static char *make_rows(uint64_t *seed, size_t n, size_t longest)
{
	char *p = mem_alloc(n + 1);
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		if (left == 0)
			left = 1 + next_random(seed) % longest;
		left--;
		p[i] = left == 0 ? '\n' : (char)('a' + next_random(seed) % 26);
	}
	p[n - 1] = '\n';
	return p;
}

static void a_plain_cutter_agrees(void **state)
{
	static const size_t longest[] = { 40, 300, 100000, 6000000 };
	enum {
		SIZE = 24 << 20
	};
	uint64_t seed = 99;
	size_t i;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	compute_constants();
	for (i = 0; i < ARRAY_LEN(longest); i++) {
		CLEANUP(mem_freep) char *p = make_rows(&seed, SIZE, longest[i]);
		size_t want[256], got[256];
		size_t n = plain_cut(p, SIZE, want);

		assert_true(n > 1);
		assert_int_equal(cut_rows(p, SIZE, got), n);
		assert_memory_equal(got, want, n * sizeof(*got));
	}
}

/* A row put in near the front moves the cuts around it alone. */
static void a_change_moves_few_cuts(void **state)
{
	enum {
		SIZE = 24 << 20,
		AT = 3 << 20
	};
	uint64_t seed = 7;
	CLEANUP(mem_freep) char *p = make_rows(&seed, SIZE, 80);
	CLEANUP(mem_freep) char *q = mem_alloc(SIZE + 16);
	size_t a[256], b[256], n, m, same = 0, at = AT, i, j;

	(void)state;
	while (p[at - 1] != '\n')
		at++;
	memcpy(q, p, at);
	memcpy(q + at, "one more row\n", 13);
	memcpy(q + at + 13, p + at, SIZE - at);
	n = cut_rows(p, SIZE, a);
	m = cut_rows(q, SIZE + 13, b);
	for (i = 0, j = 0; i < n && j < m;) {
		size_t moved = b[j] > at ? b[j] - 13 : b[j];

		if (a[i] == moved) {
			same++;
			i++;
			j++;
		} else if (a[i] < moved) {
			i++;
		} else {
			j++;
		}
	}
	assert_true(n > 8);
	assert_true(same + 2 >= n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_cutter_agrees),
		cmocka_unit_test(a_change_moves_few_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
