/* runs: refs/sluice/runs/BRANCH, a commit a run (refs.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/git.h"
#include "hooks/refs.h"
#include "hooks/updates.h"

#define RUNS "refs/sluice/runs/"
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
	buf_printf(out, "%s%s", RUNS, branch);
	return buf_check(out, err);
}

int refs_run_prepare(struct refs *r, struct run_entry *about,
    const struct run_files *files, struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	CLEANUP(buf_clear) struct buf message = { 0 };
	git_signature *author = NULL;
	git_commit *parent = NULL;
	git_tree *tree = NULL;
	const git_commit *parents[1];
	git_oid id;
	int rc = run_ref(about->branch, &name, err);

	print_message(about, &message);
	if (rc || (rc = buf_check(&message, err)) ||
	    (rc = git_author(&author, err)))
		return rc;
	about->parent[0] = '\0';
	if (git_reference_name_to_id(&id, r->repo, name.p) == 0) {
		git_oid_tostr(about->parent, sizeof(about->parent), &id);
		rc = git_commit_lookup(&parent, r->repo, &id);
	}
	if (rc == 0)
		rc = write_files(r, files, &tree);
	parents[0] = parent;
	if (rc == 0)
		rc = git_commit_create(&id, r->repo, NULL, author, author, NULL,
		    message.p, tree, parent ? 1 : 0, parents);
	if (rc == 0)
		git_oid_tostr(about->id, sizeof(about->id), &id);
	git_tree_free(tree);
	git_commit_free(parent);
	git_signature_free(author);
	return rc < 0 ? git_fail(rc, "write a run", err) : 0;
}

/* --- reading --- */

static void copy_trailer(const char *message, const char *key, char *out,
    size_t size)
{
	const size_t n = strlen(key);
	const char *line;

	out[0] = '\0';
	for (line = message; line != NULL; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, n) == 0) {
			snprintf(out, size, "%.*s",
			    (int)strcspn(line + n, "\n"), line + n);
			return;
		}
	}
}

static void read_entry(const git_commit *commit, struct run_entry *out)
{
	const char *message = git_commit_message(commit);

	*out = (struct run_entry){ .time = (int64_t)git_commit_time(commit) *
		    1000 };
	git_oid_tostr(out->id, sizeof(out->id), git_commit_id(commit));
	if (git_commit_parentcount(commit) > 0)
		git_oid_tostr(out->parent, sizeof(out->parent),
		    git_commit_parent_id(commit, 0));
	copy_trailer(message, "Branch: ", out->branch, sizeof(out->branch));
	copy_trailer(message, "Commit: ", out->commit, sizeof(out->commit));
	copy_trailer(message, "Tree: ", out->tree, sizeof(out->tree));
	copy_trailer(message, "Manifest: ", out->manifest,
	    sizeof(out->manifest));
	copy_trailer(message, "Outcome: ", out->outcome, sizeof(out->outcome));
}

int refs_run_get(struct refs *r, const char *id, struct run_entry *out,
    struct error *err)
{
	git_commit *commit = NULL;
	git_oid oid;
	int rc = git_id(id, &oid, err);

