/* result: records per tier under a key; nothing damaged is believed. */
#include <pthread.h>
#include <sys/wait.h>

#include "cache/result.h"
#include "cache/sealed.h"
#include "tests/unit/cache/store_help.h"

static struct result make(const struct digest *key, const struct digest *table,
    enum result_tier tier)
{
	struct result r = { .key = *key, .table = *table, .tier = tier };

	snprintf(r.by, sizeof(r.by), "a test");
	return r;
}

static struct result failed(const struct digest *key, enum failure_class class)
{
	struct result r = { .key = *key,
		.tier = TIER_BRANCH,
		.state = RESULT_FAILED,
		.failure = class,
		.exit_status = 3,
		.line = 7,
		.col = 2 };

	/* a letter cut in two: it must not make the record unwritable */
	snprintf(r.message, sizeof(r.message), "no such column \xc3");
	return r;
}

static void test_put_get(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), table = put_str(p->st, "t");
	struct result r = make(&key, &table, TIER_BRANCH), got;
	bool unstable = true;

	assert_int_equal(result_get(p->st, &key, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
	r.log = put_str(p->st, "log");
	OK(result_put(p->st, &r, &unstable, &err));
	assert_false(unstable);
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(digest_eq(&got.table, &table));
	assert_true(digest_eq(&got.log, &r.log));
	assert_true(digest_eq(&got.key, &key));
	assert_int_equal(got.tier, TIER_BRANCH);
	assert_int_equal(got.state, RESULT_OK);
	assert_string_equal(got.by, "a test");
	assert_false(got.unstable);
	/* not good enough */
	assert_int_equal(result_get(p->st, &key, TIER_VERIFIED, &got, NULL),
	    ERROR_NOT_FOUND);
}

/* A table that breaks its contract says so in a word that a version before it
 * does not know, and counts for nothing without the rows that do. */
static void test_doubtful(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), table = put_str(p->st, "t");
	struct digest other = put_str(p->st, "other");
	struct result r = make(&key, &table, TIER_BRANCH), got;
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[512];

	r.is_doubtful = true;
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(got.is_doubtful);
	assert_true(digest_is_null(&got.offending));

	r.key = other;
	r.offending = put_str(p->st, "rows");
	r.n_offending = 3;
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &other, TIER_LOCAL, &got, &err));
	assert_true(got.is_doubtful);
	assert_true(digest_eq(&got.table, &table));
	assert_true(digest_eq(&got.offending, &r.offending));
	assert_int_equal(got.n_offending, 3);
	path_in_store(p->st, "results", &other, path, sizeof(path));
	OK(file_read(path, FILE_MAX, &text, &err));
	assert_non_null(strstr(text.p, "\"state\":\"doubtful\""));
	path_in_store(p->st, "blobs", &r.offending, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(result_get(p->st, &other, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
}

static void test_tiers(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	static const enum result_tier order[] = { TIER_BRANCH, TIER_LOCAL,
		TIER_VERIFIED };
	static const enum result_tier best[] = { TIER_BRANCH, TIER_BRANCH,
		TIER_VERIFIED };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct result r = make(&key, &t, order[i]), got;

		OK(result_put(p->st, &r, NULL, &err));
		OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
		assert_int_equal(got.tier, best[i]);
		assert_false(got.unstable);
	}
}

/* The tables that the file of a key names, those beside the first too. */
static int count_tables(struct store *st, const struct digest *key)
{
	json_auto_t *doc = NULL;
	const char *tier;
	json_t *record;
	char path[512];
	int n = 0;

	path_in_store(st, "results", key, path, sizeof(path));
	OK(sealed_read(path, "sluice-result/1", &doc, &err));
	json_object_foreach(json_object_get(doc, "records"), tier, record) {
		n += json_object_get(record, "table") != NULL;
		n += (int)json_array_size(json_object_get(record, "others"));
	}
	return n;
}

static void test_unstable(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what");
	struct digest one = put_str(p->st, "1"), two = put_str(p->st, "2");
	struct result r = make(&key, &one, TIER_BRANCH), got;
	bool unstable;
	int i;

	OK(result_put(p->st, &r, &unstable, &err));
	OK(result_put(p->st, &r, &unstable, &err));
	assert_false(unstable);
	r.table = two;
	for (i = 0; i < 2; i++) {
		OK(result_put(p->st, &r, &unstable, &err));
		assert_true(unstable);
	}
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(digest_eq(&got.table, &one)); /* the first stays */
	assert_true(got.unstable);
	assert_int_equal(count_tables(p->st, &key), 2);
	/* the verified tier says another thing than the branch tier */
	key = put_str(p->st, "other");
	r = make(&key, &one, TIER_BRANCH);
	OK(result_put(p->st, &r, NULL, &err));
	r = make(&key, &two, TIER_VERIFIED);
	OK(result_put(p->st, &r, &unstable, &err));
	assert_true(unstable);
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.tier, TIER_BRANCH);
	assert_true(digest_eq(&got.table, &one));
	assert_true(got.unstable);
	assert_int_equal(count_tables(p->st, &key), 2);
}

