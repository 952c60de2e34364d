#ifndef SLUICE_RUNNER_REQUEST_H
#define SLUICE_RUNNER_REQUEST_H
/*
 * request -- one request of the queue (queue.h): "run this commit of this
 * branch", from its push to its end. A value: copied, no memory of its own.
 */
#include <stdbool.h>
#include <stdint.h>

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
	int64_t due; /* where it is queued: not before */
	long long nodes, settled, failed; /* progress */
	char run[41]; /* the run's commit, once it is prepared */
	char outcome[16]; /* done: "success" "failure" "error" */
	char message[512];
};

/* "queued", ... */
const char *request_state_name(enum request_state state);

#endif
