/* fetch: see fetch.h. */
#include "runner/cmd/fetch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "runner/spawn.h"

extern char **environ;

/* Whether the remote is one that git knows by name: what is handed to git is
 * never an address or an option out of a setting. */
static bool is_remote(const struct context *c)
{
	CLEANUP(buf_clear) struct buf key = { 0 };
	CLEANUP(mem_freep) char *url = NULL;

	if (c->remote[0] == '-')
		return false;
	buf_printf(&key, "remote.%s.url", c->remote);
	return !key.failed && context_config(c, key.p, &url, NULL) == 0 &&
	    url != NULL;
}

/* Both are patterns: a name that the server does not have yet is no error. */
static int run_git(const char *program, const struct context *c,
    struct spawn_end *end)
{
	const char *const argv[] = { program, "-C", c->work_tree, "fetch",
		"--quiet", "--no-tags", "--no-write-fetch-head", "--prune",
		c->remote, "+refs/sluice/*:refs/sluice/*",
		"+refs/notes/sluice*:refs/notes/sluice*", NULL };
	const int fds[] = { 0, -1, 2 };
	const struct spawn spawn = { .argv = argv,
		.env = (const char *const *)environ,
		.directory = "/",
		.fds = fds,
		.n_fds = 3 };
	pid_t pid;
	int rc = spawn_start(&spawn, &pid, NULL);

	return rc ? rc : spawn_wait(pid, -1, end, NULL);
}

void fetch_runs(const struct context *c)
{
	static const char *const places[] = { "/usr/bin/git",
		"/usr/local/bin/git", "/bin/git", "/opt/homebrew/bin/git" };
	struct spawn_end end = { 0 };
	size_t i;

	if (c->work_tree == NULL || !is_remote(c))
		return;
	for (i = 0; i < ARRAY_LEN(places); i++)
		if (access(places[i], X_OK) == 0)
			break;
	if (i == ARRAY_LEN(places) || run_git(places[i], c, &end) ||
	    end.exit != 0 || end.signal != 0)
		fprintf(stderr,
		    "sluice: the runs of %s could not be fetched; what follows "
		    "is what was fetched before\n",
		    c->remote);
}
