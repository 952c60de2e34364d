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
 *                     short  that write takes half of its bytes, and says so
 *                     ERRNO  (a number) the call fails with it; calls that only
 *                            look (open, read, stat) are counted, too
 *   FAULT_EVER=1      and all calls behind it fail, too
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	if (shared == NULL || !is_struck(name))
		return false;
	if (plan.kills)
		die();
	errno = plan.code;
	return plan.code != 0;
}

/* A call that looks: it fails, but nobody dies there. */
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

/* what is said on a terminal is no data */
ssize_t write(int fd, const void *p, size_t n)
{
	long long before = shared ? atomic_load(&shared->struck) : 0;
	REAL(ssize_t, write, (int, const void *, size_t));

	if (fd != STDERR_FILENO && change("write"))
		return -1;
	if (plan.is_short && n > 1 && shared != NULL &&
	    atomic_load(&shared->struck) > before)
		n /= 2;
	return real(fd, p, n);
}

WRAP(change, ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
WRAP(change, ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at),
    (fd, p, n, at))
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
WRAP(look, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(look, ssize_t, pread, (int fd, void *p, size_t n, off_t at),
    (fd, p, n, at))
WRAP(look, ssize_t, pread64, (int fd, void *p, size_t n, off64_t at),
    (fd, p, n, at))
WRAP(look, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(look, int, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP(look, int, flock, (int fd, int op), (fd, op))

/* The counts of a program that is measured (make coverage) are no doing of its
 * own. What is read and written of them stays within the C library, unseen. */
static bool is_counts(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && strcmp(path + n - 5, ".gcda") == 0;
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
		if (!is_counts(a) &&                                         \
		    (flags & O_CREAT ? change(#name) : look(#name)))         \
			return -1;                                           \
		return real args;                                            \
	}

WRAP_OPEN(open, (const char *a, int flags, ...), (a, flags, mode))
WRAP_OPEN(open64, (const char *a, int flags, ...), (a, flags, mode))
WRAP_OPEN(openat, (int at, const char *a, int flags, ...), (at, a, flags, mode))
WRAP_OPEN(openat64, (int at, const char *a, int flags, ...),
    (at, a, flags, mode))
