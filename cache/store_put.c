/* store_put: the way of bytes into a store (store.h, store_impl.h).
 *
 * Bytes are synced before they get a name, and the name is synced before it
 * is acknowledged. A batch does the same for many at once: all bytes, then
 * all names. A lazy store puts all of it off (store_unsynced.c). */
#include <errno.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/stage.h"
#include "cache/store_delta.h"

enum {
	BATCH_MAX = 64, /* descriptors held open */
	SYNC_EACH_MAX = 4, /* above it one sync of the file system is cheaper */
	LINK_TRIES = 16,
	READ_BACK = 16 << 10, /* bytes compared at once */
	COPY_PIECE = 256 << 10, /* bytes copied at once */
	WRITE_AT_ONCE = 256 << 10, /* bytes that need not wait for a sync */
};

static const char reads_back[] = "what was written reads back differently";

/* write(2) has been seen to lie about how much it wrote; what is about to get
 * a name for ever is looked at once more, from the page cache: what the file
 * has from `at` on, to its end. */
static int compare_end(int fd, uint64_t at, struct bytes data,
    struct error *err)
{
	char chunk[READ_BACK];

	for (;;) {
		ssize_t got = os_pread(fd, chunk, READ_BACK, (off_t)at);

		if (got < 0)
			return error_sys(err, "read back");
		if (got == 0 && data.n == 0)
			return 0;
		if (got == 0 || (size_t)got > data.n ||
		    memcmp(chunk, data.p, (size_t)got) != 0)
			return error_set(err, ERROR_IO, "%s", reads_back);
		data.p += got;
		data.n -= (size_t)got;
		at += (uint64_t)got;
		if (data.n == 0 && got < READ_BACK)
			return 0; /* more was asked for, and is not there */
	}
}

/* Writes to the end of a file, which is at `at`. What is large goes to the
 * disk from now on, so that the sync to come finds little left to do. */
static int write_checked(int fd, uint64_t at, struct bytes data,
    struct error *err)
{
	int rc = file_write_fd(fd, data, err);

	if (rc || (rc = compare_end(fd, at, data, err)))
		return rc;
	if (data.n >= WRITE_AT_ONCE)
		os_start_writing(fd, (off_t)at, (off_t)data.n);
	return 0;
}

int store_write_temp(struct store *st, const struct digest *id,
    struct bytes data, int *fd, struct error *err)
{
	struct store_path shard;
	int rc;

	if (data.n > STORE_BLOB_MAX)
		return error_set(err, ERROR_LIMIT,
		    "a blob has at most %d bytes, this one %zu",
		    (int)STORE_BLOB_MAX, data.n);
	store_shard_of(st, "blobs", id, &shard);
	if ((rc = file_open_temp(shard.p, fd, err)) ||
	    (rc = write_checked(*fd, 0, data, err)))
		goto fail;
	if (os_fchmod(*fd, 0444) < 0) {
		rc = error_sys(err, "chmod");
		goto fail;
	}
	return 0;
fail:
	fd_close(fd);
	error_wrap(err, "store %s", st->dir);
	return rc;
}

/* What a copy holds at a time: one piece is hashed by a second thread while it
 * is written by the first, and then the other. */
struct copying {
	struct digest_stream *stream;
	struct stage *hashing;
	struct bytes pieces[2];
	char memory[2][COPY_PIECE];
};

static int hash_piece(void *payload, void *given, struct error *err)
{
	struct digest_stream *stream = payload;
	const struct bytes *piece = given;

	(void)err; /* digest_finish() tells */
	digest_add(stream, piece->p, piece->n);
	return 0;
}

static int copy_bytes(int from, struct copying *c, struct store_copy *out,
    struct error *err)
{
	ssize_t got = 0;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0; i = !i) {
		got = os_read(from, c->memory[i], COPY_PIECE);
		if (got <= 0)
			break;
		c->pieces[i] = (struct bytes){ c->memory[i], (size_t)got };
		rc = stage_give(c->hashing, &c->pieces[i], got < COPY_PIECE,
		    err);
		if (rc == 0)
			rc = write_checked(out->fd, out->bytes, c->pieces[i],
			    err);
		out->bytes += (uint64_t)got;
	}
	if (rc == 0 && got < 0)
		rc = error_sys(err, "read");
	return rc ? rc : stage_finish(c->hashing, err);
}

