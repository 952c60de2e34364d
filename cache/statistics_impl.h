#ifndef SLUICE_CACHE_STATISTICS_IMPL_H
#define SLUICE_CACHE_STATISTICS_IMPL_H
/*
 * statistics_impl -- what statistics.c (from rows) and statistics_form.c (from
 * and to the derived form) share. Private to cache.
 */
#include "cache/statistics.h"

/* What is known of one part: some of its columns. */
struct part_statistics {
	size_t n;
	size_t *columns; /* their places, in the order they became known */
	struct type *types; /* they were read as */
	struct statistics *of;
};

/* Frees; usable again. */
void part_statistics_clear(struct part_statistics *p);

/* The derived form's text, and back: false, and nothing, where it is not as
 * this version writes it. */
int part_statistics_print(struct part_statistics *p, struct buf *out,
    struct error *err);
bool part_statistics_parse(struct bytes text, struct part_statistics *out);

/* What the store has of a part; empty where it has nothing or another
 * version's. ERROR_MEMORY. */
int part_statistics_load(struct store *st, const struct digest *part,
    struct part_statistics *out, struct error *err);

/* Keeps it beside the part, in a store of our own user. */
int part_statistics_save(struct store *st, const struct digest *part,
    struct part_statistics *p, struct error *err);

/* A value of the type into e, where it is less (sign < 0) or greater (> 0). */
void extreme_add(struct extreme *e, const struct type *t, int sign,
    const struct field *f);

#endif
