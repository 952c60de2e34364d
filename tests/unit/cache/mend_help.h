#ifndef SLUICE_TESTS_MEND_HELP_H
#define SLUICE_TESTS_MEND_HELP_H
/* A store that mends itself, over and over, with a fault at each of its calls
 * in turn: what is damaged is laid aside and put again, what lies in the trash
 * is taken back, files are copied, derived forms kept. */
#include "cache/store_derived.h"
#include "tests/unit/cache/store_help.h"

/* What the next round is about; none of it was ever there before. */
struct mend {
	struct store *st;
	unsigned n;
	char damaged[64], trashed[64], fresh[64];
	struct digest damaged_id, trashed_id;
};

static inline void move_to_trash(const struct mend *m)
{
	char from[512], to[512], hex[DIGEST_HEX + 1];

	digest_print(&m->trashed_id, hex);
	path_in_store(m->st, "blobs", &m->trashed_id, from, sizeof(from));
	snprintf(to, sizeof(to), "%s/trash/%s", store_dir(m->st), hex);
	assert_int_equal(rename(from, to), 0);
}

static inline void mend_begin(struct mend *m)
{
	char path[512];

	m->n++;
	snprintf(m->damaged, sizeof(m->damaged), "damaged number %u", m->n);
	snprintf(m->trashed, sizeof(m->trashed), "trashed number %u", m->n);
	snprintf(m->fresh, sizeof(m->fresh), "fresh number %u", m->n);
	m->damaged_id = put_str(m->st, m->damaged);
	m->trashed_id = put_str(m->st, m->trashed);
	path_in_store(m->st, "blobs", &m->damaged_id, path, sizeof(path));
	flip_bit(path, 3);
	move_to_trash(m);
}

/* Reads a blob: its bytes, or an error. */
static inline int mend_get(struct mend *m, const struct digest *id,
    const char *text)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct error err = { 0 };
	int rc = store_get(m->st, id, &out, &err);

	if (rc == 0)
		assert_string_equal(out.p, text);
	else
		assert_int_equal(err.code, rc);
	return rc ? rc : store_open_blob(m->st, id, &fd, NULL);
}

static inline int mend_derived(struct mend *m)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	int rc = store_derived_put(m->st, &m->trashed_id, "form",
	    bytes_of(m->fresh), NULL);

	if (rc ||
	    (rc = store_derived_get(m->st, &m->trashed_id, "form", &out, NULL)))
		return rc;
	assert_string_equal(out.p, m->fresh);
	return 0;
}

/* From a file, alone and in a batch, which has the same twice. */
static inline int mend_copy(struct mend *m, FILE *from)
{
	CLEANUP(store_batch_closep) struct store_batch *b = NULL;
	struct store_copy copy = { .fd = -1 };
	struct digest d;
	int rc;

	rewind(from);
	rc = store_copy(m->st, fileno(from), &copy, NULL);
	if (rc == 0 && (rc = store_batch_open(m->st, &b, NULL)) == 0 &&
	    (rc = store_batch_put(b, bytes_of(m->damaged), &d, NULL)) == 0 &&
	    (rc = store_batch_add(b, &copy, NULL)) == 0)
		rc = store_batch_commit(b, NULL);
	fd_close(&copy.fd);
	return rc;
}

/* One round, whose every step may fail; what it returns is of the first. A
 * damaged blob is never given. */
static inline int mend_round(struct mend *m, FILE *from)
{
	struct digest d;
	int rc;

	assert_true(mend_get(m, &m->damaged_id, m->damaged) != 0);
	if ((rc = mend_get(m, &m->trashed_id, m->trashed)) ||
	    (rc = store_put(m->st, bytes_of(m->damaged), &d, NULL)) ||
	    (rc = mend_get(m, &m->damaged_id, m->damaged)) ||
	    (rc = mend_copy(m, from)))
		return rc;
	return mend_derived(m);
}

#endif
