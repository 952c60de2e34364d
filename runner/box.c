/* box: see box.h. _GNU_SOURCE for clone and execvpe. */
#define _GNU_SOURCE
#include "runner/box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/box_plan.h"
#include "runner/sandbox.h"
#include "runner/seccomp.h"
#include "runner/spawn.h"

enum {
	FDS_MOST = 8,
	NOT_BUILT = 1, /* as bubblewrap ends */
	NOT_FOUND = 127, /* as a shell says it */
	NOT_STARTED = 126,
	STACK = 64 * 1024, /* of what executes the command */
};

/* -- identities -- */

static int write_text(const char *of, const char *name, const char *text,
    struct error *err)
{
	char path[64];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/%s/%s", of, name);
	fd = os_open(path, O_WRONLY, 0);
	if (fd < 0 || os_write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		rc = error_sys(err, "map identities (%s)", name);
	fd_close(&fd);
	return rc;
}

/* The user inside is one of the machine's, and there is no other. */
static int map_identities(const char *of, const struct box_plan *plan,
    unsigned uid, unsigned gid, struct error *err)
{
	char text[64];
	int rc;

	snprintf(text, sizeof(text), "%u %u 1\n", plan->uid, uid);
	if ((rc = write_text(of, "setgroups", "deny", err)) ||
	    (rc = write_text(of, "uid_map", text, err)))
		return rc;
	snprintf(text, sizeof(text), "%u %u 1\n", plan->gid, gid);
	return write_text(of, "gid_map", text, err);
}

/* An account maps itself, from inside; /proc must be its own for that. Root
 * maps the child to nobody, from outside, and the child waits. */
static int map_self(const struct box_plan *plan, unsigned uid, unsigned gid,
    struct error *err)
{
	int rc;

	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	rc = map_identities("self", plan, uid, gid, err);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return rc;
}

/* -- the child -- */

struct child {
	const struct box *box;
	struct box_plan *plan;
	unsigned uid, gid; /* ours, of the machine */
	int sync; /* readable when root has mapped us */
	int parent; /* readable when the worker has ended */
};

static void say(const char *what)
{
	static const char who[] = "sandbox: ";

	if (os_write(STDERR_FILENO, who, sizeof(who) - 1) < 0 ||
	    os_write(STDERR_FILENO, what, strlen(what)) < 0 ||
	    os_write(STDERR_FILENO, "\n", 1) < 0)
		return; /* nobody reads it */
}

static _Noreturn void give_up(const struct error *err)
{
	say(err->msg);
	_exit(NOT_BUILT);
}

/* As spawn.h has it: nothing of ours is ignored or blocked. */
static void reset_signals(void)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The descriptors that are given, the two of ours behind them, no other. */
static int take_fds(struct child *c, struct error *err)
{
	int lifted[FDS_MOST + 2];
	size_t i, n = c->box->n_fds;

	for (i = 0; i < n + 2; i++) {
		int fd = i < n ? c->box->fds[i] : i == n ? c->sync : c->parent;

		lifted[i] = fd < 0 ? os_open("/dev/null", O_RDWR, 0) : fd;
		lifted[i] = fcntl(lifted[i], F_DUPFD_CLOEXEC, FDS_MOST + 2);
		if (lifted[i] < 0)
			return error_sys(err, "pass a descriptor");
	}
	for (i = 0; i < n + 2; i++)
		if (dup2(lifted[i], (int)i) < 0)
			return error_sys(err, "pass a descriptor");
	c->sync = (int)n;
	c->parent = (int)n + 1;
	if (syscall(SYS_close_range, (unsigned)n + 2, ~0U, 0) < 0)
		return error_sys(err, "close what is open");
	return 0;
}

static int wait_for_map(const struct child *c, struct error *err)
{
	char byte;

	if (c->uid != 0)
		return map_self(c->plan, c->uid, c->gid, err);
	if (os_read(c->sync, &byte, 1) != 1)
		return error_set(err, ERROR_IO, "identities were not mapped");
	return getgroups(0, NULL) == 0
	    ? 0
	    : error_set(err, ERROR_DENIED, "root's groups are still ours");
}

/* We end with the worker. Asked for behind the change of identity, which
 * takes it back; the worker may have gone before. */
static int bind_to_parent(const struct child *c, struct error *err)
{
	struct pollfd p = { .fd = c->parent, .events = POLLIN };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    poll(&p, 1, 0) != 0)
		return error_set(err, ERROR_IO, "the worker has gone");
	return 0;
}

static int drop(struct error *err)
{
	int rc = box_drop_bounds(err);

	return rc ? rc : box_drop_held(err);
}

static int set_limits(const struct box_plan *plan, struct error *err)
{
	size_t i;

	for (i = 0; i < plan->n_limits; i++) {
		const struct rlimit most = { plan->limits[i].most,
			plan->limits[i].most };

		if (setrlimit((__rlimit_resource_t)plan->limits[i].what,
		        &most) < 0)
			return error_sys(err, "set a limit");
	}
	return 0;
}

