/* snapshot_take: copying from a landing directory (snapshot.h).
 *
 * Others write into that directory while we read it. A file counts when it
 * has been quiet for two seconds and did not change under our hands; what is
 * not so makes the snapshot incomplete, never wrong. An index of what was
 * taken (a derived form of the directory's name) spares reading again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "cache/members.h"
#include "cache/snapshot.h"

#define INDEX_FORM "landing"
#define INDEX_FORMAT "sluice-landing/1"

enum {
	QUIET_MS = 2000,
	PATH_LEN = 1024
};

struct taking {
	struct store *st;
	const struct snapshot_request *request;
	struct snapshot *out;
	struct store_batch *batch;
	int landing;
	json_t *before, *after; /* the index: path to what is known of it */
	struct file_names dirs; /* still to be listed, below landing */
	struct error busy; /* the first reason to try again */
};

/* -- the index -- */

static int index_id(const struct taking *t, struct digest *out,
    struct error *err)
{
	return digest_of(bytes_of(t->request->landing), out, err);
}

static int load_index(struct taking *t, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *doc = NULL;
	struct digest id;
	int rc = index_id(t, &id, err);

	t->after = json_object();
	if (rc || t->after == NULL)
		return rc ? rc : error_memory(err);
	/* without an index all is read: nothing worse */
	if (store_derived_get(t->st, &id, INDEX_FORM, &text, NULL) == 0 &&
	    member_document(buf_bytes(&text), INDEX_FORMAT, &doc, NULL) == 0)
		t->before = json_incref(json_object_get(doc, "files"));
	return 0;
}

static int save_index(struct taking *t, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *doc = NULL;
	struct digest id;
	int rc;

	if (t->before != NULL && json_equal(t->before, t->after))
		return 0;
	doc = json_pack("{s:s,s:O}", "format", INDEX_FORMAT, "files", t->after);
	if ((rc = index_id(t, &id, err)) || (rc = json_print(doc, &text, err)))
		return rc;
	return store_derived_put(t->st, &id, INDEX_FORM, buf_bytes(&text), err);
}

static json_int_t nanoseconds(const struct timespec *t)
{
	return (json_int_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* What tells a file from its later self. The time of its last change of any
 * kind finds an edit that set the mtime back. */
static json_t *marks_of(const struct stat *info)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "bytes",
	    (json_int_t)info->st_size, "ctime", nanoseconds(&info->st_ctim),
	    "inode", (json_int_t)info->st_ino, "mtime",
	    nanoseconds(&info->st_mtim));
}

static bool same_marks(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_ino == b->st_ino &&
	    nanoseconds(&a->st_mtim) == nanoseconds(&b->st_mtim) &&
	    nanoseconds(&a->st_ctim) == nanoseconds(&b->st_ctim);
}

/* Whether the index knows the file as it is now, and the store has it. */
static bool known(struct taking *t, const char *path, const struct stat *info,
    struct digest *blob)
{
	static const char *const keys[] = { "bytes", "ctime", "inode",
		"mtime" };
	json_t *entry = json_object_get(t->before, path);
	json_auto_t *now = marks_of(info);
	size_t i;

	if (entry == NULL || now == NULL ||
	    json_get_digest(entry, "blob", blob, NULL))
		return false;
	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (!json_equal(json_object_get(entry, keys[i]),
		        json_object_get(now, keys[i])))
			return false;
	return store_has(t->st, blob);
}

static int remember(struct taking *t, const char *path, const struct stat *info,
    const struct digest *blob, struct error *err)
{
	json_t *entry = marks_of(info);
	int rc = member_set(t->after, path, entry, err);

	return rc ? rc : member_set(entry, "blob", json_digest(blob), err);
}

/* -- one file -- */

static int note_busy(struct taking *t, const char *path, const char *why)
{
	error_set(&t->busy, ERROR_BUSY,
	    "%s %s; the snapshot would be incomplete: try again", path, why);
	return 0;
}

static int copy(struct taking *t, const char *path, const struct stat *before,
    int fd, struct digest *blob, struct error *err)
{
	CLEANUP(buf_clear) struct buf data = { 0 };
	struct stat after;
	int rc;

	if (before->st_size > STORE_BLOB_MAX)
		return error_set(err, ERROR_LIMIT,
		    "%s: a source has at most %d bytes", path,
		    (int)STORE_BLOB_MAX);
	if (!buf_reserve(&data, (size_t)before->st_size + 1))
		return error_memory(err);
	rc = file_read_fd(fd, STORE_BLOB_MAX, &data, err);
	if (rc) {
		error_wrap(err, "%s", path);
		return rc;
	}
	if (os_fstat(fd, &after) < 0)
		return error_sys(err, "stat %s", path);
	if (!same_marks(before, &after) || data.n != (size_t)after.st_size)
		return ERROR_BUSY;
	return store_batch_put(t->batch, buf_bytes(&data), blob, err);
}

static int add_source(struct taking *t, const char *path,
    const struct digest *blob, const struct stat *info, struct error *err)
{
	struct snapshot_source *src = snapshot_add(t->out, path);

	if (src == NULL)
		return error_memory(err);
	src->blob = *blob;
	src->bytes = (uint64_t)info->st_size;
	return remember(t, path, info, blob, err);
}

