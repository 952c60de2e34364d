/* merge_size: see merge_size.h. */
#include "runner/lang/merge_size.h"

#include <git2.h>

struct sizes {
	git_odb *odb;
	size_t most;
	struct error *err;
};

static int fail(struct error *err)
{
	const git_error *e = git_error_last();

	return error_set(err, ERROR_IO, "merge: %s",
	    e && e->message ? e->message : "libgit2 failed");
}

/* A submodule is no object of ours, and what is lacking is told by the merge.
 */
static int check_file(const struct sizes *s, const git_diff_file *f)
{
	git_object_t type;
	size_t size;

	if (f->mode == 0 || f->mode == GIT_FILEMODE_COMMIT ||
	    git_odb_read_header(&size, &type, s->odb, &f->id) < 0 ||
	    size <= s->most)
		return 0;
	return error_set(s->err, ERROR_LIMIT, "%s is larger than 1 GiB",
	    f->path);
}

static int check_diff(const struct sizes *s, const git_diff *diff)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < git_diff_num_deltas(diff) && rc == 0; i++) {
		const git_diff_delta *d = git_diff_get_delta(diff, i);

		rc = check_file(s, &d->old_file);
		if (rc == 0)
			rc = check_file(s, &d->new_file);
	}
	return rc;
}

static int check_side(git_repository *repo, git_tree *base, git_commit *side,
    const struct sizes *s)
{
	git_tree *tree = NULL;
	git_diff *diff = NULL;
	int rc = git_commit_tree(&tree, side);

	if (rc == 0)
		rc = git_diff_tree_to_tree(&diff, repo, base, tree, NULL);
	rc = rc < 0 ? fail(s->err) : check_diff(s, diff);
	git_diff_free(diff);
	git_tree_free(tree);
	return rc;
}

int merge_size_check(git_repository *repo, git_commit *const sides[2],
    size_t most, struct error *err)
{
	struct sizes s = { .most = most, .err = err };
	git_commit *commit = NULL;
	git_tree *base = NULL; /* NULL: they have none in common */
	git_oid id;
	size_t i;
	int rc = git_repository_odb(&s.odb, repo) < 0 ? fail(err) : 0;

	if (rc == 0 &&
	    git_merge_base(&id, repo, git_commit_id(sides[0]),
	        git_commit_id(sides[1])) == 0 &&
	    (git_commit_lookup(&commit, repo, &id) < 0 ||
	        git_commit_tree(&base, commit) < 0))
		rc = fail(err);
	for (i = 0; i < 2 && rc == 0; i++)
		rc = check_side(repo, base, sides[i], &s);
	git_tree_free(base);
	git_commit_free(commit);
	git_odb_free(s.odb);
	return rc;
}
