#ifndef SLUICE_CACHE_BASE_MAP_H
#define SLUICE_CACHE_BASE_MAP_H
/*
 * map -- from strings to pointers.
 *
 * Use        struct map m = { 0 }; map_set(&m, "key", p, err);
 *            p = map_get(&m, "key"); map_clear(&m);
 * Shape      A hash table with open addressing; keys are NUL-terminated.
 * Ownership  Keys and values are borrowed: they must outlive the map.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/base/error.h"

struct map_entry {
	const char *key; /* NULL: a free place */
	void *value;
	uint64_t hash;
};

struct map {
	struct map_entry *entries;
	size_t n, cap;
};

/* The value of key, or NULL. */
void *map_get(const struct map *m, const char *key);

/* Whether key is there (a value may be NULL). */
bool map_has(const struct map *m, const char *key);

/* Puts or replaces. */
int map_set(struct map *m, const char *key, void *value, struct error *err);

/* Puts value where key is not there yet. *there is what is under it then. */
int map_add(struct map *m, const char *key, void *value, void **there,
    struct error *err);

/* Room for n keys in all. */
int map_reserve(struct map *m, size_t n, struct error *err);

/* Frees the table, not what it refers to. */
void map_clear(struct map *m);

#endif
