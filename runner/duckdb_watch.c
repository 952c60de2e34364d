/* duckdb_watch: a thread that waits for the deadline and interrupts what runs
 * then. (What does not hear it is killed by the control side, a little
 * later.) */
#include <pthread.h>
#include <time.h>

#include "runner/duckdb_job.h"

struct duckdb_watch {
	const struct duckdb_api *api;
	duckdb_handle connection;
	struct timespec deadline; /* CLOCK_MONOTONIC */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_over;
};

static void *watch(void *payload)
{
	struct duckdb_watch *w = payload;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->is_over && rc == 0)
		rc = pthread_cond_timedwait(&w->wake, &w->lock, &w->deadline);
	if (!w->is_over)
		w->api->interrupt(w->connection);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* The other clock may be pinned. */
static int init_condition(pthread_cond_t *wake)
{
	pthread_condattr_t attributes;
	int rc = pthread_condattr_init(&attributes);

	if (rc)
		return rc;
	rc = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (rc == 0)
		rc = pthread_cond_init(wake, &attributes);
	pthread_condattr_destroy(&attributes);
	return rc;
}

int duckdb_watch_start(struct duckdb_job *job, struct error *err)
{
	struct duckdb_watch *w;

	if (job->deadline == INT64_MAX)
		return 0;
	w = arena_alloc(&job->arena, sizeof(*w));
	if (w == NULL)
		return error_memory(err);
	*w = (struct duckdb_watch){ .api = job->api,
		.connection = job->connection };
	w->deadline.tv_sec = (time_t)(job->deadline / 1000);
	w->deadline.tv_nsec = (long)(job->deadline % 1000) * 1000000;
	if (pthread_mutex_init(&w->lock, NULL) || init_condition(&w->wake) ||
	    pthread_create(&w->thread, NULL, watch, w))
		return error_set(err, ERROR_IO, "no thread for the time limit");
	job->watch = w;
	return 0;
}

void duckdb_watch_stop(struct duckdb_job *job)
{
	struct duckdb_watch *w = job->watch;

	if (w == NULL)
		return;
	job->watch = NULL;
	pthread_mutex_lock(&w->lock);
	w->is_over = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}
