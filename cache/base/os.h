#ifndef SLUICE_CACHE_BASE_OS_H
#define SLUICE_CACHE_BASE_OS_H
/*
 * os -- the one seam to the operating system for the way of data: each call
 * is libc's, with libc's result and errno. Tests link another os.c that
 * counts the calls and makes the Nth fail or the process die there. What
 * changes anything outside of the process is called here and nowhere else
 * (tests/lint/words.sh); what SQLite, libgit2 and git call themselves is met
 * from outside (tests/e2e/kill_at.c).
 * EINTR is retried here, once and for all, except in os_close(): on Linux a
 * descriptor is gone whatever close() says.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* open, openat (close-on-exec), and openat2 below dirfd without links; where
 * there is no openat2 (gVisor, valgrind, a filter of calls) the same by hand.
 */
int os_open(const char *path, int flags, mode_t mode);
int os_openat(int dirfd, const char *path, int flags, mode_t mode);
int os_open_beneath(int dirfd, const char *path, int flags);

/* Bytes and their durability. */
ssize_t os_read(int fd, void *p, size_t n);
ssize_t os_pread(int fd, void *p, size_t n, off_t at);
ssize_t os_write(int fd, const void *p, size_t n);
/* The kernel begins to write these bytes to the disk; nobody waits for it, and
 * nothing is promised. Where it cannot, a later sync has more to do. */
void os_start_writing(int fd, off_t at, off_t n);
int os_fsync(int fd);
int os_syncfs(int fd);
int os_close(int fd);
int os_ftruncate(int fd, off_t n);
/* What is read or written next is the first byte. */
int os_rewind(int fd);
int os_fchmod(int fd, mode_t mode);
int os_chmod(const char *path, mode_t mode);
/* The same of a name in dirfd, no link followed. */
int os_chmod_at(int dirfd, const char *name, mode_t mode);
int os_chown(const char *path, uid_t user, gid_t group);

/* The times of now; of that second. */
int os_touch_fd(int fd);
int os_set_time_fd(int fd, time_t when);
int os_touch(const char *path);

/* A new file (close-on-exec), a new directory; name ends with XXXXXX, which
 * gets letters. */
int os_make_temp(char *name);
int os_make_temp_dir(char *name);

/* Gives the unnamed temporary file fd the name path; EEXIST where taken. */
int os_link_fd(int fd, const char *path);

/* Names and directories. */
int os_symlink(const char *to, const char *path);
int os_rename(const char *from, const char *to);
/* Each gets the other's name, at once; EINVAL where the file system cannot. */
int os_exchange(const char *a, const char *b);
int os_unlink(const char *path);
int os_mkdir(const char *path, mode_t mode);
int os_rmdir(const char *path);
int os_fstat(int fd, struct stat *st);
int os_lstat(const char *path, struct stat *st);
int os_lstat_at(int dirfd, const char *name, struct stat *st);
int os_flock(int fd, int op);

/* One byte of a file, exclusively, without waiting (fcntl F_OFD_SETLK: the lock
 * is of the open file, as flock's); EAGAIN where another holds it. */
int os_lock_byte(int fd, off_t at);

#endif
