#ifndef SLUICE_RUNNER_BEHIND_H
#define SLUICE_RUNNER_BEHIND_H
/*
 * behind -- what is behind another key of a node, from two manifests alone: no
 * store is asked, so a clone has the same answer as the server.
 *
 * Use        behind_find(&before, &after, path, &b, err); behind_clear(&b).
 * Shape      The nodes above it, or itself, that differ by themselves: their
 *            file is another, they are new, or their key differs though all
 *            that they read is as it was (delivered files, an action, a
 *            parameter). In order of paths.
 * Ownership  Nodes are after's.
 * Errors     ERROR_MEMORY.
 */
#include "cache/manifest.h"

struct behind {
	const struct manifest_node **nodes;
	size_t n;
};

/* Nothing where the node is not in after, or has the same key in both. */
int behind_find(const struct manifest *before, const struct manifest *after,
    const char *path, struct behind *out, struct error *err);
void behind_clear(struct behind *b);

/* The part of the key that differs, as far as manifests tell, in the words of
 * explain.h: "new", "code", "input ./Patient", "" where nothing does, else
 * "what it is told by others" (a file it includes, a parameter, an action, a
 * contract, delivered files). */
void behind_print(const struct manifest *before, const struct manifest *after,
    const char *path, char *out, size_t size);

#endif
