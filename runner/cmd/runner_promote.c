/* runner_promote: what merging a branch would do, as its commit's status
 * sluice/promote says before anybody merges (runner_result.h). Looked at when
 * nothing else is due: after a run of the branch, and anew when production has
 * moved. The merge is libgit2's, in memory; git's own may see a rename or a
 * conflict otherwise, so it says "as merged here". */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/production.h"
#include "hooks/tips.h"
#include "reports/outbox.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/runner_result.h"
#include "runner/forecast.h"
#include "runner/overrides.h"

/* What was looked at, for one tip of production. */
struct promoter {
	char production[41];
	unsigned long finished; /* runs, when all was looked at */
	bool is_through;
	struct branch_tips done; /* branches, and the run that each had */
};

static atomic_ulong n_finished;

void runner_promote_again(void)
{
	atomic_fetch_add(&n_finished, 1);
}

void runner_promote_clear(struct runner *r)
{
	if (r->promoter == NULL)
		return;
	branch_tips_clear(&r->promoter->done);
	mem_free(r->promoter);
	r->promoter = NULL;
}

/* --- one of them --- */

struct words {
	enum status_state state;
	bool has_moved; /* production, since the branch left it */
	char date[CLOCK_TEXT]; /* of the snapshot that was looked with, or "" */
	struct outbound *text;
};

/* Git's own merge may differ, and tomorrow's inputs are another question. */
static void say_merged(const struct words *w)
{
	outbound_words(w->text, " (as merged here");
	if (w->date[0] != '\0') {
		outbound_words(w->text, ", inputs of ");
		outbound_date(w->text, w->date);
	}
	outbound_words(w->text, ")");
}

static void say_uncomputed(const struct words *w, size_t n,
    const char *production)
{
	outbound_words(w->text, " of the merge ");
	outbound_either(w->text, n == 1, "was", "were");
	outbound_words(w->text, " never computed: ");
	outbound_either(w->text, w->has_moved, "base moved, ", "");
	outbound_words(w->text, "merge ");
	outbound_name(w->text, production);
	outbound_words(w->text, " into it first");
}

static void say_forecast(const struct forecast *f, const char *production,
    struct words *out)
{
	const size_t n = f->is_new + f->below;
	struct outbound *text = out->text;

	out->state = STATUS_FAILURE;
	if (f->failed > 0) {
		outbound_count_of(text, f->failed, "node");
		outbound_words(text, " of the merge ");
		outbound_either(text, f->failed == 1, "fails", "fail");
	} else if (n > 0) {
		outbound_count_of(text, n, "node");
		say_uncomputed(out, n, production);
	} else if (f->tests_failed > 0) {
		outbound_count_of(text, f->tests_failed, "test");
		outbound_words(text, " of the merge ");
		outbound_either(text, f->tests_failed == 1, "does", "do");
		outbound_words(text, " not hold");
	} else if (f->tests_new > 0) {
		outbound_count_of(text, f->tests_new, "test");
		say_uncomputed(out, f->tests_new, production);
	} else {
		out->state = STATUS_SUCCESS;
		outbound_words(text, "merge runs 0 nodes");
	}
	say_merged(out);
}

/* Production's newest run that has tables (n 0: none): what comes out of code
 * that cannot be prepared is known of it alone. */
static int read_last(struct runner *r, struct manifest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest snapshot;
	struct run_entry run;
	int rc = runner_run_before(r->refs, r->context.production, &run,
	    &snapshot, err);

	if (rc || run.id[0] == '\0')
		return rc;
	rc = refs_read(r->refs, run.id, "manifest.json", &text, err);
	return rc ? rc : manifest_parse(buf_bytes(&text), out, err);
}

static int forecast(struct runner *r, struct pipeline *p,
    const struct snapshot *snapshot, struct forecast *out, struct error *err)
{
	CLEANUP(manifest_clear) struct manifest last = { 0 };
	CLEANUP(fd_close) int use = -1;
	struct run_request request = runner_run_request(r, p, snapshot);
	int rc = store_use(r->store, &use, err);

	atomic_store(&r->cancel, runner_is_stopping());
	if (rc || (rc = read_last(r, &last, err)))
		return rc;
	request.inputs.previous = &last;
	rc = overrides_check(p, &request, err);
	return rc ? rc : forecast_make(&request, out, err);
}

