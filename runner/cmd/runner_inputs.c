/* runner_inputs: what a commit is run on and compared with (runner.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/snapshot.h"
#include "runner/cmd/runner.h"

/* --- the base --- */

struct before {
	const char *commit;
	struct run_entry *out;
};

static int find_before(const struct run_entry *run, void *payload)
{
	struct before *b = payload;

	if (strcmp(run->commit, b->commit) == 0)
		return 0;
	*b->out = *run;
	return 1;
}

/* Production's own base: its newest run of another commit. */
static int base_of_production(struct refs *refs, const struct context *c,
    const char *commit, struct base *out, struct error *err)
{
	struct before b = { .commit = commit, .out = &out->run };
	int rc = refs_runs_each(refs, c->production, find_before, &b, err);

	memcpy(out->commit, out->run.commit, sizeof(out->commit));
	return rc < 0 ? rc : 0;
}

/* The run of the base, by commit, else by tree (a squash or a rebase has
 * another commit); none is no error. */
static int find_run(struct refs *refs, const struct context *c,
    struct base *out, struct error *err)
{
	struct run_find find = { .commit = out->commit,
		.first = c->production };
	struct error none = { 0 };
	char tree[41];
	int rc = refs_run_find(refs, &find, &out->run, &none);

	if (rc == ERROR_NOT_FOUND) {
		none = (struct error){ 0 };
		if ((rc = refs_tree(refs, out->commit, tree, err)))
			return rc;
		find =
		    (struct run_find){ .tree = tree, .first = c->production };
		rc = refs_run_find(refs, &find, &out->run, &none);
	}
	if (rc == ERROR_NOT_FOUND) {
		out->run = (struct run_entry){ 0 };
		return 0;
	}
	return rc ? error_set(err, none.code, "%s", none.msg) : 0;
}

int runner_base(struct refs *refs, const struct context *c, const char *branch,
    const char *commit, struct base *out, struct error *err)
{
	struct error none = { 0 };
	char production[41];
	int rc;

	*out = (struct base){ 0 };
	if (strcmp(branch, c->production) == 0)
		return base_of_production(refs, c, commit, out, err);
	rc = refs_tip(refs, c->production, production, &none);
	if (rc == 0)
		rc = refs_merge_base(refs, commit, production, out->commit,
		    &none);
	if (rc == ERROR_NOT_FOUND) {
		*out = (struct base){ 0 };
		return 0;
	}
	if (rc)
		return error_set(err, none.code, "%s", none.msg);
	return find_run(refs, c, out, err);
}

/* --- the snapshot --- */

/* Production's newest; its blob is put back where the store has lost it. */
static int load_newest(struct runner *r, struct snapshot *out,
    struct line_tip *tip, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error none = { 0 };
	struct digest id;
	int rc = refs_line_tip(r->refs, REFS_SNAPSHOTS, tip, &none);

	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc)
		return error_set(err, rc, "%s", none.msg);
	if ((rc = refs_read(r->refs, tip->id, "snapshot.json", &text, err)) ||
	    (rc = store_put(r->store, buf_bytes(&text), &id, err)))
		return rc;
	return snapshot_load(r->store, &id, out, err);
}

struct patterns {
	const char **items;
	size_t n, cap;
};

static void patterns_clear(struct patterns *p)
{
	mem_free((void *)p->items);
}

/* A pattern that a snapshot has files for is settled: what was delivered
 * since would make a branch differ by its data. */
static bool is_settled(const struct snapshot *s, const char *pattern,
    struct error *err)
{
	size_t *found = NULL, n = 0;
	int rc = snapshot_match(s, pattern, &found, &n, err);

	mem_free(found);
	return rc == 0 && n > 0;
}

/* All patterns of a pipeline, and in `missing` those the snapshot lacks. */
static int find_patterns(const struct pipeline *p, const struct snapshot *have,
    struct patterns *missing, size_t *n_all, struct error *err)
{
	size_t i, j;

	*n_all = 0;
	for (i = 0; i < p->n; i++)
		for (j = 0; j < p->nodes[i].n_paths; j++) {
			const char *pattern = p->nodes[i].paths[j];
			const char **more;

			++*n_all;
			if (is_settled(have, pattern, err))
				continue;
			more = mem_grow((void *)missing->items, missing->n,
			    &missing->cap, sizeof(*more));
			if (more == NULL)
				return error_memory(err);
			missing->items = more;
			more[missing->n++] = pattern;
		}
	return 0;
}

/* Takes what is missing and makes the result production's newest. */
static int take(struct runner *r, const struct patterns *missing,
    const struct line_tip *tip, struct snapshot *base, struct snapshot *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char today[CLOCK_TEXT], subject[64], id[41];
	struct snapshot_request request = {
		.landing = r->context.landing,
		.patterns = missing->items,
		.n_patterns = missing->n,
		.date = today,
		.base = tip->id[0] ? base : NULL,
		.now = clock_now(),
	};
	struct line_new new = { .ref = REFS_SNAPSHOTS,
		.from = tip->id,
		.file = "snapshot.json",
		.subject = subject };
	int rc;

	if (r->context.landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "the pipeline reads files of a landing directory, and none "
		    "is set: git config sluice.landing DIR");
	clock_print_date(request.now, today);
	if (request.base != NULL)
		request.date = base->date;
	if ((rc = snapshot_take(r->store, &request, out, err)))
		return rc;
	if (tip->id[0] && digest_eq(&out->id, &base->id))
		return 0;
	snprintf(subject, sizeof(subject), "snapshot of %s, %zu files",
	    out->date, out->n);
	if ((rc = snapshot_print(out, &text, err)))
		return rc;
	new.data = buf_bytes(&text);
	return refs_line_add(r->refs, &new, id, err);
}

int runner_snapshot(struct runner *r, const struct pipeline *p,
    struct snapshot *out, struct error *err)
{
	CLEANUP(snapshot_clear) struct snapshot newest = { 0 };
	CLEANUP(patterns_clear) struct patterns missing = { 0 };
	struct line_tip tip = { 0 };
	size_t n_all;
	int rc = load_newest(r, &newest, &tip, err);

	*out = (struct snapshot){ 0 };
	if (rc || (rc = find_patterns(p, &newest, &missing, &n_all, err)))
		return rc;
	if (n_all == 0)
		return snapshot_make_empty(r->store, source_date(p->source),
		    out, err);
	if (missing.n > 0)
		return take(r, &missing, &tip, &newest, out, err);
	return load_newest(r, out, &tip, err);
}

int runner_snapshot_date(struct refs *refs, char out[16], struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	struct error none = { 0 };
	struct line_tip tip;
	int rc = refs_line_tip(refs, REFS_SNAPSHOTS, &tip, &none);

	out[0] = '\0';
	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = refs_read(refs, tip.id, "snapshot.json", &text, err);
	if (rc == 0)
		rc = snapshot_parse(buf_bytes(&text), &s, err);
	if (rc == 0)
		memcpy(out, s.date, sizeof(s.date));
	return rc;
}
