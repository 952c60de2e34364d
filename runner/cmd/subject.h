#ifndef SLUICE_RUNNER_CMD_SUBJECT_H
#define SLUICE_RUNNER_CMD_SUBJECT_H
/*
 * subject -- the branch and commit that `retry` and `cancel` are about.
 */
#include "hooks/refs.h"
#include "runner/cmd/cmd.h"
#include "runner/queue.h"
#include "runner/rundb.h"

struct subject {
	struct context context;
	struct refs *refs;
	struct rundb *db; /* NULL where no runner has worked here */
	char branch[256], commit[41];
};

/* Of the current directory. rev is a branch, or a revision whose newest
 * request tells the branch; NULL: production's tip. */
int subject_open(const char *rev, struct subject *s, struct error *err);
void subject_clear(struct subject *s);

/* Who asks: the account's name, for the record. */
const char *subject_user(void);

#endif
