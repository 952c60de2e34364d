/* store_unsynced: syncs that are put off (store_open_lazy), and what is owed
 * after a power cut.
 *
 * Whoever puts syncs off first leaves a mark, durably, and holds its lock:
 * DIR/tmp/unsynced/BOOT.PID.N, BOOT being the kernel's name for the time since
 * it was started. While that time lasts the page cache has all that was
 * written, whoever dies. A mark of another time says that what was written
 * since it was made may be torn: that is read once, and what is wrong goes to
 * quarantine, before the store is used. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/result.h"
#include "cache/store_delta.h"

enum {
	MARK_TRIES = 100
};

static const int64_t margin_ms = 24 * 3600 * 1000; /* clocks are set back */

static void mark_path(const struct store *st, const char *name,
    struct store_path *out)
{
	store_path_in(st, "tmp/unsynced", name, out);
}

/* The kernel's own name for this boot, a UUID; "" where it does not say. */
static void read_boot(char out[STORE_BOOT_MAX])
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	out[0] = '\0';
	if (file_read("/proc/sys/kernel/random/boot_id", 4096, &text, NULL))
		return;
	snprintf(out, STORE_BOOT_MAX, "%.*s", (int)strcspn(text.p, "\n"),
	    text.p);
}

static bool is_of_boot(const char *mark, const char *boot)
{
	size_t n = strlen(boot);

	return n > 0 && strncmp(mark, boot, n) == 0 && mark[n] == '.';
}

/* The marks that are there, whosever they are. */
static int list_marks(const struct store *st, struct file_names *out,
    struct error *err)
{
	struct store_path dir;
	struct error why = { 0 };
	int rc;

	mark_path(st, "", &dir);
	rc = file_list(dir.p, out, &why);
	if (rc == 0 || rc == ERROR_NOT_FOUND)
		return 0;
	return error_set(err, why.code, "%s", why.msg);
}

/* -- putting off -- */

int store_lazy_init(struct store *st, struct error *err)
{
	struct store_path dir, tmp;
	int rc;

	read_boot(st->boot);
	if (st->boot[0] == '\0')
		return 0; /* nothing is put off, then */
	mark_path(st, "", &dir);
	if (!file_exists(dir.p)) {
		store_path_in(st, "tmp", "", &tmp);
		if ((rc = file_make_dirs(dir.p, err)) ||
		    (rc = file_sync_dir(tmp.p, err)))
			return rc;
	}
	if (pthread_mutex_init(&st->lock, NULL) != 0)
		return error_memory(err);
	st->is_lazy = true;
	return 0;
}

void store_lazy_clear(struct store *st)
{
	if (!st->is_lazy)
		return;
	fd_close(&st->mark);
	digest_set_clear(&st->blobs);
	digest_set_clear(&st->results);
	pthread_mutex_destroy(&st->lock);
}

/* Another may have taken the mark for that of a dead process, between its
 * making and its locking. */
static bool is_there(int fd, const char *path)
{
	struct stat held, named;

	return os_fstat(fd, &held) == 0 && os_lstat(path, &named) == 0 &&
	    held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static int make_mark(struct store *st, struct error *err)
{
	struct store_path path, dir;
	int n, rc = ERROR_BUSY;

	for (n = 0; rc == ERROR_BUSY && n < MARK_TRIES; n++) {
		struct error why = { 0 };

		snprintf(st->mark_name, sizeof(st->mark_name), "%s.%ld.%lld",
		    st->boot, (long)getpid(), (long long)clock_mono() + n);
		mark_path(st, st->mark_name, &path);
		rc = file_lock(path.p, false, &st->mark, &why);
		if (rc == 0 && !is_there(st->mark, path.p)) {
			fd_close(&st->mark);
			rc = ERROR_BUSY;
		}
		if (rc && rc != ERROR_BUSY)
			return error_set(err, why.code, "%s", why.msg);
	}
	mark_path(st, "", &dir);
	if (rc == 0 && (rc = file_sync_dir(dir.p, err)) != 0)
		fd_close(&st->mark);
	return rc == ERROR_BUSY
	    ? error_set(err, rc, "%s cannot be marked", st->dir)
	    : rc;
}

int store_lazy_note(struct store *st, bool is_result, const struct digest *id,
    struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&st->lock);
	if (st->mark < 0)
		rc = make_mark(st, err);
	if (rc == 0)
		rc = digest_set_add(is_result ? &st->results : &st->blobs, id,
		    NULL, err);
	pthread_mutex_unlock(&st->lock);
	return rc;
}

/* -- the sync -- */

/* The disk has failed, and the kernel may have dropped what it could not
 * write: none of these names is to be trusted. */
static void take_back(const struct store *st, const char *kind,
    const struct digest_set *ids)
{
	struct store_path path;
	size_t i;

	for (i = 0; i < ids->n; i++) {
		store_path_of(st, kind, &ids->items[i], &path);
		os_unlink(path.p);
		if (strcmp(kind, "blobs") != 0)
			continue;
		store_delta_path(st, &ids->items[i], &path);
		os_unlink(path.p);
	}
}

