/* What others do to a store between two calls of ours: they put the same blob,
 * take marks away, leave what no store makes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cache/base/clock.h"
#include "cache/result.h"
#include "tests/unit/cache/store_help.h"

#include "cache/store_derived.h"
#include "tests/unit/cache/fault_os.h"

/* In place of the C library's, whose mutexes are zeroes. */
static bool mutex_fails;
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	(void)attr;
	memset(m, 0, sizeof(*m));
	return mutex_fails ? ENOMEM : 0;
}

/* In memory where there is such a directory: much is synced. */
static int open_place(void **state)
{
	return place_open_in(state,
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static void path_of(const struct store *st, const char *below, char out[512])
{
	snprintf(out, 512, "%s/%s", store_dir(st), below);
}

static void expect_blob(struct store *st, const struct digest *id,
    const char *text)
{
	CLEANUP(buf_clear) struct buf got = { 0 };

	OK(store_get(st, id, &got, &err));
	assert_string_equal(got.p, text);
}

/* -- two that put the same -- */

struct race {
	struct store *st, *other;
	char text[64];
	long behind; /* the call behind the race that fails; 0: none */
};

static void put_too(void *payload)
{
	const struct race *r = payload;

	put_str(r->other, r->text);
	if (r->behind > 0)
		fault_set(FAULT_ONCE, r->behind, EIO);
}

/* A put, before whose call number `at` another puts the same. False where
 * there are fewer calls. */
static bool race_once(struct race *r, long at, bool *was_sync)
{
	struct error why = { 0 };
	struct digest d;
	bool struck;
	int rc;

	fault.hook = put_too;
	fault.payload = r;
	fault_set(FAULT_HOOK, at, 0);
	rc = store_put(r->st, bytes_of(r->text), &d, &why);
	struck = fault.mode != FAULT_HOOK || fault.struck;
	fault_set(FAULT_OFF, 0, 0);
	*was_sync |= rc == ERROR_IO && strstr(why.msg, "sync ") == why.msg;
	assert_true(rc == 0 || rc == ERROR_IO);
	OK(digest_of(bytes_of(r->text), &d, &err));
	OK(store_put(r->st, bytes_of(r->text), &d, &err));
	expect_blob(r->st, &d, r->text);
	return struck;
}

static void race(struct store *st, struct store *other, bool *was_sync)
{
	struct race r = { .st = st, .other = other };
	static int n;
	bool struck = true;
	long at;

	for (at = 1; struck; at++) {
		for (r.behind = 0; r.behind < 12; r.behind++) {
			snprintf(r.text, sizeof(r.text), "both put it, %d",
			    n++);
			struck = race_once(&r, at, was_sync);
		}
	}
	assert_true(at > 5);
}

static void both_put_the_same(void **state)
{
	struct place *p = *state;
	CLEANUP(store_closep) struct store *other = NULL, *lazy = NULL;
	bool was_sync = false;

	OK(store_open(store_dir(p->st), &other, &err));
	race(p->st, other, &was_sync);
	assert_true(was_sync);
	was_sync = false;
	OK(store_open_lazy(store_dir(p->st), &lazy, &err));
	race(lazy, other, &was_sync);
	assert_false(was_sync); /* it is put off */
}

static void link_again(void *payload)
{
	(void)!symlink("nowhere", payload);
	fault.at = fault.call + 1; /* before the next call, too */
}

/* Something that is no blob comes back whenever it is taken away. */
static void a_name_that_changes_all_the_time(void **state)
{
	static const char text[] = "never there";
	struct place *p = *state;
	struct error why = { 0 };
	struct digest d;
	char path[512];

	OK(digest_of(bytes_of(text), &d, &err));
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	fault.hook = link_again;
	fault.payload = path;
	fault_set(FAULT_HOOK, 1, 0);
	assert_int_equal(store_put(p->st, bytes_of(text), &d, &why),
	    ERROR_BUSY);
	fault_set(FAULT_OFF, 0, 0);
	assert_non_null(strstr(why.msg, "changes all the time"));
	OK(store_put(p->st, bytes_of(text), &d, &err));
	expect_blob(p->st, &d, text);
}

/* -- what is no blob, and no store -- */

/* A socket in the place of a blob is laid aside as damaged bytes are. */
static void a_socket_is_no_blob(void **state)
{
	struct place *p = *state;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CLEANUP(buf_clear) struct buf got = { 0 };
	struct digest d;
	char path[512];

	OK(digest_of(bytes_of("x"), &d, &err));
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	assert_true(strlen(path) < sizeof(name.sun_path));
	strcpy(name.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(store_get(p->st, &d, &got, NULL), ERROR_CORRUPT);
	assert_false(file_exists(path));
	assert_int_equal(count_names(p->st, "quarantine"), 1);
	close(fd);
}

/* What is laid aside at the same moment has a name of its own. */
static void two_are_laid_aside_at_once(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf got = { 0 };
	struct digest d = put_str(p->st, "damaged soon");
	char hex[DIGEST_HEX + 1], path[512], taken[512];
	int64_t now = clock_now();
	int i;

	digest_print(&d, hex);
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	flip_bit(path, 3);
	for (i = 0; i < 3000; i++) {
		snprintf(taken, sizeof(taken),
		    "%s/quarantine/blobs-%.2s-%s.%lld.0", store_dir(p->st), hex,
		    hex + 2, (long long)now + i);
		OK(file_write(taken, bytes_of("another"), 0600, &err));
	}
	assert_int_equal(store_get(p->st, &d, &got, NULL), ERROR_CORRUPT);
	assert_false(file_exists(path));
	assert_int_equal(count_names(p->st, "quarantine"), 3001);
}

/* An empty mark is of no version that there is. */
static void a_store_of_another_version(void **state)
{
	static const char *const texts[] = { "", "sluice-store/99\n" };
	struct place *p = *state;
	struct store *st = NULL;
	char path[512];
	size_t i;

	path_of(p->st, "format", path);
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		struct error why = { 0 };

		unlink(path);
		OK(file_write(path, bytes_of(texts[i]), 0444, &err));
		assert_int_equal(store_open(store_dir(p->st), &st, &why),
		    ERROR_USAGE);
		assert_non_null(strstr(why.msg, "another version"));
		assert_null(st);
	}
}

/* A new store is not there, or it is whole: each call that makes it fails. */
static void making_a_store_fails(void **state)
{
	static const enum fault_mode modes[] = { FAULT_ONCE, FAULT_FOR_EVER };
	struct place *p = *state;
	char dir[300];
	size_t i;
	long at;

	snprintf(dir, sizeof(dir), "%s/new", p->dir);
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		bool struck = true;

		for (at = 1; struck; at += at < 20 || at > 500 ? 1 : 37) {
			struct store *st = NULL;
			int rc;

			fault_set(modes[i], at, EIO);
			rc = store_open(dir, &st, NULL);
			struck = fault.struck;
			fault_set(FAULT_OFF, 0, 0);
			store_close(st);
			if (!struck)
				assert_int_equal(rc, 0);
			OK(store_open(dir, &st, &err));
			put_str(st, "a blob");
			store_close(st);
			OK(file_remove_tree(dir, &err));
		}
		assert_true(at > 500);
	}
}

/* -- marks of what was put off -- */

static void leave_mark(const struct store *st, const char *name, int age)
{
	const struct timespec times[2] = { { .tv_sec = time(NULL) - age },
		{ .tv_sec = time(NULL) - age } };
	char path[512], below[128];

	snprintf(below, sizeof(below), "tmp/unsynced/%s", name);
	path_of(st, below, path);
	OK(file_write(path, bytes_of(""), 0644, &err));
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Takes every mark away, or puts another file in its place. */
struct thief {
	const struct store *st;
	bool replaces, is_greedy;
};

static void steal(void *payload)
{
	const struct thief *t = payload;
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	char below[300], path[512];
	size_t i;

	path_of(t->st, "tmp/unsynced", path);
	OK(file_list(path, &names, &err));
	for (i = 0; i < names.n; i++) {
		snprintf(below, sizeof(below), "tmp/unsynced/%s",
		    names.names[i]);
		path_of(t->st, below, path);
		unlink(path);
		if (t->replaces)
			leave_mark(t->st, names.names[i], 0);
	}
	if (t->is_greedy)
		fault.at = fault.call + 1;
}

/* A mark that was taken for a dead one's is made anew; the put is right
 * whatever was taken when. */
static void marks_are_stolen(void **state)
{
	struct place *p = *state;
	struct thief t = { .st = p->st };
	char text[64];
	int replaces;
	long at;

	for (replaces = 0; replaces < 2; replaces++) {
		bool struck = true;

		t.replaces = replaces;
		for (at = 1; struck; at++) {
			CLEANUP(store_closep) struct store *st = NULL;
			struct digest d;

			OK(store_open_lazy(store_dir(p->st), &st, &err));
			snprintf(text, sizeof(text), "put off, %d %ld",
			    replaces, at);
			fault.hook = steal;
			fault.payload = &t;
			fault_set(FAULT_HOOK, at, 0);
			OK(store_put(st, bytes_of(text), &d, &err));
			struck = fault.struck;
			fault_set(FAULT_OFF, 0, 0);
			OK(store_sync(st, &err));
			expect_blob(p->st, &d, text);
		}
		assert_true(at > 5);
	}
}

static void no_mark_can_be_kept(void **state)
{
	struct place *p = *state;
	CLEANUP(store_closep) struct store *st = NULL;
	struct thief t = { .st = p->st, .is_greedy = true };
	struct error why = { 0 };
	struct digest d;

	OK(store_open_lazy(store_dir(p->st), &st, &err));
	fault.hook = steal;
	fault.payload = &t;
	fault_set(FAULT_HOOK, 1, 0);
	assert_int_equal(store_put(st, bytes_of("no mark"), &d, &why),
	    ERROR_BUSY);
	fault_set(FAULT_OFF, 0, 0);
	assert_non_null(strstr(why.msg, "cannot be marked"));
	OK(digest_of(bytes_of("no mark"), &d, &err));
	assert_false(store_has(p->st, &d));
}

static void no_mutex_no_store(void **state)
{
	struct place *p = *state;
	struct store *st = NULL;

	mutex_fails = true;
	assert_int_equal(store_open_lazy(store_dir(p->st), &st, NULL),
	    ERROR_MEMORY);
	mutex_fails = false;
	assert_null(st);
}

/* A sync leaves the marks of other boots, whose blobs it has not looked at;
 * the next who opens the store does, from the oldest mark on. */
static void marks_of_other_boots(void **state)
{
	struct place *p = *state;
	CLEANUP(store_closep) struct store *st = NULL, *next = NULL;
	CLEANUP(buf_clear) struct buf boot = { 0 };
	const struct timespec long_ago[2] = { { .tv_sec = 1000 },
		{ .tv_sec = 1000 } };
	struct digest old = put_str(p->st, "as it was");
	struct digest torn = put_str(p->st, "torn");
	struct result r = { .tier = TIER_BRANCH, .table = old, .key = torn };
	char path[512], result[512], name[80];

	OK(result_put(p->st, &r, NULL, &err));
	OK(store_open_lazy(store_dir(p->st), &st, &err));
	/* a name that only begins as this boot's does is of another, too */
	OK(file_read("/proc/sys/kernel/random/boot_id", 4096, &boot, &err));
	snprintf(name, sizeof(name), "%.*s0.1.1", (int)strcspn(boot.p, "\n"),
	    boot.p);
	leave_mark(p->st, "another-boot.1.1", 5);
	leave_mark(p->st, "another-boot.2.2", 1000);
	leave_mark(p->st, "another-boot.3.3", 0);
	leave_mark(p->st, name, 0);
	put_str(st, "of this boot");
	OK(store_sync(st, &err));
	assert_int_equal(count_names(p->st, "tmp/unsynced"), 4);
	/* what no cut can have torn is not read; what one can have is */
	path_in_store(p->st, "results", &torn, result, sizeof(result));
	assert_int_equal(utimensat(AT_FDCWD, result, long_ago, 0), 0);
	path_in_store(p->st, "blobs", &old, path, sizeof(path));
	flip_bit(path, 5);
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	path_in_store(p->st, "blobs", &torn, path, sizeof(path));
	flip_bit(path, 5);
	OK(store_open(store_dir(p->st), &next, &err));
	assert_int_equal(count_names(p->st, "tmp/unsynced"), 0);
	assert_false(file_exists(path));
	path_in_store(p->st, "blobs", &old, path, sizeof(path));
	assert_true(file_exists(path));
	assert_true(file_exists(result));
}

/* Of a derived form what is too short to have its seal is none. */
static void a_form_without_a_seal(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf got = { 0 };
	struct digest d = put_str(p->st, "a table");
	char hex[DIGEST_HEX + 1], path[512], below[128];

	OK(store_derived_put(p->st, &d, "form", bytes_of("text"), &err));
	digest_print(&d, hex);
	snprintf(below, sizeof(below), "derived/form/%.2s/%s", hex, hex + 2);
	path_of(p->st, below, path);
	assert_true(file_exists(path));
	assert_int_equal(truncate(path, 7), 0);
	assert_int_equal(store_derived_get(p->st, &d, "form", &got, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(got.n, 0);
	assert_false(file_exists(path));
}

int main(void)
{
#define IN_A_STORE(test) \
	cmocka_unit_test_setup_teardown(test, open_place, place_close)
	const struct CMUnitTest tests[] = {
		IN_A_STORE(both_put_the_same),
		IN_A_STORE(a_name_that_changes_all_the_time),
		IN_A_STORE(a_socket_is_no_blob),
		IN_A_STORE(two_are_laid_aside_at_once),
		IN_A_STORE(a_store_of_another_version),
		IN_A_STORE(making_a_store_fails),
		IN_A_STORE(marks_are_stolen),
		IN_A_STORE(no_mark_can_be_kept),
		IN_A_STORE(no_mutex_no_store),
		IN_A_STORE(marks_of_other_boots),
		IN_A_STORE(a_form_without_a_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
