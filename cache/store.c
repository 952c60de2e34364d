/* store: see store.h and store_impl.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/store_delta.h"

#define STORE_FORMAT "sluice-store/1\n"

/* A blob of ours, not whatever somebody laid in its place. */
enum {
	OPEN_BLOB = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
};

void store_path_in(const struct store *st, const char *kind, const char *name,
    struct store_path *out)
{
	snprintf(out->p, sizeof(out->p), "%s/%s/%s", st->dir, kind, name);
}

void store_path_of(const struct store *st, const char *kind,
    const struct digest *id, struct store_path *out)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(out->p, sizeof(out->p), "%s/%s/%.2s/%s", st->dir, kind, hex,
	    hex + 2);
}

void store_shard_of(const struct store *st, const char *kind,
    const struct digest *id, struct store_path *out)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(out->p, sizeof(out->p), "%s/%s/%.2s", st->dir, kind, hex);
}

int store_lock(const struct store *st, int *fd, struct error *err)
{
	struct store_path path;

	store_path_in(st, "tmp", ".lock", &path);
	return file_lock(path.p, true, fd, err);
}

int store_use(const struct store *st, int *fd, struct error *err)
{
	struct store_path path;

	store_path_in(st, "tmp", ".runs", &path);
	return file_lock_shared(path.p, fd, err);
}

int store_claim(const struct store *st, int *fd, struct error *err)
{
	struct store_path path;
	struct error why = { 0 };
	int rc;

	store_path_in(st, "tmp", ".runs", &path);
	rc = file_lock(path.p, false, fd, &why);
	if (rc == ERROR_BUSY)
		return error_set(err, rc,
		    "a run is at work in this store, and with no grace its "
		    "tables would be taken from it: try again when it has "
		    "ended, or with a day of grace");
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

/* DIR/KIND and its 256 shards, all made and synced before the first name in
 * them: no put has to ask whether its directory lasts. */
static int make_shards(const struct store *st, const char *kind,
    struct error *err)
{
	struct store_path path;
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < 256; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		store_path_in(st, kind, name, &path);
		rc = file_make_dirs(path.p, err);
	}
	store_path_in(st, kind, "", &path);
	return rc ? rc : file_sync_dir(path.p, err);
}

/* A copy of a store may lack them: what is in them may be lost. */
static int make_plain(const struct store *st, struct error *err)
{
	static const char *const names[] = { "tmp", "quarantine", "trash",
		"derived", "desk" };
	struct store_path path;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(names); i++) {
		store_path_in(st, names[i], "", &path);
		if (!file_exists(path.p))
			rc = file_make_dirs(path.p, err);
	}
	return rc;
}

static int make_layout(const struct store *st, const char *format,
    struct error *err)
{
	struct error there = { 0 };
	int rc;

	if ((rc = make_shards(st, "blobs", err)) ||
	    (rc = make_shards(st, "results", err)) ||
	    (rc = make_plain(st, err)) || (rc = file_sync_dir(st->dir, err)))
		return rc;
	/* the mark is last; another process may have been as quick */
	rc = file_create(format, bytes_of(STORE_FORMAT), 0444, &there);
	return rc == 0 || rc == ERROR_EXISTS ? 0 : error_pass(err, &there);
}

static int check_format(const struct store *st, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct store_path path;
	int rc;

	snprintf(path.p, sizeof(path.p), "%s/format", st->dir);
	if (!file_exists(path.p) && (rc = make_layout(st, path.p, err)))
		return rc;
	if ((rc = file_read(path.p, 4096, &text, err)))
		return rc;
	if (!bytes_eq(buf_bytes(&text), bytes_of(STORE_FORMAT)))
		return error_set(err, ERROR_USAGE,
		    "%s is a store of another version (%.*s); the sluice that "
		    "made it, perhaps a newer one, reads it",
		    st->dir, (int)strcspn(text.p, "\n"), text.p);
	return make_plain(st, err);
}

static int open_store(const char *dir, bool is_lazy, struct store **out,
    struct error *err)
{
	struct store *st = mem_alloc(sizeof(*st));
	CLEANUP(buf_clear) struct buf temp = { 0 };
	int rc;

	*out = NULL;
	if (st == NULL)
		return error_memory(err);
	st->mark = -1;
	buf_printf(&temp, "%s/tmp", dir);
	st->dir = mem_strdup(dir);
	st->temp = buf_steal(&temp);
	if (st->dir == NULL || st->temp == NULL)
		rc = error_memory(err);
	else if (strlen(dir) + STORE_NAME_MAX > PATH_MAX)
		rc = error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	else if ((rc = check_format(st, err)) == 0 &&
	    (rc = store_recover(st, err)) == 0 && is_lazy)
		rc = store_lazy_init(st, err);
	if (rc)
		store_close(st);
	else
		*out = st;
	return rc;
}

