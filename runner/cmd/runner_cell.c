/* runner_cell: the base's code on a run's sources, made where no run has it
 * (runner_inputs.h). Its keys are mostly in the store: those that the change
 * does not touch the run has just made. It costs at most what production's own
 * run with these sources would, and that one then finds the tables. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/cmd/cell.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/runner_result.h"
#include "runner/cmd/sources.h"
#include "runner/run.h"

/* What is said outside, too: nothing of the error but its kind. */
static void give_up(struct published *run, const char *why,
    const struct error *inside)
{
	snprintf(run->record.not_fair, sizeof(run->record.not_fair), "%s", why);
	if (inside != NULL && inside->msg[0] != '\0')
		fprintf(stderr, "sluice: %.12s: %s: %s\n", run->record.commit,
		    why, inside->msg);
}

/* The base's pipeline as of the snapshot's date. */
static int load(struct runner *r, const char *commit,
    const struct snapshot *snapshot, struct source **src, struct pipeline **p,
    struct error *err)
{
	struct pipeline_options options = { .root = r->context.root };
	int rc = source_open_commit(r->context.git_dir, commit, src, err);

	if (rc || (rc = pipeline_load(*src, &options, p, err)))
		return rc;
	return sources_date(*src, snapshot, &options, p, err);
}

static int make(struct runner *r, const struct base *base,
    const struct snapshot *snapshot, struct published *run, struct error *err)
{
	CLEANUP(run_record_clear) struct run_record record = { 0 };
	CLEANUP(pipeline_freep) struct pipeline *p = NULL;
	CLEANUP(source_closep) struct source *src = NULL;
	struct run_request request;
	struct error why = { 0 };
	char by[64];
	int rc = load(r, base->commit, snapshot, &src, &p, &why);

	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc) {
		give_up(run, "the base's text cannot be read with this date",
		    &why);
		return 0;
	}
	snprintf(by, sizeof(by), "%.12s with fresh data", base->commit);
	request = runner_run_request(r, p, snapshot);
	request.by = by;
	request.inputs.previous = &run->base;
	rc = run_pipeline(&request, &run->fair, &record, &why);
	if (rc == ERROR_CANCELLED || rc == ERROR_MEMORY)
		return error_set(err, why.code, "%s", why.msg);
	if (rc) {
		manifest_clear(&run->fair);
		give_up(run, "the base's code could not be run on the server",
		    &why);
	}
	return 0;
}

int runner_cell(struct runner *r, const struct base *base,
    const struct snapshot *snapshot, struct published *run, struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (!cell_is_wanted(&run->base, &run->manifest))
		return 0;
	rc = cell_find(r->refs, &run->base, &run->manifest, &run->fair, &why);
	if (rc == ERROR_NOT_FOUND)
		rc = make(r, base, snapshot, run, err);
	else if (rc)
		return error_set(err, why.code, "%s", why.msg);
	run->record.fair_manifest = run->fair.id;
	return rc;
}
