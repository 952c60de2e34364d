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

/* Sets cause, place and input of *out, whose node is set. before is the node
 * of the same path in c->base, NULL where it is new. Nodes whose own text is
 * equal get CAUSE_INPUT and the input that differs. */
void why_find(struct changes *c, const struct node *before,
    struct node_change *out);

#endif
