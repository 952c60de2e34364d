/* part: see part.h. */
#include "cache/part.h"

#include <string.h>

#include "cache/aside.h"
#include "cache/base/mem.h"
#include "cache/cut.h"

struct part_writer {
	struct store *st;
	struct store_batch *batch; /* aside's, until the last part */
	struct aside *aside;
	size_t n_columns;
	bool *is_text; /* others are never quoted */
	struct buf part; /* the part that grows */
	uint64_t rows; /* in it */
	struct cut cut;
	struct table_part *parts;
	size_t n_parts, cap_parts;
	struct column_digests *digests;
};

int part_open(struct store *st, const struct column *columns, size_t n,
    struct part_writer **out, struct error *err)
{
	struct part_writer *w = mem_alloc(sizeof(*w));
	size_t i;
	int rc;

	*out = w;
	if (w == NULL)
		return error_memory(err);
	w->st = st;
	w->n_columns = n;
	rc = store_batch_open(st, &w->batch, err);
	if (rc == 0)
		rc = aside_open(w->batch, &w->aside, err);
	if (rc == 0)
		rc = column_digests_open(n, &w->digests, err);
	w->is_text = mem_array(n, sizeof(*w->is_text));
	if (w->is_text == NULL)
		rc = error_memory(err);
	for (i = 0; rc == 0 && i < n; i++)
		w->is_text[i] = columns[i].type.kind == TYPE_TEXT ||
		    columns[i].type.kind == TYPE_JSON;
	if (rc)
		part_closep(out);
	return rc;
}

void part_close(struct part_writer *w)
{
	if (w == NULL)
		return;
	aside_close(w->aside);
	store_batch_close(w->batch);
	buf_clear(&w->part);
	mem_free(w->parts);
	mem_free(w->is_text);
	column_digests_close(w->digests);
	mem_free(w);
}

void part_closep(struct part_writer **w)
{
	part_close(*w);
	*w = NULL;
}

/* Its blob is told in the end. */
static int end_part(struct part_writer *w, bool is_last, struct error *err)
{
	struct table_part *more =
	    mem_grow(w->parts, w->n_parts, &w->cap_parts, sizeof(*more));
	struct table_part *p;

	if (more == NULL)
		return error_memory(err);
	w->parts = more;
	p = &more[w->n_parts++];
	p->bytes = w->part.n;
	p->rows = w->rows;
	w->rows = 0;
	return aside_put(w->aside, &w->part, is_last, err);
}

static char *put_plain(char *out, const struct field *f)
{
	if (f->n > 0)
		memcpy(out, f->p, f->n);
	return out + f->n;
}

int part_add(struct part_writer *w, const struct field *fields,
    struct error *err)
{
	size_t i, most = w->n_columns + 1, start = w->part.n;
	char *p, *from;

	for (i = 0; i < w->n_columns; i++)
		most += 2 * fields[i].n + 2;
	if (!buf_reserve(&w->part, most))
		return error_memory(err);
	p = w->part.p + start;
	for (i = 0; i < w->n_columns; i++) {
		if (i > 0)
			*p++ = ',';
		from = p;
		p = w->is_text[i] ? csv_put_field(p, &fields[i])
		                  : put_plain(p, &fields[i]);
		column_digests_add(w->digests, i,
		    (struct bytes){ from, (size_t)(p - from) });
	}
	*p++ = '\n';
	w->part.n = (size_t)(p - w->part.p);
	w->rows++;
	if (w->part.n > STORE_BLOB_MAX)
		return error_set(err, ERROR_LIMIT, "a row of more than 1 GiB");
	return cut_add(&w->cut, w->part.p + start, w->part.n - start)
	    ? end_part(w, false, err)
	    : 0;
}

/* The parts, the last one ended, as those of t. */
static int take_parts(struct part_writer *w, struct table *t, struct error *err)
{
	CLEANUP(mem_freep) struct digest *ids = NULL;
	size_t i, n;
	int rc = w->part.n > 0 ? end_part(w, true, err) : 0;

	if (rc || (rc = aside_finish(w->aside, &ids, &n, err)))
		return rc;
	t->parts = w->parts;
	t->n_parts = n;
	w->parts = NULL;
	t->rows = t->bytes = 0;
	for (i = 0; i < n; i++) {
		t->parts[i].blob = ids[i];
		t->rows += t->parts[i].rows;
		t->bytes += t->parts[i].bytes;
	}
	return 0;
}

int part_give_back(struct part_writer *w, struct table *t, struct error *err)
{
	int rc = take_parts(w, t, err);

	return rc ? rc : store_batch_commit(w->batch, err);
}

/* Parts and the record become durable together, before the id is told. */
int part_finish(struct part_writer *w, struct table *t, struct error *err)
{
	CLEANUP(buf_clear) struct buf record = { 0 };
	int rc = take_parts(w, t, err);

	if (rc)
		return rc;
	t->digests = mem_array(w->n_columns, sizeof(*t->digests));
	if (t->digests == NULL)
		return error_memory(err);
	if ((rc = table_print(t, &record, err)) ||
	    (rc = store_batch_put(w->batch, buf_bytes(&record), &t->id, err)) ||
	    (rc = store_batch_commit(w->batch, err)) ||
	    (rc = column_digests_finish(w->digests, t->digests, err)))
		return rc;
	return column_digests_save(w->st, t, t->digests, err);
}
