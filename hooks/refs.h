#ifndef SLUICE_HOOKS_REFS_H
#define SLUICE_HOOKS_REFS_H
/*
 * refs -- what sluice reads of a repository's branches, and what it keeps
 * under refs/sluice/.
 *
 * Use        refs_open(dir, &r, err); refs_tips(); refs_merge_base();
 *            refs_run_prepare() and refs_run_publish(); refs_run_find();
 *            refs_close(r).
 * Shape      refs/sluice/runs/BRANCH        a commit a run, parent the run
 *                before: manifest.json, run.json, report.md; what finds it
 *                again (branch, commit, tree, manifest, outcome) is in
 *                trailers of its message.
 *            refs/sluice/deleted/BRANCH/ID  runs of a branch that is gone
 *                (deleted/ID where a branch's name is in the way)
 *            refs/sluice/production         manifest.json
 *            refs/sluice/snapshots          snapshot.json
 *            Commits and trees are named by 40 digits.
 * Durable    Objects and refs are synced when a function returns 0.
 * Errors     ERROR_NOT_FOUND; ERROR_BUSY where a ref is no longer where the
 *            caller saw it: read again, decide again; ERROR_IO.
 * Threads    A handle belongs to one thread; a repository to many processes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/buf.h"
#include "cache/base/error.h"

struct refs;

/* A repository of another user, and one that libgit2 cannot read (SHA-256,
 * reftable), are refused in words. */
int refs_open(const char *git_dir, struct refs **out, struct error *err);
void refs_close(struct refs *r);
void refs_closep(struct refs **r);

/* The commit of a branch; of a revision (runner/lang/revision.h); a commit's
 * tree. */
int refs_tip(struct refs *r, const char *branch, char out[41],
    struct error *err);
int refs_resolve(struct refs *r, const char *rev, char out[41],
    struct error *err);
int refs_tree(struct refs *r, const char *commit, char out[41],
    struct error *err);

/* The best common ancestor; ERROR_NOT_FOUND of unrelated histories. */
int refs_merge_base(struct refs *r, const char *a, const char *b, char out[41],
    struct error *err);

/* Calls fn for a commit and those before it, nearest first; a non-zero answer
 * ends it and is returned. */
int refs_each_before(struct refs *r, const char *commit,
    int (*fn)(const char *commit, void *payload), void *payload,
    struct error *err);

/* --- runs --- */

struct run_entry {
	char id[41]; /* the run's commit */
	char parent[41]; /* the run before, or "" */
	char branch[256];
	char commit[41], tree[41];
	char manifest[65]; /* its id, or "" where the text had errors */
	char outcome[16]; /* "success" "failure" "error" */
	int64_t time; /* ms since 1970 */
};

struct run_files {
	struct bytes manifest; /* n 0: none */
	struct bytes run, report;
};

/* Makes the objects of a run that follows the branch's latest; they come to
 * the disk when it is published. about->id and parent are set. */
int refs_run_prepare(struct refs *r, struct run_entry *about,
    const struct run_files *files, struct error *err);

/* Makes a prepared run the branch's latest; fine where it is in its history
 * already. */
int refs_run_publish(struct refs *r, const struct run_entry *about,
    struct error *err);

/* A run by its own commit; the latest of a branch. */
int refs_run_get(struct refs *r, const char *id, struct run_entry *out,
    struct error *err);
int refs_run_latest(struct refs *r, const char *branch, struct run_entry *out,
    struct error *err);

/* Whether a run is the branch's latest, or behind it. */
bool refs_run_is_of(struct refs *r, const char *branch, const char *id);

/* The newest run of this branch, commit, tree (each NULL: any). Runs of
 * branch `first` (may be NULL) are looked at before others. */
struct run_find {
	const char *branch, *commit, *tree, *first;
};
int refs_run_find(struct refs *r, const struct run_find *find,
    struct run_entry *out, struct error *err);

/* Calls fn for each run, newest first, of a branch or (NULL) of all branches
 * in order; a non-zero answer ends it and is returned. */
int refs_runs_each(struct refs *r, const char *branch,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err);

/* The same of branches that are gone, in no order of time. */
int refs_deleted_each(struct refs *r, const char *branch,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err);

/* Adds a file of a run, of production or of a snapshot: "manifest.json",
 * "run.json", "report.md", "snapshot.json". */
int refs_read(struct refs *r, const char *id, const char *file, struct buf *out,
    struct error *err);

/* --- production (production.h), snapshots: a ref, a commit each, a file --- */

#define REFS_SNAPSHOTS "refs/sluice/snapshots"

/* The ref's commit and its message's first line; ERROR_NOT_FOUND. */
struct line_tip {
	char id[41];
	char subject[256];
	int64_t time;
};
int refs_line_tip(struct refs *r, const char *ref, struct line_tip *out,
    struct error *err);

/* Adds the message of a commit to out. */
int refs_message(struct refs *r, const char *id, struct buf *out,
    struct error *err);

/* Adds a commit behind from ("": the first) with one file; ERROR_BUSY where
 * the ref is no longer there. The subject may have a text below it. */
struct line_new {
	const char *ref, *from, *file, *subject;
	struct bytes data;
};
int refs_line_add(struct refs *r, const struct line_new *new, char id[41],
    struct error *err);

#endif
