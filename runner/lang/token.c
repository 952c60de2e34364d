/* token: see token.h. */
#include "runner/lang/token.h"

#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/lexer.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static const char *small(struct tokens *w, const char *p, size_t n)
{
	char *out = arena_text(w->a, n + 1);
	size_t i;

	if (out == NULL) {
		w->no_memory = true;
		return "";
	}
	for (i = 0; i < n; i++)
		out[i] =
		    p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] | 0x20) : p[i];
	out[n] = '\0';
	return out;
}

static void add_token(struct tokens *w, enum token_kind kind, size_t from,
    size_t to)
{
	struct token *more = mem_grow(w->t, w->n, &w->cap, sizeof(*more));
	bool quoted = kind == TOKEN_NAME && !is_letter(w->sql.p[from]);

	if (more == NULL) {
		w->no_memory = true;
		return;
	}
	w->t = more;
	more[w->n++] = (struct token){ .kind = kind,
		.at = from,
		.is_quoted = quoted,
		.text = quoted && to - from > 1
		    ? small(w, w->sql.p + from + 1, to - from - 2)
		    : small(w, w->sql.p + from, to - from) };
}

static void add_code(struct tokens *w, size_t from, size_t to)
{
	size_t i = from, start;

	while (i < to) {
		char c = w->sql.p[i];

		start = i++;
		if (is_letter(c)) {
			while (i < to && is_letter(w->sql.p[i]))
				i++;
			add_token(w,
			    c >= '0' && c <= '9' ? TOKEN_LITERAL : TOKEN_NAME,
			    start, i);
		} else if (strchr(" \t\r\n", c) == NULL) {
			add_token(w, TOKEN_SIGN, start, i);
		}
	}
}

bool token_is(const struct tokens *w, size_t i, const char *word)
{
	return i < w->n && w->t[i].kind == TOKEN_NAME && !w->t[i].is_quoted &&
	    strcmp(w->t[i].text, word) == 0;
}

bool token_is_sign(const struct tokens *w, size_t i, char sign)
{
	return i < w->n && w->t[i].kind == TOKEN_SIGN &&
	    w->t[i].text[0] == sign;
}

/* Pairs parentheses, and says of each token where its surroundings begin. */
static void pair(struct tokens *w)
{
	size_t *open = mem_array(w->n + 1, sizeof(*open)), depth = 0, i;
	size_t *begin = mem_array(w->n + 1, sizeof(*begin));

	w->no_memory |= open == NULL || begin == NULL;
	for (i = 0; !w->no_memory && i < w->n; i++) {
		struct token *t = &w->t[i];

		if (token_is_sign(w, i, ')') && depth > 0) {
			t->match = open[--depth];
			w->t[t->match].match = i;
		}
		t->begin = begin[depth];
		if (token_is_sign(w, i, '(')) {
			t->match = w->n;
			open[depth++] = i;
			begin[depth] = i + 1;
		}
		if (token_is_sign(w, i, ';') && depth == 0)
			begin[0] = i + 1;
	}
	mem_free(open);
	mem_free(begin);
}

int tokens_read(struct tokens *w, struct bytes sql, struct error *err)
{
	struct lexer x = { .text = sql, .language = LANGUAGE_SQL };

	w->sql = sql;
	while (w->n <= TOKENS_MOST && lexer_next(&x)) {
		if (x.state == LEXER_CODE)
			add_code(w, x.start, x.end);
		else if (x.state == LEXER_STRING)
			add_token(w,
			    strchr("\"`", w->sql.p[x.start]) ? TOKEN_NAME
			                                     : TOKEN_LITERAL,
			    x.start, x.end);
	}
	if (w->n > TOKENS_MOST)
		w->n = 0;
	pair(w);
	return w->no_memory ? error_memory(err) : 0;
}

void tokens_clear(struct tokens *w)
{
	mem_free(w->t);
	*w = (struct tokens){ 0 };
}

const char *const token_clauses[] = { "select", "from", "where", "group",
	"having", "window", "qualify", "order", "limit", "offset", "fetch",
	"union", "except", "intersect", "using", "rows", "range", "groups",
	NULL };

bool token_is_among(const struct tokens *w, size_t i, const char *const *words)
{
	for (; *words != NULL; words++)
		if (token_is(w, i, *words))
			return true;
	return false;
}

/* Whether token i stands beside those that begin at begin. */
static bool is_beside(const struct tokens *w, size_t i, size_t begin)
{
	return i < w->n && w->t[i].begin == begin &&
	    !token_is_sign(w, i, ')') && !token_is_sign(w, i, ';');
}

size_t token_item_end(const struct tokens *w, size_t i)
{
	const size_t begin = w->t[i].begin;

	while (is_beside(w, i, begin) && !token_is_sign(w, i, ',') &&
	    !token_is_among(w, i, token_clauses))
		i = token_is_sign(w, i, '(') && w->t[i].match > i
		    ? w->t[i].match + 1
		    : i + 1;
	return i > w->n ? w->n : i;
}

size_t token_find(const struct tokens *w, size_t begin, size_t end,
    const char *word)
{
	size_t i;

	for (i = begin; i < end; i++)
		if (w->t[i].begin == begin && token_is(w, i, word))
			return i;
	return w->n;
}

size_t token_scope_end(const struct tokens *w, size_t begin)
{
	size_t i;

	if (begin > 0 && token_is_sign(w, begin - 1, '('))
		return w->t[begin - 1].match;
	for (i = begin; i < w->n; i++)
		if (w->t[i].begin == begin && token_is_sign(w, i, ';'))
			return i;
	return w->n;
}

size_t token_find_by(const struct tokens *w, size_t begin, size_t end,
    const char *first)
{
	size_t i, at = w->n;

	for (i = begin; i + 1 < end; i++)
		if (w->t[i].begin == begin && token_is(w, i, first) &&
		    token_is(w, i + 1, "by"))
			at = i + 2;
	return at;
}
