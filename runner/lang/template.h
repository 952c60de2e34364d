#ifndef SLUICE_RUNNER_LANG_TEMPLATE_H
#define SLUICE_RUNNER_LANG_TEMPLATE_H
/*
 * template -- {{name}} in a text, replaced by a parameter's value as the
 * language around it wants it.
 *
 * Use        if (template_has(text)) template_expand(&t, &out, err);
 * Shape      A small reader knows, for each language, what is code, string or
 *            comment; in the latter two a value is an error, since quotes
 *            would end up inside quotes.
 * Errors     What is wrong with the text goes to t->fail() and the expansion
 *            goes on; the return value is for want of memory only.
 */
#include "cache/base/buf.h"

enum language {
	LANGUAGE_NONE, /* bare text; names that nothing declares stay */
	LANGUAGE_SQL,
	LANGUAGE_PYTHON,
	LANGUAGE_R,
	LANGUAGE_SHELL,
	LANGUAGE_ARGUMENT, /* a directive's: bare text, all names declared */
};

enum parameter_type {
	PARAMETER_TEXT,
	PARAMETER_INT,
	PARAMETER_NUMBER,
	PARAMETER_DATE,
	PARAMETER_IDENT,
	PARAMETER_LIST,
	PARAMETER_TYPES,
};

enum template_found {
	TEMPLATE_FOUND,
	TEMPLATE_UNKNOWN, /* nothing declares it */
	TEMPLATE_FAILED, /* an error that find() has told */
};

struct template_value {
	const char *text;
	enum parameter_type type;
};

struct template
{
	struct bytes text;
	int line, col; /* of its first byte */
	enum language language;
	/* name is "site" or "@snapshot_date". */
	enum template_found (*find)(void *payload, const char *name, int line,
	    int col, struct template_value *out);
	void (*fail)(void *payload, int line, int col, const char *message);
	void *payload;
};

/* Whether there is a "{{" at all. */
bool template_has(struct bytes text);

/* Adds t->text with its holes filled to out. */
int template_expand(const struct template *t, struct buf *out,
    struct error *err);

/* Adds value as the language writes it. A message where it cannot, else NULL.
 */
const char *template_quote(struct buf *out, const struct template_value *value,
    enum language language);

/* Why text is no value of type, or NULL. */
const char *parameter_check(const char *text, enum parameter_type type);

/* "text", "int", ... and the reverse: -1 for an unknown word. */
const char *parameter_type_name(enum parameter_type type);
int parameter_type_find(const char *word);

/* The language of "sql", "python", "r", "shell"; -1 for another word. */
int language_find(const char *word);

#endif
