/* command_execute: see command.h. _GNU_SOURCE for pipe2. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/box.h"
#include "runner/command.h"
#include "runner/quota.h"
#include "runner/seccomp.h"
#include "runner/spawn.h"

enum {
	CHUNK = 64 * 1024,
	STATUS_MAX = 4096,
	LOOK_MS = 1000,
	FDS = SANDBOX_FILTER + 1 + VARY_FDS,
};

/* A running command, and our ends of its pipes. */
struct running {
	pid_t pid;
	int pid_fd, log, printed, status;
	struct buf status_text;
	struct joblog *joblog;
	struct command_end *end;
};

static void running_clear(struct running *r)
{
	fd_close(&r->pid_fd);
	fd_close(&r->log);
	fd_close(&r->printed);
	fd_close(&r->status);
	buf_clear(&r->status_text);
}

/* Our end does not block; the command's does, as it expects. */
static int open_pipe(int *ours, int *theirs, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	*ours = ends[0];
	*theirs = ends[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) < 0 ? error_sys(err, "pipe")
	                                             : 0;
}

static bool is_none(const struct command *c)
{
	return c->sandbox.way == SANDBOX_NONE;
}

/* The list of system calls, as bubblewrap wants to read it. */
static int open_filter(int *fd, struct error *err)
{
	CLEANUP(buf_clear) struct buf filter = { 0 };
	int rc = seccomp_make(SECCOMP_COMMAND, &filter, err);

	if (rc || (rc = file_open_memory(fd, err)) ||
	    (rc = file_write_fd(*fd, buf_bytes(&filter), err)))
		return rc;
	return lseek(*fd, 0, SEEK_SET) < 0 ? error_sys(err, "seek") : 0;
}

/* Behind the log: what bubblewrap writes to, and reads from. */
static size_t count_fds(const struct command *c)
{
	if (is_none(c))
		return SANDBOX_STATUS;
	return SANDBOX_FILTER + 1 + (c->is_varied ? VARY_FDS : 0);
}

static int start_program(const struct command *c, struct running *r,
    const struct words *argv, int fds[FDS], struct error *err)
{
	CLEANUP(fd_close) int filter = -1;
	int rc = is_none(c) ? 0 : open_filter(&filter, err);

	fds[SANDBOX_FILTER] = filter;
	memcpy(&fds[SANDBOX_FILTER + 1], c->vary.fds, sizeof(c->vary.fds));
	return rc ? rc
	          : spawn_start(
	                &(struct spawn){
	                    .argv = argv->v,
	                    .env = c->env.v,
	                    .directory = is_none(c) ? c->directory : NULL,
	                    .fds = fds,
	                    .n_fds = count_fds(c),
	                },
	                &r->pid, err);
}

static int start(const struct command *c, struct running *r,
    const struct words *argv, struct error *err)
{
	CLEANUP(fd_close) int log = -1;
	CLEANUP(fd_close) int printed = -1;
	CLEANUP(fd_close) int status = -1;
	int fds[FDS] = { -1 };
	int rc;

	if ((rc = open_pipe(&r->log, &log, err)) ||
	    (c->is_probe && (rc = open_pipe(&r->printed, &printed, err))) ||
	    (!is_none(c) && (rc = open_pipe(&r->status, &status, err))))
		return rc;
	fds[STDOUT_FILENO] = c->is_probe ? printed : log;
	fds[STDERR_FILENO] = log;
	fds[SANDBOX_STATUS] = status;
	if (c->sandbox.way == SANDBOX_OWN)
		rc = box_start(&(struct box){ .argv = argv,
		                   .fds = fds,
		                   .n_fds = SANDBOX_STATUS + 1 },
		    &r->pid, err);
	else
		rc = start_program(c, r, argv, fds, err);
	return rc ? rc : spawn_open_pid(r->pid, &r->pid_fd, err);
}

/* Adds data to out up to max bytes; the rest is let go. */
static void add_at_most(struct buf *out, struct bytes data, size_t max)
{
	size_t room = out->n < max ? max - out->n : 0;

	buf_add(out, data.p, data.n < room ? data.n : room);
}

/* Reads once from one of our ends; closes it at its end. Returns whether
 * there may be more. */
static bool take(struct running *r, int *fd)
{
	char room[CHUNK];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = os_read(*fd, room, sizeof(room));
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		fd_close(fd);
		return false;
	}
	if (fd == &r->log)
		joblog_add(r->joblog, (struct bytes){ room, (size_t)n });
	else if (fd == &r->printed)
		add_at_most(&r->end->printed, (struct bytes){ room, (size_t)n },
		    COMMAND_PROBE_MAX);
	else
		add_at_most(&r->status_text, (struct bytes){ room, (size_t)n },
		    STATUS_MAX);
	return true;
}

