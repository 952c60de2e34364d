/* Our own conversions of DuckDB's values against its casts: random values of
 * every shape, as DuckDB holds them and as it writes them. */
#include <inttypes.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/duckdb_value.h"
#include "tests/unit/runner/duckdb_help.h"

enum {
	ROWS = 400,
};

struct random {
	uint64_t state;
};

static uint64_t draw(struct random *r, uint64_t most)
{
	r->state =
	    r->state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (r->state >> 33) % (most + 1);
}

/* Up to n digits, at least one, the first of them 0 only where it is alone. */
static void add_digits(struct random *r, struct buf *out, uint64_t n)
{
	uint64_t i, count = 1 + draw(r, n - 1);
	bool nines = draw(r, 9) == 0;

	for (i = 0; i < count; i++)
		buf_printf(out, "%" PRIu64,
		    nines                     ? 9
		        : i == 0 && count > 1 ? 1 + draw(r, 8)
		                              : draw(r, 9));
}

static void add_decimal(struct random *r, const struct duckdb_shape *s,
    struct buf *out)
{
	int i;

	if (draw(r, 1))
		buf_add_char(out, '-');
	if (s->width > s->scale)
		add_digits(r, out, (uint64_t)(s->width - s->scale));
	else
		buf_add_char(out, '0');
	for (i = 0; i < s->scale; i++)
		buf_printf(out, "%s%" PRIu64, i ? "" : ".",
		    draw(r, 3) ? draw(r, 9) : 0);
}

static void add_integer(struct random *r, const char *least, const char *most,
    struct buf *out)
{
	switch (draw(r, 9)) {
	case 0:
		buf_add_str(out, least);
		break;
	case 1:
		buf_add_str(out, most);
		break;
	default:
		if (draw(r, 1) && *least != '0')
			buf_add_char(out, '-');
		add_digits(r, out, strlen(most) - 1);
	}
}

static void add_date(struct random *r, struct buf *out)
{
	static const int years[] = { 1, 4, 100, 400, 1582, 1900, 1969, 1970,
		2000, 2020, 9999 };
	int year = draw(r, 1) ? years[draw(r, 10)] : 1 + (int)draw(r, 9998);
	int month = 1 + (int)draw(r, 11);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	uint64_t last = month == 2 ? 28 + leap : 30;

	buf_printf(out, "%04d-%02d-%02d", year, month,
	    1 + (int)draw(r, last - 1));
}

/* Seven digits are one more than DuckDB keeps. */
static void add_time(struct random *r, struct buf *out)
{
	uint64_t i, n = draw(r, 7);

	buf_printf(out, "%02d:%02d:%02d", (int)draw(r, 23), (int)draw(r, 59),
	    (int)draw(r, 59));
	for (i = 0; i < n; i++)
		buf_printf(out, "%s%d", i ? "" : ".",
		    i + 1 == n ? 1 + (int)draw(r, 8) : (int)draw(r, 9));
}

static void add_value(struct random *r, const struct duckdb_shape *s,
    struct buf *out)
{
	switch (s->kind) {
	case DUCKDB_BOOLEAN:
		buf_add_str(out, draw(r, 1) ? "true" : "false");
		break;
	case DUCKDB_TINYINT:
		add_integer(r, "-128", "127", out);
		break;
	case DUCKDB_SMALLINT:
		add_integer(r, "-32768", "32767", out);
		break;
	case DUCKDB_INTEGER:
		add_integer(r, "-2147483648", "2147483647", out);
		break;
	case DUCKDB_UTINYINT:
		add_integer(r, "0", "255", out);
		break;
	case DUCKDB_USMALLINT:
		add_integer(r, "0", "65535", out);
		break;
	case DUCKDB_UINTEGER:
		add_integer(r, "0", "4294967295", out);
		break;
	case DUCKDB_BIGINT:
		add_integer(r, "-9223372036854775808", "9223372036854775807",
		    out);
		break;
	case DUCKDB_HUGEINT:
		add_integer(r, "-170141183460469231731687303715884105728",
		    "170141183460469231731687303715884105727", out);
		break;
	case DUCKDB_DOUBLE:
		add_integer(r, "inf", "nan", out);
		if (out->p[out->n - 1] <= '9')
			buf_printf(out, ".%" PRIu64 "e%d", draw(r, 99999),
			    (int)draw(r, 300) - 150);
		break;
	case DUCKDB_DECIMAL:
		add_decimal(r, s, out);
		break;
	case DUCKDB_TIME:
		add_time(r, out);
		break;
	default:
		add_date(r, out);
		if (s->kind != DUCKDB_DATE) {
			buf_add_char(out, ' ');
			add_time(r, out);
		}
		if (s->kind == DUCKDB_TIMESTAMP_TZ)
			buf_add_str(out, "+00");
	}
}

