/* record: the records of a part. */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/record.h"
#include "tests/unit/cmocka_all.h"

static void expect(struct record_scan *s, const char *a, const char *b)
{
	struct field f[2];

	assert_int_equal(record_next(s, f, NULL), 1);
	assert_int_equal(f[0].null, a == NULL);
	assert_int_equal(f[1].null, b == NULL);
	assert_int_equal(f[0].n, a ? strlen(a) : 0);
	assert_int_equal(f[1].n, b ? strlen(b) : 0);
	assert_memory_equal(f[0].p, a ? a : "", f[0].n);
	assert_memory_equal(f[1].p, b ? b : "", f[1].n);
}

static void test_fields(void **state)
{
	struct record_scan s = { .n_fields = 2,
		.text = bytes_of("1,x\n,\"\"\n\"a \"\"b\"\" c\",\"d\"\"e\"\n"
		                 "\"l\n2\",\",\"\n") };
	struct field f[2];

	(void)state;
	expect(&s, "1", "x");
	expect(&s, NULL, "");
	expect(&s, "a \"b\" c", "d\"e");
	expect(&s, "l\n2", ",");
	assert_int_equal(record_next(&s, f, NULL), 0);
	assert_int_equal(s.n, 4);
	record_clear(&s);
}

static void test_one_column(void **state)
{
	struct record_scan s = { .n_fields = 1, .text = bytes_of("\n\nx\n\n") };
	struct field f;
	int nulls = 0;

	(void)state;
	while (record_next(&s, &f, NULL) > 0)
		nulls += f.null;
	assert_int_equal(s.n, 4);
	assert_int_equal(nulls, 3);
	record_clear(&s);
}

static void test_damage(void **state)
{
	static const char *const texts[] = { "1\n", "1,2", "1,2,3\n", "\"1,2\n",
		"\"1\"x,2\n", "1,\"2\"", "\"" };
	struct field f[2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		struct record_scan s = { .n_fields = 2,
			.text = bytes_of(texts[i]) };

		assert_int_equal(record_next(&s, f, NULL), ERROR_CORRUPT);
		record_clear(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_one_column),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
