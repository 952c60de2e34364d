/* queue: every allocation of its changes fails, ours and SQLite's. What was
 * answered with an error did not happen, and nothing is half there. */
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/queue.h"
#include "runner/rundb.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/fault_memory.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct bed {
	char dir[64];
	struct rundb *db;
	long long n; /* of the commit that comes next */
	long long acknowledged; /* requests */
};

static int set_up(void **state)
{
	struct bed *bed = mem_alloc(sizeof(*bed));

	if (bed == NULL ||
	    file_make_temp_dir("/tmp", bed->dir, sizeof(bed->dir), NULL) ||
	    rundb_open(bed->dir, &bed->db, NULL))
		return -1;
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

static int put(struct bed *bed)
{
	char commit[41];
	const struct request_new new = { .branch = "main",
		.commit = commit,
		.user = "ann",
		.reason = "once more",
		.now = 5 };
	long long id = 0;
	int rc;

	snprintf(commit, sizeof(commit), "%040llx", ++bed->n);
	rc = queue_put(bed->db, &new, &id, NULL);
	bed->acknowledged += rc == 0 && id > 0;
	return rc;
}

static int put_some(void *payload)
{
	return put(payload);
}

static int see_tip(const struct queue_tip *tip, void *payload)
{
	long long *n = payload;

	*n += strcmp(tip->branch, "main") == 0;
	return 0;
}

static int read_all(void *payload)
{
	struct bed *bed = payload;
	const struct queue_filter filter = { .branch = "main", .limit = 3 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	CLEANUP(request_ids_clear) struct request_ids waiting = { 0 };
	struct request r;
	enum request_stop stop;
	long long tips = 0;
	int64_t due;
	bool known;
	int rc;

	if ((rc = queue_list(bed->db, &filter, &list, NULL)) ||
	    (rc = queue_get(bed->db, list.items[0].id, &r, NULL)) ||
	    (rc = queue_stop(bed->db, r.id, &stop, NULL)) ||
	    (rc = queue_next_due(bed->db, &due, NULL)) ||
	    (rc = queue_knows_run(bed->db, B, &known, NULL)) ||
	    (rc = queue_each_tip(bed->db, see_tip, &tips, NULL)) ||
	    (rc = queue_waiting(bed->db, due, &waiting, NULL)))
		return rc;
	assert_int_equal(waiting.n, 1);
	assert_int_equal(list.n, bed->acknowledged < 3 ? bed->acknowledged : 3);
	assert_int_equal(tips, 1);
	assert_false(known);
	return 0;
}

/* One request through its life; what is left of a life that was cut short is
 * taken up by the next. */
static int live(void *payload)
{
	struct bed *bed = payload;
	struct request r;
	bool stopped;
	int rc = queue_recover(bed->db, 6, NULL);

	if (rc || (rc = put(bed)) || (rc = queue_take(bed->db, 7, &r, NULL)) ||
	    (rc = queue_await(bed->db, r.id, 7, "it waits", &stopped, NULL)) ||
	    (rc = queue_take_one(bed->db, r.id, 8, &r, NULL)) ||
	    (rc = queue_delay(bed->db, r.id, 8, "busy", NULL)) ||
	    (rc = queue_take_one(bed->db, r.id, 9, &r, NULL)) ||
	    (rc = queue_prepare(bed->db, r.id, A, NULL)))
		return rc;
	r.nodes = 3;
	if ((rc = queue_progress(bed->db, &r, NULL)))
		return rc;
	r.state = REQUEST_CANCELLED;
	r.ended = 10;
	r.run[0] = '\0';
	if ((rc = queue_finish(bed->db, &r, NULL)) ||
	    (rc = queue_untold(bed->db, &r, NULL)) ||
	    (rc = queue_told(bed->db, r.id, NULL)))
		return rc;
	return queue_set_log(bed->db, "main", 4, NULL);
}

/* What is put in the other ways: again, once more by hand, overtaken, restored
 * of a ref, and of a branch that is deleted. */
static int put_otherwise(void *payload)
{
	struct bed *bed = payload;
	char commit[41];
	struct request_new new = { .branch = "other",
		.commit = commit,
		.now = 5,
		.is_again = true };
	struct request done = { .branch = "other",
		.user = "ann",
		.outcome = "success",
		.started = 1,
		.ended = 2 };
	bool is_new;
	int rc;

	snprintf(commit, sizeof(commit), "%040llx", ++bed->n);
	if ((rc = queue_put(bed->db, &new, NULL, NULL)))
		return rc;
	new.is_again = false;
	new.is_retry = true;
	rc = queue_put(bed->db, &new, NULL, NULL);
	assert_int_not_equal(rc, 0); /* it is queued already */
	if (rc != ERROR_BUSY)
		return rc;
	if ((rc = queue_put_overtaken(bed->db, &new, A, NULL)))
		return rc;
	snprintf(done.commit, sizeof(done.commit), "%040llx", ++bed->n);
	snprintf(done.run, sizeof(done.run), "%040llx", bed->n);
	if ((rc = queue_restore(bed->db, &done, true, &is_new, NULL)))
		return rc;
	assert_true(is_new);
	return queue_forget(bed->db, "other", 6, NULL);
}

static void nothing_is_lost(void **state)
{
	struct bed *bed = *state;
	const struct queue_filter all = { .branch = "main" };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct error err = { 0 };

	sweep_memory(put_some, bed);
	assert_int_equal(queue_list(bed->db, &all, &list, &err), 0);
	assert_int_equal(list.n, bed->acknowledged);
	sweep_memory(read_all, bed);
	sweep_memory(live, bed);
	sweep_memory(put_otherwise, bed);
	request_list_clear(&list);
	list = (struct request_list){ 0 };
	assert_int_equal(queue_list(bed->db, &all, &list, &err), 0);
	assert_int_equal(list.n, bed->acknowledged);
	assert_int_equal(rundb_check(bed->db, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
