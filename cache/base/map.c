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

static int grow(struct map *m, size_t cap, struct error *err)
{
	struct map bigger = { .cap = cap, .n = m->n };
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

int map_reserve(struct map *m, size_t n, struct error *err)
{
	size_t cap = m->cap ? m->cap : 16;

	while (n > cap / 4 * 3 && cap <= SIZE_MAX / 2)
		cap *= 2;
	return cap > m->cap ? grow(m, cap, err) : 0;
}

/* The place of a key, which is put there where it was not. */
static int find_place(struct map *m, const char *key, struct map_entry **out,
    struct error *err)
{
	uint64_t hash = hash_of(key);
	struct map_entry *e;
	int rc = map_reserve(m, m->n + 1, err);

	if (rc)
		return rc;
	e = *out = place_of(m, key, hash);
	if (e->key == NULL) {
		m->n++;
		e->key = key;
		e->hash = hash;
		e->value = NULL;
	}
	return 0;
}

int map_set(struct map *m, const char *key, void *value, struct error *err)
{
	struct map_entry *e;
	int rc = find_place(m, key, &e, err);

	if (rc == 0)
		e->value = value;
	return rc;
}

int map_add(struct map *m, const char *key, void *value, void **there,
    struct error *err)
{
	size_t n = m->n;
	struct map_entry *e;
	int rc = find_place(m, key, &e, err);

	if (rc)
		return rc;
	if (m->n > n)
		e->value = value;
	*there = e->value;
	return 0;
}

void map_clear(struct map *m)
{
	mem_free(m->entries);
	*m = (struct map){ 0 };
}
