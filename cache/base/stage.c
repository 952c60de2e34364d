/* stage: see stage.h. */
#include "cache/base/stage.h"

#include <pthread.h>
#include <signal.h>

#include "cache/base/mem.h"

struct stage {
	stage_work *work;
	void *payload;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	void *piece; /* at work; NULL: none */
	bool is_over;
	int rc; /* of the first piece that failed, and in words */
	struct error why;
};

int stage_open(stage_work *work, void *payload, struct stage **out,
    struct error *err)
{
	struct stage *s = mem_alloc(sizeof(*s));

	*out = s;
	if (s == NULL)
		return error_memory(err);
	s->work = work;
	s->payload = payload;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	return 0;
}

static void *serve(void *payload)
{
	struct stage *s = payload;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->piece == NULL && !s->is_over)
			pthread_cond_wait(&s->changed, &s->lock);
		if (s->piece == NULL)
			break;
		pthread_mutex_unlock(&s->lock);
		if (rc == 0)
			rc = s->work(s->payload, s->piece, &s->why);
		pthread_mutex_lock(&s->lock);
		s->rc = rc;
		s->piece = NULL;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Signals are the first thread's. */
static void start(struct stage *s)
{
	sigset_t all, before;

	sigfillset(&all);
	if (pthread_sigmask(SIG_BLOCK, &all, &before))
		return;
	s->has_thread = pthread_create(&s->thread, NULL, serve, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Once the piece before is done with; NULL: no more. */
static int hand_over(struct stage *s, void *piece)
{
	int rc;

	pthread_mutex_lock(&s->lock);
	while (s->piece != NULL)
		pthread_cond_wait(&s->changed, &s->lock);
	rc = s->rc;
	if (rc == 0)
		s->piece = piece;
	s->is_over = piece == NULL;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int stage_give(struct stage *s, void *piece, bool is_last, struct error *err)
{
	int rc;

	if (!s->has_thread && !is_last)
		start(s);
	if (s->has_thread)
		rc = hand_over(s, piece);
	else if ((rc = s->rc) == 0)
		rc = s->rc = s->work(s->payload, piece, &s->why);
	return rc ? error_pass(err, &s->why) : 0;
}

int stage_finish(struct stage *s, struct error *err)
{
	if (s->has_thread) {
		hand_over(s, NULL);
		pthread_join(s->thread, NULL);
		s->has_thread = false;
	}
	return s->rc ? error_pass(err, &s->why) : 0;
}

void stage_close(struct stage *s)
{
	if (s == NULL)
		return;
	stage_finish(s, NULL);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

void stage_closep(struct stage **s)
{
	stage_close(*s);
	*s = NULL;
}
