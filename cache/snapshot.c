/* snapshot: see snapshot.h; taking one is in snapshot_take.c. */
#include "cache/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/members.h"

#define SNAPSHOT_FORMAT "sluice-snapshot/1"

void snapshot_clear(struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		mem_free(s->sources[i].path);
	mem_free(s->sources);
	*s = (struct snapshot){ 0 };
}

struct snapshot_source *snapshot_add(struct snapshot *s, const char *path)
{
	struct snapshot_source *more =
	    mem_grow(s->sources, s->n, &s->cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	s->sources = more;
	more += s->n;
	*more = (struct snapshot_source){ .path = mem_strdup(path) };
	if (more->path == NULL)
		return NULL;
	s->n++;
	return more;
}

int snapshot_copy(const struct snapshot *from, struct snapshot *out,
    struct error *err)
{
	size_t i;

	*out = (struct snapshot){ .id = from->id };
	memcpy(out->date, from->date, sizeof(out->date));
	for (i = 0; i < from->n; i++) {
		struct snapshot_source *src =
		    snapshot_add(out, from->sources[i].path);

		if (src == NULL) {
			snapshot_clear(out);
			return error_memory(err);
		}
		src->blob = from->sources[i].blob;
		src->bytes = from->sources[i].bytes;
	}
	return 0;
}

static int compare_path(const void *path, const void *source)
{
	return strcmp(path, ((const struct snapshot_source *)source)->path);
}

static int compare_sources(const void *a, const void *b)
{
	return compare_path(((const struct snapshot_source *)a)->path, b);
}

static void sort(struct snapshot *s)
{
	if (s->n > 1)
		qsort(s->sources, s->n, sizeof(*s->sources), compare_sources);
}

const struct snapshot_source *snapshot_find(const struct snapshot *s,
    const char *path)
{
	return s->n
	    ? bsearch(path, s->sources, s->n, sizeof(*s->sources), compare_path)
	    : NULL;
}

/* "2026-11-20"; whether there is such a day is not asked. */
static bool is_date(const char *date)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == 'd' ? date[i] < '0' || date[i] > '9'
		                   : date[i] != form[i])
			return false;
	return date[i] == '\0';
}

/* Written by hand: as JSON values a hundred thousand sources take ten times as
 * long. */
int snapshot_print(const struct snapshot *s, struct buf *out, struct error *err)
{
	char hex[DIGEST_HEX + 1];
	size_t i;
	int rc;

	buf_printf(out, "{\"date\":\"%s\",\"format\":\"%s\",\"sources\":{",
	    s->date, SNAPSHOT_FORMAT);
	for (i = 0; i < s->n; i++) {
		const struct snapshot_source *src = &s->sources[i];

		if (i > 0)
			buf_add_char(out, ',');
		if ((rc = json_add_string(out, src->path, err)))
			return rc;
		digest_print(&src->blob, hex);
		buf_printf(out, ":{\"blob\":\"%s\",\"bytes\":%" PRIu64 "}", hex,
		    src->bytes);
	}
	buf_add_str(out, "}}\n");
	return buf_check(out, err);
}

static int parse_sources(json_t *sources, struct snapshot *out,
    struct error *err)
{
	const char *path;
	json_t *o;

	if (!json_is_object(sources))
		return error_set(err, ERROR_CORRUPT,
		    "\"sources\" is no object");
	json_object_foreach(sources, path, o) {
		struct snapshot_source *src = snapshot_add(out, path);
		json_int_t bytes;
		int rc;

		if (src == NULL)
			return error_memory(err);
		if ((rc = json_get_digest(o, "blob", &src->blob, err)) ||
		    (rc = json_get_int(o, "bytes", &bytes, err))) {
			error_wrap(err, "%.100s", path);
			return rc;
		}
		if (bytes < 0)
			return error_set(err, ERROR_CORRUPT,
			    "%.100s: \"bytes\" is negative", path);
		src->bytes = (uint64_t)bytes;
	}
	return 0;
}

int snapshot_parse(struct bytes text, struct snapshot *out, struct error *err)
{
	json_auto_t *doc = NULL;
	int rc;

	*out = (struct snapshot){ 0 };
	if ((rc = member_document(text, SNAPSHOT_FORMAT, &doc, err)))
		return rc;
	rc = member_copy(doc, "date", out->date, sizeof(out->date), err);
	if (rc == 0 && !is_date(out->date))
		rc = error_set(err, ERROR_CORRUPT, "\"date\" is no date");
	if (rc == 0)
		rc = parse_sources(json_object_get(doc, "sources"), out, err);
	if (rc) {
		snapshot_clear(out);
		error_wrap(err, "snapshot");
		return rc;
	}
	sort(out);
	return 0;
}

int snapshot_save(struct store *st, struct snapshot *s, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if (!is_date(s->date))
		return error_set(err, ERROR_USAGE,
		    "the date of a snapshot is YYYY-MM-DD, not '%s'", s->date);
	sort(s);
	rc = snapshot_print(s, &text, err);
	return rc ? rc : store_put(st, buf_bytes(&text), &s->id, err);
}

int snapshot_load(struct store *st, const struct digest *id,
    struct snapshot *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	*out = (struct snapshot){ 0 };
	if ((rc = store_get(st, id, &text, err)) ||
	    (rc = snapshot_parse(buf_bytes(&text), out, err)))
		return rc;
	out->id = *id;
	return 0;
}

int snapshot_make_empty(struct store *st, const char *date,
    struct snapshot *out, struct error *err)
{
	*out = (struct snapshot){ 0 };
	snprintf(out->date, sizeof(out->date), "%s", date);
	return snapshot_save(st, out, err);
}

/* The first source whose path begins with n bytes of prefix, or is behind all
 * that do. */
static size_t find_prefix(const struct snapshot *s, const char *prefix,
    size_t n)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strncmp(s->sources[middle].path, prefix, n) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

int snapshot_match(const struct snapshot *s, const char *pattern, size_t **out,
    size_t *n, struct error *err)
{
	const size_t fixed = strcspn(pattern, "*?");
	size_t i, cap = 0;

	*n = 0;
	*out = NULL;
	for (i = find_prefix(s, pattern, fixed);
	     i < s->n && strncmp(s->sources[i].path, pattern, fixed) == 0;
	     i++) {
		size_t *more;

		if (!text_match(pattern, s->sources[i].path))
			continue;
		more = mem_grow(*out, *n, &cap, sizeof(*more));
		if (more == NULL) {
			mem_free(*out);
			return error_memory(err);
		}
		*out = more;
		more[(*n)++] = i;
	}
	return 0;
}
