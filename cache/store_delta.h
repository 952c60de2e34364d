#ifndef SLUICE_CACHE_STORE_DELTA_H
#define SLUICE_CACHE_STORE_DELTA_H
/*
 * store_delta -- blobs that rest as deltas (delta.h), in a store's directory.
 *
 * Shape      blobs/ab/cdef....delta, beside or instead of blobs/ab/cdef...;
 *            trash/abcdef....delta.
 * Bases      Blobs that rest as they are: the depth is one. While a delta is in
 *            blobs/, gc leaves its bases there.
 * Reading    Its bytes come out into an unnamed file, and are verified by the
 *            blob's name as any blob's. A delta that does not give them is a
 *            damaged blob: it goes to quarantine and counts as absent.
 * Private to what store_impl.h names, and near.c.
 */
#include "cache/delta.h"
#include "cache/store_impl.h"

/* Where a blob rests as a delta, and where gc lays blobs and deltas aside. */
void store_delta_path(const struct store *st, const struct digest *id,
    struct store_path *out);
void store_trash_path(const struct store *st, const struct digest *id,
    bool is_delta, struct store_path *out);

/* Takes the end of a delta's name off; false where it is none. */
bool store_cut_delta(char *name);

/* Opens a file of that name; ERROR_NOT_FOUND without words; ERROR_CORRUPT where
 * it is no file. */
int store_open_name(const char *path, int *fd, struct error *err);

/* As store_open_raw(), of what does not rest as a delta. */
int store_open_plain(struct store *st, const struct digest *id, int *fd,
    struct error *err);

/* The bytes that the delta's file fd gives, added to out, or as an unnamed file
 * that is for reading alone, as a blob's. They are not verified. ERROR_CORRUPT
 * where it is damaged, or a base is not there. */
int store_expand(struct store *st, int fd, struct buf *out, struct error *err);
int store_expand_file(struct store *st, int delta, int *fd, struct error *err);

/* Whether there is a delta of a blob, and all its bases. */
bool store_has_delta(struct store *st, const struct digest *id);

/* The head of the delta at path; ERROR_NOT_FOUND, without words;
 * ERROR_CORRUPT. */
int store_read_delta_head(const char *path, struct delta_head *out,
    struct error *err);

/* A delta in the making. */
struct store_delta {
	struct digest bases[DELTA_BASES]; /* of blobs that rest as they are */
	size_t n;
	uint64_t bytes[DELTA_BASES]; /* out: theirs */
	uint64_t reached; /* out: the end of the last copy, in all of them */
	struct buf text; /* out: the delta; the caller clears it */
};

/* Makes a delta that gives data. Its bases are verified, and young again.
 * ERROR_LIMIT, without words, where it is better put as it is. */
int store_delta_make(struct store *st, struct bytes data,
    struct store_delta *delta, struct error *err);

/* A delta is as durable as its bases: syncs all, where the store is not lazy.
 */
int store_sync_delta(struct store *st, struct error *err);

/* store_batch_put() of data whose digest is known; it rests as the delta, which
 * gives it, where that is not empty. */
int store_batch_put_as(struct store_batch *b, const struct digest *id,
    struct bytes data, struct bytes delta, struct error *err);

#endif
