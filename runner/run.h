#ifndef SLUICE_RUNNER_RUN_H
#define SLUICE_RUNNER_RUN_H
/*
 * run -- executes a plan on all cores and tells the outcome as a manifest.
 *
 * Use        run_pipeline(&request, &manifest, &record, err).
 * Shape      Each thread takes a node whose inputs are settled, makes its
 *            key, and reuses or executes. A failed node blocks what reads it
 *            and nothing else. A killed run resumes from the store.
 * Errors     A failed node is not an error: it is in the manifest. ERROR_IO,
 *            ERROR_MEMORY and the like mean that the run could not go on.
 */
#include "runner/plan.h"

enum run_event_kind {
	RUN_STARTED,
	RUN_NODE_STARTED,
	RUN_NODE_ENDED
};

struct run_event {
	enum run_event_kind kind;
	const struct node *node; /* NULL for RUN_STARTED */
	const struct plan_node *state;
	size_t n, n_done, n_reused, n_failed, n_running;
};

/* Progress and cancel; on_event is called under a lock, one at a time. */
struct run_watch {
	void (*on_event)(const struct run_event *event, void *payload);
	void *payload;
	const atomic_bool *cancelled;
};

struct run_request {
	const struct pipeline *pipeline;
	struct store *store;
	const struct snapshot *snapshot;
	struct plan_inputs inputs;
	const struct parameter_value *set;
	size_t n_set;
	const char *const *targets; /* as given, for the manifest */
	size_t n_targets;
	size_t n_jobs; /* threads; 0: one a core */
	const char *worker_program;
	const char *sandbox; /* git config sluice.sandbox */
	const char *duckdb; /* see worker.h */
	const char *job_dir; /* where job directories are made */
	const char *by; /* for result records */
	struct run_watch watch;
};

/* manifest is saved in the store (its id is set). record has nodes, times,
 * host and sandbox set; the caller adds commit, branch, base. */
int run_pipeline(const struct run_request *request, struct manifest *manifest,
    struct run_record *record, struct error *err);

#endif
