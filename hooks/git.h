#ifndef SLUICE_HOOKS_GIT_H
#define SLUICE_HOOKS_GIT_H
/*
 * git -- what the files of this folder share of libgit2: the handle, and its
 * errors in our words. Not for other layers: they use refs.h and notes.h.
 */
#include <git2.h>
#include <stdbool.h>

#include "cache/base/error.h"

#define REFS_RUNS "refs/sluice/runs/" /* and the branch */

struct pack;

struct refs {
	git_repository *repo;
	char *git_dir;
	struct pack *pack; /* pack.h; the repository's */
	bool is_guarded; /* by who has this handle, for longer than a move */
};

/* Turns libgit2's last error into ours: NOT_FOUND; BUSY where somebody else
 * moved or holds a ref; else IO. */
int git_fail(int rc, const char *what, struct error *err);

/* 40 digits to an id; ERROR_NOT_FOUND for anything else. */
int git_id(const char *hex, git_oid *out, struct error *err);

/* Who writes our commits: never the pusher, never git's configuration. */
int git_author(git_signature **out, struct error *err);

/* Copies what stands behind key ("Branch: ") in the first line of a message
 * that begins with it; "" where there is none. */
void git_trailer(const char *message, const char *key, char *out, size_t size);

/* Waits until no other sluice moves refs of this repository; closing *fd lets
 * the next one. Where it cannot be had (*fd -1) we go on: it guards only
 * against locks that the dead have left; nor is it waited for where this handle
 * has it already. */
void git_guard(struct refs *r, int *fd);

/* Under the guard, when libgit2 says that a ref is locked: waits for the
 * lock's end, or removes it where its owner must be dead. False: still
 * locked. */
bool git_break_lock(struct refs *r, const char *name);

/* Writes what is held in memory (pack.h), and moves a ref to id if it still is
 * at from (NULL: is not there). ERROR_BUSY where it is elsewhere; what was held
 * is forgotten then. */
int git_move_ref(struct refs *r, const char *name, const git_oid *id,
    const git_oid *from, struct error *err);

/* The commit of 40 digits; the caller frees it. */
int git_find_commit(struct refs *r, const char *id, git_commit **out,
    struct error *err);

#endif
