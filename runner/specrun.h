#ifndef SLUICE_RUNNER_SPECRUN_H
#define SLUICE_RUNNER_SPECRUN_H
/*
 * specrun -- a JobSpec that is only JSON, executed: by hand, without its
 * pipeline (docs: formats, "Job and key"; jobspec.h has the grammar).
 *
 * Shape      Inputs and helpers are read from the store under the digests
 *            that the JobSpec names; the outcome's table is put there. No
 *            result is recorded: nobody said that this run is to be trusted.
 *            What a JobSpec does not hold (it is not in the key) is in `how`:
 *            {"body_line":N,"date":"2026-11-20","memory_bytes":N,
 *             "run":COMMAND,"timeout_ms":N}.
 * Errors     ERROR_USAGE for a JobSpec that cannot be executed alone: a job
 *            of which only the columns are known that it reads, or files.
 */
#include "cache/result.h"
#include "cache/table.h"
#include "runner/worker.h"

struct specrun {
	struct store *store;
	struct worker *worker;
	const char *sandbox;
	const char *directory; /* where a job directory can be made */
	const json_t *how, *what;
};

/* The outcome: result->state, and the table where it is RESULT_OK. What the
 * code printed is added to log. */
int specrun_execute(const struct specrun *s, struct result *result,
    struct table *table, struct buf *log, struct error *err);

#endif