static int look_at_source(struct runner *r, struct source *src,
    struct words *out, struct error *err)
{
	CLEANUP(pipeline_freep) struct pipeline *p = NULL;
	CLEANUP(snapshot_clear) struct snapshot snapshot = { 0 };
	struct error why = { 0 };
	struct forecast f;
	int rc = runner_load_reviewed(r, src, &p, &snapshot, &why);

	if (rc == 0)
		rc = forecast(r, p, &snapshot, &f, &why);
	if (rc && p != NULL && p->n_errors > 0) {
		out->state = STATUS_FAILURE;
		outbound_words(out->text, "the text of the merge has ");
		outbound_count_of(out->text, p->n_errors, "error");
		say_merged(out);
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	if (snapshot.n > 0)
		snprintf(out->date, sizeof(out->date), "%s", snapshot.date);
	say_forecast(&f, r->context.production, out);
	return 0;
}

static int look_at_merge(struct runner *r, const char *production,
    const char *commit, struct words *out, struct error *err)
{
	CLEANUP(source_closep) struct source *src = NULL;
	size_t conflicts;
	int rc = source_open_merge(r->context.git_dir, production, commit,
	    &conflicts, &src, err);

	if (rc)
		return rc;
	if (conflicts == 0)
		return look_at_source(r, src, out, err);
	out->state = STATUS_FAILURE;
	outbound_words(out->text, "conflicts with ");
	outbound_name(out->text, r->context.production);
	outbound_words(out->text, " in ");
	outbound_count_of(out->text, conflicts, "file");
	say_merged(out);
	return 0;
}

static int look(struct runner *r, const char *production, const char *commit,
    struct words *out, struct error *err)
{
	struct error why = { 0 };
	char base[41];
	int rc;

	if (production[0] == '\0') {
		out->state = STATUS_SUCCESS;
		outbound_words(out->text,
		    "not applicable: there is no branch ");
		outbound_name(out->text, r->context.production);
		return 0;
	}
	rc = refs_merge_base(r->refs, commit, production, base, &why);
	if (rc == ERROR_NOT_FOUND) {
		out->state = STATUS_FAILURE;
		outbound_words(out->text, "no commit in common with ");
		outbound_name(out->text, r->context.production);
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	out->has_moved = strcmp(base, production) != 0;
	if (strcmp(base, commit) != 0)
		return look_at_merge(r, production, commit, out, err);
	out->state = STATUS_SUCCESS;
	outbound_name(out->text, r->context.production);
	outbound_words(out->text, " has it already");
	return 0;
}

/* --- production's own tip --- */

/* Whether a rollback speaks for the commit: of what is served again and of
 * what it led away from runner_tell_rollback() tells. */
static int is_rolled_back(struct runner *r, const struct production *now,
    const char *commit, bool *out, struct error *err)
{
	struct production before;
	struct run_entry run;
	int rc;

	*out = false;
	if (!now->is_rollback)
		return 0;
	if ((rc = refs_run_get(r->refs, now->run, &run, err)))
		return rc;
	*out = strcmp(run.commit, commit) == 0;
	if (*out || (rc = production_get(r->refs, now->before, &before, err)) ||
	    (rc = refs_run_get(r->refs, before.run, &run, err)))
		return rc;
	*out = strcmp(run.commit, commit) == 0;
	return 0;
}

/* What became of a run of the tip. text is empty where a rollback speaks.
 */
static int look_at_served(struct runner *r, const struct run_entry *run,
    struct words *out, struct error *err)
{
	struct error why = { 0 };
	struct production now = { 0 };
	bool is_back;
	int rc = production_now(r->refs, &now, &why);

