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

#define MARK "# written by `sluice install`"
#define CHAINED ".before-sluice"

enum {
	HOOK_MAX = 1 << 20
};

/* Settings of the repository itself, changed by installing. */
struct setting {
	const char *key, *value;
	bool is_list; /* a value among others */
};
static const struct setting settings[] = {
	/* a push is not durable by default: git syncs no object */
	{ "core.fsync", "all", false },
	/* trees with ".." and ".git" in them are refused */
	{ "receive.fsckobjects", "true", false },
	/* only the runner writes what it publishes */
	{ "receive.hiderefs", "refs/sluice", true },
	{ "receive.hiderefs", "refs/notes/sluice", true },
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

/* Where hooks lie: core.hooksPath may lead elsewhere, for all repositories of
 * a server; such a place is not ours to write to. */
static int find_hook(struct refs *r, char out[PATH_MAX], struct error *err)
{
	git_config *config = NULL;
	git_buf path = { 0 };
	char dir[PATH_MAX];
	struct stat st;
	int rc = git_repository_config_snapshot(&config, r->repo);

	if (rc < 0)
		return git_fail(rc, "git config", err);
	rc = 0;
	if (git_config_get_path(&path, config, "core.hookspath") == 0)
		rc = error_set(err, ERROR_USAGE,
		    "core.hooksPath leads to %s; put sluice-hook there by hand, "
		    "or unset it",
		    path.ptr);
	git_buf_dispose(&path);
	git_config_free(config);
	if (rc || (rc = join(dir, r->git_dir, "hooks", err)) ||
	    (rc = file_make_dirs(dir, err)) ||
	    (rc = join(out, dir, "/post-receive.d", err)))
		return rc;
	if (os_lstat(out, &st) == 0 && S_ISDIR(st.st_mode))
		return join(out, dir, "/post-receive.d/sluice", err);
	return join(out, dir, "/post-receive", err);
}

/* --- the hook --- */

enum hook_kind {
	HOOK_NONE,
	HOOK_OURS,
	HOOK_FOREIGN
};

/* A link, even one that leads nowhere, is somebody's. */
static int read_hook(const char *path, enum hook_kind *kind, bool *chains,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct stat st;
	int rc;

	*kind = HOOK_NONE;
	*chains = false;
	if (os_lstat(path, &st) < 0)
		return 0;
	*kind = HOOK_FOREIGN;
	if (!S_ISREG(st.st_mode))
		return 0;
	rc = file_read(path, HOOK_MAX, &text, err);
	if (rc)
		return rc;
	if (text.n > 0 && strstr(text.p, MARK) != NULL) {
		*kind = HOOK_OURS;
		*chains = strstr(text.p, CHAINED) != NULL;
	}
	return 0;
}

/* For a shell, whatever is in the path. */
static void add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *s);
	}
	buf_add_char(out, '\'');
}

static void print_command(const struct install_options *o, struct buf *out)
{
	add_quoted(out, o->hook_program);
	if (o->start != NULL) {
		buf_add_str(out, " --start ");
		add_quoted(out, o->start);
	}
	buf_add_char(out, '\n');
}

/* Ours first: it spools and returns at once; the chained one may take its
 * time, and its exit status is the hook's. */
static int write_hook(const char *path, const struct install_options *o,
    bool chains, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	buf_add_str(&text,
	    "#!/bin/sh\n" MARK "; `sluice install --uninstall` removes it\n");
	if (chains)
		buf_add_str(&text,
		    "updates=$(cat)\n"
		    "printf '%s\\n' \"$updates\" | ");
	else
		buf_add_str(&text, "exec ");
	print_command(o, &text);
	if (chains)
		buf_add_str(&text,
		    "printf '%s\\n' \"$updates\" | \"$0" CHAINED "\" \"$@\"\n");
	rc = buf_check(&text, err);
	return rc ? rc : file_write(path, buf_bytes(&text), 0755, err);
}

/* The foreign hook gets another name before ours takes its place: killed
 * between, no hook runs, and installing again goes on from there. */
static int place_hook(const struct install_options *o,
    struct install_done *done, struct error *err)
{
	enum hook_kind kind;
	bool chains;
	int rc = read_hook(done->hook, &kind, &chains, err);

