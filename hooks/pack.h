#ifndef SLUICE_HOOKS_PACK_H
#define SLUICE_HOOKS_PACK_H
/*
 * pack -- what we write to git comes to the disk in one small pack, at the
 * moment its ref moves. Not for other layers.
 *
 * git's housekeeping (`git gc --prune=now`, `git prune`) deletes loose objects
 * that no ref named when it began to look, even when one names them by now,
 * and takes empty directories away under whoever writes into them. A pack with
 * a .keep beside it is left alone: git itself receives pushes so.
 *
 * Use        Objects are written by libgit2's calls and held in memory, where
 *            this handle alone sees them. pack_write(); move the ref;
 *            pack_release(). Or pack_drop().
 * Shape      The pack written last is taken along while it is small, so that
 *            there are few: sluice/runner/pack names it.
 * Errors     ERROR_IO, ERROR_MEMORY.
 * Locks      Write and release under git_guard().
 */
#include "hooks/git.h"

/* From now on the repository's new objects are held in memory. */
int pack_open(git_repository *repo, struct pack **out, struct error *err);

/* Writes what is held as a pack that housekeeping leaves alone. */
int pack_write(struct refs *r, struct error *err);

/* A ref names it by now, or none ever will: it is a pack like any other. */
void pack_release(struct refs *r);

/* Forgets what is held. */
void pack_drop(struct refs *r);

#endif
