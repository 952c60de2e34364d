/* store_derived: forms made from a blob, beside it (store.h). A file is
 * DIR/derived/FORM/ab/cdef...: 64 digits, LF, the bytes. The digits are the
 * digest of form, id and bytes, so that a file in another's place is not
 * believed either. Nothing is synced: what a power cut tears counts as absent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/store_derived.h"
#include "cache/store_impl.h"

enum {
	FORM_MAX = 32,
	HEAD = STORE_FORM_AT,
	CHUNK = 256 << 10,
};

static int check_form(const char *form, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t n = strlen(form);

	if (n == 0 || n > FORM_MAX || strspn(form, letters) != n)
		return error_set(err, ERROR_USAGE,
		    "not the name of a derived form: '%s'", form);
	return 0;
}

static void path_of(const struct store *st, const struct digest *id,
    const char *form, struct store_path *dir, struct store_path *path)
{
	char kind[FORM_MAX + 16];

	snprintf(kind, sizeof(kind), "derived/%s", form);
	store_shard_of(st, kind, id, dir);
	store_path_of(st, kind, id, path);
}

/* What the seal is the digest of begins with form and id. */
static int open_seal(const struct digest *id, const char *form,
    struct digest_stream **out, struct error *err)
{
	char head[FORM_MAX + DIGEST_HEX + 8], name[DIGEST_HEX + 1];
	int rc = digest_open(out, err);

	if (rc)
		return rc;
	digest_print(id, name);
	snprintf(head, sizeof(head), "%s %s\n", form, name);
	digest_add(*out, head, strlen(head));
	return 0;
}

/* As it stands in the file, with its LF in the place of the NUL. */
static int finish_seal(struct digest_stream *s, char hex[DIGEST_HEX + 1],
    struct error *err)
{
	struct digest d;
	int rc = digest_finish(s, &d, err);

	if (rc)
		return rc;
	digest_print(&d, hex);
	hex[DIGEST_HEX] = '\n';
	return 0;
}

static int seal(const struct digest *id, const char *form, struct bytes data,
    char hex[DIGEST_HEX + 1], struct error *err)
{
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	int rc = open_seal(id, form, &s, err);

	if (rc)
		return rc;
	digest_add(s, data.p, data.n);
	return finish_seal(s, hex, err);
}

int store_derived_put(struct store *st, const struct digest *id,
    const char *form, struct bytes data, struct error *err)
{
	CLEANUP(buf_clear) struct buf all = { 0 };
	struct store_path dir, path;
	char hex[DIGEST_HEX + 1];
	int rc;

	if ((rc = check_form(form, err)) ||
	    (rc = seal(id, form, data, hex, err)))
		return rc;
	path_of(st, id, form, &dir, &path);
	buf_reserve(&all, data.n + HEAD + 1);
	buf_add(&all, hex, HEAD);
	buf_add(&all, data.p, data.n);
	if ((rc = buf_check(&all, err)) || (rc = file_make_dirs(dir.p, err)))
		return rc;
	return file_write_loose(path.p, buf_bytes(&all), 0644, err);
}

int store_derived_get(struct store *st, const struct digest *id,
    const char *form, struct buf *out, struct error *err)
{
	struct store_path dir, path;
	char hex[DIGEST_HEX + 1];
	size_t start = out->n;
	int rc = check_form(form, err);

	if (rc)
		return rc;
	path_of(st, id, form, &dir, &path);
	if (!file_exists(path.p))
		return error_set(err, ERROR_NOT_FOUND, "no form %s", form);
	rc = file_read(path.p, (size_t)STORE_BLOB_MAX + HEAD, out, err);
	if (rc && rc != ERROR_LIMIT) {
		out->n = start;
		return rc;
	}
	if (rc == 0 && out->n - start >= HEAD) {
		struct bytes data = { out->p + start + HEAD,
			out->n - start - HEAD };

		if ((rc = seal(id, form, data, hex, err))) {
			out->n = start;
			return rc;
		}
		if (memcmp(hex, out->p + start, HEAD) == 0) {
			memmove(out->p + start, data.p, data.n + 1);
			out->n -= HEAD;
			return 0;
		}
	}
	out->n = start;
	os_unlink(path.p);
	return error_set(err, ERROR_NOT_FOUND, "no undamaged form %s", form);
}

