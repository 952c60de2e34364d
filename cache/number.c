/* number: see number.h. */
#include "cache/number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/type.h"
#include "cache/wide.h"

enum {
	TEXT_MOST = 512, /* of a number, to be read as a double */
	EXPONENT_MOST = 9999, /* beyond it all doubles are 0 or inf */
	INTEGER_DIGITS = 18, /* that 64 bits hold, whichever they are */
	BEHIND_MOST = 19, /* see wide.h */
};

static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
	1e21, 1e22 };
enum {
	POWER_MOST = 22
}; /* 10^22 is the last that a double holds exactly */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits of a run, behind those already there; zeros in front of the
 * first significant one are not kept. */
static void take_digits(struct number *num, const char *p, const char *end,
    bool is_fraction)
{
	for (; p < end; p++) {
		if (num->n == 0 && *p == '0') {
			num->exponent -= is_fraction;
			continue;
		}
		num->exponent += !is_fraction;
		if (num->n < NUMBER_DIGITS)
			num->digits[num->n++] = *p;
		else if (*p != '0')
			num->cut = true;
	}
}

static bool take_exponent(struct number *num, const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	int e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return false;
		if (e < EXPONENT_MOST)
			e = e * 10 + (*p - '0');
	}
	num->exponent += negative ? -e : e;
	return true;
}

bool number_parse(const char *p, size_t n, struct number *out)
{
	const char *end = p + n, *whole, *point;

	if (n == 0 || n > TEXT_MOST)
		return false;
	out->negative = *p == '-';
	out->cut = false;
	out->n = out->exponent = 0;
	p += out->negative;
	for (whole = p; p < end && is_digit(*p); p++)
		;
	take_digits(out, whole, p, false);
	point = p;
	if (p < end && *p == '.') {
		const char *fraction = ++p;

		for (; p < end && is_digit(*p); p++)
			;
		take_digits(out, fraction, p, true);
		if (p - whole == 1)
			return false; /* a point alone */
	} else if (point == whole) {
		return false;
	}
	if (p < end &&
	    ((*p != 'e' && *p != 'E') || !take_exponent(out, p + 1, end)))
		return false;
	while (out->n > 0 && out->digits[out->n - 1] == '0')
		out->n--;
	if (out->n == 0)
		out->exponent = 0;
	return true;
}

static size_t print_plain(const struct number *num, char *out)
{
	char *o = out;
	int i;

	if (num->exponent <= 0) {
		*o++ = '0';
		*o++ = '.';
		for (i = num->exponent; i < 0; i++)
			*o++ = '0';
		memcpy(o, num->digits, (size_t)num->n);
		return (size_t)(o - out) + (size_t)num->n;
	}
	for (i = 0; i < num->exponent; i++)
		*o++ = i < num->n ? num->digits[i] : '0';
	*o++ = '.';
	if (i >= num->n)
		*o++ = '0';
	for (; i < num->n; i++)
		*o++ = num->digits[i];
	return (size_t)(o - out);
}

size_t number_print_real(const struct number *num, char out[REAL_TEXT])
{
	char *o = out;
	int left;

	if (num->n == 0) {
		memcpy(out, "0.0", 4); /* also of -0.0 */
		return 3;
	}
	if (num->negative)
		*o++ = '-';
	if (num->exponent > -4 && num->exponent <= 16) {
		o += print_plain(num, o);
		*o = '\0';
		return (size_t)(o - out);
	}
	*o++ = num->digits[0];
	if (num->n > 1) {
		*o++ = '.';
		memcpy(o, num->digits + 1, (size_t)num->n - 1);
		o += num->n - 1;
	}
	left = REAL_TEXT - (int)(o - out);
	o += snprintf(o, (size_t)left, "e%c%02d", num->exponent > 0 ? '+' : '-',
	    abs(num->exponent - 1));
	return (size_t)(o - out);
}

/* digits as an integer; at most INTEGER_DIGITS of them. */
static int64_t integer_of(const char *digits, int n)
{
	int64_t v = 0;
	int i;

	for (i = 0; i < n; i++)
		v = v * 10 + (digits[i] - '0');
	return v;
}

