/*
 * kill_at: ends the process with SIGKILL just before its Nth call of those that
 * change something outside of it. Loaded with LD_PRELOAD by the tests of death.
 *
 *   KILL_AT=N         the call at which it dies (0: never)
 *   KILL_COUNT=FILE   where a process that ends by itself writes how many it
 *                     made
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long kill_at = -1;

static void count(void)
{
	const char *at;

	if (kill_at < 0) {
		at = getenv("KILL_AT");
		kill_at = at ? atol(at) : 0;
	}
	if (atomic_fetch_add(&calls, 1) + 1 == kill_at)
		kill(getpid(), SIGKILL);
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

#define WRAP(type, name, params, args)                             \
	type name params                                           \
	{                                                          \
		static type(*real) params;                         \
		if (real == NULL)                                  \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		count();                                           \
		return real args;                                  \
	}

WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
WRAP(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at),
    (fd, p, n, at))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, renameat2, (int f, const char *a, int t, const char *b, unsigned n),
    (f, a, t, b, n))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, linkat, (int a, const char *b, int c, const char *d, int e),
    (a, b, c, d, e))
WRAP(int, unlink, (const char *a), (a))
WRAP(int, rmdir, (const char *a), (a))
WRAP(int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, ftruncate64, (int fd, off64_t n), (fd, n))
