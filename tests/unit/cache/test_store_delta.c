/* Blobs that rest as deltas: nobody sees it; damage of a delta or of its base
 * is found and healed; gc never takes a base before its deltas; an error at any
 * call gives no wrong bytes. */
#define _GNU_SOURCE
#include "tests/unit/cache/delta_help.h"

#include "cache/base/clock.h"
#include "cache/fsck.h"
#include "cache/gc.h"

#include "tests/unit/cache/fault_os.h"

static const int64_t day = (int64_t)24 * 3600 * 1000;

static void put(struct store *st, struct digest *base, struct digest *delta)
{
	assert_int_equal(put_versions(st, 1, 7, base, delta), 0);
	assert_true(rests_plain(st, base));
	assert_true(rests_as_delta(st, delta) && !rests_plain(st, delta));
}

static int count_blob(const struct digest *id, uint64_t bytes, void *payload)
{
	size_t *n = payload;

	(void)id;
	n[0]++;
	n[1] += bytes;
	return 0;
}

/* A blob as any other: read, opened, there, listed, put again. */
static void test_is_a_blob(void **state)
{
	struct place *p = *state;
	struct digest base, delta, again;
	CLEANUP(buf_clear) struct buf text = { 0 }, read = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct store_sizes sizes;
	size_t n[2] = { 0 };

	put(p->st, &base, &delta);
	expect_version(p->st, &delta, 1, 7);
	assert_true(store_has(p->st, &delta));
	OK(store_open_blob(p->st, &delta, &fd, &err));
	OK(file_read_fd(fd, FILE_MAX, &read, &err));
	write_version(&text, 1, 7);
	assert_true(bytes_eq(buf_bytes(&text), buf_bytes(&read)));
	assert_int_equal(os_write(fd, "x", 1), -1); /* as any blob's */

	OK(store_each(p->st, count_blob, n, &err));
	assert_int_equal(n[0], 2);
	assert_true(n[1] < text.n + text.n / 20);
	OK(fsck_sizes(p->st, &sizes, &err));
	assert_int_equal(sizes.blobs.n, 2);
	assert_int_equal(sizes.blobs.bytes, n[1]);

	OK(store_put(p->st, buf_bytes(&text), &again, &err));
	assert_true(digest_eq(&again, &delta));
	assert_false(rests_plain(p->st, &delta));
	assert_int_equal(count_names(p->st, "quarantine"), 0);
}

/* Not small enough, no base, a base that is damaged: as it is. */
static void test_rests_as_it_is(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest base, other, none = { { 1 } };
	struct store_path path;

	write_version(&text, 1, 0);
	OK(store_put(p->st, buf_bytes(&text), &base, &err));
	write_version(&text, 2, 0);
	assert_int_equal(put_delta(p->st, &base, &text, &other), 0);
	assert_true(rests_plain(p->st, &other));
	write_version(&text, 1, 1);
	assert_int_equal(put_delta(p->st, &none, &text, &other), 0);
	assert_true(rests_plain(p->st, &other));
	store_path_of(p->st, "blobs", &base, &path);
	flip_bit(path.p, 8 * (text.n - 8));
	write_version(&text, 1, 2);
	assert_int_equal(put_delta(p->st, &base, &text, &other), 0);
	assert_true(rests_plain(p->st, &other));
	expect_version(p->st, &other, 1, 2);
	assert_false(rests_plain(p->st, &base)); /* in quarantine */
	assert_int_equal(count_names(p->st, "quarantine"), 1);
}

static void expect_absent(struct store *st, const struct digest *id)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	assert_int_equal(store_get(st, id, &out, NULL), ERROR_CORRUPT);
	assert_int_equal(out.n, 0);
	assert_false(store_has(st, id));
	assert_int_equal(store_get(st, id, &out, NULL), ERROR_NOT_FOUND);
}

static void heal(struct store *st, const struct digest *id)
{
	struct digest base, delta;

	assert_int_equal(put_versions(st, 1, 7, &base, &delta), 0);
	assert_true(digest_eq(&delta, id));
	expect_version(st, id, 1, 7);
}

