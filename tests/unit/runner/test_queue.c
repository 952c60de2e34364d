/* queue, rundb, control: requests through their lives, many writers. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/control.h"
#include "runner/queue.h"
#include "runner/rundb.h"
#include "tests/unit/cmocka_all.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"

struct bed {
	char dir[64];
	struct rundb *db;
};

static int set_up(void **state)
{
	struct bed *bed = mem_alloc(sizeof(*bed));
	struct error err = { 0 };

	snprintf(bed->dir, sizeof(bed->dir), "/tmp/sluice-queue-XXXXXX");
	assert_non_null(mkdtemp(bed->dir));
	assert_int_equal(rundb_open(bed->dir, &bed->db, &err), 0);
	assert_true(rundb_is_new(bed->db));
	*state = bed;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *bed = *state;

	rundb_close(bed->db);
	file_remove_tree(bed->dir, NULL);
	mem_free(bed);
	return 0;
}

static long long put(struct rundb *db, const char *branch, const char *commit)
{
	const struct request_new new = { .branch = branch,
		.commit = commit,
		.user = "alice",
		.now = 5 };
	struct error err = { 0 };
	long long id = -1;

	assert_int_equal(queue_put(db, &new, &id, &err), 0);
	return id;
}

static enum request_state state_of(struct rundb *db, long long id)
{
	struct request r;

	assert_int_equal(queue_get(db, id, &r, NULL), 0);
	return r.state;
}

static void a_request_lives_and_ends(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	struct request r;
	long long id = put(db, "main", A);

	assert_int_equal(put(db, "main", A), 0); /* processed already */
	assert_int_equal(queue_take(db, 7, &r, &err), 0);
	assert_int_equal(r.id, id);
	assert_int_equal(r.state, REQUEST_RUNNING);
	assert_int_equal(r.attempts, 1);
	assert_int_equal(r.started, 7);
	assert_string_equal(r.user, "alice");
	assert_int_equal(queue_take(db, 7, &r, NULL), ERROR_NOT_FOUND);
	assert_int_equal(queue_get(db, id, &r, &err), 0);
	assert_int_equal(queue_prepare(db, id, C, &err), 0);
	r.state = REQUEST_DONE;
	strcpy(r.outcome, "success");
	strcpy(r.run, C);
	r.ended = 9;
	assert_int_equal(queue_finish(db, &r, &err), 0);
	assert_int_equal(queue_get(db, id, &r, &err), 0);
	assert_int_equal(r.state, REQUEST_DONE);
	assert_string_equal(r.outcome, "success");
	assert_string_equal(r.run, C);
	assert_int_equal(r.ended, 9);
}

static void a_newer_tip_supersedes(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	enum request_stop stop;
	struct request r;
	long long a = put(db, "exp", A), other = put(db, "other", A), b, c;

	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_int_equal(r.id, a);
	b = put(db, "exp", B);
	assert_int_equal(queue_stop(db, a, &stop, &err), 0);
	assert_int_equal(stop, STOP_SUPERSEDED);
	c = put(db, "exp", C);
	assert_int_equal(state_of(db, b), REQUEST_SUPERSEDED);
	assert_int_equal(state_of(db, c), REQUEST_QUEUED);
	assert_int_equal(state_of(db, other), REQUEST_QUEUED);
	assert_int_equal(queue_stop(db, c, &stop, &err), 0);
	assert_int_equal(stop, STOP_NONE);
}

static void production_is_first_and_not_starved(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct request_new main_push = { .branch = "main",
		.commit = A,
		.is_first = true,
		.keep_running = true };
	struct error err = { 0 };
	enum request_stop stop;
	struct request r;

	put(db, "exp", A);
	assert_int_equal(queue_put(db, &main_push, NULL, &err), 0);
	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_string_equal(r.branch, "main");
	main_push.commit = B;
	assert_int_equal(queue_put(db, &main_push, NULL, &err), 0);
	assert_int_equal(queue_stop(db, r.id, &stop, &err), 0);
	assert_int_equal(stop, STOP_NONE);
}

