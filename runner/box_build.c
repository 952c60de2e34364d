/* box_build: see box_plan.h. What a command sees, built step by step in a file
 * system in memory that becomes the root. _GNU_SOURCE for setresuid. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/box_plan.h"

/* Where the new root is made, before it is the root. It covers a directory
 * that every machine has. */
#define BASE "/tmp"
/* What no mount of a sandbox's has. */
#define PLAIN (MS_NOSUID | MS_NODEV)

enum {
	RECURSIVE = 0x8000, /* AT_RECURSIVE */
};

/* -- paths: all are below the new root, where we stand while we build -- */

static const char *inside(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

/* Makes the directories above path, as bubblewrap does, and path itself where
 * it is one. */
static int make_place(const char *path, bool is_directory, struct error *err)
{
	char part[PATH_MAX];
	const char *slash = inside(path);
	int fd;

	while ((slash = strchr(slash, '/')) != NULL) {
		snprintf(part, sizeof(part), "%.*s",
		    (int)(slash - inside(path)), inside(path));
		if (os_mkdir(part, 0700) < 0 && errno != EEXIST)
			return error_sys(err, "make %s", path);
		slash++;
	}
	if (is_directory)
		return os_mkdir(inside(path), 0755) < 0 && errno != EEXIST
		    ? error_sys(err, "make %s", path)
		    : 0;
	fd = os_open(inside(path), O_CREAT | O_RDONLY | O_NOFOLLOW, 0444);
	if (fd < 0)
		return error_sys(err, "make %s", path);
	fd_close(&fd);
	return 0;
}

static int set_flags(int fd, const char *path, uint64_t flags, bool all,
    struct error *err)
{
	struct mount_attr attr = { .attr_set = flags };
	long rc = syscall(SYS_mount_setattr, fd, path,
	    (path[0] ? 0u : (unsigned)AT_EMPTY_PATH) |
	        (all ? (unsigned)RECURSIVE : 0u),
	    &attr, sizeof(attr));

	return rc < 0 ? error_sys(err, "set a mount's flags") : 0;
}

/* -- what is bound -- */

/* The trees are opened while we still have the identity that may reach them;
 * they are put into place afterwards. */
static int open_tree_of(struct box_step *s, struct error *err)
{
	uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	s->fd = (int)syscall(SYS_open_tree, AT_FDCWD, s->a,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | RECURSIVE);
	if (s->fd < 0 && s->kind == BOX_TRY && errno == ENOENT)
		return 0;
	if (s->fd < 0)
		return error_sys(err, "show %s", s->a);
	if (s->kind != BOX_BIND)
		flags |= MOUNT_ATTR_RDONLY;
	return set_flags(s->fd, "", flags, true, err);
}

static int open_trees(struct box_plan *plan, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->n; i++)
		if (plan->steps[i].kind <= BOX_TRY)
			rc = open_tree_of(&plan->steps[i], err);
	return rc;
}

static int put_tree(int *fd, const char *to, struct error *err)
{
	struct stat st;
	int rc;

	if (os_fstat(*fd, &st) < 0)
		return error_sys(err, "look at %s", to);
	rc = make_place(to, S_ISDIR(st.st_mode), err);
	if (rc == 0 &&
	    syscall(SYS_move_mount, *fd, "", AT_FDCWD, inside(to),
	        MOVE_MOUNT_F_EMPTY_PATH) < 0)
		rc = error_sys(err, "show %s", to);
	fd_close(fd);
	return rc;
}

/* -- file systems of its own -- */

static int mount_new(const char *type, const char *to, unsigned long flags,
    const char *data, struct error *err)
{
	int rc = make_place(to, true, err);

	if (rc == 0 && mount(type, inside(to), type, flags, data) < 0)
		rc = error_sys(err, "mount %s at %s", type, to);
	return rc;
}

/* As bubblewrap does it: what in /proc is of the machine is read only. */
static int build_proc(const char *to, struct error *err)
{
	static const char *const machine[] = { "sys", "sysrq-trigger", "irq",
		"bus" };
	char path[PATH_MAX];
	size_t i;
	int rc = mount_new("proc", to, PLAIN | MS_NOEXEC, NULL, err);

	for (i = 0; rc == 0 && i < ARRAY_LEN(machine); i++) {
		struct box_step s = { .kind = BOX_READ_ONLY, .a = path };

		snprintf(path, sizeof(path), "%s/%s", inside(to), machine[i]);
		if (access(path, W_OK) < 0 &&
		    (errno == ENOENT || errno == EACCES || errno == EROFS))
			continue;
		rc = open_tree_of(&s, err);
		if (rc == 0 &&
		    syscall(SYS_move_mount, s.fd, "", AT_FDCWD, path,
		        MOVE_MOUNT_F_EMPTY_PATH) < 0)
			rc = error_sys(err, "cover %s", path);
		fd_close(&s.fd);
	}
	return rc;
}

static int link_in(const char *directory, const char *name, const char *to,
    struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", inside(directory), name);
	return os_symlink(to, path) < 0 ? error_sys(err, "make %s", path) : 0;
}

