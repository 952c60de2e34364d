/* vary: see vary.h. */
#include "runner/vary.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/os.h"

#define LIBRARY "sluice-vary.so"
#define INSIDE "/" LIBRARY

enum {
	CPUS = 3, /* as the library says */
	CPUS_ELSE = 5,
	CPUINFO_MOST = 8 << 20,
};

/* Beside this program. */
static int find_library(struct vary *v, struct error *err)
{
	const size_t room = sizeof(v->path) - sizeof(LIBRARY);
	ssize_t n = readlink("/proc/self/exe", v->path, room);
	char *slash;

	if (n < 0 || (size_t)n == room)
		return error_sys(err, "find " LIBRARY);
	v->path[n] = '\0';
	slash = strrchr(v->path, '/');
	memcpy(slash ? slash + 1 : v->path, LIBRARY, sizeof(LIBRARY));
	return 0;
}

static int open_text(struct bytes text, int *fd, struct error *err)
{
	int rc = file_open_memory(fd, err);

	if (rc || (rc = file_write_fd(*fd, text, err)))
		return rc;
	return lseek(*fd, 0, SEEK_SET) < 0 ? error_sys(err, "seek") : 0;
}

/* What the kernel says of the first processor, of so many as the library
 * counts: who does not ask the C library reads it here. */
static int open_cpuinfo(int *fd, struct error *err)
{
	CLEANUP(buf_clear) struct buf is = { 0 }, text = { 0 };
	int i, n = sysconf(_SC_NPROCESSORS_ONLN) == CPUS ? CPUS_ELSE : CPUS;
	int rc = file_read("/proc/cpuinfo", CPUINFO_MOST, &is, err);
	const char *rest, *end;

	if (rc)
		return rc;
	buf_add_char(&is, '\0');
	if ((rc = buf_check(&is, err)))
		return rc;
	rest = strchr(is.p, '\n');
	end = strstr(is.p, "\n\n");
	for (i = 0; i < n && rest != NULL; i++)
		buf_printf(&text, "processor\t: %d%.*s\n\n", i,
		    (int)(end ? end - rest : 0), rest);
	rc = buf_check(&text, err);
	return rc ? rc : open_text(buf_bytes(&text), fd, err);
}

int vary_open(struct vary *v, struct error *err)
{
	int rc = find_library(v, err);

	if (rc)
		return rc;
	v->fds[0] = os_open(v->path, O_RDONLY | O_CLOEXEC, 0);
	if (v->fds[0] < 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s is not there, without which nothing is executed in "
		    "other surroundings; it belongs beside sluice-worker",
		    v->path);
	rc = open_text(bytes_of(INSIDE "\n"), &v->fds[1], err);
	return rc ? rc : open_cpuinfo(&v->fds[2], err);
}

void vary_clear(struct vary *v)
{
	size_t i;

	for (i = 0; i < VARY_FDS; i++)
		fd_close(&v->fds[i]);
}

void vary_sandbox(int first, struct words *out)
{
	static const char *const places[VARY_FDS] = { INSIDE,
		"/etc/ld.so.preload", "/proc/cpuinfo" };
	int i;

	for (i = 0; i < VARY_FDS; i++) {
		words_add(out, "--perms");
		words_add(out, "0444");
		words_add(out, "--ro-bind-data");
		words_printf(out, "%d", first + i);
		words_add(out, places[i]);
	}
}

void vary_environment(const struct vary *v, struct words *env)
{
	words_printf(env, "LD_PRELOAD=%s", v->path);
}

/* Nine processes come and go before it, and it is the shell's child: a number
 * stays through exec. */
void vary_command(const struct words *command, struct words *out)
{
	words_add(out, "/bin/sh");
	words_add(out, "-c");
	words_add(out,
	    "for i in 1 2 3 4 5 6 7 8 9; do (:); done; "
	    "\"$@\"; exit $?");
	words_add(out, "sh");
	words_add_all(out, command);
}
