/* outbox_comment: one a branch, newest wins, looked for, edited. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/outbox_comment.h"
#include "tests/unit/reports/outbox_help.h"

static void put_comment(struct outbox *ob, const char *commit,
    enum status_state state, const char *body, int64_t now)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_of(body);
	const struct outbox_comment c = { commit, "exp", state, text,
		state != STATUS_PENDING };

	assert_int_equal(outbox_put_comment(ob, &c, now, NULL), 0);
}

static struct outbox_item take_comment(struct outbox *ob, int64_t now,
    const char *commit, const char *body)
{
	struct outbox_item item;
	int64_t next;

	assert_int_equal(outbox_take(ob, now, &item, &next, NULL), 1);
	assert_string_equal(item.status.commit, commit);
	assert_string_equal(item.status.context, OUTBOX_COMMENT);
	assert_true(bytes_eq(outbound_bytes(item.body), bytes_of(body)));
	return item;
}

/* One a branch: the newest, of whatever commit; told once. */
static void a_branch_has_one_comment(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	CLEANUP(outbound_closep) struct outbound *body = outbound_open();
	struct outbox_item item;
	struct outbox_said said;

	(void)state;
	assert_int_equal(outbox_find_comment(ob, "exp", &said, body, NULL),
	    ERROR_NOT_FOUND);
	put_comment(ob, A, STATUS_SUCCESS, "of a", 1000);
	put_comment(ob, A, STATUS_SUCCESS, "of a, too", 1000);
	put_comment(ob, B, STATUS_PENDING, "of b", 1000);
	put_comment(ob, B, STATUS_FAILURE, "of b: no", 1000);
	put_comment(ob, B, STATUS_PENDING, "late", 1000);
	ob = reopen(ob);
	item = take_comment(ob, 1000, B, "of b: no");
	assert_true(item.is_creating);
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	assert_int_equal(none(ob, 1000), -1);
	put_comment(ob, B, STATUS_FAILURE, "of b: no", 1000);
	assert_int_equal(none(ob, 1000), -1);
	put_comment(ob, C, STATUS_PENDING, "of c", 1000);
	assert_int_equal(outbox_find_comment(ob, "exp", &said, body, NULL), 0);
	assert_string_equal(said.commit, C);
	assert_string_equal(outbound_bytes(body).p, "of c");
	assert_int_equal(said.state, STATUS_PENDING);
	assert_true(said.is_told);
	item = take_comment(ob, 1000, C, "of c");
	assert_false(item.is_creating);
}

/* What a newer one has replaced, as it was on its way, is nothing that was
 * told. */
static void a_newer_comment_is_told_behind_an_older(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put_comment(ob, A, STATUS_SUCCESS, "old", 1000);
	item = take_comment(ob, 1000, A, "old");
	put_comment(ob, B, STATUS_SUCCESS, "new", 1000);
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	item = take_comment(ob, 1000, B, "new");
	put_comment(ob, B, STATUS_SUCCESS, "newer", 1000);
	assert_int_equal(outbox_unopened(ob, &item, 1000, NULL), 0);
	item = take_comment(ob, 1000, B, "newer");
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	assert_int_equal(none(ob, 1000), -1);
}

/* Until there is a pull request: looked for the less often the longer, and for
 * a week; and nobody waits for it. */
static void a_pull_request_is_looked_for(void **state)
{
	const int64_t day = 24 * 3600 * 1000;
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;
	int64_t now = 1000, next;
	int looks = 0;

	(void)state;
	put_comment(ob, A, STATUS_SUCCESS, "text", now);
	while (outbox_take(ob, now, &item, &next, NULL) == 1) {
		looks++;
		assert_int_equal(outbox_unopened(ob, &item, now, NULL), 0);
		if (now > 8 * day)
			break;
		assert_int_equal(none(ob, now), -1);
		assert_int_equal(none(ob, now + 9999), -1);
		next = (now - 1000) / 8;
		next = next < 10000 ? 10000 : next;
		now += next > 3600 * 1000 ? 3600 * 1000 : next;
	}
	assert_in_range(now, 7 * day, 7 * day + 3700 * 1000);
	assert_in_range(looks, 7 * 24, 300);
	assert_int_equal(none(ob, now + 30 * day), -1);
}

/* A text that only takes an older one's place is not looked for. */
static void an_edit_waits_for_no_pull_request(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put_comment(ob, A, STATUS_PENDING, "text", 1000);
	item = take_comment(ob, 1000, A, "text");
	assert_int_equal(outbox_unopened(ob, &item, 1000, NULL), 0);
	assert_int_equal(none(ob, 1000 + 7200 * 1000), -1);
}

/* What is no commit has no comment. */
static void put_checks(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	CLEANUP(outbound_closep) struct outbound *words = outbound_of("words");
	const struct outbox_comment c = { "X", "exp", STATUS_SUCCESS, words,
		true };

	(void)state;
	assert_int_equal(outbox_put_comment(ob, &c, 0, NULL), ERROR_USAGE);
	assert_int_equal(none(ob, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_branch_has_one_comment),
		TEST(a_newer_comment_is_told_behind_an_older),
		TEST(a_pull_request_is_looked_for),
		TEST(an_edit_waits_for_no_pull_request),
		TEST(put_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
