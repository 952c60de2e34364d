/* install: see install.h. */
#include "hooks/install.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/git.h"
#include "hooks/refs.h"
#include "hooks/settings.h"

#define SPOOL "sluice/runner/spool"

/* Settings of the repository itself, changed by installing. */
struct setting {
	const char *key, *value;
	bool is_list; /* a value among others */
};
static const struct setting settings[] = {
	/* a push is not durable by default: git syncs no object */
	{ "core.fsync", "all", false },
	/* a push that nobody saw before the next one is found in the log */
	{ "core.logallrefupdates", "true", false },
	/* trees with ".." and ".git" in them are refused */
	{ "receive.fsckobjects", "true", false },
	/* only the runner writes what it publishes */
	{ "receive.hiderefs", "refs/sluice", true },
	{ "receive.hiderefs", "refs/notes/sluice", true },
	/* what is asked from clones can be pushed, and is nobody else's */
	{ "uploadpack.hiderefs", "refs/sluice-requests", true },
};
static const struct setting hide_runs = { "transfer.hiderefs", "refs/sluice",
	true };

static int join(char out[PATH_MAX], const char *a, const char *b,
    struct error *err)
{
	if (snprintf(out, PATH_MAX, "%s%s", a, b) >= PATH_MAX)
		return error_set(err, ERROR_LIMIT, "path too long: %s", a);
	return 0;
}

/* --- what can be installed into --- */

/* The file alone, because libgit2 opens no repository that it cannot read. */
static int check_format(const char *git_dir, struct error *err)
{
	git_config *config = NULL;
	git_buf value = { 0 };
	char path[PATH_MAX];
	int rc = join(path, git_dir, "/config", err), found;

	if (rc)
		return rc;
	if (!file_exists(path))
		return error_set(err, ERROR_USAGE, "%s is not a repository",
		    git_dir);
	found = git_config_open_ondisk(&config, path);
	if (found < 0)
		return git_fail(found, path, err);
	if (git_config_get_string_buf(&value, config,
	        "extensions.objectformat") == 0 &&
	    strcmp(value.ptr, "sha1") != 0)
		rc = error_set(err, ERROR_USAGE,
		    "%s has %s objects; sluice reads SHA-1 repositories alone "
		    "(libgit2 1.5 has no SHA-256): git init --bare "
		    "--object-format=sha1",
		    git_dir, value.ptr);
	git_buf_dispose(&value);
	if (git_config_get_string_buf(&value, config,
	        "extensions.refstorage") == 0 &&
	    strcmp(value.ptr, "files") != 0)
		rc = error_set(err, ERROR_USAGE,
		    "%s keeps its refs in a %s; sluice reads files alone "
		    "(libgit2 1.5 has no reftable): git init --bare "
		    "--ref-format=files",
		    git_dir, value.ptr);
	git_buf_dispose(&value);
	git_config_free(config);
	return rc;
}

static int open_bare(const char *git_dir, struct refs **out, struct error *err)
{
	int rc;

	if (git_libgit2_init() < 0) {
		git_fail(-1, "libgit2", err);
		return ERROR_IO;
	}
	rc = check_format(git_dir, err);
	if (rc == 0)
		rc = refs_open(git_dir, out, err);
	git_libgit2_shutdown();
	if (rc)
		return rc;
	assert(*out != NULL);
	if (!git_repository_is_bare((*out)->repo))
		return error_set(err, ERROR_USAGE,
		    "%s is not a bare repository; in a work tree use "
		    "`sluice run`",
		    git_dir);
	return 0;
}

/* The directory whose post-receive git or the forge runs. */
struct place {
	char dir[PATH_MAX];
	bool is_shared; /* other repositories' pushes run it, too */
	bool is_configured; /* core.hooksPath says so */
};