	if (rc || (rc = join(done->chained, done->hook, CHAINED, err)))
		return rc;
	if (kind == HOOK_FOREIGN && !o->chain)
		return error_set(err, ERROR_EXISTS,
		    "there is a hook already: %s; `sluice install --chain` "
		    "keeps it and runs it behind sluice's",
		    done->hook);
	if (kind == HOOK_FOREIGN && file_exists(done->chained))
		return error_set(err, ERROR_EXISTS,
		    "there is a foreign hook %s and one chained before, %s; "
		    "make them one",
		    done->hook, done->chained);
	if (kind == HOOK_FOREIGN && os_rename(done->hook, done->chained) < 0)
		return error_sys(err, "rename %s", done->hook);
	chains = file_exists(done->chained);
	if (!chains)
		done->chained[0] = '\0';
	return write_hook(done->hook, o, chains, err);
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

/* Only what was not so already is set, and remembered first: killed between,
 * removing takes back what is there. */
static int set_one(git_config *config, const struct setting *s)
{
	CLEANUP(buf_clear) struct buf word = { 0 };
	int rc;

	if (is_set(config, s))
		return 0;
	buf_printf(&word, "%s=%s", s->key, s->value);
	if (word.failed)
		return -1;
	rc = git_config_set_multivar(config, "sluice.installed", "^$", word.p);
	if (rc < 0)
		return rc;
	/* "^$" matches no value of ours: a value is added */
	return s->is_list
	    ? git_config_set_multivar(config, s->key, "^$", s->value)
	    : git_config_set_string(config, s->key, s->value);
}

static int change_settings(struct refs *r, const struct install_options *o,
    struct error *err)
{
	git_config *all = NULL, *config = NULL;
	size_t i;
	int rc = git_repository_config(&all, r->repo);

	if (rc == 0)
		rc =
		    git_config_open_level(&config, all, GIT_CONFIG_LEVEL_LOCAL);
	for (i = 0; i < ARRAY_LEN(settings) && rc == 0; i++)
		rc = set_one(config, &settings[i]);
	if (rc == 0 && o->hide_runs)
		rc = set_one(config, &hide_runs);
	git_config_free(config);
	git_config_free(all);
	return rc < 0 ? git_fail(rc, "git config", err) : 0;
}

/* The directories of the hook and the runner, for the group where git's own
 * files are: a pusher's hook writes there. */
static int make_dirs(struct refs *r, struct error *err)
{
	static const char *const names[] = { "sluice", "sluice/runner",
		"sluice/runner/spool" };
	git_config *config = NULL;
	git_buf shared = { 0 };
	char path[PATH_MAX];
	bool is_shared = false;
	size_t i;
	int rc = 0;

	if (git_repository_config_snapshot(&config, r->repo) == 0 &&
	    git_config_get_string_buf(&shared, config,
	        "core.sharedrepository") == 0)
		is_shared = strcmp(shared.ptr, "umask") != 0 &&
		    strcmp(shared.ptr, "false") != 0;
	git_buf_dispose(&shared);
	git_config_free(config);
	for (i = 0; i < ARRAY_LEN(names) && rc == 0; i++) {
		if ((rc = join(path, r->git_dir, names[i], err)) ||
		    (rc = file_make_dirs(path, err)))
			break;
		if (is_shared && chmod(path, 02770) < 0)
			rc = error_sys(err, "chmod %s", path);
	}
	return rc;
}

int install_repository(const struct install_options *o,
    struct install_done *done, struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	int rc = open_bare(o->git_dir, &r, err);

	*done = (struct install_done){ 0 };
	if (rc || (rc = find_hook(r, done->hook, err)) ||
	    (rc = place_hook(o, done, err)) || (rc = make_dirs(r, err)))
		return rc;
	return change_settings(r, o, err);
}

/* --- removing --- */

static int unset_one(const git_config_entry *entry, void *payload)
{
	git_config *config = payload;
	const char *equals = strchr(entry->value, '=');
	CLEANUP(buf_clear) struct buf pattern = { 0 };
	char key[64];

	if (equals == NULL || (size_t)(equals - entry->value) >= sizeof(key))
		return 0;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - entry->value),
	    entry->value);
	buf_printf(&pattern, "^%s$", equals + 1);
	if (!pattern.failed)
		git_config_delete_multivar(config, key, pattern.p);
	return 0;
}

static int restore_settings(struct refs *r, struct error *err)
{
	git_config *all = NULL, *config = NULL, *snapshot = NULL;
	int rc = git_repository_config(&all, r->repo);

	if (rc == 0)
		rc =
		    git_config_open_level(&config, all, GIT_CONFIG_LEVEL_LOCAL);
	if (rc == 0)
		rc = git_config_snapshot(&snapshot, config);
	if (rc == 0) {
		git_config_get_multivar_foreach(snapshot, "sluice.installed",
		    NULL, unset_one, config);
		git_config_delete_multivar(config, "sluice.installed", ".*");
	}
	git_config_free(snapshot);
	git_config_free(config);
	git_config_free(all);
	return rc < 0 ? git_fail(rc, "git config", err) : 0;
}

int install_remove(const char *git_dir, struct install_done *done,
    struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	enum hook_kind kind;
	bool chains;
	int rc = open_bare(git_dir, &r, err);

	*done = (struct install_done){ 0 };
	if (rc || (rc = find_hook(r, done->hook, err)) ||
	    (rc = read_hook(done->hook, &kind, &chains, err)) ||
	    (rc = join(done->chained, done->hook, CHAINED, err)))
		return rc;
	if (kind != HOOK_OURS)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s is not sluice's hook", done->hook);
	if (!file_exists(done->chained))
		done->chained[0] = '\0';
	if (done->chained[0] ? os_rename(done->chained, done->hook) < 0
	                     : os_unlink(done->hook) < 0)
		return error_sys(err, "remove %s", done->hook);
	return restore_settings(r, err);
}