/* With one thread, as a worker has it: what DuckDB's others do is nothing that
 * ThreadSanitizer can follow. */
static duckdb_handle open_connection(const struct duckdb_api *api,
    duckdb_handle *db)
{
	duckdb_handle connection = NULL, config = NULL;

	assert_int_equal(api->create_config(&config), 0);
	assert_int_equal(api->set_config(config, "threads", "1"), 0);
	assert_int_equal(api->open_ext(NULL, db, config, NULL), 0);
	api->destroy_config(&config);
	assert_int_equal(api->connect(*db, &connection), 0);
	return connection;
}

static struct duckdb_result ask(const struct duckdb_api *api,
    duckdb_handle connection, const char *sql)
{
	duckdb_handle all = NULL, one = NULL;
	struct duckdb_result result = { 0 };

	assert_int_equal(api->extract_statements(connection, sql, &all), 1);
	if (api->prepare_extracted_statement(connection, all, 0, &one))
		fail_msg("%s: %s", api->prepare_error(one), sql);
	if (api->execute_prepared(one, &result))
		fail_msg("%s", api->result_error(&result));
	api->destroy_prepare(&one);
	api->destroy_extracted(&all);
	return result;
}

/* A decimal's size in a vector, and that of all else. */
static size_t size_of(const struct duckdb_shape *s)
{
	switch (s->kind) {
	case DUCKDB_BOOLEAN:
		return 1;
	case DUCKDB_DATE:
		return 4;
	case DUCKDB_HUGEINT:
		return 16;
	case DUCKDB_DECIMAL:
		return s->width <= 4 ? 2
		    : s->width <= 9  ? 4
		    : s->width <= 18 ? 8
		                     : 16;
	default:
		return 8;
	}
}

/* DuckDB's text in a part's one form. */
static void canonical(const struct type *t, struct bytes text, struct buf *out)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	struct field f = { text.p, text.n, false }, c;

	assert_int_equal(type_canonical(t, f, &scratch, &c, NULL), 0);
	buf_add(out, c.p, c.n);
	buf_add_char(out, '\0');
}

/* The smaller integers are given as BIGINT, and cast. */
static bool is_given(enum duckdb_kind kind)
{
	return kind < DUCKDB_TINYINT || kind > DUCKDB_UBIGINT ||
	    kind == DUCKDB_BIGINT;
}

static void check_row(const struct duckdb_shape *s, const struct type *t,
    const char *data, uint64_t row, struct bytes said)
{
	CLEANUP(buf_clear) struct buf want = { 0 };
	char got[DUCKDB_VALUE_TEXT + 1], room[16] = { 0 };
	size_t size = size_of(s);
	struct field f;

	canonical(t, said, &want);
	got[duckdb_value_print(s, data, row, got)] = '\0';
	assert_string_equal(got, want.p);
	if (!is_given(s->kind))
		return;
	f = (struct field){ want.p, want.n - 1, false };
	assert_true(duckdb_value_set(s, room, 0, &f));
	if (s->kind != DUCKDB_DOUBLE || strcmp(got, "nan") != 0)
		assert_memory_equal(room, data + row * size, size);
}

