#ifndef SLUICE_RUNNER_CMD_NODEPATH_H
#define SLUICE_RUNNER_CMD_NODEPATH_H
/*
 * nodepath -- NODE arguments of commands that look at what was made, where no
 * pipeline is loaded (else pipeline_select() reads them).
 *
 * Shape      A path of a manifest: from the root, no slash at its ends; "" is
 *            the root itself.
 */
#include <stdbool.h>

#include "cache/base/buf.h"

/* Adds arg to the path in out, as a file system would: "." and ".." are
 * followed, a leading slash starts at the root. */
void nodepath_add(struct buf *out, const char *arg);

/* Whether path is that node, or lies in that directory. */
bool nodepath_is_in(const char *path, const char *node);

#endif
