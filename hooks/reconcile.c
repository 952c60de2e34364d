/* reconcile: see reconcile.h. */
#include "hooks/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/ask.h"
#include "hooks/reflog.h"
#include "hooks/tips.h"
#include "hooks/updates.h"
#include "runner/queue.h"

/* How long a pass keeps others from writing, and how long it then lets them: a
 * push may bring 100,000 branches, and who waits for long gives up. */
enum {
	HOLD_MS = 1000,
	PAUSE_MS = 150 /* longer than SQLite sleeps between two tries */
};

/* A branch as the database has it. */
struct processed {
	const char *branch;
	char commit[41], run[41];
	int64_t log; /* how much was seen of its log; -1: nothing yet */
};

/* A pass: the tips as they are now, and who pushed them; the tips that are
 * processed; the latest runs. All in order of branches. */
struct pass {
	const struct reconcile *what;
	struct branch_tips tips, runs;
	struct processed *processed;
	size_t n_processed, cap;
	const char **users; /* one a tip, in the arena, or NULL */
	struct arena arena;
	struct file_names taken; /* of the spool */
	struct asked *asked; /* in the arena, in the order of the spool */
	size_t n_asked, asked_cap;
	size_t n_put;
};

/* A request of the spool, and who pushed it. */
struct asked {
	struct update update;
	const char *user;
	size_t file; /* of those taken */
};

static void pass_clear(struct pass *p)
{
	branch_tips_clear(&p->tips);
	branch_tips_clear(&p->runs);
	mem_free(p->processed);
	mem_free((void *)p->users);
	file_names_clear(&p->taken);
	arena_clear(&p->arena);
}

static int compare_branch(const void *key, const void *processed)
{
	return strcmp(key, ((const struct processed *)processed)->branch);
}

static const struct processed *find_processed(const struct pass *p,
    const char *branch)
{
	if (p->n_processed == 0)
		return NULL;
	return bsearch(branch, p->processed, p->n_processed,
	    sizeof(*p->processed), compare_branch);
}

static int see_processed(const struct queue_tip *tip, void *payload)
{
	struct pass *p = payload;
	struct processed *more =
	    mem_grow(p->processed, p->n_processed, &p->cap, sizeof(*more));

	if (more == NULL)
		return ERROR_MEMORY;
	p->processed = more;
	more += p->n_processed;
	*more = (struct processed){ .log = tip->log };
	more->branch = arena_strdup(&p->arena, tip->branch);
	if (more->branch == NULL)
		return ERROR_MEMORY;
	snprintf(more->commit, sizeof(more->commit), "%s", tip->commit);
	snprintf(more->run, sizeof(more->run), "%s", tip->run);
	p->n_processed++;
	return 0;
}

/* The database first: a run that it has is among the refs that are read
 * behind. */
static int read_processed(struct pass *p, struct error *err)
{
	int rc = queue_each_tip(p->what->db, see_processed, p, err);

	if (rc == ERROR_MEMORY)
		return error_memory(err);
	return rc ? rc : refs_runs(p->what->refs, &p->runs, err);
}

/* --- many things in few transactions --- */

static int see_some(struct pass *p, size_t *next, size_t n,
    int (*fn)(struct pass *p, size_t i, const void *of, struct error *err),
    const void *of, struct error *err)
{
	int rc = queue_begin(p->what->db, err);
	const int64_t until = clock_mono() + HOLD_MS;

	if (rc)
		return rc;
	while (rc == 0 && *next < n && clock_mono() < until)
		rc = fn(p, (*next)++, of, err);
	return queue_end(p->what->db, rc, err);
}

/* Calls fn for 0 to n - 1, in as many transactions as it takes: a death between
 * two leads here again, and each is seen as it is by then. */
static int see_all(struct pass *p, size_t n,
    int (*fn)(struct pass *p, size_t i, const void *of, struct error *err),
    const void *of, struct error *err)
{
	size_t next = 0;
	int rc = see_some(p, &next, n, fn, of, err);

	while (rc == 0 && next < n) {
		clock_sleep(PAUSE_MS);
		rc = see_some(p, &next, n, fn, of, err);
	}
	return rc;
}

/* --- the spool --- */

