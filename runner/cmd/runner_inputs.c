/* runner_inputs: what a commit is compared with (runner.h). */
#include <stdio.h>
#include <string.h>

#include "hooks/production.h"
#include "runner/cmd/runner_inputs.h"

/* --- the base --- */

enum {
	LOOKED_AT = 1000, /* runs, and commits, back from the newest */
	MANIFESTS = 10
};

static bool has_tables(const struct run_entry *run)
{
	return run->manifest[0] != '\0';
}

/* Production's runs with tables, newest first, on the way to the base's. */
struct line {
	const char *commit, *tree; /* of the base */
	struct run_entry *items;
	size_t n, cap, left;
	const struct run_entry *found;
	bool is_short; /* of memory */
};

static void line_clear(struct line *l)
{
	mem_free(l->items);
}

static int add_run(const struct run_entry *run, void *payload)
{
	struct line *l = payload;
	struct run_entry *more;

	if (l->left-- == 0)
		return 1;
	if (!has_tables(run))
		return 0;
	more = mem_grow(l->items, l->n, &l->cap, sizeof(*more));
	l->is_short = more == NULL;
	if (more == NULL)
		return 1;
	l->items = more;
	more[l->n++] = *run;
	return strcmp(run->commit, l->commit) == 0;
}

/* Of the commit; or of one with its tree (a squash, a rebase, what was taken
 * back). */
static const struct run_entry *find_equal(const struct line *l)
{
	size_t i;

	if (l->n > 0 && strcmp(l->items[l->n - 1].commit, l->commit) == 0)
		return &l->items[l->n - 1];
	for (i = 0; i < l->n; i++)
		if (strcmp(l->items[i].tree, l->tree) == 0)
			return &l->items[i];
	return NULL;
}

static int find_of(const char *commit, void *payload)
{
	struct line *l = payload;
	size_t i;

	for (i = 0; i < l->n && l->found == NULL; i++)
		if (strcmp(l->items[i].commit, commit) == 0)
			l->found = &l->items[i];
	return l->found != NULL || l->left-- == 0;
}

/* Where the base has no tables (it was overtaken before it ran, its text had
 * errors): those of the nearest commit before it. That commit takes the base's
 * place, so that what is compared is what is named. */
static int find_nearest(struct refs *refs, struct line *l, struct base *out,
    struct error *err)
{
	int rc;

	l->left = LOOKED_AT;
	rc = refs_each_before(refs, out->commit, find_of, l, err);
	if (rc < 0 || l->found == NULL)
		return rc < 0 ? rc : 0;
	out->run = *l->found;
	memcpy(out->commit, out->run.commit, sizeof(out->commit));
	return 0;
}

/* The run of the base of a commit; none is no error. */
static int find_run(struct refs *refs, const struct context *c,
    const char *commit, struct base *out, struct error *err)
{
	CLEANUP(line_clear)
	struct line l = { .commit = out->commit, .left = LOOKED_AT };
	const struct run_find find = { .commit = out->commit };
	char tree[41];
	int rc = refs_tree(refs, out->commit, tree, err);

	l.tree = tree;
	if (rc ||
	    (rc = refs_runs_each(refs, c->production, add_run, &l, err)) < 0)
		return rc;
	if (l.is_short)
		return error_memory(err);
	if ((l.found = find_equal(&l)) != NULL)
		out->run = *l.found;
	/* another branch may have run it; its own run is no base */
	else if (strcmp(commit, out->commit) == 0 ||
	    refs_run_find(refs, &find, &out->run, NULL) != 0 ||
	    !has_tables(&out->run))
		out->run = (struct run_entry){ 0 };
	return out->run.id[0] != '\0' ? 0 : find_nearest(refs, &l, out, err);
}

/* --- what is run already --- */

struct tree {
	struct refs *refs;
	const char *id;
	const struct digest *snapshot; /* NULL: any */
	size_t left; /* manifests to read */
	bool is_run;
	struct error *err;
};

static int see_run(const struct run_entry *run, void *payload)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	struct tree *t = payload;
	int rc;

	if (strcmp(run->tree, t->id) != 0 || strcmp(run->outcome, "error") == 0)
		return 0;
	t->is_run = !has_tables(run) || t->snapshot == NULL;
	if (t->is_run || t->left-- == 0)
		return 1;
	if ((rc = refs_read(t->refs, run->id, "manifest.json", &text,
	         t->err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &m, t->err)))
		return rc;
	t->is_run = digest_eq(&m.snapshot, t->snapshot);
	return t->is_run;
}

int runner_is_run(struct refs *refs, const char *tree,
    const struct digest *snapshot, bool *out, struct error *err)
{
	struct tree t = { refs, tree, snapshot, MANIFESTS, false, err };
	int rc = refs_runs_each(refs, NULL, see_run, &t, err);

	*out = t.is_run;
	return rc < 0 ? rc : 0;
}

bool runner_is_retry(struct refs *refs, const struct run_entry *run)
{
	CLEANUP(run_record_clear) struct run_record record = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };

	return refs_read(refs, run->id, "run.json", &text, NULL) == 0 &&
	    run_record_parse(buf_bytes(&text), &record, NULL) == 0 &&
	    record.reason[0] != '\0';
}

/* --- production's own --- */

struct finished {
	struct refs *refs;
	const char *commit; /* not this one */
	struct run_entry retried; /* the newest retry with tables */
	struct run_entry run; /* what was found */
	bool is_any; /* there are runs at all */
};

/* A retry is of any commit, so it makes none the tip that was finished last;
 * of that tip it is the newest run. */
static int find_finished(const struct run_entry *run, void *payload)
{
	struct finished *f = payload;

	f->is_any = true;
	if (strcmp(run->commit, f->commit) == 0)
		return 0;
	if (runner_is_retry(f->refs, run)) {
		if (f->retried.id[0] == '\0' && has_tables(run))
			f->retried = *run;
		return 0;
	}
	if (strcmp(f->retried.commit, run->commit) == 0)
		f->run = f->retried;
	else if (has_tables(run))
		f->run = *run;
	return f->run.id[0] != '\0';
}

/* Production's last finished tip: its newest run of another commit; what is
 * served, where it has no run (the branch was renamed, or made anew). */
static int base_of_production(struct refs *refs, const struct context *c,
    const char *commit, struct base *out, struct error *err)
{
	struct finished f = { .refs = refs, .commit = commit };
	int rc = refs_runs_each(refs, c->production, find_finished, &f, err);

	if (rc < 0)
		return rc;
	out->run = f.run;
	if (!f.is_any && production_run(refs, &out->run, NULL))
		out->run = (struct run_entry){ 0 };
	memcpy(out->commit, out->run.commit, sizeof(out->commit));
	return 0;
}

int runner_merge_base(struct refs *refs, const struct context *c,
    const char *commit, char out[41], struct error *err)
{
	struct error none = { 0 };
	char production[41];
	int rc = refs_tip(refs, c->production, production, &none);

	out[0] = '\0';
	if (rc == 0)
		rc = refs_merge_base(refs, commit, production, out, &none);
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, none.code, "%s", none.msg);
}

int runner_base(struct refs *refs, const struct context *c, const char *branch,
    const char *commit, struct base *out, struct error *err)
{
	int rc;

	*out = (struct base){ 0 };
	if (strcmp(branch, c->production) == 0)
		return base_of_production(refs, c, commit, out, err);
	rc = runner_merge_base(refs, c, commit, out->commit, err);
	if (rc || out->commit[0] == '\0')
		return rc;
	return find_run(refs, c, commit, out, err);
}
