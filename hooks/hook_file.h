#ifndef SLUICE_HOOKS_HOOK_FILE_H
#define SLUICE_HOOKS_HOOK_FILE_H
/*
 * hook_file -- the post-receive hook in one directory of hooks: whose it is,
 * putting ours there, taking it away.
 *
 * Use        hook_file_find(dir, &hook, err); hook_file_place(&hook, ...) or
 *            hook_file_remove(&hook, err).
 * Shape      DIR/post-receive; or DIR/post-receive.d/sluice where there is
 *            such a directory, as Gitea and GitLab have: a script of a few
 *            lines with a mark in it.
 * Errors     ERROR_EXISTS: a foreign hook is there.
 */
#include <limits.h>
#include <stdbool.h>

#include "cache/base/error.h"

enum hook_kind {
	HOOK_NONE,
	HOOK_OURS,
	HOOK_FOREIGN
};

struct hook_file {
	char path[PATH_MAX];
	char chained[PATH_MAX]; /* the foreign one that ours calls, or "" */
	enum hook_kind kind;
	bool is_link; /* it lies elsewhere, and others share it */
	bool is_listed; /* in post-receive.d, all of which the forge runs */
};

struct hook_command {
	const char *program; /* sluice-hook */
	const char *start; /* what it starts where no runner is; or NULL */
	bool is_shared; /* acts only where sluice is installed */
	bool chain; /* a foreign hook runs behind ours */
};

/* What is in the directory. */
int hook_file_find(const char *dir, struct hook_file *out, struct error *err);

/* Writes ours, or brings it up to date; a foreign one is chained where that
 * is asked for. */
int hook_file_place(struct hook_file *h, const struct hook_command *command,
    struct error *err);

/* Takes ours away; a chained one is put back. */
int hook_file_remove(struct hook_file *h, struct error *err);

#endif