/* What is known of the others: their columns, or how they failed. */
static void test_others(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what");
	struct digest one = put_str(p->st, "1"), two = put_str(p->st, "2");
	struct result r = make(&key, &one, TIER_BRANCH), got;
	int i;

	OK(result_put(p->st, &r, NULL, &err));
	/* the surroundings' failures say nothing against it */
	r = failed(&key, FAILURE_TIMEOUT);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_false(got.unstable);
	r = failed(&key, FAILURE_EXIT);
	r.exit_status = 3;
	for (i = 0; i < 2; i++)
		OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.state, RESULT_OK); /* the first stays */
	assert_true(digest_eq(&got.table, &one));
	assert_true(got.unstable);
	assert_int_equal(got.second, FAILURE_EXIT);
	assert_string_equal(got.differs, "");
	assert_int_equal(count_tables(p->st, &key), 2); /* itself, one other */
	r = make(&key, &two, TIER_BRANCH);
	snprintf(r.differs, sizeof(r.differs), "n\nof, two\n\xc3\xa4");
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(digest_eq(&got.table, &one));
	assert_string_equal(got.differs, "n\nof, two\n\xc3\xa4");
	assert_int_equal(got.second, FAILURE_EXIT);
}

/* A "verified" counts for as long as nothing is known against it, whichever
 * came first. */
static void test_verified(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what");
	struct digest one = put_str(p->st, "1"), two = put_str(p->st, "2");
	struct result r = make(&key, &one, TIER_BRANCH), got;

	OK(result_put(p->st, &r, NULL, &err));
	r.tier = TIER_VERIFIED;
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_VERIFIED, &got, &err));
	assert_false(got.unstable);
	r = make(&key, &two, TIER_BRANCH);
	OK(result_put(p->st, &r, NULL, &err));
	assert_int_equal(result_get(p->st, &key, TIER_VERIFIED, &got, NULL),
	    ERROR_NOT_FOUND);
	OK(result_get(p->st, &key, TIER_BRANCH, &got, &err));
	assert_int_equal(got.tier, TIER_BRANCH);
	assert_true(digest_eq(&got.table, &one));
	assert_true(got.unstable);
	/* nor is it once more */
	r = make(&key, &one, TIER_VERIFIED);
	OK(result_put(p->st, &r, NULL, &err));
	assert_int_equal(result_get(p->st, &key, TIER_VERIFIED, &got, NULL),
	    ERROR_NOT_FOUND);
	OK(result_raise_epoch(p->st, &err)); /* disowns the witness, too */
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_VERIFIED, &got, &err));
	assert_false(got.unstable);
}

static void test_failures(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct result r, got;
	int class;

	r = failed(&key, FAILURE_CANCELLED);
	OK(result_put(p->st, &r, NULL, &err));
	assert_int_equal(result_get(p->st, &key, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
	for (class = FAILURE_INPUT; class < FAILURE_CANCELLED; class ++) {
		r = failed(&key, (enum failure_class) class);
		OK(result_put(p->st, &r, NULL, &err));
		OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
		assert_int_equal(got.failure, class);
	}
	r = failed(&key, FAILURE_SQL);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.state, RESULT_FAILED);
	assert_int_equal(got.failure, FAILURE_SQL);
	assert_int_equal(got.exit_status, 3);
	assert_int_equal(got.line, 7);
	assert_int_equal(got.col, 2);
	assert_string_equal(got.message, "no such column \\xc3");
	assert_true(digest_is_null(&got.table));

	/* a failure gives way to a table, a table not to a failure */
	r = make(&key, &t, TIER_LOCAL);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.state, RESULT_OK);
	r = make(&key, &t, TIER_BRANCH);
	OK(result_put(p->st, &r, NULL, &err));
	r = failed(&key, FAILURE_EXIT);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_BRANCH, &got, &err));
	assert_int_equal(got.state, RESULT_OK);
}

static void test_clock(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct result r = make(&key, &t, TIER_BRANCH), got;
	struct result asked = { .key = key,
		.tier = TIER_BRANCH,
		.state = RESULT_CLOCK };

	OK(result_put(p->st, &r, NULL, &err));
	OK(result_put(p->st, &asked, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.state, RESULT_CLOCK);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.state, RESULT_CLOCK);
}

