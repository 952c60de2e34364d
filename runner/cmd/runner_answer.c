/* runner_answer: the lines a pusher sees; see runner_socket.h. */
#include "runner/cmd/runner_socket.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/snapshot_take.h"
#include "hooks/updates.h"
#include "runner/cmd/planner.h"
#include "runner/cmd/runner_ask.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/snapshots.h"
#include "runner/lang/change.h"

enum {
	NODES_SHOWN = 3,
	LINES = 5
};

/* A commit's pipeline and what it borrows from. */
struct loaded {
	struct source *source;
	struct pipeline *pipeline;
};

struct answerer {
	struct context context;
	struct planner *planner;
};

/* What is said of a push. */
struct plan_text {
	const char *branch;
	const char *base; /* the commit; "": there is none */
	const char *date; /* of the head */
	struct changes changes;
	struct patterns patterns, settled; /* head's, and base's */
};

static void loaded_clear(struct loaded *l)
{
	pipeline_free(l->pipeline);
	source_close(l->source);
	*l = (struct loaded){ 0 };
}

static void plan_text_clear(struct plan_text *t)
{
	changes_clear(&t->changes);
	patterns_clear(&t->patterns);
	patterns_clear(&t->settled);
}

/* As pipeline_load(). */
static int load(const struct answerer *a, const char *commit,
    struct loaded *out, struct error *err)
{
	const struct pipeline_options options = { .root = a->context.root };
	int rc = 0;

	if (out->source == NULL)
		rc = source_open_commit(a->context.git_dir, commit,
		    &out->source, err);
	return rc ? rc
	          : pipeline_load(out->source, &options, &out->pipeline, err);
}

int answerer_open(const struct context *c, struct answerer **out,
    struct error *err)
{
	struct answerer *a = mem_alloc(sizeof(*a));
	int rc;

	*out = NULL;
	if (a == NULL)
		return error_memory(err);
	rc = context_open(c->git_dir, &a->context, err);
	if (rc == 0)
		rc = planner_open(&a->context, &a->planner, err);
	if (rc)
		answerer_close(a);
	else
		*out = a;
	return rc;
}

void answerer_warm(struct answerer *a, struct refs *refs)
{
	CLEANUP(loaded_clear) struct loaded tip = { 0 };
	CLEANUP(changes_clear) struct changes changes = { 0 };
	char commit[41];
	bool known = false;

	if (refs_tip(refs, a->context.production, commit, NULL) ||
	    source_open_commit(a->context.git_dir, commit, &tip.source, NULL) ||
	    planner_changes(a->planner, commit, tip.source, false, &known,
	        &changes, NULL))
		return;
	if (!known && load(a, commit, &tip, NULL) == 0)
		(void)planner_keep(a->planner, tip.pipeline, NULL);
}

void answerer_close(struct answerer *a)
{
	if (a == NULL)
		return;
	planner_close(a->planner);
	context_clear(&a->context);
	mem_free(a);
}

static void add_name(struct buf *out, const char *name)
{
	text_add_visible(out, bytes_of(name));
}

static void add_node(struct buf *out, const struct changes *c,
    const struct node_change *change)
{
	buf_add_str(out, "sluice:   ");
	add_name(out, changes_path(c, change->node));
	buf_printf(out, "  %s",
	    changes_is_added(c, change->node) ? "added" : "changed");
	if (change->at.path != NULL) {
		buf_add_str(out, "  ");
		add_name(out, change->at.path);
		buf_printf(out, ":%d", change->at.line);
	}
	buf_add_char(out, '\n');
}

/* First those whose own text differs, at most so many; the rest is below
 * them. */
static void add_changes(struct buf *out, const struct changes *c,
    const char *branch, size_t most)
{
	size_t i, own = 0, shown = 0;

	for (i = 0; i < c->n_affected; i++) {
		if (c->affected[i].cause == CAUSE_INPUT)
			continue;
		own++;
		if (shown < most) {
			add_node(out, c, &c->affected[i]);
			shown++;
		}
	}
	buf_add_str(out, "sluice:   ");
	if (own > shown)
		buf_printf(out, "%zu more%s ", own - shown,
		    c->n_affected > own ? "," : ".");
	if (c->n_affected > own)
		buf_printf(out, "%zu below %s. ", c->n_affected - own,
		    own == 1 ? "it" : "them");
	buf_add_str(out, "Report: sluice report ");
	add_name(out, branch);
	buf_add_char(out, '\n');
}