static bool is_link(const char *path)
{
	struct stat st;

	return os_lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* core.hooksPath, for one repository or for all of a server; git reads a
 * relative one from the repository. */
static int read_hooks_path(struct refs *r, struct place *out, struct error *err)
{
	git_config *config = NULL;
	git_buf path = { 0 };
	int rc = git_repository_config_snapshot(&config, r->repo);

	if (rc < 0)
		return git_fail(rc, "git config", err);
	rc = 0;
	if (git_config_get_path(&path, config, "core.hookspath") == 0) {
		out->is_configured = out->is_shared = true;
		rc = join(out->dir, path.ptr[0] == '/' ? "" : r->git_dir,
		    path.ptr, err);
	}
	git_buf_dispose(&path);
	git_config_free(config);
	return rc;
}

/* custom_hooks is GitLab's, whose own hooks call what lies there. */
static int find_place(struct refs *r, struct place *out, struct error *err)
{
	int rc;

	*out = (struct place){ 0 };
	if ((rc = join(out->dir, r->git_dir, "custom_hooks", err)))
		return rc;
	if (!file_exists(out->dir)) {
		rc = read_hooks_path(r, out, err);
		if (rc || out->is_configured)
			return rc;
		if ((rc = join(out->dir, r->git_dir, "hooks", err)) ||
		    (rc = file_make_dirs(out->dir, err)))
			return rc;
	}
	out->is_shared = is_link(out->dir);
	return 0;
}

/* A hook that others share is put where it is by `sluice install --hooks`. */
static int check_shared(const struct place *place, const struct hook_file *hook,
    struct error *err)
{
	if (hook->kind == HOOK_OURS)
		return 0;
	return error_set(err, ERROR_USAGE,
	    "%s %s, where sluice's hook is not; put it there for all "
	    "repositories: sluice install --hooks %s",
	    place->is_configured ? "core.hooksPath leads to"
	                         : "other repositories share",
	    place->dir, place->dir);
}

/* What hook_file.h made of it, for the caller. */
static void tell(const struct hook_file *hook, struct install_done *done)
{
	memcpy(done->hook, hook->path, sizeof(done->hook));
	memcpy(done->chained, hook->chained, sizeof(done->chained));
}

static int install_hook(struct refs *r, const struct install_options *o,
    struct install_done *done, struct error *err)
{
	struct hook_file hook;
	struct place place;
	int rc;

	if ((rc = find_place(r, &place, err)) ||
	    (rc = hook_file_find(place.dir, &hook, err)))
		return rc;
	done->is_shared =
	    place.is_shared || (hook.is_link && hook.kind == HOOK_OURS);
	rc = done->is_shared ? check_shared(&place, &hook, err)
	                     : hook_file_place(&hook, &o->command, err);
	tell(&hook, done);
	return rc;
}

/* --- settings --- */

struct list {
	const char *value;
	bool found;
};

static int see_value(const git_config_entry *entry, void *payload)
{
	struct list *l = payload;

	l->found |= strcmp(entry->value, l->value) == 0;
	return 0;
}

static bool is_set(git_config *config, const struct setting *s)
{
	struct list l = { .value = s->value };

	git_config_get_multivar_foreach(config, s->key, NULL, see_value, &l);
	return l.found;
}

/* Only what was not so already is set, and remembered first, with what it
 * replaces: killed between, removing takes back what is there. */
static int set_one(git_config *config, const struct setting *s)
{
	CLEANUP(buf_clear) struct buf word = { 0 };
	struct setting memory = { .key = "sluice.installed" };
	git_buf old = { 0 };
	int rc;

	if (is_set(config, s))
		return 0;
	buf_printf(&word, "%s=%s", s->key, s->value);
	if (!s->is_list && git_config_get_string_buf(&old, config, s->key) == 0)
		buf_printf(&word, "=%s", old.ptr);
	git_buf_dispose(&old);
	if (word.failed)
		return -1;
	memory.value = word.p;
	/* "^$" matches no value of ours: a value is added */
	rc = is_set(config, &memory)
	    ? 0
	    : git_config_set_multivar(config, memory.key, "^$", word.p);
	if (rc < 0)
		return rc;
	return s->is_list
	    ? git_config_set_multivar(config, s->key, "^$", s->value)
	    : git_config_set_string(config, s->key, s->value);
}

static int set_all(git_config *config, void *payload)
{
	const struct install_options *o = payload;
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_LEN(settings) && rc == 0; i++)
		rc = set_one(config, &settings[i]);
	if (rc == 0 && o->hide_runs)
		rc = set_one(config, &hide_runs);
	return rc;
}

bool install_is_shared(const char *value)
{
	return strcmp(value, "umask") != 0 && strcmp(value, "false") != 0 &&
	    strcmp(value, "0") != 0;
}

static bool is_shared(struct refs *r)
{
	git_config *config = NULL;
	git_buf value = { 0 };
	bool is = false;

	if (git_repository_config_snapshot(&config, r->repo) == 0 &&
	    git_config_get_string_buf(&value, config,
	        "core.sharedrepository") == 0)
		is = install_is_shared(value.ptr);
	git_buf_dispose(&value);
	git_config_free(config);
	return is;
}

/* The directories of the store, the hook and the runner: the owner's alone,
 * because tables are in them; the group's too where git's own files are, a
 * pusher's hook writes there. What the owner made of them since stays. */
static int make_dirs(struct refs *r, struct error *err)
{
	static const char *const names[] = { "sluice", "sluice/runner", SPOOL };
	const bool group = is_shared(r);
	char path[PATH_MAX];
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		bool is_new;

		if ((rc = join(path, r->git_dir, names[i], err)))
			return rc;
		is_new = !file_exists(path);
		if ((rc = file_make_dirs(path, err)))
			return rc;
		if ((is_new || group) &&
		    os_chmod(path, group ? 02770 : 0700) < 0)
			return error_sys(err, "chmod %s", path);
	}
	return 0;
}

