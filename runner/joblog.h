#ifndef SLUICE_RUNNER_JOBLOG_H
#define SLUICE_RUNNER_JOBLOG_H
/*
 * joblog -- what a command prints, however much: its first and last bytes.
 *
 * Use        joblog_init(&l, fd, err); joblog_add() as it comes;
 *            joblog_finish(&l, err); joblog_clear(&l).
 * Shape      The first JOBLOG_HEAD bytes are written as they come, the last
 *            JOBLOG_TAIL at the end, with a line between that says how many
 *            were left out.
 * Errors     A failed write is remembered and told by joblog_finish().
 */
#include <stdint.h>

#include "cache/base/buf.h"

enum {
	JOBLOG_HEAD = 256 * 1024,
	JOBLOG_TAIL = 256 * 1024
};

struct joblog {
	int fd; /* -1: kept for joblog_tail() alone */
	char *ring; /* the last JOBLOG_TAIL bytes, byte i at i modulo that */
	uint64_t n; /* bytes that came */
	struct error failed;
};

/* Begins a log that is written to fd. */
int joblog_init(struct joblog *l, int fd, struct error *err);
/* What came, in pieces of any size. */
void joblog_add(struct joblog *l, struct bytes data);
/* Writes the last bytes. */
int joblog_finish(struct joblog *l, struct error *err);

/* Adds the last bytes, at most max, to out. */
void joblog_tail(const struct joblog *l, size_t max, struct buf *out);

/* Frees what it kept. */
void joblog_clear(struct joblog *l);

#endif
