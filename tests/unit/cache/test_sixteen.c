/* sixteen: what looks at sixteen bytes at once tells what the loop over the
 * bytes does, and touches no byte that is not the text's. */
#include <stdlib.h>
#include <string.h>

#include "cache/csv.h"
#include "cache/sixteen.h"
#include "tests/unit/cmocka_all.h"

enum {
	LONGEST = 70,
	TIMES = 200, /* of each length */
};

static uint64_t seed = 20261127;

static unsigned next_random(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

/* A text of n bytes, mostly letters, in memory of its own that ends with it,
 * so that a sanitizer sees what reads on. */
static char *text_of(size_t n)
{
	static const char some[] = ",\"\n\r;'\xc3\xbc\x80\xff";
	char *p = malloc(n ? n : 1);
	size_t i;

	assert_non_null(p);
	for (i = 0; i < n; i++)
		p[i] = next_random(2 * LONGEST) == 0
		    ? some[next_random(sizeof(some) - 1)]
		    : (char)('a' + next_random(26));
	return p;
}

static void test_find(void **state)
{
	size_t n, k, found = 0;

	(void)state;
	for (n = 0; n <= LONGEST; n++) {
		for (k = 0; k < TIMES; k++) {
			char *p = text_of(n);
			size_t i;

			for (i = 0; i < n && p[i] != ',' && p[i] != '\n' &&
			     p[i] != '\xff';
			     i++)
				;
			assert_ptr_equal(
			    sixteen_find(p, p + n, ',', '\n', '\xff'), p + i);
			found += i < n;
			free(p);
		}
	}
	assert_true(found > 100);
}

static void test_first(void **state)
{
	char bytes[16];
	unsigned i, k;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(sixteen_first(sixteen_is(sixteen_at(bytes), 'y')), 16);
	for (i = 0; i < 16; i++) {
		memset(bytes, 'x', sizeof(bytes));
		for (k = i; k < 16; k += 1 + next_random(4))
			bytes[k] = 'y';
		bytes[i] = 'y';
		assert_int_equal(
		    sixteen_first(sixteen_is(sixteen_at(bytes), 'y')), i);
	}
}

/* All bytes are in it, and no others but zeros. */
static void test_of(void **state)
{
	size_t n, i;
	int c;

	(void)state;
	for (n = 1; n <= 16; n++) {
		char *p = text_of(n);

		for (i = 0; i < n; i++)
			p[i] = (char)(0x41 + i);
		for (c = 1; c < 256; c++) {
			bool is_in = memchr(p, c, n) != NULL;
			sixteen found = sixteen_is(sixteen_of(p, n), (char)c);

			assert_int_equal(sixteen_first(found) < 16, is_in);
		}
		free(p);
	}
}

static void test_copy(void **state)
{
	char none = 'x';
	size_t n;

	(void)state;
	assert_ptr_equal(sixteen_copy(&none, NULL, 0), &none);
	assert_int_equal(none, 'x');
	for (n = 0; n <= LONGEST; n++) {
		char *from = text_of(n), *to = malloc(n ? n : 1);

		assert_non_null(to);
		assert_ptr_equal(sixteen_copy(to, from, n), to + n);
		assert_memory_equal(to, from, n);
		free(from);
		free(to);
	}
}

/* A field as a part has it, byte by byte. */
static size_t put_slowly(const char *p, size_t n, char *out)
{
	bool quoted = n == 0;
	char *o = out;
	size_t i;

	for (i = 0; i < n; i++)
		quoted |=
		    p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r';
	if (quoted)
		*o++ = '"';
	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			*o++ = '"';
		*o++ = p[i];
	}
	if (quoted)
		*o++ = '"';
	return (size_t)(o - out);
}

static void test_put_field(void **state)
{
	size_t n, k, quoted = 0;

	(void)state;
	for (n = 0; n <= LONGEST; n++) {
		for (k = 0; k < TIMES; k++) {
			char is[2 * LONGEST + 2], wanted[2 * LONGEST + 2];
			struct field f = { text_of(n), n, false };
			size_t len = put_slowly(f.p, n, wanted);
			union {
				const char *read;
				void *all;
			} u = { f.p };

			assert_int_equal(csv_put_field(is, &f) - is, len);
			assert_memory_equal(is, wanted, len);
			quoted += wanted[0] == '"';
			free(u.all);
		}
	}
	assert_true(quoted > 100 && quoted < LONGEST * TIMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_put_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
