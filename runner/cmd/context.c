/* context: see cmd.h. The repository a command works on, and its settings. */
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/install.h"
#include "runner/cmd/cmd.h"
#include "runner/cmd/range.h"
#include "runner/cmd/roots.h"
#include "runner/sandbox.h"

#define HEADS "refs/heads/"

static int git_fail(struct error *err, const char *what)
{
	const git_error *e = git_error_last();

	return error_set(err, ERROR_IO, "%s: %s", what,
	    e ? e->message : "libgit2 failed");
}

/* A copy of path without the slash that libgit2 puts behind directories. */
static char *without_slash(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return mem_strndup(path, n);
}

/* Where dir lies below the work tree and the pipeline's root: "" outside. */
static char *find_prefix(const char *work_tree, const char *root,
    const char *dir)
{
	char real[PATH_MAX];
	const char *p = real;
	size_t n = strlen(work_tree), r = strlen(root);

	if (realpath(dir, real) == NULL || strncmp(real, work_tree, n) != 0)
		return mem_strdup("");
	p += n;
	p += strspn(p, "/");
	if (r > 0 && strncmp(p, root, r) == 0 &&
	    (p[r] == '/' || p[r] == '\0')) {
		p += r;
		p += strspn(p, "/");
	} else if (r > 0) {
		p = "";
	}
	return mem_strdup(p);
}

/* The string of a key, or a copy of fallback (NULL stays NULL). */
static char *setting(git_config *config, const char *key, const char *fallback)
{
	git_buf value = { 0 };
	char *copy;

	if (git_config_get_string_buf(&value, config, key) == 0) {
		copy = mem_strdup(value.ptr);
		git_buf_dispose(&value);
		return copy;
	}
	return fallback ? mem_strdup(fallback) : NULL;
}

/* A copy of what a symbolic ref leads to below a place; NULL where not. */
static char *follow(git_repository *repo, const char *ref, const char *place)
{
	git_reference *head = NULL;
	const char *name = NULL;
	char *copy = NULL;

	if (git_reference_lookup(&head, repo, ref) == 0)
		name = git_reference_symbolic_target(head);
	if (name != NULL && strncmp(name, place, strlen(place)) == 0)
		copy = mem_strdup(name + strlen(place));
	git_reference_free(head);
	return copy;
}

/* The production branch: sluice.production, else the one that the HEAD of the
 * server names: in a clone git keeps that as refs/remotes/REMOTE/HEAD. */
static char *find_production(git_repository *repo, git_config *config,
    const char *remote)
{
	CLEANUP(buf_clear) struct buf head = { 0 }, place = { 0 };
	char *set = setting(config, "sluice.production", NULL);

	buf_printf(&place, "refs/remotes/%s/", remote);
	buf_printf(&head, "%sHEAD", buf_bytes(&place).p);
	if (place.failed || head.failed) {
		mem_free(set);
		return NULL;
	}
	if (set == NULL && !git_repository_is_bare(repo))
		set = follow(repo, head.p, place.p);
	if (set == NULL)
		set = follow(repo, "HEAD", HEADS);
	return set ? set : mem_strdup("main");
}

/* A path of git config is read from the git directory where relative. */
static char *resolve_path(const char *git_dir, char *path)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	if (path == NULL || path[0] == '/')
		return path;
	buf_printf(&b, "%s/%s", git_dir, path);
	mem_free(path);
	return buf_steal(&b);
}

/* What we make in a shared repository is the group's, too, as git's own files
 * are: else the other account's next push could not write its objects. */
static void share(git_config *config)
{
	CLEANUP(mem_freep)
	char *value = setting(config, "core.sharedrepository", NULL);

	if (value != NULL && install_is_shared(value))
		umask(umask(S_IRWXG) & ~(mode_t)S_IRWXG);
}

/* sluice-worker lies beside the program, or in ../libexec/sluice. */
static char *find_worker(void)
{
	static const char *const places[] = { "/sluice-worker",
		"/../libexec/sluice/sluice-worker" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (n < 0)
		return mem_strdup("sluice-worker");
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (i = 0; i < ARRAY_LEN(places); i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };

		buf_printf(&b, "%s%s", self, places[i]);
		if (!b.failed && access(b.p, X_OK) == 0)
			return buf_steal(&b);
	}
	return mem_strdup("sluice-worker");
}

static int read_settings(struct context *c, git_repository *repo,
    const char *dir, struct error *err)
{
	CLEANUP(buf_clear) struct buf store = { 0 };
	git_config *config = NULL;
	enum sandbox_way way;

	if (git_repository_config_snapshot(&config, repo) < 0)
		return git_fail(err, "git config");
	share(config);
	buf_printf(&store, "%s/sluice", c->git_dir);
	c->store_dir =
	    resolve_path(c->git_dir, setting(config, "sluice.store", store.p));
	buf_add_str(&store, "/runner");
	c->state_dir = buf_steal(&store);
	c->root = setting(config, "sluice.root", "");
	c->landing =
	    resolve_path(c->git_dir, setting(config, "sluice.landing", NULL));
	c->sandbox = setting(config, "sluice.sandbox", "namespaces");
	c->duckdb =
	    resolve_path(c->git_dir, setting(config, "sluice.duckdb", NULL));
	c->remote = setting(config, "sluice.remote", "origin");
	c->production =
	    c->remote ? find_production(repo, config, c->remote) : NULL;
	c->worker = find_worker();
	c->prefix = c->work_tree && c->root
	    ? find_prefix(c->work_tree, c->root, dir)
	    : mem_strdup("");
	git_config_free(config);
	if (!c->store_dir || !c->state_dir || !c->root || !c->sandbox ||
	    !c->remote || !c->production || !c->worker || !c->prefix)
		return error_memory(err);
	if (!sandbox_way_of(c->sandbox, &way))
		return error_set(err, ERROR_USAGE,
		    "git config sluice.sandbox is '%s'; it is namespaces (the "
		    "default), bubblewrap or none",
		    c->sandbox);
	return 0;
}

