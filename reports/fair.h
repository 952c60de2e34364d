#ifndef SLUICE_REPORTS_FAIR_H
#define SLUICE_REPORTS_FAIR_H
/*
 * fair -- the effect of fresh data, apart from that of the code.
 *
 * Where the sources moved between the base's run and this one there are four
 * cells: old and new code on old and new data. The report compares the base's
 * code with this one's on the new data, which is the effect of the code; the
 * base's code on the old data and on the new is the effect of fresh data.
 *
 * Use        report_make(st, &cell, &after, ...), cell being the base's code on
 *            the sources of after; then report_add_fresh(&r, &own, err), own
 *            being what the base's run had made.
 * Ownership  own is borrowed and must outlive the report.
 * Errors     As report_make().
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/error.h"
#include "cache/manifest.h"

struct report;

/* What new data alone did to a table: rows of the base's code on the sources
 * that the base's run had, and on those of this one. */
struct report_fresh {
	bool is_known;
	uint64_t before, after;
	uint64_t added, removed, changed; /* changed: 0 without a key */
};

/* Fills r->own, r->fresh (delivered tables that fresh data changed) and what
 * the delivered ones of r->tables have of it; of steps on the way no row is
 * read. */
int report_add_fresh(struct report *r, const struct manifest *own,
    struct error *err);

#endif
