/* type: see type.h. Names of types, and inference; values: value.c. */
#include "cache/type.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/number.h"

enum {
	DECIMAL_MOST = 38
};

/* The first word of a kind is the one that is printed. A width is kept as
 * DuckDB's name for it, since what it does with an integer depends on that. */
static const struct {
	const char *word;
	enum type_kind kind;
	const char *as;
} words[] = {
	{ "text", TYPE_TEXT, "" },
	{ "integer", TYPE_INTEGER, "" },
	{ "real", TYPE_REAL, "" },
	{ "decimal", TYPE_DECIMAL, "" },
	{ "boolean", TYPE_BOOLEAN, "" },
	{ "date", TYPE_DATE, "" },
	{ "time", TYPE_TIME, "" },
	{ "timestamp", TYPE_TIMESTAMP, "" },
	{ "timestamptz", TYPE_TIMESTAMPTZ, "" },
	{ "json", TYPE_JSON, "" },
	{ "string", TYPE_TEXT, "" },
	{ "str", TYPE_TEXT, "" },
	{ "varchar", TYPE_TEXT, "" },
	{ "nvarchar", TYPE_TEXT, "" },
	{ "char", TYPE_TEXT, "" },
	{ "character", TYPE_TEXT, "" },
	{ "int", TYPE_INTEGER, "" },
	{ "bigint", TYPE_INTEGER, "" },
	{ "int32", TYPE_INTEGER, "INTEGER" },
	{ "smallint", TYPE_INTEGER, "SMALLINT" },
	{ "tinyint", TYPE_INTEGER, "" },
	{ "hugeint", TYPE_INTEGER, "HUGEINT" },
	{ "number", TYPE_REAL, "" },
	{ "numeric", TYPE_REAL, "" }, /* without (p,s) */
	{ "float", TYPE_REAL, "" },
	{ "double", TYPE_REAL, "" },
	{ "double precision", TYPE_REAL, "" },
	{ "bool", TYPE_BOOLEAN, "" },
	{ "logical", TYPE_BOOLEAN, "" },
	{ "bit", TYPE_BOOLEAN, "" },
	{ "datetime", TYPE_TIMESTAMP, "" },
	{ "datetime2", TYPE_TIMESTAMP, "" },
	{ "timestamp with time zone", TYPE_TIMESTAMPTZ, "" },
};

void type_print(const struct type *t, char *out, size_t size)
{
	size_t i;

	if (size > 0)
		out[0] = '\0';
	if (t->kind == TYPE_DECIMAL) {
		snprintf(out, size, "decimal(%d,%d)", t->precision, t->scale);
		return;
	}
	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i].kind == t->kind) {
			snprintf(out, size, "%s", words[i].word);
			return;
		}
	}
}

static int unknown(const char *text, struct error *err)
{
	const char *names[ARRAY_LEN(words)], *near;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		names[i] = words[i].word;
	near = text_nearest(text, names, ARRAY_LEN(words));
	if (near != NULL)
		return error_set(err, ERROR_SYNTAX,
		    "there is no type '%.64s'; did you mean '%s'?", text, near);
	return error_set(err, ERROR_SYNTAX,
	    "there is no type '%.64s'; there are text, integer, real, "
	    "decimal(p,s), boolean, date, time, timestamp, timestamptz, json",
	    text);
}

/* A number of a few digits, blanks around it. */
static const char *parse_small(const char *p, int *out)
{
	int digits = 0;

	*out = 0;
	p += strspn(p, " ");
	for (; *p >= '0' && *p <= '9' && digits < 5; p++, digits++)
		*out = *out * 10 + (*p - '0');
	return digits > 0 ? p + strspn(p, " ") : NULL;
}

/* "(10)" or "(10,2)" to the end of the text. */
static bool parse_digits(const char *p, int *precision, int *scale)
{
	*scale = 0;
	if (*p != '(' || (p = parse_small(p + 1, precision)) == NULL)
		return false;
	if (*p == ',' && (p = parse_small(p + 1, scale)) == NULL)
		return false;
	return p[0] == ')' && p[1] == '\0';
}

static int parse_decimal(const char *text, const char *behind, struct type *out,
    struct error *err)
{
	out->kind = TYPE_DECIMAL;
	if (!parse_digits(behind, &out->precision, &out->scale) ||
	    out->precision < 1 || out->precision > DECIMAL_MOST ||
	    out->scale < 0 || out->scale > out->precision)
		return error_set(err, ERROR_SYNTAX,
		    "'%.64s': a decimal says how many digits it has, and how "
		    "many of them behind the point: decimal(10,2); at most 38",
		    text);
	return 0;
}