/* The devices that hold nothing, from the machine's. */
static int build_devices(const char *to, struct error *err)
{
	static const char *const names[] = { "null", "zero", "full", "random",
		"urandom", "tty" };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(names); i++) {
		char from[64], path[PATH_MAX];
		int fd;

		snprintf(from, sizeof(from), "/dev/%s", names[i]);
		snprintf(path, sizeof(path), "%s/%s", to, names[i]);
		fd = (int)syscall(SYS_open_tree, AT_FDCWD, from,
		    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fd < 0)
			return error_sys(err, "show %s", from);
		rc = set_flags(fd, "", MOUNT_ATTR_NOSUID, false, err);
		if (rc == 0)
			rc = put_tree(&fd, path, err);
		fd_close(&fd);
	}
	return rc;
}

static int build_dev(const char *to, struct error *err)
{
	static const struct {
		const char *name, *to;
	} links[] = {
		{ "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" },
		{ "fd", "/proc/self/fd" },
		{ "core", "/proc/kcore" },
		{ "ptmx", "pts/ptmx" },
	};
	char path[PATH_MAX];
	size_t i;
	int rc = mount_new("tmpfs", to, PLAIN, "mode=0755", err);

	if (rc == 0)
		rc = build_devices(to, err);
	for (i = 0; rc == 0 && i < ARRAY_LEN(links); i++)
		rc = link_in(to, links[i].name, links[i].to, err);
	snprintf(path, sizeof(path), "%s/shm", to);
	if (rc == 0)
		rc = make_place(path, true, err);
	snprintf(path, sizeof(path), "%s/pts", to);
	return rc ? rc
	          : mount_new("devpts", path, MS_NOSUID | MS_NOEXEC,
	                "newinstance,ptmxmode=0666,mode=620", err);
}

static int build_tmpfs(const struct box_step *s, struct error *err)
{
	char data[128];

	snprintf(data, sizeof(data), "mode=%s%s%s", s->mode ? s->mode : "0755",
	    s->size ? ",size=" : "", s->size ? s->size : "");
	return mount_new("tmpfs", s->a, PLAIN, data, err);
}

static int build_step(struct box_step *s, struct error *err)
{
	switch (s->kind) {
	case BOX_BIND:
	case BOX_READ_ONLY:
	case BOX_TRY:
		return s->fd < 0 ? 0 : put_tree(&s->fd, s->b, err);
	case BOX_PROC:
		return build_proc(s->a, err);
	case BOX_DEV:
		return build_dev(s->a, err);
	case BOX_TMPFS:
		return build_tmpfs(s, err);
	case BOX_DIRECTORY:
		return make_place(s->a, true, err);
	case BOX_SYMLINK:
		return os_symlink(s->a, inside(s->b)) < 0
		    ? error_sys(err, "make %s", s->b)
		    : 0;
	case BOX_SHUT:
		return set_flags(AT_FDCWD, inside(s->a), MOUNT_ATTR_RDONLY,
		    false, err);
	case BOX_HOSTNAME:
		return sethostname(s->a, strlen(s->a)) < 0
		    ? error_sys(err, "set the host name")
		    : 0;
	}
	return 0;
}

/* -- the whole -- */

/* The loopback, so that a program may talk to itself. */
static int raise_loopback(struct error *err)
{
	struct ifreq rq = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &rq) < 0
	    ? error_sys(err, "raise the loopback")
	    : 0;

	fd_close(&fd);
	return rc;
}

static int become(const struct box_plan *plan, struct error *err)
{
	if (setresgid(plan->gid, plan->gid, plan->gid) < 0 ||
	    setresuid(plan->uid, plan->uid, plan->uid) < 0)
		return error_sys(err, "become user %u", plan->uid);
	return 0;
}

/* Of user namespaces inside ours there may be none. */
static int forbid_users(struct error *err)
{
	int fd = os_open("/proc/sys/user/max_user_namespaces", O_WRONLY, 0);
	int rc = fd < 0 || os_write(fd, "0", 1) != 1
	    ? error_sys(err, "forbid user namespaces")
	    : 0;

	fd_close(&fd);
	return rc;
}

/* The old root goes with all that is below it. */
static int enter_root(struct error *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_sys(err, "enter the new root");
	return 0;
}

int box_build(struct box_plan *plan, struct error *err)
{
	size_t i;
	int rc = open_trees(plan, err);

	if (rc || (rc = become(plan, err)) || (rc = raise_loopback(err)) ||
	    (plan->no_more_users && (rc = forbid_users(err))))
		return rc;
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    mount("tmpfs", BASE, "tmpfs", PLAIN, "mode=0755") < 0 ||
	    chdir(BASE) < 0)
		return error_sys(err, "make the new root");
	for (i = 0; rc == 0 && i < plan->n; i++)
		rc = build_step(&plan->steps[i], err);
	if (rc == 0)
		rc = enter_root(err);
	if (rc == 0 && plan->directory != NULL && chdir(plan->directory) < 0)
		rc = error_sys(err, "enter %s", plan->directory);
	return rc;
}

int box_drop_bounds(struct error *err)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	/* behind the last that the kernel knows */
	return errno == EINVAL ? 0 : error_sys(err, "drop capabilities");
}

int box_drop_held(struct error *err)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (syscall(SYS_capset, &head, none) < 0)
		return error_sys(err, "drop capabilities");
	return 0;
}
