/*
 * fault_mem: our own Nth allocation fails, once or from then on. Linked into
 * each program of the flavours `oom` and `coverage` with -Wl,--wrap=malloc and
 * the like, which replaces the calls of our objects and not those of libraries:
 * they may die of it, and workers are crash-only. Without PROGRAM.mem beside
 * the program nothing happens.
 *
 *   PROGRAM.mem   beside the program: "AT EVER" (EVER 0 or 1; AT 0: count
 *                 only). A file, because workers are given no environment
 *   PROGRAM.n     how many allocations a process made, at most: a long
 *   PROGRAM.ways  where it is there, and AT is 0: a bit for each step from a
 *                 function of ours to the next on the way to an allocation; the
 *                 processes add theirs
 *   PROGRAM.new   the numbers of the allocations that added one: lines
 *   PROGRAM.asan  what the sanitizers have to say
 */
#define _GNU_SOURCE
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

#pragma weak __sanitizer_set_report_fd /* coverage has no sanitizer */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
const char *__lsan_default_suppressions(void);

enum {
	WAYS = 1 << 21, /* bits */
	DEEP = 64
};

extern const char __executable_start[], etext[];

static struct {
	atomic_long n;
	long at;
	int is_ever;
	long *most; /* of all processes of the program, in a file; or NULL */
	atomic_uchar *ways; /* so, too */
	int told; /* PROGRAM.new */
	char path[PATH_MAX];
} plan;

/* PROGRAM and a suffix. */
static const char *beside(const char *suffix, char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 16);

	out[n > 0 ? n : 0] = '\0';
	return strcat(out, suffix);
}

/* size bytes that all processes of the program share; NULL: no such file. */
static void *map_file(const char *suffix, int flags, size_t size)
{
	int fd =
	    open(beside(suffix, plan.path), O_RDWR | O_CLOEXEC | flags, 0644);
	void *p = fd < 0 || ftruncate(fd, (off_t)size) < 0
	    ? MAP_FAILED
	    : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void begin_ways(void)
{
	void *frame;

	plan.ways = map_file(".ways", 0, WAYS / 8);
	plan.told = open(beside(".new", plan.path),
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	backtrace(&frame, 1); /* loads what it needs, before it is locked in */
}

/* Whether the stack has a step that none had before: from one function of ours
 * to another, whatever is of libraries between them. */
static int is_new_way(void)
{
	void *frames[DEEP];
	int i, n = backtrace(frames, DEEP), is_new = 0;
	size_t before = 0;

	for (i = 2; i < n; i++) {
		const char *at = frames[i];
		size_t here = (size_t)(at - __executable_start);
		size_t bit = (before * 31 + here) * 2654435761U % WAYS;
		unsigned char mask = (unsigned char)(1 << bit % 8);

		if (at < __executable_start || at >= etext)
			continue;
		is_new |= !(atomic_fetch_or(&plan.ways[bit / 8], mask) & mask);
		before = here;
	}
	return is_new;
}

static void look_around(long n)
{
	char line[32];
	int size = snprintf(line, sizeof(line), "%ld\n", n);

	if (is_new_way() && write(plan.told, line, (size_t)size) != size)
		abort();
}

__attribute__((constructor)) static void begin(void)
{
	char text[64] = "";
	int fd = open(beside(".mem", plan.path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* open before a worker locks itself in, and true however it ends */
	if (__sanitizer_set_report_fd != NULL)
		__sanitizer_set_report_fd(
		    (void *)(intptr_t)open(beside(".asan", plan.path),
		        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
	plan.most = map_file(".n", O_CREAT, sizeof(long));
	if (read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%ld %d", &plan.at, &plan.is_ever);
	close(fd);
	if (plan.at == 0)
		begin_ways();
	atomic_store(&plan.n, 0);
}

static int fails(void)
{
	long n = atomic_fetch_add(&plan.n, 1) + 1;

	if (plan.ways != NULL)
		look_around(n);
	if (plan.most != NULL && n > *plan.most)
		*plan.most = n;
	return plan.at > 0 && (n == plan.at || (n > plan.at && plan.is_ever));
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* as tests/lsan.supp */
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2\n";
}
