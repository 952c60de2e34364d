/*
 * diff_bag: tables in whatever orders, as bags of rows (diff_impl.h).
 *
 * A row is known by 128 bits of the SHA-256 of its common values. A pass
 * takes the rows whose digest falls into its share, so that memory is bounded
 * whatever the tables' size, counts them against each other, and (where a
 * callback wants rows) reads the tables once more for those that remain.
 */
#include <stdlib.h>
#include <string.h>

#include "cache/base/digest.h"
#include "cache/base/mem.h"
#include "reports/diff_impl.h"

enum {
	ROW_ID = 16
};

struct bag_row {
	uint8_t id[ROW_ID];
	int64_t balance; /* how many more there are after than before */
};

struct bag {
	struct comparison *x;
	bool *skip_before, *skip_after; /* parts that cancel each other */
	struct bag_row *rows;
	size_t n, cap;
	uint64_t pass, n_passes;
	struct digest_stream *stream;
	struct buf text;
};

static void bag_clear(struct bag *b)
{
	mem_free(b->skip_before);
	mem_free(b->skip_after);
	mem_free(b->rows);
	digest_close(b->stream);
	buf_clear(&b->text);
}

/* -- parts that both have, wherever they stand -- */

struct part_place {
	const struct digest *blob;
	size_t part;
};

static int compare_places(const void *a, const void *b)
{
	const struct part_place *p = a, *q = b;

	return digest_cmp(p->blob, q->blob);
}

static struct part_place *sort_parts(const struct table *t)
{
	struct part_place *places = mem_array(t->n_parts, sizeof(*places));
	size_t i;

	for (i = 0; places != NULL && i < t->n_parts; i++)
		places[i] = (struct part_place){ &t->parts[i].blob, i };
	if (places != NULL && t->n_parts > 0)
		qsort(places, t->n_parts, sizeof(*places), compare_places);
	return places;
}

static int cancel_parts(struct bag *b)
{
	const struct table *before = b->x->before, *after = b->x->after;
	CLEANUP(mem_freep) struct part_place *p = sort_parts(before);
	CLEANUP(mem_freep) struct part_place *q = sort_parts(after);
	size_t i = 0, j = 0;

	b->skip_before = mem_array(before->n_parts, sizeof(bool));
	b->skip_after = mem_array(after->n_parts, sizeof(bool));
	if (!p || !q || !b->skip_before || !b->skip_after)
		return error_memory(b->x->err);
	while (b->x->is_aligned && i < before->n_parts && j < after->n_parts) {
		int order = digest_cmp(p[i].blob, q[j].blob);

		if (order == 0) {
			b->skip_before[p[i].part] = true;
			b->skip_after[q[j].part] = true;
			b->x->d->parts_skipped += 2;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

/* -- one pass -- */

static void add_value(struct buf *text, const struct field *f)
{
	uint64_t n = f->n;

	buf_add_char(text, f->null ? 0 : 1);
	if (f->null)
		return;
	buf_add(text, &n, sizeof(n));
	buf_add(text, f->p, f->n);
}

/* The row's digest. is_after: which table's places. */
static int row_id(struct bag *b, const struct field *fields, bool is_after,
    struct digest *out)
{
	struct error *err = b->x->err;
	size_t i;
	int rc;

	buf_reset(&b->text);
	for (i = 0; i < b->x->n_common; i++) {
		const struct diff_column *c =
		    &b->x->d->columns[b->x->common[i]];

		add_value(&b->text,
		    &fields[is_after ? c->in_after : c->in_before]);
	}
	if ((rc = buf_check(&b->text, err)) ||
	    (rc = digest_add(b->stream, b->text.p, b->text.n, err)))
		return rc;
	return digest_finish(b->stream, out, err);
}

static bool is_in_pass(const struct bag *b, const struct digest *d)
{
	uint64_t top = (uint64_t)d->bytes[ROW_ID] << 24 |
	    (uint64_t)d->bytes[ROW_ID + 1] << 16 |
	    (uint64_t)d->bytes[ROW_ID + 2] << 8 | d->bytes[ROW_ID + 3];

	return top * b->n_passes >> 32 == b->pass;
}

static int note_row(struct bag *b, const struct digest *d, bool is_after)
{
	struct bag_row *rows =
	    mem_grow(b->rows, b->n, &b->cap, sizeof(*b->rows));

	if (rows == NULL)
		return error_memory(b->x->err);
	b->rows = rows;
	memcpy(rows[b->n].id, d->bytes, ROW_ID);
	rows[b->n++].balance = is_after ? 1 : -1;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ROW_ID);
}

/* Sorts, and leaves one entry for each row whose balance is not zero. */
static void settle(struct bag *b)
{
	size_t i, n = 0;

	if (b->n > 0)
		qsort(b->rows, b->n, sizeof(*b->rows), compare_ids);
	for (i = 0; i < b->n; i++) {
		if (n > 0 && compare_ids(&b->rows[n - 1], &b->rows[i]) == 0) {
			b->rows[n - 1].balance += b->rows[i].balance;
			continue;
		}
		if (n > 0 && b->rows[n - 1].balance == 0)
			n--;
		b->rows[n++] = b->rows[i];
	}
	if (n > 0 && b->rows[n - 1].balance == 0)
		n--;
	b->n = n;
}

static void count(struct bag *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->rows[i].balance > 0)
			b->x->d->added += (uint64_t)b->rows[i].balance;
		else
			b->x->d->removed += (uint64_t)-b->rows[i].balance;
	}
}

