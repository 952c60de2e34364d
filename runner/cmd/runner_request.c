/* runner_request: one request to its end (runner.h). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/planner.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/runner_result.h"
#include "runner/cmd/snapshots.h"
#include "runner/lang/change.h"
#include "runner/overrides.h"

enum {
	PROGRESS_MS = 1000,
	TRIES = 3, /* of surroundings that may mend themselves */
	TRIES_BUSY = 30, /* somebody else is at it */
	TRIES_REF = 10,
	WAIT_MS = 1000,
	WAIT_MOST_MS = 30000,
};

struct work {
	struct runner *runner;
	struct request *request;
	struct base base;
	struct source *source;
	struct pipeline *pipeline;
	struct snapshot snapshot;
	struct published run;
	bool *retried; /* a place per node; NULL: all that failed */
	bool awaits_files; /* that are still being delivered */
	bool has_moved; /* production, and it computes: that was told */
	bool needs_run; /* and this is not for it */
	struct run_entry
	    same; /* a run that makes this one needless, or id "" */
};

static void work_clear(struct work *w)
{
	mem_free(w->retried);
	published_clear(&w->run);
	snapshot_clear(&w->snapshot);
	pipeline_free(w->pipeline);
	source_close(w->source);
}

/* --- before --- */

/* Production's first run of a commit: what was reviewed comes first. */
static int is_promotion(const struct work *w, bool *out, struct error *err)
{
	const struct request *q = w->request;
	struct run_entry run;
	struct digest snapshot;
	int rc;

	*out = false;
	if (q->is_retry ||
	    strcmp(q->branch, w->runner->context.production) != 0)
		return 0;
	rc =
	    runner_run_before(w->runner->refs, q->branch, &run, &snapshot, err);
	*out = rc == 0 && strcmp(run.commit, q->commit) != 0;
	return rc;
}

static int load(struct work *w, struct error *err)
{
	bool is_promoted;
	int rc = source_open_commit(w->runner->context.git_dir,
	    w->request->commit, &w->source, err);

	if (rc || (rc = is_promotion(w, &is_promoted, err)))
		return rc;
	if (is_promoted)
		rc = runner_load_reviewed(w->runner, w->source, &w->pipeline,
		    &w->snapshot, err);
	else
		rc = runner_load(w->runner, w->source, &w->pipeline,
		    &w->snapshot, err);
	w->awaits_files = rc == ERROR_BUSY;
	return rc;
}

/* How many nodes the change touches, for whoever waits; where the base cannot
 * be read it is all of them. */
static size_t count_affected(const struct work *w)
{
	const struct context *c = &w->runner->context;
	const struct pipeline_options options = { .root = c->root };
	CLEANUP(pipeline_freep) struct pipeline *base = NULL;
	CLEANUP(source_closep) struct source *source = NULL;
	CLEANUP(planner_closep) struct planner *planner = NULL;
	CLEANUP(changes_clear) struct changes changes = { 0 };
	size_t n = w->pipeline->n;
	bool known = false;

	if (w->base.commit[0] == '\0')
		return n;
	if (planner_open(c, &planner, NULL) == 0 &&
	    planner_changes(planner, w->base.commit, w->source, false, &known,
	        &changes, NULL) == 0 &&
	    known)
		return changes.n_affected;
	if (source_open_commit(c->git_dir, w->base.commit, &source, NULL) ==
	        0 &&
	    pipeline_load(source, &options, &base, NULL) == 0 &&
	    changes_make(base, w->pipeline, &changes, NULL) == 0)
		n = changes.n_affected;
	return n;
}

/* A commit that was told its end before (retried, stopped and pushed again)
 * is pending anew. */
static bool was_stopped(const struct work *w)
{
	const struct queue_filter filter = { .commit = w->request->commit,
		.stopped = true,
		.limit = 1 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };

	return queue_list(w->runner->db, &filter, &list, NULL) == 0 &&
	    list.n > 0;
}

