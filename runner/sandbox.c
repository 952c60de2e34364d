/* sandbox: see sandbox.h. _GNU_SOURCE for unshare and setgroups. */
#define _GNU_SOURCE
#include "runner/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/json.h"
#include "cache/base/os.h"

#define TMP_BYTES "1073741824"
#define FILE_BYTES "8589934592"

/* An option of bubblewrap and its arguments. The order is the order in which
 * bubblewrap does it: what comes later lies over what came before. */
struct row {
	const char *option, *a, *b;
};

static const struct row alone[] = {
	{ "--unshare-user", NULL, NULL },
	{ "--unshare-ipc", NULL, NULL },
	{ "--unshare-pid", NULL, NULL },
	{ "--unshare-net", NULL, NULL },
	{ "--unshare-uts", NULL, NULL },
	{ "--unshare-cgroup", NULL, NULL },
	{ "--disable-userns", NULL, NULL },
	{ "--die-with-parent", NULL, NULL },
	{ "--new-session", NULL, NULL },
	{ "--uid", "1000", NULL },
	{ "--gid", "1000", NULL },
	{ "--cap-drop", "ALL", NULL },
	{ "--hostname", "sluice", NULL },
	{ "--clearenv", NULL, NULL },
};

static const struct row machine[] = {
	{ "--ro-bind", "/usr", "/usr" },
	/* BLAS of R and numpy, awk, java ... are links through here */
	{ "--ro-bind-try", "/etc/alternatives", "/etc/alternatives" },
	{ "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache" },
	{ "--ro-bind-try", "/etc/R", "/etc/R" },
	{ "--proc", "/proc", NULL },
	{ "--dev", "/dev", NULL },
	{ "--size", TMP_BYTES, NULL },
	{ "--perms", "1777", NULL },
	{ "--tmpfs", "/dev/shm", NULL },
	{ "--size", TMP_BYTES, NULL },
	{ "--perms", "1777", NULL },
	{ "--tmpfs", "/tmp", NULL },
};

/* The root and /dev are file systems in memory: nothing may grow there. */
static const struct row closing[] = {
	{ "--remount-ro", "/", NULL },
	{ "--remount-ro", "/dev", NULL },
	{ "--chdir", SANDBOX_JOB, NULL },
};

/* Links into /usr, or directories on machines that did not merge them. */
static const char *const links[] = { "/bin", "/sbin", "/lib", "/lib32",
	"/lib64", "/libx32" };

static const struct row environment[] = {
	{ "PATH", "/usr/bin:/bin", NULL },
	{ "HOME", "/tmp", NULL },
	{ "TMPDIR", "/tmp", NULL },
	{ "TZ", "UTC", NULL },
	{ "LC_ALL", "C.UTF-8", NULL },
	{ "PYTHONHASHSEED", "0", NULL },
	{ "SOURCE_DATE_EPOCH", "315532800", NULL },
};

static const char *const ways[] = { "namespaces", "bubblewrap", "none" };

const char *sandbox_way_name(enum sandbox_way way)
{
	return ways[way];
}

bool sandbox_way_of(const char *name, enum sandbox_way *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ways); i++)
		if (strcmp(ways[i], name) == 0) {
			*out = (enum sandbox_way)i;
			return true;
		}
	return false;
}

static void add_rows(struct words *w, const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		words_add(w, rows[i].option);
		if (rows[i].a != NULL)
			words_add(w, rows[i].a);
		if (rows[i].b != NULL)
			words_add(w, rows[i].b);
	}
}

static void add_links(struct words *w)
{
	char to[256];
	size_t i;

	for (i = 0; i < ARRAY_LEN(links); i++) {
		struct stat st;
		ssize_t n;

		if (os_lstat(links[i], &st) < 0)
			continue;
		n = readlink(links[i], to, sizeof(to) - 1);
		if (n > 0) {
			to[n] = '\0';
			words_add(w, "--symlink");
			words_add(w, to);
		} else {
			words_add(w, "--ro-bind");
			words_add(w, links[i]);
		}
		words_add(w, links[i]);
	}
}

static void add_environment(struct words *w, const struct sandbox *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(environment); i++) {
		words_add(w, "--setenv");
		words_add(w, environment[i].option);
		words_add(w, environment[i].a);
	}
	words_add(w, "--setenv");
	words_add(w, "OMP_NUM_THREADS"); /* what BLAS makes of the cores */
	words_printf(w, "%d", s->threads > 0 ? s->threads : 1);
}

static void add_job(struct words *w, const struct sandbox *s)
{
	const char *from = s->nobody ? SANDBOX_NOBODY_JOB : s->directory;
	size_t i, n = s->read_only ? s->read_only->n : 0;

	if (s->directory == NULL) {
		words_add(w, "--dir");
		words_add(w, SANDBOX_JOB);
		return;
	}
	words_add(w, "--bind");
	words_add(w, from);
	words_add(w, SANDBOX_JOB);
	for (i = 0; i < n; i++) {
		words_add(w, "--ro-bind");
		words_printf(w, "%s/%s", from, s->read_only->v[i]);
		words_printf(w, SANDBOX_JOB "/%s", s->read_only->v[i]);
	}
}

/* Processes are counted by user, so without a user namespace of its own a
 * limit would count the processes of the whole desktop. */
