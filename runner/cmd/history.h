#ifndef SLUICE_RUNNER_CMD_HISTORY_H
#define SLUICE_RUNNER_CMD_HISTORY_H
/*
 * history -- what production has served (hooks/production.h), as people and
 * programs read it: for `log production` and `status`.
 */
#include "cache/base/json.h"

#include "hooks/production.h"

/* Prints each entry as a line, newest first, or (into not NULL) adds it to that
 * JSON array. ERROR_NOT_FOUND before anything was served. */
int history_print(struct refs *refs, json_t *into, struct error *err);

/* Where a rollback stands, prints who did it, why, and what ends it. */
int history_tell_rollback(struct refs *refs, struct error *err);

/* The same as an object, the entry that it is in the history; null where none
 * stands, NULL without memory. */
json_t *history_rollback(struct refs *refs);

#endif
