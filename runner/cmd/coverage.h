#ifndef SLUICE_RUNNER_CMD_COVERAGE_H
#define SLUICE_RUNNER_CMD_COVERAGE_H
/*
 * coverage -- which nodes have tests, cases, a key, declared columns, and which
 * have none of these. It is read from the text: nothing is computed.
 */
#include "runner/cmd/cmd.h"

/* Whether nothing is asked of the node's table. */
bool coverage_is_none(const struct node *n);

/* A line for each node of named (a place per node), then how many have none, to
 * stdout; or as JSON:
 *
 *   {"counts":{"nodes":N,"untested":N},"nodes":[{"cases":N,"columns":[NAME],
 *    "key":[NAME],"node":PATH,"tests":N,"warnings":N}],"untested":[PATH]}
 *
 * Returns the exit status. */
int coverage_print(const struct pipeline *p, const bool *named, bool is_json);

#endif
