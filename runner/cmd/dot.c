/* dot: see dot.h. */
#include "runner/cmd/dot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/spawn.h"

enum {
	TIME_MS = 20000,
	ANSWER_MAX = 64 << 20
};

/* As a shell finds it; a relative place in PATH is left out. */
static char *find_program(void)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		CLEANUP(buf_clear) struct buf program = { 0 };

		buf_printf(&program, "%.*s/dot", (int)n, path);
		if (*path == '/' && !program.failed &&
		    access(program.p, X_OK) == 0)
			return buf_steal(&program);
		path += n + (path[n] == ':');
	}
	return NULL;
}

/* Files, not pipes: nobody waits for anybody. */
static int run(const char *program, const char *form, int in, int out,
    struct error *err)
{
	char flag[32];
	const char *const argv[] = { program, flag, NULL };
	const int fds[] = { in, out, -1 };
	const struct spawn spawn = { .argv = argv, .fds = fds, .n_fds = 3 };
	struct spawn_end end;
	pid_t pid;
	int rc;

	snprintf(flag, sizeof(flag), "-T%s", form);
	if ((rc = spawn_start(&spawn, &pid, err)))
		return rc;
	rc = spawn_wait(pid, TIME_MS, &end, err);
	if (rc)
		spawn_kill(pid);
	if (rc == ERROR_TIMEOUT)
		return error_set(err, rc,
		    "Graphviz took longer than %d s to draw it",
		    TIME_MS / 1000);
	if (rc == 0 && (end.exit != 0 || end.signal != 0))
		rc = error_set(err, ERROR_IO, "Graphviz failed to draw it");
	return rc;
}

int dot_run(const char *form, struct bytes graph, struct buf *out,
    struct error *err)
{
	CLEANUP(fd_close) int in = -1;
	CLEANUP(fd_close) int answer = -1;
	CLEANUP(mem_freep) char *program = find_program();
	int rc;

	if (program == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "pictures are drawn by Graphviz, and there is no 'dot' on "
		    "PATH: apt-get install graphviz");
	if ((rc = file_open_temp("/tmp", &in, err)) ||
	    (rc = file_open_temp("/tmp", &answer, err)) ||
	    (rc = file_write_fd(in, graph, err)))
		return rc;
	if (lseek(in, 0, SEEK_SET) < 0)
		return error_sys(err, "a temporary file");
	if ((rc = run(program, form, in, answer, err)))
		return rc;
	if (lseek(answer, 0, SEEK_SET) < 0)
		return error_sys(err, "a temporary file");
	return file_read_fd(answer, ANSWER_MAX, out, err);
}

int dot_draw(struct bytes graph, struct buf *plain, struct error *err)
{
	return dot_run("plain", graph, plain, err);
}
