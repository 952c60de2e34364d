/* runs: refs/sluice/runs/BRANCH, a commit a run (refs.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/git.h"
#include "hooks/refs.h"
#include "hooks/tips.h"
#include "hooks/updates.h"

#define DELETED "refs/sluice/deleted/"

/* --- writing --- */

static int add_file(struct refs *r, git_treebuilder *tree, const char *name,
    struct bytes data)
{
	git_oid blob;
	int rc;

	if (data.n == 0)
		return 0;
	rc = git_blob_create_from_buffer(&blob, r->repo, data.p, data.n);
	return rc < 0 ? rc
	              : git_treebuilder_insert(NULL, tree, name, &blob,
	                    GIT_FILEMODE_BLOB);
}

static int write_files(struct refs *r, const struct run_files *files,
    git_tree **out)
{
	git_treebuilder *builder = NULL;
	git_oid id;
	int rc = git_treebuilder_new(&builder, r->repo, NULL);

	if (rc == 0)
		rc = add_file(r, builder, "manifest.json", files->manifest);
	if (rc == 0)
		rc = add_file(r, builder, "run.json", files->run);
	if (rc == 0)
		rc = add_file(r, builder, "report.md", files->report);
	if (rc == 0)
		rc = git_treebuilder_write(&id, builder);
	if (rc == 0)
		rc = git_tree_lookup(out, r->repo, &id);
	git_treebuilder_free(builder);
	return rc;
}

static void print_message(const struct run_entry *about, struct buf *out)
{
	buf_printf(out,
	    "%s: %s at %.12s\n\nBranch: %s\nCommit: %s\nTree: %s\n"
	    "Manifest: %s\nOutcome: %s\n",
	    about->outcome, about->branch, about->commit, about->branch,
	    about->commit, about->tree, about->manifest, about->outcome);
}

static int run_ref(const char *branch, struct buf *out, struct error *err)
{
	buf_printf(out, "%s%s", REFS_RUNS, branch);
	return buf_check(out, err);
}

static int write_run(struct refs *r, const git_commit *parent,
    const struct run_files *files, const char *message, git_oid *out)
{
	const git_commit *parents[1] = { parent };
	git_signature *author = NULL;
	git_tree *tree = NULL;
	int rc = git_author(&author, NULL);

	if (rc == 0)
		rc = write_files(r, files, &tree);
	if (rc == 0)
		rc = git_commit_create(out, r->repo, NULL, author, author, NULL,
		    message, tree, parent ? 1 : 0, parents);
	git_tree_free(tree);
	git_signature_free(author);
	return rc;
}

int refs_run_prepare(struct refs *r, struct run_entry *about,
    const struct run_files *files, struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	CLEANUP(buf_clear) struct buf message = { 0 };
	git_commit *parent = NULL;
	git_oid id;
	int rc = run_ref(about->branch, &name, err);

	print_message(about, &message);
	if (rc || (rc = buf_check(&message, err)))
		return rc;
	about->parent[0] = '\0';
	if (git_reference_name_to_id(&id, r->repo, name.p) == 0) {
		git_oid_tostr(about->parent, sizeof(about->parent), &id);
		rc = git_commit_lookup(&parent, r->repo, &id);
	}
	if (rc == 0)
		rc = write_run(r, parent, files, message.p, &id);
	if (rc == 0)
		git_oid_tostr(about->id, sizeof(about->id), &id);
	git_commit_free(parent);
	return rc < 0 ? git_fail(rc, "write a run", err) : 0;
}

/* --- reading --- */

static void read_entry(const git_commit *commit, struct run_entry *out)
{
	const char *message = git_commit_message(commit);

	*out = (struct run_entry){ .time = clock_from_seconds(
		                       git_commit_time(commit)) };
	git_oid_tostr(out->id, sizeof(out->id), git_commit_id(commit));
	if (git_commit_parentcount(commit) > 0)
		git_oid_tostr(out->parent, sizeof(out->parent),
		    git_commit_parent_id(commit, 0));
	git_trailer(message, "Branch: ", out->branch, sizeof(out->branch));
	git_trailer(message, "Commit: ", out->commit, sizeof(out->commit));
	git_trailer(message, "Tree: ", out->tree, sizeof(out->tree));
	git_trailer(message, "Manifest: ", out->manifest,
	    sizeof(out->manifest));
	git_trailer(message, "Outcome: ", out->outcome, sizeof(out->outcome));
}

int refs_run_get(struct refs *r, const char *id, struct run_entry *out,
    struct error *err)
{
	git_commit *commit = NULL;
	int rc = git_find_commit(r, id, &commit, err);

	if (rc)
		return rc;
	read_entry(commit, out);
	git_commit_free(commit);
	return 0;
}

int refs_run_latest(struct refs *r, const char *branch, struct run_entry *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	char id[41];
	git_oid oid;
	int rc = run_ref(branch, &name, err);

	if (rc)
		return rc;
	if (git_reference_name_to_id(&oid, r->repo, name.p) < 0)
		return error_set(err, ERROR_NOT_FOUND, "no run of %s yet",
		    branch);
	git_oid_tostr(id, sizeof(id), &oid);
	return refs_run_get(r, id, out, err);
}

