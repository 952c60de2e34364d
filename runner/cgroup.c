/* cgroup: see cgroup.h. */
#include "runner/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "runner/cgroup_impl.h"

#define ROOT "/sys/fs/cgroup"
#define NAME "sluice-"

enum {
	TEXT_MOST = 64 * 1024,
	/* How long those that were killed may take to be gone. */
	REMOVE_TRIES = 200,
	REMOVE_PAUSE_MS = 5,
};

static const struct cgroup_version none = { "none", "", "", NULL, NULL };
const struct cgroup_version cgroup_v1 = { "v1", "memory.limit_in_bytes", "-1",
	NULL, NULL };
const struct cgroup_version cgroup_v2 = { "v2", "memory.max", "max",
	"memory.swap.max", "cgroup.kill" };

/* Whether a list of words has one. */
static bool has_word(const char *list, size_t n, const char *word)
{
	size_t m = strlen(word), i;

	for (i = 0; i + m <= n; i++)
		if (memcmp(list + i, word, m) == 0 &&
		    (i == 0 || strchr(", ", list[i - 1]) != NULL) &&
		    (i + m == n || strchr(", \n", list[i + m]) != NULL))
			return true;
	return false;
}

/* The path behind "N:CONTROLLERS:" of the line that has the controller ("":
 * version 2's), into out with before in front. */
static bool find_path(const char *text, const char *controller,
    const char *before, char out[PATH_MAX])
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		const char *list = strchr(text, ':');
		const char *path = list ? strchr(list + 1, ':') : NULL;
		size_t n = path ? (size_t)(path - list) - 1 : 0;

		if (end == NULL || path == NULL || path > end)
			return false;
		if (*controller == '\0' ? n == 0
		                        : has_word(list + 1, n, controller))
			return snprintf(out, PATH_MAX, "%s%.*s", before,
			           (int)(end - path) - 1, path + 1) < PATH_MAX;
		text = end + 1;
	}
	return false;
}

/* Whether the controllers are handed down to groups below. */
static bool hands_down(const char *directory, const char *const *controllers)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };

	buf_printf(&path, "%s/cgroup.subtree_control", directory);
	if (path.failed || file_read(path.p, TEXT_MOST, &text, NULL))
		return false;
	for (; **controllers != '\0'; controllers++)
		if (text.n == 0 || !has_word(text.p, text.n, *controllers))
			return false;
	return true;
}

/* Whether we may make groups below, and move ourselves there from one of
 * them. */
static bool is_ours(const char *directory)
{
	CLEANUP(buf_clear) struct buf procs = { 0 };

	buf_printf(&procs, "%s/cgroup.procs", directory);
	return !procs.failed && access(directory, W_OK) == 0 &&
	    access(procs.p, W_OK) == 0;
}

/* Where processes are no controllers are handed down (but from the root), so
 * the group is made beside the one that we are in. */
bool cgroup_find_v2(const char *root, const char *self,
    const char *const *controllers, char out[PATH_MAX])
{
	const size_t n = strlen(root);
	char *slash;

	if (!find_path(self, "", root, out))
		return false;
	if (is_ours(out) && hands_down(out, controllers))
		return true;
	slash = strrchr(out, '/');
	if (slash == NULL || slash < out + n || slash[1] == '\0')
		return false;
	*slash = '\0';
	return is_ours(out) && hands_down(out, controllers);
}

void cgroup_find(const char *root, const char *self, struct cgroup_place *out)
{
	static const char *const controllers[] = { "memory", "pids", "" };
	char memory[PATH_MAX], pids[PATH_MAX];

	*out = (struct cgroup_place){ .version = &none };
	if (cgroup_find_v2(root, self, controllers, out->directories[0])) {
		out->version = &cgroup_v2;
		out->n = 1;
	} else if (snprintf(memory, PATH_MAX, "%s/memory", root) < PATH_MAX &&
	    snprintf(pids, PATH_MAX, "%s/pids", root) < PATH_MAX &&
	    find_path(self, "memory", memory, out->directories[0]) &&
	    find_path(self, "pids", pids, out->directories[1]) &&
	    access(out->directories[0], W_OK) == 0 &&
	    access(out->directories[1], W_OK) == 0) {
		out->version = &cgroup_v1;
		out->n = 2;
	}
}

static void find_place(struct cgroup_place *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	*out = (struct cgroup_place){ .version = &none };
	if (file_read("/proc/self/cgroup", TEXT_MOST, &text, NULL) == 0 &&
	    text.n > 0)
		cgroup_find(ROOT, text.p, out);
}

const char *cgroup_kind(void)
{
	struct cgroup_place p;

	find_place(&p);
	return p.version->kind;
}

