/* missing: see missing.h. */
#include "runner/missing.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

static void copy(char out[MISSING_NAME], const char *from, size_t n)
{
	snprintf(out, MISSING_NAME, "%.*s", (int)n, from);
	text_trim_cut(out);
}

/* The text between the quotes that *p is at the first of; behind them. */
static bool read_quoted(const char **p, char out[MISSING_NAME])
{
	const char *end = **p == '"' ? strchr(*p + 1, '"') : NULL;

	if (end == NULL)
		return false;
	copy(out, *p + 1, (size_t)(end - *p) - 1);
	*p = end + 1;
	return true;
}

/* Takes the words off the beginning of a text that begins with them. */
static bool skip(const char **p, const char *words)
{
	size_t n = strlen(words);

	if (strncmp(*p, words, n) != 0)
		return false;
	*p += n;
	return true;
}

/* DuckDB says: Referenced column "a" not found, Table "t" does not have a
 * column named "a", Column "a" does not exist on left side of join. */
static bool read_duckdb(const char *message, struct missing *out)
{
	static const char *const lead[] = { "Referenced column ", "Column " };
	static const char *const tables[] = { "Table ", "Values list " };
	const char *p;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lead); i++)
		if ((p = message, skip(&p, lead[i])) &&
		    read_quoted(&p, out->name))
			return true;
	for (i = 0; i < ARRAY_LEN(tables); i++)
		if ((p = message, skip(&p, tables[i])) &&
		    read_quoted(&p, out->qualifier) &&
		    skip(&p, " does not have a column named ") &&
		    read_quoted(&p, out->name))
			return true;
	return false;
}

static bool read_sqlite(const char *message, struct missing *out)
{
	const char *p = message, *end, *dot;

	if (skip(&p, "cannot join using column ")) {
		copy(out->name, p, strcspn(p, " "));
		return true;
	}
	if (!skip(&p, "no such column: "))
		return false;
	/* "; did you mean code of l?" may stand behind it */
	end = strstr(p, "; ");
	end = end ? end : p + strlen(p);
	for (dot = end; dot > p && dot[-1] != '.'; dot--)
		;
	if (dot > p)
		copy(out->qualifier, p, (size_t)(dot - p) - 1);
	copy(out->name, dot, (size_t)(end - dot));
	return true;
}

bool missing_read(const char *message, struct missing *out)
{
	*out = (struct missing){ 0 };
	if (read_sqlite(message, out) || read_duckdb(message, out))
		return true;
	*out = (struct missing){ 0 };
	return false;
}