bool context_in_git(const char *dir)
{
	git_buf found = { 0 };
	int rc = git_libgit2_init();

	if (rc >= 0)
		rc = git_repository_discover(&found, dir, 0, NULL);
	git_buf_dispose(&found);
	return rc >= 0;
}

int context_open(const char *dir, struct context *out, struct error *err)
{
	git_repository *repo = NULL;
	const char *work_tree;
	int rc;

	*out = (struct context){ 0 };
	if (dir == NULL)
		dir = ".";
	if (git_libgit2_init() < 0)
		return git_fail(err, "libgit2");
	rc = git_repository_open_ext(&repo, dir, 0, NULL);
	if (rc < 0 && context_in_git(dir))
		return source_open_fail(rc, dir, err);
	if (rc < 0 && strcmp(dir, ".") == 0)
		return error_set(err, ERROR_USAGE,
		    "this directory is not in a git repository; go into one, "
		    "or let `sluice init` make one with an example");
	if (rc < 0)
		return error_set(err, ERROR_USAGE,
		    "%s is not in a git repository", dir);
	out->git_dir = without_slash(git_repository_commondir(repo));
	work_tree = git_repository_workdir(repo);
	if (work_tree != NULL)
		out->work_tree = without_slash(work_tree);
	rc = out->git_dir ? read_settings(out, repo, dir, err)
	                  : error_memory(err);
	git_repository_free(repo);
	if (rc)
		context_clear(out);
	return rc;
}

void context_clear(struct context *c)
{
	mem_free(c->git_dir);
	mem_free(c->work_tree);
	mem_free(c->prefix);
	mem_free(c->root);
	mem_free(c->store_dir);
	mem_free(c->state_dir);
	mem_free(c->landing);
	mem_free(c->sandbox);
	mem_free(c->duckdb);
	mem_free(c->production);
	mem_free(c->remote);
	mem_free(c->worker);
	*c = (struct context){ 0 };
}

int context_config(const struct context *c, const char *key, char **out,
    struct error *err)
{
	git_repository *repo = NULL;
	git_config *config = NULL;
	int rc = 0;

	*out = NULL;
	if (git_repository_open(&repo, c->git_dir) < 0 ||
	    git_repository_config_snapshot(&config, repo) < 0)
		rc = git_fail(err, "git config");
	else
		*out = setting(config, key, NULL);
	git_config_free(config);
	git_repository_free(repo);
	return rc;
}

int context_branch(const struct context *c, char out[256], struct error *err)
{
	git_repository *repo = NULL;
	git_reference *head = NULL;
	const char *name = NULL;

	snprintf(out, 256, "%s", c->work_tree ? "" : c->production);
	if (c->work_tree == NULL)
		return 0;
	if (git_repository_open(&repo, c->work_tree) < 0)
		return git_fail(err, c->work_tree);
	/* one without a commit is a branch, too */
	if (git_reference_lookup(&head, repo, "HEAD") == 0)
		name = git_reference_symbolic_target(head);
	if (name != NULL && strncmp(name, HEADS, sizeof(HEADS) - 1) == 0)
		snprintf(out, 256, "%s", name + sizeof(HEADS) - 1);
	git_reference_free(head);
	git_repository_free(repo);
	return 0;
}

int context_store(const struct context *c, struct store **out,
    struct error *err)
{
	int rc = store_open(c->store_dir, out, err);

	if (rc == 0 && (rc = roots_register(c, *out, err))) {
		store_close(*out);
		*out = NULL;
	}
	if (rc)
		error_wrap(err, "the store, %s", c->store_dir);
	return rc;
}

int context_store_read(const struct context *c, struct store **out,
    struct error *err)
{
	return store_open(c->store_dir, out, err);
}

/* A runner holds the lock for as long as it lives. Opened for reading: who may
 * not write there can see that, too. */
bool context_is_served(const struct context *c)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(fd_close) int fd = -1;

	buf_printf(&path, "%s/lock", c->state_dir);
	if (!path.failed)
		fd = os_open(path.p, O_RDONLY, 0);
	return fd >= 0 && os_flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	    errno == EWOULDBLOCK;
}

int context_source(const struct context *c, const char *at, struct source **out,
    struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (at == NULL && c->work_tree != NULL)
		return source_open_worktree(c->work_tree, out, err);
	rc = source_open_commit(c->git_dir, at ? at : "HEAD", out, &why);
	if (rc == ERROR_NOT_FOUND && at != NULL)
		return range_unknown(c, at, err);
	return rc ? error_pass(err, &why) : 0;
}

int context_pipeline(const struct context *c, struct source *src,
    const struct pipeline_options *options, struct pipeline **out,
    struct error *err)
{
	struct pipeline_options with_root = *options;
	struct error why = { 0 };
	int rc;

	with_root.root = c->root;
	rc = pipeline_load(src, &with_root, out, &why);
	if (*out != NULL && cmd_diagnostics(*out))
		return error_set(err, why.code,
		    "the pipeline's text has %zu error%s (above); nothing was "
		    "done",
		    (*out)->n_errors, (*out)->n_errors == 1 ? "" : "s");
	return rc ? error_pass(err, &why) : 0;
}
