#ifndef SLUICE_RUNNER_LANG_DIRECTIVE_H
#define SLUICE_RUNNER_LANG_DIRECTIVE_H
/*
 * directive -- the words of the language and how their arguments are read.
 *
 * Use        directive_find("depend", 6); directive_table[WORD_DEPEND].
 * Shape      A parsed directive lives in the arena of the load; its places are
 *            the line and columns of the user's file.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum directive_word {
	WORD_INCLUDE,
	WORD_DEPEND,
	WORD_OVERRIDE,
	WORD_PARAM,
	WORD_SET,
	WORD_ABSTRACT,
	WORD_FILE,
	WORD_KEY,
	WORD_ORDERED,
	WORD_COLUMN,
	WORD_FORMAT,
	WORD_PATH,
	WORD_TEST,
	WORD_WARN,
	WORD_DOC,
	WORD_OWNER,
	WORD_PHI,
	WORD_RELEASE,
	WORD_TIMEOUT,
	WORD_MEMORY,
	WORD_POOL,
	WORD_THREADS,
	WORD_VOLATILE,
	WORD_RUN,
	WORD_ENGINE,
	WORD_QUOTE,
	WORD_PROBE,
	WORD_COUNT,
};

enum directive_form {
	FORM_WORDS, /* words, and one list in parentheses */
	FORM_REST, /* the rest of the line */
	FORM_NAME_REST, /* a word, then the rest of the line */
	FORM_LIST, /* a, b, c */
};

/* What a second one in the same file, or one inherited, does. */
enum directive_repeat {
	REPEAT_REPLACES, /* by word */
	REPEAT_BY_NAME, /* by word and first argument */
	REPEAT_ADDS,
};

struct directive_kind {
	const char *word;
	enum directive_form form;
	enum directive_repeat repeat;
	int least, most; /* arguments without the list */
	bool takes_list;
	bool in_group; /* has a meaning in a group file */
	bool in_action; /* and in an action */
	const char *usage;
};

extern const struct directive_kind directive_table[WORD_COUNT];

struct directive_arg {
	const char *text;
	int col;
	bool is_quoted;
	bool is_reached; /* name=value: something declares it */
};

struct directive {
	struct directive_arg *args, *list;
	uint32_t n, n_list;
	int line, col;
	enum directive_word word;
	bool has_list;
	bool is_reached; /* @set: something declares it */
};

/* The kind of a word of n bytes, or -1. */
int directive_find(const char *word, size_t n);

/* The known word nearest to word, or NULL. */
const char *directive_nearest(const char *word);

#endif
