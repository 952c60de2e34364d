/* fsck: see fsck.h. */
#include "cache/fsck.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/result.h"
#include "cache/store_derived.h"
#include "cache/store_impl.h"

struct fsck {
	struct store *st;
	const struct fsck_watch *watch;
	struct fsck_report *report;
	struct error *err;
};

static void damaged(struct fsck *f, const char *kind, const struct digest *id,
    uint64_t *counter)
{
	(*counter)++;
	if (f->watch != NULL && f->watch->on_damage != NULL)
		f->watch->on_damage(kind, id, f->watch->payload);
}

/* Names of ours are looked at; locks and what writers have under way are
 * known; all else is a stranger. */
static bool is_ours(struct fsck *f, const struct store_entry *entry)
{
	if (entry->is_named)
		return true;
	if (strcmp(strrchr(entry->path.p, '/'), "/.lock") != 0 &&
	    !store_is_temp(entry))
		f->report->strangers++;
	return false;
}

static int pass_on(struct fsck *f, const struct error *why)
{
	return error_set(f->err, why->code, "%s", why->msg);
}

static int check_blob(const struct store_entry *entry, void *payload)
{
	CLEANUP(fd_close) int fd = -1;
	struct fsck *f = payload;
	struct error why = { 0 };
	int rc;

	if (!is_ours(f, entry))
		return 0;
	f->report->blobs++;
	rc = store_open_blob(f->st, &entry->id, &fd, &why);
	if (rc == 0)
		f->report->bytes += (uint64_t)entry->info.st_size;
	else if (rc == ERROR_CORRUPT)
		damaged(f, "blob", &entry->id, &f->report->bad_blobs);
	else if (rc != ERROR_NOT_FOUND) /* gone meanwhile */
		return pass_on(f, &why);
	return 0;
}

static int check_result(const struct store_entry *entry, void *payload)
{
	struct fsck *f = payload;
	struct error why = { 0 };
	int rc;

	if (!is_ours(f, entry))
		return 0;
	f->report->results++;
	rc = result_check(f->st, &entry->id, &why);
	if (rc == ERROR_NOT_FOUND)
		damaged(f, "result", &entry->id, &f->report->bad_results);
	return rc && rc != ERROR_NOT_FOUND ? pass_on(f, &why) : 0;
}

static int check_derived(const struct store_entry *entry, const char *form,
    void *payload)
{
	CLEANUP(fd_close) int fd = -1;
	struct fsck *f = payload;
	struct error why = { 0 };
	uint64_t bytes;
	int rc;

	if (!is_ours(f, entry))
		return 0;
	f->report->derived++;
	rc = store_derived_open(f->st, &entry->id, form, &fd, &bytes, &why);
	if (rc == ERROR_NOT_FOUND)
		damaged(f, form, &entry->id, &f->report->bad_derived);
	return rc && rc != ERROR_NOT_FOUND ? pass_on(f, &why) : 0;
}

int fsck_run(struct store *st, const struct fsck_watch *watch,
    struct fsck_report *out, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct fsck f = { .st = st, .watch = watch, .report = out, .err = err };
	struct store_path dir;
	long long epoch;
	int rc;

	*out = (struct fsck_report){ 0 };
	if ((rc = store_each_entry(st, "blobs", check_blob, &f, err)) ||
	    (rc = store_each_entry(st, "results", check_result, &f, err)) ||
	    (rc = store_each_derived(st, check_derived, &f, err)))
		return rc;
	out->bad_epoch = result_epoch(st, &epoch, NULL) != 0;
	store_path_in(st, "quarantine", "", &dir);
	rc = file_list(dir.p, &names, err);
	out->in_quarantine = names.n;
	return rc;
}

/* -- sizes -- */

static int add_size(const struct store_entry *entry, void *payload)
{
	struct store_size *size = payload;

	if (entry->is_named) {
		size->n++;
		size->bytes += (uint64_t)entry->info.st_size;
	}
	return 0;
}

static int add_derived(const struct store_entry *entry, const char *form,
    void *payload)
{
	(void)form;
	return add_size(entry, payload);
}

/* Of a directory without shards. */
static int add_flat(struct store *st, const char *kind, struct store_size *out,
    struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	struct store_path path;
	struct stat info;
	size_t i;
	int rc;

	store_path_in(st, kind, "", &path);
	rc = file_list(path.p, &names, err);
	for (i = 0; rc == 0 && i < names.n; i++) {
		store_path_in(st, kind, names.names[i], &path);
		if (os_lstat(path.p, &info) < 0)
			continue;
		out->n++;
		out->bytes += (uint64_t)info.st_size;
	}
	return rc;
}

int fsck_sizes(struct store *st, struct store_sizes *out, struct error *err)
{
	int rc;

	*out = (struct store_sizes){ 0 };
	if ((rc = store_each_entry(st, "blobs", add_size, &out->blobs, err)) ||
	    (rc = store_each_entry(st, "results", add_size, &out->results,
	         err)) ||
	    (rc = store_each_derived(st, add_derived, &out->derived, err)) ||
	    (rc = add_flat(st, "trash", &out->trash, err)))
		return rc;
	return add_flat(st, "quarantine", &out->quarantine, err);
}
