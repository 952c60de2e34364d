#ifndef SLUICE_RUNNER_RECALL_H
#define SLUICE_RUNNER_RECALL_H
/*
 * recall -- what the run before found out, so that a node which is as it was,
 * over tables that are as they were, is not looked at again.
 *
 * Use        recall_load() of the manifest before; recall_find() for a node;
 *            recall_save() beside the manifest that was made.
 * Shape      The derived form "recall" of a manifest: a head, then an entry
 *            for each node that is well, sorted by its outline (jobspec.h), in
 *            the machine's byte order. An outline says no more than a key does,
 *            but says it of whole tables, so that no engine is asked.
 * Errors     None: what is not there, of another epoch or tier, damaged, or
 *            not as it was is not recalled, and the node goes the long way.
 */
#include "runner/plan.h"

struct recall;

/* Of a manifest's run; NULL where there is nothing. */
struct recall *recall_load(struct store *st, const struct digest *manifest,
    enum result_tier least);
void recall_free(struct recall *r);
void recall_freep(struct recall **r);

/* The result and table (id and rows alone: plan_need_table()) of an outline,
 * where all that the store had of them is still there: the result's record
 * untouched, its key's document, the table and its rows. */
bool recall_find(const struct recall *r, struct store *st,
    const struct digest *outline, struct result *result, struct table *table);

/* Keeps what the plan's nodes that are done were. What cannot be kept is not:
 * the next run goes the long way. */
void recall_save(const struct plan *plan, const struct digest *manifest);

#endif
