/* store_derived: forms made from a blob, beside it (store.h). A file is
 * DIR/derived/FORM/ab/cdef...: 64 digits, LF, the bytes. The digits are the
 * digest of form, id and bytes, so that a file in another's place is not
 * believed either. Nothing is synced: what a power cut tears counts as absent.
 */
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/store_impl.h"

enum {
	FORM_MAX = 32,
	HEAD = DIGEST_HEX + 1
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

static int seal(const struct digest *id, const char *form, struct bytes data,
    char hex[DIGEST_HEX + 1], struct error *err)
{
	CLEANUP(digest_closep) struct digest_stream *s = NULL;
	char head[FORM_MAX + DIGEST_HEX + 8], name[DIGEST_HEX + 1];
	struct digest d;
	int rc;

	digest_print(id, name);
	snprintf(head, sizeof(head), "%s %s\n", form, name);
	if ((rc = digest_open(&s, err)))
		return rc;
	digest_add(s, head, strlen(head));
	digest_add(s, data.p, data.n);
	if ((rc = digest_finish(s, &d, err)))
		return rc;
	digest_print(&d, hex);
	return 0;
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
	buf_printf(&all, "%s\n", hex);
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
		hex[DIGEST_HEX] = '\n';
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
