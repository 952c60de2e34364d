/* outbox: order, coalescing, what a crash may repeat, waits. */
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
#include "reports/outbox_impl.h"
#include "tests/unit/reports/outbox_help.h"

static void newest_replaces_unsent(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_PENDING, "queued");
	put(ob, B, STATUS_PENDING, "b");
	put(ob, A, STATUS_PENDING, "1 of 2");
	put(ob, A, STATUS_SUCCESS, "done");
	put(ob, A, STATUS_PENDING, "late");
	ob = reopen(ob);
	item = take(ob, 1000, A, "done");
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	item = take(ob, 1000, B, "b");
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	assert_int_equal(none(ob, 1000), -1);
}

/* Ends before "pending", the older before the newer; what was tried before
 * waits for what was not, or many that fail would keep the rest. */
static void ends_go_first(void **state)
{
	const struct outbox_delay plain = { 0, false, true, "404" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_FAILURE, "tried");
	item = take(ob, 1000, A, "tried");
	outbox_later(ob, &item, 1000, &plain, NULL);
	put(ob, B, STATUS_PENDING, "b");
	put(ob, C, STATUS_SUCCESS, "c");
	put(ob, D, STATUS_SUCCESS, "d");
	item = take(ob, 9000, C, "c");
	outbox_sent(ob, &item, NULL);
	item = take(ob, 9000, D, "d");
	outbox_sent(ob, &item, NULL);
	item = take(ob, 9000, B, "b");
	outbox_sent(ob, &item, NULL);
	take(ob, 9000, A, "tried");
}

static void pending_never_follows_final(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	const struct status of_a = status_make(A, STATUS_PENDING, "");
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_FAILURE, "no");
	item = take(ob, 1000, A, "no");
	outbox_sent(ob, &item, NULL);
	put(ob, A, STATUS_PENDING, "again");
	assert_int_equal(none(ob, 1000), -1);
	assert_int_equal(outbox_reopen(ob, &of_a, NULL), 0);
	put(ob, A, STATUS_PENDING, "retry");
	item = take(ob, 1000, A, "retry");
	outbox_sent(ob, &item, NULL);
	put(ob, A, STATUS_SUCCESS, "yes");
	item = take(ob, 1000, A, "yes");
	outbox_sent(ob, &item, NULL);
	put(ob, A, STATUS_PENDING, "again");
	assert_int_equal(none(ob, 1000), -1);
}

static void told_is_not_told_again(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_PENDING, "x");
	item = take(ob, 1000, A, "x");
	/* While it is on its way, another one and the same once more. */
	put(ob, A, STATUS_PENDING, "y");
	put(ob, A, STATUS_PENDING, "x");
	outbox_sent(ob, &item, NULL);
	assert_int_equal(none(ob, 1000), -1);
	put(ob, A, STATUS_PENDING, "y");
	put(ob, A, STATUS_PENDING, "x");
	assert_int_equal(none(ob, 1000), -1);
	/* Here the forge may show y, so x is told. */
	put(ob, A, STATUS_PENDING, "y");
	take(ob, 1000, A, "y");
	put(ob, A, STATUS_PENDING, "x");
	take(ob, 1000, A, "x");
}

static void newer_one_during_sending_is_sent_next(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_PENDING, "x");
	item = take(ob, 1000, A, "x");
	put(ob, A, STATUS_SUCCESS, "done");
	outbox_sent(ob, &item, NULL);
	item = take(ob, 1000, A, "done");
	assert_int_equal(item.status.state, STATUS_SUCCESS);
	/* A refusal of what was replaced says nothing of the newer one. */
	put(ob, B, STATUS_PENDING, "x");
	outbox_sent(ob, &item, NULL);
	item = take(ob, 1000, B, "x");
	put(ob, B, STATUS_SUCCESS, "done");
	outbox_refused(ob, &item, "no", NULL);
	take(ob, 1000, B, "done");
}

