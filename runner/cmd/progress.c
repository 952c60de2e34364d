/* progress: see progress.h. */
#include "runner/cmd/progress.h"

#include <stdio.h>

#include "cache/base/clock.h"

enum {
	QUIET_MS = 1000
};

static void show_line(struct progress *p, const struct run_event *e)
{
	int64_t spent = clock_mono() - p->started;
	size_t n_left = e->n - e->n_done;

	if (spent < QUIET_MS)
		return;
	fprintf(stderr, "\r\033[K%zu/%zu nodes, %zu running, %zu reused",
	    e->n_done, e->n, e->n_running, e->n_reused);
	if (e->n_failed > 0)
		fprintf(stderr, ", %zu failed", e->n_failed);
	if (e->n_done > 0 && n_left > 0)
		fprintf(stderr, ", about %lld s left",
		    (long long)(spent * (int64_t)n_left / (int64_t)e->n_done /
		        1000));
	fflush(stderr);
	p->is_shown = true;
}

static void show_node(const struct run_event *e)
{
	const struct plan_node *s = e->state;

	switch (s->state) {
	case PLAN_DONE:
		if (!s->reused)
			fprintf(stderr,
			    "computed %s: %llu row%s, %lld ms (%s)\n",
			    e->node->path, (unsigned long long)s->table.rows,
			    s->table.rows == 1 ? "" : "s", (long long)s->ms,
			    s->cause);
		break;
	case PLAN_FAILED:
		fprintf(stderr, "failed   %s\n", e->node->path);
		break;
	case PLAN_BLOCKED:
		fprintf(stderr, "blocked  %s\n", e->node->path);
		break;
	case PLAN_UNWANTED:
	case PLAN_WAITING:
	case PLAN_READY:
	case PLAN_RUNNING:
		break;
	}
}

void progress_event(const struct run_event *event, void *payload)
{
	struct progress *p = payload;

	if (event->kind == RUN_STARTED)
		p->started = clock_mono();
	if (p->is_quiet)
		return;
	if (p->is_terminal)
		show_line(p, event);
	else if (event->kind == RUN_NODE_ENDED)
		show_node(event);
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}