static void add_errors(struct buf *out, const struct pipeline *p,
    const char *branch)
{
	size_t i, shown = 0;

	buf_printf(out, "sluice: %zu error%s on ", p->n_errors,
	    p->n_errors == 1 ? "" : "s");
	add_name(out, branch);
	buf_add_str(out, ": nothing of it will run\n");
	for (i = 0; i < p->n_diagnostics && shown < NODES_SHOWN; i++) {
		const struct diagnostic *d = &p->diagnostics[i];

		if (d->is_warning)
			continue;
		buf_add_str(out, "sluice:   ");
		if (d->at.path != NULL) {
			add_name(out, d->at.path);
			buf_printf(out, ":%d:%d: ", d->at.line, d->at.col);
		}
		add_name(out, d->message);
		buf_add_char(out, '\n');
		shown++;
	}
	if (p->n_errors > shown)
		buf_printf(out, "sluice:   and %zu more: sluice check\n",
		    p->n_errors - shown);
}

/* "(base main, inputs of 2026-11-20)"; production's base is a commit. */
static void add_inputs(struct buf *out, const struct answerer *a,
    const struct plan_text *t, const char *date)
{
	const char *production = a->context.production;

	buf_add_str(out, " (");
	if (t->base[0] == '\0')
		buf_add_str(out, "no base");
	else if (strcmp(t->branch, production) == 0)
		buf_printf(out, "base %.7s", t->base);
	else {
		buf_add_str(out, "base ");
		add_name(out, production);
	}
	if (t->patterns.n > 0 && date[0] == '\0')
		buf_add_str(out, ", inputs not taken yet)\n");
	else
		buf_printf(out, ", inputs of %s)\n",
		    t->patterns.n > 0 ? date : t->date);
}

/* Looks for files of one pattern that production's snapshot does not have:
 * why they are not there yet, or false. */
static bool find_wait(const struct answerer *a, const struct patterns *settled,
    const char *text, struct buf *out)
{
	struct snapshot_pattern pattern = { .text = text };
	struct snapshot_request request = {
		.landing = a->context.landing,
		.patterns = &pattern,
		.n_patterns = 1,
		.settled = (const char *const *)settled->items,
		.n_settled = settled->n,
		.now = clock_now(),
	};
	struct error why = { 0 };
	size_t n;
	int rc = snapshot_look(&request, &n, &why);

	if (rc == ERROR_BUSY)
		buf_printf(out, "it waits: %s", why.msg);
	else if (rc)
		buf_add_str(out, why.msg);
	if (rc || n > 0)
		return rc != 0;
	/* perhaps production has them */
	request.n_settled = 0;
	if (snapshot_look(&request, &n, NULL) || n > 0)
		return false;
	buf_add_str(out, "no file of the landing directory matches ");
	add_name(out, text);
	return true;
}

/* What a push waits for: the first pattern that is new to production's
 * snapshot and has no files yet. True: it is a line. */
static bool add_wait(struct buf *out, const struct answerer *a,
    const struct newest *newest, const struct plan_text *t)
{
	size_t i;

	for (i = 0; i < t->patterns.n && a->context.landing != NULL; i++) {
		CLEANUP(buf_clear) struct buf why = { 0 };
		const char *text = t->patterns.items[i];

		if (patterns_have(&newest->patterns, text) ||
		    !find_wait(a, &t->settled, text, &why))
			continue;
		buf_printf(out, "sluice:   %s\n", buf_bytes(&why).p);
		return true;
	}
	return false;
}

static int add_plan(const struct answerer *a, struct refs *refs,
    const struct plan_text *t, struct buf *out, struct error *err)
{
	CLEANUP(newest_clear) struct newest newest = { 0 };
	const struct changes *c = &t->changes;
	bool waits;
	int rc = newest_read(refs, &newest, err);

	if (rc)
		return rc;
	if (c->n_affected == 0)
		buf_add_str(out, "sluice: none");
	else
		buf_printf(out, "sluice: %zu", c->n_affected);
	buf_printf(out, " of %zu node%s affected on ", c->n,
	    c->n == 1 ? "" : "s");
	add_name(out, t->branch);
	add_inputs(out, a, t, newest.date);
	waits = add_wait(out, a, &newest, t);
	if (c->n_affected > 0)
		add_changes(out, c, t->branch, NODES_SHOWN - waits);
	return 0;
}

