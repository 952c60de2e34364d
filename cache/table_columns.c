/* table_columns: the column digests (table.h, docs: formats, "Derived
 * forms"). */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/part.h"
#include "cache/sixteen.h"
#include "cache/store_derived.h"

enum {
	PENDING_MOST = 4096, /* bytes kept before they are hashed */
	PENDING_ALL = 4 << 20, /* of all columns together */
	PENDING_LEAST = 128,
	LINE = DIGEST_HEX + 1,
	SMALL = 4096, /* bytes of a table: to hash them is to read a form */
};

static const char form[] = "columns";

/* A column's bytes are gathered, because a call of the digest for each field
 * costs more than the digest. */
struct column_state {
	struct digest_stream *stream;
	size_t n;
	char *pending;
};

struct column_digests {
	size_t n, room; /* columns; bytes of pending for each */
	struct column_state *columns;
	char *memory;
};

int column_digests_open(size_t n, struct column_digests **out,
    struct error *err)
{
	struct column_digests *d = mem_alloc(sizeof(*d));
	size_t i;
	int rc = 0;

	*out = d;
	if (d == NULL)
		return error_memory(err);
	d->n = n;
	d->room = PENDING_MOST;
	if (n > PENDING_ALL / PENDING_MOST)
		d->room = PENDING_ALL / n;
	if (d->room < PENDING_LEAST)
		d->room = PENDING_LEAST;
	d->columns = mem_array(n, sizeof(*d->columns));
	d->memory = mem_array(n, d->room);
	if (d->columns == NULL || d->memory == NULL)
		rc = error_memory(err);
	for (i = 0; rc == 0 && i < n; i++) {
		d->columns[i].pending = d->memory + i * d->room;
		rc = digest_open(&d->columns[i].stream, err);
	}
	if (rc)
		column_digests_closep(out);
	return rc;
}

void column_digests_close(struct column_digests *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; d->columns != NULL && i < d->n; i++)
		digest_close(d->columns[i].stream);
	mem_free(d->columns);
	mem_free(d->memory);
	mem_free(d);
}

void column_digests_closep(struct column_digests **d)
{
	column_digests_close(*d);
	*d = NULL;
}

static void flush(struct column_state *c)
{
	digest_add(c->stream, c->pending, c->n);
	c->n = 0;
}

void column_digests_add(struct column_digests *d, size_t column,
    struct bytes written)
{
	struct column_state *c = &d->columns[column];
	char *end;

	if (c->n + written.n + 1 > d->room) {
		flush(c);
		if (written.n + 1 > d->room) {
			digest_add(c->stream, written.p, written.n);
			written.n = 0;
		}
	}
	end = sixteen_copy(c->pending + c->n, written.p, written.n);
	*end++ = '\n';
	c->n = (size_t)(end - c->pending);
}

int column_digests_finish(struct column_digests *d, struct digest *out,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < d->n; i++) {
		flush(&d->columns[i]);
		rc = digest_finish(d->columns[i].stream, &out[i], err);
	}
	return rc;
}

static bool is_small(const struct table *t)
{
	return t->bytes <= SMALL;
}

int column_digests_save(struct store *st, const struct table *t,
    const struct digest *digests, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	char hex[DIGEST_HEX + 1];
	size_t i;

	if (is_small(t))
		return 0;
	for (i = 0; i < t->n_columns; i++) {
		digest_print(&digests[i], hex);
		hex[DIGEST_HEX] = '\n';
		buf_add(&b, hex, LINE);
	}
	if (buf_check(&b, err))
		return ERROR_MEMORY;
	return store_derived_put(st, &t->id, form, buf_bytes(&b), err);
}

/* false: not known, not there, or not what a table of n columns has. */
static bool load(struct store *st, const struct table *t, struct digest *out)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	size_t i;

	if (t->digests != NULL) {
		memcpy(out, t->digests, t->n_columns * sizeof(*out));
		return true;
	}
	if (is_small(t) || store_derived_get(st, &t->id, form, &b, NULL) != 0 ||
	    b.n != t->n_columns * LINE)
		return false;
	for (i = 0; i < t->n_columns; i++) {
		char *line = b.p + i * LINE;

		line[DIGEST_HEX] = '\0';
		if (digest_parse(line, &out[i], NULL) != 0)
			return false;
	}
	return true;
}

static int hash_rows(struct table_reader *r, size_t n, struct column_digests *d,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct field *f;
	size_t i;
	int rc;

	while ((rc = table_reader_next(r, &f, err)) > 0) {
		for (i = 0; i < n; i++) {
			char *end;

			buf_reset(&b);
			if (!buf_reserve(&b, 2 * f[i].n + 2))
				return error_memory(err);
			end = csv_put_field(b.p, &f[i]);
			column_digests_add(d, i,
			    (struct bytes){ b.p, (size_t)(end - b.p) });
		}
	}
	return rc;
}

int table_column_digests(struct store *st, const struct table *t,
    struct digest *out, struct error *err)
{
	CLEANUP(column_digests_closep) struct column_digests *d = NULL;
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	int rc;

	if (load(st, t, out))
		return 0;
	if ((rc = table_reader_open(st, t, &r, err)) ||
	    (rc = column_digests_open(t->n_columns, &d, err)) ||
	    (rc = hash_rows(r, t->n_columns, d, err)) ||
	    (rc = column_digests_finish(d, out, err)))
		return rc;
	return column_digests_save(st, t, out, err);
}