	if (rc && rc != ERROR_NOT_FOUND)
		return error_set(err, why.code, "%s", why.msg);
	if (rc == 0 &&
	    ((rc = is_rolled_back(r, &now, run->commit, &is_back, err)) ||
	        is_back))
		return rc;
	if (strcmp(now.run, run->id) != 0) {
		out->state = STATUS_FAILURE;
		outbound_words(out->text,
		    "not served: production keeps the tables it had");
		return 0;
	}
	out->state = strcmp(run->outcome, "success") == 0 ? STATUS_SUCCESS
	                                                  : STATUS_FAILURE;
	outbound_either(out->text, out->state == STATUS_SUCCESS,
	    "served: production has these tables",
	    "served in part: what failed keeps the tables it had");
	return 0;
}

/* --- all of them --- */

/* The newest run of a branch, where it is of its tip. */
static bool find_run(struct runner *r, const struct branch_tip *tip,
    struct run_entry *out)
{
	return refs_run_latest(r->refs, tip->branch, out, NULL) == 0 &&
	    strcmp(out->commit, tip->commit) == 0;
}

/* Whether the forge was told an end in a context of a tip. */
static int is_told(struct runner *r, struct outbox *ob,
    const struct branch_tip *tip, const char *context, bool *out,
    struct error *err)
{
	struct status shown = { 0 };
	struct error why = { 0 };
	int rc;

