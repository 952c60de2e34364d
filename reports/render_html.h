#ifndef SLUICE_REPORTS_RENDER_HTML_H
#define SLUICE_REPORTS_RENDER_HTML_H
/*
 * render_html -- what the files of the HTML report share (report.h).
 *
 * Shape      A page is its report, its readers, how long its lists may be, and
 *            the bytes so far.
 * Errors     As buf's: remembered in page.out.
 */
#include "reports/affected.h"

enum {
	HTML_BLOCKED = 12 /* names of those that wait for a failed one */
};

/* How much of each list is told. */
struct html_budget {
	size_t remarks, tables, failures, runs;
	bool has_logs;
};

struct html_page {
	const struct report *r;
	const struct html_budget *budget;
	bool is_inside;
	struct buf *out;
};

/* "and 3 more tables", where fewer than n are shown. */
void html_more(struct html_page *p, size_t n, size_t shown, const char *what);

/* Tables that changed: delivered ones in front. */
void html_tables(struct html_page *p);

/* Nodes by time and why; then those that were reused. ERROR_MEMORY. */
int html_runs(struct html_page *p, struct error *err);

/* The picture and the list, or (many nodes) the list alone; nothing where
 * nothing is touched. */
int html_affected(const struct affected *a, bool is_inside, struct buf *out,
    struct error *err);

#endif
