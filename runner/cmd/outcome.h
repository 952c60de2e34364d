#ifndef SLUICE_RUNNER_CMD_OUTCOME_H
#define SLUICE_RUNNER_CMD_OUTCOME_H
/*
 * outcome -- where the manifests of runs are found again: those of this desk
 * (STORE/desk/), those of the server (refs/sluice/runs, fetched in a clone).
 *
 * STORE/desk/NAME holds "MANIFEST RECORD\n", two blob names: of the newest
 * complete run (no targets, no --set) of a tree (NAME is the git tree id) or
 * of a work tree ("worktree-" and the digest of its path). They are roots of
 * garbage collection.
 */
#include "runner/cmd/cmd.h"

/* Keeps the outcome of a run at the desk; the record is put into the store. */
int outcome_save(const struct context *c, struct store *st,
    const struct manifest *m, const struct run_record *r, bool is_worktree,
    struct error *err);

/* The manifest of the newest run of a revision (the server's also by what
 * served.h knows); at NULL: of the work tree (else of HEAD). ERROR_NOT_FOUND
 * says how to make one. A run that made none: ERROR_SYNTAX where the text had
 * errors, ERROR_REMOTE where it could not be done. */
int outcome_load(const struct context *c, struct store *st, const char *at,
    struct manifest *out, struct error *err);

/* Whether that says that there is none to be had, which is no error of who can
 * do without: no memory and a damaged store are. */
bool outcome_is_absent(int rc);

/* Its run record. */
int outcome_load_record(const struct context *c, struct store *st,
    const char *at, struct run_record *out, struct error *err);

/* Whether the files of the work tree are others than those that were run (not
 * where they cannot be read); and the same, told on stderr. */
int outcome_is_behind(const struct context *c, const struct manifest *m,
    bool *out, struct error *err);
int outcome_tell_behind(const struct context *c, const struct manifest *m,
    struct error *err);

#endif