static void waits_grow_and_are_kept(void **state)
{
	const struct outbox_delay delay = { -1, false, false, "500" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	int64_t now = 1000000, next;
	int i;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "done");
	for (i = 0; i < 6; i++) {
		struct outbox_item item = take(ob, now, A, "done");

		assert_int_equal(item.attempts, i);
		outbox_later(ob, &item, now, &delay, NULL);
		ob = reopen(ob);
		next = none(ob, now);
		assert_in_range(next - now, (1000 << i) + 1, 2000 << i);
		assert_int_equal(none(ob, next - 1), next);
		now = next;
	}
	/* The slot of another commit does not wait for this one's. */
	put(ob, B, STATUS_SUCCESS, "b");
	take(ob, 0, B, "b");
}

static void forge_away_holds_all(void **state)
{
	const struct outbox_delay delay = { 90000, true, true, "429" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "a");
	item = take(ob, 5000, A, "a");
	outbox_later(ob, &item, 5000, &delay, NULL);
	put(ob, B, STATUS_SUCCESS, "b");
	ob = reopen(ob);
	assert_int_equal(none(ob, 5000), 95000);
	assert_int_equal(none(ob, 94999), 95000);
	item = take(ob, 95000, B, "b");
	outbox_sent(ob, &item, NULL);
	take(ob, 95000, A, "a");
}

/* One that has failed often waits longer than the forge asks for, the others
 * do not. */
static void others_wait_as_asked(void **state)
{
	const struct outbox_delay plain = { -1, false, true, "500" },
	                          limit = { 1000, true, true, "429" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;
	int64_t now = 1000000, next;
	int i;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "a");
	for (i = 0; i < 6; i++) {
		item = take(ob, now, A, "a");
		outbox_later(ob, &item, now, i < 5 ? &plain : &limit, NULL);
		now += i < 5 ? 100000 : 0;
	}
	put(ob, B, STATUS_SUCCESS, "b");
	assert_int_equal(none(ob, now), now + 1000);
	item = take(ob, now + 1000, B, "b");
	outbox_sent(ob, &item, NULL);
	next = none(ob, now + 1000);
	assert_in_range(next - now, 32001, 64000);
	take(ob, next, A, "a");
}

/* The forge said with its last answer that it was the last for a while. */
static void a_hold_is_kept(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);

	(void)state;
	put(ob, A, STATUS_SUCCESS, "a");
	assert_int_equal(outbox_hold(ob, 90000, NULL), 0);
	assert_int_equal(outbox_hold(ob, 80000, NULL), 0);
	ob = reopen(ob);
	assert_int_equal(none(ob, 1000), 90000);
	take(ob, 90000, A, "a");
}

/* What waits and what was refused is due at once, on an operator's word. */
static void again_is_now(void **state)
{
	const struct outbox_delay away = { 3600000, true, true, "401" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "a");
	put(ob, B, STATUS_SUCCESS, "b");
	item = take(ob, 1000, A, "a");
	outbox_refused(ob, &item, "422", NULL);
	item = take(ob, 1000, B, "b");
	outbox_later(ob, &item, 1000, &away, NULL);
	assert_int_equal(none(ob, 1000), 3601000);
	assert_int_equal(outbox_again(ob, NULL), 0);
	item = take(ob, 1000, A, "a");
	assert_int_equal(item.attempts, 0);
	outbox_sent(ob, &item, NULL);
	item = take(ob, 1000, B, "b");
	outbox_sent(ob, &item, NULL);
	assert_int_equal(outbox_again(ob, NULL), 0);
	assert_int_equal(none(ob, 1000), -1); /* what was told is not */
}

