/*
 * order_by: finds an ORDER BY without LIMIT at the end of SQL. The order of a
 * table is computed from its values, so that it would be in vain.
 */
#include <string.h>

#include "runner/lang/lexer.h"
#include "runner/lang/node.h"

/* What was seen of the statement so far. */
struct statement {
	int depth;
	bool after_order, after_distinct;
	bool is_picking; /* DISTINCT ON: takes the first in that order */
	size_t order; /* offset + 1 of the ORDER of "ORDER BY", 0: none */
	size_t order_word;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static bool is(const char *p, size_t n, const char *word)
{
	size_t i;

	if (strlen(word) != n)
		return false;
	for (i = 0; i < n; i++)
		if ((p[i] | 0x20) != word[i])
			return false;
	return true;
}

static void see_word(struct statement *s, const char *base, size_t at, size_t n)
{
	const char *p = base + at;

	if (s->depth == 0) {
		if (s->after_order && is(p, n, "by"))
			s->order = s->order_word + 1;
		if (is(p, n, "limit") || is(p, n, "fetch") ||
		    is(p, n, "offset") || is(p, n, "union") ||
		    is(p, n, "select"))
			s->order = 0;
		if (is(p, n, "select"))
			s->is_picking = false;
		s->is_picking |= s->after_distinct && is(p, n, "on");
	}
	s->after_distinct = s->depth == 0 && is(p, n, "distinct");
	s->after_order = s->depth == 0 && is(p, n, "order");
	if (s->after_order)
		s->order_word = at;
}

static void see_code(struct statement *s, struct bytes sql, size_t from,
    size_t to, bool *ended)
{
	size_t i = from, start;

	while (i < to) {
		char c = sql.p[i];

		if (is_word(c)) {
			if (*ended) {
				*s = (struct statement){ 0 };
				*ended = false;
			}
			for (start = i; i < to && is_word(sql.p[i]); i++)
				;
			see_word(s, sql.p, start, i - start);
			continue;
		}
		s->depth += (c == '(') - (c == ')' && s->depth > 0);
		if (c == ';')
			*ended = true;
		i++;
	}
}

/* Most SQL has the word nowhere, and need not be read for it. */
static bool has_order(struct bytes sql)
{
	size_t i;

	for (i = 0; i + 5 <= sql.n; i++)
		if ((sql.p[i] | 0x20) == 'o' && is(sql.p + i, 5, "order"))
			return true;
	return false;
}

bool order_by_find(struct bytes sql, int first_line, int *line, int *col)
{
	struct lexer x = { .text = sql, .language = LANGUAGE_SQL };
	struct statement s = { 0 };
	bool ended = false;
	size_t i;

	if (!has_order(sql))
		return false;
	while (lexer_next(&x))
		if (x.state == LEXER_CODE)
			see_code(&s, sql, x.start, x.end, &ended);
		else if (x.state == LEXER_STRING)
			s.after_order = false;
	if (s.order == 0 || s.is_picking)
		return false;
	*line = first_line;
	*col = 1;
	for (i = 0; i < s.order - 1; i++) {
		*col = sql.p[i] == '\n' ? 1 : *col + 1;
		*line += sql.p[i] == '\n';
	}
	return true;
}
