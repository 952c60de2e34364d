#ifndef SLUICE_RUNNER_LANG_TOKEN_H
#define SLUICE_RUNNER_LANG_TOKEN_H
/*
 * token -- the words of SQL, with what stands beside what: enough to find a
 * clause and the items of its list, no grammar. Inside runner/lang only.
 *
 * Use        struct tokens w = { .a = arena }; tokens_read(&w, sql, err); look
 *            at w.t[0..w.n); tokens_clear(&w).
 * Shape      Two tokens stand beside each other where `begin` is the same: the
 *            first between their parentheses, or of their statement. A place
 *            that is not there is n, of which nothing is true.
 * Ownership  Texts are in the arena, the array is of tokens_clear().
 * Errors     ERROR_MEMORY. A text of more than TOKENS_MOST has none.
 */
#include "cache/base/mem.h"
#include "runner/lang/template.h"

enum {
	TOKENS_MOST = 20000, /* what is looked for costs their square */
};

enum token_kind {
	TOKEN_NAME, /* in small letters, without quotes */
	TOKEN_LITERAL, /* a number, a string */
	TOKEN_SIGN, /* one */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t at; /* offset in the text */
	size_t match; /* of a parenthesis: the other one, n where none */
	size_t begin; /* see Shape */
	bool is_quoted;
};

struct tokens {
	struct arena *a;
	struct bytes sql;
	struct token *t;
	size_t n, cap;
	bool no_memory;
};

/* What begins a clause of SELECT, or ends the one before; ended by NULL. */
extern const char *const token_clauses[];

/* Reads a text; frees. */
int tokens_read(struct tokens *w, struct bytes sql, struct error *err);
void tokens_clear(struct tokens *w);

/* Whether token i is that word without quotes, one of those words, or that
 * sign; false behind the end. */
bool token_is(const struct tokens *w, size_t i, const char *word);
bool token_is_among(const struct tokens *w, size_t i, const char *const *words);
bool token_is_sign(const struct tokens *w, size_t i, char sign);

/* Behind the item of a list that begins at i < n: its comma, or what ends the
 * list. i itself where there is no item. */
size_t token_item_end(const struct tokens *w, size_t i);

/* The first such word from begin to end, beside begin. */
size_t token_find(const struct tokens *w, size_t begin, size_t end,
    const char *word);

/* Behind the last such word with BY, from begin to end, beside begin. */
size_t token_find_by(const struct tokens *w, size_t begin, size_t end,
    const char *first);

/* The end of what begins at begin: its parenthesis, or its statement's. */
size_t token_scope_end(const struct tokens *w, size_t begin);

#endif
