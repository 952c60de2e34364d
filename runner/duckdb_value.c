/* duckdb_value: see duckdb_value.h. */
#include "runner/duckdb_value.h"

#include <string.h>

#include "cache/number.h"
#include "runner/engine_rows.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

enum {
	DIGITS_MOST = 39, /* of 128 bits */
	DAY_SECONDS = 24 * 60 * 60,
	FRACTION = 6, /* digits of a second's microseconds */
};

#define UNIT_MOST UINT64_C(1000000000000000000)

static const int64_t second = 1000000;
static const int64_t day = (int64_t)DAY_SECONDS * 1000000;

/* A date of the Gregorian calendar, in its cycles of 400 years, which begin
 * with a first of March (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static void split_days(int64_t days, int64_t *year, int *month, int *mday)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int of_era = (int)(z - era * 146097), of_year, m;
	int y =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;

	of_year = of_era - (365 * y + y / 4 - y / 100);
	m = (5 * of_year + 2) / 153;
	*mday = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

static char *put_number(char *out, int64_t v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + n;
}

/* NULL: no year from 1 to 9999. */
static char *put_date(char *out, int64_t days)
{
	int64_t year;
	int month, mday;

	split_days(days, &year, &month, &mday);
	if (year < 1 || year > 9999)
		return NULL;
	out = put_number(out, year, 4);
	*out++ = '-';
	out = put_number(out, month, 2);
	*out++ = '-';
	return put_number(out, mday, 2);
}

static char *put_time(char *out, int64_t micros)
{
	int64_t s = micros / second, fraction = micros % second;

	out = put_number(out, s / 3600, 2);
	*out++ = ':';
	out = put_number(out, s / 60 % 60, 2);
	*out++ = ':';
	out = put_number(out, s % 60, 2);
	if (fraction == 0)
		return out;
	*out++ = '.';
	out = put_number(out, fraction, FRACTION);
	while (out[-1] == '0')
		out--;
	return out;
}

/* Towards the past, so that what is left of the day is not negative. */
static char *put_timestamp(char *out, int64_t micros)
{
	int64_t days = micros / day - (micros % day < 0);

	out = put_date(out, days);
	if (out == NULL)
		return NULL;
	*out++ = ' ';
	return put_time(out, micros - days * day);
}

static size_t print_moment(enum duckdb_kind kind, const void *data,
    uint64_t row, char *out)
{
	static const char never[] = "out of range";
	char *end;

	if (kind == DUCKDB_DATE)
		end = put_date(out, ((const int32_t *)data)[row]);
	else if (kind == DUCKDB_TIME)
		end = put_time(out, ((const int64_t *)data)[row]);
	else
		end = put_timestamp(out, ((const int64_t *)data)[row]);
	if (end == NULL) {
		memcpy(out, never, sizeof(never));
		return sizeof(never) - 1;
	}
	if (kind == DUCKDB_TIMESTAMP_TZ) {
		*end++ = '+';
		end = put_number(end, 0, 2);
	}
	return (size_t)(end - out);
}

static wide get_wide(const void *data, uint64_t row)
{
	wide v;

	memcpy(&v, (const char *)data + row * sizeof(v), sizeof(v));
	return v;
}

static void set_wide(void *data, uint64_t row, wide v)
{
	memcpy((char *)data + row * sizeof(v), &v, sizeof(v));
}

static wide get_decimal(const struct duckdb_shape *shape, const void *data,
    uint64_t row)
{
	if (shape->width <= 4)
		return ((const int16_t *)data)[row];
	if (shape->width <= 9)
		return ((const int32_t *)data)[row];
	if (shape->width <= 18)
		return ((const int64_t *)data)[row];
	return get_wide(data, row);
}

