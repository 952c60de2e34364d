#ifndef SLUICE_RUNNER_CMD_RANGE_H
#define SLUICE_RUNNER_CMD_RANGE_H
/*
 * range -- what A, A..B and A...B of a command line mean.
 *
 * Use        struct range r = { 0 }; range_find(&c, arg, &r, err);
 *            r.base, r.head: commits; range_clear(&r).
 * Shape      none      HEAD against the files as they are
 *            A         A against the files as they are (bare: HEAD)
 *            A..B      A against B; what is left out is HEAD
 *            A...B     the merge base of A and B against B
 *            Revisions are those of runner/lang/revision.h; `production` is
 *            the commit that is served (refs/sluice/production), before any
 *            run the production branch.
 * Errors     ERROR_USAGE for what git does not know, in words.
 */
#include <stdbool.h>

#include "runner/cmd/cmd.h"

struct range {
	char base[GIT_ID_HEX + 1]; /* "": there is no commit yet */
	char head[GIT_ID_HEX + 1]; /* "": the files as they are */
	bool is_base_served, is_head_served; /* production was said, and is */
};

/* arg NULL: none was given. */
int range_find(const struct context *c, const char *arg, struct range *out,
    struct error *err);

/* What outcome.h finds the run of a side by: its commit, or "production", whose
 * tables need not be those of its commit's newest run; NULL: the files. */
const char *range_base_run(const struct range *r);
const char *range_head_run(const struct range *r);

/* Whether production is one of the sides that arg (may be NULL) names. */
bool range_says_production(const char *arg);

/* ERROR_USAGE for a revision that git does not know, with the branch whose
 * name is nearest. */
int range_unknown(const struct context *c, const char *rev, struct error *err);

/* The commit of one revision. */
int range_commit(const struct context *c, const char *rev,
    char out[GIT_ID_HEX + 1], struct error *err);

#endif