int store_open(const char *dir, struct store **out, struct error *err)
{
	return open_store(dir, false, out, err);
}

int store_open_lazy(const char *dir, struct store **out, struct error *err)
{
	return open_store(dir, true, out, err);
}

void store_close(struct store *st)
{
	if (st == NULL)
		return;
	store_lazy_clear(st);
	mem_free(st->dir);
	mem_free(st->temp);
	mem_free(st);
}

void store_closep(struct store **st)
{
	store_close(*st);
}

const char *store_dir(const struct store *st)
{
	return st->dir;
}

const char *store_temp_dir(const struct store *st)
{
	return st->temp;
}

static int not_found(const struct digest *id, struct error *err)
{
	char hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	return error_set(err, ERROR_NOT_FOUND, "%s is not in the store", hex);
}

static bool restore(struct store *st, const struct digest *id, bool is_delta)
{
	struct store_path from, to, shard;
	CLEANUP(fd_close) int fd = -1;

	store_trash_path(st, id, is_delta, &from);
	fd = os_open(from.p, OPEN_BLOB, 0);
	if (fd < 0)
		return false;
	if (is_delta)
		store_delta_path(st, id, &to);
	else
		store_path_of(st, "blobs", id, &to);
	store_shard_of(st, "blobs", id, &shard);
	os_touch_fd(fd); /* of no matter: the next gc asks for reach first */
	if (os_link_fd(fd, to.p) < 0 && errno != EEXIST)
		return false;
	if (file_sync_dir(shard.p, NULL))
		return false;
	os_unlink(from.p);
	return true;
}

bool store_restore(struct store *st, const struct digest *id)
{
	const bool is_plain = restore(st, id, false);

	return restore(st, id, true) || is_plain;
}

int store_open_name(const char *path, int *fd, struct error *err)
{
	*fd = os_open(path, OPEN_BLOB, 0);
	if (*fd >= 0)
		return 0;
	if (errno == ENOENT)
		return ERROR_NOT_FOUND;
	if (errno == ELOOP || errno == ENXIO)
		return error_set(err, ERROR_CORRUPT, "%s is no file", path);
	return error_sys(err, "open %s", path);
}

int store_open_plain(struct store *st, const struct digest *id, int *fd,
    struct error *err)
{
	struct store_path path;
	int rc;

	store_path_of(st, "blobs", id, &path);
	rc = store_open_name(path.p, fd, err);
	if (rc == ERROR_NOT_FOUND) {
		/* or another takes it back at the same moment */
		restore(st, id, false);
		rc = store_open_name(path.p, fd, err);
	}
	return rc == ERROR_NOT_FOUND ? not_found(id, err) : rc;
}

static int open_either(const struct store *st, const struct digest *id, int *fd,
    bool *is_delta, struct error *err)
{
	struct store_path path;
	int rc;

	*is_delta = false;
	store_path_of(st, "blobs", id, &path);
	rc = store_open_name(path.p, fd, err);
	if (rc != ERROR_NOT_FOUND)
		return rc;
	*is_delta = true;
	store_delta_path(st, id, &path);
	return store_open_name(path.p, fd, err);
}

/* The file of a blob, as it is or a delta. */
static int open_file(struct store *st, const struct digest *id, int *fd,
    bool *is_delta, struct error *err)
{
	int rc = open_either(st, id, fd, is_delta, err);

	if (rc == ERROR_NOT_FOUND) {
		store_restore(st, id);
		rc = open_either(st, id, fd, is_delta, err);
	}
	return rc == ERROR_NOT_FOUND ? not_found(id, err) : rc;
}

int store_open_raw(struct store *st, const struct digest *id, int *fd,
    struct error *err)
{
	CLEANUP(fd_close) int file = -1;
	bool is_delta;
	int rc;

	*fd = -1;
	rc = open_file(st, id, &file, &is_delta, err);
	if (rc == 0 && is_delta)
		return store_expand_file(st, file, fd, err);
	if (rc == 0)
		*fd = fd_take(&file);
	return rc;
}

int store_check_fd(int fd, const struct digest *id, struct error *err)
{
	enum {
		CHUNK = 64 * 1024
	};
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	CLEANUP(mem_freep) char *chunk = NULL;
	size_t room = CHUNK;
	struct digest found;
	struct stat st;
	int rc;

	if (os_fstat(fd, &st) < 0)
		return error_sys(err, "stat a blob");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_CORRUPT, "a blob is no file");
	if (st.st_size < CHUNK)
		room = (size_t)st.st_size + 1;
	chunk = mem_alloc(room);
	if (chunk == NULL)
		return error_memory(err);
	if (os_rewind(fd) < 0)
		return error_sys(err, "seek in a blob");
	if ((rc = digest_open(&s, err)))
		return rc;
	for (;;) {
		ssize_t got = os_read(fd, chunk, room);

		if (got < 0)
			return error_sys(err, "read a blob");
		if (got == 0)
			break;
		digest_add(s, chunk, (size_t)got);
	}
	if ((rc = digest_finish(s, &found, err)))
		return rc;
	return digest_eq(&found, id)
	    ? 0
	    : error_set(err, ERROR_CORRUPT, "stored bytes are damaged");
}

