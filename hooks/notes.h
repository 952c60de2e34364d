#ifndef SLUICE_HOOKS_NOTES_H
#define SLUICE_HOOKS_NOTES_H
/*
 * notes -- refs/notes/sluice: a report's few lines on each commit, for
 * `git log --notes=sluice`. A copy: the truth is in the run.
 *
 * Concurrent  git_note_create() and `git notes add` lose notes silently when
 *             several write at once. Here the notes' commit is made first, the
 *             ref moved by compare-and-swap, and all is done again where
 *             somebody was faster.
 */
#include "hooks/refs.h"
#include "reports/outbound.h"

#define NOTES_REF "refs/notes/sluice"

/* Sets the note of a commit, replacing an older one; nothing is written where
 * it is there already. ERROR_BUSY after thousands of lost races. */
int notes_set(struct refs *r, const char *commit, const struct outbound *text,
    struct error *err);

/* Adds the note of a commit to out, or ERROR_NOT_FOUND. */
int notes_get(struct refs *r, const char *commit, struct buf *out,
    struct error *err);

#endif
