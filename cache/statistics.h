#ifndef SLUICE_CACHE_STATISTICS_H
#define SLUICE_CACHE_STATISTICS_H
/*
 * statistics -- what the values of a table's column come to: NULLs, different
 * values, the least and the greatest one, how numbers are spread.
 *
 * Use        struct statistics s[2] = { 0 };
 *            table_statistics(st, &t, columns, 2, s, err);
 *            statistics_clear(&s[0]) ...
 * Shape      A table's are the sum of its parts', which lie beside each part
 *            (docs: formats, "Derived forms"): whichever tables have a part, it
 *            is read for a column once.
 * Audience   The least, the greatest value and the bins are data: inside.
 * Memory     A part, and for each column 100 kB; whatever the table's size.
 * Ownership  out is the caller's, cleared also where it fails.
 * Errors     ERROR_NOT_FOUND and ERROR_CORRUPT of parts, ERROR_MEMORY. A form
 *            that cannot be written is made again the next time.
 */
#include "cache/bins.h"
#include "cache/distinct.h"
#include "cache/table.h"

enum {
	EXTREME_TEXT = 64 /* bytes of a value that are kept */
};

/* The least or greatest value in the type's order; nan is the greatest real.
 * Of a longer one its first bytes, whole characters. */
struct extreme {
	bool is_set, is_cut;
	size_t n;
	char text[EXTREME_TEXT + 1];
};

struct statistics {
	uint64_t rows, nulls;
	struct distinct distinct; /* by the text of a part, without NULL */
	struct extreme least, greatest; /* not set: every row is NULL */
	struct bins bins; /* of integer, real, decimal */
};

/* Those of n columns, by their places in the table, which are all different. */
int table_statistics(struct store *st, const struct table *t,
    const size_t *columns, size_t n, struct statistics *out, struct error *err);

/* Frees; usable again. */
void statistics_clear(struct statistics *s);

#endif
