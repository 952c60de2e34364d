#ifndef SLUICE_RUNNER_COLLECT_H
#define SLUICE_RUNNER_COLLECT_H
/*
 * collect -- takes a command's output out of its job directory.
 *
 * DIRECTORY/out.csv and, where it is there, DIRECTORY/out.schema.json are
 * opened below the directory without following links, must be regular files
 * with one link, of the code's user and within the size limit, and are copied,
 * checked and hashed into a table; nothing is ever linked out of the directory.
 * The command's processes are gone by then.
 */
#include "cache/result.h"
#include "cache/table.h"

/* The output as a table, by the node's contract and the format of its files.
 * What the code is to blame for (no out.csv, a ragged row, a key not unique)
 * becomes *failure ("failed", FAILURE_OUTPUT, row and column named, no value)
 * and 0 is returned; an error means the surroundings. */
int collect_output(struct store *st, const char *directory,
    const struct table_spec *spec, const struct csv_format *format,
    struct table *out, struct result *failure, struct error *err);

#endif