/* A clock that was years ahead, and was put right, keeps nothing back. */
static void a_wrong_clock_keeps_nothing_back(void **state)
{
	const int64_t day = INT64_C(24) * 3600 * 1000, ahead = 4000 * day;
	const struct outbox_delay away = { -1, true, true, "no answer" };
	const struct outbox_pace paces[OUTBOX_PACES] = { { 1, 60000 } };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;
	int64_t next;

	(void)state;
	outbox_set_paces(ob, paces);
	put(ob, A, STATUS_SUCCESS, "a");
	item = take(ob, ahead, A, "a");
	outbox_later(ob, &item, ahead, &away, NULL);
	assert_in_range(none(ob, ahead) - ahead, 1001, 60000);
	item = take(ob, day, A, "a");
	outbox_later(ob, &item, day, &away, NULL);
	next = none(ob, day);
	assert_int_equal(next - day, 60000); /* the pace, from now on */
	take(ob, next, A, "a");
}

/* However many are due at once, in no window of a pace's length are more taken
 * than it allows, by any process; and no time is wasted. */
static void paces_are_kept(void **state)
{
	enum {
		MINUTE = 60000,
		ALL = 40
	};
	const struct outbox_pace paces[OUTBOX_PACES] = { { 5, MINUTE },
		{ 12, 10 * MINUTE } };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	int64_t now = 1000000, taken[ALL], next;
	struct outbox_item item;
	int i, j, n;

	(void)state;
	for (i = 0; i < ALL; i++) {
		struct status s = status_make(A, STATUS_SUCCESS, "x");

		snprintf(s.commit, sizeof(s.commit), "%040d", i);
		assert_int_equal(outbox_put(ob, &s, 0, NULL), 0);
	}
	for (n = 0; n < ALL;) {
		ob = reopen(ob);
		outbox_set_paces(ob, paces);
		if (outbox_take(ob, now, &item, &next, NULL) > 0) {
			taken[n++] = now;
			outbox_sent(ob, &item, NULL);
			now += 7;
			continue;
		}
		assert_true(next > now);
		now = next;
	}
	for (i = 0; i < ALL; i++) {
		int in_minute = 0, in_ten = 0;

		for (j = i; j < ALL; j++) {
			in_minute += taken[j] < taken[i] + MINUTE;
			in_ten += taken[j] < taken[i] + 10 * MINUTE;
		}
		assert_in_range(in_minute, 1, 5);
		assert_in_range(in_ten, 1, 12);
	}
	/* 12 in ten minutes: the 37th begins the fourth ten */
	assert_in_range(taken[ALL - 1] - taken[0], 30 * MINUTE, 32 * MINUTE);
}

static void backoff_is_bounded(void **state)
{
	static const uint32_t randoms[] = { 0, 1, 999, 1000, UINT32_MAX };
	int attempts;
	size_t i;

	(void)state;
	for (attempts = -1; attempts < 200; attempts++)
		for (i = 0; i < ARRAY_LEN(randoms); i++)
			assert_in_range(outbox_backoff(attempts, randoms[i]),
			    1001, 3600 * 1000);
	assert_int_equal(outbox_backoff(0, 0), 2000);
	assert_int_equal(outbox_backoff(1, 1999), 2001);
	assert_int_equal(outbox_backoff(50, 0), 3600 * 1000);
}

static int count_refused(const struct outbox_entry *entry, void *payload)
{
	assert_true(entry->refused);
	assert_string_equal(entry->why, "the forge answered 422: no");
	++*(int *)payload;
	return 0;
}

static void refused_stays_until_newer(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;
	int n = 0;

	(void)state;
	put(ob, A, STATUS_PENDING, "x");
	item = take(ob, 1000, A, "x");
	outbox_refused(ob, &item, "the forge answered 422: no", NULL);
	assert_int_equal(none(ob, 1000000), -1);
	assert_int_equal(outbox_each(ob, count_refused, &n, NULL), 0);
	assert_int_equal(n, 1);
	outbox_again(ob, NULL);
	item = take(ob, 1000, A, "x");
	outbox_refused(ob, &item, "the forge answered 422: no", NULL);
	put(ob, A, STATUS_SUCCESS, "done");
	take(ob, 1000, A, "done");
}

