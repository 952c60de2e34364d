#ifndef SLUICE_REPORTS_REPORT_PAIR_H
#define SLUICE_REPORTS_REPORT_PAIR_H
/*
 * report_pair -- one node's tables on two sides, by themselves: as a report
 * has them, without the report.
 *
 * Use        struct report_pair p = { &was, &now };
 *            report_table_make(st, &p, NULL, NULL, &t, err);
 *            report_table_clear(&t).
 * Errors     A table that is gone or damaged is said in t.why.
 */
#include "reports/report.h"

/* One node's tables on two sides: was NULL where it is new, now where it is
 * gone. fn (or NULL) gets the rows that differ; a positive answer of it ends
 * the comparison and is returned. */
struct report_pair {
	const struct manifest_node *was, *now;
};
int report_table_make(struct store *st, const struct report_pair *pair,
    diff_fn *fn, void *payload, struct report_table *out, struct error *err);
void report_table_clear(struct report_table *t);

/* Whether the table differs in nothing but values that lie within the
 * tolerances of their columns: told, and no change for the verdict. */
bool report_is_within(const struct report_table *t);

/* As in the report's "tables". */
int report_table_json(const struct report_table *t, bool is_inside,
    json_t **out, struct error *err);

#endif