/* What is /dev/null is the sandbox's own: no way leads outside. */
static int open_null(const struct box *box, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < SANDBOX_STATUS; i++) {
		CLEANUP(fd_close) int fd = -1;

		if (box->fds[i] >= 0)
			continue;
		fd = os_open("/dev/null", O_RDWR, 0);
		if (fd < 0 || dup2(fd, (int)i) < 0)
			rc = error_sys(err, "open /dev/null");
	}
	return rc;
}

/* The second process of the namespace: the command. */
static int execute(void *child)
{
	const struct child *c = child;
	const struct box_plan *plan = c->plan;
	struct error err = { 0 };
	int why;

	if (syscall(SYS_close_range, SANDBOX_STATUS, ~0U, 0) < 0)
		error_sys(&err, "close what is open");
	if (err.code || open_null(c->box, &err) || set_limits(plan, &err) ||
	    seccomp_enter_made(buf_bytes(&plan->filter), &err))
		give_up(&err);
	execvpe(plan->command[0], words_exec(plan->command),
	    words_exec(plan->env.v));
	why = errno;
	error_set(&err, ERROR_NOT_FOUND, "failed to execute %s: %s",
	    plan->command[0], strerror(why));
	say(err.msg);
	_exit(why == ENOENT ? NOT_FOUND : NOT_STARTED);
}

/* As posix_spawn does it: until the command is executed its process has our
 * memory, and a stack in it, while we wait. Nothing is copied of what it would
 * give up at once. */
static pid_t start_command(struct child *c)
{
	_Alignas(16) char stack[STACK];

	return clone(execute, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | SIGCHLD, c);
}

/* The first process: takes in orphans until the command's end, and says how it
 * ended in bubblewrap's words. With it the namespace ends. */
static _Noreturn void guard(pid_t command)
{
	char text[64];
	int status = 0, code;
	pid_t got;

	if (syscall(SYS_close_range, SANDBOX_STATUS + 1, ~0U, 0) < 0)
		_exit(NOT_BUILT);
	do
		got = wait(&status);
	while (got != command && (got > 0 || errno == EINTR));
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	snprintf(text, sizeof(text), "{ \"exit-code\": %d }\n", code);
	if (got == command && os_write(SANDBOX_STATUS, text, strlen(text)) < 0)
		_exit(NOT_BUILT);
	_exit(code);
}

static _Noreturn void run_child(struct child *c)
{
	static const char started[] = "{ \"child-pid\": 2 }\n";
	struct error err = { 0 };
	mode_t mask = umask(0);
	pid_t command;

	setsid();
	reset_signals();
	if (take_fds(c, &err) || wait_for_map(c, &err) ||
	    box_build(c->plan, &err) || bind_to_parent(c, &err))
		give_up(&err);
	umask(mask);
	/* for both processes: what is left to do needs no capability */
	if (drop(&err))
		give_up(&err);
	if (os_write(SANDBOX_STATUS, started, sizeof(started) - 1) < 0)
		error_sys(&err, "tell of the start");
	command = err.code ? -1 : start_command(c);
	if (command < 0)
		error_sys(&err, "start the command");
	if (err.code)
		give_up(&err);
	guard(command);
}

/* -- the worker's side -- */

static int map_child(pid_t pid, const struct box_plan *plan, int sync,
    struct error *err)
{
	char of[32];
	int rc;

	snprintf(of, sizeof(of), "%ld", (long)pid);
	rc = map_identities(of, plan, SANDBOX_NOBODY, SANDBOX_NOBODY, err);
	if (rc == 0 && send(sync, "", 1, MSG_NOSIGNAL) != 1)
		rc = error_sys(err, "start a sandbox");
	return rc;
}

static int start(const struct box *box, struct box_plan *plan, pid_t *pid,
    struct error *err)
{
	struct clone_args args = { .flags = plan->namespaces,
		.exit_signal = SIGCHLD };
	CLEANUP(fd_close) int self = -1;
	struct child child = { .box = box,
		.plan = plan,
		.uid = geteuid(),
		.gid = getegid() };
	int pair[2], rc = spawn_open_pid(getpid(), &self, err);
	long got;

	if (rc)
		return rc;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "socket pair");
	child.sync = pair[1];
	child.parent = self;
	got = syscall(SYS_clone3, &args, sizeof(args));
	if (got == 0)
		run_child(&child);
	fd_close(&pair[1]);
	if (got < 0)
		rc = error_sys(err, "make namespaces");
	*pid = got > 0 ? (pid_t)got : 0;
	if (rc == 0 && child.uid == 0)
		rc = map_child(*pid, plan, pair[0], err);
	fd_close(&pair[0]);
	return rc;
}

int box_start(const struct box *box, pid_t *pid, struct error *err)
{
	CLEANUP(box_plan_clear) struct box_plan plan = { 0 };
	int rc = box_plan_read(box->argv, &plan, err);

	if (rc)
		return rc;
	if (box->n_fds > FDS_MOST)
		return error_set(err, ERROR_LIMIT, "too many descriptors");
	return start(box, &plan, pid, err);
}
