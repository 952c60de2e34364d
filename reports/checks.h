#ifndef SLUICE_REPORTS_CHECKS_H
#define SLUICE_REPORTS_CHECKS_H
/*
 * checks -- what the statuses of a commit say of a run: a function of its
 * report, as egress.h lets it through.
 *
 *   sluice/run    nodes     "31 nodes: 12 run, 19 reused, 4 m 10 s"
 *   sluice/tests  tests     "148 pass, 2 warn", "1 blocking: ..."
 *   sluice/data   delivered "2 delivered tables change by code: +1,200 −0 ~100"
 *
 * Use        checks_make(&gate, &checks, err); each of checks.items goes into
 *            the outbox. (sluice/promote is not of a run: of what merging it
 *            would do.)
 * Shape      Where there is nothing to judge (no test, no base) it is success
 *            that says so. sluice/run fails for nodes, sluice/tests for tests
 *            that block, sluice/data for a guard alone (remark_is_guard()).
 * Errors     ERROR_MEMORY.
 */
#include "reports/egress.h"
#include "reports/status.h"

/* In the order in which they are queued: that of the run comes last, so that
 * where it is there, the others are. */
enum check {
	CHECK_DATA,
	CHECK_TESTS,
	CHECK_RUN,
	CHECKS,
};

struct checks {
	struct status items[CHECKS];
};

/* Commit and branch are those of the report's record; no target_url. */
int checks_make(const struct egress *e, struct checks *out, struct error *err);

#endif
