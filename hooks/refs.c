/* refs: branches, and production and snapshots (refs.h). */
#include "hooks/refs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "hooks/git.h"
#include "hooks/tips.h"
#include "hooks/updates.h"
#include "runner/lang/revision.h"

/* --- branches --- */

void branch_tips_clear(struct branch_tips *tips)
{
	size_t i;

	for (i = 0; i < tips->n; i++)
		mem_free(tips->items[i].branch);
	mem_free(tips->items);
	*tips = (struct branch_tips){ 0 };
}

int branch_tips_add(struct branch_tips *tips, const char *branch,
    const char *commit, struct error *err)
{
	struct branch_tip *more =
	    mem_grow(tips->items, tips->n, &tips->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	tips->items = more;
	more[tips->n].branch = mem_strdup(branch);
	if (more[tips->n].branch == NULL)
		return error_memory(err);
	snprintf(more[tips->n].commit, sizeof(more->commit), "%s", commit);
	tips->n++;
	return 0;
}

static int compare_tips(const void *a, const void *b)
{
	return strcmp(((const struct branch_tip *)a)->branch,
	    ((const struct branch_tip *)b)->branch);
}

static int compare_branch(const void *key, const void *tip)
{
	return strcmp(key, ((const struct branch_tip *)tip)->branch);
}

const struct branch_tip *branch_tips_find(const struct branch_tips *tips,
    const char *branch)
{
	if (tips->n == 0)
		return NULL;
	return bsearch(branch, tips->items, tips->n, sizeof(*tips->items),
	    compare_branch);
}

/* What cannot be resolved (somebody moves it while we look) is not listed
 * now, and found the next time. */
static int add_ref(struct branch_tips *tips, git_reference *ref,
    const char *branch, struct error *err)
{
	git_reference *direct = NULL;
	const git_oid *id = git_reference_target(ref);
	char commit[41];
	int rc = 0;

	if (branch == NULL)
		return 0;
	if (id == NULL && git_reference_resolve(&direct, ref) == 0)
		id = git_reference_target(direct);
	if (id != NULL)
		rc = branch_tips_add(tips, branch,
		    git_oid_tostr(commit, sizeof(commit), id), err);
	git_reference_free(direct);
	return rc;
}

/* Of the refs below a prefix: those of branches that we run, by branch. */
static int list(struct refs *r, const char *prefix, struct branch_tips *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf glob = { 0 };
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	const size_t n = strlen(prefix);
	int rc, next = 0;

	*out = (struct branch_tips){ 0 };
	buf_printf(&glob, "%s*", prefix);
	if ((rc = buf_check(&glob, err)))
		return rc;
	rc = git_reference_iterator_glob_new(&it, r->repo, glob.p);
	if (rc < 0)
		return git_fail(rc, prefix, err);
	while (rc == 0 && (next = git_reference_next(&ref, it)) == 0) {
		const char *branch = git_reference_name(ref) + n;

		rc = add_ref(out, ref, branch_is_fit(branch) ? branch : NULL,
		    err);
		git_reference_free(ref);
		ref = NULL;
	}
	if (rc == 0 && next != GIT_ITEROVER)
		rc = git_fail(next, prefix, err);
	git_reference_iterator_free(it);
	if (rc)
		branch_tips_clear(out);
	else if (out->n > 1)
		qsort(out->items, out->n, sizeof(*out->items), compare_tips);
	return rc;
}

int refs_tips(struct refs *r, struct branch_tips *out, struct error *err)
{
	return list(r, "refs/heads/", out, err);
}

int refs_runs(struct refs *r, struct branch_tips *out, struct error *err)
{
	return list(r, REFS_RUNS, out, err);
}

int refs_resolve(struct refs *r, const char *rev, char out[41],
    struct error *err)
{
	return revision_find(r->repo, rev, out, err);
}

/* By the ref itself: "main~1" is a revision, not a branch. */
int refs_tip(struct refs *r, const char *branch, char out[41],
    struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	git_reference *ref = NULL;
	git_object *commit = NULL;
	int rc;

	buf_printf(&name, "refs/heads/%s", branch);
	if ((rc = buf_check(&name, err)))
		return rc;
	rc = git_reference_lookup(&ref, r->repo, name.p);
	if (rc == 0)
		rc = git_reference_peel(&commit, ref, GIT_OBJECT_COMMIT);
	if (rc == 0)
		git_oid_tostr(out, 41, git_object_id(commit));
	git_object_free(commit);
	git_reference_free(ref);
	return rc < 0 ? git_fail(rc, branch, err) : 0;
}

int refs_tree(struct refs *r, const char *commit, char out[41],
    struct error *err)
{
	git_commit *c = NULL;
	git_oid id;
	int rc = git_id(commit, &id, err);

	if (rc)
		return rc;
	rc = git_commit_lookup(&c, r->repo, &id);
	if (rc < 0)
		return git_fail(rc, commit, err);
	git_oid_tostr(out, 41, git_commit_tree_id(c));
	git_commit_free(c);
	return 0;
}

int refs_merge_base(struct refs *r, const char *a, const char *b, char out[41],
    struct error *err)
{
	git_oid left, right, base;
	int rc = git_id(a, &left, err);

	if (rc || (rc = git_id(b, &right, err)))
		return rc;
	rc = git_merge_base(&base, r->repo, &left, &right);
	if (rc < 0)
		return git_fail(rc, "merge base", err);
	git_oid_tostr(out, 41, &base);
	return 0;
}

int refs_each_before(struct refs *r, const char *commit,
    int (*fn)(const char *commit, void *payload), void *payload,
    struct error *err)
{
	git_revwalk *walk = NULL;
	char hex[41];
	git_oid id;
	int rc = git_id(commit, &id, err), next = GIT_ITEROVER;

	if (rc)
		return rc;
	rc = git_revwalk_new(&walk, r->repo);
	if (rc == 0)
		rc = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL);
	if (rc == 0)
		rc = git_revwalk_push(walk, &id);
	if (rc < 0)
		rc = git_fail(rc, commit, err);
	while (rc == 0 && (next = git_revwalk_next(&id, walk)) == 0)
		rc = fn(git_oid_tostr(hex, sizeof(hex), &id), payload);
	if (rc == 0 && next != GIT_ITEROVER)
		rc = git_fail(next, commit, err);
	git_revwalk_free(walk);
	return rc;
}

