#ifndef SLUICE_RUNNER_LANDLOCK_H
#define SLUICE_RUNNER_LANDLOCK_H
/*
 * landlock -- this process may reach one directory, and no network.
 *
 * Shape      Every right that the kernel knows is taken (ABI 1 to 6: files,
 *            links between directories, truncating, TCP, devices, abstract
 *            sockets and signals of others); those to make, read and remove
 *            files and directories come back below one directory. What is
 *            open stays open.
 * Source     Kernel: Documentation/userspace-api/landlock.rst. The constants
 *            are ours, because the headers of Debian 12 end at ABI 1.
 */
#include "cache/base/error.h"

/* The version that the kernel has; 0 where there is none. */
int landlock_abi(void);

/* Enters it, for good; the process has PR_SET_NO_NEW_PRIVS. directory: "" for
 * none. */
int landlock_enter(const char *directory, struct error *err);

#endif