/* With scale digits behind a point, and one before it at least. */
static size_t print_wide(wide value, int scale, char *out)
{
	char digits[2 * DIGITS_MOST], *p = digits + sizeof(digits);
	uwide v = value < 0 ? 0 - (uwide)value : (uwide)value;
	uint64_t low;
	int n = 0;

	while (v > UINT64_MAX) {
		*--p = (char)('0' + (int)(v % 10));
		v /= 10;
		if (++n == scale)
			*--p = '.';
	}
	low = (uint64_t)v;
	do {
		*--p = (char)('0' + low % 10);
		low /= 10;
		if (++n == scale)
			*--p = '.';
	} while (low > 0 || n <= scale);
	if (value < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(digits + sizeof(digits) - p));
	return (size_t)(digits + sizeof(digits) - p);
}

/* Of at most 64 bits, without UBIGINT's. */
static int64_t get_integer(enum duckdb_kind kind, const void *data,
    uint64_t row)
{
	switch (kind) {
	case DUCKDB_TINYINT:
		return ((const int8_t *)data)[row];
	case DUCKDB_SMALLINT:
		return ((const int16_t *)data)[row];
	case DUCKDB_INTEGER:
		return ((const int32_t *)data)[row];
	case DUCKDB_UTINYINT:
		return ((const uint8_t *)data)[row];
	case DUCKDB_USMALLINT:
		return ((const uint16_t *)data)[row];
	case DUCKDB_UINTEGER:
		return ((const uint32_t *)data)[row];
	default:
		return ((const int64_t *)data)[row];
	}
}

size_t duckdb_value_print(const struct duckdb_shape *shape, const void *data,
    uint64_t row, char out[DUCKDB_VALUE_TEXT])
{
	bool is_true;

	switch (shape->kind) {
	case DUCKDB_BOOLEAN:
		is_true = ((const bool *)data)[row];
		memcpy(out, is_true ? "true" : "false", 6 - is_true);
		return is_true ? 4 : 5;
	case DUCKDB_TINYINT:
	case DUCKDB_SMALLINT:
	case DUCKDB_INTEGER:
	case DUCKDB_BIGINT:
	case DUCKDB_UTINYINT:
	case DUCKDB_USMALLINT:
	case DUCKDB_UINTEGER:
		return engine_print_integer(get_integer(shape->kind, data, row),
		    out);
	case DUCKDB_HUGEINT:
		return print_wide(get_wide(data, row), 0, out);
	case DUCKDB_DECIMAL:
		return print_wide(get_decimal(shape, data, row), shape->scale,
		    out);
	case DUCKDB_DOUBLE:
		real_print(((const double *)data)[row], out);
		return strlen(out);
	default:
		return print_moment(shape->kind, data, row, out);
	}
}

/* A number as text, -?digits[.digits], without its point. */
struct whole {
	wide value;
	int digits, scale; /* from the first that is not 0; behind the point */
};

/* v * unit + more, if 128 bits hold it. */
static bool add_digits(uwide *v, uint64_t unit, uint64_t more)
{
	return !__builtin_mul_overflow(*v, unit, v) &&
	    !__builtin_add_overflow(*v, more, v);
}

