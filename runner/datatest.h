#ifndef SLUICE_RUNNER_DATATEST_H
#define SLUICE_RUNNER_DATATEST_H
/*
 * datatest -- the tests of nodes (@test, @warn, test cases), computed as nodes
 * are.
 *
 * A test is a node of its own behind those of the pipeline: code for SQLite,
 * which reads the node's table (and that of references()), and whose rows are
 * those that offend. So it has a key, a result in the store, a worker and its
 * limits as any node, runs beside others, and is not computed again for a table
 * that is the same. Nobody reads it: no key of a node knows of tests, and what
 * is below a node does not wait for them.
 *
 * Use        datatest_add(p, &inputs, &t, err); plan t.pipeline with t.inputs
 *            instead; then datatest_verdicts() into the manifest.
 * Shape      Nodes 0 to n_nodes - 1 are the pipeline's own, in its order. Of a
 *            run with targets the tests of what is wanted are, and with them
 *            what they read.
 * Ownership  Pipeline and inputs are borrowed; datatest_clear() frees the rest.
 */
#include "runner/plan.h"

struct datatest {
	size_t node; /* it is one of */
	const struct data_test *test; /* or NULL, and */
	const struct node_case *test_case; /* testcase.h */
};

struct datatests {
	struct arena arena;
	struct pipeline pipeline; /* p itself where there are no tests */
	struct plan_inputs inputs;
	size_t n_nodes;
	struct datatest *tests; /* of node n_nodes + i of the pipeline */
	size_t n;
};

/* The pipeline with its tests; ERROR_MEMORY. */
int datatest_add(const struct pipeline *p, const struct plan_inputs *inputs,
    struct datatests *out, struct error *err);

/* Frees what it owns; the pipeline stays. */
void datatest_clear(struct datatests *t);

/* Whether test i, whose node in the plan is settled, does not hold and is no
 * warning. */
int datatest_blocks(const struct datatests *t, struct plan *plan, size_t i,
    bool *out, struct error *err);

/* Sets verdicts (those of @key and @column, too: terms.h) and doubts of the
 * manifest of a settled plan, whose nodes are there, sorted. */
int datatest_verdicts(const struct datatests *t, struct plan *plan,
    struct manifest *m, struct error *err);

#endif
