#ifndef SLUICE_RUNNER_WORKER_H
#define SLUICE_RUNNER_WORKER_H
/*
 * worker -- the dispatcher's hold on a sluice-worker process.
 *
 * Use        worker_open(&options, &w, err); worker_call(w, &call, &reply,
 *            err); worker_close(w).
 * Shape      A process for each engine, from its first call on: those of SQL
 *            are locked in for good (confine.h), that of commands starts
 *            sandboxes. A process is crash-only: where it dies or overruns its
 *            limit it is killed and started anew at the next call. One that
 *            runs SQL is kept for the next job.
 * Errors     Whatever happens to the code or the process is a reply with
 *            "status":"failed"; an error means the surroundings, or
 *            ERROR_CANCELLED: what was stopped has no outcome.
 * Threads    A worker belongs to one thread; each thread has its own.
 */
#include <stdatomic.h>

#include "runner/protocol.h"

struct worker;

struct worker_options {
	const char *program; /* path of sluice-worker */
	const char *sandbox; /* git config sluice.sandbox */
	const char *duckdb; /* path of its library; NULL: where it may be */
	const char
	    *spill; /* where DuckDB may make a directory; NULL: nowhere */
	const atomic_bool *cancelled; /* NULL: never */
};

/* Starts nothing yet: the process begins with the first call. */
int worker_open(const struct worker_options *options, struct worker **out,
    struct error *err);
void worker_close(struct worker *w);
void worker_closep(struct worker **w);

/* One request and its reply. */
struct worker_call {
	const json_t *request;
	const int *fds;
	size_t n_fds;
	int64_t timeout_ms; /* of the job; the worker itself gets a little
	                       more before it is killed */
	/* what comes before the reply (protocol.h, "Early"); NULL: nothing
	 * is wanted */
	void (*early)(const json_t *message, void *payload);
	void *payload;
	bool is_question; /* changes nothing: asked once more where the process
	                     dies over it */
};
int worker_call(struct worker *w, const struct worker_call *call,
    json_t **reply, struct error *err);

/* Whether a reply is that of a process that died and gave none. */
bool worker_died(const json_t *reply);

/* The worker's side: serves requests on sock until its end. Returns the
 * process's exit status; *is_shut: it is locked in (confine.h), and can do
 * nothing more than end. */
int worker_serve(int sock, bool *is_shut);

#endif
