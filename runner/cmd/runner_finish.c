/* runner_finish: what follows from a published run (runner.h). Each step looks
 * whether it is done already, so a death between two of them costs nothing. */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/notes.h"
#include "reports/headline.h"
#include "runner/cmd/runner_result.h"

enum {
	TRIES = 20,
	PAUSE_MS = 50,
	PAGE_MAX = 1 << 22
};

/* A branch that has nothing of its own is at a commit of production, whose
 * note says more. */
static bool is_told(struct runner *r, const struct published *run)
{
	CLEANUP(buf_clear) struct buf note = { 0 };

	return strcmp(run->entry.branch, r->context.production) != 0 &&
	    strcmp(run->record.base, run->entry.commit) == 0 &&
	    notes_get(r->refs, run->entry.commit, &note, NULL) == 0;
}

static int set_note(struct runner *r, struct published *run, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *note = outbound_open();
	int rc;

	if (is_told(r, run))
		return 0;
	rc = runner_note(r, run, note, err);
	return rc ? rc : notes_set(r->refs, run->entry.commit, note, err);
}

/* Somebody else (`rollback`) may move production at the same moment. */
static int serve(struct runner *r, const struct published *run,
    struct error *err)
{
	struct error busy = { 0 };
	int rc = 0, i;

	if (strcmp(run->entry.branch, r->context.production) != 0)
		return 0;
	for (i = 0; i < TRIES; i++) {
		busy = (struct error){ 0 };
		rc = runner_serve(r, run, &busy);
		if (rc != ERROR_BUSY)
			break;
		clock_sleep(PAUSE_MS);
	}
	return rc ? error_set(err, busy.code, "%s", busy.msg) : 0;
}

static int write_page(struct runner *r, struct published *run,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, page = { 0 }, old = { 0 };
	int rc;

	if (r->report_dir[0] != '/')
		return error_set(err, ERROR_USAGE,
		    "sluice.report.dir is not an absolute path");
	buf_printf(&path, "%s/%s.html", r->report_dir, run->entry.commit);
	if ((rc = buf_check(&path, err)) ||
	    (rc = runner_page(r, run, &page, err)) ||
	    (file_read(path.p, PAGE_MAX, &old, NULL) == 0 &&
	        bytes_eq(buf_bytes(&old), buf_bytes(&page))) ||
	    (rc = file_make_dirs(r->report_dir, err)))
		return rc;
	return file_write(path.p, buf_bytes(&page), 0640, err);
}

/* A page is a copy of what `sluice report` shows: without it the status still
 * comes. */
static void try_page(struct runner *r, struct published *run)
{
	struct error err = { 0 };

	if (r->report_dir == NULL || write_page(r, run, &err) == 0)
		return;
	fprintf(stderr, "sluice: no report in %s: %s\n", r->report_dir,
	    err.msg);
}

/* What merging a tip would do is told where all tips are looked at. */
static int post(struct runner *r, struct published *run, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	const struct untold of = { .branch = run->entry.branch,
		.commit = run->entry.commit,
		.state = strcmp(run->entry.outcome, "error") == 0
		    ? STATUS_ERROR
		    : STATUS_FAILURE,
		.is_tip = true };
	struct headline h;

	if (run->has_manifest)
		return runner_final(r, run, err);
	headline_parse(buf_bytes(&run->report), &h);
	headline_say(&h, words);
	return runner_tell(r, &of, words, err);
}

int runner_finish(struct runner *r, const struct run_entry *run,
    struct error *err)
{
	CLEANUP(published_clear) struct published p = { 0 };
	int rc = runner_read_run(r, run, &p, err);

	if (rc || (rc = set_note(r, &p, err)) || (rc = serve(r, &p, err)))
		return rc;
	try_page(r, &p);
	if ((rc = post(r, &p, err)) == 0)
		rc = runner_comment(r, &p, err);
	runner_promote_again();
	return rc;
}