int refs_read(struct refs *r, const char *id, const char *file, struct buf *out,
    struct error *err)
{
	git_commit *commit = NULL;
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	git_blob *blob = NULL;
	int found, rc = git_find_commit(r, id, &commit, err);

	if (rc)
		return rc;
	found = git_commit_tree(&tree, commit);
	if (found == 0)
		found = git_tree_entry_bypath(&entry, tree, file);
	if (found == 0 && git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		rc = error_set(err, ERROR_CORRUPT, "%s of %s is not a file",
		    file, id);
	else if (found == 0)
		found =
		    git_blob_lookup(&blob, r->repo, git_tree_entry_id(entry));
	if (found < 0)
		rc = git_fail(found, file, err);
	if (rc == 0) {
		buf_add(out, git_blob_rawcontent(blob),
		    (size_t)git_blob_rawsize(blob));
		rc = buf_check(out, err);
	}
	git_blob_free(blob);
	git_tree_entry_free(entry);
	git_tree_free(tree);
	git_commit_free(commit);
	return rc;
}

/* --- production and snapshots --- */

int refs_line_tip(struct refs *r, const char *ref, struct line_tip *out,
    struct error *err)
{
	git_commit *commit = NULL;
	const char *subject;
	git_oid id;
	int rc = git_reference_name_to_id(&id, r->repo, ref);

	*out = (struct line_tip){ 0 };
	if (rc == 0)
		rc = git_commit_lookup(&commit, r->repo, &id);
	if (rc < 0)
		return git_fail(rc, ref, err);
	subject = git_commit_summary(commit);
	snprintf(out->subject, sizeof(out->subject), "%s",
	    subject ? subject : "");
	out->time = clock_from_seconds(git_commit_time(commit));
	git_oid_tostr(out->id, sizeof(out->id), &id);
	git_commit_free(commit);
	return 0;
}

int refs_message(struct refs *r, const char *id, struct buf *out,
    struct error *err)
{
	git_commit *commit = NULL;
	int rc = git_find_commit(r, id, &commit, err);

	if (rc)
		return rc;
	buf_add_str(out, git_commit_message(commit));
	git_commit_free(commit);
	return buf_check(out, err);
}

static int write_tree(struct refs *r, const struct line_new *new, git_oid *out,
    struct error *err)
{
	git_treebuilder *tree = NULL;
	git_oid blob;
	int rc = git_blob_create_from_buffer(&blob, r->repo, new->data.p,
	    new->data.n);

	if (rc == 0)
		rc = git_treebuilder_new(&tree, r->repo, NULL);
	if (rc == 0)
		rc = git_treebuilder_insert(NULL, tree, new->file, &blob,
		    GIT_FILEMODE_BLOB);
	if (rc == 0)
		rc = git_treebuilder_write(out, tree);
	git_treebuilder_free(tree);
	return rc < 0 ? git_fail(rc, new->ref, err) : 0;
}

static int write_commit(struct refs *r, const struct line_new *new,
    const git_oid *tree_id, const git_oid *from, git_oid *out)
{
	git_signature *author = NULL;
	git_commit *parent = NULL;
	git_tree *tree = NULL;
	const git_commit *parents[1];
	int rc = git_author(&author, NULL);

	if (rc == 0)
		rc = git_tree_lookup(&tree, r->repo, tree_id);
	if (rc == 0 && from != NULL)
		rc = git_commit_lookup(&parent, r->repo, from);
	parents[0] = parent;
	if (rc == 0)
		rc = git_commit_create(out, r->repo, NULL, author, author, NULL,
		    new->subject, tree, parent ? 1 : 0, parents);
	git_tree_free(tree);
	git_commit_free(parent);
	git_signature_free(author);
	return rc;
}

int refs_line_add(struct refs *r, const struct line_new *new, char id[41],
    struct error *err)
{
	const bool is_first = new->from[0] == '\0';
	git_oid tree, from, commit;
	int rc = is_first ? 0 : git_id(new->from, &from, err);

	if (rc || (rc = write_tree(r, new, &tree, err)))
		return rc;
	rc = write_commit(r, new, &tree, is_first ? NULL : &from, &commit);
	if (rc < 0)
		return git_fail(rc, new->ref, err);
	git_oid_tostr(id, 41, &commit);
	return git_move_ref(r, new->ref, &commit, is_first ? NULL : &from, err);
}
