/*
 * sluice-hook: the post-receive hook. Spools the push durably, asks the
 * resident runner for the few lines to print, does without when there is none.
 *
 *   sluice-hook [--shared] [--start PROGRAM]
 *                                  (cwd or GIT_DIR: the repository)
 *
 * --shared: other repositories call it, too; it acts where there is a spool,
 * which `sluice install GITDIR` makes.
 *
 * It always exits 0, and takes OWN_MS of its own time at most (ASK_MS for what
 * `sluice retry` pushes from a clone), the disk's sync apart: whatever it
 * cannot do in that time, the runner does by itself when it compares the refs
 * with what it has processed. Nothing of the environment is stored or handed on
 * but the name of who pushed: over smart HTTP it holds the pusher's password.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/updates.h"

enum {
	OWN_MS = 35, /* the promise is 50 */
	ASK_MS = 3000, /* where the answer is what was pushed for */
	ANSWER_LINES = 5, /* what a pusher is willing to read */
	ANSWER_MAX = 4096, /* at most PIPE_BUF: one write, whole or not */
	QUESTION_MAX = 64 * 1024,
};

#define STATE "sluice/runner"

struct hook {
	bool is_shared; /* acts only where sluice is installed */
	const char *start; /* program to start, or NULL */
	int64_t began, syncing, limit; /* ms */
	struct updates updates; /* those that concern us */
	bool has_unfit; /* and branches that are not run: their names */
};

static int64_t time_left(const struct hook *h)
{
	int64_t left = h->limit - (clock_mono() - h->began - h->syncing);

	return left > 0 ? left : 0;
}

/* Who pushed, as ssh forges and web servers tell it. */
static void find_user(struct updates *u)
{
	static const char *const names[] = { "GL_USERNAME", "GL_USER", "GL_ID",
		"GITEA_PUSHER_NAME", "REMOTE_USER", "USER" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names) && u->user[0] == '\0'; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL)
			updates_set_user(u, value);
	}
}

/* Wikis, designs and snippets are repositories of their own, whose pushes a
 * forge tells the same hooks. */
static bool has_pipeline(const struct hook *h)
{
	const char *gitlab = getenv("GL_REPOSITORY");
	const char *gitea_wiki = getenv("GITEA_REPO_IS_WIKI");

	if (gitlab != NULL && gitlab[0] != '\0' &&
	    strncmp(gitlab, "project-", 8) != 0)
		return false;
	if (gitea_wiki != NULL && strcmp(gitea_wiki, "true") == 0)
		return false;
	return !h->is_shared || file_exists(STATE "/spool");
}

/* A push of nothing but requests (ask.h): whoever pushes it waits to hear what
 * comes of them. */
static bool is_asking(const struct updates *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (!update_is_ask(u->items[i].ref) ||
		    update_is_null(u->items[i].to))
			return false;
	return u->n > 0;
}

static void drain(void)
{
	char rest[64 * 1024];

	while (os_read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
}

/* All of stdin, so that git is never left with a closed pipe; then only the
 * branches, and what is asked from clones, are kept. */
static int read_updates(struct hook *h, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct updates *u = &h->updates;
	size_t i, kept = 0;
	int rc = file_read_fd(STDIN_FILENO, UPDATES_MAX, &text, err);

	if (rc == ERROR_LIMIT)
		drain();
	if (rc || (rc = updates_parse(buf_bytes(&text), u, err)))
		return rc;
	for (i = 0; i < u->n; i++) {
		h->has_unfit |= update_is_unfit(&u->items[i]) &&
		    !update_is_null(u->items[i].to);
		if (update_branch(u->items[i].ref) != NULL ||
		    update_is_ask(u->items[i].ref))
			u->items[kept++] = u->items[i];
		else
			mem_free(u->items[i].ref);
	}
	u->n = kept;
	find_user(u);
	return 0;
}

/* First what git wrote (git itself syncs no ref), then that it is there. */
static int spool(struct hook *h, struct error *err)
{
	CLEANUP(fd_close) int dir = os_open(".", O_RDONLY | O_DIRECTORY, 0);
	int64_t before = clock_mono();
	int rc;

	if (dir < 0 || os_syncfs(dir) < 0)
		rc = error_sys(err, "sync of the repository");
	else
		rc = spool_put(STATE "/spool", &h->updates, err);
	h->syncing += clock_mono() - before;
	return rc;
}

/* Connects to the resident runner: a descriptor, or -1 where there is none. */
static int connect_runner(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = STATE "/socket" };
	CLEANUP(fd_close) int fd = -1;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd_take(&fd);
}

static void ask(const struct hook *h, int fd)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct updates none = { 0 };

	updates_print(&h->updates, &text);
	if (text.failed || text.n > QUESTION_MAX) {
		/* Too many to answer in time; it only wakes the runner. */
		buf_reset(&text);
		updates_print(&none, &text);
	}
	if (!text.failed)
		(void)!send(fd, text.p, text.n, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
}