/* Digits are gathered in 64 bits, as many as fit. */
static bool parse_whole(const struct field *f, struct whole *out)
{
	size_t i, negative = f->n > 0 && f->p[0] == '-';
	const uwide most = ((uwide)1 << 127) - 1 + negative;
	uint64_t some = 0, unit = 1;
	bool has_point = false;
	uwide v = 0;

	*out = (struct whole){ 0 };
	for (i = negative; i < f->n; i++) {
		unsigned digit = (unsigned)(f->p[i] - '0');

		if (f->p[i] == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (digit > 9)
			return false;
		some = some * 10 + digit;
		unit *= 10;
		out->digits += digit > 0 || out->digits > 0;
		out->scale += has_point;
		if (unit < UNIT_MOST)
			continue;
		if (!add_digits(&v, unit, some))
			return false;
		some = 0;
		unit = 1;
	}
	if (!add_digits(&v, unit, some) || v > most)
		return false;
	out->value = (wide)(negative ? 0 - v : v);
	return f->n > negative;
}

static bool set_decimal(const struct duckdb_shape *shape, void *data,
    uint64_t row, const struct field *f)
{
	struct whole n;

	if (!parse_whole(f, &n) || n.scale != shape->scale ||
	    n.digits > shape->width)
		return false;
	if (shape->width <= 4)
		((int16_t *)data)[row] = (int16_t)n.value;
	else if (shape->width <= 9)
		((int32_t *)data)[row] = (int32_t)n.value;
	else if (shape->width <= 18)
		((int64_t *)data)[row] = (int64_t)n.value;
	else
		set_wide(data, row, n.value);
	return true;
}

static bool set_hugeint(void *data, uint64_t row, const struct field *f)
{
	struct whole n;

	if (!parse_whole(f, &n) || n.scale != 0)
		return false;
	set_wide(data, row, n.value);
	return true;
}

/* n digits at p, and what stands behind them ('\0': the end); -1 where not. */
static int take(const struct field *f, size_t *at, size_t n, char behind)
{
	int v = 0;

	if (f->n < *at + n + (behind != '\0'))
		return -1;
	for (; n > 0; n--) {
		unsigned digit = (unsigned)(f->p[(*at)++] - '0');

		if (digit > 9)
			return -1;
		v = v * 10 + (int)digit;
	}
	if (behind != '\0' && f->p[(*at)++] != behind)
		return -1;
	return v;
}

static bool take_date(const struct field *f, size_t *at, char behind,
    int64_t *days)
{
	int y = take(f, at, 4, '-'), m = y < 0 ? -1 : take(f, at, 2, '-');
	int d = m < 0 ? -1 : take(f, at, 2, behind);

	if (y < 1 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*days = engine_days(y, m, d);
	return true;
}

static bool take_time(const struct field *f, size_t *at, int64_t *micros)
{
	int h = take(f, at, 2, ':'), m = h < 0 ? -1 : take(f, at, 2, ':');
	int s = m < 0 ? -1 : take(f, at, 2, '\0');
	int64_t unit = second;

	if (s < 0 || h > 23 || m > 59 || s > 59)
		return false;
	*micros = (h * 3600 + m * 60 + s) * second;
	if (*at == f->n || f->p[*at] != '.')
		return true;
	while (++*at < f->n && f->p[*at] >= '0' && f->p[*at] <= '9') {
		unit /= 10;
		*micros += (f->p[*at] - '0') * unit;
	}
	return true;
}

static bool set_moment(enum duckdb_kind kind, void *data, uint64_t row,
    const struct field *f)
{
	size_t at = 0;
	int64_t days = 0, micros = 0;

	if (kind == DUCKDB_DATE) {
		if (!take_date(f, &at, '\0', &days) || at != f->n)
			return false;
		((int32_t *)data)[row] = (int32_t)days;
		return true;
	}
	if ((kind != DUCKDB_TIME && !take_date(f, &at, ' ', &days)) ||
	    !take_time(f, &at, &micros))
		return false;
	if (kind == DUCKDB_TIMESTAMP_TZ &&
	    (f->n != at + 3 || memcmp(f->p + at, "+00", 3) != 0))
		return false;
	if (kind != DUCKDB_TIMESTAMP_TZ && at != f->n)
		return false;
	((int64_t *)data)[row] = days * day + micros;
	return true;
}

bool duckdb_value_set(const struct duckdb_shape *shape, void *data,
    uint64_t row, const struct field *f)
{
	switch (shape->kind) {
	case DUCKDB_BOOLEAN:
		((bool *)data)[row] = f->n == 4;
		return true;
	case DUCKDB_BIGINT:
		return engine_integer(f, (int64_t *)data + row);
	case DUCKDB_HUGEINT:
		return set_hugeint(data, row, f);
	case DUCKDB_DECIMAL:
		return set_decimal(shape, data, row, f);
	case DUCKDB_DOUBLE:
		((double *)data)[row] = real_value(f->p, f->n);
		return true;
	default:
		return set_moment(shape->kind, data, row, f);
	}
}
