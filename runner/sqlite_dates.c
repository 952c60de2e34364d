/* sqlite_dates: what lies between two dates. date_diff() counts the borders
 * that are crossed (31 December to 1 January is a year), date_sub() what is
 * complete (a patient's age). */
#include <string.h>
#include <strings.h>

#include "runner/sqlite_functions.h"

struct moment {
	int year, month, day;
	int64_t days; /* since 1970-01-01 */
	int64_t us; /* of the day */
};

enum {
	MONTHS_OF_YEAR = 12
};

static const int64_t day_us = (int64_t)86400 * 1000000;

static bool two_digits(const char *s, int most, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + (s[1] - '0');
	return *out <= most;
}

/* [:SS[.ffffff]] */
static bool read_seconds(const char *s, int64_t *us)
{
	int64_t unit = 100000;
	int seconds;

	if (*s == '\0')
		return true;
	if (*s != ':' || !two_digits(s + 1, 59, &seconds))
		return false;
	*us += (int64_t)seconds * 1000000;
	s += 3;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
			*us += (*s - '0') * unit;
	return *s == '\0';
}

/* YYYY-MM-DD, perhaps a blank or a T and HH:MM[:SS[.ffffff]]. */
static bool read_moment(sqlite3_value *value, struct moment *out)
{
	const char *s = (const char *)sqlite3_value_text(value);
	char date[11];
	int century, years, hour, minute;

	*out = (struct moment){ 0 };
	if (s == NULL || strlen(s) < 10 || !two_digits(s, 99, &century) ||
	    !two_digits(s + 2, 99, &years) ||
	    !two_digits(s + 5, MONTHS_OF_YEAR, &out->month) ||
	    !two_digits(s + 8, 31, &out->day))
		return false;
	out->year = 100 * century + years;
	memcpy(date, s, 10);
	date[10] = '\0';
	if (engine_date(date, &out->days, NULL))
		return false;
	s += 10;
	if (*s == '\0')
		return true;
	if ((*s != ' ' && *s != 'T') || !two_digits(s + 1, 23, &hour) ||
	    s[3] != ':' || !two_digits(s + 4, 59, &minute))
		return false;
	out->us = ((int64_t)hour * 60 + minute) * 60 * 1000000;
	return read_seconds(s + 6, &out->us);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t total_us(const struct moment *m)
{
	return m->days * day_us + m->us;
}

/* Units that are a number of microseconds, or of months; 0: it is neither. */
static const struct unit {
	const char *name;
	int months;
	int64_t us;
} units[] = {
	{ "year", 12, 0 },
	{ "quarter", 3, 0 },
	{ "month", 1, 0 },
	{ "week", 0, (int64_t)7 * 86400 * 1000000 },
	{ "day", 0, (int64_t)86400 * 1000000 },
	{ "hour", 0, (int64_t)3600 * 1000000 },
	{ "minute", 0, (int64_t)60 * 1000000 },
	{ "second", 0, 1000000 },
};

/* "year" or "years" */
static const struct unit *find_unit(sqlite3_value *value)
{
	const char *s = (const char *)sqlite3_value_text(value);
	size_t i;

	for (i = 0; s != NULL && i < ARRAY_LEN(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncasecmp(s, units[i].name, n) == 0 &&
		    (s[n] == '\0' ||
		        ((s[n] == 's' || s[n] == 'S') && s[n + 1] == '\0')))
			return &units[i];
	}
	return NULL;
}

/* A week is seven days, whichever it begins with. */
static int64_t count_borders(const struct unit *u, const struct moment *a,
    const struct moment *b)
{
	if (u->us == 7 * day_us)
		return (b->days - a->days) / 7;
	if (u->months > 0)
		return floor_div((int64_t)b->year * 12 + b->month - 1,
		           u->months) -
		    floor_div((int64_t)a->year * 12 + a->month - 1, u->months);
	return floor_div(total_us(b), u->us) - floor_div(total_us(a), u->us);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

/* Complete months from a to b, which is not before it. The last day of a
 * month completes one that began on a day which that month does not have. */
static int64_t complete_months(const struct moment *a, const struct moment *b)
{
	int last = month_days(b->year, b->month);
	int day = b->day == last && a->day > last ? last : a->day;
	int64_t months =
	    ((int64_t)b->year - a->year) * 12 + (b->month - a->month);

	if (b->day < day || (b->day == day && b->us < a->us))
		months--;
	return months;
}

static int64_t count_complete(const struct unit *u, const struct moment *a,
    const struct moment *b)
{
	if (u->months == 0)
		return (total_us(b) - total_us(a)) / u->us;
	return total_us(a) <= total_us(b)
	    ? complete_months(a, b) / u->months
	    : -(complete_months(b, a) / u->months);
}

static void between(sqlite3_context *ctx, sqlite3_value **argv,
    int64_t (*count)(const struct unit *, const struct moment *,
        const struct moment *))
{
	const struct unit *u = find_unit(argv[0]);
	struct moment a, b;

	if (u == NULL) {
		sqlite3_result_error(ctx,
		    "the unit is year, quarter, month, week, day, hour, minute "
		    "or second",
		    -1);
		return;
	}
	if (sqlite3_value_type(argv[1]) == SQLITE_NULL ||
	    sqlite3_value_type(argv[2]) == SQLITE_NULL)
		return;
	if (!read_moment(argv[1], &a) || !read_moment(argv[2], &b)) {
		sqlite3_result_error(ctx,
		    "a date is YYYY-MM-DD, perhaps with HH:MM[:SS]", -1);
		return;
	}
	sqlite3_result_int64(ctx, count(u, &a, &b));
}

void sqlite_date_diff(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	between(ctx, argv, count_borders);
}

void sqlite_date_sub(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	between(ctx, argv, count_complete);
}
