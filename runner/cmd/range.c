/* range: see range.h. */
#include "runner/cmd/range.h"

#include <git2.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "hooks/production.h"
#include "runner/cmd/served.h"
#include "runner/lang/revision.h"

enum {
	NEAREST_OF = 1000 /* branches, for a name that none of them has */
};

static int open_repository(const struct context *c, git_repository **out,
    struct error *err)
{
	const char *dir = c->work_tree ? c->work_tree : c->git_dir;
	const git_error *e;

	if (git_repository_open(out, dir) == 0)
		return 0;
	e = git_error_last();
	return error_set(err, ERROR_IO, "%s: %s", dir,
	    e ? e->message : "libgit2 failed");
}

/* The commit of the run that is served. ERROR_NOT_FOUND before there is
 * one. */
static int find_served(const struct context *c, char out[GIT_ID_HEX + 1],
    struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	struct run_entry run;
	int rc = refs_open(c->git_dir, &r, err);

	if (rc || (rc = production_run(r, &run, err)))
		return rc;
	memcpy(out, run.commit, sizeof(run.commit));
	return 0;
}

/* The branch with the nearest name, for the caller (mem_free), or NULL. */
static char *find_nearest(git_repository *repo, const char *rev)
{
	git_branch_iterator *each = NULL;
	git_reference *ref = NULL;
	git_branch_t kind;
	const char *names[NEAREST_OF];
	char *copies[NEAREST_OF], *near = NULL;
	size_t n = 0, i;

	if (git_branch_iterator_new(&each, repo, GIT_BRANCH_ALL) < 0)
		return NULL;
	while (n < NEAREST_OF && git_branch_next(&ref, &kind, each) == 0) {
		copies[n] = mem_strdup(git_reference_shorthand(ref));
		names[n] = copies[n];
		n += copies[n] != NULL;
		git_reference_free(ref);
	}
	git_branch_iterator_free(each);
	if (text_nearest(rev, names, n) != NULL)
		near = mem_strdup(text_nearest(rev, names, n));
	for (i = 0; i < n; i++)
		mem_free(copies[i]);
	return near;
}

