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
#include "reports/picture.h"

enum {
	HTML_PAGE_MAX = 2000000, /* bytes */
	HTML_BLOCKED = 12 /* names of those that wait for a failed one */
};

/* What the page tells of each node beside the lists. */
enum html_detail {
	DETAIL_NONE,
	DETAIL_BRIEF, /* a line of each */
	DETAIL_TOUCHED, /* a section of those that are touched */
	DETAIL_LINES, /* and a line of each of the others */
	DETAIL_ALL, /* a section of each */
};

/* How much of each list is told. */
struct html_budget {
	size_t remarks, tables, failures, runs;
	bool has_logs;
	enum html_detail detail;
	bool has_plots;
};

struct html_page {
	const struct report *r;
	const struct html_budget *budget;
	bool is_inside;
	const struct affected *affected;
	const struct picture *picture; /* of what is shown of it, or NULL */
	struct buf *out;
};

/* "and 3 more tables", where fewer than n are shown. */
void html_more(struct html_page *p, size_t n, size_t shown, const char *what);

/* Tables that changed: delivered ones in front. */
void html_tables(struct html_page *p);

/* Delivered tables that fresh data alone changed; the places that share what
 * was changed: each nothing where there are none. */
void html_fresh(struct html_page *p);
void html_mounts(struct html_page *p);

/* A small picture of what a changed column's values come to, for readers
 * inside; nothing where that is not known. */
void html_plot(const struct diff_column *c, struct buf *out);

/* What the change touches: the picture, and the same as a list; nothing where
 * nothing is touched. */
void html_affected(struct html_page *p);

/* What failed, in plain words: the line of the user's file, the message, the
 * end of the log, and what waits for it. */
void html_failures(struct html_page *p);

/* The tests that do not hold, those that block first. */
void html_tests(struct html_page *p);

/* Nodes by time and why; then those that were reused. ERROR_MEMORY. */
int html_runs(struct html_page *p, struct error *err);

/* A node's name, which leads to its section where the page has one. */
void html_node(struct html_page *p, const char *path);

/* A section for each node, as the budget's detail says, for readers inside:
 * what it is, where it comes from, its code, what it reads and gives. */
void html_nodes(struct html_page *p);

/* The key of a node and what it is made of, as items of a list; nothing where
 * it is not known. */
void html_key(struct html_page *p, const struct manifest_node *n);

#endif