/* Bits of a delta, of its base; a base that is gone. */
static void test_damage(void **state)
{
	struct place *p = *state;
	struct digest base, delta;
	struct store_path path;
	struct stat info;
	uint64_t bit;

	put(p->st, &base, &delta);
	store_delta_path(p->st, &delta, &path);
	assert_int_equal(stat(path.p, &info), 0);
	for (bit = 0; bit < 8 * (uint64_t)info.st_size; bit += 7) {
		flip_bit(path.p, bit);
		expect_absent(p->st, &delta);
		heal(p->st, &delta);
		assert_true(rests_as_delta(p->st, &delta));
	}
	store_path_of(p->st, "blobs", &base, &path);
	flip_bit(path.p, 12345);
	expect_absent(p->st, &delta);
	heal(p->st, &delta);

	assert_int_equal(unlink(path.p), 0);
	assert_false(store_has(p->st, &delta));
	expect_absent(p->st, &delta);
	heal(p->st, &delta);
}

static void test_fsck(void **state)
{
	struct place *p = *state;
	struct digest base, delta;
	struct store_path path;
	struct fsck_report r;

	put(p->st, &base, &delta);
	OK(fsck_run(p->st, NULL, &r, &err));
	assert_int_equal(r.blobs, 2);
	assert_int_equal(r.bad_blobs, 0);
	assert_int_equal(r.strangers, 0);
	/* the base is damaged: so are both */
	store_path_of(p->st, "blobs", &base, &path);
	flip_bit(path.p, 12345);
	OK(fsck_run(p->st, NULL, &r, &err));
	assert_int_equal(r.bad_blobs, 2);
	assert_int_equal(r.in_quarantine, 2);
	OK(fsck_run(p->st, NULL, &r, &err));
	assert_int_equal(r.blobs, 0);
}

/* -- gc -- */

static struct gc_report gc(struct store *st, const struct digest *root,
    int days)
{
	struct gc_request q = { .roots = root,
		.n_roots = root != NULL,
		.now = clock_now() + days * day + 1000,
		.grace = 14 * day };
	struct gc_report report;

	OK(gc_run(st, &q, &report, &err));
	return report;
}

static struct digest put_root(struct store *st, const struct digest *id)
{
	char text[100], hex[DIGEST_HEX + 1];

	digest_print(id, hex);
	snprintf(text, sizeof(text), "{\"part\":\"%s\"}\n", hex);
	return put_str(st, text);
}

/* What the table before was made of stays as long as the delta. */
static void test_gc_keeps_bases(void **state)
{
	struct place *p = *state;
	struct digest base, delta, root, lost;
	struct gc_report r;

	put(p->st, &base, &delta);
	root = put_root(p->st, &delta);
	lost = put_str(p->st, "nobody wants this");
	r = gc(p->st, &root, 100);
	assert_int_equal(r.laid_aside.n, 1);
	assert_int_equal(r.kept.n, 3);
	assert_false(store_has_delta(p->st, &lost));
	expect_version(p->st, &delta, 1, 7);
	/* nobody wants it: first the delta goes, then its base */
	r = gc(p->st, NULL, 100);
	assert_false(rests_as_delta(p->st, &delta));
	assert_true(rests_plain(p->st, &base));
	r = gc(p->st, NULL, 100);
	assert_false(rests_plain(p->st, &base));
	gc(p->st, NULL, 100);
	assert_false(store_has(p->st, &base) || store_has(p->st, &delta));
	assert_int_equal(count_names(p->st, "trash"), 0);
}

static void lay_aside(struct store *st, const struct digest *base,
    const struct digest *delta)
{
	struct store_path from, to;

	store_delta_path(st, delta, &from);
	store_trash_path(st, delta, true, &to);
	assert_int_equal(rename(from.p, to.p), 0);
	store_path_of(st, "blobs", base, &from);
	store_trash_path(st, base, false, &to);
	assert_int_equal(rename(from.p, to.p), 0);
}

/* Both lie in trash: a reader brings both back; so does gc. */
static void test_back_from_trash(void **state)
{
	struct place *p = *state;
	struct digest base, delta, root;

	put(p->st, &base, &delta);
	lay_aside(p->st, &base, &delta);
	assert_true(store_has(p->st, &delta));
	expect_version(p->st, &delta, 1, 7);
	assert_int_equal(count_names(p->st, "trash"), 0);

	lay_aside(p->st, &base, &delta);
	root = put_root(p->st, &delta);
	gc(p->st, &root, 100);
	assert_int_equal(count_names(p->st, "trash"), 0);
	assert_true(rests_plain(p->st, &base));
	assert_true(rests_as_delta(p->st, &delta));
}