static void bad_files_are_named(void **state)
{
	struct outbox *ob = reopen(NULL);
	struct error err = { 0 };
	sqlite3 *db;

	(void)state;
	outbox_close(ob);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA user_version=5", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(outbox_open(path, &ob, &err), ERROR_USAGE);
	assert_null(ob);
	assert_non_null(strstr(err.msg, "format 5"));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA user_version=-1", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(outbox_open(path, &ob, NULL), ERROR_USAGE);
	assert_int_equal(outbox_open("/nowhere/at/all", &ob, NULL), ERROR_IO);
	err = (struct error){ 0 };
	assert_int_equal(file_write(path,
	                     bytes_of("this is no database, by any means"),
	                     0644, NULL),
	    0);
	assert_int_equal(outbox_open(path, &ob, &err), ERROR_CORRUPT);
	assert_non_null(strstr(err.msg, path));
}

/* A branch has a slot of its own: the end of one run says nothing of another
 * run of the same commit, and no status replaces one of another branch. */
static void branches_have_their_own(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct status s = status_make(A, STATUS_SUCCESS, "x"), other;
	struct outbox_item item;

	(void)state;
	strcpy(s.ref, "main");
	other = s;
	strcpy(other.ref, "exp");
	other.state = STATUS_PENDING;
	assert_int_equal(outbox_put(ob, &s, 0, NULL), 0);
	assert_int_equal(outbox_put(ob, &other, 0, NULL), 0);
	item = take(ob, 1000, A, "x");
	assert_string_equal(item.status.ref, "main");
	outbox_sent(ob, &item, NULL);
	item = take(ob, 1000, A, "x");
	assert_string_equal(item.status.ref, "exp");
	assert_int_equal(item.status.state, STATUS_PENDING);
	outbox_refused(ob, &item, "no", NULL);
	assert_int_equal(none(ob, 1000), -1);
	outbox_put(ob, &s, 0, NULL);
	assert_int_equal(none(ob, 1000), -1);
}

/* What nobody knows the end of is asked for; what was plainly refused is not,
 * but that does not settle an older doubt. */
static void doubts_are_kept(void **state)
{
	const struct outbox_delay plain = { 0, false, true, "429" },
	                          doubt = { 0, false, false, "no answer" };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	int64_t now = 1000;
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "x");
	item = take(ob, now, A, "x");
	assert_false(item.is_asked);
	outbox_later(ob, &item, now, &plain, NULL);
	item = take(ob, now += 100000, A, "x");
	assert_false(item.is_asked);
	outbox_later(ob, &item, now, &doubt, NULL);
	item = take(ob, now += 100000, A, "x");
	assert_true(item.is_asked);
	outbox_later(ob, &item, now, &plain, NULL);
	ob = reopen(ob);
	item = take(ob, now += 100000, A, "x");
	assert_true(item.is_asked);
	/* and one that was taken and not ended is in doubt, too */
	put(ob, B, STATUS_SUCCESS, "b");
	outbox_sent(ob, &item, NULL);
	take(ob, now, B, "b");
	ob = reopen(ob);
	item = take(ob, now, B, "b");
	assert_true(item.is_asked);
}

static int count_open(const struct outbox_entry *entry, void *payload)
{
	assert_int_equal(entry->item.status.state, STATUS_PENDING);
	++*(int *)payload;
	return 0;
}

static void open_ones_are_told_or_not(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;
	int n = 0;

	(void)state;
	put(ob, A, STATUS_PENDING, "a");
	item = take(ob, 1000, A, "a");
	outbox_sent(ob, &item, NULL);
	put(ob, B, STATUS_PENDING, "b");
	assert_int_equal(outbox_each_open(ob, count_open, &n, NULL), 0);
	assert_int_equal(n, 2);
	put(ob, A, STATUS_CANCELLED, "stopped");
	assert_int_equal(outbox_each_open(ob, count_open, &n, NULL), 0);
	assert_int_equal(n, 3);
}

