#ifndef SLUICE_RUNNER_CMD_PROGRESS_H
#define SLUICE_RUNNER_CMD_PROGRESS_H
/*
 * progress -- what a run shows while it works: on a terminal one line that is
 * written over, each second from the first on; elsewhere a line a node.
 *
 * Use        struct progress p = { .is_terminal = isatty(2) };
 *            run_pipeline() with progress_event and &p; progress_end(&p).
 * Threads    The line is written by a thread of its own: a node may take an
 *            hour in which nothing else happens.
 */
#include <pthread.h>

#include "runner/run.h"

struct progress {
	bool is_terminal, is_quiet;
	/* of the thread, where there is one */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t ended;
	bool is_ended;
	int64_t started;
	size_t n, n_done, n_reused, n_failed, n_running;
};

/* For run_watch.on_event; payload is a struct progress. */
void progress_event(const struct run_event *event, void *payload);

/* Clears the line. */
void progress_end(struct progress *p);

#endif
