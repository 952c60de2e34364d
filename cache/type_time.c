/* type_time: see type_time.h. */
#include "cache/type_time.h"

#include <stdint.h>
#include <string.h>

enum {
	DAY_SECONDS = 86400,
	FRACTION_MOST = 9
};

struct moment {
	int year, month, day;
	int seconds; /* of the day */
	char fraction[FRACTION_MOST];
	int n_fraction;
};

/* What is left to be read. */
struct scan {
	const char *p, *end;
};

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Exactly n digits, at most most. */
static bool take_number(struct scan *s, int n, int most, int *out)
{
	int v = 0;

	if (s->end - s->p < n)
		return false;
	for (; n > 0; n--, s->p++) {
		if (*s->p < '0' || *s->p > '9')
			return false;
		v = v * 10 + (*s->p - '0');
	}
	*out = v;
	return v <= most;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct scan *s, struct moment *m)
{
	return take_number(s, 4, 9999, &m->year) && m->year >= 1 &&
	    take(s, '-') && take_number(s, 2, 12, &m->month) && m->month >= 1 &&
	    take(s, '-') && take_number(s, 2, 31, &m->day) && m->day >= 1 &&
	    m->day <= days_in(m->year, m->month);
}

static bool take_time(struct scan *s, struct moment *m)
{
	int hour, minute, second = 0;

	if (!take_number(s, 2, 23, &hour) || !take(s, ':') ||
	    !take_number(s, 2, 59, &minute))
		return false;
	if (take(s, ':')) {
		if (!take_number(s, 2, 59, &second))
			return false;
		if (take(s, '.')) {
			for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' &&
			     m->n_fraction < FRACTION_MOST;
			     s->p++)
				m->fraction[m->n_fraction++] = *s->p;
			if (m->n_fraction == 0)
				return false;
		}
	}
	while (m->n_fraction > 0 && m->fraction[m->n_fraction - 1] == '0')
		m->n_fraction--;
	m->seconds = hour * 3600 + minute * 60 + second;
	return true;
}

/* Z or an offset, in seconds east. */
static bool take_offset(struct scan *s, int *out)
{
	int hour, minute = 0, sign = 1;

	*out = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	take(s, ' ');
	if (take(s, '-'))
		sign = -1;
	else if (!take(s, '+'))
		return false;
	if (!take_number(s, 2, 23, &hour))
		return false;
	if (s->p < s->end) {
		take(s, ':');
		if (!take_number(s, 2, 59, &minute))
			return false;
	}
	*out = sign * (hour * 3600 + minute * 60);
	return true;
}

/* One day back or forth, where a moment in UTC has another date. */
static bool move_to_utc(struct moment *m, int offset)
{
	m->seconds -= offset;
	if (m->seconds < 0) {
		m->seconds += DAY_SECONDS;
		if (--m->day < 1) {
			if (--m->month < 1) {
				m->month = 12;
				m->year--;
			}
			m->day = days_in(m->year, m->month);
		}
	} else if (m->seconds >= DAY_SECONDS) {
		m->seconds -= DAY_SECONDS;
		if (++m->day > days_in(m->year, m->month)) {
			m->day = 1;
			if (++m->month > 12) {
				m->month = 1;
				m->year++;
			}
		}
	}
	return m->year >= 1 && m->year <= 9999;
}

static bool parse(enum type_kind kind, struct scan *s, struct moment *m)
{
	int offset = 0;

	if (kind == TYPE_TIME)
		return take_time(s, m) && s->p == s->end;
	if (!take_date(s, m))
		return false;
	if (s->p == s->end)
		return kind != TYPE_TIMESTAMPTZ;
	if ((!take(s, ' ') && !take(s, 'T')) || !take_time(s, m))
		return false;
	if (kind == TYPE_TIMESTAMPTZ && !take_offset(s, &offset))
		return false;
	if (s->p < s->end)
		return false;
	if (kind == TYPE_DATE)
		return m->seconds == 0 && m->n_fraction == 0;
	return move_to_utc(m, offset);
}

static char *put_number(char *o, int v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--, v /= 10)
		o[i] = (char)('0' + v % 10);
	return o + n;
}

static char *put_date(char *o, const struct moment *m)
{
	o = put_number(o, m->year, 4);
	*o++ = '-';
	o = put_number(o, m->month, 2);
	*o++ = '-';
	return put_number(o, m->day, 2);
}

static char *put_time(char *o, const struct moment *m)
{
	o = put_number(o, m->seconds / 3600, 2);
	*o++ = ':';
	o = put_number(o, m->seconds / 60 % 60, 2);
	*o++ = ':';
	o = put_number(o, m->seconds % 60, 2);
	if (m->n_fraction > 0) {
		*o++ = '.';
		memcpy(o, m->fraction, (size_t)m->n_fraction);
		o += m->n_fraction;
	}
	return o;
}

size_t time_print(enum type_kind kind, const char *p, size_t n,
    char out[TIME_TEXT])
{
	struct scan s = { p, p + n };
	struct moment m = { 0 };
	char *o = out;

	if (!parse(kind, &s, &m))
		return 0;
	if (kind != TYPE_TIME)
		o = put_date(o, &m);
	if (kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ)
		*o++ = ' ';
	if (kind != TYPE_DATE)
		o = put_time(o, &m);
	if (kind == TYPE_TIMESTAMPTZ) {
		memcpy(o, "+00", 3);
		o += 3;
	}
	*o = '\0';
	return (size_t)(o - out);
}
