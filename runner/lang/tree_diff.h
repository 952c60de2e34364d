#ifndef SLUICE_RUNNER_LANG_TREE_DIFF_H
#define SLUICE_RUNNER_LANG_TREE_DIFF_H
/*
 * tree_diff -- in which files two sources differ.
 *
 * Use        tree_diff(from, to, "", &a, &d, err); d.items[i].path ...
 * Shape      Both are walked together, and a directory whose ids are equal is
 *            not looked into: the cost is that of the directories on the way
 *            to what differs. (libgit2's own diff reads every directory.)
 * Errors     As source_list().
 */
#include "runner/lang/source.h"

struct tree_difference {
	const char *path; /* from the source's root */
	/* "" where it is not there; the kind is that of the side that has it,
	 * and is_kept says that both are files */
	char was[GIT_ID_HEX + 1], is[GIT_ID_HEX + 1];
	bool is_kept;
};

struct tree_diff {
	struct tree_difference *items; /* by directory, then by name */
	size_t n, cap;
};

/* Below a directory ("" is the root) of both; all is in the arena. A directory
 * that only one side has is one difference. */
int tree_diff(struct source *from, struct source *to, const char *dir,
    struct arena *a, struct tree_diff *out, struct error *err);

#endif
