/* lexer: see lexer.h. */
#include "runner/lang/lexer.h"

#include <string.h>

static char at(const struct lexer *x, size_t i)
{
	return i < x->text.n ? x->text.p[i] : '\0';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static bool starts(const struct lexer *x, size_t i, const char *s, size_t n)
{
	return x->text.n - i >= n && memcmp(x->text.p + i, s, n) == 0;
}

static size_t line_end(const struct lexer *x, size_t i)
{
	const char *p = memchr(x->text.p + i, '\n', x->text.n - i);

	return p ? (size_t)(p - x->text.p) : x->text.n;
}

/* The offset behind the first mark at or behind i. */
static size_t behind(const struct lexer *x, size_t i, const char *mark,
    size_t n)
{
	for (; i + n <= x->text.n; i++) {
		const char *p = memchr(x->text.p + i, mark[0], x->text.n - i);

		if (p == NULL)
			break;
		i = (size_t)(p - x->text.p);
		if (starts(x, i, mark, n))
			return i + n;
	}
	return x->text.n;
}

/* Behind a string that begins with its quote at i. */
static size_t behind_quoted(const struct lexer *x, size_t i, bool escapes)
{
	char quote = x->text.p[i++];

	for (; i < x->text.n && x->text.p[i] != quote; i++)
		if (escapes && x->text.p[i] == '\\')
			i++;
	return i < x->text.n ? i + 1 : x->text.n;
}

/* Each of these: where a string or comment begins at i, its state and the
 * offset behind it; else 0. */

static size_t sql(const struct lexer *x, size_t i, enum lexer_state *state)
{
	char c = x->text.p[i];
	size_t n;

	*state = LEXER_STRING;
	if (c == '\'') {
		bool escapes = i > 0 && (at(x, i - 1) | 0x20) == 'e' &&
		    (i == 1 || !is_name(at(x, i - 2)));

		return behind_quoted(x, i, escapes);
	}
	if (c == '"' || c == '`')
		return behind_quoted(x, i, false);
	if (c == '$' && (i == 0 || !is_name(at(x, i - 1)))) {
		for (n = 1; is_name(at(x, i + n)); n++)
			;
		if (at(x, i + n) != '$')
			return 0;
		return behind(x, i + n + 1, x->text.p + i, n + 1);
	}
	*state = LEXER_COMMENT;
	if (starts(x, i, "--", 2))
		return line_end(x, i);
	return starts(x, i, "/*", 2) ? behind(x, i + 2, "*/", 2) : 0;
}

static size_t python(const struct lexer *x, size_t i, enum lexer_state *state)
{
	char c = x->text.p[i];

	*state = LEXER_COMMENT;
	if (c == '#')
		return line_end(x, i);
	*state = LEXER_STRING;
	if (c != '"' && c != '\'')
		return 0;
	if (at(x, i + 1) != c || at(x, i + 2) != c)
		return behind_quoted(x, i, true);
	for (i += 3; i < x->text.n; i++) {
		if (x->text.p[i] == '\\')
			i++;
		else if (x->text.p[i] == c && at(x, i + 1) == c &&
		    at(x, i + 2) == c)
			return i + 3;
	}
	return x->text.n;
}

/* r"--( ... )--" */
static size_t r_raw(const struct lexer *x, size_t i)
{
	char close, mark[18] = { 0 };
	size_t dashes = 0;

	while (dashes < 15 && at(x, i + 1 + dashes) == '-')
		dashes++;
	switch (at(x, i + 1 + dashes)) {
	case '(':
		close = ')';
		break;
	case '[':
		close = ']';
		break;
	case '{':
		close = '}';
		break;
	default:
		return 0;
	}
	mark[0] = close;
	memset(mark + 1, '-', dashes);
	mark[1 + dashes] = x->text.p[i];
	return behind(x, i + 2 + dashes, mark, dashes + 2);
}

static size_t r(const struct lexer *x, size_t i, enum lexer_state *state)
{
	char c = x->text.p[i];

	*state = LEXER_COMMENT;
	if (c == '#')
		return line_end(x, i);
	*state = LEXER_STRING;
	if (c != '"' && c != '\'' && c != '`')
		return 0;
	if (c != '`' && i > 0 && (at(x, i - 1) | 0x20) == 'r' &&
	    (i == 1 || !is_name(at(x, i - 2)))) {
		size_t end = r_raw(x, i);

		if (end != 0)
			return end;
	}
	return behind_quoted(x, i, true);
}

/* Between double quotes of a shell; $(...) in it may hold quotes itself. */
static size_t shell_double(const struct lexer *x, size_t i)
{
	size_t depth = 0;

	for (i++; i < x->text.n; i++) {
		char c = x->text.p[i];

		if (c == '\\')
			i++;
		else if (c == '$' && at(x, i + 1) == '(')
			depth++, i++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '"' && depth == 0)
			return i + 1;
		else if (c == '"' || (c == '\'' && depth > 0))
			i = behind_quoted(x, i, c == '"') - 1;
	}
	return x->text.n;
}

