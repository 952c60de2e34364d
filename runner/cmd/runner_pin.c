/* runner_pin: what was reviewed comes to production as it was reviewed, where
 * `git config sluice.promote` is pin (runner_inputs.h). The run of a commit of
 * production whose tree was run well on a branch is then at that run's
 * snapshot: each key is there, nothing is computed, and its manifest is the
 * reviewed one. A second run, at the newest snapshot, is queued behind it. */
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/snapshots.h"
#include "runner/cmd/sources.h"

static int is_pin(struct runner *r, bool *out, struct error *err)
{
	static const char *const policies[] = { "latest", "pin", NULL };
	size_t policy;
	int rc = context_choice(&r->context, "sluice.promote", policies,
	    &policy, err);

	*out = policy == 1;
	return rc;
}

struct review {
	const char *production, *tree;
	struct run_entry run; /* the newest; id "": none */
};

static int see_run(const struct run_entry *run, void *payload)
{
	struct review *v = payload;

	if (strcmp(run->tree, v->tree) == 0 && run->manifest[0] != '\0' &&
	    strcmp(run->outcome, "success") == 0 &&
	    strcmp(run->branch, v->production) != 0 &&
	    (v->run.id[0] == '\0' || run->time > v->run.time))
		v->run = *run;
	return 0;
}

static int read_snapshot(struct runner *r, const struct run_entry *run,
    struct snapshot *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	int rc = refs_read(r->refs, run->id, "manifest.json", &text, err);

	if (rc || (rc = manifest_parse(buf_bytes(&text), &m, err)))
		return rc;
	return snapshot_load(r->store, &m.snapshot, out, err);
}

/* The snapshot at which a tree was reviewed: found is false where it never was,
 * reads no files, or where the store has it no more. */
static int find_reviewed(struct runner *r, const char *tree,
    struct snapshot *out, bool *found, struct error *err)
{
	struct review v = { .production = r->context.production, .tree = tree };
	int rc;

	*found = false;
	if ((rc = is_pin(r, found, err)) || !*found)
		return rc;
	*found = false;
	if ((rc = refs_runs_each(r->refs, NULL, see_run, &v, err)) ||
	    (rc = refs_deleted_each(r->refs, NULL, see_run, &v, err)))
		return rc;
	*found = v.run.id[0] != '\0' &&
	    read_snapshot(r, &v.run, out, NULL) == 0 && out->n > 0;
	if (!*found)
		snapshot_clear(out);
	return 0;
}

int runner_load_reviewed(struct runner *r, struct source *src,
    struct pipeline **p, struct snapshot *snapshot, struct error *err)
{
	struct pipeline_options options = { .root = r->context.root };
	bool found;
	int rc = find_reviewed(r, source_tree(src), snapshot, &found, err);

	if (rc)
		return rc;
	if (!found)
		return runner_load(r, src, p, snapshot, err);
	rc = pipeline_load(src, &options, p, err);
	return rc ? rc : sources_date(src, snapshot, &options, p, err);
}

/* Whether a run of production is of its tip, and at a snapshot of files that is
 * not the newest. */
static int is_behind(struct runner *r, const struct run_entry *run, bool *out,
    struct error *err)
{
	CLEANUP(snapshot_clear) struct snapshot at = { 0 };
	CLEANUP(newest_clear) struct newest newest = { 0 };
	char tip[41];
	int rc;

	*out = false;
	if (strcmp(run->branch, r->context.production) != 0 ||
	    run->manifest[0] == '\0' ||
	    refs_tip(r->refs, run->branch, tip, NULL) ||
	    strcmp(tip, run->commit) != 0)
		return 0;
	if ((rc = read_snapshot(r, run, &at, err)) ||
	    (rc = newest_read(r->refs, &newest, err)))
		return rc;
	*out = at.n > 0 && newest.commit[0] != '\0' &&
	    !digest_eq(&at.id, &newest.id);
	return 0;
}

int runner_refresh(struct runner *r, const struct run_entry *run,
    struct error *err)
{
	const struct request_new new = { .branch = run->branch,
		.commit = run->commit,
		.reason = FRESH_DATA,
		.is_again = true,
		.keep_running = true,
		.now = clock_now() };
	bool due;
	int rc;

	/* a word that is neither was told where the run was prepared */
	if (is_pin(r, &due, NULL) || !due)
		return 0;
	rc = is_behind(r, run, &due, err);
	return rc || !due ? rc : queue_put(r->db, &new, NULL, err);
}
