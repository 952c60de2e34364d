/* Types: names, the one text of a value, order, inference, doubles. */
#include "tests/unit/cmocka_all.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/number.h"
#include "cache/type.h"
#include "cache/type_time.h"

static struct field text(const char *s)
{
	return s ? (struct field){ s, strlen(s), false }
	         : (struct field){ NULL, 0, true };
}

static void names_come_back(void **state)
{
	static const char *const same[] = { "text", "integer", "real",
		"decimal(10,2)", "decimal(38,0)", "boolean", "date", "time",
		"timestamp", "timestamptz", "json" };
	static const char *const other[][2] = { { "INT", "integer" },
		{ "number", "real" }, { "float", "real" },
		{ "double precision", "real" }, { "varchar(20)", "text" },
		{ "string", "text" }, { "bool", "boolean" },
		{ "datetime", "timestamp" },
		{ "numeric(8, 3)", "decimal(8,3)" },
		{ "decimal(9)", "decimal(9,0)" },
		{ "timestamp with time zone", "timestamptz" } };
	static const char *const wrong[] = { "", "foo", "decimal", "decimal(0)",
		"decimal(39,2)", "decimal(4,5)", "decimal(4,2)x", "int(4)",
		"decimal(4", "text(" };
	struct type t;
	struct error err = { 0 };
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(same); i++) {
		assert_int_equal(type_parse(same[i], &t, NULL), 0);
		type_print(&t, out, sizeof(out));
		assert_string_equal(out, same[i]);
	}
	for (i = 0; i < ARRAY_LEN(other); i++) {
		assert_int_equal(type_parse(other[i][0], &t, NULL), 0);
		type_print(&t, out, sizeof(out));
		assert_string_equal(out, other[i][1]);
	}
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(type_parse(wrong[i], &t, NULL), ERROR_SYNTAX);
	assert_int_equal(type_parse("intger", &t, &err), ERROR_SYNTAX);
	assert_non_null(strstr(err.msg, "'integer'"));
}

/* NULL: does not fit. */
static void check(const char *type, const char *in, const char *want)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	struct field out;
	struct error err = { 0 };
	struct type t;
	int rc;

	assert_int_equal(type_parse(type, &t, NULL), 0);
	rc = type_canonical(&t, text(in), &scratch, &out, &err);
	if ((rc == 0) != (want != NULL))
		fail_msg("%s '%s': %d", type, in, rc);
	if (rc) {
		assert_int_equal(rc, ERROR_SYNTAX);
		return;
	}
	if (out.n != strlen(want) || memcmp(out.p, want, out.n) != 0)
		fail_msg("%s '%s': '%.*s', not '%s'", type, in, (int)out.n,
		    out.p, want);
	/* what is canonical stays as it is */
	rc = type_canonical(&t, text(want), &scratch, &out, &err);
	assert_int_equal(rc, 0);
	assert_int_equal(out.n, strlen(want));
	assert_memory_equal(out.p, want, out.n);
}

