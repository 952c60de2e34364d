/* spool: pushes between the hook and the runner, a file each (updates.h). */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/updates.h"

int spool_put(const char *dir, const struct updates *u, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[PATH_MAX];
	struct error taken = { 0 };
	int rc, i;

	updates_print(u, &text);
	rc = buf_check(&text, err);
	if (rc || (rc = file_make_dirs(dir, err)))
		return rc;
	/* Another container may have our time and process number. */
	for (i = 0; i < 100; i++) {
		taken = (struct error){ 0 };
		if (snprintf(path, sizeof(path), "%s/%013lld-%ld-%d", dir,
		        (long long)clock_now(), (long)getpid(),
		        i) >= (int)sizeof(path))
			return error_set(err, ERROR_LIMIT, "path too long: %s",
			    dir);
		rc = file_create(path, buf_bytes(&text), 0640, &taken);
		if (rc != ERROR_EXISTS)
			break;
	}
	return rc ? error_set(err, taken.code, "%s", taken.msg) : 0;
}

/* Out of the way, kept for whoever wonders. */
static int set_aside(const char *dir, const char *name, struct error *err)
{
	char from[PATH_MAX], bad[PATH_MAX], to[PATH_MAX];

	if (snprintf(from, sizeof(from), "%s/%s", dir, name) >=
	        (int)sizeof(from) ||
	    snprintf(bad, sizeof(bad), "%s-bad", dir) >= (int)sizeof(bad) ||
	    snprintf(to, sizeof(to), "%s/%s", bad, name) >= (int)sizeof(to))
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	if (file_make_dirs(bad, err))
		return ERROR_IO;
	if (os_rename(from, to) < 0 && errno != ENOENT)
		return error_sys(err, "rename %s", from);
	return 0;
}

static int take_one(const char *dir, const char *name,
    int (*fn)(const struct updates *u, void *payload, struct error *err),
    void *payload, struct file_names *taken, struct error *err)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error why = { 0 };
	char path[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	rc = file_read(path, UPDATES_MAX + 4096, &text, &why);
	if (rc == 0)
		rc = updates_parse_spool(buf_bytes(&text), &u, &why);
	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc == ERROR_SYNTAX || rc == ERROR_LIMIT)
		return set_aside(dir, name, err);
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	rc = fn(&u, payload, err);
	return rc ? rc : file_names_add(taken, name, err);
}

int spool_each(const char *dir,
    int (*fn)(const struct updates *u, void *payload, struct error *err),
    void *payload, struct file_names *taken, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct error absent = { 0 };
	size_t i;
	int rc = file_list(dir, &names, &absent);

	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc)
		return error_set(err, absent.code, "%s", absent.msg);
	for (i = 0; i < names.n && rc == 0; i++)
		rc = take_one(dir, names.names[i], fn, payload, taken, err);
	return rc;
}

int spool_remove(const char *dir, const struct file_names *taken,
    struct error *err)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < taken->n; i++) {
		if (taken->names[i] == NULL)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir,
		        taken->names[i]) >= (int)sizeof(path))
			return error_set(err, ERROR_LIMIT, "path too long: %s",
			    dir);
		if (os_unlink(path) < 0 && errno != ENOENT)
			return error_sys(err, "remove %s", path);
	}
	return 0;
}
