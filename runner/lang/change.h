#ifndef SLUICE_RUNNER_LANG_CHANGE_H
#define SLUICE_RUNNER_LANG_CHANGE_H
/*
 * change -- which nodes a change of text touches, and why.
 *
 * A node is affected where the base has its recipe (resolved text and inputs'
 * recipes, without the path) nowhere: an upper bound of what will run. So a
 * moved directory affects nothing.
 *
 * Two ways    changes_make() compares two pipelines; index_changes() (index.h)
 *            finds the same where only texts differ, without loading either.
 */
#include "runner/lang/pipeline.h"

enum change_cause {
	CAUSE_NONE,
	CAUSE_CODE, /* the node's own text */
	CAUSE_ACTION, /* the action's text */
	CAUSE_PARAM, /* the value of a parameter */
	CAUSE_FILE, /* a helper, or the bytes of a table in git */
	CAUSE_INPUT, /* only what it reads, or which nodes it reads */
	CAUSE_SOURCE, /* @path */
	CAUSE_MOUNT, /* it is here because of another include or mount */
};

struct node_change {
	size_t node; /* in head */
	enum change_cause cause;
	struct place at; /* the place behind the cause: a line of the user */
	const char *input; /* CAUSE_INPUT: path of the input's node */
};

struct index;

struct changes {
	struct arena arena;
	/* Borrowed. base may be NULL: all is added. By an index both are. */
	const struct pipeline *base, *head;
	const struct index *index; /* borrowed; NULL: of two pipelines */
	size_t n; /* nodes of head */
	/* indexes of head's nodes (removed: of base's), sorted by path */
	size_t *changed, n_changed; /* in both, by path; own text differs */
	size_t *added, n_added;
	size_t *removed, n_removed;
	struct {
		size_t from, to; /* in base, in head */
	} * moved;
	size_t n_moved;
	struct node_change *affected; /* sorted by path */
	size_t n_affected;
};

/* base NULL: all nodes are added. */
int changes_make(const struct pipeline *base, const struct pipeline *head,
    struct changes *out, struct error *err);
void changes_clear(struct changes *c);

/* The path of one of head's nodes. */
const char *changes_path(const struct changes *c, size_t node);

/* Whether base has no node of its path. */
bool changes_is_added(const struct changes *c, size_t node);

/* "code", "action", ... */
const char *change_cause_name(enum change_cause cause);

#endif
