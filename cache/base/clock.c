/* clock: see clock.h. */
#include "cache/base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static struct tm utc_of(int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&s, &tm);
	return tm;
}

int64_t clock_from_seconds(int64_t seconds)
{
	const int64_t least = -30610224000, most = 253402300799;

	if (seconds < least)
		seconds = least;
	return (seconds > most ? most : seconds) * 1000;
}

void clock_print(int64_t ms, char out[CLOCK_TEXT])
{
	struct tm tm = utc_of(ms);

	out[strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm)] = '\0';
}

void clock_print_date(int64_t ms, char out[CLOCK_TEXT])
{
	struct tm tm = utc_of(ms);

	out[strftime(out, CLOCK_TEXT, "%Y-%m-%d", &tm)] = '\0';
}

void clock_sleep(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}
