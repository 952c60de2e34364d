/* reconcile: see reconcile.h. */
#include "hooks/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "hooks/ask.h"
#include "hooks/updates.h"
#include "runner/queue.h"

/* A pass: the tips as they are now, and who pushed them. */
struct pass {
	const struct reconcile *what;
	struct branch_tips tips;
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
	mem_free((void *)p->users);
	file_names_clear(&p->taken);
	arena_clear(&p->arena);
}

static int compare_branch(const void *key, const void *tip)
{
	return strcmp(key, ((const struct branch_tip *)tip)->branch);
}

static const struct branch_tip *find_tip(const struct pass *p,
    const char *branch)
{
	if (p->tips.n == 0)
		return NULL;
	return bsearch(branch, p->tips.items, p->tips.n, sizeof(*p->tips.items),
	    compare_branch);
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
static int see_update(struct pass *p, const struct updates *u,
    const struct update *item, struct error *err)
{
	const char *branch = update_branch(item->ref);
	const struct branch_tip *tip;
	struct request_new overtaken = {
		.commit = item->to,
		.user = u->user,
		.now = p->what->now,
	};

	if (update_is_null(item->to))
		return 0;
	if (update_is_ask(item->ref))
		return keep_ask(p, u, item, err);
	if (branch == NULL)
		return 0;
	tip = find_tip(p, branch);
	if (tip != NULL && strcmp(tip->commit, item->to) == 0) {
		p->users[tip - p->tips.items] =
		    arena_strdup(&p->arena, u->user);
		return 0;
	}
	overtaken.branch = branch;
	return queue_put_overtaken(p->what->db, &overtaken, err);
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
	size_t i;
	int rc = read_tips(p, err);

	for (i = 0; i < u->n && rc == 0; i++)
		rc = see_update(p, u, &u->items[i], err);
	return rc;
}

/* --- the tips --- */

static int put(struct pass *p, const struct branch_tip *tip, const char *user,
    struct error *err)
{
	const bool production = strcmp(tip->branch, p->what->production) == 0;
	const struct request_new new = {
		.branch = tip->branch,
		.commit = tip->commit,
		.user = user,
		.is_first = production,
		.keep_running = production,
		.now = p->what->now,
	};
	long long id = 0;
	int rc = queue_put(p->what->db, &new, &id, err);

	if (rc == 0 && id != 0)
		p->n_put++;
	return rc;
}

static int see_tip(struct pass *p, const struct branch_tip *tip,
    struct error *err)
{
	struct error unknown = { 0 };
	char seen[41];
	int rc = queue_tip(p->what->db, tip->branch, seen, &unknown);

	if (rc == 0 && strcmp(seen, tip->commit) == 0)
		return 0;
	if (rc != 0 && rc != ERROR_NOT_FOUND)
		return error_set(err, rc, "%s", unknown.msg);
	return put(p, tip, p->users[tip - p->tips.items], err);
}

/* --- what is gone --- */

struct gone {
	struct pass *pass;
	struct file_names names;
	bool failed;
};

static int see_processed(const char *branch, const char *commit, void *payload)
{
	struct gone *g = payload;
	char **more;

	(void)commit;
	if (find_tip(g->pass, branch) != NULL)
		return 0;
	more =
	    mem_grow(g->names.names, g->names.n, &g->names.cap, sizeof(*more));
	if (more == NULL)
		return ERROR_MEMORY;
	g->names.names = more;
	more[g->names.n] = mem_strdup(branch);
	if (more[g->names.n] == NULL)
		return ERROR_MEMORY;
	g->names.n++;
	return 0;
}

/* The runs first: while the tip is remembered, a death leads here again. */
static int forget_deleted(struct pass *p, struct error *err)
{
	struct gone gone = { .pass = p };
	size_t i;
	int rc = refs_archive_deleted(p->what->refs, err);

	if (rc == 0)
		rc = queue_each_tip(p->what->db, see_processed, &gone, err);
	for (i = 0; i < gone.names.n && rc == 0; i++)
		rc = queue_forget(p->what->db, gone.names.names[i],
		    p->what->now, err);
	file_names_clear(&gone.names);
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
	const struct branch_tip *first;
	size_t i;
	int rc = spool_each(what->spool, see_push, &p, &p.taken, err);

	if (rc == 0)
		rc = read_tips(&p, err);
	if (rc == 0)
		rc = forget_deleted(&p, err);
	first = find_tip(&p, what->production);
	if (rc == 0 && first != NULL)
		rc = see_tip(&p, first, err);
	for (i = 0; i < p.tips.n && rc == 0; i++)
		if (&p.tips.items[i] != first)
			rc = see_tip(&p, &p.tips.items[i], err);
	if (rc == 0)
		rc = see_asked(&p, err);
	/* last: a death before leads here again, and knows who pushed */
	if (rc == 0)
		rc = spool_remove(what->spool, &p.taken, err);
	if (n_put != NULL)
		*n_put = p.n_put;
	return rc;
}
