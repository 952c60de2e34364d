#ifndef SLUICE_RUNNER_IMAGES_H
#define SLUICE_RUNNER_IMAGES_H
/*
 * images -- the derived form of large tables that SQLite reads: the leaves of
 * its b-tree, so that a node has them without parsing and copying rows.
 *
 * Shape      An image is of a sequence of columns, whatever table they are of
 *            and whatever they are called: its name in the store is the digest
 *            of {"columns":[{"digest","type"}...],"format":"sluice-sqlite/1",
 *            "rows":N}. The bytes: zeros up to the end of the file's first
 *            4,096, then the leaves, of 4,096 bytes each, in their order.
 * Made       By the control side, which runs no SQL, from the verified parts,
 *            when the same is read for the second time: a run at night, which
 *            reads most tables once, makes none. Not of small tables; not of
 *            one with a row that is longer than a leaf; not where all of them
 *            together would take more than a tenth of what is free on the disk
 *            (those that were read longest ago go first).
 * Given      Verified, by descriptor, read only, to a node of SQLite that makes
 *            no index of an input. What is executed a second time in other
 *            surroundings (twice.h) gets the parts: so the two ways are held
 *            against each other.
 * Errors     None: where anything fails there is no image, and the parts do.
 */
#include <stdatomic.h>

#include "runner/plan.h"

struct image {
	int fd; /* -1: none; the parts are given */
	uint64_t bytes; /* of the file */
};

/* For each input of a job, in its order, its image; the descriptors are the
 * caller's. cancelled may be NULL. */
void images_open(struct store *st, const struct plan_job *pj,
    const atomic_bool *cancelled, struct image *out);

#endif