/* One rounding, of two exact doubles, is the correct one; where arithmetic
 * has other precision than double's, there is no such quick way. */
static bool quick_value(const struct number *num, double *out)
{
	int scale = num->exponent - num->n;
	double v;

	if (FLT_EVAL_METHOD != 0 || num->n > NUMBER_EXACT || num->cut ||
	    scale < -POWER_MOST || scale > POWER_MOST)
		return false;
	v = (double)integer_of(num->digits, num->n);
	v = scale < 0 ? v / powers[-scale] : v * powers[scale];
	*out = num->negative ? -v : v;
	return true;
}

/* Digits with a point, no more than an integer has. */
static bool exact_value(const struct number *num, double *out)
{
	int behind = num->n - num->exponent;

	if (num->cut || num->n > INTEGER_DIGITS || behind < 0 ||
	    behind > BEHIND_MOST)
		return false;
	*out = wide_value((uint64_t)integer_of(num->digits, num->n), behind);
	if (num->negative)
		*out = -*out;
	return true;
}

/* Digits with a point, at most 15 of them: what most values are. */
static bool plain_value(const char *p, size_t n, double *out)
{
	size_t i = n > 0 && p[0] == '-', digits = 0, behind = 0;
	bool point = false;
	int64_t v = 0;

	if (FLT_EVAL_METHOD != 0 || n > NUMBER_EXACT + 1)
		return false;
	for (; i < n; i++) {
		if (is_digit(p[i])) {
			v = v * 10 + (p[i] - '0');
			digits++;
			behind += point;
		} else if (p[i] == '.' && !point) {
			point = true;
		} else {
			return false;
		}
	}
	if (digits == 0 || digits > NUMBER_EXACT)
		return false;
	*out = (double)v / powers[behind];
	if (p[0] == '-')
		*out = -*out;
	return true;
}

double real_value(const char *p, size_t n)
{
	char text[TEXT_MOST + 1];
	struct number num;
	double v;

	if (plain_value(p, n, &v))
		return v;
	if (number_parse(p, n, &num) &&
	    (quick_value(&num, &v) || exact_value(&num, &v)))
		return v;
	if (n > TEXT_MOST)
		n = TEXT_MOST;
	memcpy(text, p, n);
	text[n] = '\0';
	return strtod(text, NULL);
}

/* How many digits the text has from its first significant one on. */
static int count_digits(const char *p, size_t n)
{
	int count = 0;
	size_t i;

	for (i = 0; i < n && p[i] != 'e' && p[i] != 'E'; i++)
		if (is_digit(p[i]) && (count > 0 || p[i] != '0'))
			count++;
	return count;
}

/* The digits of m, which is not 0, as a whole number. */
static void put_digits(uint64_t m, struct number *num)
{
	char text[24], *p = text + sizeof(text);

	for (; m > 0; m /= 10)
		*--p = (char)('0' + m % 10);
	num->n = num->exponent = (int)(text + sizeof(text) - p);
	memcpy(num->digits, p, (size_t)num->n);
	while (num->n > 1 && num->digits[num->n - 1] == '0')
		num->n--;
}

/* As many digits of the double nearest to the text as it has itself. */
static bool round_back(const char *p, size_t n, int digits, struct number *back)
{
	double v = real_value(p, n);
	char text[NUMBER_DIGITS + 32];
	struct wide w;
	bool same;

	if (digits >= WIDE_LEAST && digits <= WIDE_MOST &&
	    wide_round(fabs(v), digits, &w, &same)) {
		put_digits(w.digits, back);
		back->exponent = w.exponent;
		return true;
	}
	snprintf(text, sizeof(text), "%.*e", digits - 1, v);
	return number_parse(text, strlen(text), back); /* not inf */
}