static void after_a_death_it_is_taken_again(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	struct request r;
	long long a = put(db, "a", A), b = put(db, "b", A);
	const struct control_request cancel = { .branch = "b", .now = 3 };
	size_t n;

	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_int_equal(queue_prepare(db, a, C, &err), 0);
	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_int_equal(r.id, b);
	assert_int_equal(control_cancel(db, &cancel, &n, &err), 0);
	assert_int_equal(n, 1);
	put(db, "a", B);
	assert_int_equal(queue_recover(db, 4, &err), 0);
	assert_int_equal(state_of(db, b), REQUEST_CANCELLED);
	assert_int_equal(queue_take(db, 5, &r, &err), 0);
	assert_int_equal(r.id, a);
	assert_int_equal(r.stop, STOP_SUPERSEDED); /* if it is not published */
	assert_int_equal(r.attempts, 2);
	assert_string_equal(r.run, C);
}

static void a_delay_is_kept(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	struct request r;
	int64_t due;
	long long id = put(db, "a", A);

	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_int_equal(queue_next_due(db, &due, NULL), ERROR_NOT_FOUND);
	assert_int_equal(queue_delay(db, id, 100, "not yet", &err), 0);
	assert_int_equal(queue_take(db, 99, &r, NULL), ERROR_NOT_FOUND);
	assert_int_equal(queue_next_due(db, &due, &err), 0);
	assert_int_equal(due, 100);
	assert_int_equal(queue_take(db, 100, &r, &err), 0);
}

/* Nothing is put off for more than a day: what is due in ten years was noted by
 * a clock that was wrong. */
