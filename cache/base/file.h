#ifndef SLUICE_CACHE_BASE_FILE_H
#define SLUICE_CACHE_BASE_FILE_H
/*
 * file -- files and directories, whole and durable.
 *
 * Use        file_read(path, max, &buf, err); file_write(path, bytes, 0644,
 *            err) replaces atomically and is durable when it returns 0.
 * Errors     ERROR_NOT_FOUND where a path is not there, ERROR_EXISTS,
 *            ERROR_LIMIT where a file is larger than max, ERROR_IO otherwise.
 * Seam       All calls to the operating system that can fail on the way of
 *            data go through os.h, so that tests can make each of them fail.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

enum {
	FILE_MAX = 1 << 30
}; /* a sane maximum for whole reads */

/* The whole file, added to out. */
int file_read(const char *path, size_t max, struct buf *out, struct error *err);

/* From a descriptor, to its end. */
int file_read_fd(int fd, size_t max, struct buf *out, struct error *err);

/* Writes all of data to a descriptor. */
int file_write_fd(int fd, struct bytes data, struct error *err);

/* Replaces path with data: a temporary beside it, sync, rename, sync of the
 * directory. Readers see the old bytes or the new. */
int file_write(const char *path, struct bytes data, mode_t mode,
    struct error *err);

/* As file_write() without the syncs: after a power cut the file may be old,
 * new, empty or torn. For what carries its own digest and may be lost. */
int file_write_loose(const char *path, struct bytes data, mode_t mode,
    struct error *err);

/* Creates path with data, durably; ERROR_EXISTS where it is there. */
int file_create(const char *path, struct bytes data, mode_t mode,
    struct error *err);

/* Makes a directory and its parents; fine where it is there. */
int file_make_dirs(const char *path, struct error *err);

/* Syncs a directory, so that names made in it last. */
int file_sync_dir(const char *path, struct error *err);

/* Removes a file or a directory with all below; not through symbolic links;
 * fine where there is none. */
int file_remove_tree(const char *path, struct error *err);

/* What is free on the disk of a directory, for us. */
int file_free_bytes(const char *dir, uint64_t *out, struct error *err);

/* Whether there is something at path (links followed). */
bool file_exists(const char *path);

/* The names in a directory without "." and "..", sorted by bytes. The array
 * and the names are the caller's: file_names_clear(). */
struct file_names {
	char **names;
	size_t n, cap;
};
int file_list(const char *path, struct file_names *out, struct error *err);

/* The same of a directory that is open; fd stays the caller's. */
int file_list_fd(int fd, struct file_names *out, struct error *err);

/* Adds a copy of a name behind the others; frees all, usable again. */
int file_names_add(struct file_names *names, const char *name,
    struct error *err);
void file_names_clear(struct file_names *names);

/* An exclusive lock (flock) on path, made where it is not there. Where wait
 * is false and somebody holds it, ERROR_BUSY. Closing *fd releases it. */
int file_lock(const char *path, bool wait, int *fd, struct error *err);

/* The same, held by any number at once, and by none beside file_lock(). */
int file_lock_shared(const char *path, int *fd, struct error *err);

/* The lock of one place of a file, made where it is not there: a file of locks
 * has 2^63 of them and no bytes. Never waits: ERROR_BUSY. Closing *fd releases
 * it. */
int file_lock_place(const char *path, uint64_t place, int *fd,
    struct error *err);

/* A new empty directory below dir; path gets its name. */
int file_make_temp_dir(const char *dir, char *path, size_t size,
    struct error *err);

/* An unnamed temporary file in dir (O_TMPFILE), read and write. */
int file_open_temp(const char *dir, int *fd, struct error *err);

/* The same in memory (memfd): for what is small, or of no directory. */
int file_open_memory(int *fd, struct error *err);

/* Empties a file that its holder goes on with, and stands at its start. */
int file_empty(int fd, struct error *err);

/* Opens what is below dirfd for reading: a regular file with one link, no
 * symbolic link on the way (openat2, RESOLVE_BENEATH), at most max bytes.
 * ERROR_NOT_FOUND, ERROR_DENIED (not such a file), ERROR_LIMIT. */
int file_open_beneath(int dirfd, const char *name, uint64_t max, int *fd,
    struct error *err);

/* A file's bytes mapped read only. An empty file gives p = "", n = 0. */
struct file_map {
	struct bytes data;
	void *base;
};
int file_map_fd(int fd, struct file_map *out, struct error *err);
void file_map_clear(struct file_map *m);

/* Bytes of a map come into memory: where the file cannot be read there it is
 * ERROR_IO, and not the death of the process at the first look. */
int file_map_fetch(struct bytes data, struct error *err);

/* Memory of n zeros, which may be written to; pieces of files may take the
 * place of pieces of it, read only: n bytes of fd from place `from` on. All
 * places and sizes are whole pages of the machine's. */
int file_map_room(size_t n, struct file_map *out, struct error *err);
int file_map_at(struct file_map *room, size_t at, int fd, uint64_t from,
    size_t n, struct error *err);

/* Bytes of a map that were read need not stay in memory: where they are
 * looked at again, they come from the file again. */
void file_map_let_go(struct bytes data);

/* Takes the descriptor out of a variable that CLEANUP(fd_close) guards: *fd is
 * -1 then. */
int fd_take(int *fd);

/* Closes *fd where it is not negative, and sets it to -1. For CLEANUP. */
void fd_close(int *fd);

#endif
