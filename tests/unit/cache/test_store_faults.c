/* store and result with a fault at every single call to the operating system:
 * an error, once and for ever; a lying write; death. After each: what was
 * acknowledged holds, nothing wrong has a name, and the same goes through once
 * the fault is gone. */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "cache/base/clock.h"
#include "cache/fsck.h"
#include "cache/gc.h"
#include "cache/result.h"
#include "tests/unit/cache/mend_help.h"

#include "tests/unit/cache/fault_os.h"

enum {
	BATCH = 6,
	STEPS = 5
};

static void text_of(int i, char *out, size_t size)
{
	snprintf(out, size, "blob number %d, long enough to be cut in two", i);
}

/* By way of a descriptor, as what lies in a landing directory. */
static int put_copy(struct store *st, struct store_batch *b, const char *text)
{
	struct store_copy copy = { .fd = -1 };
	FILE *from = tmpfile();
	int rc;

	if (from == NULL || fputs(text, from) < 0 || fflush(from) != 0 ||
	    fseek(from, 0, SEEK_SET) != 0)
		_exit(1);
	rc = store_copy(st, fileno(from), &copy, NULL);
	if (rc == 0)
		rc = store_batch_add(b, &copy, NULL);
	fd_close(&copy.fd);
	fclose(from);
	return rc;
}

/* Puts; tells the ledger (a descriptor outside of the fault's reach) of each
 * step that was acknowledged. */
static int put_batch(struct store *st)
{
	CLEANUP(store_batch_closep) struct store_batch *b = NULL;
	char text[100];
	struct digest d;
	int i, rc = store_batch_open(st, &b, NULL);

	for (i = 0; rc == 0 && i < BATCH; i++) {
		text_of(10 + i, text, sizeof(text));
		rc = i % 2 ? put_copy(st, b, text)
		           : store_batch_put(b, bytes_of(text), &d, NULL);
	}
	return rc ? rc : store_batch_commit(b, NULL);
}

static int put_one(struct store *st, int i)
{
	char text[100];
	struct digest d;

	text_of(i, text, sizeof(text));
	return store_put(st, bytes_of(text), &d, NULL);
}

static void result_of(struct result *r)
{
	char text[100];

	*r = (struct result){ .tier = TIER_BRANCH };
	text_of(1, text, sizeof(text));
	assert_int_equal(digest_of(bytes_of(text), &r->table, NULL), 0);
	text_of(10, text, sizeof(text));
	assert_int_equal(digest_of(bytes_of(text), &r->key, NULL), 0);
}

/* Returns the steps that went well; *failed where one did not. */
static int scenario(struct store *st, int ledger, bool *failed)
{
	struct result r;
	int step, rc = 0;

	result_of(&r);
	for (step = 0; step < STEPS; step++) {
		if (step == 0)
			rc = put_one(st, 1);
		else if (step == 1)
			rc = put_batch(st);
		else if (step == 2)
			rc = result_put(st, &r, NULL, NULL);
		else if (step == 3)
			rc = put_one(st, 1); /* there already */
		else
			rc = put_one(st, 12); /* of the batch */
		if (rc)
			break;
		if (ledger >= 0 && write(ledger, "+", 1) != 1)
			_exit(1);
	}
	*failed = rc != 0;
	return step;
}

static void check_there(struct store *st, int i)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	char text[100];
	struct digest d;

	text_of(i, text, sizeof(text));
	OK(digest_of(bytes_of(text), &d, &err));
	OK(store_get(st, &d, &out, &err));
	assert_string_equal(out.p, text);
}

/* The promises of the first n steps, and the health of all. */
static void check(struct store *st, int steps)
{
	struct fsck_report report;
	struct result r, got;
	int i;

	result_of(&r);
	OK(fsck_run(st, NULL, &report, &err));
	assert_int_equal(report.bad_blobs, 0);
	assert_int_equal(report.bad_results, 0);
	assert_int_equal(report.in_quarantine, 0);
	if (steps >= 1)
		check_there(st, 1);
	for (i = 0; steps >= 2 && i < BATCH; i++)
		check_there(st, 10 + i);
	if (steps >= 3) {
		OK(result_get(st, &r.key, TIER_BRANCH, &got, &err));
		assert_true(digest_eq(&got.table, &r.table));
	}
}

