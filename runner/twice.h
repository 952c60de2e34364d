#ifndef SLUICE_RUNNER_TWICE_H
#define SLUICE_RUNNER_TWICE_H
/*
 * twice -- a share of executions is done twice, the second time in other
 * surroundings (vary.h): equal, and the result is "verified"; not so, and the
 * node is unstable (cache/result.h).
 *
 * Use        twice_parse() of git config sluice.verifyShare; in a run
 *            twice_is_chosen() of a key, then twice_execute().
 * Shape      Chosen by the key alone, so that a run, its repetition and a test
 *            agree on which they are, and a larger share has those of a
 *            smaller one. Each is done twice once: what is reused is not
 *            executed. So the cost is that share of what runs cost, and a
 *            node's readers wait for both.
 * Errors     The second execution's failures are outcomes, not errors.
 */
#include "runner/execute.h"

/* "0.05", "5%" or "5 %": from 0 to 1. ERROR_USAGE for anything else. */
int twice_parse(const char *text, double *share, struct error *err);

/* Whether an execution is among the share. */
bool twice_is_chosen(const struct digest *key, double share);

/* Executes a job that gave *result once more. *word is what came of it:
 * "equal", "differs", "failed", or "unknown" where the machine was at fault
 * (its time or memory ended); *result says where it is unstable now. */
int twice_execute(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, const char **word, struct error *err);

/* A result that was executed twice, and has this table: "verified", unless
 * something is known against it. */
int twice_promote(struct store *st, const struct digest *key,
    const struct digest *table, struct error *err);

#endif
