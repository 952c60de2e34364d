#ifndef SLUICE_RUNNER_CMD_DOT_H
#define SLUICE_RUNNER_CMD_DOT_H
/*
 * dot -- Graphviz, run as a program of its own: a graph goes in, a picture or
 * the places of its nodes come out.
 *
 * Errors     ERROR_NOT_FOUND where Graphviz is not installed, with the way to
 *            get it; ERROR_TIMEOUT where it takes longer than 20 s; ERROR_IO.
 */
#include "cache/base/buf.h"

/* What `dot -TFORM` ("svg", "plain") makes of a graph in Graphviz' language,
 * added to out. */
int dot_run(const char *form, struct bytes graph, struct buf *out,
    struct error *err);

/* The same in the form that reports read (report.h: report_draw_fn). */
int dot_draw(struct bytes graph, struct buf *plain, struct error *err);

#endif
