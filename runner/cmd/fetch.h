#ifndef SLUICE_RUNNER_CMD_FETCH_H
#define SLUICE_RUNNER_CMD_FETCH_H
/*
 * fetch -- the server's runs and notes, into a clone.
 */
#include "runner/cmd/cmd.h"

/* Fetches refs/sluice/ and refs/notes/sluice of the remote (git config
 * sluice.remote), with the user's own git, so that keys and proxies are as
 * for any fetch. Nothing in a bare repository, or without that remote. Where
 * it fails it says so, and what is here already is used. */
void fetch_runs(const struct context *c);

#endif
