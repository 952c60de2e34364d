#ifndef SLUICE_RUNNER_CMD_ROOTS_H
#define SLUICE_RUNNER_CMD_ROOTS_H
/*
 * roots -- what a store's garbage collection must keep.
 *
 * A store may serve several repositories, and only they know what of it is
 * wanted: STORE/users/ holds a file for each that ever opened it, with the
 * path of its git directory. Roots are what the outcomes of desk runs name
 * (STORE/desk/), and all that the JSON files of commits under refs/sluice/ of
 * those repositories name.
 */
#include "cache/digest_set.h"
#include "runner/cmd/cmd.h"

/* Notes that the context's repository uses the store. */
int roots_register(const struct context *c, struct store *st,
    struct error *err);

/* roots must be in the store; hints may be. A repository that cannot be read
 * is an error: what it needs cannot be known. */
int roots_find(struct store *st, struct digest_set *roots,
    struct digest_set *hints, struct error *err);

#endif
