/* runner_socket: see runner_socket.h. The thread does nothing else: to compare
 * ten thousand refs takes longer than a pusher is to wait. */
#include "runner/cmd/runner_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/updates.h"

enum {
	QUESTION_MS = 100, /* a hook sends at once, or is no hook */
	QUESTION_MAX = 64 * 1024,
	BACKLOG = 64,
};

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
	    os_chmod(address.sun_path, 0660) < 0)
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

struct answers {
	struct runner *runner;
	struct refs *refs;
	struct rundb *db;
	struct answerer *answerer;
};

/* What is asked for from a clone is done first: the answer says what came of
 * it. */
static void do_asked(struct answers *a)
{
	struct error err = { 0 };

	if (runner_reconcile(&a->runner->context, a->refs, a->db, &err))
		cmd_fail(&err);
}

/* What goes wrong here is not the pusher's: no answer is an answer. */
static void answer(struct answers *a)
{
	CLEANUP(fd_close) int fd = accept(a->runner->tender.socket, NULL, NULL);
	CLEANUP(buf_clear) struct buf question = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (fd < 0)
		return;
	if (hear(fd, &question) == 0) {
		if (question.n > 0 && strstr(question.p, ASK_REFS) != NULL)
			do_asked(a);
		if (answerer_print(a->answerer, a->refs, buf_bytes(&question),
		        &text, NULL) == 0)
			(void)!send(fd, text.p, text.n,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	tender_see(a->runner);
}

static void *answer_all(void *payload)
{
	struct runner *r = payload;
	struct answers a = { .runner = r };
	struct error err = { 0 };

	if (runner_open_index(&r->context, &a.refs, &a.db, &err) ||
	    answerer_open(&r->context, &a.answerer, &err))
		cmd_fail(&err);
	if (a.answerer != NULL)
		answerer_warm(a.answerer, a.refs);
	while (a.answerer != NULL && !atomic_load(&r->tender.ending)) {
		struct pollfd p[] = {
			{ .fd = r->tender.socket, .events = POLLIN },
			{ .fd = r->tender.end[0], .events = POLLIN },
		};

		(void)poll(p, ARRAY_LEN(p), -1);
		if (p[0].revents & POLLIN)
			answer(&a);
	}
	answerer_close(a.answerer);
	rundb_close(a.db);
	refs_close(a.refs);
	return NULL;
}

int socket_start(struct runner *r, struct error *err)
{
	struct tender *t = &r->tender;
	int rc = listen_at(r->context.state_dir, &t->socket, err);

	if (rc)
		return rc;
	if (pthread_create(&t->answers, NULL, answer_all, r) != 0)
		return error_set(err, ERROR_IO, "no thread could be started");
	t->has_answers = true;
	return 0;
}

void socket_stop(struct runner *r)
{
	struct tender *t = &r->tender;
	CLEANUP(buf_clear) struct buf path = { 0 };

	if (t->has_answers)
		pthread_join(t->answers, NULL);
	t->has_answers = false;
	if (t->socket < 0)
		return;
	fd_close(&t->socket);
	buf_printf(&path, "%s/socket", r->context.state_dir);
	if (!path.failed)
		os_unlink(path.p);
}
