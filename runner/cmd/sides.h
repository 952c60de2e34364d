#ifndef SLUICE_RUNNER_CMD_SIDES_H
#define SLUICE_RUNNER_CMD_SIDES_H
/*
 * sides -- the runs that `report` and `diff` compare: manifests of two
 * revisions, found through outcome.h.
 *
 * Use        struct sides s = { 0 }; sides_open(&s, err);
 *            sides_of_run(&s, rev, err) or sides_of_range(&s, arg, err);
 *            sides_clear(&s).
 * Clone      The runs of a revision are fetched from the server first
 *            (remote.h), of a range where they are not here.
 * Fair       Where before had other code and other sources, and the tables of
 *            its code from after's sources are known (the record names them,
 *            or a run had them), those are before and own is what before's run
 *            had. What is served (production) is compared as it is.
 * Errors     As outcome_load(): ERROR_NOT_FOUND says how to make a run.
 */
#include "runner/cmd/remote.h"

struct sides {
	struct context context;
	struct store *store;
	struct manifest before, after, own;
	bool has_before, has_record, has_own, is_served;
	char commit[GIT_ID_HEX + 1]; /* of sides_of_run(); "" without rev */
	struct run_record record; /* of after */
	struct remote remote; /* where a revision's runs were fetched */
};

/* The repository and the store of the current directory. */
int sides_open(struct sides *s, struct error *err);
void sides_clear(struct sides *s);

/* Fetches the server's runs now; says so where it is away. */
int sides_fetch(struct sides *s, struct error *err);

/* after is the newest run of rev (NULL: of the files here), before that of
 * its base where the run had one (on a server), else of HEAD for files that
 * differ, else of the commit before, else the run before. There may be none.
 */
int sides_of_run(struct sides *s, const char *rev, struct error *err);

/* A, A..B, A...B, or NULL (range.h). Both runs must be there. */
int sides_of_range(struct sides *s, const char *arg, struct error *err);

/* Says on stderr what is compared, where the sources moved: that it is fair, or
 * how it can be made so. */
void sides_tell(const struct sides *s);

/* Whether path is what one of the arguments names, read from the current
 * directory: a node, or a directory. Without arguments all are. */
bool sides_wants(const struct sides *s, const char *path,
    const char *const *args, size_t n);

#endif