static int take_file(struct taking *t, const char *path, struct error *err)
{
	CLEANUP(fd_close)
	int fd = os_open_beneath(t->landing, path,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	struct stat info;
	struct digest blob;
	int64_t age;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0; /* gone since it was listed */
	if (fd < 0)
		return error_sys(err, "open %s", path);
	if (os_fstat(fd, &info) < 0)
		return error_sys(err, "stat %s", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_DENIED, "%s is no regular file",
		    path);
	if (known(t, path, &info, &blob))
		return add_source(t, path, &blob, &info, err);
	age = t->request->now - nanoseconds(&info.st_mtim) / 1000000;
	if (age < QUIET_MS)
		return note_busy(t, path,
		    age < 0 ? "was changed in the future, by our clock"
		            : "was changed less than 2 s ago");
	rc = copy(t, path, &info, fd, &blob, err);
	if (rc == ERROR_BUSY)
		return note_busy(t, path, "changed while it was copied");
	return rc ? rc : add_source(t, path, &blob, &info, err);
}

/* -- the directory -- */

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static bool ignored(const char *name)
{
	return name[0] == '.' || ends_in(name, ".part") ||
	    ends_in(name, ".tmp");
}

static bool wanted(const struct taking *t, const char *path)
{
	const struct snapshot *base = t->request->base;
	size_t i;

	if (base != NULL && snapshot_find(base, path) != NULL)
		return false;
	for (i = 0; i < t->request->n_patterns; i++)
		if (text_match(t->request->patterns[i], path))
			return true;
	return false;
}

static int push_dir(struct taking *t, const char *path, struct error *err)
{
	char **more =
	    mem_grow(t->dirs.names, t->dirs.n, &t->dirs.cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	t->dirs.names = more;
	more[t->dirs.n] = mem_strdup(path);
	if (more[t->dirs.n] == NULL)
		return error_memory(err);
	t->dirs.n++;
	return 0;
}

static int take_entry(struct taking *t, int dirfd, const char *name,
    const char *path, struct error *err)
{
	char place[PATH_LEN + 64];
	json_t *entry;
	struct stat info;

	snprintf(place, sizeof(place), "/proc/self/fd/%d/%s", dirfd, name);
	if (os_lstat(place, &info) < 0)
		return errno == ENOENT ? 0 : error_sys(err, "stat %s", path);
	if (S_ISDIR(info.st_mode))
		return push_dir(t, path, err);
	if (!wanted(t, path)) {
		/* another pattern's: keep what is known of it */
		entry = json_object_get(t->before, path);
		return entry && json_object_set(t->after, path, entry)
		    ? error_memory(err)
		    : 0;
	}
	if (text_utf8_error(bytes_of(path)) != strlen(path))
		return error_set(err, ERROR_DENIED,
		    "a file's name below %s is not UTF-8", t->request->landing);
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_DENIED,
		    "%s matches a @path and is no regular file; a snapshot "
		    "follows no links",
		    path);
	return take_file(t, path, err);
}

static int take_dir(struct taking *t, const char *dir, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(fd_close)
	int fd = os_open_beneath(t->landing, dir[0] ? dir : ".",
	    O_RDONLY | O_DIRECTORY);
	char path[PATH_LEN], self[64];
	size_t i;
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "open %s", dir);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	rc = file_list(self, &names, err);
	for (i = 0; rc == 0 && i < names.n; i++) {
		if (ignored(names.names[i]))
			continue;
		if (snprintf(path, sizeof(path), "%s%s%s", dir,
		        dir[0] ? "/" : "", names.names[i]) >= (int)sizeof(path))
			return error_set(err, ERROR_LIMIT,
			    "a path below the landing directory is longer "
			    "than %d bytes",
			    PATH_LEN - 1);
		rc = take_entry(t, fd, names.names[i], path, err);
	}
	return rc;
}

static int walk(struct taking *t, struct error *err)
{
	int rc = push_dir(t, "", err);

	while (rc == 0 && t->dirs.n > 0) {
		CLEANUP(mem_freep) char *dir = t->dirs.names[--t->dirs.n];

		rc = take_dir(t, dir, err);
	}
	return rc;
}

static int start(struct taking *t, struct error *err)
{
	const struct snapshot_request *q = t->request;
	const struct snapshot *base = q->base;
	size_t i;
	int rc;

	snprintf(t->out->date, sizeof(t->out->date), "%s",
	    base ? base->date : q->date);
	for (i = 0; base && i < base->n; i++) {
		struct snapshot_source *src =
		    snapshot_add(t->out, base->sources[i].path);

		if (src == NULL)
			return error_memory(err);
		src->blob = base->sources[i].blob;
		src->bytes = base->sources[i].bytes;
	}
	t->landing = os_open(q->landing, O_RDONLY | O_DIRECTORY, 0);
	if (t->landing < 0)
		return error_sys(err, "open the landing directory %s",
		    q->landing);
	rc = load_index(t, err);
	return rc ? rc : store_batch_open(t->st, &t->batch, err);
}

int snapshot_take(struct store *st, const struct snapshot_request *request,
    struct snapshot *out, struct error *err)
{
	struct taking t = { .st = st,
		.request = request,
		.out = out,
		.landing = -1 };
	int rc;

	*out = (struct snapshot){ 0 };
	if ((rc = start(&t, err)) == 0 && (rc = walk(&t, err)) == 0 &&
	    (rc = store_batch_commit(t.batch, err)) == 0)
		rc = save_index(&t, err);
	if (rc == 0 && t.busy.code)
		rc = error_set(err, ERROR_BUSY, "%s", t.busy.msg);
	if (rc == 0)
		rc = snapshot_save(st, out, err);
	if (rc)
		snapshot_clear(out);
	store_batch_close(t.batch);
	fd_close(&t.landing);
	json_decref(t.before);
	json_decref(t.after);
	file_names_clear(&t.dirs);
	return rc;
}
