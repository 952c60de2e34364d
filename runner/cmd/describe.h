#ifndef SLUICE_RUNNER_CMD_DESCRIBE_H
#define SLUICE_RUNNER_CMD_DESCRIBE_H
/*
 * describe -- the nodes of a run in words and code, for its page: read again
 * from the files that were run (reports/describe.h has the shape).
 *
 * Use        struct described d = { 0 };
 *            describe_run(&context, commit, &manifest, &d, err);
 *            report.descriptions = described_of(&d); described_clear(&d).
 * Errors     Files that cannot be read (they are gone since, or never were
 *            here) are no error: there are no descriptions then. ERROR_MEMORY.
 */
#include "reports/describe.h"
#include "runner/cmd/cmd.h"
#include "runner/lang/pipeline.h"

struct described {
	struct source *source;
	struct pipeline *pipeline;
	const char *root; /* the context's */
	struct arena arena;
	struct descriptions all;
};

/* commit "": the files of the work tree. Nodes whose file is another one than
 * the run had are left out. */
int describe_run(const struct context *c, const char *commit,
    const struct manifest *m, struct described *out, struct error *err);

/* What was read, or NULL where nothing was. */
const struct descriptions *described_of(const struct described *d);

/* Frees; usable again. */
void described_clear(struct described *d);

#endif
