#ifndef SLUICE_HOOKS_INSTALL_H
#define SLUICE_HOOKS_INSTALL_H
/*
 * install -- the hook and the git configuration of a bare repository.
 *
 * Use        install_repository(&options, &done, err), or
 *            install_remove(git_dir, &done, err).
 * Shape      hooks/post-receive (or post-receive.d/sluice where there is such
 *            a directory, as Gitea and GitLab have): a script of a few lines.
 *            What is set in git config is remembered in sluice.installed, so
 *            that removing takes back that and nothing else.
 * Errors     ERROR_EXISTS: a foreign hook is there. ERROR_USAGE: not a bare
 *            repository; its hooks lie elsewhere; SHA-256 objects or reftable,
 *            which libgit2 cannot read. Nothing was changed then.
 */
#include <limits.h>
#include <stdbool.h>

#include "cache/base/error.h"

struct install_options {
	const char *git_dir;
	const char *hook_program; /* sluice-hook */
	const char *start; /* what it starts where no runner is; or NULL */
	bool chain; /* a foreign hook runs behind ours */
	bool hide_runs; /* refs/sluice/ cannot be fetched */
};

struct install_done {
	char hook[PATH_MAX];
	char chained[PATH_MAX]; /* or "" */
};

/* Installs, or brings up to date what is installed. */
int install_repository(const struct install_options *options,
    struct install_done *done, struct error *err);

/* Takes away hook and settings; a chained hook is put back. */
int install_remove(const char *git_dir, struct install_done *done,
    struct error *err);

#endif
