/* stage: pieces are worked on in order, in a thread of their own or in the
 * caller's; the first error ends it. */
#define _GNU_SOURCE
#include "tests/unit/cmocka_all.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/stage.h"

enum {
	PIECES = 200
};

static bool no_threads;

/* A sanitizer's own, which is to see the thread, where there is one. */
int sanitizers_create(pthread_t *, const pthread_attr_t *, void *(*)(void *),
    void *) __asm__("__interceptor_pthread_create") __attribute__((weak));

/* In place of the C library's. */
int own_create(pthread_t *out, const pthread_attr_t *attributes,
    void *(*run)(void *), void *payload) __asm__("pthread_create");

int own_create(pthread_t *out, const pthread_attr_t *attributes,
    void *(*run)(void *), void *payload)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);
	void *found = dlsym(RTLD_NEXT, "pthread_create");

	memcpy(&real, &found, sizeof(real));
	if (sanitizers_create != NULL)
		real = sanitizers_create;
	return no_threads ? EAGAIN : real(out, attributes, run, payload);
}

struct work {
	int seen[PIECES]; /* the pieces worked on, in order */
	int n;
	int fails; /* the piece that does; -1: none */
	pthread_t thread; /* of the last one */
};

static int work(void *payload, void *piece, struct error *err)
{
	struct work *w = payload;
	int *number = piece;

	if (*number == w->fails)
		return error_set(err, ERROR_LIMIT, "piece %d", *number);
	w->seen[w->n++] = *number;
	*number = -1; /* done with */
	w->thread = pthread_self();
	return 0;
}

/* Gives n pieces by turns of two; how many could be given. */
static int give(struct stage *s, int n, bool is_counted, struct error *err)
{
	int pieces[2] = { -1, -1 }, i;

	for (i = 0; i < n; i++) {
		assert_int_equal(pieces[i % 2], -1);
		pieces[i % 2] = i;
		if (stage_give(s, &pieces[i % 2], is_counted && i == n - 1,
		        err))
			break;
	}
	/* before pieces go */
	(void)stage_finish(s, NULL);
	return i;
}

static void check_order(bool expect_thread, int n, bool is_counted)
{
	CLEANUP(stage_closep) struct stage *s = NULL;
	struct work w = { .fails = -1 };
	struct error err = { 0 };
	int i;

	assert_int_equal(stage_open(work, &w, &s, &err), 0);
	assert_int_equal(give(s, n, is_counted, &err), n);
	assert_int_equal(stage_finish(s, &err), 0);
	assert_int_equal(w.n, n);
	for (i = 0; i < n; i++)
		assert_int_equal(w.seen[i], i);
	assert_int_equal(!pthread_equal(w.thread, pthread_self()),
	    expect_thread);
}

static void test_order(void **state)
{
	(void)state;
	check_order(true, PIECES, true);
	check_order(true, PIECES, false);
	check_order(true, 1, false);
	check_order(false, 1, true); /* one alone */
	no_threads = true;
	check_order(false, PIECES, true);
	no_threads = false;
}

static void check_error(int at)
{
	CLEANUP(stage_closep) struct stage *s = NULL;
	struct work w = { .fails = at };
	struct error err = { 0 };
	char words[32];
	int given;

	snprintf(words, sizeof(words), "piece %d", at);
	assert_int_equal(stage_open(work, &w, &s, NULL), 0);
	given = give(s, PIECES, true, NULL);
	/* of another thread's piece the next one tells */
	assert_int_equal(given, no_threads ? at : at + 1);
	assert_int_equal(w.n, at);
	assert_int_equal(stage_finish(s, &err), ERROR_LIMIT);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_string_equal(err.msg, words);
}

static void test_the_first_error_ends_it(void **state)
{
	static const int at[] = { 0, 1, 2, 77, PIECES - 1 };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(at); i++) {
		no_threads = i % 2;
		check_error(at[i / 2]);
	}
	no_threads = false;
}

/* Closed with a piece at work, it waits for that. */
static void test_close_waits(void **state)
{
	struct work w = { .fails = -1 };
	struct stage *s;
	int piece = 5;

	(void)state;
	assert_int_equal(stage_open(work, &w, &s, NULL), 0);
	assert_int_equal(stage_give(s, &piece, false, NULL), 0);
	stage_closep(&s);
	assert_null(s);
	assert_int_equal(piece, -1);
	assert_int_equal(w.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_the_first_error_ends_it),
		cmocka_unit_test(test_close_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
