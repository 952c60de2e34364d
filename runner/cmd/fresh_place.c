/* fresh_place: see fresh_place.h. */
#include "runner/cmd/fresh_place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"

enum {
	REFS_DEEP = 5, /* symbolic ones */
	SMALL = 1 << 16,
	PACKED_MAX = 64 << 20,
};

/* --- the repository --- */

static bool is_dir(const char *dir, const char *name, struct stat *out)
{
	char path[PATH_MAX + 16];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	return n > 0 && (size_t)n < sizeof(path) && stat(path, out) == 0 &&
	    S_ISDIR(out->st_mode);
}

static bool is_repository(const char *dir)
{
	char head[PATH_MAX + 16];
	struct stat st;

	snprintf(head, sizeof(head), "%s/HEAD", dir);
	return is_dir(dir, "objects", &st) && is_dir(dir, "refs", &st) &&
	    stat(head, &st) == 0 && S_ISREG(st.st_mode);
}

/* One directory on the way up: 1 found, 0 go on, -1 not for us. */
static int try_dir(const char *dir, struct buf *out, bool *is_bare)
{
	char path[PATH_MAX + 16];
	struct stat own, git;

	snprintf(path, sizeof(path), "%s/.git", dir);
	if (stat(dir, &own) < 0 || own.st_uid != geteuid())
		return -1;
	if (lstat(path, &git) == 0) {
		if (!S_ISDIR(git.st_mode) || git.st_uid != geteuid() ||
		    !is_repository(path))
			return -1;
		*is_bare = false;
		buf_add_str(out, path);
		return 1;
	}
	if (!is_repository(dir))
		return 0;
	*is_bare = true;
	buf_add_str(out, dir);
	return 1;
}

bool fresh_git_dir(struct buf *out, bool *is_bare)
{
	char dir[PATH_MAX];
	struct stat first, st;
	int found = 0;

	if (getcwd(dir, sizeof(dir)) == NULL || stat(dir, &first) < 0)
		return false;
	while (found == 0 && dir[0] != '\0') {
		char *slash = strrchr(dir, '/');

		/* git does not look behind a mount */
		if (stat(dir, &st) < 0 || st.st_dev != first.st_dev)
			return false;
		found = try_dir(dir, out, is_bare);
		if (slash == NULL)
			return false;
		if (found == 0)
			*slash = '\0';
	}
	return found == 1 && !out->failed;
}

/* --- a name --- */

static bool is_hex_line(const char *p, size_t n)
{
	return n >= GIT_ID_HEX &&
	    strspn(p, "0123456789abcdef") == (size_t)GIT_ID_HEX;
}

/* The text of a ref's own file; false where it has none. */
static bool read_loose(const char *git_dir, const char *ref, struct buf *out)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", git_dir, ref);
	return !path.failed && file_read(path.p, SMALL, out, NULL) == 0 &&
	    out->n > 0;
}

static bool read_packed(const char *git_dir, const char *ref,
    char out[GIT_ID_HEX + 1])
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 }, line = { 0 };
	const char *found;

	buf_printf(&path, "%s/packed-refs", git_dir);
	buf_printf(&line, " %s\n", ref);
	if (path.failed || line.failed ||
	    file_read(path.p, PACKED_MAX, &text, NULL) || text.n == 0)
		return false;
	found = strstr(text.p, line.p);
	if (found == NULL || found - text.p < GIT_ID_HEX ||
	    !is_hex_line(found - GIT_ID_HEX, GIT_ID_HEX))
		return false;
	snprintf(out, GIT_ID_HEX + 1, "%.*s", GIT_ID_HEX, found - GIT_ID_HEX);
	return true;
}

static bool follow(const char *git_dir, const char *ref,
    char out[GIT_ID_HEX + 1])
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	int depth;

	buf_add_str(&name, ref);
	for (depth = 0; depth < REFS_DEEP && !name.failed; depth++) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		if (!read_loose(git_dir, name.p, &text))
			return read_packed(git_dir, name.p, out);
		if (strncmp(text.p, "ref: ", 5) != 0) {
			snprintf(out, GIT_ID_HEX + 1, "%.*s", GIT_ID_HEX,
			    text.p);
			return is_hex_line(text.p, text.n);
		}
		buf_reset(&name);
		buf_add(&name, text.p + 5, strcspn(text.p + 5, "\r\n"));
		if (name.n == 0 || strstr(name.p, "..") != NULL)
			return false;
	}
	return false;
}

/* Names without any of git's ways to say more: letters of both cases (one of
 * capitals alone may be one of git's own), digits, - _ . and slashes. */
static bool is_plain(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n = strlen(name);

	return n > 0 && n < 200 && strspn(name, letters) == n &&
	    strspn(name, capitals) < n && strstr(name, "..") == NULL &&
	    strchr("-./", name[0]) == NULL && strncmp(name, "refs/", 5) != 0 &&
	    !is_hex_line(name, n);
}

/* In the order of git: tags before branches. Remote branches come after, and
 * are left to libgit2. */
bool fresh_resolve(const char *git_dir, const char *name,
    char out[GIT_ID_HEX + 1])
{
	static const char *const places[] = { "refs/", "refs/tags/",
		"refs/heads/" };
	CLEANUP(buf_clear) struct buf path = { 0 };
	size_t i;

	if (strcmp(name, "HEAD") == 0)
		return follow(git_dir, name, out);
	/* what lies in the git directory itself comes first */
	buf_printf(&path, "%s/%s", git_dir, name);
	if (!is_plain(name) || path.failed || file_exists(path.p))
		return false;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		buf_reset(&path);
		buf_printf(&path, "%s%s", places[i], name);
		if (path.failed)
			return false;
		if (follow(git_dir, path.p, out))
			return true;
	}
	return false;
}

/* --- settings --- */

/* Sections that lead to other files: [include] and [includeIf ...]. */
static bool includes(const struct buf *text)
{
	const char *p = text->n ? text->p : "";

	for (; (p = strchr(p, '[')) != NULL; p++)
		if (strncasecmp(p + 1 + strspn(p + 1, " \t"), "include", 7) ==
		    0)
			return true;
	return false;
}

static bool add_file(const char *dir, const char *name, struct buf *out)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };

	buf_printf(&path, "%s/%s", dir, name);
	if (path.failed)
		return false;
	if (file_read(path.p, SMALL, &text, NULL) && file_exists(path.p))
		return false;
	buf_printf(out, "%s %zu\n", path.p, text.n);
	buf_add(out, text.p, text.n);
	return !includes(&text) &&
	    memchr(text.p ? text.p : "", '\0', text.n) == NULL;
}

bool fresh_add_settings(const char *git_dir, struct buf *out)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");

	if (home == NULL)
		return false;
	return add_file("/etc", "gitconfig", out) &&
	    add_file(home, ".gitconfig", out) &&
	    add_file(home, ".config/git/config", out) &&
	    (xdg == NULL || add_file(xdg, "git/config", out)) &&
	    add_file(git_dir, "config", out) &&
	    add_file(git_dir, "config.worktree", out) &&
	    add_file(git_dir, "shallow", out);
}
