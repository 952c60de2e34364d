/* value: the text of a value in a part, and the order of values (type.h). */
#include <math.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/number.h"
#include "cache/type.h"
#include "cache/type_time.h"

enum {
	INTEGER_DIGITS = 39
}; /* of 2^128 */

static const char *const wanted[] = {
	[TYPE_NONE] = "text",
	[TYPE_TEXT] = "text in UTF-8",
	[TYPE_INTEGER] = "a whole number of at most 128 bits",
	[TYPE_REAL] = "a number",
	[TYPE_DECIMAL] = "a decimal number of so many digits",
	[TYPE_BOOLEAN] = "true or false",
	[TYPE_DATE] = "a date such as 2020-04-27",
	[TYPE_TIME] = "a time such as 08:03:28",
	[TYPE_TIMESTAMP] =
	    "a date and time such as 2020-04-27 08:03:28, without a zone",
	[TYPE_TIMESTAMPTZ] =
	    "a date and time with its zone, such as 2020-04-27 08:03:28+00",
	[TYPE_JSON] = "text in UTF-8",
};

/* A text of ours, in scratch: it must not be in's own memory. */
static int answer(const char *p, size_t n, struct buf *scratch,
    struct field *out, struct error *err)
{
	buf_reset(scratch);
	buf_add(scratch, p, n);
	*out = (struct field){ scratch->p, n, false };
	return buf_check(scratch, err);
}

static bool parse_whole(struct field in, struct number *num)
{
	return number_parse(in.p, in.n, num) && !num->cut &&
	    num->exponent >= num->n;
}

/* At most 2^128 - 1, at least -2^127. */
static bool fits_128(const char *digits, int n, bool negative)
{
	static const char most[] = "340282366920938463463374607431768211455";
	static const char least[] = "170141183460469231731687303715884105728";

	return n < INTEGER_DIGITS ||
	    (n == INTEGER_DIGITS &&
	        memcmp(digits, negative ? least : most, INTEGER_DIGITS) <= 0);
}

/* The widths below 64 bits that "as" may say, the digits of their least value;
 * the most is one less. */
static const struct width {
	const char *as, *least;
	int bits;
} widths[] = {
	{ "TINYINT", "128", 8 },
	{ "SMALLINT", "32768", 16 },
	{ "INTEGER", "2147483648", 32 },
};

/* Of the type, or NULL: one of 64 bits and more. */
static const struct width *width_of(const struct type *t)
{
	size_t i;

	for (i = 0; t->as[0] != '\0' && i < ARRAY_LEN(widths); i++)
		if (strcmp(t->as, widths[i].as) == 0)
			return &widths[i];
	return NULL;
}

/* Whether the integer, in its one form, is of the type's width. */
static bool has_width(const struct type *t, const char *p, size_t n)
{
	bool is_negative = *p == '-';
	const struct width *width;
	size_t least;
	int c;

	p += is_negative;
	n -= is_negative;
	if (t->as[0] == '\0' || n < 3 || (width = width_of(t)) == NULL)
		return true;
	least = strlen(width->least);
	c = n == least ? memcmp(p, width->least, n) : (n > least) - (n < least);
	return c < 0 || (c == 0 && is_negative);
}

static size_t print_integer(const struct type *t, struct field in, char *out)
{
	struct number num;
	char *o = out;

	if (!parse_whole(in, &num) || num.exponent > INTEGER_DIGITS)
		return 0;
	if (num.n == 0) {
		*o = '0';
		return 1;
	}
	if (num.negative)
		*o++ = '-';
	memcpy(o, num.digits, (size_t)num.n);
	memset(o + num.n, '0', (size_t)(num.exponent - num.n));
	if (!fits_128(o, num.exponent, num.negative) ||
	    !has_width(t, out, (size_t)(o - out) + (size_t)num.exponent))
		return 0;
	return (size_t)(o - out) + (size_t)num.exponent;
}