	snprintf(shown.context, sizeof(shown.context), "%s", context);
	memcpy(shown.commit, tip->commit, sizeof(shown.commit));
	if (r->forge->has_ref)
		snprintf(shown.ref, sizeof(shown.ref), "%s", tip->branch);
	rc = outbox_find(ob, &shown, &shown, &why);
	*out = rc == 0 && status_is_final(shown.state);
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, why.code, "%s", why.msg);
}

/* Where a commit has one status for all branches, production's own speaks. */
static bool is_shared(const struct runner *r, const struct branch_tip *tip)
{
	return !r->forge->has_ref &&
	    strcmp(tip->commit, r->promoter->production) == 0;
}

static int tell(struct runner *r, const struct branch_tip *tip,
    const struct run_entry *run, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	const bool is_own = strcmp(tip->branch, r->context.production) == 0;
	struct status s = { .context = STATUS_PROMOTE };
	struct words words = { .text = text };
	int rc;

	if (!is_own && is_shared(r, tip))
		return 0;
	rc = is_own
	    ? look_at_served(r, run, &words, err)
	    : look(r, r->promoter->production, tip->commit, &words, err);
	if (rc || (rc = outbound_check(text, err)) ||
	    outbound_bytes(text).n == 0)
		return rc;
	s.state = words.state;
	memcpy(s.commit, tip->commit, sizeof(s.commit));
	snprintf(s.ref, sizeof(s.ref), "%s", tip->branch);
	rc = status_describe(&s, text, err);
	return rc ? rc : runner_show(r, &s, err);
}

/* What cannot be looked at now has an end all the same, unless it had one: in
 * the way of a merge, since nobody knows. Why stays in the house. */
static int tell_unknown(struct runner *r, struct outbox *ob,
    const struct branch_tip *tip, const struct error *why, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct status s = { .context = STATUS_PROMOTE, .state = STATUS_ERROR };
	bool told;
	int rc = is_told(r, ob, tip, STATUS_PROMOTE, &told, err);

	fprintf(stderr, "sluice: what merging %.12s does: %s\n", tip->commit,
	    why->msg);
	if (rc || told)
		return rc;
	memcpy(s.commit, tip->commit, sizeof(s.commit));
	snprintf(s.ref, sizeof(s.ref), "%s", tip->branch);
	outbound_words(text, "not known: the server could not look");
	rc = status_describe(&s, text, err);
	return rc ? rc : runner_show(r, &s, err);
}

static bool is_due(struct runner *r)
{
	int64_t due;

	return runner_is_stopping() ||
	    (queue_next_due(r->db, &due, NULL) == 0 && due <= clock_now());
}

/* What goes wrong with one (a file that is still being delivered, a disk that
 * is full) holds up no other; it is met again with the next news. */
static int see(struct runner *r, struct outbox *ob,
    const struct branch_tip *tip, struct branch_tips *next, struct error *err)
{
	struct promoter *p = r->promoter;
	const struct branch_tip *known =
	    branch_tips_find(&p->done, tip->branch);
	struct error why = { 0 };
	struct run_entry run;
	bool told;
	int rc;

	if (!find_run(r, tip, &run))
		return 0;
	/* a request that waited may have made it pending anew */
	if (known != NULL && strcmp(known->commit, run.id) == 0 &&
	    ((rc = is_told(r, ob, tip, STATUS_PROMOTE, &told, err)) || told))
		return rc ? rc
		          : branch_tips_add(next, tip->branch, run.id, err);
	if (is_due(r)) {
		p->is_through = false;
		return 0;
	}
	/* of what the forge knows nothing (runs from before it was set up) it
	 * is told nothing more */
	if ((rc = is_told(r, ob, tip, STATUS_CONTEXT, &told, err)) || !told)
		return rc;
	rc = tell(r, tip, &run, &why);
	if (rc == ERROR_CANCELLED)
		return 0;
	if (rc)
		return tell_unknown(r, ob, tip, &why, err);
	return branch_tips_add(next, tip->branch, run.id, err);
}

static int see_all(struct runner *r, struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips tips = { 0 };
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	struct branch_tips next = { 0 };
	struct promoter *p = r->promoter;
	size_t i;
	int rc;

	p->is_through = true;
	if (!file_exists(r->outbox)) /* nothing was told yet */
		return 0;
	if ((rc = outbox_open(r->outbox, &ob, err)) == 0)
		rc = refs_tips(r->refs, &tips, err);
	for (i = 0; i < tips.n && rc == 0; i++)
		rc = see(r, ob, &tips.items[i], &next, err);
	branch_tips_clear(&p->done);
	p->done = next;
	p->is_through &= rc == 0;
	return rc || !p->is_through ? rc : runner_close_promote(r, &tips, err);
}

/* Whether production's branch has the commit: a merge of it changes nothing. */
static bool is_merged(struct runner *r, const char *commit)
{
	char production[41] = "", base[41];

	return refs_tip(r->refs, r->context.production, production, NULL) ==
	    0 &&
	    refs_merge_base(r->refs, commit, production, base, NULL) == 0 &&
	    strcmp(base, commit) == 0;
}

static int tell_moved(struct runner *r, struct outbox *ob,
    const struct branch_tip *tip, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct status s = { .context = STATUS_PROMOTE }, shown = { 0 };
	int rc;

	memcpy(s.commit, tip->commit, sizeof(s.commit));
	if (r->forge->has_ref)
		snprintf(s.ref, sizeof(s.ref), "%s", tip->branch);
	if (outbox_find(ob, &s, &shown, NULL) ||
	    !status_is_final(shown.state) || is_merged(r, tip->commit))
		return 0;
	s.state = STATUS_PENDING;
	snprintf(s.ref, sizeof(s.ref), "%s", tip->branch);
	outbound_words(text, "base moved: ");
	outbound_name(text, r->context.production);
	outbound_words(text,
	    " runs, what merging does is looked at again then");
	rc = status_describe(&s, text, err);
	return rc ? rc : runner_show(r, &s, err);
}

int runner_promote_moved(struct runner *r, struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips tips = { 0 };
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	size_t i;
	int rc;

	if (r->forge_url == NULL || !file_exists(r->outbox))
		return 0;
	if ((rc = outbox_open(r->outbox, &ob, err)) == 0)
		rc = refs_tips(r->refs, &tips, err);
	for (i = 0; i < tips.n && rc == 0; i++)
		if (strcmp(tips.items[i].branch, r->context.production) != 0)
			rc = tell_moved(r, ob, &tips.items[i], err);
	return rc;
}

int runner_promote(struct runner *r, struct error *err)
{
	const unsigned long finished = atomic_load(&n_finished);
	struct promoter *p;
	char production[41] = "";

	if (r->forge_url == NULL)
		return 0;
	(void)refs_tip(r->refs, r->context.production, production, NULL);
	if (r->promoter == NULL)
		r->promoter = mem_alloc(sizeof(*r->promoter));
	if ((p = r->promoter) == NULL)
		return error_memory(err);
	if (strcmp(p->production, production) != 0)
		branch_tips_clear(&p->done);
	else if (p->is_through && p->finished == finished)
		return 0;
	memcpy(p->production, production, sizeof(p->production));
	p->finished = finished;
	return see_all(r, err);
}