/* What the runner answers in the time there is; true where it was whole. */
static bool hear(const struct hook *h, int fd, char *text, size_t *n)
{
	*n = 0;
	while (*n < ANSWER_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&p, 1, (int)time_left(h)) <= 0)
			return false;
		got = recv(fd, text + *n, ANSWER_MAX - *n, 0);
		if (got <= 0)
			return got == 0 && *n > 0;
		*n += (size_t)got;
	}
	return true;
}

/* The first lines of an answer, each with its end. */
static size_t cut_lines(const char *text, size_t n, size_t most)
{
	size_t i, lines = 0, end = 0;

	for (i = 0; i < n && lines < most; i++) {
		if (text[i] != '\n')
			continue;
		lines++;
		end = i + 1;
	}
	return end;
}

static void give_up(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

/* One write that cannot block: a pusher that died leaves a full pipe which
 * nobody reads. The timer is for what is neither a pipe nor a socket. */
static void print(const char *text, size_t n)
{
	const struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	struct sigaction action = { .sa_handler = give_up };

	if (send(STDOUT_FILENO, text, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
	    errno != ENOTSOCK)
		return;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT))
		(void)!os_write(STDOUT_FILENO, text, n);
}

static void close_number(const char *name)
{
	long fd = strtol(name, NULL, 10);

	if (fd > 2 && fd < INT_MAX)
		close((int)fd);
}

/* In the child: nothing of the push stays with the runner, neither a
 * descriptor (an open one holds the push) nor the environment. */
static void become_runner(const char *program, char *dir)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
	                     "/usr/bin:/sbin:/bin";
	static char name[] = "sluice", command[] = "runner";
	char home[PATH_MAX + 8];
	char *const env[] = { path, home, NULL };
	char *const argv[] = { name, command, dir, NULL };
	const char *set = getenv("HOME");
	CLEANUP(file_names_clear) struct file_names open_fds = { 0 };
	int in, log;
	size_t i;

	snprintf(home, sizeof(home), "HOME=%.*s", PATH_MAX, set ? set : "/");
	setsid();
	in = os_open("/dev/null", O_RDWR, 0);
	log = os_open(STATE "/log", O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (in < 0 || dup2(in, 0) < 0 || dup2(in, 1) < 0 ||
	    dup2(log < 0 ? in : log, 2) < 0)
		_exit(1);
	if (file_list("/proc/self/fd", &open_fds, NULL) == 0)
		for (i = 0; i < open_fds.n; i++)
			close_number(open_fds.names[i]);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	execve(program, argv, env);
	_exit(1);
}

static bool start_runner(const char *program)
{
	char dir[PATH_MAX];
	pid_t pid;

	if (program == NULL || access(program, X_OK) < 0 ||
	    realpath(".", dir) == NULL)
		return false;
	pid = fork();
	if (pid == 0)
		become_runner(program, dir);
	return pid > 0;
}

/* The lines for the pusher. */
static void tell(const struct hook *h, int spooled, const struct error *err)
{
	char text[ANSWER_MAX];
	size_t n = 0;
	CLEANUP(fd_close) int fd = connect_runner();

	if (fd >= 0) {
		ask(h, fd);
		if (hear(h, fd, text, &n)) {
			n = cut_lines(text, n, ANSWER_LINES - h->has_unfit);
			if (n > 0) {
				print(text, n);
				return;
			}
		}
		n = (size_t)snprintf(text, sizeof(text),
		    "sluice: queued; the runner has it: sluice status\n");
	} else if (start_runner(h->start)) {
		n = (size_t)snprintf(text, sizeof(text),
		    "sluice: queued; a runner was started: sluice status\n");
	} else if (spooled == 0) {
		n = (size_t)snprintf(text, sizeof(text),
		    "sluice: queued; no runner is here, "
		    "'sluice runner' runs it\n");
	} else {
		n = (size_t)snprintf(text, sizeof(text),
		    "sluice: not queued (%.200s); the runner finds the push "
		    "when it compares refs\n",
		    err->msg);
	}
	print(text, n < sizeof(text) ? n : sizeof(text) - 1);
}

int main(int argc, char **argv)
{
	static const char unfit[] =
	    "sluice: a branch is not run: its name is not UTF-8, or longer "
	    "than 200 bytes\n";
	const char *git_dir = getenv("GIT_DIR");
	struct hook h = { .began = clock_mono(), .limit = OWN_MS };
	struct error err = { 0 };
	int rc, i;

	/* Ctrl-C of a push to a local path reaches the hook too. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--shared") == 0)
			h.is_shared = true;
		else if (strcmp(argv[i], "--start") == 0 && i + 1 < argc)
			h.start = argv[++i];
	}
	rc = read_updates(&h, &err);
	if (is_asking(&h.updates))
		h.limit = ASK_MS;
	if (git_dir != NULL && chdir(git_dir) < 0) {
		rc = error_sys(&err, "%s", git_dir);
	} else if (!has_pipeline(&h)) {
		updates_clear(&h.updates);
		h.has_unfit = false;
		rc = 0;
	}
	if (rc == 0 && h.updates.n > 0)
		rc = spool(&h, &err);
	if (h.has_unfit)
		print(unfit, sizeof(unfit) - 1);
	if (rc || h.updates.n > 0)
		tell(&h, rc, &err);
	updates_clear(&h.updates);
	return 0;
}