static size_t shell(const struct lexer *x, size_t i, enum lexer_state *state)
{
	char c = x->text.p[i];

	*state = LEXER_COMMENT;
	if (c == '#' && (i == 0 || strchr(" \t\n;|&()", at(x, i - 1))))
		return line_end(x, i);
	*state = LEXER_STRING;
	if (c == '\'')
		return behind_quoted(x, i, i > 0 && at(x, i - 1) == '$');
	return c == '"' ? shell_double(x, i) : 0;
}

/* Notes the word of a here-document "<<WORD" at i; the offset behind it. */
static size_t note_heredoc(struct lexer *x, size_t i)
{
	i += 2;
	i += at(x, i) == '-';
	while (at(x, i) == ' ' || at(x, i) == '\t')
		i++;
	i += at(x, i) == '\'' || at(x, i) == '"' || at(x, i) == '\\';
	x->word = i;
	while (is_name(at(x, i)))
		i++;
	x->word_len = i - x->word;
	i += at(x, i) == '\'' || at(x, i) == '"';
	return i;
}

/* Behind the line that is the noted word alone. */
static size_t behind_heredoc(const struct lexer *x, size_t i)
{
	while (i < x->text.n) {
		size_t end = line_end(x, i);

		while (at(x, i) == '\t')
			i++;
		if (end >= i && end - i == x->word_len &&
		    starts(x, i, x->text.p + x->word, x->word_len))
			return end;
		i = end + 1;
	}
	return x->text.n;
}

static size_t find(const struct lexer *x, size_t i, enum lexer_state *state)
{
	switch (x->language) {
	case LANGUAGE_SQL:
		return sql(x, i, state);
	case LANGUAGE_PYTHON:
		return python(x, i, state);
	case LANGUAGE_R:
		return r(x, i, state);
	case LANGUAGE_SHELL:
		return shell(x, i, state);
	default:
		return 0;
	}
}

bool lexer_next(struct lexer *x)
{
	enum lexer_state state;
	size_t i = x->end, end = 0;

	x->start = i;
	if (i >= x->text.n)
		return false;
	for (; i < x->text.n; i++) {
		if (x->language == LANGUAGE_SHELL && x->text.p[i] == '\\') {
			i++;
			continue;
		}
		if (x->language == LANGUAGE_SHELL && starts(x, i, "<<", 2) &&
		    at(x, i + 2) != '<' && (i == 0 || at(x, i - 1) != '<')) {
			i = note_heredoc(x, i) - 1;
			continue;
		}
		if (x->word_len > 0 && x->text.p[i] == '\n') {
			end = behind_heredoc(x, i + 1);
			state = LEXER_STRING;
		} else {
			end = find(x, i, &state);
		}
		if (end != 0)
			break;
	}
	if (i > x->text.n)
		i = x->text.n;
	if (end == 0 || i > x->start) {
		/* the code before it; what begins here comes next */
		x->state = LEXER_CODE;
		x->end = end == 0 ? x->text.n : i;
		return true;
	}
	x->state = state;
	x->end = end > i ? end : i + 1;
	if (x->text.p[i] == '\n')
		x->word_len = 0;
	return true;
}