static int tell_pending(const struct work *w, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	const bool is_again = w->request->is_retry || was_stopped(w);
	int rc;

	if (w->runner->forge_url == NULL)
		return 0;
	outbound_count(text, count_affected(w));
	outbound_words(text, " of ");
	outbound_count(text, w->pipeline->n);
	outbound_words(text, " nodes affected");
	rc = runner_pending(w->runner, w->request, text, is_again, err);
	return rc
	    ? rc
	    : runner_comment_pending(w->runner, w->request, is_again, err);
}

/* --- the run --- */

/* A merge that computes nothing is through before anybody would read that the
 * base has moved. */
static void see_computed(struct work *w, const struct run_event *event)
{
	const struct request *q = w->request;

	if (w->has_moved || event->kind != RUN_NODE_ENDED ||
	    event->state->reused || q->is_retry || q->reason[0] != '\0' ||
	    strcmp(q->branch, w->runner->context.production) != 0)
		return;
	w->has_moved = true;
	(void)runner_promote_moved(w->runner, NULL);
}

static void see_event(const struct run_event *event, void *payload)
{
	struct work *w = payload;
	int64_t now = clock_mono();

	w->request->nodes = (long long)event->n;
	w->request->settled = (long long)event->n_done;
	w->request->failed = (long long)event->n_failed;
	see_computed(w, event);
	if (event->kind != RUN_STARTED && now - w->runner->told < PROGRESS_MS)
		return;
	w->runner->told = now;
	(void)queue_progress(w->runner->db, w->request, NULL);
}

