#ifndef SLUICE_RUNNER_LANG_REVISION_H
#define SLUICE_RUNNER_LANG_REVISION_H
/*
 * revision -- what a person may call a commit, found without git's own reader
 * of revisions: libgit2 gets names of refs, which it checks as such, and
 * digits.
 *
 *   HEAD, @          what is checked out
 *   NAME             a ref of that name, then a tag, a branch, a branch of a
 *                    remote, a remote: the first, in git's order
 *   DIGITS           40 of a commit or tag (before a ref so named), or the
 *                    first 4 to 39 of one alone
 *   ...~N  ...^N     the Nth first parent (N: 1), the parent N (N: 1; 0: the
 *                    commit); any number of them
 *
 * Not read is what else gitrevisions(7) has: @{...} (reflogs, upstreams),
 * ^{...}, :/text, REV:path, the words of `git describe`.
 * Errors     ERROR_NOT_FOUND; ERROR_IO.
 */
#include "cache/base/digest.h"
#include "cache/base/error.h"

struct git_repository;

/* The 40 digits of the commit that a revision leads to. */
int revision_find(struct git_repository *repo, const char *rev,
    char out[GIT_ID_HEX + 1], struct error *err);

#endif
