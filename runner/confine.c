/* confine: see confine.h. _GNU_SOURCE for unshare and setresuid. */
#define _GNU_SOURCE
#include "runner/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/box_plan.h"
#include "runner/landlock.h"
#include "runner/sandbox.h"
#include "runner/seccomp.h"

/* The one list: entered by enter_namespaces(), printed by confine_print(). */
static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{ "mount", CLONE_NEWNS },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP },
};

/* Where the new root is made; it covers a directory every machine has. */
#define BASE "/tmp"

void confine_spill_name(const char *spill, long pid, struct confine_place *out)
{
	snprintf(out->path, sizeof(out->path), "%s/sql-%ld", spill, pid);
}

/* The worker's own directory, of the user that it will be. */
static int make_spill(const char *spill, struct confine_place *out,
    struct error *err)
{
	if (*spill == '\0') {
		out->path[0] = '\0';
		return 0;
	}
	if (strlen(spill) + 32 > sizeof(out->path))
		return error_set(err, ERROR_LIMIT,
		    "the path of the jobs' directories is too long");
	confine_spill_name(spill, getpid(), out);
	if (os_mkdir(out->path, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "make %s", out->path);
	if (geteuid() == 0 &&
	    os_chown(out->path, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
		return error_sys(err, "give %s to nobody", out->path);
	return 0;
}

static int write_self(const char *name, const char *text, struct error *err)
{
	char path[64];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = os_open(path, O_WRONLY, 0);
	if (fd < 0 || os_write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		rc = error_sys(err, "map identities (%s)", name);
	fd_close(&fd);
	return rc;
}

/* In a user namespace we stay who we are, and there is nobody else. */
static int map_self(uid_t uid, gid_t gid, struct error *err)
{
	char users[64], groups[64];
	int rc;

	snprintf(users, sizeof(users), "%u %u 1\n", uid, uid);
	snprintf(groups, sizeof(groups), "%u %u 1\n", gid, gid);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* or /proc/self is root's */
	if ((rc = write_self("setgroups", "deny", err)) == 0 &&
	    (rc = write_self("uid_map", users, err)) == 0)
		rc = write_self("gid_map", groups, err);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return rc;
}

/* A root that has the worker's directory in it and nothing else. */
static int empty_root(const struct confine_place *spill, struct error *err)
{
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return error_sys(err, "keep mounts to ourselves");
	/* the directory may lie below BASE: it is reached from where we stand
	 */
	if (spill->path[0] != '\0' && chdir(spill->path) < 0)
		return error_sys(err, "enter %s", spill->path);
	if (mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	        "mode=0755,size=64k") < 0 ||
	    os_mkdir(BASE CONFINE_SPILL, 0755) < 0)
		return error_sys(err, "make an empty root");
	if (spill->path[0] != '\0' &&
	    mount(".", BASE CONFINE_SPILL, NULL, MS_BIND, NULL) < 0)
		return error_sys(err, "show %s", spill->path);
	if (chdir(BASE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ||
	    mount(NULL, "/", NULL,
	        MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
	            MS_NOEXEC,
	        NULL) < 0)
		return error_sys(err, "enter an empty root");
	return 0;
}

/* false: the machine does not make namespaces for us. */
static int enter_namespaces(const struct confine_place *spill, bool *entered,
    struct error *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int rc = 0, flags = uid == 0 ? 0 : CLONE_NEWUSER;
	size_t i;

	for (i = 0; i < ARRAY_LEN(namespaces); i++)
		flags |= namespaces[i].flag;
	*entered = unshare(flags) == 0;
	if (!*entered)
		return 0;
	if (uid != 0)
		rc = map_self(uid, gid, err);
	return rc ? rc : empty_root(spill, err);
}

static int become_nobody(struct error *err)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 ||
	    setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0 ||
	    setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
		return error_sys(err, "become nobody");
	return 0;
}

/* SQLite takes the first directory that it may write to, DuckDB what it is
 * told. Nothing is written in a directory of the machine's by name. */
static int set_spill(bool in_namespaces, struct confine_place *spill,
    struct error *err)
{
	if (in_namespaces && spill->path[0] != '\0')
		memcpy(spill->path, CONFINE_SPILL, sizeof(CONFINE_SPILL));
	if (spill->path[0] != '\0' &&
	    setenv("SQLITE_TMPDIR", spill->path, 1) < 0)
		return error_memory(err);
	return 0;
}

static int enter(const char *spill, struct confine_place *out,
    struct error *err)
{
	static const struct rlimit none = { 0, 0 };
	static const struct rlimit file = { CONFINE_FILE, CONFINE_FILE };
	int abi = landlock_abi(), rc;
	bool entered = false;

	if ((rc = make_spill(spill, out, err)) ||
	    (rc = enter_namespaces(out, &entered, err)) ||
	    (rc = set_spill(entered, out, err)))
		return rc;
	if (!entered && abi == 0)
		return error_set(err, ERROR_DENIED,
		    "neither namespaces nor Landlock are to be had");
	if (entered && (rc = box_drop_bounds(err)) != 0)
		return rc;
	if ((rc = become_nobody(err)) || (rc = box_drop_held(err)))
		return rc;
	signal(SIGXFSZ, SIG_IGN); /* the engine is told by errno */
	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &file) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	if (abi > 0 && (rc = landlock_enter(out->path, err)) != 0)
		return rc;
	return seccomp_enter(SECCOMP_SQL, err);
}

int confine_enter(const char *spill, struct confine_place *out,
    struct error *err)
{
	int rc = enter(spill, out, err);

	if (rc)
		error_wrap(err,
		    "SQL cannot be locked in (`git config sluice.sandbox none` "
		    "runs it without protection)");
	return rc;
}

void confine_print(struct buf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(namespaces); i++)
		buf_printf(out, "namespace %s\n", namespaces[i].name);
	buf_add_str(out, geteuid() == 0 ? "user nobody\n" : "namespace user\n");
	buf_printf(out,
	    "root empty, read only\ndirectory %s, the worker's own\n"
	    "capabilities none\nlimit core 0\nlimit file %llu\n"
	    "no_new_privs\n",
	    CONFINE_SPILL, (unsigned long long)CONFINE_FILE);
}
