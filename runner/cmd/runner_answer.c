/* runner_answer: the lines a pusher sees (runner.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/snapshot_take.h"
#include "hooks/updates.h"
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
	char commit[41];
	struct source *source;
	struct pipeline *pipeline;
};

struct answerer {
	struct context context;
	struct loaded base; /* of the last push: mostly the next one's too */
};

static void loaded_clear(struct loaded *l)
{
	pipeline_free(l->pipeline);
	source_close(l->source);
	*l = (struct loaded){ 0 };
}

static int load(const struct answerer *a, const char *commit,
    struct loaded *out, struct error *err)
{
	const struct pipeline_options options = { .root = a->context.root };
	int rc =
	    source_open_commit(a->context.git_dir, commit, &out->source, err);

	if (rc)
		return rc;
	snprintf(out->commit, sizeof(out->commit), "%s", commit);
	return pipeline_load(out->source, &options, &out->pipeline, err);
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
	if (rc)
		answerer_close(a);
	else
		*out = a;
	return rc;
}

void answerer_close(struct answerer *a)
{
	if (a == NULL)
		return;
	loaded_clear(&a->base);
	context_clear(&a->context);
	mem_free(a);
}

/* The base's pipeline, or NULL where there is none that can be read. */
static const struct pipeline *base_of(struct answerer *a, const char *commit)
{
	if (commit[0] == '\0' || update_is_null(commit))
		return NULL;
	if (strcmp(a->base.commit, commit) != 0) {
		loaded_clear(&a->base);
		if (load(a, commit, &a->base, NULL) != 0)
			loaded_clear(&a->base);
	}
	return a->base.pipeline;
}

static void add_name(struct buf *out, const char *name)
{
	text_add_visible(out, bytes_of(name));
}

static bool is_added(const struct changes *c, size_t node)
{
	size_t i;

	for (i = 0; i < c->n_added; i++)
		if (c->added[i] == node)
			return true;
	return false;
}

static void add_node(struct buf *out, const struct changes *c,
    const struct node_change *change)
{
	buf_add_str(out, "sluice:   ");
	add_name(out, c->head->nodes[change->node].path);
	buf_printf(out, "  %s",
	    is_added(c, change->node) ? "added" : "changed");
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

static bool has_sources(const struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->nodes[i].n_paths > 0)
			return true;
	return false;
}

/* "(base main, inputs of 2026-11-20)"; production's base is a commit. */
static void add_inputs(struct buf *out, const struct answerer *a,
    const struct loaded *head, const char *branch, const char *date)
{
	const char *production = a->context.production;

	buf_add_str(out, " (");
	if (a->base.pipeline == NULL)
		buf_add_str(out, "no base");
	else if (strcmp(branch, production) == 0)
		buf_printf(out, "base %.7s", a->base.commit);
	else {
		buf_add_str(out, "base ");
		add_name(out, production);
	}
	if (has_sources(head->pipeline) && date[0] == '\0')
		buf_add_str(out, ", inputs not taken yet)\n");
	else
		buf_printf(out, ", inputs of %s)\n",
		    has_sources(head->pipeline) ? date
		                                : source_date(head->source));
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
    const struct newest *newest, const struct pipeline *p)
{
	CLEANUP(patterns_clear) struct patterns settled = { 0 };
	size_t i, j;

	if (a->base.pipeline != NULL &&
	    patterns_add_pipeline(&settled, a->base.pipeline, NULL))
		return false;
	for (i = 0; i < p->n && a->context.landing != NULL; i++)
		for (j = 0; j < p->nodes[i].n_paths; j++) {
			CLEANUP(buf_clear) struct buf why = { 0 };
			const char *text = p->nodes[i].paths[j];

			if (patterns_have(&newest->patterns, text) ||
			    !find_wait(a, &settled, text, &why))
				continue;
			buf_printf(out, "sluice:   %s\n", buf_bytes(&why).p);
			return true;
		}
	return false;
}

static int add_plan(struct answerer *a, struct refs *refs,
    const struct loaded *head, const struct pipeline *base, const char *branch,
    struct buf *out, struct error *err)
{
	CLEANUP(newest_clear) struct newest newest = { 0 };
	struct changes c = { 0 };
	int rc = changes_make(base, head->pipeline, &c, err);

	if (rc == 0)
		rc = newest_read(refs, &newest, err);
	if (rc == 0) {
		bool waits;

		if (c.n_affected == 0)
			buf_add_str(out, "sluice: none");
		else
			buf_printf(out, "sluice: %zu", c.n_affected);
		buf_printf(out, " of %zu node%s affected on ",
		    head->pipeline->n, head->pipeline->n == 1 ? "" : "s");
		add_name(out, branch);
		add_inputs(out, a, head, branch, newest.date);
		waits = add_wait(out, a, &newest, head->pipeline);
		if (c.n_affected > 0)
			add_changes(out, &c, branch, NODES_SHOWN - waits);
	}
	changes_clear(&c);
	return rc;
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
	CLEANUP(loaded_clear) struct loaded head = { 0 };
	const char *branch = update_branch(u->ref);
	const char *from = u->from;
	char base[41];
	int rc;

	if (update_is_ask(u->ref))
		runner_ask_words(u, out);
	if (branch == NULL)
		return 0;
	if (update_is_null(u->to)) {
		add_deleted(out, branch);
		return 0;
	}
	if (strcmp(branch, a->context.production) != 0) {
		if ((rc = runner_merge_base(refs, &a->context, u->to, base,
		         err)))
			return rc;
		from = base;
	}
	rc = load(a, u->to, &head, err);
	if (head.pipeline == NULL)
		return rc;
	if (head.pipeline->n_errors > 0) {
		add_errors(out, head.pipeline, branch);
		return 0;
	}
	return rc
	    ? rc
	    : add_plan(a, refs, &head, base_of(a, from), branch, out, err);
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
