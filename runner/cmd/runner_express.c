/* runner_express: the thread for what needs no run (runner.h). A commit whose
 * tree was run (a merge, a branch made anew, a reworded message) has its
 * tables, and its end need not wait until a run of others is through. */
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "runner/cmd/runner_inputs.h"

enum {
	WAIT_MS = 3000
};

struct express {
	struct runner runner; /* handles of its own */
	pthread_t thread;
	atomic_bool ending;
	long long during; /* the request that runs elsewhere */
	struct request_ids seen; /* of those that wait, since it does */
};

struct runner *express_runner(struct express *x)
{
	return x ? &x->runner : NULL;
}

/* Takes it where a run of its tree has ended. */
static int look(struct express *x, long long id, struct request *out,
    struct error *err)
{
	struct runner *r = &x->runner;
	struct request q;
	bool is_run;
	char tree[41];
	int rc = queue_get(r->db, id, &q, err);

	if (rc)
		return rc;
	if (refs_tree(r->refs, q.commit, tree, NULL))
		return ERROR_NOT_FOUND;
	if ((rc = runner_is_run(r->refs, tree, NULL, &is_run, err)))
		return rc;
	return is_run ? queue_take_one(r->db, id, clock_now(), out, NULL)
	              : ERROR_NOT_FOUND;
}

/* The oldest that waits and needs no run; ERROR_NOT_FOUND, and nothing is set,
 * where there is none, or where nobody else is at work: who takes requests in
 * their order takes these, too. Each is looked at once. */
static int find(struct express *x, struct request *out, struct error *err)
{
	CLEANUP(request_ids_clear) struct request_ids waiting = { 0 };
	long long during = atomic_load(&x->runner.first->request);
	struct request_ids was = x->seen;
	size_t i, k = 0, kept = 0;
	int rc;

	if (during == 0)
		return ERROR_NOT_FOUND;
	if (during != x->during)
		was.n = 0;
	if ((rc = queue_waiting(x->runner.db, clock_now(), &waiting, err)))
		return rc;
	rc = ERROR_NOT_FOUND;
	for (i = 0; i < waiting.n; i++) {
		long long id = waiting.items[i];

		while (k < was.n && was.items[k] < id)
			k++;
		if (k == was.n || was.items[k] != id) {
			if (rc != ERROR_NOT_FOUND)
				continue; /* not yet */
			rc = look(x, id, out, err);
		}
		waiting.items[kept++] = id;
	}
	waiting.n = kept;
	x->seen = waiting;
	x->during = during;
	waiting = was;
	return rc;
}

static void *serve(void *payload)
{
	struct express *x = payload;

	while (!atomic_load(&x->ending)) {
		struct error err = { 0 };
		struct request q;
		int rc = find(x, &q, &err);

		if (rc == 0 && (rc = runner_try(&x->runner, &q, &err)) == 0) {
			tender_wake(&x->runner); /* its branch is free */
			continue;
		}
		if (rc != ERROR_NOT_FOUND)
			cmd_fail(&err);
		tender_wait(&x->runner, WAIT_MS);
	}
	return NULL;
}

static void express_free(struct express *x)
{
	runner_clear(&x->runner);
	request_ids_clear(&x->seen);
	mem_free(x);
}

int express_start(struct runner *r, struct error *err)
{
	struct express *x = mem_alloc(sizeof(*x));
	int rc;

	if (x == NULL)
		return error_memory(err);
	rc = runner_open(&x->runner, r->context.git_dir, err);
	x->runner.first = r;
	x->runner.is_express = true;
	if (rc == 0 && pthread_create(&x->thread, NULL, serve, x) != 0)
		rc = error_set(err, ERROR_IO, "no thread could be started");
	if (rc)
		express_free(x);
	else
		r->express = x;
	return rc;
}

void express_stop(struct runner *r)
{
	struct express *x = r->express;

	if (x == NULL)
		return;
	atomic_store(&x->ending, true);
	atomic_store(&x->runner.cancel, true);
	tender_wake(r);
	pthread_join(x->thread, NULL);
	r->express = NULL;
	express_free(x);
}
