#ifndef SLUICE_CACHE_TOLERANCE_H
#define SLUICE_CACHE_TOLERANCE_H
/*
 * tolerance -- how far numbers of a node's columns may lie from those of
 * before and not count for the verdict, as a manifest has it:
 *
 *   "tolerance":{"dose":"1e-9"}
 *
 * Shape      By column, as @column has it: a number that is not negative. No
 *            key and no table knows of it.
 * Ownership  Strings are the manifest's.
 */
#include "cache/base/json.h"

struct tolerance {
	char *column, *most;
};

struct tolerances {
	struct tolerance *p; /* sorted by column, each once, when parsed */
	size_t n, cap;
};

/* Adds one; strings are copied. */
int tolerances_add(struct tolerances *t, const char *column, const char *most,
    struct error *err);

/* Frees what it owns; empty and usable again. */
void tolerances_clear(struct tolerances *t);

/* Sets "tolerance" of a node, unless there are none; and back, without what
 * type_is_tolerance() does not know. */
int tolerances_print(const struct tolerances *t, json_t *node,
    struct error *err);
int tolerances_parse(const json_t *node, struct tolerances *out,
    struct error *err);

#endif
