/* settings: see settings.h. */
#include "hooks/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/git.h"

enum {
	CONFIG_MAX = 16 << 20
};

struct paths {
	char dir[PATH_MAX]; /* of the file */
	char config[PATH_MAX], lock[PATH_MAX], copy[PATH_MAX];
};

/* Where a link leads to, as git does; the copy lies beside the file, so that
 * what it includes is found. */
static int find_paths(const char *git_dir, struct paths *out, struct error *err)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/config", git_dir) >=
	    (int)sizeof(path))
		return error_set(err, ERROR_LIMIT, "path too long: %s",
		    git_dir);
	if (realpath(path, out->config) == NULL)
		return error_sys(err, "%s", path);
	memcpy(out->dir, out->config, PATH_MAX);
	*strrchr(out->dir, '/') = '\0';
	if (snprintf(out->lock, PATH_MAX, "%s.lock", out->config) >= PATH_MAX ||
	    snprintf(out->copy, PATH_MAX, "%s.tmp.XXXXXX", out->config) >=
	        PATH_MAX)
		return error_set(err, ERROR_LIMIT, "path too long: %s",
		    out->config);
	return 0;
}

/* As git does it: whoever makes the file may change the config. */
static int take_lock(const struct paths *p, int *fd, struct error *err)
{
	*fd = os_open(p->lock, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (*fd >= 0)
		return 0;
	if (errno == EEXIST)
		return error_set(err, ERROR_BUSY,
		    "%s is there: another program changes the settings, or "
		    "died while it did; where none runs, remove that file",
		    p->lock);
	return error_sys(err, "open %s", p->lock);
}

static int make_copy(struct paths *p, struct stat *st, struct error *err)
{
	CLEANUP(fd_close) int from = os_open(p->config, O_RDONLY, 0);
	CLEANUP(fd_close) int to = -1;
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if (from < 0 || os_fstat(from, st) < 0)
		return error_sys(err, "open %s", p->config);
	if ((rc = file_read_fd(from, CONFIG_MAX, &text, err)))
		return rc;
	to = os_make_temp(p->copy);
	return to < 0 ? error_sys(err, "make %s", p->copy)
	              : file_write_fd(to, buf_bytes(&text), err);
}

static int change_copy(const struct paths *p,
    int (*fn)(git_config *config, void *payload), void *payload,
    struct error *err)
{
	git_config *config = NULL;
	int rc = git_config_open_ondisk(&config, p->copy);

	if (rc == 0)
		rc = fn(config, payload);
	git_config_free(config);
	return rc < 0 ? git_fail(rc, p->config, err) : 0;
}

static int put_in_place(const struct paths *p, int lock, mode_t mode,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if ((rc = file_read(p->copy, CONFIG_MAX, &text, err)) ||
	    (rc = file_write_fd(lock, buf_bytes(&text), err)))
		return rc;
	if (os_fchmod(lock, mode & 07777) < 0 || os_fsync(lock) < 0 ||
	    os_rename(p->lock, p->config) < 0)
		return error_sys(err, "write %s", p->config);
	return 0;
}

int settings_change(const char *git_dir,
    int (*fn)(git_config *config, void *payload), void *payload,
    struct error *err)
{
	CLEANUP(fd_close) int lock = -1;
	struct paths p;
	struct stat st = { 0 };
	int rc;

	if ((rc = find_paths(git_dir, &p, err)) ||
	    (rc = take_lock(&p, &lock, err)))
		return rc;
	if ((rc = make_copy(&p, &st, err)) == 0 &&
	    (rc = change_copy(&p, fn, payload, err)) == 0)
		rc = put_in_place(&p, lock, st.st_mode, err);
	if (rc)
		os_unlink(p.lock);
	os_unlink(p.copy);
	return rc ? rc : file_sync_dir(p.dir, err);
}