/* Marks the nodes that a retry names, by itself or by a directory. */
static int find_retried(struct work *w, struct error *err)
{
	char only[REQUEST_ONLY], *line, *rest = NULL;
	size_t i;

	if (w->request->only[0] == '\0')
		return 0;
	w->retried = mem_array(w->pipeline->n, sizeof(*w->retried));
	if (w->retried == NULL)
		return error_memory(err);
	memcpy(only, w->request->only, sizeof(only));
	for (line = strtok_r(only, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		for (i = 0; i < w->pipeline->n; i++)
			w->retried[i] |=
			    nodepath_is_in(w->pipeline->nodes[i].path, line);
	return 0;
}

static int perform(struct work *w, struct error *err)
{
	struct runner *r = w->runner;
	char by[64];
	struct run_request request =
	    runner_run_request(r, w->pipeline, &w->snapshot);
	int rc;

	request.by = by;
	request.inputs.retry_failed = w->request->is_retry;
	request.inputs.retried = w->retried;
	request.inputs.twice = r->twice;
	request.inputs.previous = w->run.base.n ? &w->run.base : NULL;
	request.watch.on_event = see_event;
	request.watch.payload = w;
	snprintf(by, sizeof(by), "%.12s %.48s", w->request->commit,
	    w->request->branch);
	text_trim_cut(by);
	rc = overrides_check(w->pipeline, &request, err);
	return rc
	    ? rc
	    : run_pipeline(&request, &w->run.manifest, &w->run.record, err);
}

static bool is_success(const struct manifest *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (!manifest_is_well(&m->nodes[i]))
			return false;
	return true;
}

static int read_base(struct work *w, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const struct run_entry *run = &w->base.run;
	int rc;

	if (run->id[0] == '\0' || run->manifest[0] == '\0')
		return 0;
	if ((rc = refs_read(w->runner->refs, run->id, "manifest.json", &text,
	         err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &w->run.base, err)))
		return rc;
	return digest_parse(run->manifest, &w->run.base.id, err);
}

/* What the record says beside what the run itself put there. */
static void complete_record(struct work *w)
{
	struct run_record *record = &w->run.record;
	const struct request *q = w->request;

	memcpy(record->commit, q->commit, sizeof(record->commit));
	memcpy(record->base, w->base.commit, sizeof(record->base));
	memcpy(record->branch, q->branch, sizeof(record->branch));
	snprintf(record->user, sizeof(record->user), "%s", q->user);
	snprintf(record->reason, sizeof(record->reason), "%s", q->reason);
	record->base_manifest = w->run.base.id;
	if (record->started == 0)
		record->started = q->started;
	if (record->ended == 0)
		record->ended = clock_now();
	if (record->host[0] == '\0' &&
	    gethostname(record->host, sizeof(record->host)) < 0)
		record->host[0] = '\0';
	record->host[sizeof(record->host) - 1] = '\0';
}

/* The same commit once more, and no retry: fresh data, compared with the run
 * before. Where that had these sources already (the snapshot was queued while a
 * run had begun with it) and all was well, it is this one. */
static int find_before(struct work *w, struct error *err)
{
	const struct request *q = w->request;
	struct run_entry run;
	struct digest snapshot;
	int rc;

	if (q->is_retry)
		return 0;
	rc =
	    runner_run_before(w->runner->refs, q->branch, &run, &snapshot, err);
	if (rc || strcmp(run.commit, q->commit) != 0)
		return rc;
	if (digest_eq(&snapshot, &w->snapshot.id)) {
		if (strcmp(run.outcome, "success") == 0)
			w->same = run;
		return 0;
	}
	if (strcmp(q->branch, w->runner->context.production) == 0) {
		w->base.run = run;
		memcpy(w->base.commit, run.commit, sizeof(w->base.commit));
	}
	return 0;
}

/* What was thought to need no run may have got new sources meanwhile. */
static int find_need(struct work *w, struct error *err)
{
	bool is_run;
	char tree[41];
	int rc;

	if (!w->runner->is_express)
		return 0;
	if ((rc = refs_tree(w->runner->refs, w->request->commit, tree, err)) ||
	    (rc = runner_is_run(w->runner->refs, tree, &w->snapshot.id, &is_run,
	         err)))
		return rc;
	w->needs_run = !is_run;
	return 0;
}

static int run_all(struct work *w, struct error *err)
{
	int rc;

	if ((rc = runner_base(w->runner->refs, &w->runner->context,
	         w->request->branch, w->request->commit, &w->base, err)) ||
	    (rc = load(w, err)) || (rc = find_need(w, err)) || w->needs_run ||
	    (rc = find_before(w, err)) || w->same.id[0] != '\0')
		return rc;
	if ((rc = read_base(w, err)) || (rc = tell_pending(w, err)) ||
	    (rc = find_retried(w, err)) || (rc = perform(w, err)))
		return rc;
	complete_record(w);
	w->run.has_manifest = true;
	if ((rc = runner_cell(w->runner, &w->base, &w->snapshot, &w->run, err)))
		return rc;
	return runner_report(w->runner, &w->run, &w->run.report, err);
}

/* --- publishing --- */

/* The entry of what there is. */
static int make_entry(struct work *w, const char *outcome, struct error *err)
{
	struct run_entry *e = &w->run.entry;

	*e = (struct run_entry){ 0 };
	memcpy(e->branch, w->request->branch, sizeof(e->branch));
	memcpy(e->commit, w->request->commit, sizeof(e->commit));
	snprintf(e->outcome, sizeof(e->outcome), "%s", outcome);
	if (w->run.has_manifest)
		digest_print(&w->run.manifest.id, e->manifest);
	return refs_tree(w->runner->refs, e->commit, e->tree, err);
}

/* First the database knows the commit, then the ref moves: after a death
 * between, the request finds out whether it is published. The runs of a branch
 * that is gone make way for those of one with its name in front. */
static int publish(struct work *w, const struct run_files *files,
    struct error *err)
{
	struct runner *r = w->runner;
	struct error busy = { 0 };
	int rc = 0, i;

	for (i = 0; i < TRIES_REF; i++) {
		busy = (struct error){ 0 };
		if ((rc = refs_run_prepare(r->refs, &w->run.entry, files,
		         err)) ||
		    (rc = queue_prepare(r->db, w->request->id, w->run.entry.id,
		         err)))
			return rc;
		rc = refs_run_publish(r->refs, &w->run.entry, &busy);
		if (rc != ERROR_BUSY)
			break;
		clock_sleep(WAIT_MS / TRIES_REF);
		if ((rc = runner_reconcile(&r->context, r->refs, r->db, err)))
			return rc;
	}
	return rc ? error_set(err, busy.code, "%s", busy.msg) : 0;
}

static int save(struct work *w, const char *outcome, struct error *err)
{
	CLEANUP(buf_clear) struct buf manifest = { 0 }, record = { 0 };
	struct run_files files;
	int rc = make_entry(w, outcome, err);

	if (rc || (rc = run_record_print(&w->run.record, &record, err)))
		return rc;
	if (w->run.has_manifest &&
	    (rc = manifest_print(&w->run.manifest, &manifest, err)))
		return rc;
	files = (struct run_files){ buf_bytes(&manifest), buf_bytes(&record),
		buf_bytes(&w->run.report) };
	return publish(w, &files, err);
}

static int end(struct runner *r, struct request *q, const char *outcome,
    const char *run, struct error *err)
{
	q->state = REQUEST_DONE;
	q->ended = clock_now();
	snprintf(q->outcome, sizeof(q->outcome), "%s", outcome);
	snprintf(q->run, sizeof(q->run), "%s", run);
	return queue_finish(r->db, q, err);
}

/* Of a branch that is gone nothing is published. */
static bool is_deleted(const struct work *w)
{
	char tip[41];

	return refs_tip(w->runner->refs, w->request->branch, tip, NULL) ==
	    ERROR_NOT_FOUND;
}

static int drop(struct work *w, struct error *err)
{
	struct request *q = w->request;

	q->state = REQUEST_SUPERSEDED;
	q->ended = clock_now();
	q->run[0] = '\0';
	snprintf(q->message, sizeof(q->message), "the branch was deleted");
	return queue_finish(w->runner->db, q, err);
}

/* What follows from a published run. A run of fresh data asks for no other. */
static int finish(struct work *w, const struct run_entry *run,
    struct error *err)
{
	int rc = runner_finish(w->runner, run, err);

	if (rc == 0 && strcmp(w->request->reason, FRESH_DATA) != 0)
		rc = runner_refresh(w->runner, run, err);
	return rc ? rc : end(w->runner, w->request, run->outcome, run->id, err);
}

static int publish_and_end(struct work *w, const char *outcome,
    struct error *err)
{
	int rc;

	if (is_deleted(w))
		return drop(w, err);
	complete_record(w);
	rc = save(w, outcome, err);
	return rc ? rc : finish(w, &w->run.entry, err);
}

/* --- other ends --- */

/* It was told to stop: by the runner's own end it goes back into the queue;
 * else it is cancelled, or a newer tip has superseded it. */
static int stopped(struct work *w, struct error *err)
{
	struct runner *r = w->runner;
	struct request now;
	int rc = queue_get(r->db, w->request->id, &now, err);

	if (rc)
		return rc;
	if (now.stop == STOP_NONE)
		return queue_delay(r->db, now.id, 0, "the runner was stopped",
		    err);
	now.state =
	    now.stop == STOP_CANCEL ? REQUEST_CANCELLED : REQUEST_SUPERSEDED;
	now.ended = clock_now();
	now.run[0] = '\0';
	return queue_finish(r->db, &now, err);
}

/* A commit that is gone (a force push, then git gc), or not here yet, can have
 * no run; its request has an end all the same. */
static bool is_gone(const struct runner *r, const struct request *q)
{
	char tree[41];

	return q->attempts >= TRIES &&
	    refs_tree(r->refs, q->commit, tree, NULL) == ERROR_NOT_FOUND;
}

static bool may_mend(int code)
{
	return code == ERROR_IO || code == ERROR_BUSY ||
	    code == ERROR_NOT_FOUND || code == ERROR_TIMEOUT ||
	    code == ERROR_MEMORY;
}

/* It waits for as long as it takes, and is looked for the less often the longer
 * that is. Which files these are stays in the house. */
static int await_files(struct work *w, const struct error *why,
    struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct request *q = w->request;
	const int64_t now = clock_now();
	int64_t wait = (now - q->queued) / 8;
	char words[sizeof(why->msg) + 16];
	bool is_stopped;
	int rc;

	wait = wait < WAIT_MS ? WAIT_MS : wait;
	wait = wait > WAIT_MOST_MS ? WAIT_MOST_MS : wait;
	snprintf(words, sizeof(words), "it waits: %s", why->msg);
	outbound_words(text, "waits for files that are still being delivered");
	if ((rc = runner_pending(w->runner, q, text,
	         q->is_retry || was_stopped(w), err)) ||
	    (rc = queue_await(w->runner->db, q->id, now + wait, words,
	         &is_stopped, err)))
		return rc;
	if (is_stopped)
		return stopped(w, err);
	q->state = REQUEST_QUEUED;
	return 0;
}

/* Back to where the thread that runs takes it from. */
static int put_back(struct work *w, struct error *err)
{
	bool is_stopped;
	int rc = queue_await(w->runner->db, w->request->id, clock_now(), "",
	    &is_stopped, err);

	if (rc)
		return rc;
	if (is_stopped)
		return stopped(w, err);
	w->request->state = REQUEST_QUEUED;
	tender_wake(w->runner);
	return 0;
}

/* The surroundings failed: again a little later, some times, then it is the
 * result. The words are for inside the house. */
static int troubled(struct work *w, const struct error *why, struct error *err)
{
	const int tries = why->code == ERROR_BUSY ? TRIES_BUSY : TRIES;
	char words[1400];
	int rc;

	error_print(why, words, sizeof(words));
	if (may_mend(why->code) && w->request->attempts < tries)
		return queue_delay(w->runner->db, w->request->id,
		    clock_now() + WAIT_MS, words, err);
	manifest_clear(&w->run.manifest);
	run_record_clear(&w->run.record);
	buf_reset(&w->run.report);
	w->run.has_manifest = false;
	snprintf(w->request->message, sizeof(w->request->message), "%.*s",
	    (int)sizeof(w->request->message) - 1, words);
	text_trim_cut(w->request->message);
	if ((rc = runner_report_trouble(words, &w->run.report, err)))
		return rc;
	return publish_and_end(w, "error", err);
}

/* Whether a run that was prepared before a death is published; or, where the
 * database is older than the refs, one that it does not know. */
static bool find_published(struct runner *r, const struct request *q,
    struct run_entry *out)
{
	bool is_known = true;

	if (q->run[0] != '\0')
		return refs_run_get(r->refs, q->run, out, NULL) == 0 &&
		    refs_run_is_of(r->refs, q->branch, q->run);
	return !q->is_retry &&
	    refs_run_latest(r->refs, q->branch, out, NULL) == 0 &&
	    strcmp(out->commit, q->commit) == 0 &&
	    queue_knows_run(r->db, out->id, &is_known, NULL) == 0 && !is_known;
}

int runner_request(struct runner *r, struct request *q, struct error *err)
{
	CLEANUP(work_clear) struct work w = { .runner = r, .request = q };
	CLEANUP(fd_close) int use = -1;
	struct run_entry before;
	struct error why = { 0 };
	int rc;

	if (find_published(r, q, &before))
		return finish(&w, &before, err);
	if (q->stop != STOP_NONE) /* and was put off, or its runner died */
		return stopped(&w, err);
	if (is_gone(r, q)) {
		snprintf(q->message, sizeof(q->message),
		    "the commit is not in the repository");
		return end(r, q, "error", "", err);
	}
	if ((rc = store_use(r->store, &use, err)))
		return rc;
	atomic_store(&r->cancel, false);
	atomic_store(&r->request, q->id);
	rc = run_all(&w, &why);
	atomic_store(&r->request, 0);
	if (rc == 0 && w.needs_run)
		return put_back(&w, err);
	if (rc == 0 && w.same.id[0] != '\0')
		return finish(&w, &w.same, err);
	if (rc == 0)
		return publish_and_end(&w,
		    is_success(&w.run.manifest) ? "success" : "failure", err);
	if (rc == ERROR_CANCELLED)
		return stopped(&w, err);
	if (w.pipeline != NULL && w.pipeline->n_errors > 0) {
		rc = runner_report_errors(w.pipeline, &w.run.report, err);
		return rc ? rc : publish_and_end(&w, "failure", err);
	}
	if (w.awaits_files)
		return await_files(&w, &why, err);
	return troubled(&w, &why, err);
}
