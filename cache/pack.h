#ifndef SLUICE_CACHE_PACK_H
#define SLUICE_CACHE_PACK_H
/*
 * pack -- rows as bytes whose order by memcmp() is the canonical order of the
 * rows (docs: formats, "Order"), and which give the fields back.
 *
 * Shape      The key's columns first, then the others from left to right. A
 *            field is 0, NULL; or 1 and
 *              text, times    its bytes, 0
 *              integer,       a byte of sign and length, the text; negative:
 *              decimal        the same, each byte inverted, then the text
 *              real           the double's bits so that they sort, its text, 0
 * Rule       Values are canonical (cache/type.h) and have no NUL byte.
 * Private to cache.
 */
#include <stdint.h>

#include "cache/type.h"

struct pack {
	const struct column *columns; /* borrowed */
	size_t n;
	size_t *order; /* columns, the key's first */
	size_t n_key;
};

/* key: indexes of columns. */
int pack_init(struct pack *p, const struct column *columns, size_t n,
    const size_t *key, size_t n_key, struct error *err);
void pack_clear(struct pack *p);

/* How many bytes a row can have at most, without a field's own bytes; each
 * field adds up to twice its own. */
size_t pack_overhead(const struct pack *p);

/* Writes one field; returns the end. */
char *pack_field(const struct type *t, const struct field *f, char *out);

/* Fields of a packed row, in the order of columns, borrowed from it. Returns
 * how many of its first bytes are its key. */
size_t unpack_row(const struct pack *p, const char *row, struct field *fields);

#endif
