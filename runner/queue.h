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
 * Order      Oldest first; requests marked is_first (production's) before.
 *            A newer tip supersedes those of its branch that still wait, and
 *            stops one that runs, unless keep_running (production: pushes
 *            that never pause must not starve it).
 * Errors     ERROR_NOT_FOUND where there is none; else rundb.h's.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/error.h"

struct rundb;

enum request_state {
	REQUEST_QUEUED,
	REQUEST_RUNNING,
	REQUEST_DONE,
	REQUEST_SUPERSEDED,
	REQUEST_CANCELLED,
};

/* Why a running request is to stop. */
enum request_stop {
	STOP_NONE,
	STOP_CANCEL,
	STOP_SUPERSEDED
};

enum {
	REQUEST_REASON = 256,
	REQUEST_ONLY = 2048
};

struct request {
	long long id;
	char branch[256];
	char commit[41];
	char user[128]; /* who pushed or asked; "" where not known */
	char reason[REQUEST_REASON]; /* of a retry; else "" */
	bool is_retry; /* execute again what is remembered as failed: */
	char only[REQUEST_ONLY]; /* these nodes, directories, one a line */
	enum request_state state;
	enum request_stop stop;
	int attempts;
	int64_t queued, started, ended; /* ms since 1970; 0: not yet */
	long long nodes, settled, failed; /* progress */
	char run[41]; /* the run's commit, once it is prepared */
	char outcome[16]; /* done: "success" "failure" "error" */
	char message[512];
};

struct request_new {
	const char *branch, *commit;
	const char *user, *reason; /* NULL: "" */
	const char *only; /* of a retry, as in struct request; NULL: "" */
	bool is_retry; /* no new tip: supersedes nothing */
	bool is_again; /* the same tip with new inputs: once */
	bool is_first, keep_running;
	int64_t now;
};

/* Puts a request, supersedes older ones, and remembers the tip, in one
 * transaction; nothing (id 0) where the tip is processed already, or (is_again)
 * where it waits. ERROR_BUSY where the commit of a retry is queued or running
 * already. id may be NULL. */
int queue_put(struct rundb *db, const struct request_new *new, long long *id,
    struct error *err);

/* Records a push that another overtook before anybody saw it, but once. */
int queue_put_overtaken(struct rundb *db, const struct request_new *new,
    struct error *err);

/* A run that refs know and the database does not: a request that is done.
 * With is_tip it is the branch's processed tip. */
int queue_restore(struct rundb *db, const struct request *done, bool is_tip,
    struct error *err);

/* The next one that is due; it is running then. When that will be: *due. */
int queue_take(struct rundb *db, int64_t now, struct request *out,
    struct error *err);
int queue_next_due(struct rundb *db, int64_t *due, struct error *err);

/* What runs while no runner does was left by one that died: back into the
 * queue, or to its end where it was to stop. Only under the runner's lock. */
int queue_recover(struct rundb *db, int64_t now, struct error *err);

/* Of one that runs: the commit of the run about to be published; how far it is;
 * the end: state, outcome, message, run of r. */
int queue_prepare(struct rundb *db, long long id, const char *run,
    struct error *err);
int queue_progress(struct rundb *db, const struct request *r,
    struct error *err);
int queue_finish(struct rundb *db, const struct request *r, struct error *err);

/* Back into the queue until due. */
int queue_delay(struct rundb *db, long long id, int64_t due,
    const char *message, struct error *err);

/* The same, but that was no attempt; *is_stopped: it is to stop, and stays. */
int queue_await(struct rundb *db, long long id, int64_t due,
    const char *message, bool *is_stopped, struct error *err);

/* Whether a request is to stop; all of it. */
int queue_stop(struct rundb *db, long long id, enum request_stop *out,
    struct error *err);
int queue_get(struct rundb *db, long long id, struct request *out,
    struct error *err);

/* The processed tip of a branch: ERROR_NOT_FOUND, or its commit; and fn
 * called for each, in order of branches. */
int queue_tip(struct rundb *db, const char *branch, char out[41],
    struct error *err);
int queue_each_tip(struct rundb *db,
    int (*fn)(const char *branch, const char *commit, void *payload),
    void *payload, struct error *err);

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
	long long limit; /* 0: all */
};
int queue_list(struct rundb *db, const struct queue_filter *filter,
    struct request_list *out, struct error *err);
void request_list_clear(struct request_list *list);

/* "queued", ... */
const char *request_state_name(enum request_state state);

#endif
