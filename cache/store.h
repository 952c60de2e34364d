#ifndef SLUICE_CACHE_STORE_H
#define SLUICE_CACHE_STORE_H
/*
 * store -- immutable bytes under a SHA-256 name, and small records beside.
 *
 * Use        store_open(); store_put() / store_get() / store_has();
 *            store_close(). Many puts that may share two syncs: a batch.
 * Shape      DIR/blobs/ab/cdef... (mode 0444), DIR/results/ab/cdef...,
 *            DIR/derived/FORM/ab/cdef..., DIR/quarantine/, DIR/trash/ (gc),
 *            DIR/desk/, DIR/tmp/, DIR/format ("sluice-store/1").
 *            A blob's name is the digest of its bytes; it is never rewritten.
 * Ownership  store_get() fills a buf that the caller clears.
 * Errors     ERROR_NOT_FOUND; ERROR_CORRUPT where bytes differ from their
 *            name (they are moved to quarantine and count as absent from
 *            then on); ERROR_IO.
 * Threads    One store may be used by many threads, and one directory by
 *            many processes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/digest.h"
#include "cache/base/error.h"
#include "cache/base/file.h"

enum {
	STORE_BLOB_MAX = 1 << 30,
	STORE_FORM_AT = DIGEST_HEX + 1,
	STORE_DELTA_LEAST = 64 << 10, /* of fewer bytes none rests as a delta */
};

struct store;

/* Opens the store in dir and makes what is missing of it. */
int store_open(const char *dir, struct store **out, struct error *err);
void store_close(struct store *st);
void store_closep(struct store **st);

/* As store_open(), for who puts much and acknowledges it at once: no put or
 * result waits for the disk, and none is durable before store_sync(), which
 * comes before anybody is told of it (a ref, a line of the desk, an answer).
 * What a power cut tears before that is found when the store is next opened,
 * and counts as absent; a process may die at any time as ever. */
int store_open_lazy(const char *dir, struct store **out, struct error *err);

/* All that was put through this handle, and all that others have put and not
 * synced yet, becomes durable. Nobody puts through the handle meanwhile. Where
 * the disk fails, the names given are taken back. Does nothing where nothing is
 * owed, or the handle is not lazy. */
int store_sync(struct store *st, struct error *err);

/* The directory, and a directory for unnamed temporary files in it. */
const char *store_dir(const struct store *st);
const char *store_temp_dir(const struct store *st);

/* store_use(): tables are being made that nothing names yet; any number at
 * once. store_claim(): nobody is doing that, else ERROR_BUSY; and nobody
 * begins. Both until *fd is closed. */
int store_use(const struct store *st, int *fd, struct error *err);
int store_claim(const struct store *st, int *fd, struct error *err);

/* Puts bytes; out gets their name. Bytes and name are durable when it returns
 * 0 (through a lazy handle: when store_sync() does). What is there already is
 * verified, and made durable, before it is trusted. */
int store_put(struct store *st, struct bytes data, struct digest *out,
    struct error *err);

/* Several puts that become durable together at store_batch_commit(), before
 * which none of them may be acknowledged. Closing without commit leaves the
 * blobs without a promise. A batch belongs to one thread. */
struct store_batch;
int store_batch_open(struct store *st, struct store_batch **out,
    struct error *err);
int store_batch_put(struct store_batch *b, struct bytes data,
    struct digest *out, struct error *err);
int store_batch_commit(struct store_batch *b, struct error *err);

/* Bytes on their way: an unnamed file of the store, and the name it may get. */
struct store_copy {
	int fd; /* the holder's: fd_close() */
	struct digest id;
	uint64_t bytes;
};

/* Copies what a descriptor gives, to its end, however much that is: memory is
 * bounded. store_batch_add() puts it, as store_batch_put() puts bytes;
 * copy->fd is taken over. */
int store_copy(struct store *st, int from, struct store_copy *out,
    struct error *err);
int store_batch_add(struct store_batch *b, struct store_copy *copy,
    struct error *err);
void store_batch_close(struct store_batch *b);
void store_batch_closep(struct store_batch **b);

/* Adds the verified bytes to out. */
int store_get(struct store *st, const struct digest *id, struct buf *out,
    struct error *err);

/* A read-only descriptor of a blob whose bytes were just verified; the
 * caller closes it. */
int store_open_blob(struct store *st, const struct digest *id, int *fd,
    struct error *err);

/* A blob's bytes as a map (file_map_clear()), not verified: what is made of
 * them counts for nothing before store_check_map() says 0, which another
 * thread may ask while they are read. Neither keeps them in memory. */
int store_map(struct store *st, const struct digest *id, struct file_map *out,
    struct error *err);
int store_check_map(struct store *st, const struct digest *id,
    const struct file_map *map, struct error *err);

/* Whether a blob is there (its bytes are not read). */
bool store_has(struct store *st, const struct digest *id);

/* Of each of the 256 directories of the store dir's "blobs" or "results" (its
 * index is the first byte of the digests in it) what is another as soon as a
 * name in it comes or goes: where none is, all that was there still is. false
 * where they cannot be read. */
struct store_shard {
	uint64_t device, inode;
	int64_t changed; /* nanoseconds since 1970 */
};
bool store_shards(const char *dir, const char *kind,
    struct store_shard out[256]);

/* Calls fn for each blob, in order of names; a non-zero answer ends it and is
 * returned. */
int store_each(struct store *st,
    int (*fn)(const struct digest *id, uint64_t bytes, void *payload),
    void *payload, struct error *err);

#endif
