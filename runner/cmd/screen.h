#ifndef SLUICE_RUNNER_CMD_SCREEN_H
#define SLUICE_RUNNER_CMD_SCREEN_H
/*
 * screen -- a table for people: columns aligned, with their types, each row one
 * line, and nothing in it that a terminal would obey.
 */
#include "cache/table.h"
#include "runner/cmd/cmd.h"

/* At most so many rows to stdout, and how many there are. NULL is an empty
 * place. */
int screen_rows(struct store *st, const struct table *t, uint64_t most,
    struct error *err);

/* Its columns, a line of each: name, type, the engine's own type, "key". */
int screen_schema(const struct table *t, struct error *err);

#endif
