#ifndef SLUICE_RUNNER_LANG_RECIPE_H
#define SLUICE_RUNNER_LANG_RECIPE_H
/*
 * recipe -- what a node's text says, as bytes to be hashed: two nodes whose
 * bytes are equal are made in one way. Inside runner/lang only.
 *
 * Shape      Three pieces, so that an index (index.h) can keep a digest of
 *            each and make one of them anew: the rest, the text, and what
 *            others say (helpers' blobs, inputs' recipes). Each field has its
 *            length before it and each list its count, so that no two nodes
 *            run together. No path is in it.
 */
#include "runner/lang/pipeline.h"

/* Adds all that the directives say: action, contract, limits that count, the
 * names of helpers and inputs and how many nodes an input is. */
void recipe_add_rest(struct buf *out, const struct pipeline *p,
    const struct node *n);

/* The code, or of a table in git its blob id. */
struct bytes recipe_text(const struct node *n);

#endif
