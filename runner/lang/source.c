/* source: see source.h. What all kinds share. */
#include "runner/lang/source.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/source_impl.h"

int source_check_name(const char *dir, const char *name, struct error *err)
{
	struct bytes s = bytes_of(name);
	CLEANUP(buf_clear) struct buf shown = { 0 };
	const char *why = NULL;
	size_t i;

	if (s.n == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strchr(name, '/') != NULL)
		why = "is not a name";
	else if (text_utf8_error(s) != s.n)
		why = "is not UTF-8";
	else if (s.n > 255)
		why = "is longer than 255 bytes";
	for (i = 0; why == NULL && i < s.n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			why = "holds a control character";
	if (why == NULL)
		return 0;
	text_add_visible(&shown, s);
	error_set(err, ERROR_SYNTAX,
	    "the file name '%s' %s: rename the file (git mv)",
	    shown.p ? shown.p : "", why);
	error_place(err, dir[0] ? dir : ".", 0, 0);
	return ERROR_SYNTAX;
}

static int by_name(const void *a, const void *b)
{
	const struct source_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void source_sort(struct source_entry *entries, size_t n)
{
	size_t i = 1;

	/* most directories are in order as they come */
	while (i < n && by_name(&entries[i - 1], &entries[i]) < 0)
		i++;
	if (i < n)
		qsort(entries, n, sizeof(*entries), by_name);
}

void source_close(struct source *src)
{
	if (src != NULL)
		src->ops->close(src);
}

void source_closep(struct source **src)
{
	source_close(*src);
	*src = NULL;
}

const char *source_tree(const struct source *src)
{
	return src->tree;
}

const char *source_commit(const struct source *src)
{
	return src->commit;
}

const char *source_date(const struct source *src)
{
	return src->date;
}

int source_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	*entries = NULL;
	*n = 0;
	return src->ops->list(src, dir, a, entries, n, err);
}

int source_read(struct source *src, const char *path, struct buf *out,
    struct error *err)
{
	return src->ops->read(src, path, out, err);
}

int source_read_entry(struct source *src, const char *path, const char *id,
    size_t most, struct buf *out, struct error *err)
{
	return src->ops->read_entry
	    ? src->ops->read_entry(src, path, id, most, out, err)
	    : src->ops->read(src, path, out, err);
}

bool source_is_shared(const struct source *src)
{
	return src->ops->read_entry != NULL;
}