/* The directories and the hook: its owner was told that it is installed. */
static int sync_repository(struct refs *r, struct error *err)
{
	CLEANUP(fd_close)
	int fd = os_open(r->git_dir, O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 || os_syncfs(fd) < 0
	    ? error_sys(err, "sync %s", r->git_dir)
	    : 0;
}

int install_repository(const struct install_options *o,
    struct install_done *done, struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	struct install_options options = *o;
	int rc;

	*done = (struct install_done){ 0 };
	if ((rc = open_bare(o->dir, &r, err)) ||
	    (!o->no_hook && (rc = install_hook(r, o, done, err))) ||
	    (rc = make_dirs(r, err)))
		return rc;
	rc = settings_change(r->git_dir, set_all, &options, err);
	return rc ? rc : sync_repository(r, err);
}

/* --- removing --- */

/* "KEY=VALUE" that we set, and "=OLD" where there was another. */
static int unset_one(const git_config_entry *entry, void *payload)
{
	git_config *config = payload;
	CLEANUP(mem_freep) char *key = mem_strdup(entry->value);
	CLEANUP(buf_clear) struct buf pattern = { 0 };
	char *value = key ? strchr(key, '=') : NULL, *old;

	if (value == NULL)
		return 0;
	*value++ = '\0';
	old = strchr(value, '=');
	if (old != NULL)
		*old++ = '\0';
	buf_printf(&pattern, "^%s$", value);
	if (pattern.failed)
		return 0;
	if (old != NULL)
		git_config_set_multivar(config, key, pattern.p, old);
	else
		git_config_delete_multivar(config, key, pattern.p);
	return 0;
}

static int unset_all(git_config *config, void *payload)
{
	git_config *snapshot = NULL;
	int rc = git_config_snapshot(&snapshot, config);

	(void)payload;
	if (rc == 0) {
		git_config_get_multivar_foreach(snapshot, "sluice.installed",
		    NULL, unset_one, config);
		git_config_delete_multivar(config, "sluice.installed", ".*");
	}
	git_config_free(snapshot);
	return rc;
}

static int remove_hook(struct refs *r, struct install_done *done,
    struct error *err)
{
	struct hook_file hook;
	struct place place;
	int rc;

	if ((rc = find_place(r, &place, err)) ||
	    (rc = hook_file_find(place.dir, &hook, err)) ||
	    hook.kind != HOOK_OURS)
		return rc;
	done->is_shared = place.is_shared || hook.is_link;
	tell(&hook, done);
	return done->is_shared ? 0 : hook_file_remove(&hook, err);
}

/* The store, the run database and the runs stay; without the spool a hook that
 * others share does nothing here. */
int install_remove(const char *git_dir, struct install_done *done,
    struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	char spool[PATH_MAX];
	int rc;

	*done = (struct install_done){ 0 };
	if ((rc = open_bare(git_dir, &r, err)) ||
	    (rc = join(spool, r->git_dir, SPOOL, err)) ||
	    (rc = remove_hook(r, done, err)))
		return rc;
	if (!file_exists(spool) && (done->hook[0] == '\0' || done->is_shared))
		return error_set(err, ERROR_NOT_FOUND,
		    "sluice is not installed in %s", git_dir);
	rc = file_remove_tree(spool, err);
	if (rc == 0)
		rc = settings_change(r->git_dir, unset_all, NULL, err);
	return rc ? rc : sync_repository(r, err);
}

/* --- a directory of hooks --- */

int install_hooks(const struct install_options *o, struct install_done *done,
    struct error *err)
{
	struct hook_command command = o->command;
	struct hook_file hook;
	char head[PATH_MAX];
	int rc;

	*done = (struct install_done){ .is_shared = true };
	command.is_shared = true;
	if ((rc = join(head, o->dir, "/HEAD", err)))
		return rc;
	if (file_exists(head))
		return error_set(err, ERROR_USAGE,
		    "%s is a repository, not a directory of hooks: "
		    "sluice install %s",
		    o->dir, o->dir);
	if ((rc = hook_file_find(o->dir, &hook, err)) == 0)
		rc = hook_file_place(&hook, &command, err);
	tell(&hook, done);
	return rc;
}

int install_hooks_remove(const char *dir, struct install_done *done,
    struct error *err)
{
	struct hook_file hook;
	int rc;

	*done = (struct install_done){ .is_shared = true };
	if ((rc = hook_file_find(dir, &hook, err)))
		return rc;
	if (hook.kind != HOOK_OURS)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s is not sluice's hook", hook.path);
	tell(&hook, done);
	return hook_file_remove(&hook, err);
}