static int sync_all(struct store *st, struct error *err)
{
	CLEANUP(fd_close) int fd = os_open(st->dir, O_RDONLY | O_DIRECTORY, 0);

	if (fd >= 0 && os_syncfs(fd) == 0)
		return 0;
	error_sys(err, "sync the store %s", st->dir);
	take_back(st, "results", &st->results);
	take_back(st, "blobs", &st->blobs);
	return ERROR_IO;
}

/* Locks the marks that the dead of this boot left, before the sync: what they
 * wrote is written by it. */
static void lock_dead(const struct store *st, struct file_names *marks,
    int *locks)
{
	struct store_path path;
	size_t i;

	for (i = 0; i < marks->n; i++) {
		locks[i] = -1;
		mark_path(st, marks->names[i], &path);
		if (is_of_boot(marks->names[i], st->boot) &&
		    strcmp(marks->names[i], st->mark_name) != 0)
			file_lock(path.p, false, &locks[i], NULL);
	}
}

int store_sync(struct store *st, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names marks = { 0 };
	struct store_path path;
	int *locks, rc;
	size_t i;

	if (!st->is_lazy)
		return 0;
	if ((rc = list_marks(st, &marks, err)) || marks.n == 0)
		return rc;
	locks = mem_array(marks.n, sizeof(*locks));
	if (locks == NULL)
		return error_memory(err);
	lock_dead(st, &marks, locks);
	rc = sync_all(st, err);
	for (i = 0; i < marks.n; i++) {
		bool is_ours =
		    st->mark >= 0 && strcmp(marks.names[i], st->mark_name) == 0;

		mark_path(st, marks.names[i], &path);
		if (rc == 0 && (is_ours || locks[i] >= 0))
			os_unlink(path.p);
		fd_close(&locks[i]);
	}
	mem_free(locks);
	fd_close(&st->mark);
	digest_set_clear(&st->blobs);
	digest_set_clear(&st->results);
	return rc;
}

/* -- after a power cut -- */

struct recovery {
	struct store *st;
	int64_t since; /* milliseconds since 1970 */
	struct error *err;
};

static int64_t ms_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

static bool is_young(const struct recovery *r, const struct store_entry *entry)
{
	return entry->is_named && ms_of(&entry->info.st_mtim) >= r->since;
}

/* Reading it lays it aside where it is damaged. */
static int look_at_blob(const struct store_entry *entry, void *payload)
{
	CLEANUP(fd_close) int fd = -1;
	struct recovery *r = payload;
	struct error why = { 0 };
	int rc;

	if (!is_young(r, entry))
		return 0;
	rc = store_open_blob(r->st, &entry->id, &fd, &why);
	return rc == 0 || rc == ERROR_CORRUPT || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(r->err, why.code, "%s", why.msg);
}

static int look_at_result(const struct store_entry *entry, void *payload)
{
	struct recovery *r = payload;
	struct error why = { 0 };
	int rc;

	if (!is_young(r, entry))
		return 0;
	rc = result_check(r->st, &entry->id, &why);
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(r->err, why.code, "%s", why.msg);
}

static int recover(struct store *st, const char *boot, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names marks = { 0 };
	struct recovery r = { .st = st, .since = INT64_MAX, .err = err };
	CLEANUP(mem_freep) int *locks = NULL;
	struct store_path path;
	struct stat info;
	size_t i;
	int rc = list_marks(st, &marks, err);

	if (rc)
		return rc;
	locks = mem_array(marks.n, sizeof(*locks));
	if (locks == NULL)
		return error_memory(err);
	for (i = 0; i < marks.n; i++) {
		locks[i] = -1;
		mark_path(st, marks.names[i], &path);
		/* one that is held is another machine's, alive */
		if (is_of_boot(marks.names[i], boot) ||
		    file_lock(path.p, false, &locks[i], NULL) ||
		    os_fstat(locks[i], &info) < 0)
			continue;
		if (ms_of(&info.st_mtim) - margin_ms < r.since)
			r.since = ms_of(&info.st_mtim) - margin_ms;
	}
	if (r.since != INT64_MAX &&
	    (rc = store_each_entry(st, "blobs", look_at_blob, &r, err)) == 0)
		rc = store_each_entry(st, "results", look_at_result, &r, err);
	for (i = 0; i < marks.n; i++) {
		mark_path(st, marks.names[i], &path);
		if (rc == 0 && locks[i] >= 0)
			os_unlink(path.p);
		fd_close(&locks[i]);
	}
	return rc;
}

int store_recover(struct store *st, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names marks = { 0 };
	CLEANUP(fd_close) int lock = -1;
	char boot[STORE_BOOT_MAX];
	struct store_path path;
	bool is_owed = false;
	size_t i;
	int rc = list_marks(st, &marks, err);

	if (rc || marks.n == 0)
		return rc;
	read_boot(boot);
	for (i = 0; i < marks.n; i++)
		is_owed = is_owed || !is_of_boot(marks.names[i], boot);
	if (!is_owed)
		return 0;
	store_path_in(st, "tmp", ".recover", &path);
	rc = file_lock(path.p, true, &lock, err);
	return rc ? rc : recover(st, boot, err);
}
