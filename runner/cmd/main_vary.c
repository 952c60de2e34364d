/* sluice-vary.so: other surroundings for a command that is executed twice
 * (runner/vary.h). The sandbox preloads it into all that the command starts.
 *
 * What a machine may answer otherwise at another time, or another machine may,
 * is answered otherwise here: the date and the time of day, how many
 * processors there are, in which order a directory lists its files, which of
 * the threads and processes that are started together comes first. What the
 * sandbox promises to be the same (user, host, variables) stays so. Each
 * answer is one that the C library might have given. Programs without the C
 * library's loader (Go, musl) do not see it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	/* 400 days, 5 hours, 17 minutes and 43 seconds: nothing that a clock
	 * face or a calendar shows is the same then */
	AHEAD = ((400 * 24 + 5) * 60 + 17) * 60 + 43,
	LATE_MOST = 4, /* so many threads, and so many processes, are late */
	LATE_NS = 4000000,
	CPUS = 3, /* as runner/vary.c says; or, where there are so many: */
	CPUS_ELSE = 5,
};

/* These are the C library's, for everybody in the process. */
int vary_clock_gettime(clockid_t id, struct timespec *out) __asm__(
    "clock_gettime");
int vary_gettimeofday(struct timeval *restrict out,
    void *restrict zone) __asm__("gettimeofday");
time_t vary_time(time_t *out) __asm__("time");
int vary_timespec_get(struct timespec *out, int base) __asm__("timespec_get");
int vary_pthread_cond_timedwait(pthread_cond_t *restrict c,
    pthread_mutex_t *restrict m,
    const struct timespec *restrict until) __asm__("pthread_cond_timedwait");
int vary_pthread_mutex_timedlock(pthread_mutex_t *restrict m,
    const struct timespec *restrict until) __asm__("pthread_mutex_timedlock");
int vary_sem_timedwait(sem_t *restrict s,
    const struct timespec *restrict until) __asm__("sem_timedwait");
long vary_sysconf(int name) __asm__("sysconf");
int vary_get_nprocs(void) __asm__("get_nprocs");
int vary_get_nprocs_conf(void) __asm__("get_nprocs_conf");
int vary_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *out) __asm__(
    "sched_getaffinity");
struct dirent *vary_readdir(DIR *dir) __asm__("readdir");
struct dirent64 *vary_readdir64(DIR *dir) __asm__("readdir64");
void vary_rewinddir(DIR *dir) __asm__("rewinddir");
int vary_closedir(DIR *dir) __asm__("closedir");
int vary_pthread_create(pthread_t *restrict out,
    const pthread_attr_t *restrict attributes, void *(*start)(void *),
    void *restrict payload) __asm__("pthread_create");
pid_t vary_fork(void) __asm__("fork");

/* A function of the C library's, as `to` is declared. */
#define NEXT(to, name)                                 \
	do {                                           \
		void *found_ = dlsym(RTLD_NEXT, name); \
		memcpy(&(to), &found_, sizeof(to));    \
	} while (0)

/* -- the time of day -- */

typedef int clock_fn(clockid_t, struct timespec *);

static int real_clock(clockid_t id, struct timespec *out)
{
	static clock_fn *next;

	if (next == NULL)
		NEXT(next, "clock_gettime");
	return next(id, out);
}

int vary_clock_gettime(clockid_t id, struct timespec *out)
{
	int rc = real_clock(id, out);

	if (rc == 0 &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ||
	        id == CLOCK_TAI))
		out->tv_sec += AHEAD;
	return rc;
}

