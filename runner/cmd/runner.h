#ifndef SLUICE_RUNNER_CMD_RUNNER_H
#define SLUICE_RUNNER_CMD_RUNNER_H
/*
 * runner -- the resident process of one bare repository, in pieces:
 *
 *   cmd_runner.c      arguments, the lock, signals
 *   runner_loop.c     reconcile, take the next request, run it, until told
 *   runner_request.c  one request: pipeline, snapshot, run, publish
 *   runner_inputs.h   what a run needs and is compared with:
 *   runner_inputs.c   the base of a commit, what was run already
 *   runner_sources.c  its snapshot
 *   runner_pin.c      the snapshot at which it was reviewed
 *   runner_cell.c     the base on the same sources, for a fair comparison
 *   runner_finish.c   what follows from a published run: note, production,
 *                     page, status; each of them may be done again
 *   runner_report.c   report and note of a run
 *   runner_served.c   the next production manifest
 *   runner_post.c     statuses and the process that tells them
 *   runner_comment.c  the comment on a branch's pull requests
 *   runner_promote.c  what merging a branch would do
 *   runner_rollback.c what a forge is told of a rollback
 *   runner_settle.c   an end for each "pending" that has no run any more
 *   runner_tender.c   the thread beside: stop requests, timer
 *   runner_socket.c   the thread that answers hooks
 *   runner_express.c  the thread for what needs no run, while one goes on
 *   runner_answer.c   the lines a pusher sees
 *   runner_ask.c      what people ask from their clones
 *   runner_result.h   what is behind a run: report, note, status
 *
 * Killed anywhere, it goes on so that each tip has one result: the point of no
 * return is the run's commit on refs/sluice/runs/BRANCH. Before it, a request
 * runs again (from what the store has); behind it, only what follows is done
 * again.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "cache/snapshot.h"
#include "hooks/refs.h"
#include "reports/comment.h"
#include "reports/forge.h"
#include "runner/cmd/cmd.h"
#include "runner/queue.h"
#include "runner/rundb.h"

/* The threads beside the one that runs. */
struct tender {
	pthread_t thread, answers;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool has_thread, has_answers;
	unsigned long wakes; /* counted, under the lock */
	atomic_bool ending; /* tells the threads to end */
	int socket; /* -1: not resident */
	int end[2]; /* a pipe: closing end[1] wakes the threads to end */
	int news[2]; /* a pipe: a byte is a push */
};

struct express;
struct promoter;

/* Each thread that runs requests has one: handles belong to a thread. What is
 * there once (tender, poster) is the first's. */
struct runner {
	struct runner *first; /* itself, mostly */
	struct express *express; /* of the first; NULL: none */
	struct promoter *promoter; /* of the first; runner_promote.c's */
	bool is_express;
	struct context context;
	struct store *store;
	struct refs *refs;
	struct rundb *db;
	char *spool, *jobs, *outbox; /* paths */
	char *forge_url, *token_file, *report_url, *report_dir; /* or NULL */
	const struct forge_type *forge;
	enum comment_mode comment;
	struct snapshot newest; /* of production, at newest_commit */
	char newest_commit[41];
	double twice; /* the share of executions that are done twice */
	bool is_insecure, is_publish_each, is_once;
	int64_t told; /* when progress was written last */
	int64_t idle_since; /* nothing but waiting; clock_mono() */
	long long said; /* the request that was named last */
	uint64_t files; /* settings, HEAD and database that we began with */
	atomic_bool cancel; /* tells the run to stop */
	atomic_llong request; /* that runs now; 0: none */
	unsigned long heard; /* of the tender's wakes */
	pid_t poster; /* sluice-post, or 0 */
	bool is_post_wrong; /* it cannot work with these settings */
	struct tender tender;
};

/* Opens everything of the repository in dir; r stays where it is. */
int runner_open(struct runner *r, const char *dir, struct error *err);
void runner_clear(struct runner *r);

/* The settings and handles that a thread needs of its own. */
int runner_open_index(const struct context *c, struct refs **refs,
    struct rundb **db, struct error *err);

/* Fills a new run database from the runs and branches that refs have, and does
 * once more what follows from each branch's latest run. */
int runner_restore(struct runner *r, struct error *err);

/* Until nothing is left (is_once) or a signal came; *again: the settings
 * changed, and are to be read anew. */
int runner_loop(struct runner *r, bool *again, struct error *err);

/* Compares refs with what is processed. */
int runner_reconcile(const struct context *c, struct refs *refs,
    struct rundb *db, struct error *err);

/* Whether SIGTERM or SIGINT came, and a descriptor that is readable then. */
bool runner_is_stopping(void);
int runner_stop_fd(void);

/* One request to its end, or back into the queue; q->state is REQUEST_QUEUED
 * where it awaits files, or (is_express) where it needs a run. */
int runner_request(struct runner *r, struct request *q, struct error *err);

/* The same of one that was taken, told on stderr; where it cannot be brought to
 * its end now (a full disk) it waits, and with is_once that is an error. */
int runner_try(struct runner *r, struct request *q, struct error *err);

/* --- the threads beside (the one that answers hooks: runner_socket.h) --- */

/* Starts them, the one for what needs no run of a resident runner among them,
 * and ends them. */
int tender_start(struct runner *r, struct error *err);
void tender_stop(struct runner *r);

/* There was a push: refs are compared at once. */
void tender_see(struct runner *r);

/* Waits until something may be there to do, at most ms; says that there is. */
void tender_wait(struct runner *r, int64_t ms);
void tender_wake(struct runner *r);

/* --- the thread for what needs no run --- */

/* Starts it, and ends it: the tender does, which looks at it and wakes it. */
int express_start(struct runner *r, struct error *err);
void express_stop(struct runner *r);

/* Its runner, or NULL. */
struct runner *express_runner(struct express *x);

#endif
