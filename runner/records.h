#ifndef SLUICE_RUNNER_RECORDS_H
#define SLUICE_RUNNER_RECORDS_H
/*
 * records -- the rows that SQL wrote behind a descriptor, as a table: at the
 * end, or while the engine still writes, so that two processors have work.
 *
 * Use        records_open(st, &spec, fd, &r, err); worker_call() with
 *            records_early and r, where it may be early; records_finish(r,
 *            reply, &table, err); records_close(r).
 * Shape      protocol.h, "Early" and "Output". What was taken early counts only
 *            if the reply says that it is as it was told; else all rows are
 *            read from the file, as they are where nothing was told.
 * Errors     Of early rows they wait for records_finish(): a failure of the
 *            engine's own comes first, whoever is faster.
 * Threads    Belongs to one thread.
 */
#include "cache/table.h"

/* spec is the node's contract, without columns; it and fd are borrowed. */
struct records;
int records_open(struct store *st, const struct table_spec *spec, int fd,
    struct records **out, struct error *err);
void records_close(struct records *r);
void records_closep(struct records **r);

/* Takes the rows of a message before the reply; records is a struct records.
 * For struct worker_call. */
void records_early(const json_t *message, void *records);

/* The table of all rows; the file is emptied before it is made durable.
 * ERROR_NODE, ERROR_SYNTAX: the rows are not what the contract says. */
int records_finish(struct records *r, const json_t *reply, struct table *out,
    struct error *err);

#endif
