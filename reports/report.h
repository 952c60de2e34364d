#ifndef SLUICE_REPORTS_REPORT_H
#define SLUICE_REPORTS_REPORT_H
/*
 * report -- what a run means: a function of two manifests, their tables and
 * the run record. The same inputs give the same bytes.
 *
 * Use        report_make(st, &before, &after, &record, &r, err);
 *            report_text(&r, true, &out, err); report_clear(&r).
 * Shape      A model for all renderers: the verdict, what to look at first,
 *            failures, tables that differ (delivered ones first), why nodes
 *            ran.
 * Audience   is_inside: those who may read the store: messages, logs, columns'
 *            counts, digests. Outside (a forge): names, verdicts, durations,
 *            and counts of which none from 1 to 10 can be told or computed.
 * Ownership  The store, the manifests and the record are borrowed and must
 *            outlive the report; report_clear() frees the rest.
 * Errors     What is gone or damaged is said in it. ERROR_MEMORY, ERROR_IO.
 */
#include "cache/manifest.h"
#include "reports/describe.h"
#include "reports/diff.h"
#include "reports/fair.h"
#include "reports/mounts.h"
#include "reports/tests.h"

enum report_verdict {
	REPORT_SUCCESS,
	REPORT_FAILURE,
	REPORT_PENDING, /* nodes still wait */
};

enum table_change {
	TABLE_CHANGED,
	TABLE_NEW, /* the node was not there */
	TABLE_GONE, /* the node is not there any more */
	TABLE_BACK, /* the node had no table: it had failed */
};

struct report_table {
	const struct manifest_node *node;
	enum table_change change;
	struct diff diff; /* columns; counts where is_compared */
	struct report_fresh fresh; /* beside it; where r->own is set */
	bool is_compared; /* rows were compared; else why not: */
	char why[128];
};

struct report_failure {
	const struct manifest_node *node;
	size_t n_blocked; /* nodes that wait for it alone or among others */
	char *message; /* or NULL */
	char *log; /* its last lines, safe to show, or NULL */
	size_t log_lines, log_left; /* in log, and before them */
};

/* What to look at first, most dangerous first. */
enum remark_kind {
	REMARK_GONE, /* a delivered node is not there any more */
	REMARK_EMPTIED, /* n rows became none */
	REMARK_KEY, /* @key, the base's too, or unique() that blocks */
	REMARK_BAND, /* rows(), range() or coverage() that block */
	REMARK_COLUMN_GONE, /* of a delivered table */
	REMARK_COLUMN_RETYPED,
	REMARK_UNSTABLE, /* executed twice, two tables */
};

struct report_remark {
	enum remark_kind kind;
	const struct report_table *table; /* NULL where it is of a node */
	const struct manifest_node *node;
	const struct diff_column *column; /* or NULL */
	const struct manifest_test *test; /* or NULL: the @key */
};

/* Lays a graph out: Graphviz' language in, its "plain" form out, added with a
 * NUL behind it. Reports start no process, so whoever can does it for them. */
typedef int report_draw_fn(struct bytes dot, struct buf *plain,
    struct error *err);

struct report {
	struct store *store;
	const struct manifest *before, *after; /* before may be NULL */
	const struct run_record *record; /* or NULL */
	enum report_verdict verdict;
	size_t n_nodes, n_computed, n_reused, n_failed, n_blocked, n_waiting;
	size_t n_twice; /* of those computed: executed a second time */
	size_t n_same; /* other key, same table: what is below did not run */
	size_t n_delivered; /* of tables: in front */
	struct report_table *tables;
	size_t n_tables;
	struct report_failure *failures;
	size_t n_failures;
	struct report_tests tests;
	struct report_remark *remarks;
	size_t n_remarks, remarks_cap;
	struct report_mount *mounts; /* sorted by name */
	size_t n_mounts;
	/* Where before is the base's code on the sources of after (else NULL):
	 * what the base's run had made, and the delivered tables that differ
	 * by fresh data (fair.h). */
	const struct manifest *own;
	struct report_table *fresh;
	size_t n_fresh;
	bool is_quiet; /* report_quiet() */
	bool is_fair; /* the same sources and parameters on both sides */
	bool is_fresh; /* the same code and parameters, other sources */
	/* Set by the caller: of the production branch; for pages, what they
	 * show of nodes, and who draws (NULL: the graph is a list). */
	bool is_production;
	const struct descriptions *descriptions;
	report_draw_fn *draw;
};

/* before NULL: nothing to compare with; the delivered tables are told as new.
 * record NULL: what was computed and why is not known. */
int report_make(struct store *st, const struct manifest *before,
    const struct manifest *after, const struct run_record *record,
    struct report *out, struct error *err);
void report_clear(struct report *r);
/* The same without logs, messages that may quote a value, and columns' least
 * and greatest values: for what goes into a ref, which can be fetched. It
 * borrows from r; report_quiet_clear() frees the rest. */
int report_quiet(const struct report *r, struct report *out, struct error *err);
void report_quiet_clear(struct report *quiet);

/* Makes a remark one of a copy of its report, whose tables and columns stand in
 * the same places. */
void report_move_remark(struct report_remark *m, const struct report *from,
    const struct report *to);

/* For a terminal; GitHub-flavoured markdown of at most 60,000 bytes; canonical
 * JSON (docs: command line, "sluice report"). */
int report_text(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);
int report_markdown(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);
int report_json(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

/* One page of HTML that needs nothing else, of at most 2,000,000 bytes. */
int report_html(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

/* The page of a run without a manifest: report.md; line one is its heading. */
int report_html_words(const char *text, struct buf *out, struct error *err);

#endif
