/* distinct: see distinct.h. */
#include "cache/distinct.h"

#include <stdlib.h>

#include "cache/base/mem.h"

enum {
	ROOM = 2 * DISTINCT_EXACT /* hashes before they are settled */
};

/* FNV-1a, and MurmurHash3's last step, which spreads it over all bits. */
uint64_t distinct_hash(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void distinct_settle(struct distinct *d)
{
	size_t i, n = 0;

	if (d->n == 0)
		return;
	qsort(d->hashes, d->n, sizeof(*d->hashes), compare);
	for (i = 0; i < d->n; i++)
		if (n == 0 || d->hashes[n - 1] != d->hashes[i])
			d->hashes[n++] = d->hashes[i];
	if (n > DISTINCT_EXACT) {
		n = DISTINCT_EXACT;
		d->is_full = true;
	}
	d->n = n;
	if (d->is_full)
		d->most = d->hashes[n - 1];
}

/* Whether the value was met before, most likely: what is met often is not kept
 * anew each time. */
static int look(struct distinct *d, uint64_t hash, bool *is_seen,
    struct error *err)
{
	uint64_t *seen;

	if (d->seen == NULL)
		d->seen = mem_array(DISTINCT_SEEN, sizeof(*d->seen));
	if (d->seen == NULL)
		return error_memory(err);
	seen = &d->seen[hash % DISTINCT_SEEN];
	*is_seen = *seen == hash && hash != 0;
	*seen = hash;
	return 0;
}

int distinct_add(struct distinct *d, uint64_t hash, struct error *err)
{
	uint64_t *hashes;
	bool is_seen;
	int rc;

	if (d->is_full && hash >= d->most)
		return 0;
	if ((rc = look(d, hash, &is_seen, err)) || is_seen)
		return rc;
	if (d->n == ROOM)
		distinct_settle(d);
	hashes = mem_grow(d->hashes, d->n, &d->cap, sizeof(*hashes));
	if (hashes == NULL)
		return error_memory(err);
	d->hashes = hashes;
	hashes[d->n++] = hash;
	return 0;
}

int distinct_merge(struct distinct *d, struct distinct *other,
    struct error *err)
{
	size_t i;
	int rc = 0;

	distinct_settle(other);
	for (i = 0; rc == 0 && i < other->n; i++)
		rc = distinct_add(d, other->hashes[i], err);
	/* what other dropped is larger than what it kept: of both together the
	 * smallest are among those kept */
	distinct_settle(d);
	if (other->is_full && d->n == DISTINCT_EXACT && !d->is_full) {
		d->is_full = true;
		d->most = d->hashes[d->n - 1];
	}
	return rc;
}

uint64_t distinct_count(struct distinct *d, bool *is_about)
{
	distinct_settle(d);
	*is_about = d->is_full;
	if (!d->is_full)
		return d->n;
	return (
	    uint64_t)((DISTINCT_EXACT - 1) / ((double)d->most / 0x1p64) + 0.5);
}

void distinct_clear(struct distinct *d)
{
	mem_free(d->hashes);
	mem_free(d->seen);
	*d = (struct distinct){ 0 };
}
