#ifndef SLUICE_RUNNER_SQLITE_FULL_H
#define SLUICE_RUNNER_SQLITE_FULL_H
/*
 * sqlite_full -- whether SQLite failed for want of room. It says "disk I/O
 * error" where its shared memory file could not grow, and never on which disk.
 */
#include <sqlite3.h>
#include <stdbool.h>

#include "cache/base/error.h"

/* Where the last error of db is a full disk or quota, sets err to it, with the
 * path of db's file behind `what`, and returns true. */
bool sqlite_full(sqlite3 *db, const char *what, struct error *err);

#endif
