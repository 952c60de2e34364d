#ifndef SLUICE_REPORTS_HEADLINE_H
#define SLUICE_REPORTS_HEADLINE_H
/*
 * headline -- what may leave of a run that has no manifest: how many errors the
 * pipeline's text has and where the first one is, or that the run could not be
 * done. What the errors say stays in the house.
 *
 * Use        headline_print() begins report.md; headline_parse() reads it from
 *            there, where the run is looked at again; headline_say().
 * Errors     headline_print() and headline_say(): of their buffers.
 */
#include "reports/outbound.h"

struct headline {
	size_t n_errors; /* of the text; 0: the server's trouble */
	char path[512]; /* of the first, in the commit; "": not known */
	int line, column;
};

/* "The pipeline has 2 errors, the first at A.sql:1:4", no line feed. */
void headline_print(const struct headline *h, struct buf *out);

/* Of the first line of a report, "# " and what was printed; what is not so is
 * the server's trouble. */
void headline_parse(struct bytes report, struct headline *out);

/* The same words, for outside. */
void headline_say(const struct headline *h, struct outbound *out);

#endif
