#ifndef SLUICE_RUNNER_CMD_PROGRESS_H
#define SLUICE_RUNNER_CMD_PROGRESS_H
/*
 * progress -- what a run shows while it works: on a terminal one line that is
 * written over once it takes longer than a second, elsewhere a line a node.
 */
#include "runner/run.h"

struct progress {
	bool is_terminal, is_quiet, is_shown;
	int64_t started;
};

/* For run_watch.on_event; payload is a struct progress. */
void progress_event(const struct run_event *event, void *payload);

/* Clears the line. */
void progress_end(struct progress *p);

#endif
