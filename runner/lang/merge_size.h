#ifndef SLUICE_RUNNER_LANG_MERGE_SIZE_H
#define SLUICE_RUNNER_LANG_MERGE_SIZE_H
/*
 * merge_size -- whether a merge is of files that may be read. libgit2 reads
 * each that one side changed, to find what was renamed, as a whole; a push of a
 * few MB may bring one of any size.
 *
 * Errors     ERROR_LIMIT names the first that is larger; ERROR_IO.
 */
#include <stddef.h>

#include "cache/base/error.h"

struct git_repository;
struct git_commit;

/* Of all that came or changed on the way from their merge base to each of the
 * two, or went: at most so many bytes. */
int merge_size_check(struct git_repository *repo,
    struct git_commit *const sides[2], size_t most, struct error *err);

#endif