static int keep_ask(struct pass *p, const struct updates *u,
    const struct update *item, struct error *err)
{
	struct asked *more = arena_grow(&p->arena, p->asked, p->n_asked,
	    &p->asked_cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	p->asked = more;
	more += p->n_asked;
	*more = (struct asked){ .update = *item,
		.user = arena_strdup(&p->arena, u->user),
		.file = p->taken.n };
	more->update.ref = arena_strdup(&p->arena, item->ref);
	if (more->user == NULL || more->update.ref == NULL)
		return error_memory(err);
	p->n_asked++;
	return 0;
}

/* One line of a push: the tip's (who pushed it is noted), or one that was
 * overtaken. */
static int see_update(struct pass *p, size_t i, const void *of,
    struct error *err)
{
	const struct updates *u = of;
	const struct update *item = &u->items[i];
	const char *branch = update_branch(item->ref);
	const struct branch_tip *tip;
	struct request_new overtaken = {
		.commit = item->to,
		.user = u->user,
		.now = p->what->now,
	};
	char now[41];

	if (update_is_null(item->to))
		return 0;
	if (update_is_ask(item->ref))
		return keep_ask(p, u, item, err);
	if (branch == NULL)
		return 0;
	tip = branch_tips_find(&p->tips, branch);
	if (tip != NULL && strcmp(tip->commit, item->to) == 0) {
		p->users[tip - p->tips.items] =
		    arena_strdup(&p->arena, u->user);
		return 0;
	}
	/* a list that is read while refs move may lack one: the next has it */
	if (tip == NULL && refs_tip(p->what->refs, branch, now, NULL) == 0)
		return 0;
	overtaken.branch = branch;
	return queue_put_overtaken(p->what->db, &overtaken,
	    tip ? tip->commit : NULL, err);
}

/* The tips are read once the spool was listed, never before: the hook runs
 * behind the ref's move, so a push that was listed is not newer than they. */
static int read_tips(struct pass *p, struct error *err)
{
	int rc;

	if (p->users != NULL)
		return 0;
	rc = refs_tips(p->what->refs, &p->tips, err);
	if (rc)
		return rc;
	p->users = mem_array(p->tips.n + 1, sizeof(*p->users));
	return p->users ? 0 : error_memory(err);
}

static int see_push(const struct updates *u, void *payload, struct error *err)
{
	struct pass *p = payload;
	int rc = read_tips(p, err);

	return rc ? rc : see_all(p, u->n, see_update, u, err);
}

/* --- the tips --- */

static int put(struct pass *p, const struct branch_tip *tip, bool is_again,
    struct error *err)
{
	const bool production = strcmp(tip->branch, p->what->production) == 0;
	const char *user = p->users[tip - p->tips.items];
	const struct request_new new = {
		.branch = tip->branch,
		.commit = tip->commit,
		.user = user,
		.is_first = production,
		.is_found = user == NULL,
		.keep_running = production,
		.is_again = is_again,
		.now = p->what->now,
	};
	long long id = 0;
	int rc = queue_put(p->what->db, &new, &id, err);

	if (rc == 0 && id != 0)
		p->n_put++;
	return rc;
}

/* The database says that the tip was run, and the refs have no such run: they
 * went back to where they were before (a backup). */
static bool is_lost(const struct pass *p, const struct processed *before)
{
	const struct branch_tip *latest =
	    branch_tips_find(&p->runs, before->branch);

	if (before->run[0] == '\0' ||
	    (latest != NULL && strcmp(latest->commit, before->run) == 0))
		return false;
	return !refs_run_is_of(p->what->refs, before->branch, before->run);
}

/* The other way round: the branch ends with a run of the tip that the database
 * does not know, because it is the older one of the two. */
static int restore(const struct pass *p, const struct branch_tip *tip,
    bool *is_done, struct error *err)
{
	struct run_entry run;
	struct request done = { 0 };

	*is_done = false;
	if (branch_tips_find(&p->runs, tip->branch) == NULL ||
	    refs_run_latest(p->what->refs, tip->branch, &run, NULL) != 0 ||
	    strcmp(run.commit, tip->commit) != 0)
		return 0;
	done.started = done.ended = run.time;
	memcpy(done.branch, run.branch, sizeof(done.branch));
	memcpy(done.commit, run.commit, sizeof(done.commit));
	memcpy(done.run, run.id, sizeof(done.run));
	memcpy(done.outcome, run.outcome, sizeof(done.outcome));
	return queue_restore(p->what->db, &done, true, is_done, err);
}

/* --- where a branch was in between --- */

struct between {
	const struct pass *pass;
	const struct branch_tip *tip;
};

static int see_between(const char *commit, void *payload, struct error *err)
{
	const struct between *b = payload;
	const struct request_new overtaken = {
		.branch = b->tip->branch,
		.commit = commit,
		.now = b->pass->what->now,
	};

	return queue_put_overtaken(b->pass->what->db, &overtaken,
	    b->tip->commit, err);
}

/* Of a branch that is new all of its log is ours, but where we take over a
 * repository that had a life before. */
static int see_log(const struct pass *p, const struct branch_tip *tip,
    const struct processed *before, struct error *err)
{
	const struct reconcile *what = p->what;
	struct between between = { .pass = p, .tip = tip };
	struct reflog_from from = { .commit = before ? before->commit : "",
		.tip = tip->commit };
	int64_t size = reflog_size(what->refs, tip->branch);
	int rc = 0;

	if (before ? before->log == size : size == 0)
		return 0;
	if (before ? before->log >= 0 : !what->is_adopting) {
		from.size = before ? before->log : 0;
		rc = reflog_each(what->refs, tip->branch, &from, see_between,
		    &between, &size, err);
	}
	if (rc || (before != NULL && before->log == size))
		return rc;
	return queue_set_log(what->db, tip->branch, size, err);
}

static bool is_at(const struct branch_tip *tip, const struct processed *before)
{
	return before != NULL && strcmp(before->commit, tip->commit) == 0;
}

static int see_commit(struct pass *p, struct branch_tip *tip,
    const struct processed *before, struct error *err)
{
	bool is_done;
	int rc;

	/* one that was written by hand may be at a tag */
	if (!is_at(tip, before))
		(void)refs_tip(p->what->refs, tip->branch, tip->commit, NULL);
	if (is_at(tip, before))
		return is_lost(p, before) ? put(p, tip, true, err) : 0;
	rc = restore(p, tip, &is_done, err);
	return rc || is_done ? rc : put(p, tip, false, err);
}

static int see_tip(struct pass *p, struct branch_tip *tip, struct error *err)
{
	const struct processed *before = find_processed(p, tip->branch);
	int rc = see_commit(p, tip, before, err);

	return rc ? rc : see_log(p, tip, before, err);
}

/* Production, where it is, then the others in order. */
static int see_nth_tip(struct pass *p, size_t i, const void *production,
    struct error *err)
{
	const size_t first = *(const size_t *)production;
	const size_t at = i > 0 ? i - 1 : first;

	if (at == p->tips.n || (i > 0 && at == first))
		return 0;
	return see_tip(p, &p->tips.items[at], err);
}

static int see_tips(struct pass *p, struct error *err)
{
	const struct branch_tip *first =
	    branch_tips_find(&p->tips, p->what->production);
	const size_t at = first ? (size_t)(first - p->tips.items) : p->tips.n;

	return see_all(p, p->tips.n + 1, see_nth_tip, &at, err);
}

/* --- what is gone --- */

/* Looked up once more by its name: a list that is read while somebody packs
 * refs may lack one. */
static bool is_gone(const struct pass *p, const char *branch)
{
	char commit[41];

	return branch_tips_find(&p->tips, branch) == NULL &&
	    refs_tip(p->what->refs, branch, commit, NULL) == ERROR_NOT_FOUND;
}

/* The runs first: while the tip is remembered, a death leads here again. */
static int forget_deleted(struct pass *p, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < p->runs.n && rc == 0; i++)
		if (is_gone(p, p->runs.items[i].branch))
			rc =
			    refs_archive(p->what->refs, &p->runs.items[i], err);
	for (i = 0; i < p->n_processed && rc == 0; i++)
		if (is_gone(p, p->processed[i].branch))
			rc = queue_forget(p->what->db, p->processed[i].branch,
			    p->what->now, err);
	return rc;
}

