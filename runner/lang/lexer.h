#ifndef SLUICE_RUNNER_LANG_LEXER_H
#define SLUICE_RUNNER_LANG_LEXER_H
/*
 * lexer -- what a byte of a text in some language is: code, string, comment.
 *
 * Use        struct lexer x = { .text = body, .language = LANGUAGE_SQL };
 *            while (lexer_next(&x)) look at text.p[x.start..x.end), x.state.
 * Shape      Pieces in order, without gaps. A string ends with the text where
 *            it is not closed. Strings in strings (a shell's $(...) between
 *            double quotes) count as the outer string.
 */
#include "runner/lang/template.h"

enum lexer_state {
	LEXER_CODE,
	LEXER_STRING,
	LEXER_COMMENT
};

struct lexer {
	struct bytes text;
	enum language language;
	size_t start, end; /* the piece */
	enum lexer_state state;
	/* a shell's here-document that begins behind this line */
	size_t word, word_len;
};

/* Moves to the next piece; false behind the last. */
bool lexer_next(struct lexer *x);

#endif
