/* runner_tender: the thread beside the one that runs (runner.h): answers
 * hooks, looks for requests to stop, compares refs on a timer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/updates.h"
#include "runner/cmd/runner_result.h"

enum {
	TICK_MS = 250, /* how soon a request to stop is seen */
	RECONCILE_MS = 3000,
	QUESTION_MS = 100, /* a hook sends at once, or is no hook */
	QUESTION_MAX = 64 * 1024,
	BACKLOG = 64,
};

/* --- the socket --- */

/* By way of the directory's descriptor: a path of a socket has 108 bytes. */
static int listen_at(const char *dir, int *out, struct error *err)
{
	CLEANUP(fd_close) int at = os_open(dir, O_RDONLY | O_DIRECTORY, 0);
	CLEANUP(fd_close) int fd = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;

	if (at < 0)
		return error_sys(err, "%s", dir);
	snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/socket", at);
	os_unlink(address.sun_path); /* of one that died; we hold the lock */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return error_sys(err, "the socket in %s", dir);
	/* where the group shares the repository, its hooks may ask */
	if (os_fstat(at, &st) == 0 && (st.st_mode & S_IWGRP) &&
	    chmod(address.sun_path, 0660) < 0)
		return error_sys(err, "the socket in %s", dir);
	*out = fd_take(&fd);
	return 0;
}

/* What the hook sends, to its end, in bounded time. */
static int hear(int fd, struct buf *out)
{
	const int64_t end = clock_mono() + QUESTION_MS;

	while (out->n <= QUESTION_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_mono();
		ssize_t got;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0 ||
		    !buf_reserve(out, 4096))
			return -1;
		got = recv(fd, out->p + out->n, 4096, 0);
		if (got <= 0)
			return got < 0 ? -1 : 0;
		out->n += (size_t)got;
		out->p[out->n] = '\0';
	}
	return -1;
}

struct rounds {
	struct runner *runner;
	struct refs *refs;
	struct rundb *db;
	struct answerer *answerer;
	int64_t reconciled;
};

void tender_wake(struct runner *r)
{
	struct tender *t = &r->first->tender;

	pthread_mutex_lock(&t->lock);
	t->news++;
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

static void look_for_moves(struct rounds *t)
{
	struct error err = { 0 };
	int64_t now = clock_mono();

	if (t->reconciled != 0 && now - t->reconciled < RECONCILE_MS)
		return;
	t->reconciled = now;
	if (runner_reconcile(&t->runner->context, t->refs, t->db, &err) ||
	    runner_settle(t->runner, t->db, &err))
		cmd_fail(&err);
	tender_wake(t->runner);
}

/* What goes wrong here is not the pusher's: no answer is an answer. */
static void answer(struct rounds *t)
{
	CLEANUP(fd_close) int fd = accept(t->runner->tender.socket, NULL, NULL);
	CLEANUP(buf_clear) struct buf question = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (fd < 0)
		return;
	t->reconciled = 0; /* there is news */
	if (hear(fd, &question))
		return;
	/* What is asked for is done first: the answer says what came of it. */
	if (question.n > 0 && strstr(question.p, ASK_REFS) != NULL)
		look_for_moves(t);
	if (t->answerer != NULL &&
	    answerer_print(t->answerer, t->refs, buf_bytes(&question), &text,
	        NULL) == 0)
		(void)!send(fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* --- the rounds --- */

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

	if (runner_open_index(&r->context, &t.refs, &t.db, &err) ||
	    (r->tender.socket >= 0 &&
	        answerer_open(&r->context, &t.answerer, &err)))
		cmd_fail(&err);
	while (t.db != NULL && !atomic_load(&r->tender.ending)) {
		struct pollfd p[] = {
			{ .fd = r->tender.socket, .events = POLLIN },
			{ .fd = r->tender.end[0], .events = POLLIN },
			{ .fd = runner_stop_fd(), .events = POLLIN },
		};
		bool stops = runner_is_stopping();

		/* the stop's descriptor stays readable: not asked again */
		(void)poll(p, stops ? 2 : 3, TICK_MS);
		if (p[0].revents & POLLIN)
			answer(&t);
		look_for_stop(&t, r);
		look_for_stop(&t, express_runner(r->express));
		look_for_moves(&t);
		if (runner_is_stopping())
			tender_wake(r);
	}
	answerer_close(t.answerer);
	rundb_close(t.db);
	refs_close(t.refs);
	return NULL;
}

int tender_start(struct runner *r, struct error *err)
{
	struct tender *t = &r->tender;
	pthread_condattr_t attr;
	int rc = 0;

	t->socket = -1;
	if (!r->is_once)
		rc = listen_at(r->context.state_dir, &t->socket, err);
	if (rc)
		return rc;
	if (pipe(t->end) < 0 || fcntl(t->end[0], F_SETFD, FD_CLOEXEC) ||
	    fcntl(t->end[1], F_SETFD, FD_CLOEXEC))
		return error_sys(err, "pipe");
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (!r->is_once && (rc = express_start(r, err)))
		return rc;
	if (pthread_create(&t->thread, NULL, tend, r) != 0)
		return error_set(err, ERROR_IO, "no thread could be started");
	t->has_thread = true;
	return 0;
}

void tender_stop(struct runner *r)
{
	struct tender *t = &r->tender;
	CLEANUP(buf_clear) struct buf path = { 0 };

	if (!t->has_thread)
		return;
	atomic_store(&t->ending, true);
	fd_close(&t->end[1]);
	pthread_join(t->thread, NULL);
	express_stop(r);
	fd_close(&t->end[0]);
	t->has_thread = false;
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	if (t->socket < 0)
		return;
	fd_close(&t->socket);
	buf_printf(&path, "%s/socket", r->context.state_dir);
	if (!path.failed)
		os_unlink(path.p);
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
	while (t->news == r->heard && rc != ETIMEDOUT && !runner_is_stopping())
		rc = pthread_cond_timedwait(&t->wake, &t->lock, &end);
	r->heard = t->news;
	pthread_mutex_unlock(&t->lock);
}
