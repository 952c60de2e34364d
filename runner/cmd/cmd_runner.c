/* sluice runner: runs what was pushed, posts statuses (runner.h). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/runner.h"
#include "runner/spawn.h"

enum {
	DIRS_MAX = 256,
	LOOK_MS = 1000,
	LOCK_TRIES = 10,
	LOCK_MS = 10,
};

/* Written by the signal's handler alone. */
static atomic_bool is_stopping;
static int stop_pipe[2] = { -1, -1 };

bool runner_is_stopping(void)
{
	return atomic_load(&is_stopping);
}

int runner_stop_fd(void)
{
	return stop_pipe[0];
}

static void see_signal(int number)
{
	int saved = errno;

	(void)number;
	atomic_store(&is_stopping, true);
	(void)!os_write(stop_pipe[1], "", 1);
	errno = saved;
}

static int catch_signals(struct error *err)
{
	struct sigaction action = { .sa_handler = see_signal,
		.sa_flags = SA_RESTART };

	if (pipe(stop_pipe) < 0 || fcntl(stop_pipe[0], F_SETFD, FD_CLOEXEC) ||
	    fcntl(stop_pipe[1], F_SETFD, FD_CLOEXEC) ||
	    sigaction(SIGTERM, &action, NULL) < 0 ||
	    sigaction(SIGINT, &action, NULL) < 0)
		return error_sys(err, "signals");
	return 0;
}

struct args {
	bool is_once, rebuild;
	char *const *dirs;
	size_t n;
};

/* For whoever wants to end it: the lock's file has its process number. */
static int write_pid(int fd, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	buf_printf(&text, "%ld\n", (long)getpid());
	if ((rc = buf_check(&text, err)))
		return rc;
	if (os_ftruncate(fd, 0) < 0)
		return error_sys(err, "lock");
	return file_write_fd(fd, buf_bytes(&text), err);
}

/* One runner a repository. */
static int lock_repository(const char *state_dir, int *fd, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct error why = { 0 };
	int rc, i;

	buf_printf(&path, "%s/lock", state_dir);
	if ((rc = buf_check(&path, err)))
		return rc;
	rc = file_make_dirs(state_dir, &why);
	/* `sluice status` holds it for a moment, to see whether we do */
	for (i = 0; (rc == 0 || rc == ERROR_BUSY) && i < LOCK_TRIES; i++) {
		why = (struct error){ 0 };
		rc = file_lock(path.p, false, fd, &why);
		if (rc != ERROR_BUSY)
			break;
		clock_sleep(LOCK_MS);
	}
	if (rc == ERROR_BUSY)
		return error_set(err, ERROR_BUSY,
		    "a runner serves this repository already (%s is held)",
		    path.p);
	if (rc && why.sys == EACCES)
		return error_set(err, ERROR_DENIED,
		    "%s; run sluice as the user whose repository it is",
		    why.msg);
	return rc ? error_set(err, why.code, "%s", why.msg)
	          : write_pid(*fd, err);
}

static int serve(const struct args *a, const char *dir, bool *again,
    struct error *err)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(fd_close) int lock = -1;
	CLEANUP(runner_clear) struct runner r = { .is_once = a->is_once };
	int rc;

	*again = false;
	rc = context_open(dir, &c, err);

	if (rc == 0 && c.work_tree != NULL)
		rc = error_set(err, ERROR_USAGE,
		    "%s is a work tree; a runner serves a bare repository, "
		    "here it is `sluice run`",
		    c.work_tree);
	if (rc || (rc = lock_repository(c.state_dir, &lock, err)) ||
	    (a->rebuild && (rc = rundb_set_aside(c.state_dir, err))) ||
	    (rc = runner_open(&r, dir, err)))
		return rc;
	return runner_loop(&r, again, err);
}

/* Settings that change while it works are read anew by beginning again; the
 * index that was made anew is not. */
static int serve_one(const struct args *a, const char *dir, struct error *err)
{
	struct args now = *a;
	bool again = true;
	int rc = 0;

	while (again && rc == 0) {
		rc = serve(&now, dir, &again, err);
		now.rebuild = false;
	}
	return rc;
}

/* --- several repositories: a process each --- */

static int start_child(const struct args *a, const char *dir, pid_t *pid,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf home = { 0 };
	const char *const argv[] = { "/proc/self/exe", "runner", dir,
		a->rebuild ? "--rebuild-index" : NULL, NULL };
	const char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL, NULL };
	const int fds[] = { -1, 1, 2 };
	const struct spawn spawn = { .argv = argv,
		.env = env,
		.fds = fds,
		.n_fds = 3 };
	const char *set = getenv("HOME");

	if (set != NULL) {
		buf_printf(&home, "HOME=%s", set);
		env[1] = home.p;
	}
	return spawn_start(&spawn, pid, err);
}

/* Ends with the signal, or when all of them have ended. */
static int serve_many(const struct args *a, struct error *err)
{
	pid_t pids[DIRS_MAX] = { 0 };
	struct spawn_end end;
	size_t i, n_left = a->n;
	char dir[PATH_MAX];
	int rc = 0;

	for (i = 0; i < a->n && rc == 0; i++)
		rc = realpath(a->dirs[i], dir)
		    ? start_child(a, dir, &pids[i], err)
		    : error_sys(err, "%s", a->dirs[i]);
	while (rc == 0 && n_left > 0 && !runner_is_stopping()) {
		struct pollfd p = { .fd = stop_pipe[0], .events = POLLIN };

		(void)poll(&p, 1, LOOK_MS);
		for (i = 0; i < a->n; i++)
			if (pids[i] != 0 &&
			    spawn_wait(pids[i], 0, &end, NULL) == 0) {
				fprintf(stderr,
				    "sluice: the runner of %s has "
				    "ended\n",
				    a->dirs[i]);
				pids[i] = 0;
				n_left--;
			}
	}
	for (i = 0; i < a->n; i++)
		if (pids[i] != 0)
			kill(pids[i], SIGTERM);
	for (i = 0; i < a->n; i++)
		if (pids[i] != 0)
			(void)spawn_wait(pids[i], -1, &end, NULL);
	if (rc == 0 && !runner_is_stopping())
		rc = error_set(err, ERROR_IO, "no runner is left");
	return rc;
}

static bool parse(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, '1' },
		{ "rebuild-index", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '1')
			a->is_once = true;
		else if (c == 'r')
			a->rebuild = true;
		else
			return false;
	}
	a->dirs = &argv[optind];
	a->n = (size_t)(argc - optind);
	return a->n <= DIRS_MAX;
}

int cmd_runner(int argc, char **argv)
{
	static char here[] = ".";
	char *const only[] = { here };
	struct args a = { 0 };
	struct error err = { 0 };
	size_t i;
	int rc;

	if (!parse(argc, argv, &a))
		return cmd_usage("runner");
	if (a.n == 0) {
		a.dirs = only;
		a.n = 1;
	}
	rc = catch_signals(&err);
	if (rc == 0 && a.n > 1 && !a.is_once)
		rc = serve_many(&a, &err);
	else
		for (i = 0; i < a.n && rc == 0; i++)
			rc = serve_one(&a, a.dirs[i], &err);
	return rc ? cmd_fail(&err) : EXIT_FINE;
}
