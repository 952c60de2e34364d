/* duckdb_nested: types of DuckDB's made of others, by their names in SQL. What
 * is handed on is their JSON, and only a name that is understood to its end is
 * put into SQL again. */
#include <string.h>

#include "cache/base/mem.h"
#include "runner/duckdb_type.h"

/* What JSON gives back as it was. DuckDB reads its numbers as doubles, which
 * are exact to 15 digits; a JSON within it would lose its own spelling. */
static const char *const plain[] = { "VARCHAR", "BOOLEAN", "TINYINT",
	"SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
	"UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DATE", "TIME",
	"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS",
	"TIMESTAMP WITH TIME ZONE", "UUID", "INTERVAL" };

enum {
	EXACT_DIGITS = 15,
	DEEPEST = 32
};

/* Each parser begins at p and gives what stands behind, or NULL. */
static const char *parse_type(const char *p, int depth);

static const char *skip_word(const char *p, const char *word)
{
	size_t n = strlen(word);

	return strncmp(p, word, n) == 0 ? p + n : NULL;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "a name", the quote doubled inside. */
static const char *skip_quoted(const char *p)
{
	for (p++; *p != '\0'; p++) {
		if (*p != '"')
			continue;
		if (p[1] != '"')
			return p + 1;
		p++;
	}
	return NULL;
}

static const char *skip_name(const char *p)
{
	if (*p == '"')
		return skip_quoted(p);
	if (!is_letter(*p))
		return NULL;
	while (is_letter(*p) || is_digit(*p))
		p++;
	return p;
}

/* At most two digits. */
static const char *parse_number(const char *p, int *out)
{
	int n;

	*out = 0;
	for (n = 0; n < 2 && is_digit(p[n]); n++)
		*out = *out * 10 + (p[n] - '0');
	return n > 0 ? p + n : NULL;
}

static const char *parse_decimal(const char *p, int most)
{
	int width = 0, scale;

	if ((p = skip_word(p, "DECIMAL(")) != NULL &&
	    (p = parse_number(p, &width)) != NULL &&
	    (p = skip_word(p, ",")) != NULL &&
	    (p = parse_number(p, &scale)) != NULL)
		p = skip_word(p, ")");
	return width <= most ? p : NULL;
}

static const char *parse_plain(const char *p)
{
	const char *end = p;
	size_t i;

	while (is_letter(*end) || is_digit(*end) ||
	    (*end == ' ' && is_letter(end[1])))
		end++;
	for (i = 0; i < ARRAY_LEN(plain); i++)
		if (strlen(plain[i]) == (size_t)(end - p) &&
		    strncmp(plain[i], p, (size_t)(end - p)) == 0)
			return end;
	return parse_decimal(p, EXACT_DIGITS);
}

/* name type, name type) */
static const char *parse_members(const char *p, int depth)
{
	while ((p = skip_name(p)) != NULL && *p == ' ' &&
	    (p = parse_type(p + 1, depth)) != NULL) {
		if (*p == ')')
			return p + 1;
		if ((p = skip_word(p, ", ")) == NULL)
			return NULL;
	}
	return NULL;
}

static const char *parse_map(const char *p, int depth)
{
	p = parse_type(p, depth);
	if (p != NULL && (p = skip_word(p, ", ")) != NULL)
		p = parse_type(p, depth);
	return p != NULL ? skip_word(p, ")") : NULL;
}

/* [] and [3], any number of them. */
static const char *skip_lists(const char *p)
{
	const char *end;

	for (; *p == '['; p = end + 1) {
		for (end = p + 1; is_digit(*end); end++)
			;
		if (*end != ']')
			return NULL;
	}
	return p;
}

static const char *parse_type(const char *p, int depth)
{
	const char *inside;

	if (depth > DEEPEST)
		return NULL;
	if ((inside = skip_word(p, "STRUCT(")) != NULL)
		p = parse_members(inside, depth + 1);
	else if ((inside = skip_word(p, "MAP(")) != NULL)
		p = parse_map(inside, depth + 1);
	else
		p = parse_plain(p);
	return p != NULL ? skip_lists(p) : NULL;
}

static bool is_end(const char *p)
{
	return p != NULL && *p == '\0';
}

/* Of more digits than JSON's numbers have for DuckDB: it reads the text of a
 * list itself, digit by digit. */
static bool is_decimal_list(const char *name)
{
	const char *p = parse_decimal(name, 38);

	return p != NULL && *p == '[' && is_end(skip_lists(p));
}

/* A name by itself is not nested. */
static bool is_nested(const char *name)
{
	const char *p = parse_plain(name);

	return !is_end(p) && is_end(parse_type(name, 0));
}

enum duckdb_nested duckdb_nested_of(const struct type *t)
{
	if (t->kind != TYPE_JSON)
		return NESTED_NOT;
	if (is_decimal_list(t->as))
		return NESTED_TEXT;
	return is_nested(t->as) ? NESTED_JSON : NESTED_NOT;
}