static int unknown(git_repository *repo, const char *rev, struct error *err)
{
	CLEANUP(mem_freep) char *near = find_nearest(repo, rev);
	int rc = source_check_alternates(git_repository_commondir(repo), err);

	if (rc)
		return rc;
	if (strcmp(rev, "HEAD") == 0 && git_repository_head_unborn(repo) == 1)
		return error_set(err, ERROR_USAGE,
		    "there is no commit here yet; `git commit` makes the "
		    "first");
	if (strpbrk(rev, "{:") != NULL)
		return error_set(err, ERROR_USAGE,
		    "'%s' is not read: a commit is named by HEAD, a branch, a "
		    "tag, or its digits, and ~N and ^N behind it; `git "
		    "rev-parse '%s'` prints the digits of all else",
		    rev, rev);
	return error_set(err, ERROR_USAGE,
	    "there is no branch, tag or commit '%s' here%s%s%s", rev,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int range_unknown(const struct context *c, const char *rev, struct error *err)
{
	git_repository *repo = NULL;
	int rc = open_repository(c, &repo, err);

	if (!rc)
		rc = unknown(repo, rev, err);
	git_repository_free(repo);
	return rc;
}

/* The same, and in a clone what the server has: its branch as it was fetched,
 * or a run of it, whose commit need not be here. */
static int find_commit(const struct context *c, git_repository *repo,
    const char *rev, char out[GIT_ID_HEX + 1], struct error *err)
{
	CLEANUP(buf_clear) struct buf there = { 0 };
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct run_entry run;

	if (revision_find(repo, rev, out, NULL) == 0)
		return 0;
	buf_printf(&there, "refs/remotes/%s/%s", c->remote, rev);
	if (c->work_tree != NULL && !there.failed &&
	    revision_find(repo, there.p, out, NULL) == 0)
		return 0;
	if (refs_open(c->git_dir, &refs, NULL) ||
	    served_find(refs, rev, c->production, &run, NULL))
		return unknown(repo, rev, err);
	memcpy(out, run.commit, sizeof(run.commit));
	return 0;
}

static int resolve(const struct context *c, git_repository *repo,
    const char *rev, char out[GIT_ID_HEX + 1], bool *is_served,
    struct error *err)
{
	struct error why = { 0 };
	int rc;

	*is_served = false;
	if (strcmp(rev, "production") != 0)
		return find_commit(c, repo, rev, out, err);
	rc = find_served(c, out, &why);
	*is_served = rc == 0;
	if (rc == ERROR_NOT_FOUND)
		return find_commit(c, repo, c->production, out, err);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

int range_commit(const struct context *c, const char *rev,
    char out[GIT_ID_HEX + 1], struct error *err)
{
	git_repository *repo = NULL;
	bool is_served;
	int rc = open_repository(c, &repo, err);

	if (!rc)
		rc = resolve(c, repo, rev, out, &is_served, err);
	git_repository_free(repo);
	return rc;
}

/* base becomes the merge base of base and head. */
static int merge_base(git_repository *repo, struct range *r, const char *arg,
    struct error *err)
{
	git_oid a, b, base;

	if (git_oid_fromstr(&a, r->base) < 0 ||
	    git_oid_fromstr(&b, r->head) < 0 ||
	    git_merge_base(&base, repo, &a, &b) < 0)
		return error_set(err, ERROR_USAGE,
		    "%s: the two have no commit in common, so there is nothing "
		    "that B left; A..B compares them as they are",
		    arg);
	git_oid_tostr(r->base, sizeof(r->base), &base);
	return 0;
}

/* A..B and A...B; dots is where the dots begin. */
static int find_pair(const struct context *c, git_repository *repo,
    const char *arg, const char *dots, struct range *out, struct error *err)
{
	bool three = strncmp(dots, "...", 3) == 0;
	const char *b = dots + (three ? 3 : 2);
	CLEANUP(mem_freep) char *a = mem_strndup(arg, (size_t)(dots - arg));
	int rc;

	if (a == NULL)
		return error_memory(err);
	rc = resolve(c, repo, *a ? a : "HEAD", out->base, &out->is_base_served,
	    err);
	if (!rc)
		rc = resolve(c, repo, *b ? b : "HEAD", out->head,
		    &out->is_head_served, err);
	if (rc || !three)
		return rc;
	out->is_base_served = false;
	return merge_base(repo, out, arg, err);
}

static int find_range(const struct context *c, git_repository *repo,
    const char *arg, struct range *out, struct error *err)
{
	const char *dots = arg ? strstr(arg, "..") : NULL;
	int rc;

	if (dots != NULL)
		return find_pair(c, repo, arg, dots, out, err);
	if (arg == NULL && c->work_tree == NULL)
		return error_set(err, ERROR_USAGE,
		    "a bare repository has no work tree to compare; say "
		    "A..B");
	/* Before the first commit everything is new. */
	if (arg == NULL && git_repository_head_unborn(repo) == 1)
		return 0;
	rc = resolve(c, repo, arg ? arg : "HEAD", out->base,
	    &out->is_base_served, err);
	if (!rc && c->work_tree == NULL)
		rc = resolve(c, repo, "HEAD", out->head, &out->is_head_served,
		    err);
	return rc;
}

int range_find(const struct context *c, const char *arg, struct range *out,
    struct error *err)
{
	git_repository *repo = NULL;
	int rc;

	*out = (struct range){ 0 };
	rc = open_repository(c, &repo, err);
	if (!rc)
		rc = find_range(c, repo, arg, out, err);
	git_repository_free(repo);
	return rc;
}

const char *range_base_run(const struct range *r)
{
	return r->is_base_served ? "production" : r->base;
}

const char *range_head_run(const struct range *r)
{
	return r->is_head_served ? "production" : r->head[0] ? r->head : NULL;
}

bool range_says_production(const char *arg)
{
	static const char word[] = "production";
	const size_t n = sizeof(word) - 1, length = arg ? strlen(arg) : 0;

	if (length < n)
		return false;
	if (strncmp(arg, word, n) == 0 &&
	    (arg[n] == '\0' || strncmp(arg + n, "..", 2) == 0))
		return true;
	return length > n + 2 && strcmp(arg + length - n, word) == 0 &&
	    strncmp(arg + length - n - 2, "..", 2) == 0;
}
