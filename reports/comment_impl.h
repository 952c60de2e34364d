#ifndef SLUICE_REPORTS_COMMENT_IMPL_H
#define SLUICE_REPORTS_COMMENT_IMPL_H
/* comment_impl: what comment.c, comment_dangers.c and comment_details.c share.
 */
#include "reports/comment.h"

enum {
	COMMENT_DANGERS = 5
}; /* at most */

/* How much of each list is told. */
struct comment_budget {
	size_t tests, nodes, tables, dangers;
};

/* A comment in the making; r has been through the gate. */
struct comment_page {
	const struct report *r;
	const struct comment_facts *facts;
	const struct comment_budget *budget;
	struct buf *out;
};

/* "`Lab`: `id` has rows without a value (<11 rows)". */
void comment_add_test(struct comment_page *p, const struct report_test *t);

/* What to look at first, the worst first; nothing where there is nothing. What
 * is said of several nodes in the same words is one line. */
void comment_add_dangers(struct comment_page *p);

/* Which nodes were affected, and why; the tests that do not hold. */
void comment_add_details(struct comment_page *p);

/* A line that leads to the report; nothing where there is none. */
void comment_add_link(struct buf *out, const char *url, const char *commit);

#endif
