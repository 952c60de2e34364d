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
	long long *seen; /* those that were looked at since it does */
	size_t n_seen, cap;
};

struct runner *express_runner(struct express *x)
{
	return x ? &x->runner : NULL;
}

/* Whether it was looked at already; it is then. */
static int see(struct express *x, long long id, bool *is_seen,
    struct error *err)
{
	long long *more;
	size_t i;

	for (i = 0; i < x->n_seen; i++)
		if (x->seen[i] == id) {
			*is_seen = true;
			return 0;
		}
	*is_seen = false;
	more = mem_grow(x->seen, x->n_seen, &x->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	x->seen = more;
	x->seen[x->n_seen++] = id;
	return 0;
}

/* One branch's requests keep their order. */
static bool is_first_of_branch(const struct request_list *list, size_t n)
{
	size_t i;

	for (i = n + 1; i < list->n; i++)
		if (strcmp(list->items[i].branch, list->items[n].branch) == 0)
			return false;
	return true;
}

/* Takes it where a run of its tree has ended. */
static int take(struct express *x, const struct request *q, struct request *out,
    struct error *err)
{
	struct runner *r = &x->runner;
	bool is_seen, is_run;
	char tree[41];
	int rc = see(x, q->id, &is_seen, err);

	if (rc)
		return rc;
	if (is_seen || refs_tree(r->refs, q->commit, tree, NULL))
		return ERROR_NOT_FOUND;
	if ((rc = runner_is_run(r->refs, tree, NULL, &is_run, err)))
		return rc;
	return is_run ? queue_take_one(r->db, q->id, clock_now(), out, NULL)
	              : ERROR_NOT_FOUND;
}

/* The oldest that waits and needs no run; ERROR_NOT_FOUND, and nothing is set,
 * where there is none, or where nobody else is at work: who takes requests in
 * their order takes these, too. */
static int find(struct express *x, struct request *out, struct error *err)
{
	const struct queue_filter active = { .active = true };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	long long during = atomic_load(&x->runner.first->request);
	size_t i;
	int rc;

	if (during == 0)
		return ERROR_NOT_FOUND;
	if (during != x->during)
		x->n_seen = 0;
	x->during = during;
	if ((rc = queue_list(x->runner.db, &active, &list, err)))
		return rc;
	for (i = list.n; i-- > 0;) {
		const struct request *q = &list.items[i];

		if (q->state != REQUEST_QUEUED || q->is_retry ||
		    q->due > clock_now() || !is_first_of_branch(&list, i))
			continue;
		rc = take(x, q, out, err);
		if (rc != ERROR_NOT_FOUND)
			return rc;
	}
	return ERROR_NOT_FOUND;
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
	mem_free(x->seen);
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