/* From run `id` back to the first. */
static int walk(struct refs *r, const char *id,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err)
{
	struct run_entry run = { 0 };
	int rc = 0;

	snprintf(run.parent, sizeof(run.parent), "%s", id);
	while (rc == 0 && run.parent[0] != '\0') {
		rc = refs_run_get(r, run.parent, &run, err);
		if (rc == 0)
			rc = fn(&run, payload);
	}
	return rc;
}

int refs_runs_each(struct refs *r, const char *branch,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips heads = { 0 };
	CLEANUP(buf_clear) struct buf name = { 0 };
	char id[41];
	git_oid oid;
	size_t i;
	int rc;

	if (branch != NULL) {
		if ((rc = run_ref(branch, &name, err)))
			return rc;
		rc = git_reference_name_to_id(&oid, r->repo, name.p);
		/* a name that git would not take has none either */
		if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
			return 0;
		if (rc < 0)
			return git_fail(rc, name.p, err);
		git_oid_tostr(id, sizeof(id), &oid);
		return walk(r, id, fn, payload, err);
	}
	rc = refs_runs(r, &heads, err);
	for (i = 0; i < heads.n && rc == 0; i++)
		rc = walk(r, heads.items[i].commit, fn, payload, err);
	return rc;
}

static int is_run(const struct run_entry *run, void *payload)
{
	return strcmp(run->id, payload) == 0;
}

bool refs_run_is_of(struct refs *r, const char *branch, const char *id)
{
	char wanted[41];

	snprintf(wanted, sizeof(wanted), "%s", id);
	return refs_runs_each(r, branch, is_run, wanted, NULL) > 0;
}

struct search {
	const struct run_find *find;
	struct run_entry *out;
	bool found;
};

static int match(const struct run_entry *run, void *payload)
{
	struct search *s = payload;

	if ((s->find->commit && strcmp(run->commit, s->find->commit) != 0) ||
	    (s->find->tree && strcmp(run->tree, s->find->tree) != 0))
		return 0;
	*s->out = *run;
	s->found = true;
	return 1;
}

int refs_run_find(struct refs *r, const struct run_find *find,
    struct run_entry *out, struct error *err)
{
	struct search s = { .find = find, .out = out };
	int rc = 0;

	if (find->branch == NULL && find->first != NULL)
		rc = refs_runs_each(r, find->first, match, &s, err);
	if (rc == 0)
		rc = refs_runs_each(r, find->branch, match, &s, err);
	if (rc < 0)
		return rc;
	if (!s.found)
		return error_set(err, ERROR_NOT_FOUND, "no run of %s",
		    find->commit       ? find->commit
		        : find->branch ? find->branch
		                       : "that tree");
	return 0;
}

/* --- publishing --- */

int refs_run_publish(struct refs *r, const struct run_entry *about,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	struct error moved = { 0 };
	git_oid to, from;
	int rc = run_ref(about->branch, &name, err);

	if (rc || (rc = git_id(about->id, &to, err)) ||
	    (about->parent[0] && (rc = git_id(about->parent, &from, err))))
		return rc;
	rc = git_move_ref(r, name.p, &to, about->parent[0] ? &from : NULL,
	    &moved);
	if (rc == ERROR_BUSY && refs_run_is_of(r, about->branch, about->id))
		return 0;
	return rc ? error_set(err, moved.code, "%s", moved.msg) : 0;
}

static int copy_and_delete(struct refs *r, const char *to, const char *from,
    const git_oid *id)
{
	git_reference *ref = NULL;
	int rc = git_reference_create(&ref, r->repo, to, id, 1, "sluice");

	git_reference_free(ref);
	ref = NULL;
	if (rc == 0)
		rc = git_reference_lookup(&ref, r->repo, from);
	if (rc == 0)
		rc = git_reference_delete(ref);
	git_reference_free(ref);
	return rc;
}

static bool is_gone(struct refs *r, const char *branch)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	git_oid id;

	buf_printf(&name, "refs/heads/%s", branch);
	return !name.failed &&
	    git_reference_name_to_id(&id, r->repo, name.p) == GIT_ENOTFOUND;
}

/* First the new name, then the old one goes: killed between, the runs are
 * under both, and the next pass ends it. */
static int rename_runs(struct refs *r, const char *to, const char *from,
    const git_oid *id)
{
	int rc;

	do {
		rc = copy_and_delete(r, to, from, id);
	} while (rc == GIT_ELOCKED && git_break_lock(r, to) &&
	    git_break_lock(r, from) && git_break_lock(r, "packed-refs"));
	return rc;
}

int refs_archive(struct refs *r, const struct branch_tip *runs,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf to = { 0 }, other = { 0 }, from = { 0 };
	CLEANUP(fd_close) int guard = -1;
	git_oid id;
	int rc = git_id(runs->commit, &id, err);

	buf_printf(&to, "%s%s/%s", DELETED, runs->branch, runs->commit);
	buf_printf(&other, "%s%s", DELETED, runs->commit);
	buf_printf(&from, "%s%s", REFS_RUNS, runs->branch);
	if (rc || (rc = buf_check(&to, err)) || (rc = buf_check(&other, err)) ||
	    (rc = buf_check(&from, err)) || !is_gone(r, runs->branch))
		return rc;
	git_guard(r, &guard);
	rc = rename_runs(r, to.p, from.p, &id);
	/* a branch with the name of one of these runs may lie in the way */
	if (rc < 0)
		rc = rename_runs(r, other.p, from.p, &id);
	return rc < 0 ? git_fail(rc, from.p, err) : 0;
}