void store_derived_keep(struct store *st, const struct digest *id,
    const char *form)
{
	struct store_path dir, path;

	path_of(st, id, form, &dir, &path);
	os_touch(path.p); /* fine if refused */
}

struct store_form {
	struct store *st;
	struct digest id;
	char form[FORM_MAX + 1];
	int fd; /* unnamed until the commit */
	struct digest_stream *seal;
};

static int begin_form(struct store_form *f, struct error *err)
{
	static const char no_seal[HEAD] = { 0 };
	struct store_path dir, path;
	int rc;

	path_of(f->st, &f->id, f->form, &dir, &path);
	if ((rc = file_make_dirs(dir.p, err)) ||
	    (rc = file_open_temp(dir.p, &f->fd, err)) ||
	    (rc = file_write_fd(f->fd, (struct bytes){ no_seal, HEAD }, err)))
		return rc;
	return open_seal(&f->id, f->form, &f->seal, err);
}

int store_form_open(struct store *st, const struct digest *id, const char *form,
    struct store_form **out, struct error *err)
{
	struct store_form *f;
	int rc = check_form(form, err);

	*out = NULL;
	if (rc)
		return rc;
	if ((f = mem_alloc(sizeof(*f))) == NULL)
		return error_memory(err);
	f->st = st;
	f->id = *id;
	memcpy(f->form, form, strlen(form) + 1);
	f->fd = -1;
	if ((rc = begin_form(f, err)))
		store_form_close(f);
	else
		*out = f;
	return rc;
}

int store_form_add(struct store_form *f, struct bytes data, struct error *err)
{
	digest_add(f->seal, data.p, data.n);
	return file_write_fd(f->fd, data, err);
}

int store_form_commit(struct store_form *f, struct error *err)
{
	struct store_path dir, path;
	char hex[DIGEST_HEX + 1];
	int rc = finish_seal(f->seal, hex, err);

	if (rc)
		return rc;
	if (os_rewind(f->fd) < 0)
		return error_sys(err, "seek in a derived form");
	if ((rc = file_write_fd(f->fd, (struct bytes){ hex, HEAD }, err)))
		return rc;
	path_of(f->st, &f->id, f->form, &dir, &path);
	if (os_fchmod(f->fd, 0444) < 0 ||
	    (os_link_fd(f->fd, path.p) < 0 && errno != EEXIST))
		return error_sys(err, "link %s", path.p);
	return 0;
}

void store_form_close(struct store_form *f)
{
	if (f == NULL)
		return;
	fd_close(&f->fd);
	digest_close(f->seal);
	mem_free(f);
}

void store_form_closep(struct store_form **f)
{
	store_form_close(*f);
	*f = NULL;
}

/* Reads on to the end of what was said to have that seal; ERROR_CORRUPT. */
static int check_seal(int fd, struct digest_stream *s, const char *said,
    struct error *err)
{
	CLEANUP(mem_freep) char *chunk = mem_alloc(CHUNK);
	char hex[DIGEST_HEX + 1];
	ssize_t got;
	int rc;

	if (chunk == NULL)
		return error_memory(err);
	while ((got = os_read(fd, chunk, CHUNK)) > 0)
		digest_add(s, chunk, (size_t)got);
	if (got < 0)
		return error_sys(err, "read a derived form");
	if ((rc = finish_seal(s, hex, err)))
		return rc;
	return memcmp(hex, said, HEAD) == 0
	    ? 0
	    : error_set(err, ERROR_CORRUPT, "a derived form is damaged");
}

/* The seal that stands in the file, whole. */
static int read_seal(int fd, char said[HEAD], struct error *err)
{
	size_t n = 0;

	while (n < HEAD) {
		ssize_t got = os_read(fd, said + n, HEAD - n);

		if (got < 0)
			return error_sys(err, "read a derived form");
		if (got == 0)
			return error_set(err, ERROR_CORRUPT,
			    "a derived form is too short");
		n += (size_t)got;
	}
	return 0;
}

