/* store: large derived forms are there whole or not at all, whatever fails, and
 * are opened as they were written or not at all. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "cache/fsck.h"
#include "cache/store_derived.h"
#include "cache/store_impl.h"
#include "tests/unit/cache/fault_os.h"
#include "tests/unit/cache/store_help.h"

enum {
	PIECE = 70001,
	PIECES = 4,
	ALL = PIECE * PIECES,
	MOST = 4096, /* calls of a faulty round */
};

static char text[ALL];

static void fill_text(void)
{
	uint64_t seed = 5;
	size_t i;

	for (i = 0; i < ALL; i++)
		text[i] = (char)next_random(&seed);
}

static int make(struct store *st, const struct digest *id, const char *bytes)
{
	CLEANUP(store_form_closep) struct store_form *f = NULL;
	int i, rc = store_form_open(st, id, "big", &f, NULL);

	for (i = 0; rc == 0 && i < PIECES; i++)
		rc = store_form_add(f,
		    (struct bytes){ bytes + (size_t)i * PIECE, PIECE }, NULL);
	return rc ? rc : store_form_commit(f, NULL);
}

/* 0: it is there, with these bytes. Read past the seam that faults are at. */
static int look(struct store *st, const struct digest *id, const char *bytes)
{
	static char is[STORE_FORM_AT + ALL + 1];
	CLEANUP(fd_close) int fd = -1;
	uint64_t n;
	int rc = store_derived_open(st, id, "big", &fd, &n, NULL);

	if (rc) {
		assert_int_equal(fd, -1);
		return rc;
	}
	assert_int_equal(n, ALL);
	assert_int_equal(pread(fd, is, sizeof(is), 0), STORE_FORM_AT + ALL);
	assert_memory_equal(is + STORE_FORM_AT, bytes, ALL);
	return 0;
}

static void test_as_written(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf all = { 0 };
	struct digest id = put_str(p->st, "a"), other = put_str(p->st, "b");
	struct stat info;
	char path[512];
	uint64_t n;
	int fd;

	assert_int_equal(look(p->st, &id, text), ERROR_NOT_FOUND);
	assert_int_equal(make(p->st, &id, text), 0);
	assert_int_equal(look(p->st, &id, text), 0);
	OK(store_derived_get(p->st, &id, "big", &all, &err));
	assert_int_equal(all.n, ALL);
	assert_memory_equal(all.p, text, ALL);
	/* what is put is opened, too */
	OK(store_derived_put(p->st, &other, "big", (struct bytes){ text, ALL },
	    &err));
	assert_int_equal(look(p->st, &other, text), 0);
	/* who gets the descriptor cannot write by it */
	path_in_store(p->st, "derived/big", &id, path, sizeof(path));
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0444);
	OK(store_derived_open(p->st, &id, "big", &fd, &n, &err));
	assert_int_equal(write(fd, "x", 1), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0),
	    MAP_FAILED);
	close(fd);
	assert_int_equal(store_derived_open(p->st, &id, "../x", &fd, &n, NULL),
	    ERROR_USAGE);
}

/* Nothing of what is not committed; what is there stays. */
static void test_commit(void **state)
{
	struct place *p = *state;
	struct digest id = put_str(p->st, "a");
	struct store_form *f = NULL;
	struct fsck_report r;
	char path[512];

	OK(store_form_open(p->st, &id, "big", &f, &err));
	OK(store_form_add(f, (struct bytes){ text, ALL }, &err));
	store_form_close(f);
	path_in_store(p->st, "derived/big", &id, path, sizeof(path));
	assert_false(file_exists(path));
	OK(fsck_run(p->st, NULL, &r, &err));
	assert_int_equal(r.derived + r.strangers, 0);

	OK(store_form_open(p->st, &id, "big", &f, &err));
	OK(store_form_add(f, bytes_of("later"), &err));
	assert_int_equal(make(p->st, &id, text), 0);
	OK(store_form_commit(f, &err));
	store_form_close(f);
	assert_int_equal(look(p->st, &id, text), 0);
	store_form_close(NULL);
	assert_int_equal(store_form_open(p->st, &id, "Big", &f, NULL),
	    ERROR_USAGE);
	assert_null(f);
}

static void test_damaged(void **state)
{
	static const uint64_t bits[] = { 0, 8 * 64, 8 * 65, 8 * 4096 + 3,
		8 * 200000 + 7, 8 * (STORE_FORM_AT + (uint64_t)ALL) - 1 };
	struct place *p = *state;
	struct digest id = put_str(p->st, "a"), other = put_str(p->st, "b");
	char path[512], there[512];
	size_t i;

	path_in_store(p->st, "derived/big", &id, path, sizeof(path));
	path_in_store(p->st, "derived/big", &other, there, sizeof(there));
	for (i = 0; i < ARRAY_LEN(bits); i++) {
		assert_int_equal(make(p->st, &id, text), 0);
		flip_bit(path, bits[i]);
		assert_int_equal(look(p->st, &id, text), ERROR_NOT_FOUND);
		assert_false(file_exists(path));
	}
	for (i = 0; i < 3; i++) {
		static const off_t sizes[] = { 0, 60, STORE_FORM_AT + ALL - 1 };

		assert_int_equal(make(p->st, &id, text), 0);
		assert_int_equal(truncate(path, sizes[i]), 0);
		assert_int_equal(look(p->st, &id, text), ERROR_NOT_FOUND);
	}
	/* another's, in its place */
	assert_int_equal(make(p->st, &id, text), 0);
	assert_int_equal(make(p->st, &other, text), 0);
	assert_int_equal(rename(path, there), 0);
	assert_int_equal(look(p->st, &other, text), ERROR_NOT_FOUND);
	/* no file */
	assert_int_equal(mkdir(there, 0755), 0);
	assert_int_equal(look(p->st, &other, text), ERROR_NOT_FOUND);
	assert_int_equal(rmdir(there), 0);
	assert_int_equal(make(p->st, &other, text), 0);
	assert_int_equal(look(p->st, &other, text), 0);
}

