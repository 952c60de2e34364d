/* landing_index: what is known of files that were taken (landing.h).
 *
 *   sluice-landing/2
 *   BLOB BYTES MTIME CTIME INODE PATH      a line a file, sorted by path
 *
 * No contract: nobody else reads it, and it may be dropped at any time. It is
 * not JSON, because a directory of 100,000 files is listed in less time than
 * such a text takes to be parsed. */
#include <inttypes.h>
#include <string.h>

#include "cache/base/text.h"
#include "cache/landing.h"
#include "cache/store_derived.h"

#define FORM "landing"
static const char first_line[] = "sluice-landing/2\n";

/* A whole number and the blank behind it; false where there is none. */
static bool read_number(const char **p, const char *end, int64_t *out)
{
	bool is_negative = *p < end && **p == '-';
	uint64_t n = 0;
	const char *q = *p + is_negative, *from = q;

	for (; q < end && *q >= '0' && *q <= '9'; q++) {
		const uint64_t digit = (uint64_t)(*q - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (q == from || q == end || *q != ' ')
		return false;
	*p = q + 1;
	*out = (int64_t)(is_negative ? 0 - n : n);
	return true;
}

static bool read_line(const char *p, const char *end, struct landing_list *out)
{
	char hex[DIGEST_HEX + 1];
	struct landing_file file = { 0 }, *added;
	int64_t inode;

	if (end - p < DIGEST_HEX + 1 || p[DIGEST_HEX] != ' ')
		return false;
	memcpy(hex, p, DIGEST_HEX);
	hex[DIGEST_HEX] = '\0';
	p += DIGEST_HEX + 1;
	if (digest_parse(hex, &file.blob, NULL) ||
	    !read_number(&p, end, &file.marks.bytes) ||
	    !read_number(&p, end, &file.marks.mtime) ||
	    !read_number(&p, end, &file.marks.ctime) ||
	    !read_number(&p, end, &inode) || p == end ||
	    memchr(p, '\0', (size_t)(end - p)) != NULL)
		return false;
	added = landing_add(out, p, (size_t)(end - p));
	if (added == NULL)
		return false;
	added->marks = file.marks;
	added->marks.inode = (uint64_t)inode;
	added->blob = file.blob;
	return out->n < 2 || strcmp(added[-1].path, added->path) < 0;
}

static bool read_all(struct bytes text, struct landing_list *out)
{
	const size_t head = strlen(first_line);
	const char *p = text.p + head, *end = text.p + text.n, *line_end;

	if (text.n < head || memcmp(text.p, first_line, head) != 0)
		return false;
	for (; p < end; p = line_end + 1) {
		line_end = memchr(p, '\n', (size_t)(end - p));
		if (line_end == NULL || !read_line(p, line_end, out))
			return false;
	}
	return true;
}

int landing_index_parse(struct bytes text, struct landing_list *out,
    struct error *err)
{
	*out = (struct landing_list){ 0 };
	if (read_all(text, out))
		return 0;
	landing_list_clear(out);
	return error_set(err, ERROR_CORRUPT, "not an index of a directory");
}

int landing_index_print(const struct landing_list *list, struct buf *out,
    struct error *err)
{
	char hex[DIGEST_HEX + 1];
	size_t i;

	buf_add_str(out, first_line);
	for (i = 0; i < list->n; i++) {
		const struct landing_file *f = &list->files[i];

		digest_print(&f->blob, hex);
		buf_printf(out,
		    "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64 " %s\n",
		    hex, f->marks.bytes, f->marks.mtime, f->marks.ctime,
		    f->marks.inode, f->path);
	}
	return buf_check(out, err);
}

int landing_index_load(struct store *st, const char *dir,
    struct landing_list *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest id;
	int rc = digest_of(bytes_of(dir), &id, err);

	*out = (struct landing_list){ 0 };
	if (rc == 0 && store_derived_get(st, &id, FORM, &text, NULL) == 0)
		(void)landing_index_parse(buf_bytes(&text), out, NULL);
	return rc;
}

int landing_index_save(struct store *st, const char *dir,
    const struct landing_list *list, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest id;
	int rc;

	if ((rc = landing_index_print(list, &text, err)) ||
	    (rc = digest_of(bytes_of(dir), &id, err)))
		return rc;
	return store_derived_put(st, &id, FORM, buf_bytes(&text), err);
}

int landing_index_keep(struct store *st, const char *dir, struct error *err)
{
	struct digest id;
	int rc = digest_of(bytes_of(dir), &id, err);

	if (rc == 0)
		store_derived_keep(st, &id, FORM);
	return rc;
}