/* Milliseconds until something is to be looked at again. */
static int64_t next_look(const struct command *c, int64_t last, int64_t look)
{
	int64_t now = clock_mono(), left = look - now;

	if (c->timeout_ms > 0 && last - now < left)
		left = last - now;
	return left > 0 ? left : 0;
}

/* Whether a limit that time brings is over. */
static bool is_over_limit(const struct command *c, struct running *r,
    int64_t last, int64_t *look)
{
	int64_t now = clock_mono();

	r->end->timed_out = c->timeout_ms > 0 && now >= last;
	if (c->directory != NULL && now >= *look)
		r->end->overflowed = quota_is_over(c->directory);
	if (now >= *look)
		*look = clock_mono() + LOOK_MS;
	return r->end->timed_out || r->end->overflowed;
}

/* Until the command's end, a limit, or the end of who waits for it. What the
 * sandbox says of itself are few words, read behind its end. */
static int watch(const struct command *c, struct running *r, struct error *err)
{
	int64_t last = clock_mono() + c->timeout_ms;
	int64_t look = clock_mono() + LOOK_MS;

	while (!is_over_limit(c, r, last, &look)) {
		struct pollfd p[] = {
			{ .fd = r->pid_fd, .events = POLLIN },
			{ .fd = c->job->control, .events = 0 },
			{ .fd = r->log, .events = POLLIN },
			{ .fd = r->printed, .events = POLLIN },
		};

		if (poll(p, ARRAY_LEN(p), (int)next_look(c, last, look)) < 0) {
			if (errno != EINTR)
				return error_sys(err, "wait for a command");
			continue;
		}
		take(r, &r->log);
		take(r, &r->printed);
		r->end->hung_up = p[1].revents & (POLLHUP | POLLERR);
		if (r->end->hung_up || p[0].revents)
			return 0;
	}
	return 0;
}

/* Whether we are the ones who end it. */
static bool is_ended_by_us(const struct command_end *end)
{
	return end->timed_out || end->overflowed || end->hung_up;
}

/* bubblewrap's end is not the command's: its words say how that ended. */
static void read_end(const struct command *c, struct running *r,
    const struct spawn_end *end)
{
	r->end->memory_bytes = end->memory_bytes;
	r->end->signal = end->signal;
	r->end->exit = end->exit;
	r->end->built = r->end->started = true;
	if (is_none(c))
		return;
	while (take(r, &r->status))
		;
	r->end->started = sandbox_started(buf_bytes(&r->status_text));
	r->end->built =
	    sandbox_ended(buf_bytes(&r->status_text), &r->end->exit);
	if (r->end->built && r->end->exit > 128 && r->end->exit < 128 + 65) {
		r->end->signal = r->end->exit - 128;
		r->end->exit = 0;
	}
}

static int finish(const struct command *c, struct running *r, struct error *err)
{
	struct spawn_end end = { 0 };
	int rc;

	if (is_ended_by_us(r->end))
		return 0;
	rc = spawn_wait(r->pid, -1, &end, err);
	if (rc == 0)
		read_end(c, r, &end);
	return rc;
}

static int run_to_end(const struct command *c, struct running *r,
    const struct words *argv, struct error *err)
{
	struct error why = { 0 };
	int rc = start(c, r, argv, &why);

	/* a box that cannot be made: as bubblewrap would say it, in the log */
	if (rc && c->sandbox.way == SANDBOX_OWN && rc != ERROR_MEMORY) {
		joblog_add(r->joblog, bytes_of(why.msg));
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	rc = watch(c, r, err);
	return rc ? rc : finish(c, r, err);
}

int command_execute(const struct command *c, struct joblog *log,
    struct command_end *end, struct error *err)
{
	CLEANUP(running_clear)
	struct running r = { .pid_fd = -1,
		.log = -1,
		.printed = -1,
		.status = -1,
		.joblog = log,
		.end = end };
	CLEANUP(words_clear) struct words argv = { 0 }, varied = { 0 };
	struct error ended = { 0 };
	int rc = 0;

	if (c->is_varied) {
		vary_command(&c->words, &varied);
		rc = words_check(&varied, err);
	}
	if (rc == 0)
		rc = sandbox_argv(&c->sandbox,
		    c->is_varied ? &varied : &c->words, &argv, err);

	if (rc == 0)
		rc = run_to_end(c, &r, &argv, err);
	/* whatever happened: nothing of it may write after this */
	if (spawn_end_all(&end->memory_bytes, &ended) && rc == 0)
		rc = error_set(err, ended.code, "%s", ended.msg);
	while (take(&r, &r.log) || take(&r, &r.printed))
		;
	return rc;
}