int vary_gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	if (zone != NULL)
		memset(zone, 0, sizeof(struct timezone));
	if (vary_clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t vary_time(time_t *out)
{
	struct timespec now = { 0 };

	vary_clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int vary_timespec_get(struct timespec *out, int base)
{
	if (base != TIME_UTC)
		return 0;
	return vary_clock_gettime(CLOCK_REALTIME, out) < 0 ? 0 : base;
}

/* Who waits until a moment of our time is to wait until the kernel's. One of
 * the monotonic clock is years from it. */
static struct timespec kernels(const struct timespec *ours)
{
	struct timespec now = { 0 }, out = *ours;

	real_clock(CLOCK_REALTIME, &now);
	if (out.tv_sec > now.tv_sec / 2)
		out.tv_sec -= AHEAD;
	return out;
}

int vary_pthread_cond_timedwait(pthread_cond_t *restrict c,
    pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
	static int (*next)(pthread_cond_t *, pthread_mutex_t *,
	    const struct timespec *);
	struct timespec then = kernels(until);

	if (next == NULL) { /* there is an older one, of another shape */
		void *found =
		    dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");

		if (found != NULL)
			memcpy(&next, &found, sizeof(next));
		else
			NEXT(next, "pthread_cond_timedwait");
	}
	return next(c, m, &then);
}

int vary_pthread_mutex_timedlock(pthread_mutex_t *restrict m,
    const struct timespec *restrict until)
{
	static int (*next)(pthread_mutex_t *, const struct timespec *);
	struct timespec then = kernels(until);

	if (next == NULL)
		NEXT(next, "pthread_mutex_timedlock");
	return next(m, &then);
}

int vary_sem_timedwait(sem_t *restrict s, const struct timespec *restrict until)
{
	static int (*next)(sem_t *, const struct timespec *);
	struct timespec then = kernels(until);

	if (next == NULL)
		NEXT(next, "sem_timedwait");
	return next(s, &then);
}

/* -- processors -- */

static int cpus(void)
{
	static long (*next)(int);

	if (next == NULL)
		NEXT(next, "sysconf");
	return next(_SC_NPROCESSORS_ONLN) == CPUS ? CPUS_ELSE : CPUS;
}

long vary_sysconf(int name)
{
	static long (*next)(int);

	if (next == NULL)
		NEXT(next, "sysconf");
	return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF
	    ? cpus()
	    : next(name);
}

int vary_get_nprocs(void)
{
	return cpus();
}

int vary_get_nprocs_conf(void)
{
	return cpus();
}

int vary_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *out)
{
	static int (*next)(pid_t, size_t, cpu_set_t *);
	int i, rc;

	if (next == NULL)
		NEXT(next, "sched_getaffinity");
	rc = next(pid, size, out);
	if (rc < 0)
		return rc;
	memset(out, 0, size);
	for (i = 0; i < cpus(); i++)
		CPU_SET_S(i, size, out);
	return rc;
}

/* -- the order of a directory -- */

/* An entry, and the one that was read before it. */
struct item {
	struct dirent entry;
	struct item *before;
};

/* A directory that is being read: its entries, to be given backwards. */
struct listing {
	DIR *dir;
	struct item *last, *at;
	struct listing *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct listing *listings;

static struct dirent *real_readdir(DIR *dir)
{
	static struct dirent *(*next)(DIR *);

	if (next == NULL)
		NEXT(next, "readdir");
	return next(dir);
}

/* With the lock. */
static struct listing **find_listing(DIR *dir)
{
	struct listing **l = &listings;

	while (*l != NULL && (*l)->dir != dir)
		l = &(*l)->next;
	return l;
}

static void forget(DIR *dir)
{
	struct listing **at, *l;
	struct item *i, *before;

	pthread_mutex_lock(&lock);
	at = find_listing(dir);
	l = *at;
	if (l != NULL)
		*at = l->next;
	pthread_mutex_unlock(&lock);
	for (i = l ? l->last : NULL; i != NULL; i = before) {
		before = i->before;
		free(i);
	}
	free(l);
}

/* Half a directory would be a lie: without memory this ends the program. */
static void add_entry(struct listing *l, const struct dirent *e)
{
	struct item *i = calloc(1, sizeof(*i));

	if (i == NULL)
		abort();
	memcpy(&i->entry, e,
	    e->d_reclen < sizeof(*e) ? e->d_reclen : sizeof(*e));
	i->before = l->last;
	l->last = l->at = i;
}

static struct listing *read_all(DIR *dir)
{
	struct listing *l = calloc(1, sizeof(*l));
	const struct dirent *e;

	if (l == NULL)
		abort();
	l->dir = dir;
	while ((e = real_readdir(dir)) != NULL)
		add_entry(l, e);
	l->next = listings;
	listings = l;
	return l;
}

struct dirent *vary_readdir(DIR *dir)
{
	struct dirent *e = NULL;
	struct listing *l;

	pthread_mutex_lock(&lock);
	l = *find_listing(dir);
	if (l == NULL)
		l = read_all(dir);
	if (l->at != NULL) {
		e = &l->at->entry;
		l->at = l->at->before;
	}
	pthread_mutex_unlock(&lock);
	return e;
}

struct dirent64 *vary_readdir64(DIR *dir)
{
	union {
		struct dirent *e;
		struct dirent64 *e64; /* the same on 64 bits */
	} same = { vary_readdir(dir) };

	return same.e64;
}

void vary_rewinddir(DIR *dir)
{
	static void (*next)(DIR *);

	if (next == NULL)
		NEXT(next, "rewinddir");
	forget(dir);
	next(dir);
}

int vary_closedir(DIR *dir)
{
	static int (*next)(DIR *);

	if (next == NULL)
		NEXT(next, "closedir");
	forget(dir);
	return next(dir);
}

/* -- who comes first -- */

/* The first that is started is the last to begin. */
static void be_late(int nth)
{
	const struct timespec wait = { 0, (long)(LATE_MOST - nth) * LATE_NS };

	if (nth < LATE_MOST)
		nanosleep(&wait, NULL);
}

struct beginning {
	void *(*start)(void *);
	void *payload;
	int nth;
};

static void *begin(void *payload)
{
	struct beginning b = *(struct beginning *)payload;

	free(payload);
	be_late(b.nth);
	return b.start(b.payload);
}

int vary_pthread_create(pthread_t *restrict out,
    const pthread_attr_t *restrict attributes, void *(*start)(void *),
    void *restrict payload)
{
	static int (*next)(pthread_t *, const pthread_attr_t *,
	    void *(*)(void *), void *);
	static int n;
	struct beginning *b = malloc(sizeof(*b));
	int rc;

	if (next == NULL)
		NEXT(next, "pthread_create");
	if (b == NULL)
		return next(out, attributes, start, payload);
	*b = (struct beginning){ start, payload, n };
	n += n < LATE_MOST;
	rc = next(out, attributes, begin, b);
	if (rc)
		free(b);
	return rc;
}

pid_t vary_fork(void)
{
	static pid_t (*next)(void);
	static int n;
	int nth = n;
	pid_t pid;

	if (next == NULL)
		NEXT(next, "fork");
	pid = next();
	if (pid == 0) {
		n = 0;
		be_late(nth);
	} else if (pid > 0 && n < LATE_MOST) {
		n++;
	}
	return pid;
}
