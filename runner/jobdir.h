#ifndef SLUICE_RUNNER_JOBDIR_H
#define SLUICE_RUNNER_JOBDIR_H
/*
 * jobdir -- where the directories of jobs are made: STORE/tmp/jobs.
 *
 * A job's directory holds its input tables in the clear. Its run removes it;
 * what a killed run left is removed by the next one that finds nobody else at
 * work in the store. So this is asked before store_use(), and a directory is
 * made behind it alone.
 */
#include "cache/store.h"

/* The directory, made and swept; *path is the caller's (mem_free). */
int jobdir_open(const struct store *st, char **path, struct error *err);

#endif