static void test_epoch(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct result r = make(&key, &t, TIER_BRANCH), got;
	char path[512];
	long long epoch;
	uint64_t bit;

	OK(result_epoch(p->st, &epoch, &err));
	assert_int_equal(epoch, 0);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_raise_epoch(p->st, &err));
	OK(result_epoch(p->st, &epoch, &err));
	assert_int_equal(epoch, 1);
	assert_int_equal(result_get(p->st, &key, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_int_equal(got.epoch, 1);
	/* an epoch that cannot be read disowns or admits nothing: an error */
	snprintf(path, sizeof(path), "%s/epoch", store_dir(p->st));
	for (bit = 0; bit < 800; bit += 37) {
		flip_bit(path, bit);
		assert_int_equal(
		    result_get(p->st, &key, TIER_LOCAL, &got, NULL),
		    ERROR_CORRUPT);
		flip_bit(path, bit);
	}
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
}

static void test_table_gone(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct digest two = put_str(p->st, "2");
	struct result r = make(&key, &t, TIER_BRANCH), got;
	char path[512];

	OK(result_put(p->st, &r, NULL, &err));
	path_in_store(p->st, "blobs", &t, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(result_get(p->st, &key, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
	r.table = two;
	OK(result_put(p->st, &r, NULL, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(digest_eq(&got.table, &two));
	assert_true(got.unstable); /* the table that is gone differed */
}

/* Every bit of a record's file, one at a time: absent and in quarantine, or
 * the same content (a bit of JSON's own blanks or letters' case: none). */
static void test_bit_flips(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct result r = make(&key, &t, TIER_BRANCH), got;
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[512];
	uint64_t bit, seed = 3;
	int served = 0, n = 0;

	OK(result_put(p->st, &r, NULL, &err));
	path_in_store(p->st, "results", &key, path, sizeof(path));
	OK(file_read(path, FILE_MAX, &text, &err));
	for (bit = next_random(&seed) % 16; bit < text.n * 8;
	     bit += 1 + next_random(&seed) % 16) {
		flip_bit(path, bit);
		if (result_get(p->st, &key, TIER_LOCAL, &got, NULL) == 0) {
			served++;
			assert_true(digest_eq(&got.table, &t));
			assert_int_equal(got.tier, TIER_BRANCH);
			assert_int_equal(got.epoch, 0);
		} else {
			assert_false(file_exists(path));
			n++;
			OK(result_put(p->st, &r, NULL, &err));
		}
		OK(file_write(path, buf_bytes(&text), 0644, &err));
	}
	/* the line feed at the end can become another blank */
	assert_in_range(served, 0, 8);
	assert_true(n > 100);
	assert_int_equal(count_names(p->st, "quarantine"), n);
}

static void test_moved_to_another_key(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what"), t = put_str(p->st, "t");
	struct digest other = put_str(p->st, "another what");
	struct result r = make(&key, &t, TIER_BRANCH), got;
	char from[512], to[512];

	OK(result_put(p->st, &r, NULL, &err));
	path_in_store(p->st, "results", &key, from, sizeof(from));
	path_in_store(p->st, "results", &other, to, sizeof(to));
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(result_get(p->st, &other, TIER_LOCAL, &got, NULL),
	    ERROR_NOT_FOUND);
	assert_false(file_exists(to));
}

/* Many processes put at once into one record: no tier and no table is lost. */
static void test_many_writers(void **state)
{
	struct place *p = *state;
	struct digest key = put_str(p->st, "what");
	enum {
		WRITERS = 6
	};
	struct digest tables[WRITERS];
	pid_t children[WRITERS];
	struct result got;
	int i, status;

	for (i = 0; i < WRITERS; i++) {
		char text[2] = { (char)('a' + i), 0 };

		tables[i] = put_str(p->st, text);
	}
	for (i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct result r =
			    make(&key, &tables[i], (enum result_tier)(i % 3));
			int k, bad = 0;

			for (k = 0; k < 10; k++)
				bad |= result_put(p->st, &r, NULL, NULL);
			_exit(bad != 0);
		}
	}
	for (i = 0; i < WRITERS; i++) {
		waitpid(children[i], &status, 0);
		assert_int_equal(status, 0);
	}
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(got.unstable);
	assert_int_equal(result_get(p->st, &key, TIER_VERIFIED, &got, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(count_tables(p->st, &key), WRITERS);
}

/* tests/cases/formats/result.json is written by hand (its digest by another
 * program): it is read, and members and states of a later version in it
 * survive our edit. */
static void test_golden(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf after = { 0 };
	struct digest t = put_str(p->st, "abc"), key;
	struct result got, r;
	char path[512];

	memset(key.bytes, 0x11, sizeof(key.bytes));
	OK(file_read("tests/cases/formats/result.json", FILE_MAX, &text, &err));
	path_in_store(p->st, "results", &key, path, sizeof(path));
	OK(file_write(path, buf_bytes(&text), 0644, &err));
	OK(result_get(p->st, &key, TIER_LOCAL, &got, &err));
	assert_true(digest_eq(&got.table, &t));
	assert_int_equal(got.tier, TIER_BRANCH);
	assert_int_equal(got.epoch, 2);
	assert_string_equal(got.by, "runner-1");
	assert_false(got.unstable);

	r = make(&key, &t, TIER_LOCAL);
	OK(result_put(p->st, &r, NULL, &err));
	OK(file_read(path, FILE_MAX, &after, &err));
	assert_non_null(strstr(after.p, "\"state\":\"signed\""));
	assert_non_null(strstr(after.p, "\"note\":\"of a later version\""));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_put_get),
		T(test_doubtful),
		T(test_tiers),
		T(test_unstable),
		T(test_others),
		T(test_verified),
		T(test_failures),
		T(test_clock),
		T(test_epoch),
		T(test_table_gone),
		T(test_bit_flips),
		T(test_moved_to_another_key),
		T(test_many_writers),
		T(test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
