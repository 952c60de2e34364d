#ifndef SLUICE_CACHE_TYPE_TIME_H
#define SLUICE_CACHE_TYPE_TIME_H
/*
 * type_time -- dates and times: read in the usual ways of writing them,
 * printed in the one way of a part. Private to cache.
 *
 * Read       2020-04-27, 08:03[:28[.513]], both with a blank or a T between;
 *            timestamptz with Z or an offset, +02, +0200, +02:00. A date may
 *            come as a timestamp of midnight, a timestamp as a date.
 * Printed    In UTC with +00, without zeros at the end of a fraction. Years
 *            0001 to 9999, as many as sort by their bytes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cache/type.h"

enum {
	TIME_TEXT = 48
};

/* The text of in as kind (date, time, timestamp, timestamptz) into out;
 * its length, or 0 where it does not fit. */
size_t time_print(enum type_kind kind, const char *p, size_t n,
    char out[TIME_TEXT]);

#endif
