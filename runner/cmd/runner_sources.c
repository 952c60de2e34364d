/* runner_sources: the snapshot that a commit is run on, and what fresh data is
 * compared with (runner.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/snapshot_take.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/snapshots.h"
#include "runner/cmd/sources.h"

enum {
	TRIES = 20
};

/* Production's newest is the same for many pushes: read once. */
static int load_newest(struct runner *r, const struct newest *newest,
    struct error *err)
{
	int rc;

	if (strcmp(r->newest_commit, newest->commit) == 0)
		return 0;
	r->newest_commit[0] = '\0';
	snapshot_clear(&r->newest);
	rc = newest_load(r->refs, r->store, newest, &r->newest, err);
	if (rc == 0)
		memcpy(r->newest_commit, newest->commit,
		    sizeof(r->newest_commit));
	return rc;
}

/* What production's newest snapshot lacks of a pipeline's sources. */
struct lack {
	struct snapshot_pattern *missing;
	const char **settled;
	size_t n_missing, n_settled;
};

static void lack_clear(struct lack *l)
{
	mem_free(l->missing);
	mem_free((void *)l->settled);
}

static int find_missing(const struct runner *r, const struct newest *newest,
    const struct patterns *asked, struct lack *out, struct error *err)
{
	size_t i;

	out->missing = mem_array(asked->n, sizeof(*out->missing));
	if (out->missing == NULL)
		return error_memory(err);
	for (i = 0; i < asked->n; i++)
		if (!newest_settles(newest, &r->newest, asked->items[i]))
			out->missing[out->n_missing++].text = asked->items[i];
	return 0;
}

/* What production reads now, as far as its text can be read. */
static int read_production(struct runner *r, struct patterns *out,
    bool *is_known, struct error *err)
{
	const struct context *c = &r->context;
	const struct pipeline_options options = { .root = c->root };
	CLEANUP(pipeline_freep) struct pipeline *p = NULL;
	CLEANUP(source_closep) struct source *source = NULL;
	char tip[41];

	*is_known = refs_tip(r->refs, c->production, tip, NULL) == 0 &&
	    source_open_commit(c->git_dir, tip, &source, NULL) == 0 &&
	    pipeline_load(source, &options, &p, NULL) == 0;
	return *is_known ? patterns_add_pipeline(out, p, err) : 0;
}

/* The settled patterns of production: no child adds to what its nodes read. */
static int find_settled(struct runner *r, const struct newest *newest,
    struct lack *out, struct error *err)
{
	CLEANUP(patterns_clear) struct patterns production = { 0 };
	bool is_known;
	size_t i;
	int rc = read_production(r, &production, &is_known, err);

	if (rc)
		return rc;
	out->settled = mem_array(newest->patterns.n, sizeof(*out->settled));
	if (out->settled == NULL)
		return error_memory(err);
	for (i = 0; i < newest->patterns.n; i++) {
		const char *text = newest->patterns.items[i];

		if ((!is_known || patterns_have(&production, text)) &&
		    newest_settles(newest, &r->newest, text))
			out->settled[out->n_settled++] = text;
	}
	return 0;
}

/* The child snapshot: the newest with what is missing, of the same date. */
static int take_child(struct runner *r, const struct newest *newest,
    const struct lack *lack, struct snapshot *out, struct error *err)
{
	char today[CLOCK_TEXT];
	const struct snapshot_request request = {
		.landing = r->context.landing,
		.patterns = lack->missing,
		.n_patterns = lack->n_missing,
		.date = today,
		.base = newest->commit[0] ? &r->newest : NULL,
		.settled = lack->settled,
		.n_settled = lack->n_settled,
		.now = clock_now(),
	};

	if (r->context.landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "the pipeline reads files of a landing directory, and none "
		    "is set: git config sluice.landing DIR");
	clock_print_date(request.now, today);
	return snapshot_take(r->store, &request, out, err);
}

/* Takes what is missing and makes the result the newest, unless nothing was
 * added. *again: somebody else added one meanwhile. */
