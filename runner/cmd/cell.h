#ifndef SLUICE_RUNNER_CMD_CELL_H
#define SLUICE_RUNNER_CMD_CELL_H
/*
 * cell -- the base's code on another run's sources: what lets the effect of the
 * code be told from that of fresh data (reports/fair.h).
 *
 * Use        cell_is_wanted(&base, &after) first; cell_find() among the runs
 *            that there are; on the server runner_cell() (runner_inputs.h)
 *            makes the one that is missing.
 * Errors     ERROR_NOT_FOUND: no run of that tree had those sources.
 */
#include "cache/manifest.h"
#include "hooks/refs.h"

/* Whether the two have other code and other sources, so that a difference of
 * their tables may be of either. */
bool cell_is_wanted(const struct manifest *base, const struct manifest *after);

/* The manifest, with its id, of a run of base's tree on the sources of after,
 * with its parameters, of any branch. */
int cell_find(struct refs *refs, const struct manifest *base,
    const struct manifest *after, struct manifest *out, struct error *err);

#endif
