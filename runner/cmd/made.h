#ifndef SLUICE_RUNNER_CMD_MADE_H
#define SLUICE_RUNNER_CMD_MADE_H
/*
 * made -- what a run made of one node: for the commands that show it.
 *
 * Use        struct made m = { 0 }; made_open("Patient", at, &m, &err);
 *            m.node ...; made_table(&m, &t, &err); made_clear(&m).
 * Shape      The node is looked up in the manifest, not in the pipeline: what
 *            a run made is shown though its text is gone since.
 * Clone      A run of the server is found by its refs, fetched where at names a
 *            revision, or nothing was run here. Its tables and logs are in the
 *            server's store alone: made_elsewhere() says where to look.
 */
#include "cache/table.h"
#include "runner/cmd/remote.h"

struct made {
	struct context context;
	struct store *store;
	struct manifest manifest;
	const struct manifest_node *node; /* in the manifest, or NULL */
	char commit[GIT_ID_HEX + 1]; /* "" before the first */
	bool is_served; /* of production */
	struct remote remote;
};

/* name: from where we stand, or from the root with a slash in front; NULL: no
 * one node. at NULL: of the work tree. ERROR_USAGE names the nearest node. */
int made_open(const char *name, const char *at, struct made *out,
    struct error *err);
void made_clear(struct made *m);

/* Whether the run was the server's, and its store is not this one. */
bool made_is_elsewhere(const struct made *m);

/* ERROR_NOT_FOUND: that the node's table, or (is_log) its log, is there, how
 * to see it, and what is known here. */
int made_elsewhere(const struct made *m, bool is_log, struct error *err);

/* The node's table, or ERROR_NODE in words where it has none. */
int made_table(const struct made *m, struct table *out, struct error *err);

#endif
