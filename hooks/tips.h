#ifndef SLUICE_HOOKS_TIPS_H
#define SLUICE_HOOKS_TIPS_H
/*
 * tips -- all branches at once, and the runs of all: what reconciling compares.
 *
 * Use        refs_tips(r, &tips, err); branch_tips_find(&tips, "main");
 *            branch_tips_clear(&tips).
 * Shape      Lists sorted by branch. Nothing is read but refs, so that ten
 *            thousand of them are listed in the time of some runs.
 */
#include "hooks/refs.h"

struct branch_tip {
	char *branch, commit[41];
};
struct branch_tips {
	struct branch_tip *items; /* sorted by branch */
	size_t n, cap;
};

/* The branches that we run (updates.h: branch_is_fit) and what they are at:
 * nothing is read but refs. The latest runs of all branches, in the same
 * shape. */
int refs_tips(struct refs *r, struct branch_tips *out, struct error *err);
int refs_runs(struct refs *r, struct branch_tips *out, struct error *err);
/* Adds one behind the others: in order, or branch_tips_find() finds nothing. */
int branch_tips_add(struct branch_tips *tips, const char *branch,
    const char *commit, struct error *err);
void branch_tips_clear(struct branch_tips *tips);

/* The branch's place in a list, or NULL. */
const struct branch_tip *branch_tips_find(const struct branch_tips *tips,
    const char *branch);

/* Moves the runs of a branch that is gone to refs/sluice/deleted/; nothing
 * where the branch is there after all. */
int refs_archive(struct refs *r, const struct branch_tip *runs,
    struct error *err);

#endif