int store_quarantine_file(struct store *st, const char *path, struct error *err)
{
	const char *name = path + strlen(st->dir);
	struct store_path to;
	char flat[STORE_NAME_MAX];
	struct stat info;
	unsigned n = 0;
	size_t i;

	snprintf(flat, sizeof(flat), "%s", name + strspn(name, "/"));
	for (i = 0; flat[i] != '\0'; i++)
		if (flat[i] == '/')
			flat[i] = '-';
	do
		snprintf(to.p, sizeof(to.p), "%s/quarantine/%s.%lld.%u",
		    st->dir, flat, (long long)clock_now(), n++);
	while (os_lstat(to.p, &info) == 0);
	if (os_rename(path, to.p) < 0 && errno != ENOENT)
		return error_sys(err, "move %s to quarantine", path);
	return 0;
}

int store_quarantine(struct store *st, const struct digest *id,
    struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	CLEANUP(fd_close) int fd = -1;
	struct error why = { 0 };
	struct store_path path;
	struct stat info;
	int rc = store_lock(st, &lock, err);

	if (rc)
		return rc;
	if ((rc = store_open_raw(st, id, &fd, &why)) == 0)
		rc = store_check_fd(fd, id, &why);
	if (rc == ERROR_CORRUPT) {
		store_path_of(st, "blobs", id, &path);
		if (os_lstat(path.p, &info) < 0)
			store_delta_path(st, id, &path);
		rc = store_quarantine_file(st, path.p, err);
		return rc
		    ? rc
		    : error_set(err, ERROR_CORRUPT,
		          "stored bytes (%s) are damaged and were laid aside "
		          "in %s/quarantine; `sluice run` computes what is "
		          "missing",
		          path.p, st->dir);
	}
	return rc ? error_pass(err, &why) : 0;
}

/* Opens and verifies; what differs from its name goes to quarantine. */
static int open_verified(struct store *st, const struct digest *id, int *fd,
    struct error *err)
{
	struct error why = { 0 };
	int rc = store_open_raw(st, id, fd, &why);

	if (rc == 0)
		rc = store_check_fd(*fd, id, &why);
	if (rc == 0 && os_rewind(*fd) < 0)
		rc = error_sys(&why, "seek");
	if (rc == 0)
		return 0;
	fd_close(fd);
	if (rc == ERROR_CORRUPT && (rc = store_quarantine(st, id, err)) == 0)
		return store_open_raw(st, id, fd, err);
	error_pass(err, &why);
	return rc;
}

int store_open_blob(struct store *st, const struct digest *id, int *fd,
    struct error *err)
{
	*fd = -1;
	return open_verified(st, id, fd, err);
}

/* Right at the second look: a reader's disk or memory had a fault. */
static int read_wrongly(struct error *err)
{
	return error_set(err, ERROR_IO, "a blob was read wrongly");
}

int store_map(struct store *st, const struct digest *id, struct file_map *out,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct error why = { 0 };
	struct stat info;
	int rc = store_open_raw(st, id, &fd, &why);

	if (rc == 0 && os_fstat(fd, &info) < 0)
		return error_sys(err, "stat a blob");
	if (rc == ERROR_CORRUPT || (rc == 0 && !S_ISREG(info.st_mode))) {
		rc = store_quarantine(st, id, err);
		return rc ? rc : read_wrongly(err);
	}
	return rc ? error_pass(err, &why) : file_map_fd(fd, out, err);
}

static int hash_map(const struct file_map *map, struct digest *out,
    struct error *err)
{
	enum {
		PIECE = 1 << 20
	};
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	struct bytes left = map->data;
	int rc = digest_open(&s, err);

	while (rc == 0 && left.n > 0) {
		const size_t n = left.n < PIECE ? left.n : PIECE;
		const struct bytes piece = { left.p, n };

		if ((rc = file_map_fetch(piece, err)))
			return rc;
		digest_add(s, piece.p, piece.n);
		file_map_let_go(piece);
		left = (struct bytes){ left.p + n, left.n - n };
	}
	return rc ? rc : digest_finish(s, out, err);
}

int store_check_map(struct store *st, const struct digest *id,
    const struct file_map *map, struct error *err)
{
	struct digest found;
	int rc = hash_map(map, &found, err);

	if (rc || digest_eq(&found, id))
		return rc;
	rc = store_quarantine(st, id, err);
	return rc ? rc : read_wrongly(err);
}

