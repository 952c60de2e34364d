#ifndef SLUICE_CACHE_BASE_DIGEST_H
#define SLUICE_CACHE_BASE_DIGEST_H
/*
 * digest -- SHA-256, and the SHA-1 names that git gives to blobs.
 *
 * Use        digest_of(bytes, &d, err), or in pieces: digest_open(&s, err),
 *            digest_add(s, p, n), digest_finish(s, &d, err), digest_close(s).
 * Shape      A digest is a value: copied, compared with digest_eq() alone.
 * Source     FIPS 180-4, by OpenSSL.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

enum {
	DIGEST_SIZE = 32,
	DIGEST_HEX = 64, /* without the NUL */
	GIT_ID_SIZE = 20,
	GIT_ID_HEX = 40,
	MD5_HEX = 32,
};

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

/* SHA-256 of data. */
int digest_of(struct bytes data, struct digest *out, struct error *err);

/* SHA-256 in pieces. What failed on the way digest_finish() tells; after it the
 * stream starts anew. */
struct digest_stream;
int digest_open(struct digest_stream **out, struct error *err);
void digest_add(struct digest_stream *s, const void *p, size_t n);
int digest_finish(struct digest_stream *s, struct digest *out,
    struct error *err);
void digest_close(struct digest_stream *s);
void digest_closep(struct digest_stream **s);

/* The one comparison of digests, and an order for sorting. */
bool digest_eq(const struct digest *a, const struct digest *b);
int digest_cmp(const struct digest *a, const struct digest *b);

/* All bytes zero: "none". */
bool digest_is_null(const struct digest *d);

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_print(const struct digest *d, char out[DIGEST_HEX + 1]);

/* The reverse; ERROR_SYNTAX for anything but 64 lower-case digits. */
int digest_parse(const char *hex, struct digest *out, struct error *err);

/* The SHA-1 that git gives a blob of these bytes ("blob N\0" before them). */
int digest_git_blob(struct bytes data, uint8_t out[GIT_ID_SIZE],
    struct error *err);

/* The MD5 of data in lower-case hexadecimal digits and a NUL: for SQL, for no
 * name of ours. */
int digest_md5(struct bytes data, char out[MD5_HEX + 1], struct error *err);

/* n bytes as 2n lower-case hexadecimal digits and a NUL. */
void hex_print(const uint8_t *bytes, size_t n, char *out);

#endif