/* Exactly scale digits behind the point; digits beyond them must be 0. */
static size_t print_decimal(const struct type *t, struct field in, char *out)
{
	struct number num;
	char *o = out;
	int i;

	if (!number_parse(in.p, in.n, &num) || num.cut ||
	    num.n - num.exponent > t->scale ||
	    num.exponent > t->precision - t->scale)
		return 0;
	if (num.negative && num.n > 0)
		*o++ = '-';
	if (num.exponent <= 0)
		*o++ = '0';
	for (i = 0; i < num.exponent; i++)
		*o++ = i < num.n ? num.digits[i] : '0';
	if (t->scale > 0)
		*o++ = '.';
	for (i = num.exponent; i < num.exponent + t->scale; i++) {
		/* in front of the digits where the exponent is negative */
		if (num.exponent < 0 && i < 0)
			*o++ = '0';
		else
			*o++ = i < num.n ? num.digits[i] : '0';
	}
	return (size_t)(o - out);
}

static bool is_word(struct field in, const char *word)
{
	size_t i;

	for (i = 0; i < in.n && word[i] != '\0'; i++)
		if (in.p[i] != word[i] &&
		    (in.p[i] < 'A' || in.p[i] > 'Z' ||
		        (in.p[i] | 0x20) != word[i]))
			return false;
	return i == in.n && word[i] == '\0';
}

static size_t print_real(struct field in, char *out)
{
	struct number num;
	double v;

	if (number_parse(in.p, in.n, &num)) {
		if (num.n <= NUMBER_EXACT && num.exponent > -290 &&
		    num.exponent < 290)
			return number_print_real(&num, out);
		v = real_value(in.p, in.n);
		if (isinf(v))
			return 0;
		real_print(v, out);
		return strlen(out);
	}
	if (is_word(in, "nan") || is_word(in, "-nan"))
		real_print(NAN, out);
	else if (is_word(in, "inf") || is_word(in, "infinity"))
		real_print(INFINITY, out);
	else if (is_word(in, "-inf") || is_word(in, "-infinity"))
		real_print(-INFINITY, out);
	else
		return 0;
	return strlen(out);
}

static size_t print_boolean(struct field in, char *out)
{
	bool yes = is_word(in, "true") || is_word(in, "t") ||
	    (in.n == 1 && *in.p == '1');

	if (!yes && !is_word(in, "false") && !is_word(in, "f") &&
	    !(in.n == 1 && *in.p == '0'))
		return 0;
	memcpy(out, yes ? "true" : "false", 6 - yes);
	return yes ? 4 : 5;
}

/* -?[1-9][0-9]{0,17} or 0: nothing to be done. */
static bool is_plain_integer(struct field in)
{
	size_t i = in.n > 0 && in.p[0] == '-';

	if (in.n - i > 18 || i == in.n)
		return false;
	if (in.p[i] == '0')
		return in.n == 1;
	for (; i < in.n; i++)
		if (in.p[i] < '0' || in.p[i] > '9')
			return false;
	return true;
}

/* -?(0|[1-9][0-9]*)[.digits], as many digits behind the point as the type
 * has, and not -0.00: nothing to be done. */
static bool is_plain_decimal(const struct type *t, struct field in)
{
	size_t i = in.n > 0 && in.p[0] == '-', from = i;
	size_t behind = t->scale > 0 ? (size_t)t->scale + 1 : 0, point;
	char any = '0';

	if (in.n < from + 1 + behind)
		return false;
	point = in.n - behind;
	if (point - from > (size_t)(t->precision - t->scale) ||
	    (in.p[from] == '0' && point > from + 1) ||
	    (behind > 0 && in.p[point] != '.'))
		return false;
	for (; i < in.n; i++) {
		if (i == point)
			continue;
		if (in.p[i] < '0' || in.p[i] > '9')
			return false;
		any |= in.p[i];
	}
	return from == 0 || any != '0';
}

/* The number of two digits, or more than 99 where they are none. */
static unsigned two_digits(const char *p)
{
	unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');

	return a > 9 || b > 9 ? 100 : a * 10 + b;
}

/* YYYY-MM-DD, of a day that each month has. */
static bool is_plain_date(const char *p)
{
	unsigned century = two_digits(p), year = two_digits(p + 2);
	unsigned month = two_digits(p + 5), day = two_digits(p + 8);

	return century < 100 && year < 100 && century + year > 0 &&
	    p[4] == '-' && p[7] == '-' && month >= 1 && month <= 12 &&
	    day >= 1 && day <= 28;
}

/* HH:MM:SS */
static bool is_plain_time(const char *p)
{
	return two_digits(p) < 24 && p[2] == ':' && two_digits(p + 3) < 60 &&
	    p[5] == ':' && two_digits(p + 6) < 60;
}

