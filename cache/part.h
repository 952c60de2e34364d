#ifndef SLUICE_CACHE_PART_H
#define SLUICE_CACHE_PART_H
/*
 * part -- rows in their final order into parts in the store, and the digests
 * of the columns on the way.
 *
 * Use        part_open(st, columns, n, like, &w, err); part_add() for each row;
 *            part_finish(w, &table, err), which fills in parts, rows, bytes,
 *            writes the record, and makes all of it durable at once.
 * Threads    Belongs to one thread. Private to cache.
 */
#include "cache/table.h"

/* A writer of rows of canonical fields of these columns, which are borrowed
 * until part_open() is done. like: table_spec's, or null or NULL. */
struct part_writer;
int part_open(struct store *st, const struct column *columns, size_t n,
    const struct digest *like, struct part_writer **out, struct error *err);
/* Frees it; without part_finish() nothing of it is promised. */
void part_close(struct part_writer *w);
void part_closep(struct part_writer **w);

/* One row, behind those before it. */
int part_add(struct part_writer *w, const struct field *fields,
    struct error *err);

/* t has its columns, key and order; the rest is filled in. */
int part_finish(struct part_writer *w, struct table *t, struct error *err);

/* Instead: t gets the parts of the rows so far, to be read; nothing more is
 * added. It has no record. */
int part_give_back(struct part_writer *w, struct table *t, struct error *err);

/* Column digests alone, of fields in the table's order. */
struct column_digests;

/* Of n columns, none with a row yet. */
int column_digests_open(size_t n, struct column_digests **out,
    struct error *err);
/* Frees it. */
void column_digests_close(struct column_digests *d);
void column_digests_closep(struct column_digests **d);

/* One field as written in a part. */
void column_digests_add(struct column_digests *d, size_t column,
    struct bytes written);

/* n digests into out. */
int column_digests_finish(struct column_digests *d, struct digest *out,
    struct error *err);

/* Keeps them as the derived form "columns" of a table, one line of 64 digits
 * for each; not of a table whose rows are as quickly read as that. */
int column_digests_save(struct store *st, const struct table *t,
    const struct digest *digests, struct error *err);

/* The table's record, canonical JSON (table.c). */
int table_print(const struct table *t, struct buf *out, struct error *err);

/* And back, into a zeroed table, which the caller clears on errors too. */
int table_parse(struct bytes text, struct table *t, struct error *err);

#endif
