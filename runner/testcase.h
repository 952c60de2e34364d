#ifndef SLUICE_RUNNER_TESTCASE_H
#define SLUICE_RUNNER_TESTCASE_H
/*
 * testcase -- test cases of a node (X.test/CASE/): the node's own code over
 * tables that are written down, and what it is to give.
 *
 * A case is a node as a test is (datatest.h): the tested one with other tables
 * as inputs, in its own engine. Of the real inputs it takes names and types of
 * columns alone, so that its key knows of no real row.
 */
#include "runner/datatest.h"

/* The node of a case; its inputs are in the arena, all else is borrowed. */
int testcase_node(struct arena *a, const struct node *tested,
    const struct node_case *c, struct node *out, struct error *err);

/* The table that stands for an input in: its fixture's rows as the columns of
 * the real table; a column that the file has not is NULL. What is wrong with
 * the file is ERROR_NODE, with its place. */
int testcase_input(struct plan *plan, const struct input *in, struct table *out,
    struct error *err);

/* Compares what a case that is done gave with its expect.csv: verdict, and why
 * where it cannot be compared. */
int testcase_judge(struct plan *plan, const struct node_case *c,
    const struct plan_node *state, struct manifest_test *out,
    struct error *err);

#endif
