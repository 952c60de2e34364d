#ifndef SLUICE_CACHE_DIFFERS_H
#define SLUICE_CACHE_DIFFERS_H
/*
 * differs -- in what two tables that one node gave, of one key, differ.
 *
 * Use        differs_find(st, &first, &second, DIFFERS_AT_ALL, &d, err).
 * Shape      Each table is read once and summed up, whatever its rows' order:
 *            the values of each column, the rows, and the rows without each
 *            column. So memory is the columns', and no key is needed; which
 *            rows are others it does not say (that is `sluice diff`).
 * Errors     Those of reading a table.
 */
#include "cache/base/buf.h"
#include "cache/result.h"
#include "cache/table.h"

enum differs_how {
	DIFFERS_AT_ALL,
	DIFFERS_NEARLY, /* reals count to nine digits, since a sum of them in
	                   another order is another one in its last */
};

struct differs {
	bool rows; /* other rows; else the same in another order, if at all */
	char columns[RESULT_DIFFERS]; /* their names, a line each: */
};

/* columns are those that one table has and the other has not, or with another
 * type; where there are none, those whose values are others; where all values
 * are the same, those without which the rows would be. "" where the rows are
 * the same, or it is no single column's fault which values go together. */
int differs_find(struct store *st, const struct table *a, const struct table *b,
    enum differs_how how, struct differs *out, struct error *err);

/* Such names with commas between. */
void differs_print(const char *columns, struct buf *out);

#endif
