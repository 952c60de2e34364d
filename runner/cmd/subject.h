#ifndef SLUICE_RUNNER_CMD_SUBJECT_H
#define SLUICE_RUNNER_CMD_SUBJECT_H
/*
 * subject -- the branch and commit that `retry` and `cancel` are about: on the
 * server, and in a clone, where it is the server's branch that is meant.
 */
#include "hooks/refs.h"
#include "runner/cmd/remote.h"
#include "runner/queue.h"
#include "runner/rundb.h"

struct subject {
	struct context context;
	struct refs *refs;
	struct rundb *db; /* NULL where no runner has worked here */
	struct remote remote; /* in a clone */
	bool is_clone;
	char branch[256], commit[41];
};

/* Of the current directory. On a server rev is a branch, or a revision whose
 * newest request tells the branch; NULL: production's tip. In a clone it is a
 * branch of the remote, or a commit that the remote has at a branch's tip or
 * has run; NULL: the branch that is checked out, as the remote has it. */
int subject_open(const char *rev, struct subject *s, struct error *err);
void subject_clear(struct subject *s);

/* Who asks: the account's name, for the record. */
const char *subject_user(void);

#endif
