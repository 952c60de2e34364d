/* joblock: see joblock.h. */
#include "runner/joblock.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/os.h"

enum {
	POLL_MS = 10
};

/* The holder before us removed the file when it was done: a lock on a file
 * that has no name any more locks nobody else out. */
static bool is_current(const struct joblock *lock)
{
	struct stat held, named;

	return os_fstat(lock->fd, &held) == 0 &&
	    os_lstat(lock->path, &named) == 0 && held.st_ino == named.st_ino &&
	    held.st_dev == named.st_dev;
}

int joblock_take(struct store *st, const struct digest *key,
    const atomic_bool *cancelled, struct joblock *out, struct error *err)
{
	char hex[DIGEST_HEX + 1];

	digest_print(key, hex);
	if (snprintf(out->path, sizeof(out->path), "%s/%s.lock",
	        store_temp_dir(st), hex) >= (int)sizeof(out->path))
		return error_set(err, ERROR_LIMIT,
		    "the store's path is too long");
	for (;;) {
		struct error why = { 0 };
		int rc = file_lock(out->path, false, &out->fd, &why);

		if (rc == 0 && is_current(out))
			return 0;
		if (rc == 0) {
			fd_close(&out->fd);
			continue;
		}
		if (rc != ERROR_BUSY)
			return error_set(err, why.code, "%s", why.msg);
		if (cancelled != NULL && atomic_load(cancelled))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		clock_sleep(POLL_MS);
	}
}

void joblock_release(struct joblock *lock)
{
	os_unlink(lock->path);
	fd_close(&lock->fd);
}
