/* snapshots: see snapshots.h. */
#include "runner/cmd/snapshots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"

#define DATE "Date: "
#define SNAPSHOT "Snapshot: "
#define FILES "Files: "
#define BYTES "Bytes: "
#define PATH "Path: "

/* --- patterns --- */

void patterns_clear(struct patterns *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		mem_free(p->items[i]);
	mem_free(p->items);
	*p = (struct patterns){ 0 };
}

bool patterns_have(const struct patterns *p, const char *text)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->items[i], text) == 0)
			return true;
	return false;
}

int patterns_add(struct patterns *p, const char *text, struct error *err)
{
	char **more;

	if (patterns_have(p, text))
		return 0;
	more = mem_grow(p->items, p->n, &p->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	p->items = more;
	more[p->n] = mem_strdup(text);
	if (more[p->n] == NULL)
		return error_memory(err);
	p->n++;
	return 0;
}

int patterns_add_pipeline(struct patterns *p, const struct pipeline *from,
    struct error *err)
{
	size_t i, j;
	int rc = 0;

	for (i = 0; rc == 0 && i < from->n; i++)
		for (j = 0; rc == 0 && j < from->nodes[i].n_paths; j++)
			rc = patterns_add(p, from->nodes[i].paths[j], err);
	return rc;
}

int patterns_add_all(struct patterns *p, const struct patterns *from,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < from->n; i++)
		rc = patterns_add(p, from->items[i], err);
	return rc;
}

/* --- the newest --- */

void newest_clear(struct newest *n)
{
	patterns_clear(&n->patterns);
	*n = (struct newest){ 0 };
}

/* What stands behind a key at the beginning of a line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	const size_t n = strlen(key);

	return strncmp(line, key, n) == 0 ? line + n : NULL;
}

/* One line of a message. */
static int read_line(struct newest *n, const char *line, struct error *err)
{
	const char *value;

	if ((value = value_of(line, PATH)) != NULL)
		return patterns_add(&n->patterns, value, err);
	if ((value = value_of(line, SNAPSHOT)) != NULL)
		return digest_parse(value, &n->id, err);
	if ((value = value_of(line, DATE)) != NULL)
		snprintf(n->date, sizeof(n->date), "%s", value);
	else if ((value = value_of(line, FILES)) != NULL)
		n->files = strtoull(value, NULL, 10);
	else if ((value = value_of(line, BYTES)) != NULL)
		n->bytes = strtoull(value, NULL, 10);
	return 0;
}

int snapshots_read(struct refs *r, const char *commit, struct newest *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf message = { 0 };
	char *line, *rest = NULL;
	int rc;

	*out = (struct newest){ 0 };
	if ((rc = refs_message(r, commit, &message, err)))
		return rc;
	snprintf(out->commit, sizeof(out->commit), "%s", commit);
	line = message.n ? strtok_r(message.p, "\n", &rest) : NULL;
	for (; rc == 0 && line != NULL; line = strtok_r(NULL, "\n", &rest))
		rc = read_line(out, line, err);
	if (rc)
		newest_clear(out);
	return rc;
}

int newest_read(struct refs *r, struct newest *out, struct error *err)
{
	struct error none = { 0 };
	struct line_tip tip;
	int rc = refs_line_tip(r, REFS_SNAPSHOTS, &tip, &none);

	*out = (struct newest){ 0 };
	if (rc == ERROR_NOT_FOUND)
		return 0;
	return rc ? error_set(err, none.code, "%s", none.msg)
	          : snapshots_read(r, tip.id, out, err);
}

int newest_load(struct refs *r, struct store *st, const struct newest *n,
    struct snapshot *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	*out = (struct snapshot){ 0 };
	if (n->commit[0] == '\0')
		return 0;
	if ((rc = refs_read(r, n->commit, "snapshot.json", &text, err)) ||
	    (rc = snapshot_parse(buf_bytes(&text), out, err)))
		return rc;
	rc = store_put(st, buf_bytes(&text), &out->id, err);
	if (rc)
		snapshot_clear(out);
	return rc;
}

struct wanted {
	struct refs *refs;
	const struct digest *id;
	char commit[41];
};

static int see(const char *commit, void *payload)
{
	CLEANUP(newest_clear) struct newest n = { 0 };
	struct wanted *w = payload;

	if (snapshots_read(w->refs, commit, &n, NULL) ||
	    !digest_eq(&n.id, w->id))
		return 0;
	snprintf(w->commit, sizeof(w->commit), "%s", commit);
	return 1;
}

int snapshots_find(struct refs *r, struct store *st, const struct digest *id,
    struct snapshot *out, struct error *err)
{
	CLEANUP(newest_clear) struct newest newest = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct wanted w = { .refs = r, .id = id };
	int rc;

	if (snapshot_load(st, id, out, NULL) == 0)
		return 0;
	if ((rc = newest_read(r, &newest, err)))
		return rc;
	if (newest.commit[0] != '\0' &&
	    (rc = refs_each_before(r, newest.commit, see, &w, err)) < 0)
		return rc;
	if (w.commit[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND,
		    "no such snapshot is known here");
	if ((rc = refs_read(r, w.commit, "snapshot.json", &text, err)))
		return rc;
	return snapshot_parse(buf_bytes(&text), out, err);
}

bool newest_settles(const struct newest *n, const struct snapshot *s,
    const char *pattern)
{
	size_t *found = NULL, n_found;

	if (snapshot_find(s, pattern) != NULL)
		return true; /* a name, and no more than that */
	if (!patterns_have(&n->patterns, pattern) ||
	    snapshot_match(s, pattern, &found, &n_found, NULL))
		return false;
	mem_free(found);
	return n_found > 0;
}

/* --- adding --- */

static bool has_these(const struct newest *n, const struct patterns *patterns)
{
	size_t i;

	if (n->patterns.n != patterns->n)
		return false;
	for (i = 0; i < patterns->n; i++)
		if (!patterns_have(&n->patterns, patterns->items[i]))
			return false;
	return true;
}

static void print_message(const struct snapshot *s,
    const struct patterns *patterns, struct buf *out)
{
	char hex[DIGEST_HEX + 1];
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		bytes += s->sources[i].bytes;
	digest_print(&s->id, hex);
	buf_printf(out, "snapshot of %s, %zu file%s\n\n", s->date, s->n,
	    s->n == 1 ? "" : "s");
	buf_printf(out, DATE "%s\n" SNAPSHOT "%s\n", s->date, hex);
	buf_printf(out, FILES "%zu\n" BYTES "%" PRIu64 "\n", s->n, bytes);
	for (i = 0; i < patterns->n; i++)
		buf_printf(out, PATH "%s\n", patterns->items[i]);
}

int snapshots_add(struct refs *r, const struct newest *behind,
    const struct snapshot *s, const struct patterns *patterns, bool *is_new,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, message = { 0 };
	struct line_new new = { .ref = REFS_SNAPSHOTS,
		.from = behind->commit,
		.file = "snapshot.json" };
	char id[41];
	int rc;

	*is_new = behind->commit[0] == '\0' || !digest_eq(&behind->id, &s->id);
	if (!*is_new && has_these(behind, patterns))
		return 0;
	print_message(s, patterns, &message);
	if ((rc = buf_check(&message, err)) ||
	    (rc = snapshot_print(s, &text, err)))
		return rc;
	new.subject = message.p;
	new.data = buf_bytes(&text);
	return refs_line_add(r, &new, id, err);
}
