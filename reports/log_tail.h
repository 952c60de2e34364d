#ifndef SLUICE_REPORTS_LOG_TAIL_H
#define SLUICE_REPORTS_LOG_TAIL_H
/*
 * log_tail -- the last lines of a log, safe to show: for readers inside.
 */
#include "cache/store.h"

enum {
	LOG_TAIL_LINES = 20,
	LOG_TAIL_BYTES = 4096,
};

/* The last lines of the log blob id, each ended by a line feed, control
 * characters escaped, tabs as blanks. *out is the caller's (mem_free), NULL
 * where id is null or the store has it no more. n is how many lines, left how
 * many are before them. */
int log_tail_read(struct store *st, const struct digest *id, char **out,
    size_t *n, size_t *left, struct error *err);

#endif