static int copy_hashed(int from, struct store_copy *out, struct error *err)
{
	struct copying *c = mem_alloc(sizeof(*c));
	int rc;

	if (c == NULL)
		return error_memory(err);
	if ((rc = digest_open(&c->stream, err)) == 0 &&
	    (rc = stage_open(hash_piece, c->stream, &c->hashing, err)) == 0 &&
	    (rc = copy_bytes(from, c, out, err)) == 0)
		rc = digest_finish(c->stream, &out->id, err);
	stage_close(c->hashing);
	digest_close(c->stream);
	mem_free(c);
	return rc;
}

int store_copy(struct store *st, int from, struct store_copy *out,
    struct error *err)
{
	int rc;

	*out = (struct store_copy){ .fd = -1 };
	if ((rc = file_open_temp(st->temp, &out->fd, err)) == 0)
		rc = copy_hashed(from, out, err);
	if (rc == 0 && os_fchmod(out->fd, 0444) < 0)
		rc = error_sys(err, "chmod");
	if (rc)
		fd_close(&out->fd);
	return rc;
}

/* The file of a delta that was just read, synced with all that it needs. */
static int take_delta(struct store *st, const char *path, int *fd,
    struct error *err)
{
	int rc;

	fd_close(fd);
	rc = store_open_name(path, fd, err);
	return rc ? rc : store_sync_delta(st, err);
}

int store_open_same(struct store *st, const struct digest *id, int *fd,
    struct error *err)
{
	struct error why = { 0 };
	struct store_path path;
	struct stat info;
	bool is_delta = false;
	int rc;

	/* what gc laid aside is written anew: to look there, too, takes longer,
	 * and nearly all that is put is new */
	store_path_of(st, "blobs", id, &path);
	if (os_lstat(path.p, &info) < 0 && errno == ENOENT) {
		store_delta_path(st, id, &path);
		if (os_lstat(path.p, &info) < 0 && errno == ENOENT)
			return ERROR_NOT_FOUND;
		is_delta = true;
	}
	rc = store_open_blob(st, id, fd, &why);
	if (rc == ERROR_CORRUPT)
		return ERROR_NOT_FOUND;
	if (rc == 0 && is_delta)
		rc = take_delta(st, path.p, fd, &why);
	if (rc == 0)
		os_touch_fd(*fd); /* young again, for gc; fine if refused */
	else if (rc != ERROR_NOT_FOUND)
		error_pass(err, &why);
	return rc;
}

int store_link(struct store *st, const struct digest *id, bool is_delta,
    int *fd, struct error *err)
{
	struct store_path path;
	int tries, there = -1, rc = 0;

	if (st->is_lazy && (rc = store_lazy_note(st, false, id, err)) != 0)
		return rc;
	if (is_delta)
		store_delta_path(st, id, &path);
	else
		store_path_of(st, "blobs", id, &path);
	for (tries = 0; tries < LINK_TRIES; tries++) {
		if (os_link_fd(*fd, path.p) == 0)
			return 0;
		if (errno != EEXIST)
			return error_sys(err, "link %s", path.p);
		rc = store_open_same(st, id, &there, err);
		if (rc == 0 && !st->is_lazy && os_fsync(there) < 0) {
			fd_close(&there);
			return error_sys(err, "sync %s", path.p);
		}
		if (rc == 0) {
			fd_close(fd);
			*fd = there;
			return 0;
		}
		if (rc != ERROR_NOT_FOUND)
			return rc;
	}
	return error_set(err, ERROR_BUSY, "%s changes all the time", path.p);
}

int store_put(struct store *st, struct bytes data, struct digest *out,
    struct error *err)
{
	CLEANUP(store_batch_closep) struct store_batch *b = NULL;
	int rc;

	if ((rc = store_batch_open(st, &b, err)) ||
	    (rc = store_batch_put(b, data, out, err)))
		return rc;
	return store_batch_commit(b, err);
}

/* A blob on its way: a temporary without a name, or, where it was there
 * before, the verified file. */
struct pending {
	struct digest id;
	int fd;
	bool named, is_delta;
};

