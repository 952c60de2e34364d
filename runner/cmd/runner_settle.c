/* runner_settle: an end on the forge for each request that ended without a run
 * (runner_result.h). A tip may be overtaken or cancelled before it began, as
 * it waited once more, or as it ran; and a runner may die meanwhile. */
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/outbox.h"
#include "runner/cmd/runner_result.h"

/* The newest request of a commit (and branch, where a forge has a status of
 * each); id 0: none is known. *is_active: one of them waits or runs. */
static int find_newest(struct rundb *db, const char *branch, const char *commit,
    struct request *out, bool *is_active, struct error *err)
{
	const struct queue_filter newest = { .branch = branch,
		.commit = commit,
		.limit = 1 };
	const struct queue_filter active = { .branch = branch,
		.commit = commit,
		.active = true,
		.limit = 1 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	CLEANUP(request_list_clear) struct request_list now = { 0 };
	int rc;

	*out = (struct request){ 0 };
	*is_active = false;
	if ((rc = queue_list(db, &newest, &list, err)) || list.n == 0 ||
	    (rc = queue_list(db, &active, &now, err)))
		return rc;
	*out = list.items[0];
	*is_active = now.n > 0;
	return 0;
}

/* How a request ended that has no run. Who cancelled it, and what else its
 * message says, stays in the house. */
static void say_end(const struct request *q, struct outbound *out)
{
	static const char by[] = "superseded by ";

	if (q->state == REQUEST_CANCELLED) {
		outbound_words(out, "cancelled");
	} else if (q->state == REQUEST_DONE) {
		outbound_words(out, "the commit is not in the repository");
	} else if (strncmp(q->message, by, strlen(by)) == 0) {
		outbound_words(out, "superseded by ");
		outbound_commit(out, q->message + strlen(by));
	} else {
		outbound_words(out, "the branch was deleted");
	}
}

static int tell(struct runner *r, const struct request *q, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	const struct untold of = { .branch = q->branch,
		.commit = q->commit,
		.state = q->state == REQUEST_DONE ? STATUS_ERROR
		                                  : STATUS_CANCELLED };
	int rc;

	say_end(q, words);
	rc = runner_tell(r, &of, words, err);
	return rc ? rc : runner_comment_ended(r, q->branch, q->commit, err);
}

/* Whether the forge was told an end of the commit, and no new beginning. */
static int has_end(struct runner *r, const struct request *q, bool *out,
    struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	struct status shown = { .context = STATUS_CONTEXT };
	struct error none = { 0 };
	int rc = outbox_open(r->outbox, &ob, err);

	*out = false;
	if (rc)
		return rc;
	memcpy(shown.commit, q->commit, sizeof(shown.commit));
	if (r->forge->has_ref)
		memcpy(shown.ref, q->branch, sizeof(shown.ref));
	rc = outbox_find(ob, &shown, &shown, &none);
	*out = rc == 0 && status_is_final(shown.state);
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, none.code, "%s", none.msg);
}

/* Another branch, or a later push, may have brought the same commit to a
 * result, or is about to: then that is what the forge shows. */
static int settle(struct runner *r, struct rundb *db, const struct request *q,
    struct error *err)
{
	struct request newest;
	bool is_active, is_ended;
	int rc = find_newest(db, r->forge->has_ref ? q->branch : NULL,
	    q->commit, &newest, &is_active, err);

	if (rc || is_active || (rc = has_end(r, q, &is_ended, err)) || is_ended)
		return rc;
	return tell(r, q, err);
}

int runner_settle(struct runner *r, struct rundb *db, struct error *err)
{
	struct error none = { 0 };
	struct request q;
	int rc;

	while ((rc = queue_untold(db, &q, &none)) == 0) {
		if (r->forge_url != NULL && (rc = settle(r, db, &q, err)))
			return rc;
		if ((rc = queue_told(db, q.id, err)))
			return rc;
	}
	return rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, none.code, "%s", none.msg);
}

/* --- what the database has forgotten --- */

struct open_statuses {
	struct status *items;
	size_t n, cap;
};

static void open_clear(struct open_statuses *o)
{
	mem_free(o->items);
}

static int keep(const struct outbox_entry *entry, void *payload)
{
	struct open_statuses *o = payload;
	struct status *more = mem_grow(o->items, o->n, &o->cap, sizeof(*more));

	if (more == NULL)
		return ERROR_MEMORY;
	o->items = more;
	more[o->n++] = entry->item.status;
	return 0;
}

static int read_open(struct runner *r, struct open_statuses *out,
    struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	int rc = outbox_open(r->outbox, &ob, err);

	if (rc == 0)
		rc = outbox_each_open(ob, keep, out, err);
	return rc == ERROR_MEMORY ? error_memory(err) : rc;
}

static bool is_promote(const struct status *s)
{
	return strcmp(s->context, STATUS_PROMOTE) == 0;
}

/* Of a commit that no request is known of. */
static int tell_forgotten(struct runner *r, const struct status *s,
    struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	const struct untold of = { .branch = s->ref,
		.commit = s->commit,
		.state = STATUS_ERROR };

	outbound_words(words, "not run: no branch is at this commit any more");
	return runner_tell(r, &of, words, err);
}

static int close_one(struct runner *r, const struct status *s,
    struct error *err)
{
	struct run_entry run;
	struct request q;
	bool is_active;
	int rc = find_newest(r->db, s->ref[0] != '\0' ? s->ref : NULL,
	    s->commit, &q, &is_active, err);

	if (rc || is_active)
		return rc;
	if (q.id == 0)
		return tell_forgotten(r, s, err);
	if (q.state != REQUEST_DONE || q.run[0] == '\0')
		return tell(r, &q, err);
	/* a run's others follow from it, this one from where its tip is */
	if (!is_promote(s) && refs_run_get(r->refs, q.run, &run, NULL) == 0)
		return runner_finish(r, &run, err);
	return 0;
}

static bool is_tip(const struct branch_tips *tips, const struct status *s)
{
	size_t i;

	for (i = 0; i < tips->n; i++)
		if (strcmp(tips->items[i].commit, s->commit) == 0 &&
		    (s->ref[0] == '\0' ||
		        strcmp(tips->items[i].branch, s->ref) == 0))
			return true;
	return false;
}

/* Of a commit that is a tip no more nobody asks what merging it would do. */
static int close_left(struct runner *r, struct status *s, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	struct request q;
	bool is_active;
	int rc = find_newest(r->db, s->ref[0] != '\0' ? s->ref : NULL,
	    s->commit, &q, &is_active, err);

	if (rc || is_active)
		return rc;
	s->state = STATUS_CANCELLED;
	outbound_words(words, "overtaken: no branch ends with this commit");
	rc = status_describe(s, words, err);
	return rc ? rc : runner_show(r, s, err);
}

int runner_close_promote(struct runner *r, const struct branch_tips *tips,
    struct error *err)
{
	CLEANUP(open_clear) struct open_statuses open = { 0 };
	size_t i;
	int rc = read_open(r, &open, err);

	for (i = 0; i < open.n && rc == 0; i++)
		if (is_promote(&open.items[i]) && !is_tip(tips, &open.items[i]))
			rc = close_left(r, &open.items[i], err);
	return rc;
}

int runner_close_open(struct runner *r, struct error *err)
{
	CLEANUP(open_clear) struct open_statuses open = { 0 };
	size_t i;
	int rc = 0;

	if (r->forge_url != NULL && file_exists(r->outbox))
		rc = read_open(r, &open, err);
	for (i = 0; i < open.n && rc == 0; i++)
		rc = close_one(r, &open.items[i], err);
	return rc;
}
