#ifndef SLUICE_RUNNER_CMD_SERVED_H
#define SLUICE_RUNNER_CMD_SERVED_H
/*
 * served -- a run of the server by what people call it. Needs refs alone: in a
 * clone the commit itself may not be there (a shallow one, one of a single
 * branch, a branch that is gone).
 */
#include "hooks/refs.h"

enum {
	SERVED_SHORT = 4 /* least digits of an id that is cut short */
};

/* The newest run that a word names: a branch, a commit, the run's own commit
 * (cut short, too); of branches that are gone after all others. Where a commit
 * has runs on several branches, those of first (may be NULL) come first.
 * ERROR_NOT_FOUND; ERROR_USAGE where the digits are those of several. */
int served_find(struct refs *r, const char *word, const char *first,
    struct run_entry *out, struct error *err);

/* Calls fn for each run that a word names so, newest first; n is how many. */
int served_each(struct refs *r, const char *word,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    size_t *n, struct error *err);

/* The branch of the run that is served: production's, which a clone of another
 * branch does not know by itself; fallback before there is one. */
void served_branch(struct refs *r, const char *fallback, char out[256]);

#endif