static void set_age(const char *path, time_t when)
{
	const struct timespec times[] = { { when, 0 }, { when, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Those that were kept longest ago go, as many as must. */
static void test_trim(void **state)
{
	struct place *p = *state;
	const uint64_t size = STORE_FORM_AT + ALL;
	struct digest ids[4];
	char path[4][512];
	int i;

	OK(store_derived_trim(p->st, "big", 0, &err)); /* there is none */
	for (i = 0; i < 4; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		ids[i] = put_str(p->st, name);
		assert_int_equal(make(p->st, &ids[i], text), 0);
		path_in_store(p->st, "derived/big", &ids[i], path[i],
		    sizeof(path[i]));
		set_age(path[i], 1000 - 10 * i);
	}
	store_derived_keep(p->st, &ids[3], "big");
	OK(store_derived_trim(p->st, "big", 4 * size, &err));
	for (i = 0; i < 4; i++)
		assert_true(file_exists(path[i]));
	OK(store_derived_trim(p->st, "big", 3 * size - 1, &err));
	assert_true(file_exists(path[0]));
	assert_false(file_exists(path[1]));
	assert_false(file_exists(path[2]));
	assert_true(file_exists(path[3]));
	OK(store_derived_trim(p->st, "big", 0, &err));
	assert_false(file_exists(path[0]));
	assert_false(file_exists(path[3]));
	assert_int_equal(store_derived_trim(p->st, "../x", 0, NULL),
	    ERROR_USAGE);
}

/* One is made and looked at, another goes; true where a call was struck. */
static bool round_with(struct place *p, const struct digest *id,
    enum fault_mode mode, long at, int code)
{
	int made, seen;
	bool struck;

	fault_set(mode, at, code);
	made = make(p->st, id, text);
	seen = look(p->st, id, text);
	(void)store_derived_trim(p->st, "big", 0, NULL);
	struck = fault.struck || fault.call >= at;
	fault_set(FAULT_OFF, 0, 0);
	if (made == 0 && seen != 0 && !struck)
		fail_msg("call %ld: it was not seen", at);
	/* what is there now is right, and else it can be made */
	if (look(p->st, id, text) != 0) {
		assert_int_equal(make(p->st, id, text), 0);
		assert_int_equal(look(p->st, id, text), 0);
	}
	OK(store_derived_trim(p->st, "big", 0, &err));
	return struck;
}

static void test_faults(void **state)
{
	static const struct {
		enum fault_mode mode;
		int code;
	} ways[] = { { FAULT_ONCE, EIO }, { FAULT_FOR_EVER, ENOSPC },
		{ FAULT_LIE, 0 } };
	struct place *p = *state;
	struct digest id = put_str(p->st, "a");
	struct fsck_report r;
	size_t i;
	long at;

	for (i = 0; i < ARRAY_LEN(ways); i++) {
		for (at = 1; at < MOST &&
		     round_with(p, &id, ways[i].mode, at, ways[i].code);
		     at++)
			;
		assert_true(at > 20 && at < MOST);
	}
	OK(fsck_run(p->st, NULL, &r, &err));
	assert_int_equal(r.derived + r.bad_derived + r.strangers, 0);
}

/* Whoever makes one dies at each call: nothing is left, or all of it. */
static void test_death(void **state)
{
	struct place *p = *state;
	struct digest id = put_str(p->st, "a");
	struct fsck_report r;
	int status = 0;
	long at;

	for (at = 1; at < MOST; at++) {
		pid_t child = fork();

		if (child == 0) {
			fault_set(FAULT_DEATH, at, 0);
			_exit(make(p->st, &id, text) ? 1 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		OK(fsck_run(p->st, NULL, &r, &err));
		assert_int_equal(r.bad_derived + r.strangers, 0);
		assert_int_equal(look(p->st, &id, text),
		    r.derived ? 0 : ERROR_NOT_FOUND);
		OK(store_derived_trim(p->st, "big", 0, &err));
		if (WEXITSTATUS(status) != FAULT_DIED)
			break;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(at > 10);
}

#define T(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_as_written),
		T(test_commit),
		T(test_damaged),
		T(test_trim),
		T(test_faults),
		T(test_death),
	};

	fill_text();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