static void add_limits(struct words *w, const struct sandbox *s)
{
	words_add(w, SANDBOX_PRLIMIT);
	words_add(w, "--core=0");
	words_add(w, "--fsize=" FILE_BYTES);
	words_add(w, "--nofile=4096");
	if (s->way != SANDBOX_NONE)
		words_add(w, "--nproc=512");
	if (s->memory_bytes > 0)
		words_printf(w, "--as=%llu",
		    (unsigned long long)s->memory_bytes);
	words_add(w, "--");
}

int sandbox_argv(const struct sandbox *s, const struct words *command,
    struct words *argv, struct error *err)
{
	if (s->way != SANDBOX_NONE) {
		if (s->nobody != NULL) {
			words_add(argv, s->nobody);
			words_add(argv, "--as-nobody");
			words_add(argv, s->directory ? s->directory : "");
		}
		words_add(argv, SANDBOX_BWRAP);
		add_rows(argv, alone, ARRAY_LEN(alone));
		add_environment(argv, s);
		add_rows(argv, machine, ARRAY_LEN(machine));
		add_links(argv);
		add_job(argv, s);
		if (s->more != NULL)
			words_add_all(argv, s->more);
		add_rows(argv, closing, ARRAY_LEN(closing));
		words_add(argv, "--json-status-fd");
		words_printf(argv, "%d", SANDBOX_STATUS);
		words_add(argv, "--seccomp");
		words_printf(argv, "%d", SANDBOX_FILTER);
		words_add(argv, "--");
	}
	add_limits(argv, s);
	words_add_all(argv, command);
	return words_check(argv, err);
}

int sandbox_env(const struct sandbox *s, struct words *env, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(environment); i++)
		words_printf(env, "%s=%s", environment[i].option,
		    environment[i].a);
	words_printf(env, "OMP_NUM_THREADS=%d",
	    s->threads > 0 ? s->threads : 1);
	words_printf(env, "PWD=%s", s->directory ? s->directory : "/");
	return words_check(env, err);
}

/* A number in the lines that bubblewrap wrote. */
static bool find_number(struct bytes status, const char *name, int *out)
{
	while (status.n > 0) {
		const char *lf = memchr(status.p, '\n', status.n);
		size_t n = lf ? (size_t)(lf - status.p) + 1 : status.n;
		json_auto_t *line = json_loadb(status.p, n, 0, NULL);
		const json_t *code = json_object_get(line, name);

		if (json_is_integer(code)) {
			*out = (int)json_integer_value(code);
			return true;
		}
		status.p += n;
		status.n -= n;
	}
	return false;
}

bool sandbox_ended(struct bytes status, int *exit)
{
	return find_number(status, "exit-code", exit);
}

bool sandbox_started(struct bytes status)
{
	int pid;

	return find_number(status, "child-pid", &pid);
}

static bool is_program(const char *directory, const char *name)
{
	char path[4096];

	return snprintf(path, sizeof(path), "%s%s", directory, name) <
	    (int)sizeof(path) &&
	    access(path, X_OK) == 0;
}

/* Whether the sandbox shows a path of the machine. */
static bool is_inside(const char *path)
{
	size_t i;

	if (strncmp(path, "/usr/", 5) == 0)
		return true;
	for (i = 0; i < ARRAY_LEN(links); i++) {
		size_t n = strlen(links[i]);

		if (strncmp(path, links[i], n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

int sandbox_find_program(const struct sandbox *s, const char *program,
    struct error *err)
{
	if (program[0] != '/' && strchr(program, '/') != NULL)
		return 0; /* in the job's directory */
	if (program[0] != '/' &&
	    (is_program("/usr/bin/", program) || is_program("/bin/", program)))
		return 0;
	if (program[0] == '/' && is_program("", program) &&
	    (s->way == SANDBOX_NONE || is_inside(program)))
		return 0;
	if (program[0] == '/' && is_program("", program))
		return error_set(err, ERROR_NOT_FOUND,
		    "%s: a sandbox shows programs below /usr alone; install "
		    "it there, or name another in the action's @run",
		    program);
	return error_set(err, ERROR_NOT_FOUND,
	    "%s: there is no such program on this machine; install it, or "
	    "name another in the action's @run",
	    program);
}

int sandbox_as_nobody(const char *directory, char **argv, struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (directory[0] != '\0' &&
	        mount(directory, SANDBOX_NOBODY_JOB, NULL, MS_BIND, NULL) < 0))
		return error_sys(err, "make the job's directory visible at %s",
		    SANDBOX_NOBODY_JOB);
	if (setgroups(0, NULL) < 0 ||
	    setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0 ||
	    setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
		return error_sys(err, "become nobody");
	execv(argv[0], argv);
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s: there is no such program", argv[0]);
	return error_sys(err, "start %s", argv[0]);
}

static void add_shown(struct buf *out, const char *word)
{
	const char *p;

	if (word[0] != '\0' && strpbrk(word, " \t\n\"'\\$`") == NULL) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (p = word; *p != '\0'; p++)
		buf_printf(out, *p == '\'' ? "'\\%c'" : "%c", *p);
	buf_add_char(out, '\'');
}

void sandbox_print(const struct words *argv, struct buf *out)
{
	size_t i;

	for (i = 0; i < argv->n; i++) {
		if (i > 0)
			buf_add_str(out,
			    argv->v[i][0] == '-' ? " \\\n    " : " ");
		add_shown(out, argv->v[i]);
	}
	buf_add_char(out, '\n');
}