static int add_missing(struct runner *r, struct newest *newest,
    const struct patterns *asked, const struct lack *lack, struct snapshot *out,
    bool *again, struct error *err)
{
	struct error busy = { 0 };
	bool is_new;
	int rc = take_child(r, newest, lack, out, err);

	if (rc || (newest->commit[0] && out->n == r->newest.n))
		return rc;
	if ((rc = patterns_add_all(&newest->patterns, asked, err)))
		return rc;
	rc = snapshots_add(r->refs, newest, out, &newest->patterns, &is_new,
	    &busy);
	*again = rc == ERROR_BUSY;
	if (rc && !*again)
		return error_set(err, busy.code, "%s", busy.msg);
	return 0;
}

static int find_snapshot(struct runner *r, const struct patterns *asked,
    struct snapshot *out, bool *again, struct error *err)
{
	CLEANUP(newest_clear) struct newest newest = { 0 };
	CLEANUP(lack_clear) struct lack lack = { 0 };
	int rc;

	*again = false;
	if ((rc = newest_read(r->refs, &newest, err)) ||
	    (rc = load_newest(r, &newest, err)) ||
	    (rc = find_missing(r, &newest, asked, &lack, err)))
		return rc;
	if (lack.n_missing == 0)
		return snapshot_copy(&r->newest, out, err);
	if ((rc = find_settled(r, &newest, &lack, err)))
		return rc;
	return add_missing(r, &newest, asked, &lack, out, again, err);
}

int runner_snapshot(struct runner *r, const struct pipeline *p,
    struct snapshot *out, struct error *err)
{
	CLEANUP(patterns_clear) struct patterns asked = { 0 };
	bool again = true;
	int rc = patterns_add_pipeline(&asked, p, err), i;

	*out = (struct snapshot){ 0 };
	if (rc == 0 && asked.n == 0)
		return snapshot_make_empty(r->store, source_date(p->source),
		    out, err);
	for (i = 0; rc == 0 && again && i < TRIES; i++) {
		snapshot_clear(out);
		rc = find_snapshot(r, &asked, out, &again, err);
	}
	if (rc == 0 && again)
		rc = error_set(err, ERROR_IO,
		    "%s is moved by others all the time", REFS_SNAPSHOTS);
	return rc;
}

int runner_load(struct runner *r, struct source *src, struct pipeline **p,
    struct snapshot *snapshot, struct error *err)
{
	struct pipeline_options options = { .root = r->context.root };
	int rc;

	if ((rc = pipeline_load(src, &options, p, err)) ||
	    (rc = runner_snapshot(r, *p, snapshot, err)))
		return rc;
	return sources_date(src, snapshot, &options, p, err);
}

struct run_request runner_run_request(struct runner *r,
    const struct pipeline *p, const struct snapshot *snapshot)
{
	return (struct run_request){
		.pipeline = p,
		.store = r->store,
		.snapshot = snapshot,
		.inputs = { .snapshot = snapshot,
		    .least = TIER_BRANCH,
		    .tier = TIER_BRANCH },
		.worker_program = r->context.worker,
		.sandbox = r->context.sandbox,
		.duckdb = r->context.duckdb,
		.job_dir = r->jobs,
		.watch = { .cancelled = &r->cancel },
	};
}

/* --- fresh data --- */

static int find_tables(const struct run_entry *run, void *payload)
{
	*(struct run_entry *)payload = *run;
	return run->manifest[0] != '\0';
}

int runner_run_before(struct refs *refs, const char *branch,
    struct run_entry *out, struct digest *snapshot, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	int rc = refs_runs_each(refs, branch, find_tables, out, err);

	if (rc <= 0) {
		*out = (struct run_entry){ 0 };
		return rc;
	}
	if ((rc = refs_read(refs, out->id, "manifest.json", &text, err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &m, err)))
		return rc;
	*snapshot = m.snapshot;
	return 0;
}
