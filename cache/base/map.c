/* map: see map.h. */
#include "cache/base/map.h"

#include <string.h>

#include "cache/base/mem.h"

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t hash_of(const char *key)
{
	uint64_t h = 14695981039346656037U;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211U;
	return h;
}

static struct map_entry *place_of(const struct map *m, const char *key,
    uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->entries[i].key != NULL &&
	    (m->entries[i].hash != hash || strcmp(m->entries[i].key, key) != 0))
		i = (i + 1) & (m->cap - 1);
	return &m->entries[i];
}

static int grow(struct map *m, struct error *err)
{
	struct map bigger = { .cap = m->cap ? m->cap * 2 : 16, .n = m->n };
	size_t i;

	bigger.entries = mem_array(bigger.cap, sizeof(*bigger.entries));
	if (bigger.entries == NULL)
		return error_memory(err);
	for (i = 0; i < m->cap; i++) {
		struct map_entry *e = &m->entries[i];

		if (e->key != NULL)
			*place_of(&bigger, e->key, e->hash) = *e;
	}
	mem_free(m->entries);
	*m = bigger;
	return 0;
}

void *map_get(const struct map *m, const char *key)
{
	return m->n ? place_of(m, key, hash_of(key))->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
	return m->n && place_of(m, key, hash_of(key))->key != NULL;
}

int map_set(struct map *m, const char *key, void *value, struct error *err)
{
	uint64_t hash = hash_of(key);
	struct map_entry *e;

	if (m->n + 1 > m->cap / 4 * 3) {
		int rc = grow(m, err);

		if (rc)
			return rc;
	}
	e = place_of(m, key, hash);
	if (e->key == NULL) {
		m->n++;
		e->key = key;
		e->hash = hash;
	}
	e->value = value;
	return 0;
}

void map_clear(struct map *m)
{
	mem_free(m->entries);
	*m = (struct map){ 0 };
}
