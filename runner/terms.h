#ifndef SLUICE_RUNNER_TERMS_H
#define SLUICE_RUNNER_TERMS_H
/*
 * terms -- what @key and @column say of a table, held against the one that was
 * made.
 *
 * What can have no table fails the node where the table is made: a value that
 * does not fit the type of its @column. All else has one, and what does not
 * hold of it blocks as a @test does: it is a verdict of the node's, beside
 * those of its tests (datatest.h), written as if it had been one.
 *
 *   key(a, b)     failed: rows have one key, or none; table has them
 *                 error: the table has no such column
 *   column(a)     error: the table has no such column
 *
 * What holds is not written down.
 */
#include "cache/result.h"
#include "cache/table.h"
#include "cache/verdict.h"
#include "runner/lang/pipeline.h"

/* Whether a table that was just made keeps them. */
bool terms_hold(const struct contract *c, const struct table *t);

/* How many verdicts terms_judge() gives of a node's result and table. */
size_t terms_count(const struct contract *c, const struct result *r,
    const struct table *t);

/* Those verdicts, into the next places of out. */
int terms_judge(const struct contract *c, const struct result *r,
    const struct table *t, struct verdicts *out, struct error *err);

#endif
