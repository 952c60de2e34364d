/* file: see file.h. _GNU_SOURCE for O_TMPFILE, memfd_create. */
#define _GNU_SOURCE
#include "cache/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "cache/base/os.h"

void fd_close(int *fd)
{
	if (*fd >= 0)
		os_close(*fd);
	*fd = -1;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* errno in our words: the two codes that callers ask for, else ERROR_IO. */
static int fail(struct error *err, const char *doing, const char *path)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s %s: no such file or directory", doing, path);
	if (errno == EEXIST)
		return error_set(err, ERROR_EXISTS,
		    "%s %s: it is there already", doing, path);
	return error_sys(err, "%s %s", doing, path);
}

int file_read_fd(int fd, size_t max, struct buf *out, struct error *err)
{
	enum {
		CHUNK = 64 * 1024
	};
	size_t start = out->n;

	for (;;) {
		ssize_t got;

		if (!buf_reserve(out, CHUNK))
			return error_memory(err);
		got = os_read(fd, out->p + out->n, CHUNK);
		if (got < 0)
			return error_sys(err, "read");
		if (got == 0)
			return 0;
		out->n += (size_t)got;
		out->p[out->n] = '\0';
		if (out->n - start > max)
			return error_set(err, ERROR_LIMIT,
			    "larger than %zu bytes", max);
	}
}

int file_read(const char *path, size_t max, struct buf *out, struct error *err)
{
	CLEANUP(fd_close) int fd = os_open(path, O_RDONLY, 0);
	int rc;

	if (fd < 0)
		return fail(err, "open", path);
	rc = file_read_fd(fd, max, out, err);
	if (rc)
		error_wrap(err, "%s", path);
	return rc;
}

static bool put_all(int fd, struct bytes data)
{
	while (data.n > 0) {
		ssize_t put = os_write(fd, data.p, data.n);

		if (put < 0)
			return false;
		data.p += put;
		data.n -= (size_t)put;
	}
	return true;
}

/* The path of an open file, of one without a name its directory's. errno is
 * left as it is. */
static const char *place_of(int fd, char *out, size_t size)
{
	char link[64];
	int why = errno;
	char *cut;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	cut = strrchr(out, '/');
	if (cut != NULL && cut[1] == '#' && strstr(cut, " (deleted)") != NULL)
		*cut = '\0';
	errno = why;
	return out;
}

int file_write_fd(int fd, struct bytes data, struct error *err)
{
	char place[PATH_MAX];

	return put_all(fd, data)
	    ? 0
	    : error_sys(err, "write %s", place_of(fd, place, sizeof(place)));
}

/* The directory a path lies in, into out. */
static int parent_of(const char *path, char *out, size_t size,
    struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;

	if (slash == path)
		n = 1;
	if (n >= size)
		return error_set(err, ERROR_LIMIT, "path too long: %s", path);
	memcpy(out, slash ? path : ".", n);
	out[n] = '\0';
	return 0;
}