/* A file as sluice 0.1.0 made it, before forges had types. */
static void version_1_goes_on(void **state)
{
	static const char file[] =
	    "CREATE TABLE slot(commit_id TEXT NOT NULL, context TEXT NOT NULL,"
	    " seq INTEGER NOT NULL, state TEXT NOT NULL,"
	    " description TEXT NOT NULL, target_url TEXT NOT NULL,"
	    " changed INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0,"
	    " asked INTEGER NOT NULL DEFAULT 0,"
	    " reopened INTEGER NOT NULL DEFAULT 0,"
	    " attempts INTEGER NOT NULL DEFAULT 0,"
	    " next_try INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT"
	    " '', told_state TEXT, told_description TEXT, told_url TEXT,"
	    " PRIMARY KEY(commit_id, context));"
	    "CREATE INDEX slot_due ON slot(settled, seq);"
	    "CREATE INDEX slot_age ON slot(settled, changed);"
	    "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK (one = 1),"
	    " seq INTEGER NOT NULL, hold INTEGER NOT NULL);"
	    "INSERT INTO meta VALUES(1, 7, 4000);"
	    "INSERT INTO slot VALUES('" A "', 'sluice/run', 6, 'success',"
	    " 'done', 'https://x/1', 900, 0, 1, 0, 3, 5000, 'away', 'pending',"
	    " '0 of 3', 'https://x/1');"
	    "INSERT INTO slot VALUES('" B "', 'sluice/run', 7, 'failure',"
	    " 'no', '', 901, 1, 0, 0, 0, 0, '', 'failure', 'no', '');"
	    "PRAGMA user_version=1;";
	struct outbox *ob = NULL;
	struct outbox_item item;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, file, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ob = reopen(reopen(NULL));
	put(ob, B, STATUS_FAILURE, "no"); /* told before: not again */
	assert_int_equal(none(ob, 4999), 5000);
	item = take(ob, 5000, A, "done");
	assert_int_equal(item.status.state, STATUS_SUCCESS);
	assert_string_equal(item.status.target_url, "https://x/1");
	assert_string_equal(item.status.ref, "");
	assert_int_equal(item.attempts, 3);
	assert_int_equal(item.seq, 6);
	assert_true(item.is_asked);
	outbox_sent(ob, &item, NULL);
	assert_int_equal(none(ob, 5000), -1);
	put(ob, B, STATUS_PENDING, "late");
	assert_int_equal(none(ob, 5000), -1);
	outbox_close(ob);
}

/* Version 2 did not count, version 3 had no comments. */
static void older_version_goes_on(const char *older)
{
	struct outbox *ob = reopen(NULL);
	CLEANUP(outbound_closep)
	struct outbound *text = outbound_of("m\ntext\n");
	const struct outbox_comment c = { A, "exp", STATUS_SUCCESS, text,
		true };
	struct outbox_item item;
	sqlite3 *db;

	put(ob, A, STATUS_SUCCESS, "done");
	outbox_close(ob);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, older, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ob = reopen(reopen(NULL));
	outbox_set_paces(ob,
	    (struct outbox_pace[OUTBOX_PACES]){ { 2, 60000 } });
	item = take(ob, 1000, A, "done");
	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
	assert_int_equal(outbox_put_comment(ob, &c, 1000, NULL), 0);
	outbox_close(ob);
	ob = reopen(NULL);
	assert_int_equal(outbox_take(ob, 1000, &item, &(int64_t){ 0 }, NULL),
	    1);
	assert_true(
	    bytes_eq(outbound_bytes(item.body), outbound_bytes(c.body)));
	outbox_close(ob);
}

#define NO_COMMENTS                          \
	"ALTER TABLE slot DROP COLUMN body;" \
	"ALTER TABLE slot DROP COLUMN creates;"

static void version_2_goes_on(void **state)
{
	(void)state;
	older_version_goes_on(
	    NO_COMMENTS "DROP TABLE taken; PRAGMA user_version=2");
}