/* --- two ways to know --- */

/* By the index; not *known: the plain way. */
static int plan_by_index(struct answerer *a, struct source *head,
    struct plan_text *t, bool *known, struct error *err)
{
	size_t i;
	int rc;

	*known = false;
	if (t->base[0] == '\0')
		return 0;
	rc = planner_changes(a->planner, t->base, head, false, known,
	    &t->changes, err);
	for (i = 0; rc == 0 && *known && i < planner_n_patterns(a->planner);
	     i++)
		rc = patterns_add(&t->patterns, planner_pattern(a->planner, i),
		    err);
	return rc || !*known ? rc
	                     : patterns_add_all(&t->settled, &t->patterns, err);
}

/* By both pipelines. The index becomes that of the commit that the next push
 * is compared with. */
static int plan_by_text(struct answerer *a, const struct pipeline *base,
    const struct pipeline *head, struct plan_text *t, struct error *err)
{
	const struct pipeline *next = base;
	int rc = changes_make(base, head, &t->changes, err);

	if (base == NULL)
		t->base = "";
	if (strcmp(t->branch, a->context.production) == 0)
		next = head;
	if (rc || (rc = patterns_add_pipeline(&t->patterns, head, err)))
		return rc;
	if (base != NULL)
		rc = patterns_add_pipeline(&t->settled, base, err);
	/* without an index the next push takes longer, that is all */
	if (rc == 0 && next != NULL)
		(void)planner_keep(a->planner, next, NULL);
	return rc;
}

static int add_branch(struct answerer *a, struct refs *refs, const char *to,
    struct plan_text *t, struct buf *out, struct error *err)
{
	CLEANUP(loaded_clear) struct loaded head = { 0 }, base = { 0 };
	bool known;
	int rc;

	rc = source_open_commit(a->context.git_dir, to, &head.source, err);
	if (rc)
		return rc;
	t->date = source_date(head.source);
	rc = plan_by_index(a, head.source, t, &known, err);
	if (rc || known)
		return rc ? rc : add_plan(a, refs, t, out, err);
	rc = load(a, to, &head, err);
	if (head.pipeline == NULL)
		return rc;
	if (head.pipeline->n_errors > 0) {
		add_errors(out, head.pipeline, t->branch);
		return 0;
	}
	if (t->base[0] != '\0' && load(a, t->base, &base, NULL))
		loaded_clear(&base);
	rc = plan_by_text(a, base.pipeline, head.pipeline, t, err);
	return rc ? rc : add_plan(a, refs, t, out, err);
}

static void add_deleted(struct buf *out, const char *branch)
{
	buf_add_str(out, "sluice: ");
	add_name(out, branch);
	buf_add_str(out, " is gone: nothing of it runs, its runs are kept\n");
}

static int add_update(struct answerer *a, struct refs *refs,
    const struct update *u, struct buf *out, struct error *err)
{
	CLEANUP(plan_text_clear)
	struct plan_text t = { .branch = update_branch(u->ref),
		.base = update_is_null(u->from) ? "" : u->from };
	char base[41];
	int rc;

	if (update_is_ask(u->ref))
		runner_ask_words(u, out);
	if (t.branch == NULL)
		return 0;
	if (update_is_null(u->to)) {
		add_deleted(out, t.branch);
		return 0;
	}
	if (strcmp(t.branch, a->context.production) != 0) {
		if ((rc = runner_merge_base(refs, &a->context, u->to, base,
		         err)))
			return rc;
		t.base = base;
	}
	return add_branch(a, refs, u->to, &t, out, err);
}

int answerer_print(struct answerer *a, struct refs *refs, struct bytes push,
    struct buf *out, struct error *err)
{
	CLEANUP(updates_clear) struct updates u = { 0 };
	size_t i;
	int rc = updates_parse_spool(push, &u, err);

	/* of several branches the first ones: there is room for a few lines */
	for (i = 0; i < u.n && i < LINES && rc == 0; i++)
		rc = add_update(a, refs, &u.items[i], out, err);
	return rc ? rc : buf_check(out, err);
}
