/* joblock: see joblock.h. */
#include "runner/joblock.h"

#include <limits.h>
#include <stdio.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"

enum {
	POLL_MOST_MS = 16
};

static uint64_t place_of(const struct digest *key)
{
	uint64_t place = 0;
	size_t i;

	for (i = 0; i < sizeof(place); i++)
		place = place << 8 | key->bytes[i];
	return place >> 1;
}

int joblock_take(struct store *st, const struct digest *key,
    const atomic_bool *cancelled, int *fd, struct error *err)
{
	char path[PATH_MAX];
	int64_t pause = 1;

	if (snprintf(path, sizeof(path), "%s/.jobs", store_temp_dir(st)) >=
	    (int)sizeof(path))
		return error_set(err, ERROR_LIMIT,
		    "the store's path is too long");
	for (;;) {
		struct error why = { 0 };
		int rc = file_lock_place(path, place_of(key), fd, &why);

		if (rc == 0)
			return 0;
		if (rc != ERROR_BUSY)
			return error_set(err, why.code, "%s", why.msg);
		if (cancelled != NULL && atomic_load(cancelled))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		clock_sleep(pause);
		if (pause < POLL_MOST_MS)
			pause *= 2;
	}
}
