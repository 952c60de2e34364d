#ifndef SLUICE_CACHE_CUT_H
#define SLUICE_CACHE_CUT_H
/*
 * cut -- where a table's rows are cut into parts, by content, so that
 * versions that differ in a few rows share nearly all parts.
 *
 * Rule       Gear hash over the bytes: hash = hash * 2 + gear[byte], 64 bits,
 *            so that it depends on the last 64 bytes alone. Behind a byte of
 *            a part there is a mark where the top 20 bits are zero and the
 *            part has at least CUT_LEAST bytes. The part ends at the first
 *            row end at or behind a mark, or from CUT_MOST bytes on.
 * Use        struct cut c = { 0 }; for each row (with its LF): if
 *            (cut_add(&c, row, n)) the part ends behind it.
 * Part of sluice-table/1: another rule is another format.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CUT_LEAST = 256 << 10,
	CUT_MOST = 4 << 20,
	CUT_WINDOW = 64, /* bytes that the hash depends on */
};

struct cut {
	uint64_t hash;
	uint64_t size; /* of the part so far */
};

/* Adds a row of the part; whether the part ends behind it. */
bool cut_add(struct cut *c, const char *row, size_t n);

#endif