int file_sync_dir(const char *path, struct error *err)
{
	CLEANUP(fd_close) int fd = os_open(path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fail(err, "open", path);
	if (os_fsync(fd) < 0)
		return error_sys(err, "sync %s", path);
	return 0;
}

int file_open_temp(const char *dir, int *fd, struct error *err)
{
	*fd = os_open(dir, O_TMPFILE | O_RDWR, 0600);
	return *fd < 0 ? fail(err, "make a temporary file in", dir) : 0;
}

int file_open_memory(int *fd, struct error *err)
{
	*fd = memfd_create("sluice", MFD_CLOEXEC);
	return *fd < 0 ? error_sys(err, "make a file in memory") : 0;
}

int file_empty(int fd, struct error *err)
{
	return os_ftruncate(fd, 0) < 0 || os_rewind(fd) < 0
	    ? error_sys(err, "empty a file")
	    : 0;
}

/* path is what fd's bytes are written for. */
static int write_sync(int fd, const char *path, struct bytes data, mode_t mode,
    bool sync, struct error *err)
{
	struct stat st;

	if (!put_all(fd, data))
		return error_sys(err, "write %s", path);
	if (os_fchmod(fd, mode) < 0)
		return error_sys(err, "chmod %s", path);
	/* write(2) has been seen to lie about how much it wrote */
	if (os_fstat(fd, &st) < 0)
		return error_sys(err, "stat %s", path);
	if ((uint64_t)st.st_size != data.n)
		return error_set(err, ERROR_IO,
		    "%s is shorter than what was written", path);
	return sync && os_fsync(fd) < 0 ? error_sys(err, "sync %s", path) : 0;
}

static int replace(const char *path, struct bytes data, mode_t mode, bool sync,
    struct error *err)
{
	char temp[PATH_MAX];
	CLEANUP(fd_close) int fd = -1;
	const char *slash = strrchr(path, '/'),
	           *name = slash ? slash + 1 : path;
	int rc;

	/* hidden: what a death leaves is none of the files that others pick up
	 * by a pattern, as a forge does with the hooks in a directory */
	if (snprintf(temp, sizeof(temp), "%.*s.%s.tmp.XXXXXX",
	        (int)(name - path), path, name) >= (int)sizeof(temp))
		return error_set(err, ERROR_LIMIT, "path too long: %s", path);
	fd = os_make_temp(temp);
	if (fd < 0)
		return fail(err, "make", temp);
	rc = write_sync(fd, path, data, mode, sync, err);
	if (rc == 0 && os_rename(temp, path) < 0)
		rc = fail(err, "rename to", path);
	if (rc)
		os_unlink(temp);
	return rc;
}

int file_write(const char *path, struct bytes data, mode_t mode,
    struct error *err)
{
	char dir[PATH_MAX];
	int rc = parent_of(path, dir, sizeof(dir), err);

	if (rc == 0)
		rc = replace(path, data, mode, true, err);
	return rc ? rc : file_sync_dir(dir, err);
}

int file_write_loose(const char *path, struct bytes data, mode_t mode,
    struct error *err)
{
	return replace(path, data, mode, false, err);
}

int file_create(const char *path, struct bytes data, mode_t mode,
    struct error *err)
{
	char dir[PATH_MAX];
	CLEANUP(fd_close) int fd = -1;
	int rc = parent_of(path, dir, sizeof(dir), err);

	if (rc || (rc = file_open_temp(dir, &fd, err)) ||
	    (rc = write_sync(fd, path, data, mode, true, err)))
		return rc;
	if (os_link_fd(fd, path) < 0)
		return fail(err, "create", path);
	return file_sync_dir(dir, err);
}

int file_make_dirs(const char *path, struct error *err)
{
	char part[PATH_MAX];
	size_t n = strlen(path), i;

	if (n >= sizeof(part))
		return error_set(err, ERROR_LIMIT, "path too long: %s", path);
	/* nearly always it is there, or its parent is */
	if (os_mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	memcpy(part, path, n + 1);
	for (i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (os_mkdir(part, 0777) < 0 && errno != EEXIST)
			return fail(err, "make the directory", part);
		part[i] = i < n ? '/' : '\0';
	}
	return 0;
}

int file_free_bytes(const char *dir, uint64_t *out, struct error *err)
{
	struct statvfs info;

	if (statvfs(dir, &info) < 0)
		return fail(err, "stat the file system of", dir);
	*out = (uint64_t)info.f_bavail * info.f_frsize;
	return 0;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_names_add(struct file_names *names, const char *name,
    struct error *err)
{
	char **more =
	    mem_grow(names->names, names->n, &names->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	names->names = more;
	more[names->n] = mem_strdup(name);
	if (more[names->n] == NULL)
		return error_memory(err);
	names->n++;
	return 0;
}

/* fd is taken over. */
static int list(int fd, const char *path, struct file_names *out,
    struct error *err)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (dir == NULL) {
		rc = fail(err, "open", path);
		fd_close(&fd);
		return rc;
	}
	while (rc == 0) {
		errno = 0;
		e = readdir(dir); /* one DIR, one thread: safe */
		if (e == NULL) {
			if (errno != 0)
				rc = error_sys(err, "read %s", path);
			break;
		}
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = file_names_add(out, e->d_name, err);
	}
	closedir(dir);
	if (rc == 0 && out->n > 1)
		qsort(out->names, out->n, sizeof(*out->names), compare_names);
	return rc;
}

int file_list(const char *path, struct file_names *out, struct error *err)
{
	return list(os_open(path, O_RDONLY | O_DIRECTORY, 0), path, out, err);
}

int file_list_fd(int fd, struct file_names *out, struct error *err)
{
	return list(os_openat(fd, ".", O_RDONLY | O_DIRECTORY, 0),
	    "the directory", out, err);
}

void file_names_clear(struct file_names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		mem_free(names->names[i]);
	mem_free(names->names);
	*names = (struct file_names){ 0 };
}

/* What is in dir, behind it on the stack. Whatever removing it said: a link is
 * not followed. */
static int push_below(struct file_names *stack, const char *dir,
    struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	int sys = errno, rc = 0;
	struct stat st;
	size_t i;

	if (os_lstat(dir, &st) == 0 && S_ISDIR(st.st_mode)) {
		os_chmod(dir, 0700);
		rc = file_list(dir, &names, NULL);
	}
	if (rc || names.n == 0) {
		errno = sys;
		return error_sys(err, "remove %s", dir);
	}
	for (i = 0; rc == 0 && i < names.n; i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };

		buf_printf(&b, "%s/%s", dir, names.names[i]);
		rc = buf_check(&b, err);
		if (rc == 0)
			rc = file_names_add(stack, b.p, err);
	}
	return rc;
}

/* Directories still to be emptied are on the heap, not on the call stack,
 * because the depth is somebody else's choice. */
int file_remove_tree(const char *path, struct error *err)
{
	struct file_names stack = { 0 };
	int rc = file_names_add(&stack, path, err);

	while (rc == 0 && stack.n > 0) {
		char *top = stack.names[stack.n - 1];

		if (os_unlink(top) == 0 || errno == ENOENT ||
		    os_rmdir(top) == 0 || errno == ENOENT) {
			mem_free(top);
			stack.n--;
			continue;
		}
		rc = push_below(&stack, top, err);
	}
	file_names_clear(&stack);
	return rc;
}

static int open_lock(const char *path, int *fd, struct error *err)
{
	*fd = os_open(path, O_RDWR | O_CREAT, 0666);
	return *fd < 0 ? fail(err, "open", path) : 0;
}

/* The lock was refused, errno says why. */
static int not_locked(const char *path, int *fd, struct error *err)
{
	int rc = errno == EWOULDBLOCK || errno == EACCES
	    ? error_set(err, ERROR_BUSY, "%s is held by another process", path)
	    : error_sys(err, "lock %s", path);

	fd_close(fd);
	return rc;
}

static int lock(const char *path, int how, int *fd, struct error *err)
{
	int rc = open_lock(path, fd, err);

	if (rc || os_flock(*fd, how) == 0)
		return rc;
	return not_locked(path, fd, err);
}

int file_lock(const char *path, bool wait, int *fd, struct error *err)
{
	return lock(path, wait ? LOCK_EX : LOCK_EX | LOCK_NB, fd, err);
}

int file_lock_shared(const char *path, int *fd, struct error *err)
{
	return lock(path, LOCK_SH, fd, err);
}

int file_lock_place(const char *path, uint64_t place, int *fd,
    struct error *err)
{
	int rc = open_lock(path, fd, err);

	if (rc || os_lock_byte(*fd, (off_t)(place & INT64_MAX)) == 0)
		return rc;
	return not_locked(path, fd, err);
}

int file_make_temp_dir(const char *dir, char *path, size_t size,
    struct error *err)
{
	if (snprintf(path, size, "%s/XXXXXX", dir) >= (int)size)
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	return os_make_temp_dir(path) == 0
	    ? 0
	    : fail(err, "make a directory in", dir);
}

int file_open_beneath(int dirfd, const char *name, uint64_t max, int *fd,
    struct error *err)
{
	struct stat st;
	int rc = 0;

	*fd = os_open_beneath(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	if (*fd < 0) {
		if (errno == ELOOP || errno == EXDEV || errno == ENXIO)
			return error_set(err, ERROR_DENIED,
			    "%s is not a regular file of its directory", name);
		return fail(err, "open", name);
	}
	if (os_fstat(*fd, &st) < 0)
		rc = error_sys(err, "stat %s", name);
	else if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		rc = error_set(err, ERROR_DENIED,
		    "%s is not a regular file with one link", name);
	else if ((uint64_t)st.st_size > max)
		rc = error_set(err, ERROR_LIMIT, "%s is larger than %llu bytes",
		    name, (unsigned long long)max);
	if (rc)
		fd_close(fd);
	return rc;
}

int file_map_fd(int fd, struct file_map *out, struct error *err)
{
	struct stat st;

	if (os_fstat(fd, &st) < 0)
		return error_sys(err, "stat");
	*out = (struct file_map){ .data = { "", 0 } };
	if (st.st_size == 0)
		return 0;
	out->base =
	    mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (out->base == MAP_FAILED) {
		out->base = NULL;
		return error_sys(err, "map");
	}
	out->data = (struct bytes){ out->base, (size_t)st.st_size };
	return 0;
}

int file_map_room(size_t n, struct file_map *out, struct error *err)
{
	*out = (struct file_map){ .data = { "", 0 } };
	out->base = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (out->base == MAP_FAILED) {
		out->base = NULL;
		return error_memory(err);
	}
	out->data = (struct bytes){ out->base, n };
	return 0;
}

int file_map_at(struct file_map *room, size_t at, int fd, uint64_t from,
    size_t n, struct error *err)
{
	void *p = mmap((char *)room->base + at, n, PROT_READ,
	    MAP_PRIVATE | MAP_FIXED, fd, (off_t)from);

	return p == MAP_FAILED ? error_sys(err, "map") : 0;
}

void file_map_clear(struct file_map *m)
{
	if (m->base != NULL)
		munmap(m->base, m->data.n);
	*m = (struct file_map){ 0 };
}

/* Advice on the pages of a map in which data lies: whole ones, or all that it
 * touches. */
static int advise(struct bytes data, bool whole, int advice)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t into = (uintptr_t)data.p % page;
	const size_t before = (page - into) % page;
	union {
		const char *read;
		void *pages;
	} u = { whole ? data.p + before : data.p - into };

	if (!whole)
		return madvise(u.pages, into + data.n, advice);
	if (data.n <= before)
		return 0;
	return madvise(u.pages, (data.n - before) / page * page, advice);
}

int file_map_fetch(struct bytes data, struct error *err)
{
	/* other than EFAULT: a kernel that does not know the advice */
	if (data.n > 0 && advise(data, false, MADV_POPULATE_READ) < 0 &&
	    errno == EFAULT)
		return error_set(err, ERROR_IO, "a file cannot be read");
	return 0;
}

void file_map_let_go(struct bytes data)
{
	/* a remark: where it is refused, the memory stays */
	(void)advise(data, true, MADV_DONTNEED);
}