static void a_clock_that_is_set_back(void **state)
{
	static const int64_t hour = (int64_t)3600 * 1000;
	struct rundb *db = ((struct bed *)*state)->db;
	const int64_t now = 1000 * hour;
	struct error err = { 0 };
	struct request r;
	long long id = put(db, "a", A);

	assert_int_equal(queue_take(db, now, &r, &err), 0);
	assert_int_equal(queue_delay(db, id, now + 23 * hour, "", &err), 0);
	assert_int_equal(queue_take(db, now, &r, NULL), ERROR_NOT_FOUND);
	assert_int_equal(queue_take_one(db, id, now, &r, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(queue_take(db, now - 87600 * hour, &r, &err), 0);
	assert_int_equal(queue_delay(db, id, now, "", &err), 0);
	assert_int_equal(queue_take_one(db, id, now - 87600 * hour, &r, &err),
	    0);
}

static void retry_and_cancel(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct control_request c = { .branch = "a",
		.commit = A,
		.user = "bob",
		.reason = "the disk was full",
		.only = "ClinicA\nClinicB/Patient\n" };
	struct error err = { 0 };
	char long_reason[REQUEST_REASON + 1] = { 0 };
	struct request r;
	long long id;
	size_t n;

	put(db, "a", A);
	assert_int_equal(control_retry(db, &c, &id, NULL), ERROR_BUSY);
	assert_int_equal(control_cancel(db, &c, &n, &err), 0);
	assert_int_equal(control_cancel(db, &c, &n, NULL), ERROR_NOT_FOUND);
	assert_int_equal(control_retry(db, &c, &id, &err), 0);
	assert_int_equal(control_retry(db, &c, &id, NULL), ERROR_BUSY);
	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	assert_true(r.is_retry);
	assert_string_equal(r.reason, "the disk was full");
	assert_string_equal(r.user, "bob");
	assert_string_equal(r.only, "ClinicA\nClinicB/Patient\n");
	/* what the run's record could not hold is refused at once */
	r.state = REQUEST_DONE;
	assert_int_equal(queue_finish(db, &r, &err), 0);
	memset(long_reason, 'x', REQUEST_REASON);
	c.reason = long_reason;
	assert_int_equal(control_retry(db, &c, &id, NULL), ERROR_USAGE);
	c.reason = "caf\xe9";
	assert_int_equal(control_retry(db, &c, &id, NULL), ERROR_USAGE);
	c.reason = "caf\xc3\xa9";
	assert_int_equal(control_retry(db, &c, &id, &err), 0);
}

static void what_refs_know_is_restored_once(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct request done = { .branch = "main",
		.commit = A,
		.run = C,
		.outcome = "failure" };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct error err = { 0 };

	bool is_new;

	assert_int_equal(queue_restore(db, &done, true, &is_new, &err), 0);
	assert_true(is_new);
	assert_int_equal(queue_restore(db, &done, true, &is_new, &err), 0);
	assert_false(is_new);
	assert_int_equal(
	    queue_list(db, &(struct queue_filter){ 0 }, &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].state, REQUEST_DONE);
	assert_int_equal(put(db, "main", A), 0);
	/* a run before the newest is known, and no tip */
	strcpy(done.commit, B);
	strcpy(done.run, B);
	assert_int_equal(queue_restore(db, &done, false, NULL, &err), 0);
	assert_int_equal(queue_knows_run(db, B, &is_new, &err), 0);
	assert_true(is_new);
	assert_int_equal(put(db, "main", A), 0);
}

static void a_deleted_branch_is_forgotten(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	long long id = put(db, "a", A);

	assert_int_equal(queue_forget(db, "a", 3, &err), 0);
	assert_int_equal(state_of(db, id), REQUEST_SUPERSEDED);
	assert_true(put(db, "a", A) > 0);
}

/* Who cannot write because another does says so, and nothing has happened. */
static void a_busy_file_is_told(void **state)
{
	struct bed *bed = *state;
	struct rundb *other;
	const struct rundb_query no_wait = { .sql = "PRAGMA busy_timeout=0" };
	const struct request_new new = { .branch = "a", .commit = A };
	const struct request done = { .id = 1, .branch = "a", .commit = A };
	struct request r;
	struct error err = { 0 };
	int64_t due;

	assert_int_equal(rundb_open(bed->dir, &other, &err), 0);
	assert_int_equal(queue_begin(other, &err), 0);
	assert_int_equal(rundb_run(bed->db, &no_wait, &err), 0);
	assert_int_equal(queue_put(bed->db, &new, NULL, &err), ERROR_BUSY);
	assert_non_null(strstr(err.msg, "locked"));
	assert_int_equal(queue_restore(bed->db, &done, true, NULL, NULL),
	    ERROR_BUSY);
	assert_int_equal(queue_take(bed->db, 1, &r, NULL), ERROR_BUSY);
	assert_int_equal(queue_take_one(bed->db, 1, 1, &r, NULL), ERROR_BUSY);
	assert_int_equal(queue_recover(bed->db, 1, NULL), ERROR_BUSY);
	assert_int_equal(queue_finish(bed->db, &done, NULL), ERROR_BUSY);
	assert_int_equal(queue_forget(bed->db, "a", 1, NULL), ERROR_BUSY);
	assert_int_equal(queue_end(other, 0, &err), 0);
	assert_int_equal(queue_next_due(bed->db, &due, NULL), ERROR_NOT_FOUND);
	assert_true(put(bed->db, "a", A) > 0);
	rundb_close(other);
}

/* A request that has ended is not taken again; one that was overtaken before
 * anybody saw it is told with its branch. */
static void what_has_ended_is_not_taken(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	const struct request_new gone = { .branch = "b", .commit = B };
	const struct queue_filter of_b = { .branch = "b" };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct request r;
	struct error err = { 0 };
	long long id = put(db, "a", A);

	assert_int_equal(queue_take(db, 1, &r, &err), 0);
	r.state = REQUEST_CANCELLED;
	assert_int_equal(queue_finish(db, &r, &err), 0);
	assert_int_equal(queue_take_one(db, id, 2, &r, &err), ERROR_NOT_FOUND);
	assert_string_equal(err.msg, "it does not wait");
	assert_int_equal(queue_put_overtaken(db, &gone, NULL, NULL), 0);
	assert_int_equal(queue_list(db, &of_b, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].state, REQUEST_SUPERSEDED);
	assert_string_equal(list.items[0].message, "the branch was deleted");
}

/* Takes the oldest end that was not told; "" where there is none. */
static void told(struct rundb *db, char message[512])
{
	struct request r;

	message[0] = '\0';
	if (queue_untold(db, &r, NULL) == ERROR_NOT_FOUND)
		return;
	memcpy(message, r.message, sizeof(r.message));
	assert_int_equal(queue_told(db, r.id, NULL), 0);
}

static void each_end_without_a_run_is_told_once(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	const struct request_new seen = { .branch = "a", .commit = B },
	                         gone = { .branch = "c", .commit = B };
	const struct control_request all = { .now = 3 };
	struct error err = { 0 };
	struct request r;
	char message[512];
	size_t n;

	put(db, "a", A);
	put(db, "a", C); /* A waited */
	told(db, message);
	assert_string_equal(message, "superseded by ccccccc");
	assert_int_equal(queue_put_overtaken(db, &seen, C, &err), 0);
	told(db, message);
	assert_string_equal(message, "superseded by ccccccc");
	assert_int_equal(queue_put_overtaken(db, &seen, C, &err), 0);
	assert_int_equal(queue_put_overtaken(db, &gone, NULL, &err), 0);
	told(db, message);
	assert_string_equal(message, "the branch was deleted");
	told(db, message);
	assert_string_equal(message, "");
	/* C ends with a run, which tells by itself */
	assert_int_equal(queue_take(db, 7, &r, &err), 0);
	r.state = REQUEST_DONE;
	memcpy(r.run, A, sizeof(A));
	assert_int_equal(queue_finish(db, &r, &err), 0);
	told(db, message);
	assert_string_equal(message, "");
	put(db, "b", A);
	assert_int_equal(control_cancel(db, &all, &n, &err), 0);
	told(db, message);
	assert_string_equal(message, "cancelled");
	/* stopped, and the runner died before it saw that */
	put(db, "b", B);
	assert_int_equal(queue_take(db, 8, &r, &err), 0);
	put(db, "b", C);
	assert_int_equal(queue_recover(db, 9, &err), 0);
	told(db, message);
	assert_string_equal(message, "superseded by ccccccc");
}

struct tip_of {
	const char *branch;
	char run[41];
};

static int see_tip(const struct queue_tip *tip, void *payload)
{
	struct tip_of *t = payload;

	if (strcmp(tip->branch, t->branch) == 0)
		snprintf(t->run, sizeof(t->run), "%s", tip->run);
	return 0;
}

static void a_tip_has_its_run(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct tip_of tip = { .branch = "a" };
	struct error err = { 0 };
	struct request r;
	bool is_known;

	put(db, "a", A);
	assert_int_equal(queue_take(db, 7, &r, &err), 0);
	assert_int_equal(queue_each_tip(db, see_tip, &tip, &err), 0);
	assert_string_equal(tip.run, "");
	r.state = REQUEST_DONE;
	memcpy(r.run, C, sizeof(C));
	assert_int_equal(queue_finish(db, &r, &err), 0);
	assert_int_equal(queue_each_tip(db, see_tip, &tip, &err), 0);
	assert_string_equal(tip.run, C);
	assert_int_equal(queue_knows_run(db, C, &is_known, &err), 0);
	assert_true(is_known);
	assert_int_equal(queue_knows_run(db, B, &is_known, &err), 0);
	assert_false(is_known);
	put(db, "a", B);
	assert_int_equal(queue_each_tip(db, see_tip, &tip, &err), 0);
	assert_string_equal(tip.run, "");
}

static void what_was_pushed_goes_before_what_was_found(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	const struct request_new found = { .branch = "old",
		.commit = A,
		.is_found = true };
	struct error err = { 0 };
	struct request r;

	assert_int_equal(queue_put(db, &found, NULL, &err), 0);
	put(db, "new", B);
	assert_int_equal(queue_take(db, 7, &r, &err), 0);
	assert_string_equal(r.branch, "new");
	assert_int_equal(queue_take(db, 7, &r, &err), 0);
	assert_string_equal(r.branch, "old");
}

static void many_changes_are_one(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };

	assert_int_equal(queue_begin(db, &err), 0);
	put(db, "a", A);
	put(db, "b", A);
	assert_int_equal(queue_end(db, ERROR_IO, &err), ERROR_IO);
	assert_true(put(db, "a", A) > 0); /* as if never put */
	assert_int_equal(queue_begin(db, &err), 0);
	put(db, "c", A);
	assert_int_equal(queue_end(db, 0, &err), 0);
	assert_int_equal(put(db, "c", A), 0);
}

/* The tables of version 2, as sluice 0.1 made them. */
static const char version_2[] =
    "CREATE TABLE request("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " branch TEXT NOT NULL, commit_id TEXT NOT NULL,"
    " user TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " is_retry INTEGER NOT NULL DEFAULT 0,"
    " only_nodes TEXT NOT NULL DEFAULT '',"
    " is_first INTEGER NOT NULL DEFAULT 0,"
    " state TEXT NOT NULL CHECK(state IN"
    "  ('queued','running','done','superseded','cancelled')),"
    " stop TEXT NOT NULL DEFAULT '',"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " queued INTEGER NOT NULL, due INTEGER NOT NULL DEFAULT 0,"
    " started INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0,"
    " nodes INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0,"
    " failed INTEGER NOT NULL DEFAULT 0,"
    " run TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '',"
    " message TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX request_state ON request(state, id);"
    "CREATE INDEX request_branch ON request(branch, commit_id, id);"
    "CREATE INDEX request_run ON request(run);"
    "CREATE TABLE tip(branch TEXT PRIMARY KEY, commit_id TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "PRAGMA user_version=2;"
    "INSERT INTO request(branch, commit_id, state, queued, run) VALUES"
    " ('a', '" A "', 'done', 1, '" C "'), ('a', '" A "', 'queued', 2, '');"
    "INSERT INTO tip VALUES('a', '" A "');";

static void a_file_of_version_2_becomes_ours(void **state)
{
	struct bed *bed = *state;
	struct tip_of tip = { .branch = "a" };
	struct error err = { 0 };
	char path[96], message[512];
	sqlite3 *sql = NULL;

	rundb_closep(&bed->db);
	assert_int_equal(rundb_set_aside(bed->dir, &err), 0);
	snprintf(path, sizeof(path), "%s/run.db", bed->dir);
	assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql, version_2, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(sql);
	assert_int_equal(rundb_open(bed->dir, &bed->db, &err), 0);
	assert_false(rundb_is_new(bed->db));
	assert_int_equal(queue_each_tip(bed->db, see_tip, &tip, &err), 0);
	assert_string_equal(tip.run, C);
	assert_true(put(bed->db, "a", B) > 0);
	told(bed->db, message);
	assert_string_equal(message, "superseded by bbbbbbb");
}

/* A read and a write in each transaction, by many processes at once: with a
 * plain BEGIN most of them fail. */
static void many_writers_lose_nothing(void **state)
{
	enum {
		WRITERS = 8,
		EACH = 20
	};
	struct bed *bed = *state;
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct error err = { 0 };
	pid_t pids[WRITERS];
	int i, j, status;

	for (i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct rundb *db = NULL;
			int rc = rundb_open(bed->dir, &db, NULL);

			for (j = 0; j < EACH && rc == 0; j++) {
				char branch[32];
				struct request_new new = { .branch = branch,
					.commit = A };

				snprintf(branch, sizeof(branch), "w%d-%d", i,
				    j);
				rc = queue_put(db, &new, NULL, NULL);
			}
			_exit(rc ? 1 : 0);
		}
	}
	for (i = 0; i < WRITERS; i++) {
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(
	    queue_list(bed->db, &(struct queue_filter){ 0 }, &list, &err), 0);
	assert_int_equal(list.n, WRITERS * EACH);
}

static void a_damaged_file_is_told(void **state)
{
	struct bed *bed = *state;
	struct error err = { 0 };
	char path[96];

	rundb_closep(&bed->db);
	snprintf(path, sizeof(path), "%s/run.db", bed->dir);
	assert_int_equal(file_write(path,
	                     bytes_of("this is no database at "
	                              "all, whatever its name"),
	                     0600, &err),
	    0);
	assert_int_equal(rundb_open(bed->dir, &bed->db, NULL), ERROR_CORRUPT);
	assert_int_equal(rundb_set_aside(bed->dir, &err), 0);
	assert_int_equal(rundb_open(bed->dir, &bed->db, &err), 0);
	assert_true(rundb_is_new(bed->db));
	assert_int_equal(rundb_check(bed->db, &err), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static long long put_again(struct rundb *db, const char *commit)
{
	const struct request_new new = { .branch = "main",
		.commit = commit,
		.is_again = true,
		.is_first = true,
		.keep_running = true,
		.now = 6 };
	struct error err = { 0 };
	long long id = -1;

	assert_int_equal(queue_put(db, &new, &id, &err), 0);
	return id;
}

/* New inputs ask for one more run, and for no more than one. */
static void again_is_asked_once(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct request q;
	long long first = put(db, "main", A), again;

	/* what waits will read them */
	assert_int_equal(put_again(db, A), 0);
	assert_int_equal(queue_take(db, 10, &q, NULL), 0);
	assert_int_equal(q.id, first);
	/* what runs may not have */
	again = put_again(db, A);
	assert_true(again > 0);
	assert_int_equal(put_again(db, A), 0);
	assert_int_equal(state_of(db, first), REQUEST_RUNNING);
	/* of another branch's it is no matter */
	put(db, "exp", A);
	assert_int_equal(put_again(db, A), 0);
	/* a push behind it takes its place */
	put(db, "main", B);
	assert_int_equal(state_of(db, again), REQUEST_SUPERSEDED);
	assert_int_equal(put_again(db, B), 0);
}

static void a_branch_has_one_at_work(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	const struct request_new newer = { .branch = "main",
		.commit = B,
		.keep_running = true,
		.now = 5 };
	struct request q;
	long long first = put(db, "main", A), second;

	assert_int_equal(queue_take_one(db, first, 7, &q, &err), 0);
	assert_int_equal(queue_put(db, &newer, &second, &err), 0);
	assert_int_equal(queue_take(db, 8, &q, NULL), ERROR_NOT_FOUND);
	assert_int_equal(queue_take_one(db, second, 8, &q, NULL),
	    ERROR_NOT_FOUND);
	put(db, "exp", C); /* another branch is not held up */
	assert_int_equal(queue_take(db, 8, &q, &err), 0);
	assert_string_equal(q.branch, "exp");

	assert_int_equal(queue_get(db, first, &q, &err), 0);
	q.state = REQUEST_DONE;
	assert_int_equal(queue_finish(db, &q, &err), 0);
	assert_int_equal(queue_take(db, 9, &q, &err), 0);
	assert_int_equal(q.id, second);
}

static void one_is_taken_out_of_turn(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	struct request q;
	long long first = put(db, "exp", A), second = put(db, "other", B);

	assert_int_equal(queue_take_one(db, second, 7, &q, &err), 0);
	assert_int_equal(q.id, second);
	assert_int_equal(q.state, REQUEST_RUNNING);
	assert_int_equal(q.started, 7);
	assert_int_equal(q.attempts, 1);
	assert_int_equal(queue_take_one(db, second, 7, &q, NULL),
	    ERROR_NOT_FOUND); /* it runs */
	assert_int_equal(queue_take_one(db, second + 1, 7, &q, NULL),
	    ERROR_NOT_FOUND); /* there is none */

	assert_int_equal(queue_take(db, 8, &q, &err), 0);
	assert_int_equal(q.id, first);
	assert_int_equal(queue_delay(db, first, 20, "", &err), 0);
	assert_int_equal(queue_take_one(db, first, 19, &q, NULL),
	    ERROR_NOT_FOUND); /* not due */
	assert_int_equal(state_of(db, first), REQUEST_QUEUED);
	assert_int_equal(queue_take_one(db, first, 20, &q, &err), 0);
}

/* Of each branch one, in order; what is put off or runs is not among them. */
static void what_waits_is_listed(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct request_ids ids;
	struct request q;
	long long off = put(db, "off", A), runs = put(db, "runs", A);
	long long exp = put(db, "exp", A), other = put(db, "other", B);
	const struct request_new behind = { .branch = "runs",
		.commit = B,
		.keep_running = true };
	const struct request_new again = { .branch = "again",
		.commit = A,
		.is_retry = true };

	assert_int_equal(queue_delay(db, off, 20, "", NULL), 0);
	assert_int_equal(queue_take_one(db, runs, 7, &q, NULL), 0);
	assert_int_equal(queue_put(db, &behind, NULL, NULL), 0);
	assert_int_equal(queue_put(db, &again, NULL, NULL), 0);
	assert_int_equal(queue_waiting(db, 19, &ids, NULL), 0);
	assert_int_equal(ids.n, 2);
	assert_int_equal(ids.items[0], exp);
	assert_int_equal(ids.items[1], other);
	request_ids_clear(&ids);

	q.state = REQUEST_DONE;
	assert_int_equal(queue_finish(db, &q, NULL), 0);
	assert_int_equal(queue_waiting(db, 20, &ids, NULL), 0);
	assert_int_equal(ids.n, 4);
	assert_int_equal(ids.items[0], off);
	assert_true(ids.items[3] > other); /* what was behind */
	request_ids_clear(&ids);
}

static void what_awaits_is_no_attempt(void **state)
{
	struct rundb *db = ((struct bed *)*state)->db;
	struct error err = { 0 };
	bool is_stopped = true;
	struct request q;
	long long id = put(db, "exp", A);
	int i;

	for (i = 1; i < 50; i++) {
		assert_int_equal(queue_take(db, 10 * i, &q, &err), 0);
		assert_int_equal(q.attempts, 1); /* however often */
		assert_int_equal(queue_await(db, id, 10 * i + 5, "for x.csv",
		                     &is_stopped, &err),
		    0);
		assert_false(is_stopped);
		assert_int_equal(queue_take(db, 10 * i + 4, &q, NULL),
		    ERROR_NOT_FOUND);
	}
	assert_int_equal(queue_get(db, id, &q, &err), 0);
	assert_string_equal(q.message, "for x.csv");
	assert_int_equal(q.state, REQUEST_QUEUED);

	/* who begins anew looks at once */
	assert_int_equal(queue_recover(db, 20, &err), 0);
	assert_int_equal(queue_take(db, 20, &q, &err), 0);

	/* overtaken while it looked: it does not go back */
	put(db, "exp", B);
	assert_int_equal(
	    queue_await(db, id, 30, "for x.csv", &is_stopped, &err), 0);
	assert_true(is_stopped);
	assert_int_equal(state_of(db, id), REQUEST_RUNNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_lives_and_ends),
		TEST(a_newer_tip_supersedes),
		TEST(production_is_first_and_not_starved),
		TEST(after_a_death_it_is_taken_again),
		TEST(a_clock_that_is_set_back),
		TEST(a_delay_is_kept),
		TEST(again_is_asked_once),
		TEST(a_branch_has_one_at_work),
		TEST(one_is_taken_out_of_turn),
		TEST(what_waits_is_listed),
		TEST(what_awaits_is_no_attempt),
		TEST(retry_and_cancel),
		TEST(what_refs_know_is_restored_once),
		TEST(a_deleted_branch_is_forgotten),
		TEST(a_busy_file_is_told),
		TEST(what_has_ended_is_not_taken),
		TEST(each_end_without_a_run_is_told_once),
		TEST(a_tip_has_its_run),
		TEST(what_was_pushed_goes_before_what_was_found),
		TEST(many_changes_are_one),
		TEST(a_file_of_version_2_becomes_ours),
		TEST(many_writers_lose_nothing),
		TEST(a_damaged_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
