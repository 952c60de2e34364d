#ifndef SLUICE_HOOKS_CHOICE_H
#define SLUICE_HOOKS_CHOICE_H
/*
 * choice -- a setting of git config that is one of a few words. A word that is
 * none of them is told, and never taken for another.
 *
 * Errors     ERROR_USAGE names the key, what it is, and the words.
 */
#include <stddef.h>

#include "cache/base/error.h"

/* Which of the words (NULL ends them) the value is; the first where it is
 * NULL: the key is not set. */
int choice_read(const char *key, const char *value, const char *const *words,
    size_t *out, struct error *err);

#endif
