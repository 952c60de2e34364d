/* runner_served: the next production manifest (runner.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/production.h"
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
		if (!manifest_is_well(&m->nodes[i]) &&
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

static int promote(struct runner *r, const struct published *run,
    const struct production *now, const struct manifest *m, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct production next = { 0 };
	int rc = manifest_print(m, &text, err);

	if (rc)
		return rc;
	memcpy(next.before, now->id, sizeof(next.before));
	memcpy(next.run, run->entry.id, sizeof(next.run));
	memcpy(next.user, run->record.user, sizeof(next.user));
	memcpy(next.reason, run->record.reason, sizeof(next.reason));
	return production_add(r->refs, &next, run->entry.commit,
	    buf_bytes(&text), err);
}

/* The newest commit that was promoted: of what is served, or of what a
 * rollback led away from. */
static bool find_newest(struct runner *r, const struct production *now,
    char out[41])
{
	struct run_entry run;

	if (now->held[0] != '\0')
		memcpy(out, now->held, sizeof(now->held));
	else if (refs_run_get(r->refs, now->run, &run, NULL) == 0)
		memcpy(out, run.commit, sizeof(run.commit));
	else
		return false;
	return true;
}

/* Who reads the runner's log wonders why nothing moved. */
static bool hold(const struct run_entry *run)
{
	fprintf(stderr,
	    "sluice: run %.12s of %.12s is not served: production was rolled "
	    "back from that commit, and stays so until a new one\n",
	    run->id, run->commit);
	return true;
}

/* A run of an older commit (a retry of history) does not take the place of a
 * newer one's; the branch's tip always may, after a force push too. From where
 * a rollback led away nothing is taken (production.h). */
static bool is_behind(struct runner *r, const struct run_entry *run,
    const struct production *now)
{
	char newest[41], head[41], base[41];

	if (!find_newest(r, now, newest))
		return false;
	if (strcmp(newest, run->commit) == 0)
		return now->held[0] != '\0' && hold(run);
	if (refs_tip(r->refs, run->branch, head, NULL) == 0 &&
	    strcmp(head, run->commit) == 0)
		return false;
	return refs_merge_base(r->refs, run->commit, newest, base, NULL) == 0 &&
	    strcmp(base, run->commit) == 0;
}

/* Where the text had errors nothing changes; where all is well the run's own
 * manifest is served, byte for byte. */
int runner_serve(struct runner *r, const struct published *p, struct error *err)
{
	const struct run_entry *run = &p->entry;
	CLEANUP(manifest_clear) struct manifest new = { 0 }, old = { 0 };
	CLEANUP(manifest_clear) struct manifest merged = { 0 };
	struct error none = { 0 };
	struct production now;
	int rc = production_now(r->refs, &now, &none);

	if (rc != 0 && rc != ERROR_NOT_FOUND)
		return error_set(err, rc, "%s", none.msg);
	if (run->manifest[0] == '\0' || strcmp(now.run, run->id) == 0 ||
	    is_behind(r, run, &now))
		return 0;
	if ((rc = read_manifest(r, run->id, &new, err)))
		return rc;
	if (strcmp(run->outcome, "success") == 0)
		return promote(r, p, &now, &new, err);
	if (!r->is_publish_each)
		return 0;
	if (now.id[0] && (rc = read_manifest(r, now.id, &old, err)))
		return rc;
	if ((rc = merge(&new, &old, r->is_publish_each, run->id, &merged, err)))
		return rc;
	return promote(r, p, &now, &merged, err);
}
