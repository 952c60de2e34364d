#ifndef SLUICE_RUNNER_LANG_CHANGE_WHY_H
#define SLUICE_RUNNER_LANG_CHANGE_WHY_H
/*
 * change_why -- what of a node's own text differs, and the user's line behind
 * it. A part of change.
 *
 * Where several things differ, the one that says most wins, in this order:
 * the mount or file the text comes from, the code, the action, a parameter, a
 * helper, the source's pattern, a directive, the inputs.
 */
#include "runner/lang/change.h"

/* The line (from 1) of now in which it first differs from old; 0: equal. What
 * is cut off at the end shows in the last line. */
int why_line(struct bytes old, struct bytes now);

/* The same of two files' code, which begins at these lines. */
int why_code_line(struct bytes old, int old_line, struct bytes now,
    int now_line);

/* Sets cause, place and input of *out, whose node is set. before is the node
 * of the same path in c->base, NULL where it is new. Nodes whose own text is
 * equal get CAUSE_INPUT and the input that differs. */
void why_find(struct changes *c, const struct node *before,
    struct node_change *out);

#endif
