/* cut: see cut.h. */
#include "cache/cut.h"

#include "cache/gear.h"

enum {
	MARK_SHIFT = 64 - 20
};

/* The hash from p to end; whether a mark lies behind one of the bytes. */
static bool hash_to_mark(uint64_t *hash, const char *p, const char *end)
{
	uint64_t h = *hash;

	while (p < end) {
		h = (h << 1) + gear[(unsigned char)*p++];
		if (h >> MARK_SHIFT == 0)
			return true;
	}
	*hash = h;
	return false;
}

/* The hash alone, where marks do not count yet. */
static void hash_only(uint64_t *hash, const char *p, const char *end)
{
	while (p < end)
		*hash = (*hash << 1) + gear[(unsigned char)*p++];
}

/* Bytes more than a window before the first mark that counts are not looked
 * at: they have left the hash by then. */
bool cut_add(struct cut *c, const char *row, size_t n)
{
	const char *p = row, *end = row + n;
	uint64_t from = CUT_LEAST - 1; /* the first byte to have a mark */
	bool is_marked = false;

	if (c->size + n + CUT_WINDOW <= from) {
		c->size += n;
		return false;
	}
	if (c->size + CUT_WINDOW < from)
		p += from - CUT_WINDOW - c->size;
	if (c->size + n > from) {
		const char *first =
		    c->size < from ? row + (from - c->size) : row;

		hash_only(&c->hash, p, first);
		is_marked = hash_to_mark(&c->hash, first, end);
	} else {
		hash_only(&c->hash, p, end);
	}
	c->size += n;
	if (!is_marked && c->size < CUT_MOST)
		return false;
	*c = (struct cut){ 0 };
	return true;
}