/* --- what people ask for --- */

static int see_lying(const struct update *ask, void *payload, struct error *err)
{
	const struct pass *p = payload;

	int rc = p->what->see_ask(ask, NULL, p->what->payload, err);

	return rc < 0 ? rc : 0;
}

static int see_asked(struct pass *p, struct error *err)
{
	const struct reconcile *what = p->what;
	size_t i;
	int rc = 0;

	if (what->see_ask == NULL)
		return 0;
	for (i = 0; i < p->n_asked && rc >= 0; i++) {
		const struct asked *a = &p->asked[i];

		rc = what->see_ask(&a->update, a->user, what->payload, err);
		if (rc > 0) { /* its file stays, to tell who once more */
			mem_free(p->taken.names[a->file]);
			p->taken.names[a->file] = NULL;
		}
	}
	return rc < 0 ? rc : ask_each(what->refs, see_lying, p, err);
}

int reconcile(const struct reconcile *what, size_t *n_put, struct error *err)
{
	CLEANUP(pass_clear) struct pass p = { .what = what };
	int rc = spool_each(what->spool, see_push, &p, &p.taken, err);

	if (rc || (rc = read_tips(&p, err)) || (rc = read_processed(&p, err)) ||
	    (rc = forget_deleted(&p, err)))
		return rc;
	rc = see_tips(&p, err);
	if (rc == 0)
		rc = see_asked(&p, err);
	/* last: a death before leads here again, and knows who pushed */
	if (rc == 0)
		rc = spool_remove(what->spool, &p.taken, err);
	if (n_put != NULL)
		*n_put = p.n_put;
	return rc;
}
