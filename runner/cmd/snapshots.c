/* snapshots: see snapshots.h. */
#include "runner/cmd/snapshots.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

#define DATE "Date: "
#define SNAPSHOT "Snapshot: "
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

/* One line of a message. */
static int read_line(struct newest *n, const char *line, struct error *err)
{
	if (strncmp(line, PATH, strlen(PATH)) == 0)
		return patterns_add(&n->patterns, line + strlen(PATH), err);
	if (strncmp(line, DATE, strlen(DATE)) == 0)
		snprintf(n->date, sizeof(n->date), "%s", line + strlen(DATE));
	else if (strncmp(line, SNAPSHOT, strlen(SNAPSHOT)) == 0)
		return digest_parse(line + strlen(SNAPSHOT), &n->id, err);
	return 0;
}

int newest_read(struct refs *r, struct newest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf message = { 0 };
	struct error none = { 0 };
	struct line_tip tip;
	char *line, *rest = NULL;
	int rc = refs_line_tip(r, REFS_SNAPSHOTS, &tip, &none);

	*out = (struct newest){ 0 };
	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc)
		return error_set(err, none.code, "%s", none.msg);
	if ((rc = refs_message(r, tip.id, &message, err)))
		return rc;
	memcpy(out->commit, tip.id, sizeof(out->commit));
	line = message.n ? strtok_r(message.p, "\n", &rest) : NULL;
	for (; rc == 0 && line != NULL; line = strtok_r(NULL, "\n", &rest))
		rc = read_line(out, line, err);
	if (rc)
		newest_clear(out);
	return rc;
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
	size_t i;

	digest_print(&s->id, hex);
	buf_printf(out,
	    "snapshot of %s, %zu file%s\n\n" DATE "%s\n" SNAPSHOT "%s\n",
	    s->date, s->n, s->n == 1 ? "" : "s", s->date, hex);
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
