#ifndef SLUICE_REPORTS_DIFF_ORDER_H
#define SLUICE_REPORTS_DIFF_ORDER_H
/*
 * diff_order -- two tables as rows in one order: by a key, else by the columns
 * that both have. Private to diff.
 *
 * Use        struct diff_order o = { 0 }; diff_order_open(x, &o); the rows of
 *            before are o.a's, those of after o.b's; diff_order_clear(&o).
 * Shape      A table in that order is read as it is, any other is sorted; then
 *            parts that both have, wherever they stand, are left out.
 */
#include "reports/diff_impl.h"

struct diff_order {
	struct diff_column **by;
	size_t *in_before, *in_after; /* their places */
	size_t n;
	bool is_straight; /* both tables are in that order */
	bool *skip_before, *skip_after; /* parts; NULL where is_straight */
	struct cursor a, b;
};

/* Errors go to x's err. Frees. */
int diff_order_open(struct comparison *x, struct diff_order *o);
void diff_order_clear(struct diff_order *o);

/* The order of the rows at which both cursors stand. */
int diff_order_compare(const struct diff_order *o);

#endif