/* Tells of a row that remains, and takes it off the balance. */
static int tell_row(struct bag *b, const struct digest *d, bool is_after,
    const struct field *fields)
{
	struct bag_row *row = NULL;

	if (b->n > 0)
		row = bsearch(d->bytes, b->rows, b->n, sizeof(*b->rows),
		    compare_ids);
	if (row == NULL || (is_after ? row->balance <= 0 : row->balance >= 0))
		return 0;
	row->balance += is_after ? -1 : 1;
	return is_after ? comparison_tell(b->x, DIFF_ADDED, NULL, fields)
	                : comparison_tell(b->x, DIFF_REMOVED, fields, NULL);
}

/* Reads one table's rows of this pass: notes them, or tells those that
 * remain. */
static int read_rows(struct bag *b, bool is_after, bool is_telling)
{
	CLEANUP(cursor_clear) struct cursor c = { 0 };
	struct error *err = b->x->err;
	struct digest d;
	int rc = cursor_open(&c, b->x, is_after ? b->x->after : b->x->before);

	c.skip = is_after ? b->skip_after : b->skip_before;
	while (rc == 0) {
		if ((rc = cursor_fill(&c, err)) <= 0)
			return rc;
		rc = row_id(b, c.fields, is_after, &d);
		if (rc == 0 && is_in_pass(b, &d))
			rc = is_telling ? tell_row(b, &d, is_after, c.fields)
			                : note_row(b, &d, is_after);
		if (rc == 0)
			rc = cursor_advance(&c, err);
	}
	return rc;
}

static int run_pass(struct bag *b)
{
	int rc;

	b->n = 0;
	if ((rc = read_rows(b, false, false)) ||
	    (rc = read_rows(b, true, false)))
		return rc;
	settle(b);
	if (b->x->fn == NULL) {
		count(b);
		return 0;
	}
	rc = read_rows(b, false, true);
	return rc ? rc : read_rows(b, true, true);
}

int diff_bag(struct comparison *x)
{
	CLEANUP(bag_clear) struct bag b = { .x = x };
	uint64_t rows = x->before->rows + x->after->rows;
	int rc;

	b.n_passes = rows / x->bag_rows + 1;
	if ((rc = cancel_parts(&b)) || (rc = digest_open(&b.stream, x->err)))
		return rc;
	for (; rc == 0 && b.pass < b.n_passes; b.pass++)
		rc = run_pass(&b);
	return rc;
}
