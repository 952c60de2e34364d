/* runner_inputs: what a commit is compared with (runner.h). */
#include <stdio.h>
#include <string.h>

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
