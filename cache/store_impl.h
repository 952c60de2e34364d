#ifndef SLUICE_CACHE_STORE_IMPL_H
#define SLUICE_CACHE_STORE_IMPL_H
/*
 * store_impl -- what the modules that live in a store's directory share:
 * store, store_put, store_delta, store_unsynced, store_derived, result, gc,
 * fsck. Nobody else.
 *
 * The rules that make many writers safe:
 * - A name in blobs/ is given once, by link(2), to bytes that are synced, or,
 *   where syncs are put off, under a mark (store_unsynced.c).
 * - A name in blobs/ is taken away only under store_lock(), by quarantine
 *   (after another look at the bytes) or by gc (into trash/).
 * - What is in trash/ is still there for readers: they bring it back.
 * - A blob may rest as a delta (store_delta.h): in blobs/ under another name,
 *   of which the same holds.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

#include "cache/digest_set.h"
#include "cache/store.h"

enum {
	STORE_BOOT_MAX = 64
};

struct store {
	char *dir;
	char *temp; /* DIR/tmp */
	/* store_unsynced.c alone: */
	bool is_lazy; /* syncs are put off */
	char boot[STORE_BOOT_MAX];
	pthread_mutex_t lock; /* of what follows */
	int mark; /* locked; -1: nothing is owed yet */
	char mark_name[2 * STORE_BOOT_MAX];
	struct digest_set blobs, results; /* named since the last sync */
};

struct store_path {
	char p[PATH_MAX];
};

enum {
	STORE_NAME_MAX = 128
}; /* below DIR: the longest name of ours */

/* DIR/KIND/ab/cdef..., DIR/KIND/ab, DIR/KIND/NAME. */
void store_path_of(const struct store *st, const char *kind,
    const struct digest *id, struct store_path *out);
void store_shard_of(const struct store *st, const char *kind,
    const struct digest *id, struct store_path *out);
void store_path_in(const struct store *st, const char *kind, const char *name,
    struct store_path *out);

/* The lock under which names are taken away; closing *fd releases it. */
int store_lock(const struct store *st, int *fd, struct error *err);

/* Syncs put off from now on; what is owed is forgotten (it stays owed). */
int store_lazy_init(struct store *st, struct error *err);
void store_lazy_clear(struct store *st);

/* Of a lazy store: before a blob or a result gets a name whose bytes are not
 * synced. */
int store_lazy_note(struct store *st, bool is_result, const struct digest *id,
    struct error *err);

/* Looks at what was written before a power cut and not synced. */
int store_recover(struct store *st, struct error *err);

/* A file in DIR/KIND/ab/. */
struct store_entry {
	struct digest id; /* null unless is_named */
	bool is_named; /* as a digest; else a stranger, or left by the dead */
	bool is_delta; /* of that blob */
	struct store_path path;
	struct stat info;
};

/* Whether it is what file_write() has under way, or what the dead left. */
bool store_is_temp(const struct store_entry *entry);

/* Calls fn for each file of a kind, in order of names; a non-zero answer ends
 * it and is returned. */
int store_each_entry(const struct store *st, const char *kind,
    int (*fn)(const struct store_entry *entry, void *payload), void *payload,
    struct error *err);

/* As store_each_entry(), for the files of all derived forms. */
int store_each_derived(const struct store *st,
    int (*fn)(const struct store_entry *entry, const char *form, void *payload),
    void *payload, struct error *err);

/* Brings a blob back that gc laid aside, or its delta, young again; false where
 * there is none in trash. */
bool store_restore(struct store *st, const struct digest *id);

/* Opens a blob, from trash where gc put it; its bytes are not looked at. Of one
 * that rests as a delta they are an unnamed file; ERROR_CORRUPT where it is
 * damaged, or a base is not there. */
int store_open_raw(struct store *st, const struct digest *id, int *fd,
    struct error *err);

/* 0 where the bytes of fd, from its start, are those of id; else
 * ERROR_CORRUPT, or ERROR_IO. fd stands at its end, or anywhere. */
int store_check_fd(int fd, const struct digest *id, struct error *err);

/* Moves a blob whose bytes are not those of its name (looked at again under
 * the lock) to quarantine. Returns ERROR_CORRUPT with the words for it, or
 * another error; 0 where the bytes are right after all. */
int store_quarantine(struct store *st, const struct digest *id,
    struct error *err);

/* Moves any other damaged file of the store to quarantine. */
int store_quarantine_file(struct store *st, const char *path,
    struct error *err);

/* Writes data to a new unnamed temporary file, mode 0444, reads it back and
 * compares; it is not synced. It is made in the directory that it will have its
 * name in: ext4 looks for a free inode near there, past all that went within
 * the last minutes, and of one directory for all temporaries that are too many
 * where a store was just removed or swept. */
int store_write_temp(struct store *st, const struct digest *id,
    struct bytes data, int *fd, struct error *err);

/* Gives the synced file *fd its name; is_delta: that of a delta. Where the name
 * is taken, the bytes there are verified and, where they are right, *fd is
 * closed and becomes theirs. */
int store_link(struct store *st, const struct digest *id, bool is_delta,
    int *fd, struct error *err);

/* Opens the file that is there already of these bytes, verified;
 * ERROR_NOT_FOUND where there is nothing, or nothing right (which is in
 * quarantine then). Of a delta it is synced, with its bases, unless the store
 * is lazy. */
int store_open_same(struct store *st, const struct digest *id, int *fd,
    struct error *err);

#endif
