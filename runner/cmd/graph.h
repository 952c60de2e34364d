#ifndef SLUICE_RUNNER_CMD_GRAPH_H
#define SLUICE_RUNNER_CMD_GRAPH_H
/*
 * graph -- a pipeline, or some of its nodes, drawn.
 *
 * Use        graph_dot(p, set, &buf); set[i] says whether node i is drawn.
 * Shape      Nodes are named by their paths. An arrow goes from an input to
 *            the node that reads it; inputs that are not drawn have none.
 */
#include "runner/lang/pipeline.h"

/* A line a node, its inputs indented below it. */
void graph_text(const struct pipeline *p, const bool *set, struct buf *out);

/* Graphviz (https://graphviz.org/doc/info/lang.html). */
void graph_dot(const struct pipeline *p, const bool *set, struct buf *out);

/* Mermaid (https://mermaid.js.org/syntax/flowchart.html). */
void graph_mermaid(const struct pipeline *p, const bool *set, struct buf *out);

#endif
