#ifndef SLUICE_RUNNER_EXPLAIN_H
#define SLUICE_RUNNER_EXPLAIN_H
/*
 * explain -- which part of a key differs: two preimages compared.
 */
#include "cache/manifest.h"
#include "runner/jobspec.h"

/* In a few words, the first part that differs, in the order in which a reader
 * wants to know: "code", "file" (a table in git), "action", "version of
 * sqlite", "contract", "helper lib.py", "input p: rows", "input p: column x",
 * "files", "snapshot", "date", "threads"; "" where nothing does. before NULL:
 * "new". */
void explain_difference(const json_t *before, const json_t *after, char *out,
    size_t size);

/* The same for a node against what an earlier manifest has under its path;
 * the preimage is read from the store. ERROR_MEMORY. */
int explain_against(struct store *st, const struct manifest *previous,
    const char *path, const json_t *what, char *out, size_t size);

#endif
