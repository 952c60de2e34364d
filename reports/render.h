#ifndef SLUICE_REPORTS_RENDER_H
#define SLUICE_REPORTS_RENDER_H
/*
 * render -- what the renderers of a report share: counts, sentences. Outside,
 * counts of rows are what suppress.h lets of them.
 */
#include "reports/report.h"
#include "reports/suppress.h"

enum {
	SHOWN = SUPPRESS_TEXT
};

/* A table's counts as text; "" where not known. */
struct shown {
	char before[SHOWN], after[SHOWN];
	char added[SHOWN], removed[SHOWN], changed[SHOWN];
	char
	    beyond[SHOWN]; /* of changed; "": no column's tolerance took part */
};
void shown_make(const struct report_table *t, bool is_inside,
    struct shown *out);

/* The sums over the tables whose rows were compared, without the rows before
 * and after; changed only where one has a key. */
void shown_total(const struct report_table *tables, size_t n, bool is_inside,
    struct shown *out);

/* What a reader outside has to know of the counts, one sentence. */
#define SUPPRESSED_WORDS                                         \
	"Counts of rows are rounded to 50; <11 stands for 1 to " \
	"10."

/* "integer", or with the engine's own name "integer (HUGEINT)"; of a structure
 * "json (STRUCT)", since its members may be named by data. */
void type_show(const struct type *t, char *out, size_t size);

/* "file:line:col" of the user's code, as far as it is known. */
void place_print(const struct manifest_node *n, struct buf *out);

/* How names are written, so that nothing in them is markup. */
typedef void name_fn(struct buf *out, const char *name);

/* Whether it can be merged, without a full stop: "Not yet: 2 of 31 nodes
 * failed, 9 blocked", "Can be merged: 2 delivered tables change". */
void verdict_print(const struct report *r, struct buf *out);

/* What behind it says what happens then: "; merged as things are, nothing is
 * left to compute." */
void outcome_print(const struct report *r, struct buf *out);

/* "31 nodes: 12 computed, 19 reused, 4 min 10 s". */
void counts_print(const struct report *r, struct buf *out);

/* Whether it makes sluice/data fail: a table that became empty, a declared band
 * or key that is broken, a delivered table or column that is gone. */
bool remark_is_guard(const struct report_remark *m);

/* "Treatment is empty now (48,210 rows before)". */
void remark_print(const struct report_remark *m, bool is_inside, name_fn *name,
    struct buf *out);

/* "+mrn, -x, stop text -> integer, dose 1,204": columns that changed. Outside
 * without counts. "" where none did. Of those with other values the first
 * twelve. */
void columns_print(const struct report_table *t, bool is_inside, name_fn *name,
    struct buf *out);

/* "48,210 → empty", "new → 9". */
void rows_print(const struct report_table *t, const struct shown *shown,
    struct buf *out);

/* "data changed: 2 of 5 recomputed tables", "not affected: it overrides it". */
void mount_print(const struct report_mount *m, struct buf *out);

/* "200 places share it: 12 changed, 180 the same, 8 not affected". */
void mounts_print(const struct report *r, struct buf *out);

/* "fair: same inputs of 2026-11-20 on both sides", or what differs. */
void fairness_print(const struct report *r, struct buf *out);

/* "The program ended with an error (exit status 3)": outside without the
 * status. */
void failure_print(const struct manifest_node *n, bool is_inside,
    struct buf *out);

/* Why a node ran, in words: "column x of input p changed". What is not known
 * stands as it is in the run record. */
void cause_print(const char *cause, name_fn *name, struct buf *out);

/* report_text() of a report that has been through the gate, where it is for
 * outside. */
int render_text(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

/* The word of a table's change in JSON: "changed", "new", "gone", "back". */
const char *table_change_name(enum table_change change);

#endif
