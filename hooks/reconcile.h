#ifndef SLUICE_HOOKS_RECONCILE_H
#define SLUICE_HOOKS_RECONCILE_H
/*
 * reconcile -- every branch's tip against what was processed: a push whose
 * hook was killed, and a ref that moved by other means, become requests as a
 * hook's would, once.
 *
 * Use        at the start, after each push the hook announces, and on a timer.
 * Shape      A tip that differs from the processed one is put into the queue,
 *            production's first; a branch that is gone is forgotten and its
 *            runs are archived. The spool tells who pushed, and which tips
 *            were overtaken before anybody saw them; so does git's log of the
 *            branch where the hook could not. A tip whose run is at the
 *            branch's end and not in the database (the older of the two) is
 *            processed; one whose run the refs have not (they went back to a
 *            backup) is run once more.
 * Killed     Anywhere: done again, with the same outcome.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hooks/refs.h"

struct rundb;
struct update;

struct reconcile {
	struct refs *refs;
	struct rundb *db;
	const char *production; /* a branch's name */
	const char *spool; /* the hook's directory */
	bool is_adopting; /* logs that are there are of before our time */
	int64_t now;
	/* May be NULL. Does what somebody asks from a clone (ask.h), once the
	 * tips are queued: first those of the spool, in order, with who pushed
	 * them; then each that lies there, user NULL. 1: not now, again. */
	int (*see_ask)(const struct update *ask, const char *user,
	    void *payload, struct error *err);
	void *payload;
};

/* n_put, which may be NULL, is how many requests were put. */
int reconcile(const struct reconcile *what, size_t *n_put, struct error *err);

#endif
