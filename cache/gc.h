#ifndef SLUICE_CACHE_GC_H
#define SLUICE_CACHE_GC_H
/*
 * gc -- what nothing refers to leaves the store, in two steps.
 *
 * Mark       From the roots (manifests, run records, snapshots: the caller
 *            knows which) and from all that is younger than the grace age, to
 *            every digest that a reachable JSON document or result record
 *            names, in whatever member, so that what a later version refers
 *            to is kept too.
 * Lay aside  What is not reachable and older than the grace age goes to
 *            trash/. Readers still find it there and bring it back, so a run
 *            that meets an old table at the wrong moment loses nothing.
 * Delete     What lay in trash for the grace age, and is not reachable then.
 * Errors     ERROR_NOT_FOUND where a root is not in the store: what it refers
 *            to cannot be known, so nothing is touched. ERROR_BUSY where
 *            another gc is at work.
 */
#include "cache/digest_set.h"
#include "cache/store.h"

enum {
	GC_GRACE_DAYS = 14
};

struct gc_request {
	const struct digest *roots;
	size_t n_roots;
	const struct digest_set *hints; /* kept where they are there; or NULL */
	int64_t now; /* ms since 1970 */
	int64_t grace; /* ms */
	bool only_look; /* nothing is changed; the report is what would be */
};

struct gc_count {
	uint64_t n, bytes;
};

struct gc_report {
	struct gc_count kept; /* blobs: reachable, or young */
	struct gc_count laid_aside, deleted, brought_back;
	struct gc_count in_trash; /* that are too young to go */
	struct gc_count results, derived; /* removed */
};

/* Adds each digest that a document names: for hints, from the manifests that
 * git refs hold. */
int gc_add_text(struct digest_set *out, struct bytes text, struct error *err);

/* Marks, brings back, removes, lays aside. */
int gc_run(struct store *st, const struct gc_request *request,
    struct gc_report *out, struct error *err);

#endif