static void version_3_goes_on(void **state)
{
	(void)state;
	older_version_goes_on(NO_COMMENTS "PRAGMA user_version=3");
}

static void put_checks(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct status s = status_make(A, STATUS_SUCCESS, "x");

	(void)state;
	s.commit[0] = 'X';
	assert_int_equal(outbox_put(ob, &s, 0, NULL), ERROR_USAGE);
	assert_int_equal(none(ob, 0), -1);
}

static void what_was_never_put_is_not_found(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	const struct status of = status_make(A, STATUS_SUCCESS, "x");
	struct status found;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(outbox_find(ob, &of, &found, &err), ERROR_NOT_FOUND);
	assert_string_equal(err.msg, "nothing was told of aaaaaaaaaaaa");
}

/* Who cannot write because another does says so. */
static void a_busy_file_is_told(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	CLEANUP(outbox_closep) struct outbox *other = reopen(NULL);
	const struct status s = status_make(A, STATUS_SUCCESS, "x");
	const struct outbox_delay delay = { .wait = 1 };
	struct outbox_item item = { .status = s };
	struct error err = { 0 };
	int64_t next;

	(void)state;
	assert_int_equal(outbox_begin(other, NULL), 0);
	sqlite3_busy_timeout(ob->db, 0);
	assert_int_equal(outbox_put(ob, &s, 0, &err), ERROR_BUSY);
	assert_non_null(strstr(err.msg, "locked"));
	assert_int_equal(outbox_take(ob, 0, &item, &next, NULL), ERROR_BUSY);
	assert_int_equal(outbox_later(ob, &item, 0, &delay, NULL), ERROR_BUSY);
	assert_int_equal(outbox_again(ob, NULL), ERROR_BUSY);
	assert_int_equal(outbox_count(ob, 0, NULL), ERROR_BUSY);
	assert_int_equal(outbox_finish(other, 0, NULL), 0);
	assert_int_equal(outbox_put(ob, &s, 0, NULL), 0);
}

/* What SQLite does not take is told, and nothing is put. */
static void a_text_too_long_is_told(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	const struct status s = status_make(A, STATUS_SUCCESS, "x");
	struct error err = { 0 };

	(void)state;
	sqlite3_limit(ob->db, SQLITE_LIMIT_LENGTH, 30);
	assert_int_equal(outbox_put(ob, &s, 0, &err), ERROR_IO);
	assert_non_null(strstr(err.msg, "too big"));
	sqlite3_limit(ob->db, SQLITE_LIMIT_LENGTH, 1000000);
	assert_int_equal(none(ob, 0), -1);
}

/* Pages that are overwritten, behind a head that is whole. */
static void a_damaged_file_is_told(void **state)
{
	struct outbox *ob = reopen(NULL);
	const struct status of = status_make(A, STATUS_SUCCESS, "x");
	char wrong[4096];
	struct status found;
	struct error err = { 0 };
	FILE *f;
	int rc, i;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "x");
	outbox_close(ob);
	memset(wrong, 0xa5, sizeof(wrong));
	f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	for (i = (int)(ftell(f) / 4096); i-- > 1;) {
		fseek(f, i * 4096L, SEEK_SET);
		assert_int_equal(fwrite(wrong, 1, sizeof(wrong), f),
		    sizeof(wrong));
	}
	fclose(f);
	rc = outbox_open(path, &ob, &err);
	if (rc == 0)
		rc = outbox_find(ob, &of, &found, &err);
	outbox_close(ob);
	assert_int_equal(rc, ERROR_CORRUPT);
	assert_non_null(strstr(err.msg, "move it away"));
}

static void tell(struct outbox *ob, int64_t now, const char *commit)
{
	struct outbox_item item = take(ob, now, commit, "x");

	assert_int_equal(outbox_sent(ob, &item, NULL), 0);
}

