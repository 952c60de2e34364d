#ifndef SLUICE_TESTS_FAULT_OS_H
#define SLUICE_TESTS_FAULT_OS_H
/*
 * fault_os -- the seam to the operating system (cache/base/os.h), in which a
 * test makes the Nth call fail, lie, or be the last. Included by one test
 * program, whose functions the linker takes instead of the library's.
 *
 * The including file defines _GNU_SOURCE first.
 */
#include <errno.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/os.h"

enum fault_mode {
	FAULT_OFF,
	FAULT_ONCE, /* call number `at` fails with `code` */
	FAULT_FOR_EVER, /* and all behind it */
	FAULT_LIE, /* a write of half the bytes says that it wrote all */
	FAULT_TWIST, /* and one of another byte */
	FAULT_MORE, /* and one of a byte too many */
	FAULT_DEATH, /* the process ends there */
	FAULT_HOOK, /* fault.hook is called there: the world changes; it may
	               set another fault that comes behind it */
};

enum {
	FAULT_DIED = 99
};

static struct {
	enum fault_mode mode;
	long call, at;
	int code;
	bool struck; /* it has happened ... */
	bool struck_data; /* ... to a call on which a promise rests */
	void (*hook)(void *payload);
	void *payload;
	long opened; /* files, not directories, by os_open_beneath() */
} fault;

static void fault_set(enum fault_mode mode, long at, int code)
{
	fault.mode = mode;
	fault.call = 0;
	fault.at = at;
	fault.code = code;
	fault.struck = fault.struck_data = false;
}

static bool lies(void)
{
	return fault.mode == FAULT_LIE || fault.mode == FAULT_TWIST ||
	    fault.mode == FAULT_MORE;
}

static bool strikes(bool is_data)
{
	if (fault.mode == FAULT_OFF)
		return false;
	fault.call++;
	if (fault.call < fault.at ||
	    (fault.call > fault.at && fault.mode != FAULT_FOR_EVER))
		return false;
	if (fault.mode == FAULT_DEATH)
		_exit(FAULT_DIED);
	if (fault.mode == FAULT_HOOK) {
		fault.mode = FAULT_OFF;
		fault.hook(fault.payload);
		fault.struck = true;
		if (fault.mode == FAULT_OFF)
			fault.mode = FAULT_HOOK;
		return false;
	}
	if (lies())
		return false;
	fault.struck = true;
	fault.struck_data |= is_data;
	errno = fault.code;
	return true;
}

int os_open(const char *path, int flags, mode_t mode)
{
	return os_openat(AT_FDCWD, path, flags, mode);
}

int os_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	return strikes(false) ? -1
	                      : openat(dirfd, path, flags | O_CLOEXEC, mode);
}

int os_open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

	fault.opened += !(flags & O_DIRECTORY);
	return strikes(false)
	    ? -1
	    : (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

ssize_t os_read(int fd, void *p, size_t n)
{
	return strikes(false) ? -1 : read(fd, p, n);
}

ssize_t os_pread(int fd, void *p, size_t n, off_t at)
{
	return strikes(false) ? -1 : pread(fd, p, n, at);
}

static ssize_t lie(int fd, const char *p, size_t n)
{
	const char other = (char)(p[0] ^ 1);

	if (fault.mode == FAULT_LIE)
		return write(fd, p, n / 2) < 0 ? -1 : (ssize_t)n;
	if (fault.mode == FAULT_MORE)
		return write(fd, p, n) < 0 || write(fd, "+", 1) < 0
		    ? -1
		    : (ssize_t)n;
	return write(fd, &other, 1) < 0 || write(fd, p + 1, n - 1) < 0
	    ? -1
	    : (ssize_t)n;
}

ssize_t os_write(int fd, const void *p, size_t n)
{
	if (strikes(true))
		return -1;
	if (lies() && fault.call == fault.at && n > 1) {
		fault.struck = fault.struck_data = true;
		return lie(fd, p, n);
	}
	/* always short, so that all who write go on */
	return write(fd, p, n > 100 ? n / 2 : n);
}

void os_start_writing(int fd, off_t at, off_t n)
{
	(void)sync_file_range(fd, at, n, SYNC_FILE_RANGE_WRITE);
}

int os_fsync(int fd)
{
	return strikes(true) ? -1 : fsync(fd);
}

int os_syncfs(int fd)
{
	return strikes(true) ? -1 : syncfs(fd);
}

int os_close(int fd)
{
	return close(fd);
}

int os_ftruncate(int fd, off_t n)
{
	return strikes(true) ? -1 : ftruncate(fd, n);
}

int os_rewind(int fd)
{
	return strikes(false) || lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0;
}

int os_fchmod(int fd, mode_t mode)
{
	return strikes(true) ? -1 : fchmod(fd, mode);
}

int os_chmod(const char *path, mode_t mode)
{
	return strikes(false) ? -1 : chmod(path, mode);
}

int os_chmod_at(int dirfd, const char *name, mode_t mode)
{
	return strikes(false)
	    ? -1
	    : fchmodat(dirfd, name, mode, AT_SYMLINK_NOFOLLOW);
}

int os_chown(const char *path, uid_t user, gid_t group)
{
	return strikes(false) ? -1 : chown(path, user, group);
}

int os_touch_fd(int fd)
{
	return strikes(false) ? -1 : futimens(fd, NULL);
}

int os_set_time_fd(int fd, time_t when)
{
	const struct timespec times[2] = { { .tv_sec = when },
		{ .tv_sec = when } };

	return strikes(false) ? -1 : futimens(fd, times);
}

int os_touch(const char *path)
{
	return strikes(false) ? -1 : utimensat(AT_FDCWD, path, NULL, 0);
}

int os_make_temp(char *name)
{
	return strikes(true) ? -1 : mkostemp(name, O_CLOEXEC);
}

int os_make_temp_dir(char *name)
{
	return !strikes(true) && mkdtemp(name) ? 0 : -1;
}

int os_link_fd(int fd, const char *path)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	return strikes(true)
	    ? -1
	    : linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int os_symlink(const char *to, const char *path)
{
	return strikes(true) ? -1 : symlink(to, path);
}

int os_rename(const char *from, const char *to)
{
	return strikes(true) ? -1 : rename(from, to);
}

int os_exchange(const char *a, const char *b)
{
	return strikes(true)
	    ? -1
	    : renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

int os_unlink(const char *path)
{
	return strikes(false) ? -1 : unlink(path);
}

int os_mkdir(const char *path, mode_t mode)
{
	return strikes(false) ? -1 : mkdir(path, mode);
}

int os_rmdir(const char *path)
{
	return strikes(false) ? -1 : rmdir(path);
}

int os_fstat(int fd, struct stat *st)
{
	return strikes(false) ? -1 : fstat(fd, st);
}

int os_lstat(const char *path, struct stat *st)
{
	return os_lstat_at(AT_FDCWD, path, st);
}

int os_lstat_at(int dirfd, const char *name, struct stat *st)
{
	return strikes(false) ? -1
	                      : fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);
}

int os_flock(int fd, int op)
{
	return strikes(false) ? -1 : flock(fd, op);
}

int os_lock_byte(int fd, off_t at)
{
	struct flock lock = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1 };

	return strikes(false) ? -1 : fcntl(fd, F_OFD_SETLK, &lock);
}

#endif
