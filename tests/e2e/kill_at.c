/*
 * kill_at: ends a process with SIGKILL just before its Nth call of those that
 * change something outside of it, or makes that call fail. Loaded with
 * LD_PRELOAD by the tests of death; it sees what SQLite, libgit2 and git call,
 * too.
 *
 *   KILL_AT=N         the call at which it dies, counted in each process by
 *                     itself (0: never)
 *   KILL_COUNT=FILE   where a process that ends by itself writes how many it
 *                     made
 *
 * or, counted over all processes that have the environment:
 *
 *   FAULT_FILE=FILE   struct shared below, all zero at first: the counter
 *   FAULT_AT=N        the call at which it happens (0: never)
 *   FAULT_KIND=WHAT   kill   that process dies
 *                     all    so does each other, at its next call
 *                     short  that write takes half of its bytes, and says so;
 *                            writes alone are counted
 *                     ERRNO  (a number) the call fails with it; counted are
 *                            also calls that look (open, read, stat, readdir)
 *                            or make what is the process's own (fork, pipe,
 *                            socket, mmap)
 *   FAULT_EVER=1      and all calls behind it fail, too
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* tests/fault/fault.py reads it as "<qq48s". */
struct shared {
	atomic_llong calls, struck;
	char name[48]; /* of the call that was struck first */
};

static atomic_long calls;
static long kill_at = -1;
static struct shared *shared;
static struct {
	long long at;
	int code; /* 0: none */
	bool kills, kills_all, is_short, is_ever;
} plan;

static void read_plan(void)
{
	const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");

	plan.at = at ? atoll(at) : 0;
	plan.is_ever = getenv("FAULT_EVER") != NULL;
	if (kind == NULL)
		return;
	plan.kills_all = strcmp(kind, "all") == 0;
	plan.kills = plan.kills_all || strcmp(kind, "kill") == 0;
	plan.is_short = strcmp(kind, "short") == 0;
	plan.code = atoi(kind);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULT_FILE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd < 0)
		return;
	read_plan();
	p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	close(fd);
	if (p != MAP_FAILED)
		shared = p;
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	/* what runs SQL may not kill, not even itself */
	_exit(128 + SIGKILL);
}

/* Whether the fault is to happen at this call. */
static bool is_struck(const char *name)
{
	long long n = atomic_fetch_add(&shared->calls, 1) + 1;

	if (plan.at == 0 || n < plan.at ||
	    (n > plan.at && !plan.is_ever && !plan.kills_all))
		return false;
	if (atomic_fetch_add(&shared->struck, 1) == 0)
		strncpy(shared->name, name, sizeof(shared->name) - 1);
	return true;
}

/* A call that changes something. True where it is to fail; errno is set. */
static bool change(const char *name)
{
	const char *at;

	if (kill_at < 0) {
		at = getenv("KILL_AT");
		kill_at = at ? atol(at) : 0;
	}
	if (atomic_fetch_add(&calls, 1) + 1 == kill_at)
		die();
	if (shared == NULL || plan.is_short || !is_struck(name))
		return false;
	if (plan.kills)
		die();
	errno = plan.code;
	return plan.code != 0;
}

/* A call that looks, or makes what is the process's own: it fails, but nobody
 * dies there. */
static bool look(const char *name)
{
	if (shared == NULL || plan.code == 0 || !is_struck(name))
		return false;
	errno = plan.code;
	return true;
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("KILL_COUNT");
	FILE *out = path ? fopen(path, "w") : NULL;

	if (out != NULL) {
		fprintf(out, "%ld\n", atomic_load(&calls));
		fclose(out);
	}
}

#define REAL(type, name, params)   \
	static type(*real) params; \
	if (real == NULL)          \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