/* Two that are given the longer one first; one alone. */
static void paces_have_no_order(void **state)
{
	const struct outbox_pace two[OUTBOX_PACES] = { { 2, 10000 },
		{ 1, 1000 } };
	const struct outbox_pace one[OUTBOX_PACES] = { { 1, 1000 } };
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct status s = status_make(A, STATUS_SUCCESS, "x");

		snprintf(s.commit, sizeof(s.commit), "%040d", i);
		assert_int_equal(outbox_put(ob, &s, 0, NULL), 0);
	}
	outbox_set_paces(ob, two);
	tell(ob, 100000, "0000000000000000000000000000000000000000");
	assert_int_equal(none(ob, 100000), 101000);
	tell(ob, 101000, "0000000000000000000000000000000000000001");
	assert_int_equal(none(ob, 101000), 110000);
	outbox_set_paces(ob, one);
	tell(ob, 110000, "0000000000000000000000000000000000000002");
	assert_int_equal(none(ob, 110000), 111000);
}

/* A forge that asks for more than a day waits a day, and so does all else. */
static void nobody_waits_for_more_than_a_day(void **state)
{
	const struct outbox_delay delay = { .wait = INT64_MAX / 2,
		.is_all = true };
	const int64_t day = 24 * 3600 * 1000;
	CLEANUP(outbox_closep) struct outbox *ob = reopen(NULL);
	struct outbox_item item;

	(void)state;
	put(ob, A, STATUS_SUCCESS, "x");
	item = take(ob, 1000, A, "x");
	assert_int_equal(outbox_later(ob, &item, 1000, &delay, NULL), 0);
	assert_int_equal(none(ob, 1000), 1000 + day);
	take(ob, 1000 + day, A, "x");
}

/* A process that is killed while it puts leaves what it was told is there. */
static void killed_writer_loses_nothing_acknowledged(void **state)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	int pipe_fd[2], status, last = 0;
	struct outbox_item item;
	int64_t next;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		struct outbox *mine = NULL;
		int i;

		if (outbox_open(path, &mine, NULL))
			_exit(1);
		for (i = 1;; i++) {
			struct status s;
			char text[16];

			snprintf(text, sizeof(text), "%d", i);
			s = status_make(A, STATUS_PENDING, text);
			if (outbox_put(mine, &s, 0, NULL) ||
			    write(pipe_fd[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(pipe_fd[1]);
	for (; last < 20 && read(pipe_fd[0], &c, 1) == 1; last++)
		;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(pipe_fd[0], &c, 1) == 1)
		last++;
	close(pipe_fd[0]);
	assert_true(WIFSIGNALED(status));
	ob = reopen(NULL);
	assert_int_equal(outbox_take(ob, 0, &item, &next, NULL), 1);
	assert_in_range(atoi(status_words(&item.status)), last, last + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(newest_replaces_unsent),
		TEST(ends_go_first),
		TEST(pending_never_follows_final),
		TEST(told_is_not_told_again),
		TEST(newer_one_during_sending_is_sent_next),
		TEST(waits_grow_and_are_kept),
		TEST(forge_away_holds_all),
		TEST(others_wait_as_asked),
		TEST(a_hold_is_kept),
		TEST(again_is_now),
		TEST(a_wrong_clock_keeps_nothing_back),
		TEST(paces_are_kept),
		TEST(backoff_is_bounded),
		TEST(refused_stays_until_newer),
		TEST(bad_files_are_named),
		TEST(branches_have_their_own),
		TEST(doubts_are_kept),
		TEST(open_ones_are_told_or_not),
		TEST(version_1_goes_on),
		TEST(version_2_goes_on),
		TEST(version_3_goes_on),
		TEST(put_checks),
		TEST(what_was_never_put_is_not_found),
		TEST(a_busy_file_is_told),
		TEST(a_text_too_long_is_told),
		TEST(a_damaged_file_is_told),
		TEST(paces_have_no_order),
		TEST(nobody_waits_for_more_than_a_day),
		TEST(killed_writer_loses_nothing_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
