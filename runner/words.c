/* words: see words.h. */
#include "runner/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add_owned(struct words *w, char *word)
{
	const char **more;

	if (w->failed || word == NULL) {
		w->failed = true;
		return;
	}
	/* one more place than words, for the NULL */
	more = mem_grow(w->v, w->n + 1, &w->cap, sizeof(*more));
	if (more == NULL) {
		w->failed = true;
		return;
	}
	w->v = more;
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

void words_add(struct words *w, const char *word)
{
	add_owned(w, arena_strdup(&w->arena, word));
}

void words_printf(struct words *w, const char *fmt, ...)
{
	char *word = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		word = arena_alloc(&w->arena, (size_t)n + 1);
	if (word != NULL) {
		va_start(ap, fmt);
		vsnprintf(word, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	add_owned(w, word);
}

void words_add_all(struct words *w, const struct words *more)
{
	size_t i;

	for (i = 0; i < more->n; i++)
		words_add(w, more->v[i]);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The quoted piece behind *p, which stands on its quote; false where it stays
 * open. */
static bool add_quoted(const char **p, struct buf *word)
{
	const char quote = *(*p)++;

	for (; **p != '\0'; (*p)++) {
		if (**p == quote && (*p)[1] == quote)
			(*p)++;
		else if (**p == quote)
			break;
		buf_add_char(word, **p);
	}
	if (**p == '\0')
		return false;
	(*p)++;
	return true;
}

int words_split(const char *line, struct words *out, struct error *err)
{
	const char *p = line;

	for (;;) {
		CLEANUP(buf_clear) struct buf word = { 0 };

		while (is_blank(*p))
			p++;
		if (*p == '\0')
			return words_check(out, err);
		buf_add(&word, "", 0);
		while (*p != '\0' && !is_blank(*p)) {
			if (*p != '"' && *p != '\'')
				buf_add_char(&word, *p++);
			else if (!add_quoted(&p, &word))
				return error_set(err, ERROR_SYNTAX,
				    "a quote of the command is not closed: %s",
				    line);
		}
		if (buf_check(&word, err))
			return ERROR_MEMORY;
		words_add(out, word.p ? word.p : "");
	}
}

int words_check(const struct words *w, struct error *err)
{
	return w->failed ? error_memory(err) : 0;
}

void words_clear(struct words *w)
{
	mem_free(w->v);
	arena_clear(&w->arena);
	*w = (struct words){ 0 };
}

char *const *words_exec(const char *const *given)
{
	union {
		const char *const *given;
		char *const *wanted;
	} words = { given };

	return words.wanted;
}
