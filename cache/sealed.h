#ifndef SLUICE_CACHE_SEALED_H
#define SLUICE_CACHE_SEALED_H
/*
 * sealed -- small JSON records that are rewritten, and so have no name to be
 * verified by: their digest stands inside.
 *
 * Shape      Canonical JSON; member "digest" is the SHA-256 of the canonical
 *            text without that member. One flipped bit is found.
 * Use        sealed_write(path, object, err); sealed_read(path, format, &o,
 *            err). Members a reader does not know stay in the object.
 * Errors     ERROR_NOT_FOUND; ERROR_CORRUPT where the text, its format or its
 *            digest is wrong; ERROR_IO.
 */
#include "cache/base/json.h"

/* Replaces path durably. object has its "format"; gets its "digest". */
int sealed_write(const char *path, json_t *object, struct error *err);

/* The same without a sync: after a power cut it may be torn, and is found to be
 * where it is read. */
int sealed_write_loose(const char *path, json_t *object, struct error *err);

/* Reads what sealed_write() wrote. *out is the caller's, without "digest". */
int sealed_read(const char *path, const char *format, json_t **out,
    struct error *err);

#endif
