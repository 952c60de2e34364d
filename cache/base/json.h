#ifndef SLUICE_CACHE_BASE_JSON_H
#define SLUICE_CACHE_BASE_JSON_H
/*
 * json -- canonical JSON, and reading it with clear errors. Values are
 * jansson's (https://jansson.readthedocs.io); json_auto_t releases them.
 *
 * Canonical: keys sorted by bytes, no blanks, UTF-8 (only what JSON demands
 * is escaped), one line feed at the end. No format of ours has a real, since
 * programs do not print them alike.
 */
#include <jansson.h>
#include <stdbool.h>

#include "cache/base/buf.h"
#include "cache/base/digest.h"
#include "cache/base/error.h"

/* Adds value in canonical form to out; json_add() without the line feed, as
 * a part of a text. */
int json_print(const json_t *value, struct buf *out, struct error *err);
int json_add(const json_t *value, struct buf *out, struct error *err);

/* Adds s as a canonical string; ERROR_MEMORY where it is not UTF-8. */
int json_add_string(struct buf *out, const char *s, struct error *err);

/* Parses a whole text; duplicate keys are an error. *out is the caller's. */
int json_parse(struct bytes text, json_t **out, struct error *err);

/* Members of an object: ERROR_CORRUPT where missing or of another type.
 * Strings are borrowed from the object. */
int json_get_str(const json_t *object, const char *key, const char **out,
    struct error *err);
int json_get_int(const json_t *object, const char *key, json_int_t *out,
    struct error *err);
int json_get_digest(const json_t *object, const char *key, struct digest *out,
    struct error *err);

/* The string of a member, or fallback where there is none. */
const char *json_str_or(const json_t *object, const char *key,
    const char *fallback);

/* Words of an error as a JSON string: a name in them may have been cut within a
 * character, and what is no UTF-8 is shown as its bytes. NULL without memory.
 */
json_t *json_words(const char *s);

/* What a buffer holds (UTF-8) as a JSON string; NULL without memory, also where
 * the buffer failed. */
json_t *json_buf(const struct buf *b);

/* How often there was no memory for jansson (and json_buf()) in this thread.
 * It, and who adds member by member, leaves out what there was none for: what
 * was built is whole where the count is as it was before. json_parse() has its
 * own way: ERROR_MEMORY. */
size_t json_failures(void);

/* A digest as a JSON string of 64 digits; NULL without memory. */
json_t *json_digest(const struct digest *d);

#endif
