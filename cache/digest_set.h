#ifndef SLUICE_CACHE_DIGEST_SET_H
#define SLUICE_CACHE_DIGEST_SET_H
/*
 * digest_set -- many digests, each once, in the order they came.
 *
 * Use        struct digest_set s = { 0 }; digest_set_add(&s, &d, &new, err);
 *            digest_set_has(&s, &d); for (i = 0; i < s.n; i++) s.items[i];
 *            digest_set_clear(&s).
 * Shape      A list and a hash table of places in it. The list serves as a
 *            queue to whom adds while walking it.
 */
#include <stdbool.h>

#include "cache/base/digest.h"

struct digest_set {
	struct digest *items;
	size_t n, cap;
	size_t *table; /* place in items + 1; 0: free */
	size_t table_cap;
};

/* Adds d where it is not in; *added (may be NULL) tells. */
int digest_set_add(struct digest_set *s, const struct digest *d, bool *added,
    struct error *err);

/* Whether d is in. */
bool digest_set_has(const struct digest_set *s, const struct digest *d);

/* Frees; empty and usable again. */
void digest_set_clear(struct digest_set *s);

#endif
