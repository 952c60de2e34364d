/* os: see os.h. _GNU_SOURCE for O_TMPFILE, syncfs, openat2. */
#define _GNU_SOURCE
#include "cache/base/os.h"

#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

int os_open(const char *path, int flags, mode_t mode)
{
	return os_openat(AT_FDCWD, path, flags, mode);
}

int os_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dirfd, path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int fail_with(int why)
{
	errno = why;
	return -1;
}

/* The first n bytes of path, a name in the directory at; no link. */
static int open_part(int at, const char *path, size_t n, int flags)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd;

	if (n > NAME_MAX)
		return fail_with(ENAMETOOLONG);
	memcpy(name, path, n);
	name[n] = '\0';
	if (n == 0 || strcmp(name, "..") == 0)
		return fail_with(EXDEV);
	fd = os_openat(at, name, flags | O_NOFOLLOW, 0);
	/* with O_DIRECTORY, ENOTDIR is what a link gets, too */
	if (fd < 0 && errno == ENOTDIR)
		return fail_with(
		    os_lstat_at(at, name, &st) == 0 && S_ISLNK(st.st_mode)
		        ? ELOOP
		        : ENOTDIR);
	return fd;
}

/* What openat2 does, one component after another. Stricter: no "..", even
 * where it would stay below. */
static int open_parts(int dirfd, const char *path, int flags)
{
	int at = dirfd, fd, why;
	bool is_last = false;
	size_t n;

	do {
		n = strcspn(path, "/");
		is_last = path[n] == '\0';
		fd = open_part(at, path, n,
		    is_last ? flags : O_PATH | O_DIRECTORY);
		why = errno;
		if (at != dirfd)
			os_close(at);
		errno = why;
		at = fd;
		path += n + 1;
	} while (fd >= 0 && !is_last);
	return fd;
}

int os_open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 && errno == ENOSYS ? open_parts(dirfd, path, flags)
	                                 : (int)fd;
}

ssize_t os_read(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t os_pread(int fd, void *p, size_t n, off_t at)
{
	ssize_t got;

	do
		got = pread(fd, p, n, at);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t os_write(int fd, const void *p, size_t n)
{
	ssize_t put;

	do
		put = write(fd, p, n);
	while (put < 0 && errno == EINTR);
	return put;
}

void os_start_writing(int fd, off_t at, off_t n)
{
	(void)sync_file_range(fd, at, n, SYNC_FILE_RANGE_WRITE);
}

int os_fsync(int fd)
{
	int rc;

	do
		rc = fsync(fd);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int os_syncfs(int fd)
{
	return syncfs(fd);
}

int os_close(int fd)
{
	return close(fd);
}

int os_ftruncate(int fd, off_t n)
{
	int rc;

	do
		rc = ftruncate(fd, n);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int os_rewind(int fd)
{
	return lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0;
}

int os_fchmod(int fd, mode_t mode)
{
	return fchmod(fd, mode);
}

int os_chmod(const char *path, mode_t mode)
{
	return chmod(path, mode);
}

int os_chmod_at(int dirfd, const char *name, mode_t mode)
{
	return fchmodat(dirfd, name, mode, AT_SYMLINK_NOFOLLOW);
}

int os_chown(const char *path, uid_t user, gid_t group)
{
	return chown(path, user, group);
}

int os_touch_fd(int fd)
{
	return futimens(fd, NULL);
}

int os_set_time_fd(int fd, time_t when)
{
	const struct timespec times[2] = { { .tv_sec = when },
		{ .tv_sec = when } };

	return futimens(fd, times);
}

int os_touch(const char *path)
{
	return utimensat(AT_FDCWD, path, NULL, 0);
}

int os_make_temp(char *name)
{
	return mkostemp(name, O_CLOEXEC);
}

int os_make_temp_dir(char *name)
{
	return mkdtemp(name) ? 0 : -1;
}

int os_link_fd(int fd, const char *path)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int os_symlink(const char *to, const char *path)
{
	return symlink(to, path);
}

int os_rename(const char *from, const char *to)
{
	return rename(from, to);
}

int os_exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

int os_unlink(const char *path)
{
	return unlink(path);
}

int os_mkdir(const char *path, mode_t mode)
{
	return mkdir(path, mode);
}

int os_rmdir(const char *path)
{
	return rmdir(path);
}

int os_fstat(int fd, struct stat *st)
{
	return fstat(fd, st);
}

int os_lstat(const char *path, struct stat *st)
{
	return os_lstat_at(AT_FDCWD, path, st);
}

int os_lstat_at(int dirfd, const char *name, struct stat *st)
{
	return fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);
}

int os_flock(int fd, int op)
{
	int rc;

	do
		rc = flock(fd, op);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int os_lock_byte(int fd, off_t at)
{
	struct flock lock = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1 };
	int rc;

	do
		rc = fcntl(fd, F_OFD_SETLK, &lock);
	while (rc < 0 && errno == EINTR);
	return rc;
}
