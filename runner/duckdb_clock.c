/* duckdb_clock: see duckdb_clock.h. */
#define _GNU_SOURCE
#include "runner/duckdb_clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* These are the C library's, for everybody in the process. */
int clock_of(clockid_t id, struct timespec *out) __asm__("clock_gettime");
int day_of(struct timeval *out, void *zone) __asm__("gettimeofday");
time_t seconds_of(time_t *out) __asm__("time");

struct pin {
	atomic_bool is_on;
	atomic_llong seconds; /* since 1970 */
};

/* One for the process, as what it stands for is. */
static struct pin *the_pin(void)
{
	static struct pin pin;

	return &pin;
}

static bool is_time_of_day(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ||
	    id == CLOCK_TAI;
}

int clock_of(clockid_t id, struct timespec *out)
{
	struct pin *pin = the_pin();

	if (!atomic_load(&pin->is_on) || !is_time_of_day(id))
		return (int)syscall(SYS_clock_gettime, id, out);
	*out = (struct timespec){ (time_t)atomic_load(&pin->seconds), 0 };
	return 0;
}

int day_of(struct timeval *out, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_of(CLOCK_REALTIME, &now);
	*out = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t seconds_of(time_t *out)
{
	struct timespec now;

	clock_of(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

void duckdb_clock_pin(int64_t days)
{
	struct pin *pin = the_pin();

	atomic_store(&pin->seconds, (long long)days * 86400);
	atomic_store(&pin->is_on, true);
}

void duckdb_clock_release(void)
{
	atomic_store(&the_pin()->is_on, false);
}
