#ifndef SLUICE_REPORTS_AFFECTED_H
#define SLUICE_REPORTS_AFFECTED_H
/*
 * affected -- the part of the DAG that a change touches, from two manifests.
 *
 * Use        affected_make(&r, &a, err); affected_clear(&a).
 * Shape      Touched: a table that differs, is new, gone or back; a node that
 *            failed, is blocked or waits; another key with the same table.
 *            Shown with what they read and who reads them; where that is
 *            more than AFFECTED_PICTURE nodes, only what differs by itself
 *            and what is next to it; where that is more, too, the touched
 *            ones alone, and they are listed, not drawn.
 * Ownership  The report is borrowed; affected_clear() frees the rest.
 * Errors     ERROR_MEMORY.
 */
#include "reports/report.h"

enum {
	AFFECTED_PICTURE = 200, /* nodes that are drawn */
	AFFECTED_LIST = 200, /* and told in words */
};

enum affected_mark {
	MARK_OTHER, /* not touched: beside one that is */
	MARK_SAME, /* another key, the same table */
	MARK_CHANGED,
	MARK_NEW,
	MARK_GONE,
	MARK_WAITING,
	MARK_BLOCKED,
	MARK_FAILED,
};

struct affected_node {
	const struct manifest_node *node;
	const struct report_table *table; /* that differs, or NULL */
	enum affected_mark mark;
	bool is_shown;
	size_t place; /* among the shown ones */
};

struct affected {
	const struct report *r;
	struct affected_node *nodes; /* of after, then those that are gone */
	size_t n, n_after, n_shown, n_touched;
	struct affected_node **shown;
};

/* What is touched, and what is shown of it. */
int affected_make(const struct report *r, struct affected *out,
    struct error *err);
void affected_clear(struct affected *a);

/* The node of a path, or NULL. */
struct affected_node *affected_find(const struct affected *a, const char *path);

/* "changed", "failed": what became of a node. */
const char *affected_name(enum affected_mark mark);

#endif
