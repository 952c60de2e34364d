/* directive: see directive.h. */
#include "runner/lang/directive.h"

#include <string.h>

#include "cache/base/text.h"

enum {
	ANY = 1000,
};

const struct directive_kind directive_table[WORD_COUNT] = {
	[WORD_INCLUDE] = { "include", FORM_WORDS, REPEAT_BY_NAME, 1, ANY, false,
	    true, true, "@include PATH [name=value ...]" },
	[WORD_DEPEND] = { "depend", FORM_WORDS, REPEAT_BY_NAME, 1, ANY, true,
	    false, false, "@depend PATH [as NAME] [(col, ...)]" },
	[WORD_OVERRIDE] = { "override", FORM_WORDS, REPEAT_REPLACES, 0, 0,
	    false, false, false, "@override" },
	[WORD_PARAM] = { "param", FORM_NAME_REST, REPEAT_BY_NAME, 1, 2, false,
	    true, true, "@param NAME[:TYPE] [DEFAULT]" },
	[WORD_SET] = { "set", FORM_NAME_REST, REPEAT_BY_NAME, 2, 2, false, true,
	    true, "@set NAME VALUE" },
	[WORD_ABSTRACT] = { "abstract", FORM_WORDS, REPEAT_REPLACES, 0, 0,
	    false, true, false, "@abstract" },
	[WORD_FILE] = { "file", FORM_WORDS, REPEAT_ADDS, 1, 1, false, false,
	    true, "@file PATH" },
	[WORD_KEY] = { "key", FORM_LIST, REPEAT_REPLACES, 0, 0, true, false,
	    false, "@key COLUMN, ..." },
	[WORD_ORDERED] = { "ordered", FORM_WORDS, REPEAT_REPLACES, 0, 0, false,
	    false, false, "@ordered" },
	[WORD_COLUMN] = { "column", FORM_WORDS, REPEAT_BY_NAME, 2, 5, false,
	    false, false,
	    "@column NAME TYPE [\xc2\xb1"
	    "TOLERANCE] [unit] [\"what it is\"]" },
	[WORD_FORMAT] = { "format", FORM_WORDS, REPEAT_REPLACES, 1, 5, false,
	    false, true,
	    "@format [delimiter=|] [quote=\"] [encoding=windows-1252] "
	    "[header=no] [null=WORD]" },
	[WORD_PATH] = { "path", FORM_WORDS, REPEAT_REPLACES, 1, ANY, false,
	    false, false, "@path PATTERN" },
	[WORD_TEST] = { "test", FORM_REST, REPEAT_ADDS, 1, 1, false, false,
	    false, "@test not_null(c)" },
	[WORD_WARN] = { "warn", FORM_REST, REPEAT_ADDS, 1, 1, false, false,
	    false, "@warn not_null(c)" },
	[WORD_DOC] = { "doc", FORM_REST, REPEAT_ADDS, 1, 1, false, true, true,
	    "@doc TEXT" },
	[WORD_OWNER] = { "owner", FORM_REST, REPEAT_REPLACES, 1, 1, false, true,
	    false, "@owner TEXT" },
	[WORD_PHI] = { "phi", FORM_LIST, REPEAT_ADDS, 0, 0, true, false, false,
	    "@phi COLUMN, ..." },
	[WORD_RELEASE] = { "release", FORM_WORDS, REPEAT_REPLACES, 0, 0, false,
	    false, false, "@release" },
	[WORD_TIMEOUT] = { "timeout", FORM_WORDS, REPEAT_REPLACES, 1, 1, false,
	    true, true, "@timeout 10m" },
	[WORD_MEMORY] = { "memory", FORM_WORDS, REPEAT_REPLACES, 1, 1, false,
	    true, true, "@memory 2GiB" },
	[WORD_POOL] = { "pool", FORM_WORDS, REPEAT_REPLACES, 1, 1, false, true,
	    true, "@pool NAME" },
	[WORD_THREADS] = { "threads", FORM_WORDS, REPEAT_REPLACES, 1, 1, false,
	    true, true, "@threads N" },
	[WORD_VOLATILE] = { "volatile", FORM_REST, REPEAT_REPLACES, 1, 1, false,
	    false, true, "@volatile REASON" },
	[WORD_RUN] = { "run", FORM_REST, REPEAT_REPLACES, 1, 1, false, false,
	    true, "@run COMMAND" },
	[WORD_ENGINE] = { "engine", FORM_WORDS, REPEAT_REPLACES, 1, 1, false,
	    false, true, "@engine sqlite" },
	[WORD_QUOTE] = { "quote", FORM_WORDS, REPEAT_REPLACES, 1, 1, false,
	    false, true, "@quote sql" },
	[WORD_PROBE] = { "probe", FORM_REST, REPEAT_REPLACES, 1, 1, false,
	    false, true, "@probe COMMAND" },
};

int directive_find(const char *word, size_t n)
{
	int i;

	for (i = 0; i < WORD_COUNT; i++)
		if (strlen(directive_table[i].word) == n &&
		    memcmp(directive_table[i].word, word, n) == 0)
			return i;
	return -1;
}

const char *directive_nearest(const char *word)
{
	const char *words[WORD_COUNT];
	int i;

	for (i = 0; i < WORD_COUNT; i++)
		words[i] = directive_table[i].word;
	return text_nearest(word, words, WORD_COUNT);
}