struct store_batch {
	struct store *st;
	struct pending *items;
	size_t n, cap;
};

int store_batch_open(struct store *st, struct store_batch **out,
    struct error *err)
{
	*out = mem_alloc(sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	(*out)->st = st;
	return 0;
}

static void forget(struct store_batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		fd_close(&b->items[i].fd);
	b->n = 0;
}

void store_batch_close(struct store_batch *b)
{
	if (b == NULL)
		return;
	forget(b);
	mem_free(b->items);
	mem_free(b);
}

void store_batch_closep(struct store_batch **b)
{
	store_batch_close(*b);
}

static bool is_in(const struct store_batch *b, const struct digest *id)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (digest_eq(&b->items[i].id, id))
			return true;
	return false;
}

/* A place for one more, which holds what is there already of these bytes:
 * ERROR_NOT_FOUND where nothing is, and the place is to be filled. */
static int next_item(struct store_batch *b, const struct digest *id,
    struct error *err)
{
	struct pending *more;
	int rc = b->n == BATCH_MAX ? store_batch_commit(b, err) : 0;

	if (rc)
		return rc;
	more = mem_grow(b->items, b->n, &b->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	b->items = more;
	more += b->n;
	*more = (struct pending){ .id = *id, .fd = -1 };
	rc = store_open_same(b->st, id, &more->fd, err);
	more->named = rc == 0;
	return rc;
}

int store_batch_put(struct store_batch *b, struct bytes data,
    struct digest *out, struct error *err)
{
	int rc = digest_of(data, out, err);

	return rc ? rc
	          : store_batch_put_as(b, out, data, (struct bytes){ 0 }, err);
}

int store_batch_put_as(struct store_batch *b, const struct digest *id,
    struct bytes data, struct bytes delta, struct error *err)
{
	struct pending *item;
	int rc;

	if (is_in(b, id))
		return 0;
	rc = next_item(b, id, err);
	if (rc == ERROR_NOT_FOUND) {
		item = &b->items[b->n];
		item->is_delta = delta.n > 0;
		rc = store_write_temp(b->st, id, delta.n > 0 ? delta : data,
		    &item->fd, err);
	}
	if (rc == 0)
		b->n++;
	return rc;
}

int store_batch_add(struct store_batch *b, struct store_copy *copy,
    struct error *err)
{
	int rc;

	if (is_in(b, &copy->id))
		return 0;
	rc = next_item(b, &copy->id, err);
	if (rc == ERROR_NOT_FOUND) {
		b->items[b->n].fd = fd_take(&copy->fd);
		rc = 0;
	}
	if (rc == 0)
		b->n++;
	return rc;
}

/* All bytes durable. After an error nothing is tried again on these files
 * (the kernel may have dropped the pages): the batch is forgotten. */
static int sync_bytes(struct store_batch *b, struct error *err)
{
	size_t i;

	if (b->st->is_lazy)
		return 0;
	if (b->n > SYNC_EACH_MAX)
		return os_syncfs(b->items[0].fd) < 0
		    ? error_sys(err, "sync the store %s", b->st->dir)
		    : 0;
	for (i = 0; i < b->n; i++)
		if (os_fsync(b->items[i].fd) < 0)
			return error_sys(err, "sync in the store %s",
			    b->st->dir);
	return 0;
}

static int sync_names(struct store_batch *b, struct error *err)
{
	struct store_path shard;
	size_t i;
	int rc = 0;

	if (b->st->is_lazy || b->n > SYNC_EACH_MAX)
		return sync_bytes(b, err);
	for (i = 0; rc == 0 && i < b->n; i++) {
		store_shard_of(b->st, "blobs", &b->items[i].id, &shard);
		rc = file_sync_dir(shard.p, err);
	}
	return rc;
}

int store_batch_commit(struct store_batch *b, struct error *err)
{
	size_t i;
	int rc = b->n ? sync_bytes(b, err) : 0;

	for (i = 0; rc == 0 && i < b->n; i++)
		if (!b->items[i].named)
			rc = store_link(b->st, &b->items[i].id,
			    b->items[i].is_delta, &b->items[i].fd, err);
	if (rc == 0 && b->n)
		rc = sync_names(b, err);
	forget(b);
	return rc;
}