static int write_text(const char *directory, const char *name, const char *text,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	int fd, rc = 0;

	buf_printf(&path, "%s/%s", directory, name);
	if ((rc = buf_check(&path, err)) != 0)
		return rc;
	fd = os_open(path.p, O_WRONLY, 0);
	if (fd < 0 || os_write(fd, text, strlen(text)) < 0)
		rc = error_sys(err, "write %s", path.p);
	fd_close(&fd);
	return rc;
}

/* Whether the process whose group this is has ended. */
static bool is_left(const char *name)
{
	long pid;

	if (strncmp(name, NAME, strlen(NAME)) != 0)
		return false;
	pid = strtol(name + strlen(NAME), NULL, 10);
	return pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* Those of processes that were killed together with who started them. */
static void sweep(const char *directory)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	size_t i;

	if (file_list(directory, &names, NULL))
		return;
	for (i = 0; i < names.n; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		if (!is_left(names.names[i]))
			continue;
		buf_printf(&path, "%s/%s", directory, names.names[i]);
		if (!path.failed)
			os_rmdir(path.p);
	}
}

static int enter(char directory[PATH_MAX], struct error *err)
{
	size_t n = strlen(directory);

	sweep(directory);
	if (snprintf(directory + n, PATH_MAX - n, "/" NAME "%ld",
	        (long)getpid()) >= (int)(PATH_MAX - n))
		return error_set(err, ERROR_LIMIT,
		    "a group's path is too long");
	if (os_mkdir(directory, 0755) < 0 && errno != EEXIST)
		return error_sys(err, "make %s", directory);
	return write_text(directory, "cgroup.procs", "0", err);
}

int cgroup_enter_place(struct cgroup_place *p, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->n; i++)
		rc = enter(p->directories[i], err);
	return rc;
}

int cgroup_set_processes(const struct cgroup_place *p, struct error *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", CGROUP_PROCESSES);
	return p->n > 0
	    ? write_text(p->directories[p->n - 1], "pids.max", text, err)
	    : 0;
}

/* What memory has no room for is not to go to the disk instead. Not every
 * kernel counts swap: then there is no such file. memory.oom.group stays as it
 * is: the worker is in the group, and is to say how the command ended. */
static int set_swap(const struct cgroup_place *p, bool is_limited,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	int rc;

	if (p->version->swap == NULL)
		return 0;
	buf_printf(&path, "%s/%s", p->directories[0], p->version->swap);
	if ((rc = buf_check(&path, err)) || access(path.p, F_OK) < 0)
		return rc;
	return write_text(p->directories[0], p->version->swap,
	    is_limited ? "0" : p->version->unlimited, err);
}

int cgroup_set_memory(const struct cgroup_place *p, uint64_t bytes,
    struct error *err)
{
	char text[32];
	int rc;

	if (p->n == 0)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	rc = write_text(p->directories[0], p->version->memory,
	    bytes > 0 ? text : p->version->unlimited, err);
	return rc ? rc : set_swap(p, bytes > 0, err);
}

/* The groups of this process, from its first command on. */
static struct cgroup_place *groups(void)
{
	static struct cgroup_place p;

	return &p;
}

int cgroup_enter(struct error *err)
{
	struct cgroup_place *p = groups();
	int rc;

	if (p->version != NULL)
		return 0;
	find_place(p);
	if ((rc = cgroup_enter_place(p, err)) ||
	    (rc = cgroup_set_processes(p, err)))
		p->version = NULL; /* it is tried again, and not left out */
	return rc;
}

int cgroup_limit(uint64_t memory_bytes, struct error *err)
{
	const struct cgroup_place *p = groups();

	return p->version ? cgroup_set_memory(p, memory_bytes, err) : 0;
}

/* A group of version 2 may have processes still, which are killed; it can be
 * removed when they are gone. */
static void remove_group(const char *directory, const char *kill)
{
	int i;

	if (os_rmdir(directory) == 0 || errno != EBUSY || kill == NULL ||
	    write_text(directory, kill, "1", NULL))
		return;
	for (i = 0; i < REMOVE_TRIES; i++) {
		if (os_rmdir(directory) == 0 || errno != EBUSY)
			return;
		clock_sleep(REMOVE_PAUSE_MS);
	}
}

void cgroup_remove_below(const struct cgroup_place *p, long pid)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		buf_printf(&path, "%s/" NAME "%ld", p->directories[i], pid);
		if (!path.failed)
			remove_group(path.p, p->version->kill);
	}
}

void cgroup_remove(long pid)
{
	struct cgroup_place p;

	find_place(&p);
	cgroup_remove_below(&p, pid);
}
