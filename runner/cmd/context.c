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
#include "hooks/choice.h"
#include "hooks/install.h"
#include "runner/cmd/cmd.h"
#include "runner/cmd/range.h"
#include "runner/cmd/roots.h"
#include "runner/sandbox.h"

#define HEADS "refs/heads/"

static int git_fail(struct error *err, const char *what)
{
	const git_error *e = git_error_last();

	if (e != NULL && e->klass == GIT_ERROR_NOMEMORY)
		return error_memory(err);
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

/* A copy of the string of a key, or of fallback (NULL stays NULL). */
static int setting(git_config *config, const char *key, const char *fallback,
    char **out, struct error *err)
{
	git_buf value = { 0 };
	int rc = git_config_get_string_buf(&value, config, key);
	const char *found = rc == 0 ? value.ptr : fallback;

	*out = NULL;
	if (rc < 0 && rc != GIT_ENOTFOUND)
		return git_fail(err, key);
	if (found != NULL)
		*out = mem_strdup(found);
	git_buf_dispose(&value);
	return found != NULL && *out == NULL ? error_memory(err) : 0;
}

/* A copy of what a symbolic ref leads to below a place; NULL where not. */
static int follow(git_repository *repo, const char *ref, const char *place,
    char **out, struct error *err)
{
	git_reference *head = NULL;
	const char *name = NULL;
	int rc = git_reference_lookup(&head, repo, ref);

	*out = NULL;
	if (rc < 0 && rc != GIT_ENOTFOUND && rc != GIT_EINVALIDSPEC)
		return git_fail(err, ref);
	if (rc == 0)
		name = git_reference_symbolic_target(head);
	if (name != NULL && strncmp(name, place, strlen(place)) != 0)
		name = NULL;
	if (name != NULL)
		*out = mem_strdup(name + strlen(place));
	git_reference_free(head);
	return name != NULL && *out == NULL ? error_memory(err) : 0;
}

/* The production branch: sluice.production, else the one that the HEAD of the
 * server names: in a clone git keeps that as refs/remotes/REMOTE/HEAD. */
static int find_production(git_repository *repo, git_config *config,
    struct context *c, struct error *err)
{
	CLEANUP(buf_clear) struct buf head = { 0 }, place = { 0 };
	char **out = &c->production;
	int rc = setting(config, "sluice.production", NULL, out, err);

	buf_printf(&place, "refs/remotes/%s/", c->remote);
	buf_printf(&head, "refs/remotes/%s/HEAD", c->remote);
	if (rc || (rc = buf_check(&place, err)) || (rc = buf_check(&head, err)))
		return rc;
	if (*out == NULL && !git_repository_is_bare(repo))
		rc = follow(repo, head.p, place.p, out, err);
	if (rc == 0 && *out == NULL)
		rc = follow(repo, "HEAD", HEADS, out, err);
	if (rc == 0 && *out == NULL && (*out = mem_strdup("main")) == NULL)
		rc = error_memory(err);
	return rc;
}

/* The same of a path, which is read from the git directory where relative. */
static int setting_path(git_config *config, const char *git_dir,
    const char *key, const char *fallback, char **out, struct error *err)
{
	CLEANUP(mem_freep) char *said = NULL;
	CLEANUP(buf_clear) struct buf b = { 0 };
	int rc = setting(config, key, fallback, &said, err);

	*out = NULL;
	if (rc || said == NULL)
		return rc;
	if (said[0] != '/')
		buf_printf(&b, "%s/", git_dir);
	buf_add_str(&b, said);
	rc = buf_check(&b, err);
	*out = rc ? NULL : buf_steal(&b);
	return rc;
}

/* What we make in a shared repository is the group's, too, as git's own files
 * are: else the other account's next push could not write its objects. */
static int share(git_config *config, struct error *err)
{
	CLEANUP(mem_freep) char *value = NULL;
	int rc = setting(config, "core.sharedrepository", NULL, &value, err);

	if (value != NULL && install_is_shared(value))
		umask(umask(S_IRWXG) & ~(mode_t)S_IRWXG);
	return rc;
}

/* sluice-worker lies beside the program, or in ../libexec/sluice; where it is
 * not, who needs it says so. What cannot be looked at is an error: it may be
 * there. */
static int find_worker(char **out, struct error *err)
{
	static const char *const places[] = { "/sluice-worker",
		"/../libexec/sluice/sluice-worker" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (n < 0)
		return error_sys(err, "/proc/self/exe");
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (i = 0; i < ARRAY_LEN(places); i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };

		buf_printf(&b, "%s%s", self, places[i]);
		if (b.failed)
			return error_memory(err);
		if (access(b.p, X_OK) == 0) {
			*out = buf_steal(&b);
			return 0;
		}
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return error_sys(err, "look for %s", b.p);
	}
	*out = mem_strdup("sluice-worker");
	return *out ? 0 : error_memory(err);
}

static int read_config(struct context *c, git_repository *repo,
    git_config *config, struct error *err)
{
	CLEANUP(buf_clear) struct buf store = { 0 };
	int rc;

	buf_printf(&store, "%s/sluice", c->git_dir);
	if ((rc = buf_check(&store, err)) || (rc = share(config, err)) ||
	    (rc = setting_path(config, c->git_dir, "sluice.store", store.p,
	         &c->store_dir, err)) ||
	    (rc = setting(config, "sluice.root", "", &c->root, err)) ||
	    (rc = setting_path(config, c->git_dir, "sluice.landing", NULL,
	         &c->landing, err)) ||
	    (rc = setting(config, "sluice.sandbox", "namespaces", &c->sandbox,
	         err)) ||
	    (rc = setting_path(config, c->git_dir, "sluice.duckdb", NULL,
	         &c->duckdb, err)) ||
	    (rc = setting(config, "sluice.remote", "origin", &c->remote,
	         err)) ||
	    (rc = find_production(repo, config, c, err)))
		return rc;
	buf_add_str(&store, "/runner");
	if ((rc = buf_check(&store, err)))
		return rc;
	c->state_dir = buf_steal(&store);
	return 0;
}

static int read_settings(struct context *c, git_repository *repo,
    const char *dir, struct error *err)
{
	git_config *config = NULL;
	enum sandbox_way way;
	int rc;

	if (git_repository_config_snapshot(&config, repo) < 0)
		return git_fail(err, "git config");
	rc = read_config(c, repo, config, err);
	git_config_free(config);
	if (rc || (rc = find_worker(&c->worker, err)))
		return rc;
	c->prefix = c->work_tree ? find_prefix(c->work_tree, c->root, dir)
	                         : mem_strdup("");
	if (c->prefix == NULL)
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
	rc = out->git_dir == NULL || (work_tree && out->work_tree == NULL)
	    ? error_memory(err)
	    : read_settings(out, repo, dir, err);
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
		rc = setting(config, key, NULL, out, err);
	git_config_free(config);
	git_repository_free(repo);
	return rc;
}

int context_choice(const struct context *c, const char *key,
    const char *const *words, size_t *out, struct error *err)
{
	CLEANUP(mem_freep) char *value = NULL;
	int rc = context_config(c, key, &value, err);

	return rc ? rc : choice_read(key, value, words, out, err);
}

int context_branch(const struct context *c, char out[256], struct error *err)
{
	git_repository *repo = NULL;
	git_reference *head = NULL;
	const char *name = NULL;
	int rc;

	snprintf(out, 256, "%s", c->work_tree ? "" : c->production);
	if (c->work_tree == NULL)
		return 0;
	if (git_repository_open(&repo, c->work_tree) < 0)
		return git_fail(err, c->work_tree);
	/* one without a commit is a branch, too */
	rc = git_reference_lookup(&head, repo, "HEAD");
	if (rc == 0)
		name = git_reference_symbolic_target(head);
	if (name != NULL && strncmp(name, HEADS, sizeof(HEADS) - 1) == 0)
		snprintf(out, 256, "%s", name + sizeof(HEADS) - 1);
	rc = rc < 0 && rc != GIT_ENOTFOUND ? git_fail(err, "HEAD") : 0;
	git_reference_free(head);
	git_repository_free(repo);
	return rc;
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
int context_is_served(const struct context *c, bool *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(fd_close) int fd = -1;

	*out = false;
	buf_printf(&path, "%s/lock", c->state_dir);
	if (path.failed)
		return error_memory(err);
	fd = os_open(path.p, O_RDONLY, 0);
	*out = fd >= 0 && os_flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	    errno == EWOULDBLOCK;
	return 0;
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
