#ifndef SLUICE_CACHE_FSCK_H
#define SLUICE_CACHE_FSCK_H
/*
 * fsck -- reads everything in a store and verifies it.
 *
 * Damaged blobs and result records go to quarantine, damaged derived forms
 * are dropped; all count as absent afterwards and are computed anew when they
 * are wanted. Damage is not an error: it is in the report.
 */
#include "cache/store.h"

struct fsck_report {
	uint64_t blobs, bytes, bad_blobs;
	uint64_t results, bad_results;
	uint64_t derived, bad_derived;
	uint64_t strangers; /* files that are no names of ours */
	uint64_t in_quarantine; /* files, of all times */
	bool bad_epoch; /* cannot be read: no result is served */
};

/* How much there is, without reading it. */
struct store_sizes {
	struct store_size {
		uint64_t n, bytes;
	} blobs, results, derived, trash, quarantine;
};
int fsck_sizes(struct store *st, struct store_sizes *out, struct error *err);

/* Calls on_damage (may be NULL) with kind ("blob", "result", form) and name of
 * each damaged thing. */
struct fsck_watch {
	void (*on_damage)(const char *kind, const struct digest *id,
	    void *payload);
	void *payload;
};

/* ERROR_IO where something could not be read at all. */
int fsck_run(struct store *st, const struct fsck_watch *watch,
    struct fsck_report *out, struct error *err);

#endif
