/* cgroup: see cgroup.h. */
#include "runner/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"

#define ROOT "/sys/fs/cgroup"
#define NAME "sluice-"

enum {
	TEXT_MOST = 64 * 1024,
};

/* What a version calls its limits. */
struct version {
	const char *kind, *memory, *unlimited;
};

static const struct version none = { "none", "", "" };
static const struct version v1 = { "v1", "memory.limit_in_bytes", "-1" };
static const struct version v2 = { "v2", "memory.max", "max" };

/* Where groups are made: below the directory of each controller, or the one of
 * both. */
struct place {
	const struct version *version; /* NULL: not yet looked for */
	char directories[2][PATH_MAX];
	size_t n; /* of them; memory comes first, processes last */
};

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
static bool is_delegated(const char *directory)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };

	buf_printf(&path, "%s/cgroup.subtree_control", directory);
	if (path.failed || file_read(path.p, TEXT_MOST, &text, NULL) ||
	    text.n == 0)
		return false;
	return has_word(text.p, text.n, "memory") &&
	    has_word(text.p, text.n, "pids");
}

static void find_place(struct place *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	*out = (struct place){ .version = &none };
	if (file_read("/proc/self/cgroup", TEXT_MOST, &text, NULL) ||
	    text.n == 0)
		return;
	if (find_path(text.p, "", ROOT, out->directories[0]) &&
	    access(out->directories[0], W_OK) == 0 &&
	    is_delegated(out->directories[0])) {
		out->version = &v2;
		out->n = 1;
	} else if (find_path(text.p, "memory", ROOT "/memory",
	               out->directories[0]) &&
	    find_path(text.p, "pids", ROOT "/pids", out->directories[1]) &&
	    access(out->directories[0], W_OK) == 0 &&
	    access(out->directories[1], W_OK) == 0) {
		out->version = &v1;
		out->n = 2;
	}
}

const char *cgroup_kind(void)
{
	struct place p;

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

/* The groups of this process, from its first command on. */
static struct place *groups(void)
{
	static struct place p;

	return &p;
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

int cgroup_enter(struct error *err)
{
	struct place *p = groups();
	char processes[32];
	size_t i;
	int rc = 0;

	if (p->version != NULL)
		return 0;
	find_place(p);
	for (i = 0; rc == 0 && i < p->n; i++)
		rc = enter(p->directories[i], err);
	snprintf(processes, sizeof(processes), "%d", CGROUP_PROCESSES);
	if (rc == 0 && p->n > 0)
		rc = write_text(p->directories[p->n - 1], "pids.max", processes,
		    err);
	if (rc)
		p->version = NULL; /* it is tried again, and not left out */
	return rc;
}

int cgroup_limit(uint64_t memory_bytes, struct error *err)
{
	const struct place *p = groups();
	char text[32];

	if (p->version == NULL || p->n == 0)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, memory_bytes);
	return write_text(p->directories[0], p->version->memory,
	    memory_bytes > 0 ? text : p->version->unlimited, err);
}

void cgroup_remove(long pid)
{
	struct place p;
	size_t i;

	find_place(&p);
	for (i = 0; i < p.n; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };

		buf_printf(&path, "%s/" NAME "%ld", p.directories[i], pid);
		if (!path.failed)
			os_rmdir(path.p);
	}
}
