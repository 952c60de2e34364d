#ifndef SLUICE_RUNNER_CMD_MADE_H
#define SLUICE_RUNNER_CMD_MADE_H
/*
 * made -- what a run made of one node: for the commands that show it.
 *
 * Use        struct made m = { 0 }; made_open("Patient", at, &m, &err);
 *            m.node ...; made_table(&m, &t, &err); made_clear(&m).
 * Shape      The node is looked up in the manifest, not in the pipeline: what
 *            a run made is shown though its text is gone since.
 */
#include "cache/table.h"
#include "runner/cmd/cmd.h"

struct made {
	struct context context;
	struct store *store;
	struct manifest manifest;
	const struct manifest_node *node; /* in the manifest */
};

/* name: from where we stand, or from the root with a slash in front. at NULL:
 * of the work tree. ERROR_USAGE names the nearest node. */
int made_open(const char *name, const char *at, struct made *out,
    struct error *err);
void made_clear(struct made *m);

/* The node's table, or ERROR_NODE in words where it has none. */
int made_table(const struct made *m, struct table *out, struct error *err);

#endif
