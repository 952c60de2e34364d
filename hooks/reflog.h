#ifndef SLUICE_HOOKS_REFLOG_H
#define SLUICE_HOOKS_REFLOG_H
/*
 * reflog -- where a branch was in between, as git logs it when it moves a ref
 * (core.logAllRefUpdates, which installing sets). Not for other layers.
 *
 * A push whose hook was killed and that was overtaken before refs were compared
 * is found here alone. A log grows at its end, a line a move, so what was seen
 * of it is a size; one that git has cut since (gc), or that began anew, is
 * gone on with behind the commit that was seen last.
 */
#include <stdint.h>

#include "cache/base/buf.h"
#include "hooks/git.h"

/* Bytes of a branch's log; 0 where there is none. */
int64_t reflog_size(struct refs *r, const char *branch);

/* What was seen of a log, and the tip that is there now. */
struct reflog_from {
	int64_t size;
	const char *commit; /* the tip then, or "" */
	const char *tip;
};

/* Calls fn for each commit that the branch was at between, by the text of its
 * log; *size is where to go on. What came behind the tip is left for then. */
int reflog_parse(struct bytes log, const struct reflog_from *from,
    int (*fn)(const char *commit, void *payload, struct error *err),
    void *payload, int64_t *size, struct error *err);

/* The same of the log of a branch; one that is not there is empty. */
int reflog_each(struct refs *r, const char *branch,
    const struct reflog_from *from,
    int (*fn)(const char *commit, void *payload, struct error *err),
    void *payload, int64_t *size, struct error *err);

#endif
