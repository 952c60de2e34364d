#ifndef SLUICE_REPORTS_MOUNTS_H
#define SLUICE_REPORTS_MOUNTS_H
/*
 * mounts -- the blast radius of a change in a shared library: what it did to
 * each place (a clinic) that mounts it.
 *
 * Use        A part of the report: report_make() fills r->mounts.
 * Shape      A place is the directory of the file that brought a node from
 *            elsewhere, the outermost one where mounts nest. A library's file
 *            is touched where its blob differs, where it is new or gone, or
 *            where two places or more have another key by it though all that
 *            they read is the same (a helper, a group file, an action). There
 *            is no list where no file is touched that two places share.
 *            From the manifests alone; a place that hides all of a library is
 *            not known as one.
 * Ownership  report_mounts_clear().
 * Errors     ERROR_MEMORY.
 */
#include <stddef.h>

#include "cache/base/error.h"

struct report;

/* In order: the worst of what befell a place is told. */
enum mount_effect {
	MOUNT_OVERRIDES, /* it hides what was changed: not affected */
	MOUNT_SAME, /* recomputed, every table as it was */
	MOUNT_CHANGED, /* tables differ */
	MOUNT_FAILED, /* nodes failed, or wait for one that did */
};

struct report_mount {
	char *name; /* the directory: "ClinicB"; "/" for all of it */
	enum mount_effect effect;
	size_t n_nodes, n_changed; /* affected ones; tables that differ */
};

/* Sorted by name; r has its two manifests and knows whether they have the same
 * sources. */
int report_mounts_make(const struct report *r, struct report_mount **out,
    size_t *n, struct error *err);
void report_mounts_clear(struct report_mount *mounts, size_t n);

/* "overrides", "same", "changed", "failed". */
const char *mount_effect_name(enum mount_effect effect);

#endif
