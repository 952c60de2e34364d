/* gc: see gc.h.
 *
 * The order matters: result records go before the tables they name, so nobody
 * learns of a table that is being laid aside; and a file's age is asked again
 * under the lock, right before it is moved, because a put that finds a blob
 * makes it young before it says yes. */
#include "cache/gc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/digest_set.h"
#include "cache/store_delta.h"

enum {
	DOCUMENT_MAX = 256 << 20
};

struct gc {
	struct store *st;
	const struct gc_request *request;
	struct gc_report *report;
	struct digest_set marked;
	struct error *err;
};

static void count(struct gc_count *c, uint64_t bytes)
{
	c->n++;
	c->bytes += bytes;
}

static int64_t ms_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* The later of both times: a move or a link is a sign of life too. A time in
 * the future is young: clocks jump. */
static bool is_old(const struct gc *gc, const struct stat *info)
{
	int64_t changed = ms_of(&info->st_mtim), moved = ms_of(&info->st_ctim);

	if (moved > changed)
		changed = moved;
	return gc->request->now - changed >= gc->request->grace;
}

/* -- mark -- */

static size_t hex_run(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!((p[i] >= '0' && p[i] <= '9') ||
		        (p[i] >= 'a' && p[i] <= 'f')))
			break;
	return i;
}

/* Marks each string of 64 hexadecimal digits. The text is ours, canonical
 * JSON; in anything else it can only keep too much. */
int gc_add_text(struct digest_set *out, struct bytes text, struct error *err)
{
	const char *p = text.p, *end = text.p + text.n;
	char hex[DIGEST_HEX + 1];
	struct digest d;
	int rc;

	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		p++;
		if (hex_run(p, (size_t)(end - p)) != DIGEST_HEX ||
		    p + DIGEST_HEX == end || p[DIGEST_HEX] != '"')
			continue;
		memcpy(hex, p, DIGEST_HEX);
		hex[DIGEST_HEX] = '\0';
		if (digest_parse(hex, &d, NULL) == 0 &&
		    (rc = digest_set_add(out, &d, NULL, err)))
			return rc;
	}
	return 0;
}

static int mark_text(struct gc *gc, struct bytes text)
{
	return gc_add_text(&gc->marked, text, gc->err);
}

/* The result record of a reachable key keeps what it names. */
static int mark_result(struct gc *gc, const struct digest *key)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error why = { 0 };
	struct store_path path;
	int rc;

	store_path_of(gc->st, "results", key, &path);
	rc = file_read(path.p, DOCUMENT_MAX, &text, &why);
	if (rc == 0)
		return mark_text(gc, buf_bytes(&text));
	if (rc == ERROR_NOT_FOUND || rc == ERROR_LIMIT)
		return 0; /* none, or none that a reader would take */
	return error_set(gc->err, why.code, "%s", why.msg);
}

/* A blob where it lies, in trash too, and left there. Its bytes are not
 * verified: of a damaged document what can be read still is kept. */
