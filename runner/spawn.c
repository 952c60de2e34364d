/* spawn: see spawn.h. _GNU_SOURCE for closefrom and wait4. */
#define _GNU_SOURCE
#include "runner/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/words.h"

enum {
	FDS_MOST = 8,
	END_ALL_MS = 10000
};

/* What is moved into place first stands above all places, so that no move
 * overwrites a descriptor that is still to be moved. */
static int lift_fds(const struct spawn *s, int lifted[FDS_MOST],
    struct error *err)
{
	size_t i;

	for (i = 0; i < s->n_fds; i++) {
		if (s->fds[i] < 0)
			continue;
		lifted[i] = fcntl(s->fds[i], F_DUPFD_CLOEXEC, FDS_MOST);
		if (lifted[i] < 0)
			return error_sys(err, "pass a descriptor");
	}
	return 0;
}

static int set_files(posix_spawn_file_actions_t *actions, const struct spawn *s,
    const int *lifted)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->n_fds; i++)
		rc = lifted[i] < 0 ? posix_spawn_file_actions_addopen(actions,
		                         (int)i, "/dev/null", O_RDWR, 0)
		                   : posix_spawn_file_actions_adddup2(actions,
		                         lifted[i], (int)i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions,
		    (int)s->n_fds);
	if (rc == 0)
		rc = posix_spawn_file_actions_addchdir_np(actions,
		    s->directory ? s->directory : "/");
	return rc;
}

/* No signal stays ignored (we ignore SIGPIPE) or blocked. */
static int set_attributes(posix_spawnattr_t *attr, bool same_session)
{
	const short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;
	int rc = posix_spawnattr_setflags(attr,
	    same_session ? flags : flags | POSIX_SPAWN_SETSID);

	sigemptyset(&none);
	sigfillset(&all);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	return rc ? rc : posix_spawnattr_setsigdefault(attr, &all);
}

static int start(const struct spawn *s, const int *lifted, pid_t *pid)
{
	static const char *const nothing[] = { NULL };
	const char *const *env = s->env ? s->env : nothing;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = set_files(&actions, s, lifted);
		if (rc == 0)
			rc = set_attributes(&attr, s->same_session);
		if (rc == 0)
			rc = posix_spawn(pid, s->argv[0], &actions, &attr,
			    words_exec(s->argv), words_exec(env));
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int spawn_start(const struct spawn *s, pid_t *pid, struct error *err)
{
	int lifted[FDS_MOST] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	size_t i;
	int rc;

	if (s->n_fds > FDS_MOST)
		return error_set(err, ERROR_LIMIT, "too many descriptors");
	rc = lift_fds(s, lifted, err);
	if (rc == 0) {
		rc = start(s, lifted, pid);
		errno = rc;
		if (rc == ENOENT)
			rc = error_set(err, ERROR_NOT_FOUND,
			    "%s: there is no such program", s->argv[0]);
		else if (rc)
			rc = error_sys(err, "start %s", s->argv[0]);
	}
	for (i = 0; i < FDS_MOST; i++)
		fd_close(&lifted[i]);
	return rc;
}

int spawn_open_pid(pid_t pid, int *fd, struct error *err)
{
	*fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return *fd < 0 ? error_sys(err, "watch a process") : 0;
}

static void read_end(int status, const struct rusage *used,
    struct spawn_end *end)
{
	*end = (struct spawn_end){
		.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.memory_bytes = (uint64_t)used->ru_maxrss * 1024,
	};
}

static int poll_until(int fd, int64_t timeout_ms, struct error *err)
{
	int64_t last = clock_mono() + timeout_ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : last - clock_mono();
		int got;

		if (timeout_ms >= 0 && left < 0)
			left = 0;
		got = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (got > 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return error_sys(err, "wait for a process");
		if (got == 0 && left >= 0 && left < INT32_MAX)
			return error_set(err, ERROR_TIMEOUT,
			    "a process did not end within %lld ms",
			    (long long)timeout_ms);
	}
}

int spawn_wait(pid_t pid, int64_t timeout_ms, struct spawn_end *end,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct rusage used = { 0 };
	int status = 0, rc = 0;
	pid_t got;

	if (timeout_ms >= 0) {
		rc = spawn_open_pid(pid, &fd, err);
		if (rc == 0)
			rc = poll_until(fd, timeout_ms, err);
	}
	if (rc)
		return rc;
	do
		got = wait4(pid, &status, 0, &used);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_sys(err, "wait for a process");
	read_end(status, &used, end);
	return 0;
}

void spawn_kill(pid_t pid)
{
	struct spawn_end end;

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	spawn_wait(pid, -1, &end, NULL);
}

int spawn_adopt(struct error *err)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0
	    ? error_sys(err, "become a subreaper")
	    : 0;
}

/* Kills the direct children and returns how many there were. What is left of
 * their own become direct ones, and are met in the next round. */
static size_t kill_children(void)
{
	CLEANUP(buf_clear) struct buf list = { 0 };
	char path[64];
	char *p, *next;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
	    (long)getpid());
	if (file_read(path, 1 << 20, &list, NULL) || list.n == 0)
		return 0;
	for (p = list.p;; p = next) {
		long pid = strtol(p, &next, 10);

		if (next == p)
			return n;
		kill((pid_t)pid, SIGKILL);
		n++;
	}
}

int spawn_end_all(uint64_t *memory_bytes, struct error *err)
{
	int64_t last = clock_mono() + END_ALL_MS;

	while (clock_mono() < last) {
		struct rusage used = { 0 };
		struct spawn_end end;
		int status;
		pid_t got;

		got = wait4(-1, &status, kill_children() ? 0 : WNOHANG, &used);
		if (got < 0 && errno == ECHILD)
			return 0;
		if (got == 0) /* orphaned since we looked: look again */
			clock_sleep(1);
		if (got <= 0)
			continue;
		read_end(status, &used, &end);
		if (memory_bytes != NULL && end.memory_bytes > *memory_bytes)
			*memory_bytes = end.memory_bytes;
	}
	return error_set(err, ERROR_TIMEOUT,
	    "processes that the code started cannot be ended");
}