static int read_file(int fd, struct buf *out, struct error *err)
{
	struct stat info;

	if (os_fstat(fd, &info) < 0)
		return error_sys(err, "stat a blob");
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_CORRUPT, "a blob is no file");
	if (info.st_size < STORE_BLOB_MAX &&
	    !buf_reserve(out, (size_t)info.st_size + 1))
		return error_memory(err);
	return file_read_fd(fd, STORE_BLOB_MAX, out, err);
}

int store_get(struct store *st, const struct digest *id, struct buf *out,
    struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	size_t start = out->n;
	struct digest found;
	struct error why = { 0 };
	bool is_delta;
	int rc = open_file(st, id, &fd, &is_delta, &why);

	if (rc == 0)
		rc = is_delta ? store_expand(st, fd, out, &why)
		              : read_file(fd, out, &why);
	if (rc == 0)
		rc = digest_of((struct bytes){ out->p + start, out->n - start },
		    &found, &why);
	if (rc == 0 && digest_eq(&found, id))
		return 0;
	out->n = start;
	if (rc == 0 || rc == ERROR_CORRUPT || rc == ERROR_LIMIT)
		rc = store_quarantine(st, id, err);
	if (rc == 0)
		return read_wrongly(err);
	error_pass(err, &why);
	return rc;
}

bool store_has(struct store *st, const struct digest *id)
{
	struct store_path path;
	struct stat info;

	store_path_of(st, "blobs", id, &path);
	if (os_lstat(path.p, &info) == 0)
		return S_ISREG(info.st_mode);
	if (store_has_delta(st, id))
		return true;
	/* or another takes it back at the same moment */
	store_restore(st, id);
	return os_lstat(path.p, &info) == 0 || store_has_delta(st, id);
}

bool store_shards(const char *dir, const char *kind,
    struct store_shard out[256])
{
	CLEANUP(fd_close) int fd = -1;
	struct store_path path;
	struct stat info;
	unsigned i;

	snprintf(path.p, sizeof(path.p), "%s/%s", dir, kind);
	fd = os_open(path.p, O_RDONLY | O_DIRECTORY, 0);
	for (i = 0; fd >= 0 && i < 256; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		if (os_lstat_at(fd, name, &info) < 0)
			return false;
		out[i] = (struct store_shard){ .device = info.st_dev,
			.inode = info.st_ino,
			.changed = (int64_t)info.st_ctim.tv_sec * 1000000000 +
			    info.st_ctim.tv_nsec };
	}
	return fd >= 0;
}

bool store_is_temp(const struct store_entry *entry)
{
	return strstr(strrchr(entry->path.p, '/'), ".tmp.") != NULL;
}

static int each_entry(const struct store *st, const char *kind, unsigned shard,
    int (*fn)(const struct store_entry *entry, void *payload), void *payload,
    struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	char hex[3 + NAME_MAX];
	struct store_path dir;
	size_t i;
	int rc;

	snprintf(hex, sizeof(hex), "%02x", shard);
	store_path_in(st, kind, hex, &dir);
	if (!file_exists(dir.p))
		return 0;
	rc = file_list(dir.p, &names, err);
	for (i = 0; rc == 0 && i < names.n; i++) {
		struct store_entry e = { 0 };

		snprintf(hex, sizeof(hex), "%02x%s", shard, names.names[i]);
		e.is_delta = strcmp(kind, "blobs") == 0 && store_cut_delta(hex);
		e.is_named = digest_parse(hex, &e.id, NULL) == 0;
		snprintf(e.path.p, sizeof(e.path.p), "%s/%s/%02x/%s", st->dir,
		    kind, shard, names.names[i]);
		if (os_lstat(e.path.p, &e.info) == 0)
			rc = fn(&e, payload);
		else if (errno != ENOENT) /* gone meanwhile */
			rc = error_sys(err, "stat %s", e.path.p);
	}
	return rc;
}

int store_each_entry(const struct store *st, const char *kind,
    int (*fn)(const struct store_entry *entry, void *payload), void *payload,
    struct error *err)
{
	unsigned shard;
	int rc = 0;

	for (shard = 0; rc == 0 && shard < 256; shard++)
		rc = each_entry(st, kind, shard, fn, payload, err);
	return rc;
}

struct each {
	int (*fn)(const struct digest *id, uint64_t bytes, void *payload);
	void *payload;
};

static int each_blob(const struct store_entry *entry, void *payload)
{
	struct each *each = payload;

	if (!entry->is_named)
		return 0;
	return each->fn(&entry->id, (uint64_t)entry->info.st_size,
	    each->payload);
}

int store_each(struct store *st,
    int (*fn)(const struct digest *id, uint64_t bytes, void *payload),
    void *payload, struct error *err)
{
	struct each each = { fn, payload };

	return store_each_entry(st, "blobs", each_blob, &each, err);
}
