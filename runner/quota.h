#ifndef SLUICE_RUNNER_QUOTA_H
#define SLUICE_RUNNER_QUOTA_H
/*
 * quota -- how much lies in a job directory while code writes there.
 *
 * A limit of one file (RLIMIT_FSIZE) does not bound many; a job directory is
 * on a disk that others need. Looked at about once a second, so a job may be
 * over by what it writes in that time.
 */
#include <stdbool.h>

enum {
	QUOTA_FILES = 100000,
	QUOTA_GIB = 16
};

/* Whether there are more than QUOTA_FILES names or QUOTA_GIB on disk below
 * directory. What cannot be read, or goes away meanwhile, is not counted. */
bool quota_is_over(const char *directory);

#endif
