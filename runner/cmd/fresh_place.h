#ifndef SLUICE_RUNNER_CMD_FRESH_PLACE_H
#define SLUICE_RUNNER_CMD_FRESH_PLACE_H
/*
 * fresh_place -- where we are and what a name means, read from git's files by
 * hand: a part of fresh. Only the plain cases; of all else it says false, and
 * libgit2 is asked.
 */
#include "cache/base/digest.h"

/* The git directory of the current directory's repository: .git of a directory
 * above, or a bare one, that belongs to us. *is_bare: it has no work tree. */
bool fresh_git_dir(struct buf *out, bool *is_bare);

/* The object that HEAD, a branch or a tag names. */
bool fresh_resolve(const char *git_dir, const char *name,
    char out[GIT_ID_HEX + 1]);

/* Adds all that settings may come from; false where one includes another
 * file. */
bool fresh_add_settings(const char *git_dir, struct buf *out);

#endif
