/* A lazy store: what a power cut may do to what was not synced, at every single
 * call to the operating system. A cut is played: the process dies, files that
 * no sync has acknowledged are torn or lose their names, and the marks are made
 * those of another boot. */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "cache/fsck.h"
#include "cache/result.h"
#include "tests/unit/cache/delta_help.h"

#include "tests/unit/cache/fault_os.h"

enum {
	BLOBS = 5
};

static void text_of(int i, char *out, size_t size)
{
	snprintf(out, size, "blob number %d, long enough to be cut in two", i);
}

static struct digest id_of(int i)
{
	char text[100];
	struct digest d;

	text_of(i, text, sizeof(text));
	OK(digest_of(bytes_of(text), &d, &err));
	return d;
}

static void open_place(struct place **p)
{
	place_open_in((void **)p,
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static size_t count_marks(const struct store *st)
{
	return count_names(st, "tmp/unsynced");
}

/* Blobs, one of them a delta, the result that names the first, and the sync
 * that makes them last. */
static int put_all(struct store *st)
{
	struct result r = { .tier = TIER_BRANCH, .table = id_of(0) };
	char text[100];
	struct digest d, delta;
	int i, rc = put_versions(st, 1, 7, &d, &delta);

	r.key = id_of(1);
	for (i = 0; rc == 0 && i < BLOBS; i++) {
		text_of(i, text, sizeof(text));
		rc = store_put(st, bytes_of(text), &d, NULL);
	}
	return rc ? rc : result_put(st, &r, NULL, NULL);
}

static int scenario(const char *dir)
{
	CLEANUP(store_closep) struct store *st = NULL;
	int rc;

	if ((rc = store_open_lazy(dir, &st, NULL)) || (rc = put_all(st)))
		return rc;
	return store_sync(st, NULL);
}

static void check_all(struct store *st)
{
	CLEANUP(buf_clear) struct buf version = { 0 };
	struct digest key = id_of(1), delta;
	struct result got;
	int i;

	write_version(&version, 1, 7);
	OK(digest_of(buf_bytes(&version), &delta, &err));
	expect_version(st, &delta, 1, 7);
	for (i = 0; i < BLOBS; i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct digest d = id_of(i);

		OK(store_get(st, &d, &out, &err));
	}
	OK(result_get(st, &key, TIER_BRANCH, &got, &err));
}

static void expect_healthy(struct store *st)
{
	struct fsck_report report;

	OK(fsck_run(st, NULL, &report, &err));
	assert_int_equal(report.bad_blobs, 0);
	assert_int_equal(report.bad_results, 0);
}

/* -- the cut -- */

/* Some files are as they were, some empty, some torn, some without a name. */
static void tear(const char *path, uint64_t *seed)
{
	struct stat info;

	assert_int_equal(stat(path, &info), 0);
	switch (next_random(seed) % 4) {
	case 0:
		break;
	case 1:
		assert_int_equal(truncate(path, 0), 0);
		break;
	case 2:
		assert_int_equal(truncate(path, info.st_size / 2), 0);
		break;
	default:
		assert_int_equal(unlink(path), 0);
	}
}

static void tear_kind(const char *dir, const char *kind, uint64_t *seed)
{
	unsigned shard;

	for (shard = 0; shard < 256; shard++) {
		CLEANUP(file_names_clear) struct file_names names = { 0 };
		char below[400], path[700];
		size_t i;

		snprintf(below, sizeof(below), "%s/%s/%02x", dir, kind, shard);
		OK(file_list(below, &names, &err));
		for (i = 0; i < names.n; i++) {
			snprintf(path, sizeof(path), "%s/%s", below,
			    names.names[i]);
			if (names.names[i][0] != '.')
				tear(path, seed);
		}
	}
}

static void age_marks(const char *dir)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	char below[400], from[700], to[700];
	size_t i;

	snprintf(below, sizeof(below), "%s/tmp/unsynced", dir);
	if (!file_exists(below))
		return;
	OK(file_list(below, &names, &err));
	for (i = 0; i < names.n; i++) {
		snprintf(from, sizeof(from), "%s/%s", below, names.names[i]);
		snprintf(to, sizeof(to), "%s/another-boot.1.%zu", below, i);
		assert_int_equal(rename(from, to), 0);
	}
}

/* Death at call number `at`, and the power with it. False where the scenario
 * has fewer calls. */
static bool cut_once(long at, uint64_t seed)
{
	struct store *st = NULL;
	struct place *p;
	char dir[300];
	int status;
	pid_t child;

	open_place(&p);
	snprintf(dir, sizeof(dir), "%s", store_dir(p->st));
	child = fork();
	if (child == 0) {
		fault_set(FAULT_DEATH, at, 0);
		_exit(scenario(dir) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == FAULT_DIED) {
		tear_kind(dir, "blobs", &seed);
		tear_kind(dir, "results", &seed);
	} else {
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	age_marks(dir);
	OK(store_open(dir, &st, &err));
	expect_healthy(st);
	assert_int_equal(scenario(dir), 0);
	check_all(st);
	assert_int_equal(count_marks(st), 0);
	store_close(st);
	place_close((void **)&p);
	return WEXITSTATUS(status) == FAULT_DIED;
}

static void test_power_cuts(void **state)
{
	long at;

	(void)state;
	for (at = 1; cut_once(at, (uint64_t)at); at++)
		;
	print_message("%ld cuts\n", at - 1);
	assert_true(at > 50);
}

/* An error at each call: no false yes, nothing wrong, and then it goes. */
static bool fail_once(enum fault_mode mode, long at)
{
	struct place *p;
	bool struck, struck_data;
	char dir[300];
	int rc;

	open_place(&p);
	snprintf(dir, sizeof(dir), "%s", store_dir(p->st));
	fault_set(mode, at, EIO);
	rc = scenario(dir);
	struck = fault.struck;
	struck_data = fault.struck_data;
	fault_set(FAULT_OFF, 0, 0);
	if (struck_data && rc == 0)
		fail_msg("call %ld: a false yes", at);
	expect_healthy(p->st);
	if (rc == 0)
		check_all(p->st);
	assert_int_equal(scenario(dir), 0);
	check_all(p->st);
	place_close((void **)&p);
	return struck;
}

static void test_errors(void **state)
{
	long at;

	(void)state;
	for (at = 1; fail_once(FAULT_ONCE, at); at++)
		;
	for (at = 1; fail_once(FAULT_FOR_EVER, at); at++)
		;
	assert_true(at > 50);
}

/* An error at each call of what looks after a power cut: whoever opens the
 * store next finds it healthy, and nothing owed. */
static bool recover_once(struct place *p, enum fault_mode mode, long at)
{
	struct store *st = NULL;
	struct digest d;
	char path[512];
	bool struck;

	OK(store_open_lazy(store_dir(p->st), &st, &err));
	OK(put_all(st));
	d = put_str(st, "not synced");
	store_close(st);
	st = NULL;
	age_marks(store_dir(p->st));
	assert_true(count_marks(p->st) > 0);
	fault_set(mode, at, EIO);
	(void)store_open(store_dir(p->st), &st, NULL);
	struck = fault.struck;
	fault_set(FAULT_OFF, 0, 0);
	store_close(st);
	st = NULL;
	OK(store_open(store_dir(p->st), &st, &err));
	assert_int_equal(count_marks(p->st), 0);
	expect_healthy(st);
	check_all(st);
	store_close(st);
	/* the next round puts it anew: each that is there is looked at */
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	unlink(path);
	return struck;
}

static void test_errors_in_recovery(void **state)
{
	struct place *p;
	long at;

	(void)state;
	open_place(&p);
	for (at = 1; recover_once(p, FAULT_ONCE, at); at++)
		;
	assert_true(at > 20);
	for (at = 1; recover_once(p, FAULT_FOR_EVER, at); at++)
		;
	place_close((void **)&p);
}

/* -- the sync -- */

/* Puts a blob that was never there, and makes call number `at` of the sync
 * fail. */
static int sync_failing(struct store *st, int at, struct digest *out)
{
	char text[100];
	int rc;

	text_of(100 + at, text, sizeof(text));
	OK(store_put(st, bytes_of(text), out, &err));
	fault_set(FAULT_ONCE, at, EIO);
	rc = store_sync(st, NULL);
	fault.mode = FAULT_OFF;
	return rc;
}

/* What the disk refused to take has no name afterwards. The sync is the first
 * call on which a promise rests. */
static void test_a_failed_sync_takes_back(void **state)
{
	struct place *p;
	struct store *st = NULL;
	struct digest d = { { 0 } };
	int rc, at = 0;

	(void)state;
	open_place(&p);
	OK(store_open_lazy(store_dir(p->st), &st, &err));
	do
		rc = sync_failing(st, ++at, &d);
	while (!fault.struck_data && at < 20);
	assert_true(fault.struck_data);
	assert_int_equal(rc, ERROR_IO);
	assert_false(store_has(p->st, &d));
	store_close(st);
	place_close((void **)&p);
}

/* The mark is there from the first name to the sync, and of the dead until
 * another's. */
static void test_marks(void **state)
{
	struct place *p;
	struct store *one = NULL, *two = NULL;

	(void)state;
	open_place(&p);
	OK(store_open_lazy(store_dir(p->st), &one, &err));
	OK(store_open_lazy(store_dir(p->st), &two, &err));
	assert_int_equal(count_marks(p->st), 0);
	OK(store_sync(one, &err)); /* of nothing */
	OK(put_all(one));
	assert_int_equal(count_marks(p->st), 1);
	OK(store_sync(one, &err));
	assert_int_equal(count_marks(p->st), 0);
	put_str(one, "one more");
	put_str(two, "and another");
	assert_int_equal(count_marks(p->st), 2);
	OK(store_sync(two, &err));
	assert_int_equal(count_marks(p->st), 1); /* one lives and owes it */
	store_close(one);
	assert_int_equal(count_marks(p->st), 1);
	OK(store_sync(two, &err));
	assert_int_equal(count_marks(p->st), 0);
	store_close(two);
	/* a store that waits for each put leaves none */
	put_str(p->st, "the last");
	assert_int_equal(count_marks(p->st), 0);
	place_close((void **)&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_power_cuts),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_in_recovery),
		cmocka_unit_test(test_a_failed_sync_takes_back),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
