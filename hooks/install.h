#ifndef SLUICE_HOOKS_INSTALL_H
#define SLUICE_HOOKS_INSTALL_H
/*
 * install -- the hook and the git configuration of a bare repository; and a
 * hook that many repositories share.
 *
 * Use        install_repository(&options, &done, err), or
 *            install_remove(git_dir, &done, err). For a directory of hooks
 *            install_hooks() and install_hooks_remove().
 * Shape      The hook (hook_file.h) lies in hooks/, or in custom_hooks/ where
 *            there is such a directory, as GitLab has; or where core.hooksPath
 *            or a link leads: that one is shared, acts only in repositories
 *            that have a spool, and is left alone.
 *            What is set in git config is remembered in sluice.installed, so
 *            that removing takes back that and nothing else.
 * Errors     ERROR_EXISTS: a foreign hook is there. ERROR_USAGE: not a bare
 *            repository; its shared hook is not ours; SHA-256 objects or
 *            reftable, which libgit2 cannot read. Nothing was changed then.
 */
#include "hooks/hook_file.h"

struct install_options {
	const char *dir; /* the repository; or the directory of hooks */
	struct hook_command command;
	bool hide_runs; /* refs/sluice/ cannot be fetched */
	bool no_hook; /* settings alone: it comes another way, or none can */
};

struct install_done {
	char hook[PATH_MAX]; /* or "" */
	char chained[PATH_MAX]; /* or "" */
	bool is_shared; /* the hook is others', too */
};

/* Installs, or brings up to date what is installed. */
int install_repository(const struct install_options *options,
    struct install_done *done, struct error *err);

/* Takes away settings, spool and the repository's own hook; a chained hook is
 * put back. */
int install_remove(const char *git_dir, struct install_done *done,
    struct error *err);

/* Puts a hook into a directory of hooks that repositories share. */
int install_hooks(const struct install_options *options,
    struct install_done *done, struct error *err);

/* Takes it away again. */
int install_hooks_remove(const char *dir, struct install_done *done,
    struct error *err);

/* Whether a value of core.sharedRepository lets the group write. */
bool install_is_shared(const char *value);

#endif
