/* hook_file: see hook_file.h. */
#include "hooks/hook_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

#define MARK "# written by `sluice install`"
#define CHAINED ".before-sluice"

enum {
	HOOK_MAX = 1 << 20
};

static int join(char out[PATH_MAX], const char *a, const char *b,
    struct error *err)
{
	if (snprintf(out, PATH_MAX, "%s%s", a, b) >= PATH_MAX)
		return error_set(err, ERROR_LIMIT, "path too long: %s", a);
	return 0;
}

/* A link that leads to a hook of ours is one that others share (gitolite makes
 * such links); any other, even one that leads nowhere, is somebody's. */
static int read_kind(struct hook_file *h, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct stat st;
	int rc;

	h->kind = HOOK_NONE;
	if (os_lstat(h->path, &st) < 0)
		return 0;
	h->kind = HOOK_FOREIGN;
	h->is_link = S_ISLNK(st.st_mode);
	if ((h->is_link && stat(h->path, &st) < 0) || !S_ISREG(st.st_mode))
		return 0;
	rc = file_read(h->path, HOOK_MAX, &text, err);
	if (rc == 0 && text.n > 0 && strstr(text.p, MARK) != NULL)
		h->kind = HOOK_OURS;
	return rc;
}

int hook_file_find(const char *dir, struct hook_file *out, struct error *err)
{
	struct stat st;
	int rc;

	*out = (struct hook_file){ 0 };
	if ((rc = join(out->path, dir, "/post-receive.d", err)))
		return rc;
	out->is_listed = os_lstat(out->path, &st) == 0 && S_ISDIR(st.st_mode);
	rc = join(out->path, dir,
	    out->is_listed ? "/post-receive.d/sluice" : "/post-receive", err);
	if (rc || (rc = join(out->chained, out->path, CHAINED, err)) ||
	    (rc = read_kind(out, err)))
		return rc;
	if (!file_exists(out->chained))
		out->chained[0] = '\0';
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

static void print_command(const struct hook_command *c, struct buf *out)
{
	add_quoted(out, c->program);
	if (c->is_shared)
		buf_add_str(out, " --shared");
	if (c->start != NULL) {
		buf_add_str(out, " --start ");
		add_quoted(out, c->start);
	}
	buf_add_char(out, '\n');
}

/* Ours first: it spools and returns at once; the chained one may take its
 * time, and its exit status is the hook's. It is beside ours, also when the
 * repository is moved; what is shared may be called through a link. */
static int write_hook(const struct hook_file *h, const struct hook_command *c,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const bool chains = h->chained[0] != '\0';
	int rc;

	buf_add_str(&text,
	    "#!/bin/sh\n" MARK "; `sluice install --uninstall` removes it\n");
	if (chains)
		buf_add_str(&text,
		    "updates=$(cat)\n"
		    "printf '%s\\n' \"$updates\" | ");
	else
		buf_add_str(&text, "exec ");
	print_command(c, &text);
	if (chains) {
		buf_add_str(&text, "printf '%s\\n' \"$updates\" | ");
		if (c->is_shared)
			add_quoted(&text, h->chained);
		else
			buf_add_str(&text, "\"$0" CHAINED "\"");
		buf_add_str(&text, " \"$@\"\n");
	}
	rc = buf_check(&text, err);
	return rc ? rc : file_write(h->path, buf_bytes(&text), 0755, err);
}

/* The foreign hook gets another name before ours takes its place: killed
 * between, no hook runs, and installing again goes on from there. */
static int chain(struct hook_file *h, struct error *err)
{
	int rc;

	if (h->chained[0] != '\0')
		return error_set(err, ERROR_EXISTS,
		    "there is a foreign hook %s and one chained before, %s; "
		    "make them one",
		    h->path, h->chained);
	if ((rc = join(h->chained, h->path, CHAINED, err)))
		return rc;
	return os_rename(h->path, h->chained) < 0
	    ? error_sys(err, "rename %s", h->path)
	    : 0;
}

int hook_file_place(struct hook_file *h, const struct hook_command *command,
    struct error *err)
{
	int rc;

	/* under any name in that directory it would be run for itself, too */
	if (h->kind == HOOK_FOREIGN && h->is_listed)
		return error_set(err, ERROR_EXISTS,
		    "%s is not sluice's; give it another name: everything "
		    "in that directory is run",
		    h->path);
	if (h->kind == HOOK_FOREIGN && !command->chain)
		return error_set(err, ERROR_EXISTS,
		    "there is a hook already: %s; `sluice install --chain` "
		    "keeps it and runs it behind sluice's",
		    h->path);
	if (h->kind == HOOK_FOREIGN && (rc = chain(h, err)))
		return rc;
	return write_hook(h, command, err);
}

int hook_file_remove(struct hook_file *h, struct error *err)
{
	if (h->chained[0] ? os_rename(h->chained, h->path) < 0
	                  : os_unlink(h->path) < 0)
		return error_sys(err, "remove %s", h->path);
	return 0;
}