int type_parse(const char *text, struct type *out, struct error *err)
{
	size_t n = strcspn(text, "("), i;
	char word[32];
	int precision, scale;

	*out = (struct type){ 0 };
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n == 0 || n >= sizeof(word))
		return unknown(text, err);
	memcpy(word, text, n);
	word[n] = '\0';
	while (text[n] == ' ')
		n++;
	if (text_eq_fold(word, "decimal") ||
	    (text_eq_fold(word, "numeric") && text[n] == '('))
		return parse_decimal(text, text + n, out, err);
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (text_eq_fold(word, words[i].word))
			break;
	if (i == ARRAY_LEN(words))
		return unknown(text, err);
	/* varchar(20): how long a text may be is no part of our types */
	if (text[n] != '\0' &&
	    (words[i].kind != TYPE_TEXT ||
	        !parse_digits(text + n, &precision, &scale)))
		return unknown(text, err);
	out->kind = words[i].kind;
	memcpy(out->as, words[i].as, strlen(words[i].as) + 1);
	return 0;
}

bool type_eq(const struct type *a, const struct type *b)
{
	return a->kind == b->kind && a->precision == b->precision &&
	    a->scale == b->scale && strcmp(a->as, b->as) == 0;
}

/* What a text looks like: -?(0|[1-9][0-9]*), a fraction, an exponent with a
 * sign. A number that is written in another way may be a name. */
enum shape {
	SHAPE_OTHER,
	SHAPE_WHOLE,
	SHAPE_REAL
};

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static enum shape shape_of(const char *p, size_t n)
{
	const char *end = p + n, *from;

	if (p < end && *p == '-')
		p++;
	from = p;
	p = skip_digits(p, end);
	if (p == from || (*from == '0' && p - from > 1))
		return SHAPE_OTHER;
	if (p == end)
		return SHAPE_WHOLE;
	if (*p == '.') {
		from = ++p;
		p = skip_digits(p, end);
		if (p == from)
			return SHAPE_OTHER;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p == end || (*p != '+' && *p != '-'))
			return SHAPE_OTHER;
		from = ++p;
		p = skip_digits(p, end);
		if (p == from)
			return SHAPE_OTHER;
	}
	return p == end ? SHAPE_REAL : SHAPE_OTHER;
}

/* A whole number, well-formed, in 64 bits and not -0. */
static bool fits_64(const char *p, size_t n)
{
	static const char most[] = "9223372036854775807";
	static const char least[] = "9223372036854775808";
	bool negative = *p == '-';

	p += negative;
	n -= negative;
	if (n < sizeof(most) - 1)
		return !negative || *p != '0';
	return n == sizeof(most) - 1 &&
	    memcmp(p, negative ? least : most, n) <= 0;
}

/* A shape of reals; up to 15 digits are always given back. */
static bool is_usual_real(const struct field *f)
{
	return f->n <= NUMBER_EXACT && real_is_plain(f->p, f->n);
}

void type_guess_add(struct type_guess *g, const struct field *f)
{
	enum shape shape;

	if (f->null)
		return;
	g->any = true;
	if (g->not_integer && (g->not_real || is_usual_real(f)))
		return;
	shape = shape_of(f->p, f->n);
	if (shape == SHAPE_WHOLE && fits_64(f->p, f->n)) {
		/* below 2^53 every whole number is a double */
		if (f->n > 15 && !g->not_real)
			g->not_real = !real_gives_back(f->p, f->n);
		return;
	}
	g->not_integer = true;
	if (shape != SHAPE_REAL ||
	    (!is_usual_real(f) && !real_gives_back(f->p, f->n)))
		g->not_real = true;
}

enum type_kind type_guess_kind(const struct type_guess *g)
{
	if (!g->any)
		return TYPE_TEXT;
	if (!g->not_integer)
		return TYPE_INTEGER;
	return g->not_real ? TYPE_TEXT : TYPE_REAL;
}

bool type_is_same_number(const struct field *a, const struct field *b)
{
	struct number x, y;

	/* inf, nan, and more digits than are kept: the same text or nothing */
	if (!number_parse(a->p, a->n, &x) || !number_parse(b->p, b->n, &y) ||
	    x.cut || y.cut)
		return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
	return x.negative == y.negative && x.exponent == y.exponent &&
	    x.n == y.n && memcmp(x.digits, y.digits, (size_t)x.n) == 0;
}
