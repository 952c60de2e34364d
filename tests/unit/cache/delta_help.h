#ifndef SLUICE_TESTS_DELTA_HELP_H
#define SLUICE_TESTS_DELTA_HELP_H
/* What the tests of deltas in a store share: rows that are nearly a base's. */
#include <sys/stat.h>

#include "cache/store_delta.h"
#include "tests/unit/cache/store_help.h"

enum {
	DELTA_ROWS = 700
};

/* Rows of which one in 150 is of that version; seed: which table. */
static inline void write_version(struct buf *out, int seed, int version)
{
	int i;

	buf_reset(out);
	for (i = 0; i < DELTA_ROWS; i++)
		buf_printf(out, "%d,%08x,row of table %d%80s,%d\n", i,
		    (unsigned)i * 2654435761U, seed, "",
		    i % 150 == 75 ? version : 0);
	OK(buf_check(out, &err));
	assert_true(out->n > STORE_DELTA_LEAST);
}

/* The delta of data on a base that is there, put; as it is where that cannot
 * be. */
static inline int put_delta(struct store *st, const struct digest *base,
    const struct buf *data, struct digest *out)
{
	CLEANUP(store_batch_closep) struct store_batch *batch = NULL;
	struct store_delta d = { .bases = { *base }, .n = 1 };
	int rc = store_delta_make(st, buf_bytes(data), &d, NULL);

	if (rc == ERROR_LIMIT)
		buf_reset(&d.text);
	if ((rc == 0 || rc == ERROR_LIMIT) &&
	    (rc = digest_of(buf_bytes(data), out, NULL)) == 0 &&
	    (rc = store_batch_open(st, &batch, NULL)) == 0 &&
	    (rc = store_batch_put_as(batch, out, buf_bytes(data),
	         buf_bytes(&d.text), NULL)) == 0)
		rc = store_batch_commit(batch, NULL);
	buf_clear(&d.text);
	return rc;
}

/* Version 0 as it is, and a later one as its delta. */
static inline int put_versions(struct store *st, int seed, int version,
    struct digest *base, struct digest *delta)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	write_version(&text, seed, 0);
	if ((rc = store_put(st, buf_bytes(&text), base, NULL)))
		return rc;
	write_version(&text, seed, version);
	return put_delta(st, base, &text, delta);
}

static inline void expect_version(struct store *st, const struct digest *id,
    int seed, int version)
{
	CLEANUP(buf_clear) struct buf want = { 0 }, got = { 0 };

	write_version(&want, seed, version);
	OK(store_get(st, id, &got, &err));
	assert_true(bytes_eq(buf_bytes(&want), buf_bytes(&got)));
}

/* Where it rests as a delta, and as it is. */
static inline bool rests_as_delta(struct store *st, const struct digest *id)
{
	struct store_path path;

	store_delta_path(st, id, &path);
	return file_exists(path.p);
}
static inline bool rests_plain(struct store *st, const struct digest *id)
{
	struct store_path path;

	store_path_of(st, "blobs", id, &path);
	return file_exists(path.p);
}

#endif