static void values_have_one_text(void **state)
{
	static const char *const cases[][3] = {
		{ "integer", "5", "5" },
		{ "integer", "-5", "-5" },
		{ "integer", "007", "7" },
		{ "integer", "-0", "0" },
		{ "integer", "805.0", "805" },
		{ "integer", "1e+05", "100000" },
		{ "integer", "805.5", NULL },
		{ "integer", "+5", NULL },
		{ "integer", "", NULL },
		{ "integer", "-", NULL },
		{ "integer", "0x10", NULL },
		{ "integer", " 5", NULL },
		{ "integer", "9223372036854775808", "9223372036854775808" },
		{ "integer", "340282366920938463463374607431768211455",
		    "340282366920938463463374607431768211455" },
		{ "integer", "340282366920938463463374607431768211456", NULL },
		{ "integer", "-170141183460469231731687303715884105728",
		    "-170141183460469231731687303715884105728" },
		{ "integer", "-170141183460469231731687303715884105729", NULL },
		{ "integer", "1e40", NULL },
		{ "integer", "1e999999999999", NULL },
		{ "real", "1.50", "1.5" },
		{ "real", "150", "150.0" },
		{ "real", "0.0", "0.0" },
		{ "real", "-0.0", "0.0" },
		{ "real", "-0", "0.0" },
		{ "real", "0.00001", "1e-05" },
		{ "real", "0.0001", "0.0001" },
		{ "real", "1E16", "1e+16" },
		{ "real", "1e15", "1000000000000000.0" },
		{ "real", "1e300", "1e+300" },
		{ "real", "-1.5e-7", "-1.5e-07" },
		{ "real", ".5", "0.5" },
		{ "real", "5.", "5.0" },
		{ "real", ".", NULL },
		{ "real", "e5", NULL },
		{ "real", "1e", NULL },
		{ "real", "1e+", NULL },
		{ "real", "+1.5", NULL },
		{ "real", "1,5", NULL },
		{ "real", "1e309", NULL },
		{ "real", "5e-324", "5e-324" },
		{ "real", "0.1000000000000000055511151231257827", "0.1" },
		{ "real", "0.30000000000000004", "0.30000000000000004" },
		{ "real", "9007199254740993", "9007199254740992.0" },
		{ "real", "NaN", "nan" },
		{ "real", "-nan", "nan" },
		{ "real", "Inf", "inf" },
		{ "real", "-Infinity", "-inf" },
		{ "real", "NA", NULL },
		{ "real", "\rinf", NULL }, /* no minus, but for one bit */
		{ "decimal(5,2)", "1.5", "1.50" },
		{ "decimal(5,2)", "1.500", "1.50" },
		{ "decimal(5,2)", "1.505", NULL },
		{ "decimal(5,2)", "999.99", "999.99" },
		{ "decimal(5,2)", "1000", NULL },
		{ "decimal(5,2)", "-0.00", "0.00" },
		{ "decimal(5,2)", "0.05", "0.05" },
		{ "decimal(5,2)", "-.5", "-0.50" },
		{ "decimal(5,2)", "1e2", "100.00" },
		{ "decimal(5,2)", "5e-2", "0.05" },
		{ "decimal(5,2)", "5e-3", NULL },
		{ "decimal(4,4)", "0.0001", "0.0001" },
		{ "decimal(4,4)", "1", NULL },
		{ "decimal(3,0)", "12", "12" },
		{ "decimal(3,0)", "0", "0" },
		{ "decimal(38,0)", "99999999999999999999999999999999999999",
		    "99999999999999999999999999999999999999" },
		{ "boolean", "TRUE", "true" },
		{ "boolean", "False", "false" },
		{ "boolean", "1", "true" },
		{ "boolean", "f", "false" },
		{ "boolean", "yes", NULL },
		{ "boolean", "truee", NULL },
		{ "date", "2020-04-27", "2020-04-27" },
		{ "date", "2020-04-27 00:00:00.000", "2020-04-27" },
		{ "date", "2020-04-27 00:00:01", NULL },
		{ "date", "2020-02-29", "2020-02-29" },
		{ "date", "2021-02-29", NULL },
		{ "date", "1900-02-29", NULL },
		{ "date", "2000-02-29", "2000-02-29" },
		{ "date", "2020-13-01", NULL },
		{ "date", "2020-4-27", NULL },
		{ "date", "27.04.2020", NULL },
		{ "time", "08:03:28.513", "08:03:28.513" },
		{ "time", "11:36:08.647000", "11:36:08.647" },
		{ "time", "08:03", "08:03:00" },
		{ "time", "08:03:28.000", "08:03:28" },
		{ "time", "24:00:00", NULL },
		{ "time", "08:03:28.", NULL },
		{ "timestamp", "2020-04-27T08:03:28.50",
		    "2020-04-27 08:03:28.5" },
		{ "timestamp", "2020-04-27", "2020-04-27 00:00:00" },
		{ "timestamp", "2020-04-27 08:03:28+00", NULL },
		{ "timestamptz", "2020-04-27 08:03:28+00",
		    "2020-04-27 08:03:28+00" },
		{ "timestamptz", "2020-04-27T08:03:28Z",
		    "2020-04-27 08:03:28+00" },
		{ "timestamptz", "2020-03-01 01:30:00+02:00",
		    "2020-02-29 23:30:00+00" },
		{ "timestamptz", "2019-12-31 20:00:00.25-0530",
		    "2020-01-01 01:30:00.25+00" },
		{ "timestamptz", "2020-04-27 08:03:28", NULL },
		{ "text", "00123", "00123" },
		{ "text", "", "" },
		{ "json", "{\"a\": 1}", "{\"a\": 1}" },
		{ "text", "\xff", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		check(cases[i][0], cases[i][1], cases[i][2]);
}

/* At both ends of each width, and one beyond. */
static void integers_have_a_width(void **state)
{
	static const struct {
		const char *type, *as, *least, *below, *most, *above;
	} cases[] = {
		{ "smallint", "SMALLINT", "-32768", "-32769", "32767",
		    "32768" },
		{ "Int32", "INTEGER", "-2147483648", "-2147483649",
		    "2147483647", "2147483648.0" },
		{ "integer", "", "-9223372036854775808",
		    "-170141183460469231731687303715884105729",
		    "9223372036854775808",
		    "340282366920938463463374607431768211456" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct type t;

		assert_int_equal(type_parse(cases[i].type, &t, NULL), 0);
		assert_string_equal(t.as, cases[i].as);
		check(cases[i].type, cases[i].least, cases[i].least);
		check(cases[i].type, cases[i].most, cases[i].most);
		check(cases[i].type, cases[i].below, NULL);
		check(cases[i].type, cases[i].above, NULL);
		check(cases[i].type, "-7", "-7");
	}
}

static void null_is_null_and_nul_is_refused(void **state)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	struct type t = { .kind = TYPE_DATE };
	struct error err = { 0 };
	struct field out, in = { "a\0b", 3, false };

	(void)state;
	assert_int_equal(type_canonical(&t, text(NULL), &scratch, &out, NULL),
	    0);
	assert_true(out.null);
	t.kind = TYPE_TEXT;
	assert_int_equal(type_canonical(&t, in, &scratch, &out, &err),
	    ERROR_SYNTAX);
	assert_null(strstr(err.msg,
	    "a"
	    "b"));
}

/* Lists in their order. */
static void values_have_an_order(void **state)
{
	static const char *const reals[] = { NULL, "-inf", "-1e+300", "-2.5",
		"-1e-05", "0.0", "5e-324", "0.1", "9.0", "10.0", "1e+16", "inf",
		"nan" };
	static const char *const integers[] = { NULL,
		"-170141183460469231731687303715884105728", "-100", "-99", "-9",
		"-1", "0", "1", "9", "10", "99", "100", "9223372036854775808",
		"340282366920938463463374607431768211455" };
	static const char *const decimals[] = { NULL, "-10.00", "-9.99",
		"-0.01", "0.00", "0.09", "0.10", "9.99", "10.00" };
	static const char *const texts[] = { NULL, "", "10", "9", "A", "a",
		"aa", "\xc3\xa9" };
	static const struct {
		const char *type;
		const char *const *values;
		size_t n;
	} lists[] = { { "real", reals, ARRAY_LEN(reals) },
		{ "integer", integers, ARRAY_LEN(integers) },
		{ "decimal(4,2)", decimals, ARRAY_LEN(decimals) },
		{ "text", texts, ARRAY_LEN(texts) } };
	size_t l, i, j;

	(void)state;
	for (l = 0; l < ARRAY_LEN(lists); l++) {
		struct type t;

		assert_int_equal(type_parse(lists[l].type, &t, NULL), 0);
		for (i = 0; i < lists[l].n; i++)
			for (j = 0; j < lists[l].n; j++) {
				struct field a = text(lists[l].values[i]);
				struct field b = text(lists[l].values[j]);
				int c = type_compare(&t, &a, &b);

				assert_int_equal((c > 0) - (c < 0),
				    (i > j) - (i < j));
			}
	}
}

/* Values with '|' between them; "~" is NULL. */
static enum type_kind guess(const char *values)
{
	struct type_guess g = { 0 };
	const char *p = values;

	for (;;) {
		size_t n = strcspn(p, "|");
		struct field f = { p, n, n == 1 && *p == '~' };

		type_guess_add(&g, &f);
		if (p[n] == '\0')
			return type_guess_kind(&g);
		p += n + 1;
	}
}

static void inference_is_never_lossy(void **state)
{
	static const struct {
		const char *values;
		enum type_kind kind;
	} cases[] = {
		{ "~|~", TYPE_TEXT },
		{ "1|2|~", TYPE_INTEGER },
		{ "0|-1", TYPE_INTEGER },
		{ "-0", TYPE_TEXT },
		{ "00123", TYPE_TEXT },
		{ "1|00123", TYPE_TEXT },
		{ "+1", TYPE_TEXT },
		{ " 1", TYPE_TEXT },
		{ "", TYPE_TEXT },
		{ "1|", TYPE_TEXT },
		{ "9223372036854775807|-9223372036854775808", TYPE_INTEGER },
		{ "9223372036854775808", TYPE_TEXT },
		{ "10000000000000000000", TYPE_TEXT },
		{ "1.5|2", TYPE_REAL },
		{ "1.50|2", TYPE_REAL },
		{ "805.0", TYPE_REAL },
		{ "1e+16|1e-05", TYPE_REAL },
		{ "1E+16", TYPE_REAL },
		{ "1e5", TYPE_TEXT },
		{ "12E5", TYPE_TEXT },
		{ "1.", TYPE_TEXT },
		{ ".5", TYPE_TEXT },
		{ "01.5", TYPE_TEXT },
		{ "1.2.3", TYPE_TEXT },
		{ "1e+400", TYPE_TEXT },
		{ "1e-400", TYPE_TEXT },
		{ "0.30000000000000004", TYPE_REAL },
		{ "0.1000000000000000055511151231257827", TYPE_REAL },
		{ "0.1000000000000000000000000000001", TYPE_TEXT },
		{ "1.2345678901234567890", TYPE_TEXT },
		{ "9007199254740993|1.5", TYPE_TEXT },
		{ "9007199254740993", TYPE_INTEGER },
		{ "9007199254740992|1.5", TYPE_REAL },
		{ "1.5|9007199254740993", TYPE_TEXT },
		{ "0.0|-0.0", TYPE_REAL },
		{ "nan", TYPE_TEXT },
		{ "2020-04-27", TYPE_TEXT },
		{ "true", TYPE_TEXT },
		{ "0002-1433-80", TYPE_TEXT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (guess(cases[i].values) != cases[i].kind)
			fail_msg("%s: %d", cases[i].values,
			    guess(cases[i].values));
}

/* A column that was integer and is real has the same values. */
static void a_number_has_one_value_in_all_types(void **state)
{
	static const char *const same[][2] = { { "150", "150.0" },
		{ "-3", "-3.00" }, { "0", "0.0" }, { "0", "0.00" },
		{ "10000000000000000", "1e+16" }, { "1e-05", "0.00001" },
		{ "nan", "nan" }, { "-inf", "-inf" } };
	static const char *const other[][2] = { { "150", "15" },
		{ "150", "150.5" }, { "3", "-3" }, { "1", "10" },
		{ "inf", "-inf" }, { "nan", "0" },
		{ "9007199254740993", "9007199254740992.0" } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(same); i++) {
		struct field a = text(same[i][0]), b = text(same[i][1]);

		if (!type_is_same_number(&a, &b) ||
		    !type_is_same_number(&b, &a))
			fail_msg("%s is not %s", same[i][0], same[i][1]);
	}
	for (i = 0; i < ARRAY_LEN(other); i++) {
		struct field a = text(other[i][0]), b = text(other[i][1]);

		if (type_is_same_number(&a, &b))
			fail_msg("%s is %s", other[i][0], other[i][1]);
	}
}

/* tests/data/real-repr.txt: bits and repr, by Python. */
static void doubles_print_as_pythons_repr(void **state)
{
	CLEANUP(buf_clear) struct buf all = { 0 };
	char *line, *rest;
	int n = 0;

	(void)state;
	assert_int_equal(
	    file_read("tests/data/real-repr.txt", FILE_MAX, &all, NULL), 0);
	for (line = strtok_r(all.p, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest), n++) {
		uint64_t bits = strtoull(line, NULL, 16);
		char out[40];
		double v, back;

		memcpy(&v, &bits, 8);
		real_print(v, out);
		assert_string_equal(out, line + 17);
		back = real_value(out, strlen(out));
		assert_memory_equal(&back, &v, 8);
	}
	assert_true(n > 5000);
}

static uint64_t seed = 20261121;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Decimals of few digits take the quick ways; strtod is the judge. */
static void quick_ways_agree_with_strtod(void **state)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	static const struct type real = { .kind = TYPE_REAL };
	int i;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < 200000; i++) {
		char in[64], want[40];
		struct field out;
		double v;

		snprintf(in, sizeof(in), "%s%.*f", next_random() % 2 ? "-" : "",
		    (int)(next_random() % 9),
		    (double)(next_random() % 1000000000) /
		        (double)(1 + next_random() % 100000));
		v = strtod(in, NULL);
		real_print(v, want);
		assert_int_equal(
		    type_canonical(&real, text(in), &scratch, &out, NULL), 0);
		assert_int_equal(out.n, strlen(want));
		assert_memory_equal(out.p, want, out.n);
		assert_true(real_value(in, strlen(in)) == v);
		assert_true(strtod(want, NULL) == v);
	}
}

/* A decimal that is canonical already is not taken apart; with an exponent
 * behind it, it is. */
static void plain_decimals_are_what_they_seem(void **state)
{
	static const char letters[] = "-00.0.123459";
	CLEANUP(buf_clear) struct buf scratch = { 0 }, other = { 0 };
	int i, plain = 0;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < 500000; i++) {
		struct type t = { .kind = TYPE_DECIMAL };
		char in[16], slow[20];
		size_t n = 1 + next_random() % 7, k;
		struct field a, b;
		int ra, rb;

		t.precision = 1 + (int)(next_random() % 5);
		t.scale = (int)(next_random() % (uint64_t)(t.precision + 1));
		for (k = 0; k < n; k++)
			in[k] = letters[next_random() % (sizeof(letters) - 1)];
		in[n] = '\0';
		snprintf(slow, sizeof(slow), "%se0", in);
		ra = type_canonical(&t, text(in), &scratch, &a, NULL);
		rb = type_canonical(&t, text(slow), &other, &b, NULL);
		assert_int_equal(ra, rb);
		if (ra)
			continue;
		plain += a.p == in;
		if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
			fail_msg("decimal(%d,%d) %s: %.*s, not %.*s",
			    t.precision, t.scale, in, (int)a.n, a.p, (int)b.n,
			    b.p);
	}
	assert_true(plain > 5000);
}

/* -- within a tolerance -- */

static void within(const char *a, const char *b, const char *tolerance,
    bool want)
{
	struct field x = text(a), y = text(b);

	if (type_is_within(&x, &y, tolerance) != want ||
	    type_is_within(&y, &x, tolerance) != want)
		fail_msg("%s and %s, %s", a ? a : "NULL", b ? b : "NULL",
		    tolerance);
}

static void a_tolerance_is_of_digits(void **state)
{
	(void)state;
	within("0.30000000000000004", "0.3", "1e-9", true);
	within("0.30000000000000004", "0.3", "4e-17", true);
	within("0.30000000000000004", "0.3", "3.9e-17", false);
	within("1.5", "1.6", "0.1", true); /* not of their doubles */
	within("-0.05", "0.05", "0.1", true);
	within("-0.05", "0.051", "0.1", false);
	within("0", "0.0", "0", true);
	within("340282366920938463463374607431768211455",
	    "340282366920938463463374607431768211454", "1", true);
	within("340282366920938463463374607431768211455",
	    "340282366920938463463374607431768211453", "1", false);
	within("1e+308", "1.0000000000000002e+308", "1e+293", true);
	within("1e+308", "-1e+308", "1e+307", false);
	within("5e-324", "0.0", "1e-300", true);
	within("nan", "nan", "1", false);
	within("inf", "inf", "1", false);
	within(NULL, "1", "1", false);
	within("1", "1", "-1", false);
	assert_true(type_is_tolerance("1e-9") && type_is_tolerance("0"));
	assert_false(type_is_tolerance("-1") || type_is_tolerance("") ||
	    type_is_tolerance("x") || type_is_tolerance("1 %"));
}

/* Decimals of three digits behind the point, as whole numbers. */
static void random_tolerances_agree_with_whole_numbers(void **state)
{
	int i, near = 0;

	(void)state;
	print_message("seed %" PRIu64 "\n", seed);
	for (i = 0; i < 100000; i++) {
		int64_t a = (int64_t)(next_random() % 2000000) - 1000000;
		int64_t b = a + (int64_t)(next_random() % 4000) - 2000;
		int64_t t = (int64_t)(next_random() % 2000);
		int64_t apart = a > b ? a - b : b - a;
		int64_t high = (a < 0 ? -a : a) / 1000;
		int64_t low = (a < 0 ? -a : a) % 1000;
		char x[40], y[40], z[40];

		snprintf(x, sizeof(x), "%s%" PRId64 ".%03" PRId64,
		    a < 0 ? "-" : "", high, low);
		snprintf(y, sizeof(y), "%" PRId64 "e-3", b);
		snprintf(z, sizeof(z), "%" PRId64 "e-3", t);
		near += apart <= t;
		within(x, y, z, apart <= t);
	}
	assert_in_range(near, 10000, 90000);
}

/* Moments, most of them with a character or two that is another one: what is
 * taken as it is, is what the long way prints. */
static void plain_moments_are_what_they_seem(void **state)
{
	static const enum type_kind kinds[] = { TYPE_DATE, TYPE_TIMESTAMP,
		TYPE_TIMESTAMPTZ };
	static const char letters[] = "0123456789-: +T.Z";
	struct buf scratch = { 0 };
	int i, plain = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct type t = { .kind = kinds[i % 3] };
		char in[60], slow[TIME_TEXT];
		struct field out;
		size_t n, wanted, changes = next_random() % 3;
		int rc;

		snprintf(in, sizeof(in), "%04d-%02d-%02d %02d:%02d:%02d+00",
		    (int)(next_random() % 3000), (int)(next_random() % 14),
		    (int)(next_random() % 33), (int)(next_random() % 25),
		    (int)(next_random() % 61), (int)(next_random() % 61));
		n = i % 3 == 0 ? 10 : i % 3 == 1 ? 19 : 22;
		n -= next_random() % 20 == 0;
		in[n] = '\0';
		while (changes-- > 0)
			in[next_random() % n] =
			    letters[next_random() % (sizeof(letters) - 1)];
		rc = type_canonical(&t, text(in), &scratch, &out, NULL);
		wanted = time_print(t.kind, in, n, slow);
		assert_int_equal(rc == 0, wanted > 0);
		if (rc)
			continue;
		plain += out.p == in;
		assert_int_equal(out.n, wanted);
		assert_memory_equal(out.p, slow, wanted);
	}
	buf_clear(&scratch);
	assert_true(plain > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(values_have_one_text),
		cmocka_unit_test(integers_have_a_width),
		cmocka_unit_test(null_is_null_and_nul_is_refused),
		cmocka_unit_test(values_have_an_order),
		cmocka_unit_test(inference_is_never_lossy),
		cmocka_unit_test(a_number_has_one_value_in_all_types),
		cmocka_unit_test(doubles_print_as_pythons_repr),
		cmocka_unit_test(quick_ways_agree_with_strtod),
		cmocka_unit_test(plain_decimals_are_what_they_seem),
		cmocka_unit_test(a_tolerance_is_of_digits),
		cmocka_unit_test(random_tolerances_agree_with_whole_numbers),
		cmocka_unit_test(plain_moments_are_what_they_seem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
