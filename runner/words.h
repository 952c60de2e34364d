#ifndef SLUICE_RUNNER_WORDS_H
#define SLUICE_RUNNER_WORDS_H
/*
 * words -- a command as a list of words, ended by NULL as exec wants it.
 *
 * Use        CLEANUP(words_clear) struct words w = { 0 };
 *            words_add(&w, "--size"); words_printf(&w, "%d", n);
 *            return words_check(&w, err);
 * Ownership  The words are copies and the list's.
 * Errors     Out of memory is remembered: words_check() says so at the end.
 */
#include "cache/base/buf.h"
#include "cache/base/mem.h"

struct words {
	const char **v; /* v[n] is NULL once anything was added */
	size_t n, cap;
	bool failed;
	struct arena arena;
};

/* Adds a word as it is, and one made by printf. */
void words_add(struct words *w, const char *word);
void words_printf(struct words *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds all of more. */
void words_add_all(struct words *w, const struct words *more);

/* Adds the words of a command line: separated by blanks; "..." and '...' keep
 * blanks, the quote doubled inside, as in a directive. Nothing else is
 * special: there is no shell. ERROR_SYNTAX where a quote stays open. */
int words_split(const char *line, struct words *out, struct error *err);

/* As exec wants them: its prototype lacks a const that exec keeps. */
char *const *words_exec(const char *const *given);

/* 0, or ERROR_MEMORY where some addition found no memory. */
int words_check(const struct words *w, struct error *err);
/* Frees; usable again. */
void words_clear(struct words *w);

#endif
