/* aside: see aside.h. */
#include "cache/aside.h"

#include <pthread.h>
#include <signal.h>

#include "cache/base/mem.h"

struct aside {
	struct store_batch *batch;
	struct digest *ids;
	size_t n, cap;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct buf data; /* while is_full, the second thread's alone */
	bool is_full, is_over;
	int rc; /* of the second thread, and in words */
	struct error why;
};

int aside_open(struct store_batch *batch, struct aside **out, struct error *err)
{
	struct aside *a = mem_alloc(sizeof(*a));

	*out = a;
	if (a == NULL)
		return error_memory(err);
	a->batch = batch;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	return 0;
}

static int put(struct aside *a, struct buf *data, struct error *err)
{
	struct digest *more = mem_grow(a->ids, a->n, &a->cap, sizeof(*more));
	int rc;

	if (more == NULL)
		return error_memory(err);
	a->ids = more;
	rc = store_batch_put(a->batch, buf_bytes(data), &more[a->n], err);
	a->n += rc == 0;
	return rc;
}

static void *serve(void *payload)
{
	struct aside *a = payload;
	int rc = 0;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->is_full && !a->is_over)
			pthread_cond_wait(&a->changed, &a->lock);
		if (!a->is_full)
			break;
		pthread_mutex_unlock(&a->lock);
		if (rc == 0)
			rc = put(a, &a->data, &a->why);
		pthread_mutex_lock(&a->lock);
		a->rc = rc;
		a->is_full = false;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are the first thread's. */
static void start(struct aside *a)
{
	sigset_t all, before;

	sigfillset(&all);
	if (pthread_sigmask(SIG_BLOCK, &all, &before))
		return;
	a->has_thread = pthread_create(&a->thread, NULL, serve, a) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Gives the second thread the bytes, once it has put those before; NULL: no
 * more. */
static int hand_over(struct aside *a, struct buf *data, struct error *err)
{
	struct buf empty;
	int rc;

	pthread_mutex_lock(&a->lock);
	while (a->is_full)
		pthread_cond_wait(&a->changed, &a->lock);
	rc = a->rc;
	if (rc == 0 && data != NULL) {
		empty = a->data;
		a->data = *data;
		*data = empty;
		buf_reset(data);
		a->is_full = true;
	}
	a->is_over = data == NULL;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	return rc ? error_set(err, a->why.code, "%s", a->why.msg) : 0;
}

static int stop(struct aside *a, struct error *err)
{
	int rc;

	if (!a->has_thread)
		return 0;
	rc = hand_over(a, NULL, err);
	pthread_join(a->thread, NULL);
	a->has_thread = false;
	return rc;
}

int aside_put(struct aside *a, struct buf *data, bool is_last,
    struct error *err)
{
	int rc;

	if (!a->has_thread && !is_last)
		start(a);
	if (a->has_thread)
		return hand_over(a, data, err);
	rc = put(a, data, err);
	buf_reset(data);
	return rc;
}

int aside_finish(struct aside *a, struct digest **ids, size_t *n,
    struct error *err)
{
	int rc = stop(a, err);

	*ids = a->ids;
	*n = a->n;
	a->ids = NULL;
	a->n = a->cap = 0;
	return rc;
}

void aside_close(struct aside *a)
{
	if (a == NULL)
		return;
	stop(a, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	buf_clear(&a->data);
	mem_free(a->ids);
	mem_free(a);
}
