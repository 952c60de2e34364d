#ifndef SLUICE_HOOKS_SETTINGS_H
#define SLUICE_HOOKS_SETTINGS_H
/*
 * settings -- changes to a repository's own git config, all of them at once
 * and durable.
 *
 * libgit2 rewrites the file for each value and syncs none of it: a power cut
 * just behind was seen to leave a config of 0 bytes (XFS), with which the
 * repository is none. So the values are set in a copy beside it, and that takes
 * the file's place under git's own lock, config.lock.
 *
 * Use        settings_change(git_dir, fn, payload, err); fn sets what it wants
 *            in the config that it is given, and answers libgit2's codes.
 * Errors     ERROR_BUSY where another holds the lock; what fn could not set, as
 *            git_fail() says it: then nothing is changed.
 */
#include <git2.h>

#include "cache/base/error.h"

/* Calls fn with the config; its changes are there, durably, when this returns
 * 0, and none of them else. */
int settings_change(const char *git_dir,
    int (*fn)(git_config *config, void *payload), void *payload,
    struct error *err);

#endif