/* What cannot be read at the moment is not what nobody needs. */
static void test_gc_takes_nothing_for_an_error(void **state)
{
	struct place *p = *state;
	struct digest base, delta, root;
	struct gc_request q = { .roots = &root,
		.n_roots = 1,
		.now = clock_now() + 100 * day,
		.grace = 14 * day };
	struct gc_report report;
	bool struck = true;
	long at;

	put(p->st, &base, &delta);
	root = put_root(p->st, &delta);
	for (at = 1; struck; at++) {
		fault_set(FAULT_ONCE, at, EIO);
		(void)gc_run(p->st, &q, &report, NULL);
		struck = fault.struck;
		fault_set(FAULT_OFF, 0, 0);
		assert_true(rests_plain(p->st, &base));
		assert_true(rests_as_delta(p->st, &delta));
	}
	assert_true(at > 20);
}

/* -- errors -- */

/* One call fails while a delta is made and put, in a store that syncs. */
static void test_errors_while_putting(void **state)
{
	struct place *p = *state;
	bool struck = true;
	int at, n_deltas = 0;

	for (at = 1; struck; at++) {
		struct digest base = { { 0 } }, delta = { { 0 } };
		int rc;

		fault_set(FAULT_ONCE, at, EIO);
		rc = put_versions(p->st, at, 7, &base, &delta);
		struck = fault.struck;
		if (rc == 0 && fault.struck_data)
			fail_msg("call %d: a false yes", at);
		fault_set(FAULT_OFF, 0, 0);
		if (rc)
			assert_int_equal(
			    put_versions(p->st, at, 7, &base, &delta), 0);
		n_deltas += rests_as_delta(p->st, &delta);
		expect_version(p->st, &delta, at, 7);
	}
	assert_true(at > 40);
	assert_true(n_deltas > at / 2);
}

/* One call fails while it is read: an error, never other bytes; and it is
 * still there. */
static void test_errors_while_reading(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf want = { 0 };
	struct digest base, delta;
	bool struck = true;
	int at;

	put(p->st, &base, &delta);
	write_version(&want, 1, 7);
	for (at = 1; struck; at++) {
		CLEANUP(buf_clear) struct buf got = { 0 };
		int rc;

		fault_set(FAULT_ONCE, at, EIO);
		rc = store_get(p->st, &delta, &got, NULL);
		struck = fault.struck;
		fault_set(FAULT_OFF, 0, 0);
		assert_true(rc == 0 || got.n == 0);
		assert_true(rc || bytes_eq(buf_bytes(&got), buf_bytes(&want)));
		assert_true(rests_as_delta(p->st, &delta));
		assert_int_equal(count_names(p->st, "quarantine"), 0);
	}
	assert_true(at > 10);
}

/* Two make it at once: the second finds the first one's. */
static void race(void *payload)
{
	struct digest base, delta;

	assert_int_equal(put_versions(payload, 1, 7, &base, &delta), 0);
}

static void test_two_at_once(void **state)
{
	struct place *p = *state;
	struct digest base, delta;
	int at;

	for (at = 1; at < 60; at++) {
		struct store_path path;

		fault_set(FAULT_HOOK, at, 0);
		fault.hook = race;
		fault.payload = p->st;
		assert_int_equal(put_versions(p->st, 1, 7, &base, &delta), 0);
		fault_set(FAULT_OFF, 0, 0);
		expect_version(p->st, &delta, 1, 7);
		assert_true(rests_as_delta(p->st, &delta));
		store_delta_path(p->st, &delta, &path);
		unlink(path.p);
	}
	assert_int_equal(count_names(p->st, "quarantine"), 0);
}

/* In memory: what is synced is not the point. */
static int open_place(void **state)
{
	return place_open_in(state,
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_place, place_close)
	const struct CMUnitTest tests[] = {
		T(test_is_a_blob),
		T(test_rests_as_it_is),
		T(test_damage),
		T(test_fsck),
		T(test_gc_keeps_bases),
		T(test_back_from_trash),
		T(test_gc_takes_nothing_for_an_error),
		T(test_errors_while_putting),
		T(test_errors_while_reading),
		T(test_two_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
