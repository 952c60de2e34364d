/* progress: see progress.h. */
#include "runner/cmd/progress.h"

#include <stdio.h>
#include <time.h>

#include "cache/base/clock.h"

static void show_line(const struct progress *p)
{
	int64_t spent = clock_mono() - p->started;
	size_t n_left = p->n - p->n_done;

	fprintf(stderr, "\r\033[K%zu/%zu nodes, %zu running, %zu reused",
	    p->n_done, p->n, p->n_running, p->n_reused);
	if (p->n_failed > 0)
		fprintf(stderr, ", %zu failed", p->n_failed);
	if (p->n_done > 0 && n_left > 0)
		fprintf(stderr, ", about %lld s left",
		    (long long)(spent * (int64_t)n_left / (int64_t)p->n_done /
		        1000));
	fflush(stderr);
}

/* A line each second until the end, which clears it. */
static void *show_lines(void *payload)
{
	struct progress *p = payload;
	struct timespec next;
	bool is_shown = false;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		next.tv_sec++;
		while (!p->is_ended &&
		    pthread_cond_timedwait(&p->ended, &p->lock, &next) == 0)
			;
		if (p->is_ended)
			break;
		show_line(p);
		is_shown = true;
	}
	pthread_mutex_unlock(&p->lock);
	if (is_shown)
		fputs("\r\033[K", stderr);
	return NULL;
}

/* Without a thread there is no line, and nothing else is missing. */
static void start(struct progress *p)
{
	pthread_condattr_t monotonic;

	p->started = clock_mono();
	if (!p->is_terminal || p->is_quiet || p->has_thread)
		return;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	p->has_thread = pthread_create(&p->thread, NULL, show_lines, p) == 0;
}

static void count(struct progress *p, const struct run_event *e)
{
	pthread_mutex_lock(&p->lock);
	p->n = e->n;
	p->n_done = e->n_done;
	p->n_reused = e->n_reused;
	p->n_failed = e->n_failed;
	p->n_running = e->n_running;
	pthread_mutex_unlock(&p->lock);
}

/* What a test gives are the rows that offend. */
static void show_test(const struct run_event *e)
{
	const struct plan_node *s = e->state;

	if (s->state == PLAN_FAILED)
		fprintf(stderr, "failed   %s\n", e->node->path);
	else if (s->state == PLAN_DONE && !s->reused)
		fprintf(stderr, "tested   %s: %llu row%s, %lld ms\n",
		    e->node->path, (unsigned long long)s->table.rows,
		    s->table.rows == 1 ? "" : "s", (long long)s->ms);
}

static void show_node(const struct run_event *e)
{
	const struct plan_node *s = e->state;

	if (e->node->is_test) {
		show_test(e);
		return;
	}
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
		start(p);
	if (p->has_thread)
		count(p, event);
	else if (!p->is_terminal && !p->is_quiet &&
	    event->kind == RUN_NODE_ENDED)
		show_node(event);
}

void progress_end(struct progress *p)
{
	if (!p->has_thread)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_ended = true;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->ended);
	pthread_mutex_destroy(&p->lock);
	p->has_thread = false;
}