/* In memory where there is such a directory: hundreds of stores are made. */
static void open_place(struct place **p)
{
	place_open_in((void **)p,
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

/* One fault in a fresh store; false where call number `at` was never made. */
static bool fault_once(enum fault_mode mode, long at, int code)
{
	struct place *p;
	bool failed, struck, data;
	int steps;

	open_place(&p);
	fault_set(mode, at, code);
	steps = scenario(p->st, -1, &failed);
	struck = fault.struck;
	data = fault.struck_data;
	if (fault.call < at) {
		assert_false(failed);
		fault_set(FAULT_OFF, 0, 0);
		place_close((void **)&p);
		return false;
	}
	fault_set(FAULT_OFF, 0, 0);
	if (data && !failed)
		fail_msg("mode %d, call %ld, errno %d: a false yes", (int)mode,
		    at, code);
	(void)struck;
	check(p->st, steps);
	steps = scenario(p->st, -1, &failed);
	assert_int_equal(steps, STEPS);
	check(p->st, STEPS);
	place_close((void **)&p);
	return true;
}

static void test_errors(void **state)
{
	static const int codes[] = { ENOSPC, EIO, EMFILE };
	long at, n = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		for (at = 1; fault_once(FAULT_ONCE, at, codes[i]); at++)
			n++;
		for (at = 1; fault_once(FAULT_FOR_EVER, at, codes[i]); at++)
			n++;
	}
	print_message("%ld faults\n", n);
	assert_true(n > 300);
}

static void test_lying_writes(void **state)
{
	long at;

	(void)state;
	for (at = 1; fault_once(FAULT_LIE, at, 0); at++)
		;
}

/* A write of other bytes than were given, before a blob has its name. */
static bool twist_once(enum fault_mode mode, long at)
{
	struct place *p;
	bool is_made, struck;
	int rc;

	open_place(&p);
	fault_set(mode, at, 0);
	if ((rc = put_one(p->st, 1)) == 0)
		rc = put_batch(p->st);
	is_made = fault.call >= at;
	struck = fault.struck_data;
	fault_set(FAULT_OFF, 0, 0);
	if (struck && rc == 0)
		fail_msg("mode %d, call %ld: a false yes", (int)mode, at);
	check(p->st, rc ? 0 : 2);
	place_close((void **)&p);
	return is_made;
}

static void test_writes_of_other_bytes(void **state)
{
	long at;

	(void)state;
	for (at = 1; twist_once(FAULT_TWIST, at); at++)
		;
	assert_true(at > 50);
	for (at = 1; twist_once(FAULT_MORE, at); at++)
		;
}

static bool die_once(long at)
{
	struct place *p;
	int ledger[2], status, steps = 0;
	bool failed;
	char plus;
	pid_t child;

	open_place(&p);
	assert_int_equal(pipe(ledger), 0);
	child = fork();
	if (child == 0) {
		fault_set(FAULT_DEATH, at, 0);
		scenario(p->st, ledger[1], &failed);
		_exit(failed);
	}
	close(ledger[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	while (read(ledger[0], &plus, 1) == 1)
		steps++;
	close(ledger[0]);
	check(p->st, steps);
	assert_int_equal(scenario(p->st, -1, &failed), STEPS);
	check(p->st, STEPS);
	place_close((void **)&p);
	return WEXITSTATUS(status) == FAULT_DIED;
}

static void test_death(void **state)
{
	long at;

	(void)state;
	for (at = 1; die_once(at); at++)
		;
	print_message("%ld deaths\n", at - 1);
	assert_true(at > 50);
}

/* A root, the document it names, and what that names: all of it old. */
static struct digest put_chain(struct store *st, struct digest chain[3])
{
	char text[100], hex[DIGEST_HEX + 1];
	int i;

	chain[2] = put_str(st, "rows");
	for (i = 2; i-- > 0;) {
		digest_print(&chain[i + 1], hex);
		snprintf(text, sizeof(text), "{\"n\":%d,\"of\":\"%s\"}\n", i,
		    hex);
		chain[i] = put_str(st, text);
	}
	return chain[0];
}

/* What cannot be read at the moment is not what nobody needs. */
static void test_gc_takes_nothing_for_an_error(void **state)
{
	static const int64_t days = (int64_t)24 * 3600 * 1000;
	struct digest chain[3], root;
	struct gc_request request = { .roots = &root, .n_roots = 1 };
	struct gc_report report;
	struct place *p;
	char path[512];
	bool struck = true;
	long at;
	int i;

	(void)state;
	open_place(&p);
	root = put_chain(p->st, chain);
	request.now = clock_now() + 100 * days;
	request.grace = 14 * days;
	for (at = 1; struck; at++) {
		fault_set(FAULT_ONCE, at, EIO);
		(void)gc_run(p->st, &request, &report, NULL);
		struck = fault.struck;
		fault_set(FAULT_OFF, 0, 0);
		for (i = 0; i < 3; i++) {
			path_in_store(p->st, "blobs", &chain[i], path,
			    sizeof(path));
			if (!file_exists(path))
				fail_msg("call %ld: blob %d was taken", at, i);
		}
	}
	place_close((void **)&p);
}

static FILE *open_source(const char *text)
{
	FILE *from = tmpfile();

	assert_non_null(from);
	assert_true(fputs(text, from) >= 0 && fflush(from) == 0);
	return from;
}

/* Each call of the ways that mend fails; afterwards the same goes through. */
static void mend_failing(struct store *st, enum fault_mode mode, int code)
{
	struct mend m = { .st = st };
	bool struck;
	long at = 0;

	do {
		FILE *from;
		int rc;

		mend_begin(&m);
		from = open_source(m.fresh);
		fault_set(mode, ++at, code);
		rc = mend_round(&m, from);
		struck = fault.struck;
		fault_set(FAULT_OFF, 0, 0);
		if (rc) /* what it had not come to */
			OK(store_put(st, bytes_of(m.damaged), &m.damaged_id,
			    &err));
		assert_int_equal(mend_get(&m, &m.damaged_id, m.damaged), 0);
		assert_int_equal(mend_get(&m, &m.trashed_id, m.trashed), 0);
		assert_int_equal(mend_copy(&m, from), 0);
		assert_int_equal(mend_derived(&m), 0);
		fclose(from);
	} while (struck);
	assert_true(at > 30);
}

static void test_errors_while_mending(void **state)
{
	struct fsck_report report;
	struct store *lazy = NULL;
	struct place *p;

	(void)state;
	open_place(&p);
	OK(store_open_lazy(store_dir(p->st), &lazy, &err));
	mend_failing(p->st, FAULT_ONCE, EIO);
	mend_failing(p->st, FAULT_FOR_EVER, ENOSPC);
	mend_failing(lazy, FAULT_ONCE, EIO);
	mend_failing(lazy, FAULT_FOR_EVER, EIO);
	store_close(lazy);
	OK(fsck_run(p->st, NULL, &report, &err));
	assert_int_equal(report.bad_blobs + report.bad_derived, 0);
	assert_true(report.in_quarantine > 0);
	place_close((void **)&p);
}

/* -- another process is at work at the same moment -- */

static void put_damaged(void *payload)
{
	struct mend *m = payload;

	(void)put_str(m->st, m->damaged);
}

static void heal(void *payload)
{
	struct mend *m = payload;
	char path[512];

	path_in_store(m->st, "blobs", &m->damaged_id, path, sizeof(path));
	OK(file_write(path, bytes_of(m->damaged), 0444, &err));
}

static void take_away(void *payload)
{
	struct mend *m = payload;
	char path[512];

	path_in_store(m->st, "blobs", &m->damaged_id, path, sizeof(path));
	unlink(path);
}

static void put_trashed(void *payload)
{
	struct mend *m = payload;

	(void)put_str(m->st, m->trashed);
}

static int put_again(struct mend *m)
{
	struct digest d;

	take_away(m);
	return store_put(m->st, bytes_of(m->damaged), &d, NULL);
}

static int get_damaged(struct mend *m)
{
	return mend_get(m, &m->damaged_id, m->damaged);
}

static int get_trashed(struct mend *m)
{
	return mend_get(m, &m->trashed_id, m->trashed);
}

static int has_trashed(struct mend *m)
{
	return store_has(m->st, &m->trashed_id) ? 0 : -1;
}

static int open_damaged(struct mend *m)
{
	CLEANUP(fd_close) int fd = -1;

	return store_open_blob(m->st, &m->damaged_id, &fd, NULL);
}

/* At each call of what one does the other does its own. Nobody is given what is
 * damaged (mend_get() sees to that), and in the end all is there. */
static void test_two_at_once(void **state)
{
	static const struct {
		int (*one)(struct mend *m);
		void (*other)(void *payload);
		bool may_fail;
	} cases[] = { { put_again, put_damaged, false },
		{ get_trashed, put_trashed, false },
		{ has_trashed, put_trashed, false },
		{ get_damaged, heal, true }, { open_damaged, heal, true },
		{ get_damaged, take_away, true } };
	struct mend m = { 0 };
	struct place *p;
	size_t i;

	(void)state;
	open_place(&p);
	m.st = p->st;
	fault.payload = &m;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		long at = 0;

		do {
			int rc;

			mend_begin(&m);
			fault.hook = cases[i].other;
			fault_set(FAULT_HOOK, ++at, 0);
			rc = cases[i].one(&m);
			fault.mode = FAULT_OFF;
			if (rc && !cases[i].may_fail)
				fail_msg("case %zu, call %ld: %d", i, at, rc);
			put_damaged(&m);
			assert_int_equal(get_damaged(&m), 0);
			assert_int_equal(get_trashed(&m), 0);
		} while (fault.struck);
		assert_true(at > 3);
	}
	place_close((void **)&p);
}

/* Another makes the same store at the same moment, and is done first. */
static void make_format(void *payload)
{
	OK(file_create(payload, bytes_of("sluice-store/1\n"), 0444, &err));
}

static void test_a_store_made_twice(void **state)
{
	char dir[200], path[256], format[300];
	struct store *st = NULL;

	(void)state;
	OK(file_make_temp_dir("/tmp", dir, sizeof(dir), &err));
	snprintf(path, sizeof(path), "%s/store", dir);
	snprintf(format, sizeof(format), "%s/format", path);
	fault.hook = make_format;
	fault.payload = format;
	fault_set(FAULT_HOOK, 300, 0); /* in the midst of its directories */
	OK(store_open(path, &st, &err));
	assert_true(fault.struck);
	fault_set(FAULT_OFF, 0, 0);
	put_str(st, "it works");
	store_close(st);
	OK(file_remove_tree(dir, &err));
}

/* A new store, at the Nth call of its making an error. */
static bool make_once(enum fault_mode mode, long at)
{
	char dir[200], path[256];
	struct store *st = NULL;
	bool struck;

	OK(file_make_temp_dir(access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm",
	    dir, sizeof(dir), &err));
	snprintf(path, sizeof(path), "%s/store", dir);
	fault_set(mode, at, EACCES);
	(void)store_open_lazy(path, &st, NULL);
	struck = fault.struck;
	fault_set(FAULT_OFF, 0, 0);
	store_close(st);
	st = NULL;
	OK(store_open_lazy(path, &st, &err));
	put_str(st, "as if nothing had been");
	OK(store_sync(st, &err));
	store_close(st);
	OK(file_remove_tree(dir, &err));
	return struck;
}

/* Its hundreds of directories one like the other: ever fewer of them. */
static void test_errors_while_making(void **state)
{
	long at;

	(void)state;
	for (at = 1; make_once(FAULT_ONCE, at); at += 1 + (at % 512) / 4)
		;
	assert_true(at > 512);
	for (at = 1; make_once(FAULT_FOR_EVER, at); at += 1 + at / 2)
		;
}

/* Removing a link fails: what it points to stays. */
static void test_no_removal_through_a_link(void **state)
{
	char dir[200], target[256], kept[300], link[256];

	(void)state;
	OK(file_make_temp_dir("/tmp", dir, sizeof(dir), &err));
	snprintf(target, sizeof(target), "%s/target", dir);
	snprintf(kept, sizeof(kept), "%s/kept", target);
	snprintf(link, sizeof(link), "%s/link", dir);
	OK(file_make_dirs(target, &err));
	OK(file_create(kept, bytes_of("x"), 0644, &err));
	assert_int_equal(symlink(target, link), 0);
	fault_set(FAULT_ONCE, 1, EACCES);
	assert_int_equal(file_remove_tree(link, NULL), ERROR_IO);
	fault_set(FAULT_OFF, 0, 0);
	assert_true(file_exists(kept));
	OK(file_remove_tree(dir, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lying_writes),
		cmocka_unit_test(test_writes_of_other_bytes),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_gc_takes_nothing_for_an_error),
		cmocka_unit_test(test_errors_while_mending),
		cmocka_unit_test(test_errors_while_making),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_a_store_made_twice),
		cmocka_unit_test(test_no_removal_through_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
