#ifndef SLUICE_TESTS_OUTBOX_HELP_H
#define SLUICE_TESTS_OUTBOX_HELP_H
/* An outbox in a directory of its own, and verbs of its tests. The including
 * file has cmocka, file.h and the outbox. */
#include "tests/unit/outbound_help.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"

static char dir[256], path[300];

static inline int set_up(void **state)
{
	(void)state;
	if (file_make_temp_dir("/tmp", dir, sizeof(dir), NULL))
		return -1;
	snprintf(path, sizeof(path), "%s/outbox.db", dir);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	return file_remove_tree(dir, NULL);
}

static inline struct outbox *reopen(struct outbox *ob)
{
	struct error err = { 0 };

	outbox_close(ob);
	if (outbox_open(path, &ob, &err))
		fail_msg("%s", err.msg);
	return ob;
}

static inline struct status status_make(const char *commit,
    enum status_state state, const char *text)
{
	struct status s = { .context = STATUS_CONTEXT, .state = state };

	strcpy(s.commit, commit);
	describe(&s, text);
	return s;
}

static inline void put(struct outbox *ob, const char *commit,
    enum status_state state, const char *text)
{
	struct status s = status_make(commit, state, text);

	assert_int_equal(outbox_put(ob, &s, 1000, NULL), 0);
}

/* The next item is this one. */
static inline struct outbox_item take(struct outbox *ob, int64_t now,
    const char *commit, const char *text)
{
	struct outbox_item item;
	int64_t next;
	bool due;

	assert_int_equal(outbox_is_due(ob, now, &due, &next, NULL), 0);
	assert_true(due);
	assert_int_equal(outbox_take(ob, now, &item, &next, NULL), 1);
	assert_string_equal(item.status.commit, commit);
	assert_string_equal(status_words(&item.status), text);
	return item;
}

/* Nothing is due; when the next one is. */
static inline int64_t none(struct outbox *ob, int64_t now)
{
	struct outbox_item item;
	int64_t next, same;
	bool due;

	assert_int_equal(outbox_take(ob, now, &item, &next, NULL), 0);
	assert_int_equal(outbox_is_due(ob, now, &due, &same, NULL), 0);
	assert_false(due);
	assert_int_equal(same, next);
	return next;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
