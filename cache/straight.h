#ifndef SLUICE_CACHE_STRAIGHT_H
#define SLUICE_CACHE_STRAIGHT_H
/*
 * straight -- rows that come in a table's order, into parts at once: no
 * sorter holds them. Where one comes too early after all, the rows so far are
 * given back.
 *
 * Use        straight_open(st, &pack, ordered, like, &s, err);
 *            for each row: straight_place(s, row) is STRAIGHT_BEHIND:
 *            straight_add(s, row, err); straight_finish(s, &table, err).
 * Twin       The sorter (sort.h) over packed rows (pack.h): test_table makes
 *            tables both ways.
 * Threads    Belongs to one thread. Private to cache.
 */
#include "cache/pack.h"
#include "cache/table.h"

enum straight_place {
	STRAIGHT_BEHIND,
	STRAIGHT_SAME_KEY, /* as the row before: an error of the node */
	STRAIGHT_BEFORE,
};

/* Rows of the pack's columns, in its order; ordered: in any order, which is
 * kept. like: table_spec's, or null or NULL. pack is borrowed. */
struct straight;
int straight_open(struct store *st, const struct pack *pack, bool ordered,
    const struct digest *like, struct straight **out, struct error *err);
/* Frees it; without straight_finish() nothing of it is promised. */
void straight_close(struct straight *s);
void straight_closep(struct straight **s);

/* Where a row of canonical fields belongs, seen from the last one added. */
enum straight_place straight_place(const struct straight *s,
    const struct field *row);

/* Adds it behind the last one. */
int straight_add(struct straight *s, const struct field *row,
    struct error *err);

/* As part_finish(). */
int straight_finish(struct straight *s, struct table *t, struct error *err);

/* The rows so far as a table that table_reader_open() takes; it has borrowed
 * columns and its parts alone, no record and no id. mem_free() its parts. */
int straight_give_back(struct straight *s, struct table *out,
    struct error *err);

#endif