static struct bytes text_of(const void *data, uint64_t row)
{
	const struct duckdb_string *s =
	    (const struct duckdb_string *)data + row;

	return (struct bytes){ s->value.inlined.n <= 12 ? s->value.inlined.p
		                                        : s->value.pointer.p,
		s->value.inlined.n };
}

static void try_shape(struct random *r, const char *name,
    const struct duckdb_shape *s, const struct type *t)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	const struct duckdb_api *api;
	duckdb_handle db = NULL, connection, chunk;
	struct duckdb_result result;
	uint64_t row, n = 0;
	int i;

	assert_int_equal(duckdb_load("", &api, NULL), 0);
	connection = open_connection(api, &db);
	result = ask(api, connection, "SET TimeZone = 'UTC'");
	api->destroy_result(&result);
	buf_printf(&sql,
	    "SELECT v, CAST(v AS VARCHAR) FROM (SELECT CAST(t AS %s) AS v "
	    "FROM (VALUES ",
	    name);
	for (i = 0; i < ROWS; i++) {
		buf_add_str(&sql, i ? ",('" : "('");
		add_value(r, s, &sql);
		buf_add_str(&sql, "')");
	}
	buf_add_str(&sql, ") x (t))");
	result = ask(api, connection, sql.p);
	while ((chunk = api->fetch_chunk(result)) != NULL) {
		char *v =
		    api->vector_get_data(api->data_chunk_get_vector(chunk, 0));
		void *said =
		    api->vector_get_data(api->data_chunk_get_vector(chunk, 1));

		for (row = 0; row < api->data_chunk_get_size(chunk); row++, n++)
			check_row(s, t, v, row, text_of(said, row));
		api->destroy_data_chunk(&chunk);
	}
	assert_int_equal(n, ROWS);
	api->destroy_result(&result);
	api->disconnect(&connection);
	api->close(&db);
}