#define WRAP(how, type, name, params, args) \
	type name params                    \
	{                                   \
		REAL(type, name, params);   \
		if (how(#name))             \
			return -1;          \
		return real args;           \
	}

/* How many of n bytes this write is to take. */
static size_t taken(const char *name, size_t n)
{
	if (shared == NULL || !plan.is_short || n < 2 || !is_struck(name))
		return n;
	return n / 2;
}

/* what is said on a terminal is no data */
ssize_t write(int fd, const void *p, size_t n)
{
	REAL(ssize_t, write, (int, const void *, size_t));

	if (fd == STDERR_FILENO)
		return real(fd, p, n);
	if (change("write"))
		return -1;
	return real(fd, p, taken("write", n));
}

#define WRAP_WRITE(name, params, args)       \
	ssize_t name params                  \
	{                                    \
		REAL(ssize_t, name, params); \
		if (change(#name))           \
			return -1;           \
		n = taken(#name, n);         \
		return real args;            \
	}

WRAP_WRITE(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
WRAP_WRITE(pwrite64, (int fd, const void *p, size_t n, off64_t at),
    (fd, p, n, at))
WRAP_WRITE(send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags))
WRAP(change, int, fsync, (int fd), (fd))
WRAP(change, int, fdatasync, (int fd), (fd))
WRAP(change, int, syncfs, (int fd), (fd))
WRAP(change, int, rename, (const char *a, const char *b), (a, b))
WRAP(change, int, renameat2,
    (int f, const char *a, int t, const char *b, unsigned n), (f, a, t, b, n))
WRAP(change, int, link, (const char *a, const char *b), (a, b))
WRAP(change, int, linkat, (int a, const char *b, int c, const char *d, int e),
    (a, b, c, d, e))
WRAP(change, int, unlink, (const char *a), (a))
WRAP(change, int, rmdir, (const char *a), (a))
WRAP(change, int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(change, int, chmod, (const char *a, mode_t m), (a, m))
WRAP(change, int, fchmod, (int fd, mode_t m), (fd, m))
WRAP(change, int, mkostemp, (char *a, int flags), (a, flags))
WRAP(change, int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(change, int, ftruncate64, (int fd, off64_t n), (fd, n))
WRAP(change, int, symlink, (const char *a, const char *b), (a, b))
WRAP(change, int, unlinkat, (int at, const char *a, int flags), (at, a, flags))
WRAP(change, int, fchmodat, (int at, const char *a, mode_t m, int flags),
    (at, a, m, flags))
WRAP(change, int, chown, (const char *a, uid_t u, gid_t g), (a, u, g))
WRAP(change, int, futimens, (int fd, const struct timespec t[2]), (fd, t))
WRAP(change, int, utimensat,
    (int at, const char *a, const struct timespec t[2], int flags),
    (at, a, t, flags))
WRAP(change, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
WRAP(look, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(look, ssize_t, pread, (int fd, void *p, size_t n, off_t at),
    (fd, p, n, at))
WRAP(look, ssize_t, pread64, (int fd, void *p, size_t n, off64_t at),
    (fd, p, n, at))
WRAP(look, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(look, int, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP(look, int, stat, (const char *a, struct stat *st), (a, st))
WRAP(look, int, stat64, (const char *a, struct stat64 *st), (a, st))
WRAP(look, int, lstat, (const char *a, struct stat *st), (a, st))
WRAP(look, int, lstat64, (const char *a, struct stat64 *st), (a, st))
WRAP(look, int, fstatat, (int at, const char *a, struct stat *st, int flags),
    (at, a, st, flags))
WRAP(look, int, fstatat64,
    (int at, const char *a, struct stat64 *st, int flags), (at, a, st, flags))
WRAP(look, int, access, (const char *a, int mode), (a, mode))
WRAP(look, ssize_t, readlink, (const char *a, char *to, size_t n), (a, to, n))
WRAP(look, int, flock, (int fd, int op), (fd, op))
WRAP(look, int, pipe, (int fds[2]), (fds))
WRAP(look, int, pipe2, (int fds[2], int flags), (fds, flags))
WRAP(look, int, socketpair, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds))
WRAP(look, int, socket, (int domain, int type, int protocol),
    (domain, type, protocol))
WRAP(look, int, connect, (int fd, const struct sockaddr *to, socklen_t n),
    (fd, to, n))
WRAP(look, ssize_t, recv, (int fd, void *p, size_t n, int flags),
    (fd, p, n, flags))
WRAP(look, ssize_t, recvmsg, (int fd, struct msghdr *m, int flags),
    (fd, m, flags))
WRAP(look, int, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(look, pid_t, fork, (void), ())

/* git takes a readdir that fails for the end of the directory (2.39, also where
 * a push's objects leave quarantine: they are lost, and the push is told good).
 * That is git's, and nobody behind it can mend it. */
static bool look_unless_git(const char *name)
{
	return strncmp(program_invocation_short_name, "git", 3) != 0 &&
	    look(name);
}

#define WRAP_POINTER(how, type, name, params, args, wrong) \
	type name params                                   \
	{                                                  \
		REAL(type, name, params);                  \
		if (how(#name))                            \
			return wrong;                      \
		return real args;                          \
	}

WRAP_POINTER(change, char *, mkdtemp, (char *a), (a), NULL)
WRAP_POINTER(look, DIR *, opendir, (const char *a), (a), NULL)
WRAP_POINTER(look, DIR *, fdopendir, (int fd), (fd), NULL)
WRAP_POINTER(look_unless_git, struct dirent *, readdir, (DIR * dir), (dir),
    NULL)
WRAP_POINTER(look_unless_git, struct dirent64 *, readdir64, (DIR * dir), (dir),
    NULL)
WRAP_POINTER(look, void *, mmap,
    (void *at, size_t n, int prot, int flags, int fd, off_t from),
    (at, n, prot, flags, fd, from), MAP_FAILED)
WRAP_POINTER(look, void *, mmap64,
    (void *at, size_t n, int prot, int flags, int fd, off64_t from),
    (at, n, prot, flags, fd, from), MAP_FAILED)

/* these two say what is wrong themselves */
WRAP_POINTER(look, int, posix_spawn,
    (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions,
        const posix_spawnattr_t *attributes, char *const argv[],
        char *const env[]),
    (pid, path, actions, attributes, argv, env), errno)
WRAP_POINTER(look, int, pthread_create,
    (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *),
        void *arg),
    (thread, attributes, run, arg), errno)

/* The descriptor is gone, whatever it says. */
int close(int fd)
{
	int rc;
	REAL(int, close, (int));

	rc = real(fd);
	return look("close") ? -1 : rc;
}

/* Of what has no function of its own, openat2 alone is counted. */
long syscall(long number, ...)
{
	long a[6];
	va_list ap;
	REAL(long, syscall, (long, ...));

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && look("openat2"))
		return -1;
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define WRAP_OPEN(name, params, args)                                        \
	int name params                                                      \
	{                                                                    \
		mode_t mode = 0;                                             \
		va_list ap;                                                  \
		REAL(int, name, params);                                     \
		if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_start(ap, flags);                                 \
			mode = va_arg(ap, mode_t);                           \
			va_end(ap);                                          \
		}                                                            \
		if (flags & O_CREAT ? change(#name) : look(#name))           \
			return -1;                                           \
		return real args;                                            \
	}

WRAP_OPEN(open, (const char *a, int flags, ...), (a, flags, mode))
WRAP_OPEN(open64, (const char *a, int flags, ...), (a, flags, mode))
WRAP_OPEN(openat, (int at, const char *a, int flags, ...), (at, a, flags, mode))
WRAP_OPEN(openat64, (int at, const char *a, int flags, ...),
    (at, a, flags, mode))
