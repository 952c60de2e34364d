/* digest_set: see digest_set.h. */
#include "cache/digest_set.h"

#include <string.h>

#include "cache/base/mem.h"

/* Where d stands in the table, or the free place it would get. A digest is
 * its own hash. */
static size_t *place_of(const struct digest_set *s, const struct digest *d)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, d->bytes, sizeof(hash));
	i = hash & (s->table_cap - 1);
	while (s->table[i] != 0 && !digest_eq(&s->items[s->table[i] - 1], d))
		i = (i + 1) & (s->table_cap - 1);
	return &s->table[i];
}

static int grow(struct digest_set *s, struct error *err)
{
	struct digest_set bigger = *s;
	size_t i;

	bigger.table_cap = s->table_cap ? s->table_cap * 2 : 64;
	bigger.table = mem_array(bigger.table_cap, sizeof(*bigger.table));
	if (bigger.table == NULL)
		return error_memory(err);
	for (i = 0; i < s->n; i++)
		*place_of(&bigger, &s->items[i]) = i + 1;
	mem_free(s->table);
	*s = bigger;
	return 0;
}

bool digest_set_has(const struct digest_set *s, const struct digest *d)
{
	return s->n > 0 && *place_of(s, d) != 0;
}

int digest_set_add(struct digest_set *s, const struct digest *d, bool *added,
    struct error *err)
{
	struct digest *more;
	size_t *place;
	int rc;

	if (added != NULL)
		*added = false;
	if (s->n + 1 > s->table_cap / 2 && (rc = grow(s, err)))
		return rc;
	place = place_of(s, d);
	if (*place != 0)
		return 0;
	more = mem_grow(s->items, s->n, &s->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	s->items = more;
	s->items[s->n++] = *d;
	*place = s->n;
	if (added != NULL)
		*added = true;
	return 0;
}

void digest_set_clear(struct digest_set *s)
{
	mem_free(s->items);
	mem_free(s->table);
	*s = (struct digest_set){ 0 };
}
