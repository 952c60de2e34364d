/* sqlite_pattern: a pattern as DuckDB and everybody write it, as the C
 * library's extended ones are written: \d and its like, a point that is no line
 * feed, classes of ASCII, \ in brackets. */
#include <string.h>

#include "runner/sqlite_functions.h"

/* What is within [ ], before it is written: these three have places of their
 * own where they stand for themselves. */
struct bracket {
	struct buf items;
	bool is_negated, has_close, has_caret, has_dash;
};

/* The letters of \c, for within a bracket, or NULL. */
static const char *letters_of(char c)
{
	switch (c) {
	case 'd':
	case 'D':
		return "0-9";
	case 'w':
	case 'W':
		return "a-zA-Z0-9_";
	case 's':
	case 'S':
		return " \t\n\r\f";
	case 't':
		return "\t";
	case 'n':
		return "\n";
	case 'r':
		return "\r";
	default:
		return NULL;
	}
}

static bool is_opposite(char c)
{
	return c == 'D' || c == 'W' || c == 'S';
}

/* The C library's own follow the letters of all languages. */
static const char *letters_of_class(const char *name, size_t n)
{
	static const char *const classes[][2] = { { "alpha", "a-zA-Z" },
		{ "digit", "0-9" }, { "alnum", "a-zA-Z0-9" },
		{ "upper", "A-Z" }, { "lower", "a-z" },
		{ "space", " \t\n\v\f\r" }, { "blank", " \t" },
		{ "word", "a-zA-Z0-9_" }, { "xdigit", "0-9a-fA-F" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(classes); i++)
		if (strlen(classes[i][0]) == n &&
		    strncmp(classes[i][0], name, n) == 0)
			return classes[i][1];
	return NULL;
}

/* A letter that stands for itself. */
static void add_itself(struct bracket *b, char c)
{
	b->has_close |= c == ']';
	b->has_caret |= c == '^';
	b->has_dash |= c == '-';
	if (c != ']' && c != '^' && c != '-')
		buf_add_char(&b->items, c);
}

/* [:name:] at s; behind it, or NULL. */
static const char *add_class(struct bracket *b, const char *s)
{
	const char *end = strstr(s + 2, ":]");
	const char *letters =
	    end ? letters_of_class(s + 2, (size_t)(end - s) - 2) : NULL;

	if (letters == NULL)
		return NULL;
	buf_add_str(&b->items, letters);
	return end + 2;
}

/* \c at s; behind it, or NULL. */
static const char *add_escape(struct bracket *b, const char *s)
{
	const char *letters = letters_of(s[1]);

	if (s[1] == '\0' || is_opposite(s[1]))
		return NULL;
	if (letters != NULL)
		buf_add_str(&b->items, letters);
	else
		add_itself(b, s[1]);
	return s + 2;
}

/* The minus of a range has something on both sides, which is no other range's
 * end. */
static bool is_range(const struct bracket *b, const char *s)
{
	return *s == '-' && b->items.n > 0 && s[1] != ']' && s[1] != '\\' &&
	    s[1] != '[';
}

/* From behind the [ to behind the ]; NULL where it does not end, or holds what
 * is not known. */
static const char *read_bracket(struct bracket *b, const char *s)
{
	bool is_first = true;

	b->is_negated = *s == '^';
	s += b->is_negated;
	for (; s != NULL && (*s != ']' || is_first); is_first = false) {
		if (*s == '\0')
			return NULL;
		if (*s == '[' && s[1] == ':') {
			s = add_class(b, s);
		} else if (*s == '\\') {
			s = add_escape(b, s);
		} else if (is_range(b, s)) {
			buf_add_char(&b->items, *s++);
		} else {
			add_itself(b, *s++);
		}
	}
	return s ? s + 1 : NULL;
}

/* ] first, and ^ not, where it would turn the others round. */
static void write_bracket(const struct bracket *b, struct buf *out)
{
	bool is_first = !b->is_negated && !b->has_close && b->items.n == 0;

	if (is_first && b->has_caret && !b->has_dash) {
		buf_add_str(out, "\\^");
		return;
	}
	buf_add_str(out, b->is_negated ? "[^" : "[");
	buf_add_str(out, b->has_close ? "]" : "");
	buf_add(out, b->items.p, b->items.n);
	if (is_first && b->has_caret)
		buf_add_str(out, "-^");
	else {
		buf_add_str(out, b->has_caret ? "^" : "");
		buf_add_str(out, b->has_dash ? "-" : "");
	}
	buf_add_char(out, ']');
}

static const char *add_bracket(const char *s, struct buf *out)
{
	struct bracket b = { 0 };

	s = read_bracket(&b, s);
	if (s != NULL)
		write_bracket(&b, out);
	out->failed |= b.items.failed;
	buf_clear(&b.items);
	return s;
}

static const char *add_outside(const char *s, struct buf *out)
{
	const char *letters = letters_of(s[1]);

	if (letters == NULL) {
		buf_add(out, s, s[1] != '\0' ? 2 : 1);
		return s + (s[1] != '\0' ? 2 : 1);
	}
	buf_add_str(out, is_opposite(s[1]) ? "[^" : "[");
	buf_add_str(out, letters);
	buf_add_char(out, ']');
	return s + 2;
}

const char *sqlite_pattern(const char *s, struct buf *out,
    struct sqlite_pattern_told *told)
{
	bool is_repeated = false;

	told->is_any_case = strncmp(s, "(?i)", 4) == 0;
	s += told->is_any_case ? 4 : 0;
	while (*s != '\0') {
		char c = *s;

		if (c == '(' && s[1] == '?')
			return "of the groups that begin with (? there is (?i) "
			       "alone, in front of all";
		if (c == '?' && is_repeated) {
			told->is_lazy = true; /* the most, here */
			s++;
			is_repeated = false;
			continue;
		}
		is_repeated = c == '*' || c == '+' || c == '?' || c == '}';
		if (c == '[')
			s = add_bracket(s + 1, out);
		else if (c == '\\')
			s = add_outside(s, out);
		else if (*s++ == '.')
			buf_add_str(out, "[^\n]");
		else
			buf_add_char(out, c);
		if (s == NULL)
			return "a [ that does not end, or a class in it that "
			       "is not known";
	}
	buf_add_char(out, '\0');
	return NULL;
}
