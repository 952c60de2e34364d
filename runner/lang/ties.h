#ifndef SLUICE_RUNNER_LANG_TIES_H
#define SLUICE_RUNNER_LANG_TIES_H
/*
 * ties -- SQL that numbers or limits rows over an order that is not known to
 * be unique: which row gets the number, or a place, is chance then. Inside
 * runner/lang only.
 *
 * Use        ties_find() for a text, once; ties_check() when nodes know their
 *            inputs.
 * Shape      What numbers or limits is row_number(), ntile(), lag(), lead(),
 *            first_value(), last_value(), nth_value() with OVER; arg_min(),
 *            arg_max(), min_by(), max_by(); DISTINCT ON; LIMIT, FETCH, OFFSET.
 *            Each has the columns that say which row it is. It is well where
 *            these contain columns that are taken for unique: the @key of an
 *            input (of a pattern with _from) or of the node itself, or what
 *            a GROUP BY or DISTINCT of the same text makes so. Names are
 *            compared, without qualifiers and case; SQL is not understood.
 *            docs: language, "Rows that tie".
 * Errors     Of memory alone: a text that is no SQL has few such words.
 */
#include "runner/lang/load.h"

struct ties_columns {
	const char *const *names; /* the last part, in small letters */
	size_t n;
	size_t select; /* which SELECT they are of, from 1; see use */
};

struct ties_use {
	const char *what; /* "row_number()" */
	const char *where; /* "this ORDER BY"; NULL: there is none */
	int line, col;
	/* A key of select is what comes of it, and so says nothing of the rows
	 * that this takes; 0: it does. */
	struct ties_columns columns;
};

struct ties {
	const struct ties_use *uses;
	const struct ties_columns *keys; /* unique by the text itself */
	size_t n_uses, n_keys;
};

/* Those of a text, whose first line has that number; in the arena. *out is
 * NULL where there is nothing to be said of it, whatever is unique. */
int ties_find(struct arena *a, struct bytes sql, int first_line,
    const struct ties **out, struct error *err);

/* Whether a text has a word that ties_find() looks for. Cheap. */
bool ties_has_words(struct bytes sql);

/* Warns of each node whose text has some; to: as in contract_check(). */
void ties_check(struct load *l, const size_t *to);

#endif
