#ifndef SLUICE_CACHE_DELTA_H
#define SLUICE_CACHE_DELTA_H
/*
 * delta -- the bytes of a part as copies from other parts and what is new
 * (sluice-delta/1). Bytes to bytes; files are store_delta.c's.
 *
 * Shape      "sluice-delta/1", LF; a byte: how many bases, 1 to 4; their
 *            SHA-256; the number of bytes that come out; then steps until
 *            these are complete, and nothing behind them. A step is a number:
 *            2n + 1 copies n bytes of the bases, joined one behind the other,
 *            and a second number says from where: how far from the end of the
 *            copy before (2d ahead, 2d - 1 back). 2n adds the n bytes behind
 *            it. Numbers are of 7 bits a byte, the lowest first, the top bit
 *            on all but the last.
 * Use        delta_make(); delta_read_head(), delta_apply().
 * Errors     ERROR_CORRUPT: no delta, or none of these bases. Any bytes at all
 *            may be given. ERROR_MEMORY.
 * Threads    Functions of their arguments alone. Private to cache.
 */
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/digest.h"

enum {
	DELTA_BASES = 4,
	DELTA_MOST = 16 << 20, /* bytes that come out, or of a base */
	DELTA_SHARE = 4, /* it has less than this part of its bytes */
	DELTA_HEAD_MOST = 256, /* bytes that hold any head */
};

struct delta_head {
	struct digest bases[DELTA_BASES];
	size_t n; /* bases */
	uint64_t bytes; /* that come out: at most DELTA_MOST */
	size_t size; /* of the head itself */
};

/* The head, of a delta's first bytes or all of it. */
int delta_read_head(struct bytes delta, struct delta_head *out,
    struct error *err);

/* Adds to out the bytes that come out; base is the bases, joined. */
int delta_apply(struct bytes delta, struct bytes base, struct buf *out,
    struct error *err);

/* Fills the empty out with a delta that makes data of base, the joined bytes
 * of ids. *reached is the end of the last copy, a place in base. ERROR_LIMIT,
 * without words and soon, where it would not be small enough. */
int delta_make(const struct digest *ids, size_t n, struct bytes base,
    struct bytes data, struct buf *out, uint64_t *reached, struct error *err);

#endif
