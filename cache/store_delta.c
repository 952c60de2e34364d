/* store_delta: see store_delta.h. */
#include "cache/store_delta.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

#define SUFFIX ".delta"

void store_delta_path(const struct store *st, const struct digest *id,
    struct store_path *out)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(out->p, sizeof(out->p), "%s/blobs/%.2s/%s" SUFFIX, st->dir,
	    hex, hex + 2);
}

void store_trash_path(const struct store *st, const struct digest *id,
    bool is_delta, struct store_path *out)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(out->p, sizeof(out->p), "%s/trash/%s%s", st->dir, hex,
	    is_delta ? SUFFIX : "");
}

bool store_cut_delta(char *name)
{
	const size_t n = strlen(name), end = strlen(SUFFIX);

	if (n < end || strcmp(name + n - end, SUFFIX) != 0)
		return false;
	name[n - end] = '\0';
	return true;
}

/* -- reading -- */

int store_read_delta_head(const char *path, struct delta_head *out,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	char start[DELTA_HEAD_MOST];
	ssize_t got;
	int rc = store_open_name(path, &fd, err);

	if (rc)
		return rc;
	got = os_read(fd, start, sizeof(start));
	if (got < 0)
		return error_sys(err, "read %s", path);
	return delta_read_head((struct bytes){ start, (size_t)got }, out, err);
}

static bool is_plain(struct store *st, const struct digest *id)
{
	CLEANUP(fd_close) int fd = -1;

	return store_open_plain(st, id, &fd, NULL) == 0;
}

bool store_has_delta(struct store *st, const struct digest *id)
{
	struct store_path path;
	struct delta_head head = { 0 };
	struct stat info;
	size_t i = 0;

	store_delta_path(st, id, &path);
	/* nearly always there is none */
	if (os_lstat(path.p, &info) < 0 ||
	    store_read_delta_head(path.p, &head, NULL))
		return false;
	while (i < head.n && is_plain(st, &head.bases[i]))
		i++;
	return i == head.n;
}

/* Adds the bytes of a base; where it is not there the delta is worth nothing.
 */
static int add_base(struct store *st, const struct digest *id, struct buf *out,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct error why = { 0 };
	struct stat info;
	int rc = store_open_plain(st, id, &fd, &why);

	if (rc == 0 && os_fstat(fd, &info) < 0)
		rc = error_sys(&why, "stat a blob");
	if (rc == 0 && (!S_ISREG(info.st_mode) || info.st_size > DELTA_MOST))
		rc = ERROR_NOT_FOUND;
	if (rc == 0 && !buf_reserve(out, (size_t)info.st_size + 1))
		rc = error_memory(&why);
	if (rc == 0)
		rc = file_read_fd(fd, DELTA_MOST, out, &why);
	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT || rc == ERROR_LIMIT)
		return error_set(err, ERROR_CORRUPT,
		    "what a delta is made of is not there");
	return rc ? error_pass(err, &why) : 0;
}

int store_expand(struct store *st, int fd, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf delta = { 0 }, base = { 0 };
	struct delta_head head;
	size_t i;
	int rc = file_read_fd(fd, DELTA_MOST, &delta, err);

	if (rc == 0)
		rc = delta_read_head(buf_bytes(&delta), &head, err);
	for (i = 0; rc == 0 && i < head.n; i++)
		rc = add_base(st, &head.bases[i], &base, err);
	return rc ? rc
	          : delta_apply(buf_bytes(&delta), buf_bytes(&base), out, err);
}

int store_expand_file(struct store *st, int delta, int *fd, struct error *err)
{
	CLEANUP(fd_close) int temp = -1;
	CLEANUP(buf_clear) struct buf data = { 0 };
	char path[64];
	int rc;

	if ((rc = store_expand(st, delta, &data, err)) ||
	    (rc = file_open_temp(st->temp, &temp, err)) ||
	    (rc = file_write_fd(temp, buf_bytes(&data), err)))
		return rc;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", temp);
	*fd = os_open(path, O_RDONLY, 0);
	return *fd < 0 ? error_sys(err, "open %s", path) : 0;
}

/* -- making -- */

int store_sync_delta(struct store *st, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;

	if (st->is_lazy)
		return 0;
	fd = os_open(st->dir, O_RDONLY | O_DIRECTORY, 0);
	return fd >= 0 && os_syncfs(fd) == 0
	    ? 0
	    : error_sys(err, "sync the store %s", st->dir);
}

static int load_bases(struct store *st, struct store_delta *d, struct buf *base,
    struct error *err)
{
	size_t i, before;
	int rc = 0;

	for (i = 0; rc == 0 && i < d->n; i++) {
		before = base->n;
		rc = add_base(st, &d->bases[i], base, err);
		d->bytes[i] = base->n - before;
	}
	return rc;
}

/* Verified (a damaged one goes to quarantine), and young again, so that gc
 * leaves it; fine if refused. */
static int check_bases(struct store *st, const struct store_delta *d,
    const struct buf *base, struct error *err)
{
	struct store_path path;
	struct digest found;
	const char *p = base->p;
	size_t i;
	int rc;

	for (i = 0; i < d->n; i++) {
		rc = digest_of((struct bytes){ p, d->bytes[i] }, &found, err);
		if (rc == 0 && !digest_eq(&found, &d->bases[i])) {
			store_quarantine(st, &d->bases[i], NULL);
			rc = ERROR_CORRUPT;
		}
		if (rc)
			return rc;
		store_path_of(st, "blobs", &d->bases[i], &path);
		os_touch(path.p);
		p += d->bytes[i];
	}
	return store_sync_delta(st, err);
}

/* What is about to get a name for ever is looked at once more. */
static int check_delta(struct bytes delta, struct bytes base, struct bytes data,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf again = { 0 };
	int rc = delta_apply(delta, base, &again, err);

	if (rc)
		return rc;
	return bytes_eq(buf_bytes(&again), data) ? 0 : ERROR_CORRUPT;
}

int store_delta_make(struct store *st, struct bytes data, struct store_delta *d,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf base = { 0 };
	struct error why = { 0 };
	int rc = load_bases(st, d, &base, &why);

	buf_reset(&d->text);
	if (rc == 0)
		rc = delta_make(d->bases, d->n, buf_bytes(&base), data,
		    &d->text, &d->reached, &why);
	if (rc == 0)
		rc = check_delta(buf_bytes(&d->text), buf_bytes(&base), data,
		    &why);
	if (rc == 0)
		rc = check_bases(st, d, &base, &why);
	if (rc == ERROR_CORRUPT || rc == ERROR_NOT_FOUND || rc == ERROR_LIMIT)
		return ERROR_LIMIT;
	return rc ? error_pass(err, &why) : 0;
}
