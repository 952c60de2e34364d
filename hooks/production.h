#ifndef SLUICE_HOOKS_PRODUCTION_H
#define SLUICE_HOOKS_PRODUCTION_H
/*
 * production -- what is served, and what was before: refs/sluice/production.
 *
 * Use        production_now(r, &entry, err); production_each() from there back;
 *            refs_read(r, entry.id, "manifest.json", ...): its tables;
 *            production_add() serves others.
 * Shape      A commit an entry, parent the one before. The first line of its
 *            message is "run RUN of COMMIT": whose tables they are. Below it
 *            are trailers, each where there is something to say:
 *
 *                Rollback: ENTRY    the promotion whose manifest this one has
 *                Held: COMMIT       what is not promoted any more, see below
 *                User: ann          who pushed, or rolled back
 *                Reason: the labs of North came twice
 *
 * Held       A rollback stays until a new commit is there: runs of the commit
 *            that it led away from, and of those before, are not promoted, or
 *            the same code would bring the same tables back tonight. A rollback
 *            to the newest promotion holds nothing.
 * Errors     ERROR_NOT_FOUND before anything was served; ERROR_BUSY where
 *            somebody moved it meanwhile: read again, decide again.
 */
#include "hooks/refs.h"

#define REFS_PRODUCTION "refs/sluice/production"

struct production {
	char id[41]; /* the entry's own commit */
	char before[41]; /* the entry before, or "" */
	char run[41]; /* whose tables are served */
	int64_t time; /* ms since 1970 */
	bool is_rollback;
	char promotion[41]; /* of a rollback: whose manifest it has */
	char held[41]; /* of a rollback: a commit, or "" */
	char user[128], reason[256]; /* a line each, or "" */
};

/* What is served; an entry by its id. */
int production_now(struct refs *r, struct production *out, struct error *err);
int production_get(struct refs *r, const char *id, struct production *out,
    struct error *err);

/* The entry that first had the manifest: itself, or what it went back to. */
const char *production_source(const struct production *p);

/* Calls fn for each entry, newest first; a non-zero answer ends it and is
 * returned. */
int production_each(struct refs *r,
    int (*fn)(const struct production *p, void *payload), void *payload,
    struct error *err);

/* The run whose tables are served. */
int production_run(struct refs *r, struct run_entry *out, struct error *err);

/* Adds an entry behind new->before ("": the first), with the manifest's text;
 * commit is that of the run. new->id is set. What would end a line of user and
 * reason becomes a blank. */
int production_add(struct refs *r, struct production *new, const char *commit,
    struct bytes manifest, struct error *err);

#endif