static int open_anywhere(struct gc *gc, const struct digest *id, int *fd)
{
	struct store_path path, trash;

	store_path_of(gc->st, "blobs", id, &path);
	store_trash_path(gc->st, id, false, &trash);
	*fd = os_open(path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (*fd < 0 && errno == ENOENT)
		*fd = os_open(trash.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (*fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
		return ERROR_NOT_FOUND;
	return error_sys(gc->err, "open %s", path.p);
}

/* Whether a blob is a document of ours: rows never begin so. What cannot be
 * read is not taken for rows, or all that it names would go. */
static int look_at(struct gc *gc, int fd, bool *is_document)
{
	struct stat info;
	char start[2];
	ssize_t got;

	*is_document = false;
	if (os_fstat(fd, &info) < 0)
		return error_sys(gc->err, "stat a blob");
	if (!S_ISREG(info.st_mode))
		return 0;
	got = os_read(fd, start, 2);
	if (got < 0)
		return error_sys(gc->err, "read a blob");
	*is_document = got == 2 && memcmp(start, "{\"", 2) == 0;
	return 0;
}

/* What a delta is made of. Of a damaged one nothing is known, and nothing
 * kept. */
static int mark_bases(struct gc *gc, const char *path)
{
	struct delta_head head;
	struct error why = { 0 };
	size_t i;
	int rc = store_read_delta_head(path, &head, &why);

	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT)
		return 0;
	if (rc)
		return error_set(gc->err, why.code, "%s", why.msg);
	for (i = 0; rc == 0 && i < head.n; i++)
		rc = digest_set_add(&gc->marked, &head.bases[i], NULL, gc->err);
	return rc;
}

/* A blob that does not rest as it is, is no document; in trash there may be a
 * delta of it that is brought back. */
static int mark_absent(struct gc *gc, const struct digest *id)
{
	struct store_path path;
	struct stat info;

	store_trash_path(gc->st, id, true, &path);
	return os_lstat(path.p, &info) < 0 ? 0 : mark_bases(gc, path.p);
}

static int mark_one(struct gc *gc, const struct digest *id)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(fd_close) int fd = -1;
	bool is_document;
	int rc = mark_result(gc, id);

	if (rc == 0)
		rc = open_anywhere(gc, id, &fd);
	if (rc == ERROR_NOT_FOUND)
		return mark_absent(gc, id);
	if (rc == 0)
		rc = look_at(gc, fd, &is_document);
	if (rc || !is_document)
		return rc;
	rc = file_read_fd(fd, DOCUMENT_MAX, &text, gc->err);
	return rc ? rc : mark_text(gc, buf_bytes(&text));
}

/* What is young; and the bases of each delta, old or not: so they never go
 * before it. */
static int mark_young(const struct store_entry *entry, void *payload)
{
	struct gc *gc = payload;
	int rc = 0;

	if (!entry->is_named)
		return 0;
	if (entry->is_delta)
		rc = mark_bases(gc, entry->path.p);
	if (rc || is_old(gc, &entry->info))
		return rc;
	return digest_set_add(&gc->marked, &entry->id, NULL, gc->err);
}

static int mark_root(struct gc *gc, const struct digest *root)
{
	CLEANUP(fd_close) int fd = -1;
	char hex[DIGEST_HEX + 1];
	int rc = open_anywhere(gc, root, &fd);

	if (rc == 0)
		return digest_set_add(&gc->marked, root, NULL, gc->err);
	digest_print(root, hex);
	return error_set(gc->err, (enum error_code)rc,
	    "%s is referred to and not in the store; what it needs cannot be "
	    "known, so nothing is removed",
	    hex);
}

static int mark(struct gc *gc)
{
	size_t i;
	int rc;

	for (i = 0; i < gc->request->n_roots; i++)
		if ((rc = mark_root(gc, &gc->request->roots[i])))
			return rc;
	for (i = 0; gc->request->hints && i < gc->request->hints->n; i++)
		if ((rc = digest_set_add(&gc->marked,
		         &gc->request->hints->items[i], NULL, gc->err)))
			return rc;
	if ((rc = store_each_entry(gc->st, "blobs", mark_young, gc, gc->err)) ||
	    (rc = store_each_entry(gc->st, "results", mark_young, gc, gc->err)))
		return rc;
	/* the set grows while it is walked */
	for (i = 0; rc == 0 && i < gc->marked.n; i++) {
		struct digest id = gc->marked.items[i];

		rc = mark_one(gc, &id);
	}
	return rc;
}

/* -- sweep -- */

static int sweep_trash(struct gc *gc)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct store_path dir, path;
	size_t i;
	int rc;

	store_path_in(gc->st, "trash", "", &dir);
	rc = file_list(dir.p, &names, gc->err);
	for (i = 0; rc == 0 && i < names.n; i++) {
		struct digest id;
		struct stat info;
		uint64_t bytes;

		store_path_in(gc->st, "trash", names.names[i], &path);
		store_cut_delta(names.names[i]);
		if (digest_parse(names.names[i], &id, NULL))
			continue;
		if (os_lstat(path.p, &info) < 0)
			continue;
		bytes = (uint64_t)info.st_size;
		if (digest_set_has(&gc->marked, &id)) {
			count(&gc->report->brought_back, bytes);
			if (!gc->request->only_look)
				store_restore(gc->st, &id);
		} else if (!is_old(gc, &info)) {
			count(&gc->report->in_trash, bytes);
		} else {
			count(&gc->report->deleted, bytes);
			if (!gc->request->only_look && os_unlink(path.p) < 0 &&
			    errno != ENOENT)
				rc = error_sys(gc->err, "remove %s", path.p);
		}
	}
	return rc;
}

