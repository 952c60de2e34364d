/* source_dir: a plain directory, without git. */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/os.h"
#include "runner/lang/source_impl.h"

struct source_dir {
	struct source base;
	char *dir;
};

static void add_path(struct buf *b, const struct source_dir *d,
    const char *path)
{
	buf_add_str(b, d->dir);
	if (path[0] != '\0') {
		buf_add_char(b, '/');
		buf_add_str(b, path);
	}
}

/* Kind and id of one file; false in *seen where it is neither file, directory
 * nor link. */
static int look(const char *path, struct source_entry *e, bool *seen,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	uint8_t id[GIT_ID_SIZE];
	struct stat st;
	int rc;

	*seen = true;
	if (os_lstat(path, &st) < 0)
		return error_sys(err, "%s", path);
	if (S_ISDIR(st.st_mode))
		e->kind = ENTRY_DIR;
	else if (S_ISLNK(st.st_mode))
		e->kind = ENTRY_LINK;
	else if (S_ISREG(st.st_mode))
		e->kind = ENTRY_FILE;
	else
		*seen = false;
	if (!S_ISREG(st.st_mode))
		return 0;
	rc = file_read(path, FILE_MAX, &text, err);
	if (rc == 0)
		rc = digest_git_blob(buf_bytes(&text), id, err);
	if (rc == 0)
		hex_print(id, GIT_ID_SIZE, e->id);
	return rc;
}

/* Whether all parts of path (which begins with the source's own) are
 * directories, not links to some. */
static bool is_dir(struct buf *path, size_t own)
{
	struct stat st;
	size_t i;

	for (i = own + 1; i <= path->n; i++) {
		char c = path->p[i];
		bool ok;

		if (c != '/' && c != '\0')
			continue;
		path->p[i] = '\0';
		ok = os_lstat(path->p, &st) == 0 && S_ISDIR(st.st_mode);
		path->p[i] = c;
		if (!ok)
			return false;
	}
	return true;
}

static int dir_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	const struct source_dir *d = (struct source_dir *)src;
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct source_entry *e;
	size_t i, len;
	int rc;

	add_path(&path, d, dir);
	rc = buf_check(&path, err);
	if (rc == 0 && dir[0] && !is_dir(&path, strlen(d->dir)))
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no directory %s", dir);
	if (rc == 0)
		rc = file_list(path.p, &names, err);
	if (rc)
		return rc;
	e = arena_array(a, names.n, sizeof(*e));
	if (e == NULL)
		return error_memory(err);
	*entries = e;
	for (len = path.n, i = 0; i < names.n; i++) {
		bool seen;

		if (strcmp(names.names[i], ".git") == 0)
			continue;
		path.n = len;
		buf_add_char(&path, '/');
		buf_add_str(&path, names.names[i]);
		e->name = arena_strdup(a, names.names[i]);
		if (path.failed || e->name == NULL)
			return error_memory(err);
		rc = source_check_name(dir, e->name, err);
		if (rc == 0)
			rc = look(path.p, e, &seen, err);
		if (rc)
			return rc;
		e += seen;
	}
	*n = (size_t)(e - *entries);
	return 0;
}

static int dir_read_entry(struct source *src, const char *path, const char *id,
    size_t most, struct buf *out, struct error *err)
{
	const struct source_dir *d = (struct source_dir *)src;
	CLEANUP(buf_clear) struct buf full = { 0 };
	int rc;

	(void)id;
	add_path(&full, d, path);
	rc = buf_check(&full, err);
	return rc ? rc : file_read(full.p, most, out, err);
}

static int dir_read(struct source *src, const char *path, struct buf *out,
    struct error *err)
{
	return dir_read_entry(src, path, "", FILE_MAX, out, err);
}

static void dir_close(struct source *src)
{
	struct source_dir *d = (struct source_dir *)src;

	mem_free(d->dir);
	mem_free(d);
}

static const struct source_ops dir_ops = { .list = dir_list,
	.read = dir_read,
	.read_entry = dir_read_entry,
	.close = dir_close };

int source_open_dir(const char *dir, struct source **out, struct error *err)
{
	char date[CLOCK_TEXT];
	struct source_dir *d;
	struct stat st;

	if (os_lstat(dir, &st) < 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no directory %s", dir);
	d = mem_alloc(sizeof(*d));
	if (d != NULL)
		d->dir = mem_strdup(dir);
	if (d == NULL || d->dir == NULL) {
		mem_free(d);
		return error_memory(err);
	}
	d->base.ops = &dir_ops;
	clock_print_date(clock_now(), date);
	memcpy(d->base.date, date, sizeof(date));
	*out = &d->base;
	return 0;
}