	if (rc)
		return rc;
	rc = git_commit_lookup(&commit, r->repo, &oid);
	if (rc < 0)
		return git_fail(rc, id, err);
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

int refs_served_run(struct refs *r, struct run_entry *out, struct error *err)
{
	struct line_tip tip;
	char id[41] = "";
	int rc = refs_line_tip(r, REFS_PRODUCTION, &tip, err);

	if (rc)
		return rc;
	if (sscanf(tip.subject, "run %40[0-9a-f] of", id) != 1)
		return error_set(err, ERROR_NOT_FOUND,
		    REFS_PRODUCTION " names no run");
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

static int add_runs(git_reference *ref, struct branch_tips *out,
    struct error *err)
{
	const git_oid *id = git_reference_target(ref);
	struct branch_tip *more;

	if (id == NULL) /* symbolic: not ours */
		return 0;
	more = mem_grow(out->items, out->n, &out->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	out->items = more;
	more += out->n;
	more->branch = mem_strdup(git_reference_name(ref) + sizeof(RUNS) - 1);
	if (more->branch == NULL)
		return error_memory(err);
	git_oid_tostr(more->commit, 41, id);
	out->n++;
	return 0;
}

/* The ids that refs/sluice/runs/... are at, as "BRANCH" and "COMMIT". */
static int list_runs(struct refs *r, struct branch_tips *out, struct error *err)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int next = GIT_ITEROVER;
	int rc = git_reference_iterator_glob_new(&it, r->repo, RUNS "*");

	if (rc < 0)
		return git_fail(rc, RUNS, err);
	while (rc == 0 && (next = git_reference_next(&ref, it)) == 0) {
		rc = add_runs(ref, out, err);
		git_reference_free(ref);
		ref = NULL;
	}
	if (rc == 0 && next != GIT_ITEROVER)
		rc = git_fail(next, RUNS, err);
	git_reference_iterator_free(it);
	return rc;
}

int refs_runs_each(struct refs *r, const char *branch,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips heads = { 0 };
	size_t i;
	int rc = list_runs(r, &heads, err);

	for (i = 0; i < heads.n && rc == 0; i++)
		if (branch == NULL ||
		    strcmp(heads.items[i].branch, branch) == 0)
			rc = walk(r, heads.items[i].commit, fn, payload, err);
	return rc;
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

static int is_run(const struct run_entry *run, void *payload)
{
	return strcmp(run->id, payload) == 0;
}

int refs_run_publish(struct refs *r, const struct run_entry *about,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	char id[41];
	git_oid to, from;
	int rc = run_ref(about->branch, &name, err);

	if (rc || (rc = git_id(about->id, &to, err)) ||
	    (about->parent[0] && (rc = git_id(about->parent, &from, err))))
		return rc;
	memcpy(id, about->id, sizeof(id));
	rc = refs_runs_each(r, about->branch, is_run, id, err);
	if (rc)
		return rc > 0 ? 0 : rc;
	return git_move_ref(r, name.p, &to, about->parent[0] ? &from : NULL,
	    err);
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

/* First the new name, then the old one goes: killed between, the runs are
 * under both, and the next pass ends it. */
static int archive(struct refs *r, const struct branch_tip *runs,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf to = { 0 };
	CLEANUP(buf_clear) struct buf from = { 0 };
	CLEANUP(fd_close) int guard = -1;
	git_oid id;
	int rc = git_id(runs->commit, &id, err);

	buf_printf(&to, "%s%s/%s", DELETED, runs->branch, runs->commit);
	buf_printf(&from, "%s%s", RUNS, runs->branch);
	if (rc || (rc = buf_check(&to, err)) || (rc = buf_check(&from, err)))
		return rc;
	git_guard(r, &guard);
	do {
		rc = copy_and_delete(r, to.p, from.p, &id);
	} while (rc == GIT_ELOCKED && git_break_lock(r, to.p) &&
	    git_break_lock(r, from.p) && git_break_lock(r, "packed-refs"));
	return rc < 0 ? git_fail(rc, from.p, err) : 0;
}

int refs_archive_deleted(struct refs *r, struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips heads = { 0 };
	size_t i;
	int rc = list_runs(r, &heads, err);

	for (i = 0; i < heads.n && rc == 0; i++) {
		CLEANUP(buf_clear) struct buf name = { 0 };
		git_oid id;
		int there;

		buf_printf(&name, "refs/heads/%s", heads.items[i].branch);
		if ((rc = buf_check(&name, err)))
			break;
		there = git_reference_name_to_id(&id, r->repo, name.p);
		if (there == GIT_ENOTFOUND)
			rc = archive(r, &heads.items[i], err);
	}
	return rc;
}
