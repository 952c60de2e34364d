#ifndef SLUICE_RUNNER_QUEUE_H
#define SLUICE_RUNNER_QUEUE_H
/*
 * queue -- requests: "run this commit of this branch". What hooks put and the
 * runner takes.
 *
 * Use        queue_put() ... queue_take() -> run -> queue_prepare(), publish,
 *            queue_finish(). After a death queue_recover() first.
 * Shape      queued -> running -> done (outcome success, failure, error)
 *                              -> superseded | cancelled
 *            A tip is processed when a request for it was put, so comparing
 *            tips with branches finds each move of a ref once.
 * Order      Production's (is_first), what was pushed, what was found by
 *            comparing alone (is_found); oldest first within.
 *            A newer tip supersedes those of its branch that still wait, and
 *            stops one that runs, unless keep_running (production: pushes
 *            that never pause must not starve it).
 * Ends       A request that ends without a run is untold until queue_told(),
 *            so that whoever tells a forge misses none.
 * Errors     ERROR_NOT_FOUND where there is none; else rundb.h's.
 */
#include "cache/base/error.h"
#include "runner/request.h"

struct rundb;

struct request_new {
	const char *branch, *commit;
	const char *user, *reason; /* NULL: "" */
	const char *only; /* of a retry, as in struct request; NULL: "" */
	bool is_retry; /* no new tip: supersedes nothing */
	bool is_again; /* the same tip with new inputs: once */
	bool is_first, keep_running;
	bool is_found; /* nobody told of it: behind what was pushed */
	int64_t now;
};

/* Many changes as one (rundb.h: rundb_begin()). */
int queue_begin(struct rundb *db, struct error *err);
int queue_end(struct rundb *db, int rc, struct error *err);

/* Puts a request, supersedes older ones, and remembers the tip, in one
 * transaction; nothing (id 0) where the tip is processed already, or (is_again)
 * where it waits. ERROR_BUSY where the commit of a retry is queued or running
 * already. id may be NULL. */
int queue_put(struct rundb *db, const struct request_new *new, long long *id,
    struct error *err);

/* Records a push that a later one overtook before anybody saw it; by is the
 * branch's tip, or NULL where the branch is gone. Nothing where there is a
 * request for it already. */
int queue_put_overtaken(struct rundb *db, const struct request_new *new,
    const char *by, struct error *err);

/* A run that refs know and the database does not: a request that is done.
 * With is_tip it is the branch's processed tip. *is_new, which may be NULL:
 * false, and nothing was done, where the database knows it. */
int queue_restore(struct rundb *db, const struct request *done, bool is_tip,
    bool *is_new, struct error *err);

/* Whether a request had, or is about to have, this run. */
int queue_knows_run(struct rundb *db, const char *run, bool *out,
    struct error *err);

/* The next one that is due, or this one if it still waits and is due; it is
 * running then. Not of a branch one of whose requests runs. When something
 * will be due: *due. */
int queue_take(struct rundb *db, int64_t now, struct request *out,
    struct error *err);
int queue_take_one(struct rundb *db, long long id, int64_t now,
    struct request *out, struct error *err);
int queue_next_due(struct rundb *db, int64_t *due, struct error *err);

/* What runs while no runner does was left by one that died: back into the
 * queue, or to its end where it was to stop and had prepared no run: that may
 * be published. Only under the runner's lock. */
int queue_recover(struct rundb *db, int64_t now, struct error *err);

/* Of one that runs: the commit of the run about to be published; how far it is;
 * the end: state, outcome, message, run of r. */
int queue_prepare(struct rundb *db, long long id, const char *run,
    struct error *err);
int queue_progress(struct rundb *db, const struct request *r,
    struct error *err);
int queue_finish(struct rundb *db, const struct request *r, struct error *err);

/* Back into the queue until due; what is to stop is so still. */
int queue_delay(struct rundb *db, long long id, int64_t due,
    const char *message, struct error *err);

/* The same, but that was no attempt; *is_stopped: it is to stop, and stays. */
int queue_await(struct rundb *db, long long id, int64_t due,
    const char *message, bool *is_stopped, struct error *err);

/* The oldest request that ended without a run and whose end was not told:
 * ERROR_NOT_FOUND, or *out; and that it was told, or need not be. */
int queue_untold(struct rundb *db, struct request *out, struct error *err);
int queue_told(struct rundb *db, long long id, struct error *err);

/* Whether a request is to stop; all of it. */
int queue_stop(struct rundb *db, long long id, enum request_stop *out,
    struct error *err);
int queue_get(struct rundb *db, long long id, struct request *out,
    struct error *err);

/* What waits and is due, of each branch the oldest where none of it runs, no
 * retries: their ids, oldest first. */
struct request_ids {
	long long *items;
	size_t n, cap;
};
int queue_waiting(struct rundb *db, int64_t now, struct request_ids *out,
    struct error *err);
void request_ids_clear(struct request_ids *ids);

/* Calls fn for the processed tip of each branch, in order of branches. */
struct queue_tip {
	const char *branch, *commit;
	const char *run; /* the tip's, "" before it has one */
	int64_t log; /* how much was seen of where it was; -1: nothing yet */
};
int queue_each_tip(struct rundb *db,
    int (*fn)(const struct queue_tip *tip, void *payload), void *payload,
    struct error *err);

/* Sets how much was seen of where a branch was. */
int queue_set_log(struct rundb *db, const char *branch, int64_t log,
    struct error *err);

/* The branch is gone: its tip is forgotten, its requests end. */
int queue_forget(struct rundb *db, const char *branch, int64_t now,
    struct error *err);

/* Requests, newest first. */
struct request_list {
	struct request *items;
	size_t n, cap;
};
struct queue_filter {
	const char *branch, *commit; /* NULL: any */
	bool active; /* queued and running alone */
	bool stopped; /* superseded and cancelled alone */
	long long limit; /* 0: all */
};
int queue_list(struct rundb *db, const struct queue_filter *filter,
    struct request_list *out, struct error *err);
void request_list_clear(struct request_list *list);

#endif
