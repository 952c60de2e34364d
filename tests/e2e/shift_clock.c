/*
 * shift_clock: another day. Loaded with LD_PRELOAD; SHIFT_CLOCK is how many
 * seconds the wall clock is ahead. The clock that only goes forward is left
 * alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *shift = getenv("SHIFT_CLOCK");
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, t);
	if (rc == 0 && shift != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += atol(shift);
	return rc;
}
