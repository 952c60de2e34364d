#ifndef SLUICE_RUNNER_RUN_MANIFEST_H
#define SLUICE_RUNNER_RUN_MANIFEST_H
/*
 * run_manifest -- a settled plan as a manifest and a run record. The manifest
 * says what the nodes became; how they became it this time is in the record.
 */
#include "runner/run.h"

/* The manifest of a settled plan; not yet saved. */
int run_manifest_make(const struct run_request *request,
    const struct plan *plan, struct manifest *out, struct error *err);

/* Sets nodes, host, sandbox, manifest, base_manifest and the end; what was
 * set before (started) stays. */
int run_record_make(const struct run_request *request, const struct plan *plan,
    const struct manifest *manifest, struct run_record *out, struct error *err);

#endif
