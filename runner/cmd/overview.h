#ifndef SLUICE_RUNNER_CMD_OVERVIEW_H
#define SLUICE_RUNNER_CMD_OVERVIEW_H
/*
 * overview -- `sluice status` in a clone: what the server has made of each of
 * its branches. What waits and runs there is known to the server alone: here a
 * tip that has no run yet is pending.
 */
#include "runner/cmd/cmd.h"

/* Fetches, and prints it as text or JSON; returns the exit status. */
int overview_print(const struct context *c, bool is_json);

#endif
