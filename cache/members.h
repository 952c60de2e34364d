#ifndef SLUICE_CACHE_MEMBERS_H
#define SLUICE_CACHE_MEMBERS_H
/*
 * members -- between the members of a JSON object and fields of a struct, for
 * the formats of this folder (manifest, run record, snapshot).
 *
 * Shape      Setters leave out what is empty or null. Getters take what is
 *            not there as empty, and what has another type as
 *            ERROR_CORRUPT.
 * Errors     ERROR_MEMORY, also for a string that is not UTF-8.
 */
#include "cache/base/json.h"

struct names {
	char **p;
	size_t n;
};

/* Sets a member, unless s is NULL or "", d is null. */
int member_set_str(json_t *o, const char *key, const char *s,
    struct error *err);
int member_set_digest(json_t *o, const char *key, const struct digest *d,
    struct error *err);

/* Sets a member to value, which is taken over; ERROR_MEMORY where it is
 * NULL. */
int member_set(json_t *o, const char *key, json_t *value, struct error *err);

/* Sets a member to an array of strings, also to an empty one. */
int member_set_names(json_t *o, const char *key, char *const *names, size_t n,
    struct error *err);

/* A copy of a string (NULL where there is none), a bounded one, a digest
 * (null where there is none), an array of strings. */
int member_dup(const json_t *o, const char *key, char **out, struct error *err);
int member_copy(const json_t *o, const char *key, char *out, size_t size,
    struct error *err);
int member_digest(const json_t *o, const char *key, struct digest *out,
    struct error *err);
int member_names(const json_t *o, const char *key, struct names *out,
    struct error *err);

/* An integer from min to max, 0 where there is none. */
int member_int(const json_t *o, const char *key, json_int_t min, json_int_t max,
    json_int_t *out, struct error *err);

/* An array of strings freed; strings sorted by bytes. */
void names_free(char **names, size_t n);
void names_sort(char **names, size_t n);

/* The members of original that printed does not have just so: what a later
 * version wrote. *extra is NULL where there are none. And back: added to o,
 * in the place of ours. */
int member_extra(json_t *original, const json_t *printed, json_t **extra,
    struct error *err);
int member_add_extra(json_t *o, json_t *extra, struct error *err);

/* Parses a document of a format; ERROR_CORRUPT for any other text. */
int member_document(struct bytes text, const char *format, json_t **out,
    struct error *err);

#endif
