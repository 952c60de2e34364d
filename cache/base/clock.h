#ifndef SLUICE_CACHE_BASE_CLOCK_H
#define SLUICE_CACHE_BASE_CLOCK_H
/*
 * clock -- the time: for records and limits, never for keys or order.
 */
#include <stdint.h>

enum {
	CLOCK_TEXT = 32
};

/* Milliseconds since 1970, UTC; jumps when somebody sets the clock. */
int64_t clock_now(void);

/* Milliseconds that only go forward: for limits and durations. */
int64_t clock_mono(void);

/* Seconds since 1970 that somebody else wrote, as milliseconds: what no year of
 * four digits has is the first or last moment that one has. */
int64_t clock_from_seconds(int64_t seconds);

/* "2026-11-20T08:03:28Z" of milliseconds since 1970, and "2026-11-20". */
void clock_print(int64_t ms, char out[CLOCK_TEXT]);
void clock_print_date(int64_t ms, char out[CLOCK_TEXT]);

/* Sleeps ms milliseconds (for backoff, never in place of a condition). */
void clock_sleep(int64_t ms);

#endif