/* A record that nobody reads, and what the dead left half-written. */
static int sweep_record(struct gc *gc, const struct store_entry *entry,
    struct gc_count *removed)
{
	if (!is_old(gc, &entry->info) || !S_ISREG(entry->info.st_mode))
		return 0;
	if (entry->is_named ? digest_set_has(&gc->marked, &entry->id)
	                    : !store_is_temp(entry))
		return 0;
	count(removed, (uint64_t)entry->info.st_size);
	if (!gc->request->only_look && os_unlink(entry->path.p) < 0 &&
	    errno != ENOENT)
		return error_sys(gc->err, "remove %s", entry->path.p);
	return 0;
}

static int sweep_result(const struct store_entry *entry, void *payload)
{
	struct gc *gc = payload;

	return sweep_record(gc, entry, &gc->report->results);
}

static int sweep_derived(const struct store_entry *entry, const char *form,
    void *payload)
{
	struct gc *gc = payload;

	(void)form;
	return sweep_record(gc, entry, &gc->report->derived);
}

/* Under the lock of all who take names away, and if it still is old. */
static int lay_aside(struct gc *gc, const struct store_entry *entry)
{
	CLEANUP(fd_close) int lock = -1;
	struct store_path to;
	struct stat info;
	int rc = store_lock(gc->st, &lock, gc->err);

	if (rc)
		return rc;
	if (os_lstat(entry->path.p, &info) < 0 || !is_old(gc, &info))
		return 0;
	store_trash_path(gc->st, &entry->id, entry->is_delta, &to);
	if (os_rename(entry->path.p, to.p) < 0 && errno != ENOENT)
		return error_sys(gc->err, "move %s", entry->path.p);
	return 0;
}

static int sweep_blob(const struct store_entry *entry, void *payload)
{
	struct gc *gc = payload;
	uint64_t bytes = (uint64_t)entry->info.st_size;

	if (!entry->is_named)
		return 0;
	if (digest_set_has(&gc->marked, &entry->id) ||
	    !is_old(gc, &entry->info)) {
		count(&gc->report->kept, bytes);
		return 0;
	}
	count(&gc->report->laid_aside, bytes);
	return gc->request->only_look ? 0 : lay_aside(gc, entry);
}

int gc_run(struct store *st, const struct gc_request *request,
    struct gc_report *out, struct error *err)
{
	CLEANUP(fd_close) int alone = -1;
	struct gc gc = { .st = st,
		.request = request,
		.report = out,
		.err = err };
	struct store_path path;
	int rc;

	*out = (struct gc_report){ 0 };
	store_path_in(st, "tmp", ".gc", &path);
	if ((rc = file_lock(path.p, false, &alone, err)))
		return rc;
	if ((rc = mark(&gc)) == 0 && (rc = sweep_trash(&gc)) == 0 &&
	    (rc = store_each_entry(st, "results", sweep_result, &gc, err)) ==
	        0 &&
	    (rc = store_each_derived(st, sweep_derived, &gc, err)) == 0)
		rc = store_each_entry(st, "blobs", sweep_blob, &gc, err);
	digest_set_clear(&gc.marked);
	return rc;
}
