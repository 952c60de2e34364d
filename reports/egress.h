#ifndef SLUICE_REPORTS_EGRESS_H
#define SLUICE_REPORTS_EGRESS_H
/*
 * egress -- the gate: what of a report may leave the house, as a report.
 *
 * Use        CLEANUP(egress_clear) struct egress e = { 0 };
 *            egress_make(r, &e, err); egress_say(&e, fn, payload, out, err):
 *            what is sent or noted takes nothing else (outbound.h).
 * Shape      The same model without what must stay: what is not in it no
 *            renderer can print. Left are paths of nodes, names of columns
 *            that the repository says, verdicts, states, durations,
 *            positions, and counts of rows as suppress.h has them; gone are
 *            messages, logs, causes, values in a test's words, host, user,
 *            reason, sandbox. The forge has the repository: a column whose
 *            name stands in a directive of its node or in the code, or of a
 *            table in git, is named. Any other is "no. 3", its place: data may
 *            have named it (a delivered file, a pivot). The report's
 *            descriptions have the texts; without them no column is named.
 * Ownership  The report given is borrowed and must outlive e.
 * Errors     ERROR_MEMORY.
 */
#include "cache/base/mem.h"
#include "reports/outbound.h"
#include "reports/report.h"

struct egress {
	struct report report;
	struct run_record record;
	struct arena arena;
};

/* What may leave of r; and frees it, usable again. */
int egress_make(const struct report *r, struct egress *out, struct error *err);
void egress_clear(struct egress *e);

/* Adds to out, which has passed then, what fn writes of the report that is
 * left. payload is fn's: how it writes, and nothing to be told. */
typedef int egress_say_fn(const struct report *r, void *payload,
    struct buf *out, struct error *err);
int egress_say(const struct egress *e, egress_say_fn *fn, void *payload,
    struct outbound *out, struct error *err);

/* Renders what may leave, to be shown here (`sluice report --outside`): fn is
 * given is_inside false. */
typedef int egress_fn(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);
int egress_render(const struct report *r, egress_fn *fn, struct buf *out,
    struct error *err);

#endif