static void test_as_duckdb_casts(void **state)
{
	static const struct {
		const char *name;
		enum duckdb_kind kind;
		enum type_kind type;
	} kinds[] = {
		{ "BOOLEAN", DUCKDB_BOOLEAN, TYPE_BOOLEAN },
		{ "BIGINT", DUCKDB_BIGINT, TYPE_INTEGER },
		{ "TINYINT", DUCKDB_TINYINT, TYPE_INTEGER },
		{ "SMALLINT", DUCKDB_SMALLINT, TYPE_INTEGER },
		{ "INTEGER", DUCKDB_INTEGER, TYPE_INTEGER },
		{ "UTINYINT", DUCKDB_UTINYINT, TYPE_INTEGER },
		{ "USMALLINT", DUCKDB_USMALLINT, TYPE_INTEGER },
		{ "UINTEGER", DUCKDB_UINTEGER, TYPE_INTEGER },
		{ "HUGEINT", DUCKDB_HUGEINT, TYPE_INTEGER },
		{ "DOUBLE", DUCKDB_DOUBLE, TYPE_REAL },
		{ "DATE", DUCKDB_DATE, TYPE_DATE },
		{ "TIME", DUCKDB_TIME, TYPE_TIME },
		{ "TIMESTAMP", DUCKDB_TIMESTAMP, TYPE_TIMESTAMP },
		{ "TIMESTAMPTZ", DUCKDB_TIMESTAMP_TZ, TYPE_TIMESTAMPTZ },
	};
	struct random r = { 20261126 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		try_shape(&r, kinds[i].name,
		    &(struct duckdb_shape){ .kind = kinds[i].kind },
		    &(struct type){ .kind = kinds[i].type });
}

static void test_decimals_of_every_width(void **state)
{
	struct random r = { 7 };
	int width, scale;

	(void)state;
	for (width = 1; width <= 38; width++) {
		char name[32];

		scale = (int)draw(&r, (uint64_t)width);
		snprintf(name, sizeof(name), "DECIMAL(%d,%d)", width, scale);
		try_shape(&r, name,
		    &(struct duckdb_shape){ DUCKDB_DECIMAL, width, scale },
		    &(struct type){ .kind = TYPE_DECIMAL,
		        .precision = width,
		        .scale = scale });
	}
}

static void test_what_does_not_fit(void **state)
{
	static const struct {
		struct duckdb_shape shape;
		const char *text;
	} bad[] = {
		{ { .kind = DUCKDB_BIGINT }, "9223372036854775808" },
		{ { .kind = DUCKDB_HUGEINT },
		    "170141183460469231731687303715884105728" },
		{ { .kind = DUCKDB_HUGEINT },
		    "-170141183460469231731687303715884105729" },
		{ { .kind = DUCKDB_HUGEINT },
		    "340282366920938463463374607431768211456" },
		{ { .kind = DUCKDB_HUGEINT }, "1.5" },
		{ { .kind = DUCKDB_HUGEINT }, "-" },
		{ { .kind = DUCKDB_HUGEINT }, "" },
		{ { DUCKDB_DECIMAL, 4, 2 }, "100.00" },
		{ { DUCKDB_DECIMAL, 4, 2 }, "1.0" },
		{ { DUCKDB_DECIMAL, 4, 2 }, "1.000" },
		{ { DUCKDB_DECIMAL, 4, 2 }, "1.0.0" },
		{ { DUCKDB_DECIMAL, 4, 2 }, "1,00" },
		{ { .kind = DUCKDB_DATE }, "2020-13-01" },
		{ { .kind = DUCKDB_DATE }, "2020-01-01 " },
		{ { .kind = DUCKDB_DATE }, "2020-1-01" },
		{ { .kind = DUCKDB_TIME }, "24:00:00" },
		{ { .kind = DUCKDB_TIME }, "08:00" },
		{ { .kind = DUCKDB_TIMESTAMP }, "2020-01-01" },
		{ { .kind = DUCKDB_TIMESTAMP }, "2020-01-01 08:00:00+00" },
		{ { .kind = DUCKDB_TIMESTAMP_TZ }, "2020-01-01 08:00:00" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct field f = { bad[i].text, strlen(bad[i].text), false };
		char room[16];

		if (duckdb_value_set(&bad[i].shape, room, 0, &f))
			fail_msg("'%s' was taken", bad[i].text);
	}
}

/* DuckDB's years reach further than a part's, and it has endless dates. */
static void test_no_part_holds_it(void **state)
{
	static const int32_t days[] = { -719163, 2932897, INT32_MAX,
		-INT32_MAX };
	static const int64_t micros[] = { INT64_MAX, -INT64_MAX };
	struct type date = { .kind = TYPE_DATE },
	            stamp = { .kind = TYPE_TIMESTAMP };
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	char text[DUCKDB_VALUE_TEXT];
	struct field f = { text, 0, false }, out;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(days); i++) {
		f.n = duckdb_value_print(
		    &(struct duckdb_shape){ .kind = DUCKDB_DATE }, days, i,
		    text);
		assert_int_not_equal(
		    type_canonical(&date, f, &scratch, &out, NULL), 0);
	}
	for (i = 0; i < ARRAY_LEN(micros); i++) {
		f.n = duckdb_value_print(
		    &(struct duckdb_shape){ .kind = DUCKDB_TIMESTAMP }, micros,
		    i, text);
		assert_int_not_equal(
		    type_canonical(&stamp, f, &scratch, &out, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_duckdb_casts),
		cmocka_unit_test(test_decimals_of_every_width),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_no_part_holds_it),
	};

	if (!duckdb_is_here())
		return DUCKDB_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