/* Whether it is a date, a moment as the type writes it, of the usual kind:
 * nothing to be done. */
static bool is_plain_moment(enum type_kind kind, struct field in)
{
	switch (kind) {
	case TYPE_DATE:
		return in.n == 10 && is_plain_date(in.p);
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return in.n == (kind == TYPE_TIMESTAMP ? 19 : 22) &&
		    is_plain_date(in.p) && in.p[10] == ' ' &&
		    is_plain_time(in.p + 11) &&
		    (kind == TYPE_TIMESTAMP ||
		        memcmp(in.p + 19, "+00", 3) == 0);
	default:
		return false;
	}
}

static size_t print_value(const struct type *t, struct field in, char *out)
{
	switch (t->kind) {
	case TYPE_INTEGER:
		return print_integer(t, in, out);
	case TYPE_REAL:
		return print_real(in, out);
	case TYPE_DECIMAL:
		return print_decimal(t, in, out);
	case TYPE_BOOLEAN:
		return print_boolean(in, out);
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return time_print(t->kind, in.p, in.n, out);
	case TYPE_NONE:
	case TYPE_TEXT:
	case TYPE_JSON:
		break;
	}
	return 0;
}

static bool is_clean_text(struct field in)
{
	return in.n == 0 ||
	    (memchr(in.p, '\0', in.n) == NULL &&
	        text_utf8_error((struct bytes){ in.p, in.n }) == in.n);
}

static int does_not_fit(const struct type *t, struct error *err)
{
	const struct width *width = width_of(t);

	if (t->kind == TYPE_INTEGER && width != NULL)
		return error_set(err, ERROR_SYNTAX,
		    "the value is not a whole number of %d bits", width->bits);
	return error_set(err, ERROR_SYNTAX, "the value is not %s",
	    wanted[t->kind]);
}

int type_canonical(const struct type *t, struct field in, struct buf *scratch,
    struct field *out, struct error *err)
{
	char text[TIME_TEXT + NUMBER_DIGITS];
	bool is_text = t->kind == TYPE_TEXT || t->kind == TYPE_JSON ||
	    t->kind == TYPE_NONE;
	size_t n;

	*out = in;
	if (in.null ||
	    (t->kind == TYPE_INTEGER && is_plain_integer(in) &&
	        has_width(t, in.p, in.n)) ||
	    (t->kind == TYPE_DECIMAL && is_plain_decimal(t, in)) ||
	    (t->kind == TYPE_REAL && real_is_plain(in.p, in.n)) ||
	    is_plain_moment(t->kind, in) || (is_text && is_clean_text(in)))
		return 0;
	n = is_text ? 0 : print_value(t, in, text);
	if (n == 0)
		return does_not_fit(t, err);
	if (n == in.n && memcmp(text, in.p, n) == 0)
		return 0;
	return answer(text, n, scratch, out, err);
}

static int compare_bytes(const char *a, size_t na, const char *b, size_t nb)
{
	size_t n = na < nb ? na : nb;
	int c = n > 0 ? memcmp(a, b, n) : 0;

	return c ? c : (na > nb) - (na < nb);
}

/* Of texts with equally many digits behind the point, without needless
 * zeros: the longer is the larger. */
static int compare_scaled(const struct field *a, const struct field *b)
{
	bool na = a->n > 0 && *a->p == '-', nb = b->n > 0 && *b->p == '-';
	int c;

	if (na != nb)
		return nb - na;
	c = (a->n > b->n) - (a->n < b->n);
	if (c == 0)
		c = compare_bytes(a->p, a->n, b->p, b->n);
	return na ? -c : c;
}

static int compare_real(const struct field *a, const struct field *b)
{
	double x = real_value(a->p, a->n), y = real_value(b->p, b->n);

	if (isnan(x) || isnan(y))
		return (isnan(x) != 0) - (isnan(y) != 0);
	return (x > y) - (x < y);
}

int type_compare(const struct type *t, const struct field *a,
    const struct field *b)
{
	int c = 0;

	if (a->null || b->null)
		return b->null - a->null;
	if (t->kind == TYPE_INTEGER || t->kind == TYPE_DECIMAL)
		c = compare_scaled(a, b);
	else if (t->kind == TYPE_REAL)
		c = compare_real(a, b);
	return c ? c : compare_bytes(a->p, a->n, b->p, b->n);
}