bool real_gives_back(const char *p, size_t n)
{
	struct number given, back;
	int digits;

	if (!number_parse(p, n, &given) || given.cut)
		return false;
	if (given.n == 0 ||
	    (given.n <= NUMBER_EXACT && given.exponent > -300 &&
	        given.exponent < 300))
		return true;
	digits = count_digits(p, n);
	if (digits > NUMBER_DIGITS)
		return false;
	return digits == 0 ||
	    (round_back(p, n, digits, &back) && back.n == given.n &&
	        back.exponent == given.exponent &&
	        memcmp(back.digits, given.digits, (size_t)back.n) == 0);
}

bool real_is_plain(const char *p, size_t n)
{
	size_t i, whole, from;

	from = n > 0 && p[0] == '-';
	/* at most 15 digits and a point; 0.001 has zeros to spare */
	if (n - from > NUMBER_EXACT + 1 || n < from + 3 || !is_digit(p[from]))
		return false;
	for (i = from; i < n && is_digit(p[i]); i++)
		;
	whole = i - from;
	if (i + 1 >= n || p[i] != '.')
		return false;
	for (i++; i < n && is_digit(p[i]); i++)
		;
	if (i < n)
		return false;
	if (p[from] == '0' && n == 3 && p[2] == '0')
		return true; /* 0.0, without a sign */
	if (p[from] == '0')
		return whole == 1 && p[from + 2] != '0' && p[n - 1] != '0';
	return p[n - 1] != '0' || n - from == whole + 2;
}

/* x is m / 10^k with m below 10^15: then m's digits read back, and no other
 * decimal of up to 15 digits does. */
static bool print_short(double x, struct number *num)
{
	double a = fabs(x);
	int k;

	if (FLT_EVAL_METHOD != 0 || a >= 1e15 || a < 1e-5)
		return false;
	for (k = 0; k <= POWER_MOST; k++) {
		double m = a * powers[k];

		if (m >= 1e15)
			return false;
		if (m == (double)(int64_t)m && m / powers[k] == a) {
			put_digits((uint64_t)m, num);
			num->exponent -= k;
			num->negative = x < 0;
			return true;
		}
	}
	return false;
}

/* Where 15 digits are too few. */
static bool print_long(double x, struct number *num)
{
	struct wide w;

	if (!wide_shortest(fabs(x), &w))
		return false;
	put_digits(w.digits, num);
	num->exponent = w.exponent;
	num->negative = x < 0;
	return true;
}

/* Adds one to the last digit. */
static void count_up(struct number *num, int n)
{
	int i;

	for (i = num->n; i < n; i++)
		num->digits[i] = '0';
	num->n = n;
	for (i = n - 1; i >= 0 && num->digits[i] == '9'; i--)
		num->n--;
	if (i >= 0) {
		num->digits[i]++;
	} else {
		num->digits[0] = '1';
		num->n = 1;
		num->exponent++;
	}
}

static bool reads_back(const struct number *num, double value)
{
	char text[REAL_TEXT];

	number_print_real(num, text);
	return strtod(text, NULL) == value;
}

void real_print(double value, char out[40])
{
	struct number num = { 0 };
	char text[NUMBER_DIGITS];
	int n, exponent, first = NUMBER_EXACT;

	if (isnan(value) || isinf(value)) {
		snprintf(out, REAL_TEXT, "%s",
		    isnan(value)    ? "nan"
		        : value > 0 ? "inf"
		                    : "-inf");
		return;
	}
	if (value == 0 || print_short(value, &num) || print_long(value, &num)) {
		number_print_real(&num, out);
		return;
	}
	/* Near the ends of the range a few digits may do. */
	if (fabs(value) < 1e-290)
		first = 1;
	for (n = first;; n++) {
		snprintf(text, sizeof(text), "%.*e", n - 1, value);
		if (!number_parse(text, strlen(text), &num))
			break;
		if (n >= 17 || reads_back(&num, value))
			break;
		/* Below a power of two doubles lie closer than above: the
		 * nearest decimal may miss where the next one up does not. */
		if (fabs(frexp(value, &exponent)) == 0.5) {
			count_up(&num, n);
			if (reads_back(&num, value))
				break;
		}
	}
	number_print_real(&num, out);
}