static int check_fd(int fd, const struct digest *id, const char *form,
    uint64_t *bytes, struct error *err)
{
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	char said[HEAD];
	struct stat info;
	int rc;

	if (os_fstat(fd, &info) < 0)
		return error_sys(err, "stat a derived form");
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_CORRUPT,
		    "a derived form is no file");
	if ((rc = read_seal(fd, said, err)) ||
	    (rc = open_seal(id, form, &s, err)) ||
	    (rc = check_seal(fd, s, said, err)))
		return rc;
	*bytes = (uint64_t)info.st_size - HEAD;
	return 0;
}

int store_derived_open(struct store *st, const struct digest *id,
    const char *form, int *fd, uint64_t *bytes, struct error *err)
{
	struct store_path dir, path;
	struct error why = { 0 };
	int rc = check_form(form, err);

	*fd = -1;
	if (rc)
		return rc;
	path_of(st, id, form, &dir, &path);
	*fd = os_open(path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (*fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "no form %s", form);
	if (*fd < 0)
		return error_sys(err, "open %s", path.p);
	rc = check_fd(*fd, id, form, bytes, &why);
	if (rc == 0)
		return 0;
	fd_close(fd);
	if (rc != ERROR_CORRUPT) {
		error_pass(err, &why);
		return rc;
	}
	os_unlink(path.p);
	return error_set(err, ERROR_NOT_FOUND, "no undamaged form %s", form);
}

/* The files of one form. */
struct trim {
	struct trim_file {
		struct digest id;
		struct timespec when;
		uint64_t bytes;
	} * files;
	size_t n, cap;
	uint64_t bytes;
};

static int trim_note(const struct store_entry *entry, void *payload)
{
	struct trim *t = payload;
	struct trim_file *more;

	if (!entry->is_named)
		return 0;
	more = mem_grow(t->files, t->n, &t->cap, sizeof(*more));
	if (more == NULL)
		return ERROR_MEMORY;
	t->files = more;
	more[t->n++] = (struct trim_file){ entry->id, entry->info.st_mtim,
		(uint64_t)entry->info.st_size };
	t->bytes += (uint64_t)entry->info.st_size;
	return 0;
}

static int compare_age(const void *a, const void *b)
{
	const struct timespec *x = &((const struct trim_file *)a)->when;
	const struct timespec *y = &((const struct trim_file *)b)->when;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

int store_derived_trim(struct store *st, const char *form, uint64_t most,
    struct error *err)
{
	struct store_path dir, path;
	struct trim t = { 0 };
	char kind[FORM_MAX + 16];
	size_t i;
	int rc = check_form(form, err);

	if (rc)
		return rc;
	snprintf(kind, sizeof(kind), "derived/%s", form);
	rc = store_each_entry(st, kind, trim_note, &t, err);
	if (rc == ERROR_MEMORY)
		error_memory(err);
	if (t.n > 0)
		qsort(t.files, t.n, sizeof(*t.files), compare_age);
	for (i = 0; rc == 0 && i < t.n && t.bytes > most; i++) {
		path_of(st, &t.files[i].id, form, &dir, &path);
		if (os_unlink(path.p) < 0 && errno != ENOENT)
			rc = error_sys(err, "remove %s", path.p);
		else
			t.bytes -= t.files[i].bytes;
	}
	mem_free(t.files);
	return rc;
}

struct each_form {
	int (*fn)(const struct store_entry *entry, const char *form,
	    void *payload);
	const char *form;
	void *payload;
};

static int each_of_form(const struct store_entry *entry, void *payload)
{
	struct each_form *each = payload;

	return each->fn(entry, each->form, each->payload);
}

int store_each_derived(const struct store *st,
    int (*fn)(const struct store_entry *entry, const char *form, void *payload),
    void *payload, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names forms = { 0 };
	struct store_path dir;
	size_t i;
	int rc;

	store_path_in(st, "derived", "", &dir);
	rc = file_list(dir.p, &forms, err);
	for (i = 0; rc == 0 && i < forms.n; i++) {
		struct each_form each = { fn, forms.names[i], payload };
		char kind[FORM_MAX + 16];

		if (check_form(each.form, NULL))
			continue; /* not ours */
		snprintf(kind, sizeof(kind), "derived/%s", each.form);
		rc = store_each_entry(st, kind, each_of_form, &each, err);
	}
	return rc;
}
