/* runner_tender: the thread beside the one that runs (runner.h): looks for
 * requests to stop, compares refs on a timer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/os.h"
#include "runner/cmd/runner_result.h"
#include "runner/cmd/runner_socket.h"

enum {
	TICK_MS = 250, /* how soon a request to stop is seen */
	RECONCILE_MS = 3000,
};

struct rounds {
	struct runner *runner;
	struct refs *refs;
	struct rundb *db;
	int64_t reconciled;
};

void tender_wake(struct runner *r)
{
	struct tender *t = &r->first->tender;

	pthread_mutex_lock(&t->lock);
	t->wakes++;
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

/* A poster may have ended before it saw what was put last, and the run that is
 * at work may take hours. */
static void look_for_moves(struct rounds *t)
{
	struct error err = { 0 };
	int64_t now = clock_mono();

	if (t->reconciled != 0 && now - t->reconciled < RECONCILE_MS)
		return;
	t->reconciled = now;
	if (runner_reconcile(&t->runner->context, t->refs, t->db, &err) ||
	    runner_settle(t->runner, t->db, &err) ||
	    runner_tell_rollback(t->runner, t->refs, &err) ||
	    runner_post(t->runner, false, &err))
		cmd_fail(&err);
	tender_wake(t->runner);
}

/* Of pushes: refs are compared at once. */
static void hear_news(struct rounds *t)
{
	char some[64];

	(void)!os_read(t->runner->tender.news[0], some, sizeof(some));
	t->reconciled = 0;
}

static void look_for_stop(struct rounds *t, struct runner *r)
{
	long long id = r ? atomic_load(&r->request) : 0;
	enum request_stop stop = STOP_NONE;

	if (r != NULL && runner_is_stopping())
		atomic_store(&r->cancel, true);
	if (id != 0 && queue_stop(t->db, id, &stop, NULL) == 0 &&
	    stop != STOP_NONE)
		atomic_store(&r->cancel, true);
}

static void *tend(void *payload)
{
	struct runner *r = payload;
	struct rounds t = { .runner = r };
	struct error err = { 0 };

	if (runner_open_index(&r->context, &t.refs, &t.db, &err))
		cmd_fail(&err);
	while (t.db != NULL && !atomic_load(&r->tender.ending)) {
		struct pollfd p[] = {
			{ .fd = r->tender.news[0], .events = POLLIN },
			{ .fd = r->tender.end[0], .events = POLLIN },
			{ .fd = runner_stop_fd(), .events = POLLIN },
		};
		bool stops = runner_is_stopping();

		/* the stop's descriptor stays readable: not asked again */
		(void)poll(p, stops ? 2 : 3, TICK_MS);
		if (p[0].revents & POLLIN)
			hear_news(&t);
		look_for_stop(&t, r);
		look_for_stop(&t, express_runner(r->express));
		look_for_moves(&t);
		if (runner_is_stopping())
			tender_wake(r);
	}
	rundb_close(t.db);
	refs_close(t.refs);
	return NULL;
}

void tender_see(struct runner *r)
{
	/* where it is full there is news already */
	(void)!os_write(r->tender.news[1], "", 1);
}

/* A pipe whose ends are our own, and do not block. */
static int make_pipe(int out[2], struct error *err)
{
	int i;

	if (pipe(out) < 0)
		return error_sys(err, "pipe");
	for (i = 0; i < 2; i++)
		if (fcntl(out[i], F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(out[i], F_SETFL, O_NONBLOCK) < 0)
			return error_sys(err, "pipe");
	return 0;
}

int tender_start(struct runner *r, struct error *err)
{
	struct tender *t = &r->tender;
	pthread_condattr_t attr;
	int rc;

	t->socket = -1;
	if ((rc = make_pipe(t->end, err)) || (rc = make_pipe(t->news, err)))
		return rc;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (!r->is_once && (rc = express_start(r, err)))
		return rc;
	if (pthread_create(&t->thread, NULL, tend, r) != 0) {
		express_stop(r);
		return error_set(err, ERROR_IO, "no thread could be started");
	}
	t->has_thread = true;
	rc = r->is_once ? 0 : socket_start(r, err);
	if (rc)
		tender_stop(r);
	return rc;
}

void tender_stop(struct runner *r)
{
	struct tender *t = &r->tender;

	if (!t->has_thread)
		return;
	atomic_store(&t->ending, true);
	fd_close(&t->end[1]);
	pthread_join(t->thread, NULL);
	socket_stop(r);
	express_stop(r);
	fd_close(&t->end[0]);
	fd_close(&t->news[0]);
	fd_close(&t->news[1]);
	t->has_thread = false;
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
}

void tender_wait(struct runner *r, int64_t ms)
{
	struct tender *t = &r->first->tender;
	struct timespec end;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)(ms / 1000);
	end.tv_nsec += (long)(ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&t->lock);
	while (t->wakes == r->heard && rc != ETIMEDOUT && !runner_is_stopping())
		rc = pthread_cond_timedwait(&t->wake, &t->lock, &end);
	r->heard = t->wakes;
	pthread_mutex_unlock(&t->lock);
}
