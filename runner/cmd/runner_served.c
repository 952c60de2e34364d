/* runner_served: the next production manifest (runner.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/runner_result.h"

/* The unit of a node: with `sluice.publish each` its top directory, else all
 * nodes are one. */
static size_t unit_of(const char *path, bool is_each)
{
	return is_each ? strcspn(path, "/") : 0;
}

static bool same_unit(const char *a, const char *b, bool is_each)
{
	size_t n = unit_of(a, is_each);

	return n == unit_of(b, is_each) && strncmp(a, b, n) == 0;
}

/* Whether all nodes of the unit that path is in are well. */
static bool is_well(const struct manifest *m, const char *path, bool is_each)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->nodes[i].state != NODE_OK &&
		    same_unit(m->nodes[i].path, path, is_each))
			return false;
	return true;
}

/* Moves a node's content into out. */
static int move(struct manifest *out, struct manifest_node *from,
    struct error *err)
{
	struct manifest_node *to = manifest_add(out, from->path);

	if (to == NULL)
		return error_memory(err);
	mem_free(to->path);
	*to = *from;
	*from = (struct manifest_node){ 0 };
	return 0;
}

/* An old node that is kept says since which run it is behind. */
static int keep(struct manifest *out, struct manifest_node *from,
    const char *since, struct error *err)
{
	if (from->state == NODE_OK) {
		from->state = NODE_STALE;
		from->since = mem_strdup(since);
		if (from->since == NULL)
			return error_memory(err);
	}
	return move(out, from, err);
}

/* A unit that is gone from the new manifest is served no more; one that is
 * not well keeps what it had. */
static bool is_kept(const struct manifest *new, const char *path, bool is_each)
{
	size_t i;

	for (i = 0; i < new->n; i++)
		if (same_unit(new->nodes[i].path, path, is_each))
			return !is_well(new, path, is_each);
	return false;
}

static int merge(struct manifest *new, struct manifest *old, bool is_each,
    const char *run, struct manifest *out, struct error *err)
{
	CLEANUP(mem_freep) bool *kept = mem_array(old->n + 1, sizeof(*kept));
	CLEANUP(mem_freep) bool *well = mem_array(new->n + 1, sizeof(*well));
	size_t i;
	int rc = 0;

	if (kept == NULL || well == NULL)
		return error_memory(err);
	/* decided first: moving takes the paths away */
	for (i = 0; i < old->n; i++)
		kept[i] = is_kept(new, old->nodes[i].path, is_each);
	for (i = 0; i < new->n; i++)
		well[i] = is_well(new, new->nodes[i].path, is_each);
	memcpy(out->tree, new->tree, sizeof(out->tree));
	memcpy(out->snapshot_date, new->snapshot_date,
	    sizeof(out->snapshot_date));
	out->snapshot = new->snapshot;
	for (i = 0; i < new->n &&rc == 0; i++)
		if (well[i])
			rc = move(out, &new->nodes[i], err);
	for (i = 0; i < old->n && rc == 0; i++)
		if (kept[i])
			rc = keep(out, &old->nodes[i], run, err);
	manifest_sort(out);
	return rc;
}

static int read_manifest(struct runner *r, const char *id, struct manifest *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = refs_read(r->refs, id, "manifest.json", &text, err);

	return rc ? rc : manifest_parse(buf_bytes(&text), out, err);
}

static int is_publish_each(struct runner *r, bool *out, struct error *err)
{
	CLEANUP(mem_freep) char *publish = NULL;
	int rc = context_config(&r->context, "sluice.publish", &publish, err);

	*out = publish != NULL && strcmp(publish, "each") == 0;
	return rc;
}

static int add_line(struct runner *r, const struct run_entry *run,
    const struct line_tip *tip, const struct manifest *m, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char subject[128], id[41];
	struct line_new new = { .ref = REFS_PRODUCTION,
		.from = tip->id,
		.file = "manifest.json",
		.subject = subject };
	int rc = manifest_print(m, &text, err);

	if (rc)
		return rc;
	snprintf(subject, sizeof(subject), "run %s of %.12s", run->id,
	    run->commit);
	new.data = buf_bytes(&text);
	return refs_line_add(r->refs, &new, id, err);
}

/* A run of an older commit (a retry of history) does not take the place of a
 * newer one's; the branch's tip always may, after a force push too. */
static bool is_behind(struct runner *r, const struct run_entry *run)
{
	struct run_entry served;
	char head[41], base[41];

	if (refs_tip(r->refs, run->branch, head, NULL) == 0 &&
	    strcmp(head, run->commit) == 0)
		return false;
	return refs_served_run(r->refs, &served, NULL) == 0 &&
	    strcmp(served.commit, run->commit) != 0 &&
	    refs_merge_base(r->refs, run->commit, served.commit, base, NULL) ==
	    0 &&
	    strcmp(base, run->commit) == 0;
}

/* Where the text had errors nothing changes; where all is well the run's own
 * manifest is served, byte for byte. */
int runner_serve(struct runner *r, const struct run_entry *run,
    struct error *err)
{
	CLEANUP(manifest_clear) struct manifest new = { 0 }, old = { 0 };
	CLEANUP(manifest_clear) struct manifest merged = { 0 };
	struct error none = { 0 };
	struct line_tip tip;
	bool is_each;
	int rc = refs_line_tip(r->refs, REFS_PRODUCTION, &tip, &none);

	if (rc != 0 && rc != ERROR_NOT_FOUND)
		return error_set(err, rc, "%s", none.msg);
	if (run->manifest[0] == '\0' || strstr(tip.subject, run->id) != NULL ||
	    is_behind(r, run))
		return 0;
	if ((rc = is_publish_each(r, &is_each, err)) ||
	    (rc = read_manifest(r, run->id, &new, err)))
		return rc;
	if (strcmp(run->outcome, "success") == 0)
		return add_line(r, run, &tip, &new, err);
	if (!is_each)
		return 0;
	if (tip.id[0] && (rc = read_manifest(r, tip.id, &old, err)))
		return rc;
	if ((rc = merge(&new, &old, is_each, run->id, &merged, err)))
		return rc;
	return add_line(r, run, &tip, &merged, err);
}
