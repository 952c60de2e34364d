/* part: see part.h. */
#include "cache/part.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/stage.h"
#include "cache/cut.h"
#include "cache/near.h"
#include "cache/sixteen.h"

/* A part: its text, and where each of its fields ends in it. */
struct piece {
	struct buf text;
	uint32_t *ends;
	size_t n, cap;
};

/*
 * The part that grows is one of two pieces; the other is put into the store,
 * and its fields into the digests of the columns, by a second thread.
 */
struct part_writer {
	struct store *st;
	size_t n_columns;
	bool *is_text; /* others are never quoted */
	struct piece pieces[2];
	size_t growing; /* of pieces */
	uint64_t rows; /* in it */
	struct cut cut;
	struct table_part *parts;
	size_t n_parts, cap_parts;
	struct stage *stage;
	/* the second thread's, until stage_finish(): */
	struct store_batch *batch;
	struct near *near;
	struct digest *ids; /* of the parts */
	size_t n_ids, cap_ids;
	struct column_digests *digests;
};

static void add_columns(struct part_writer *w, const struct piece *p)
{
	const char *from = p->text.p;
	size_t i, column = 0;

	for (i = 0; i < p->n; i++) {
		const char *end = p->text.p + p->ends[i];

		column_digests_add(w->digests, column,
		    (struct bytes){ from, (size_t)(end - from) });
		from = end + 1;
		if (++column == w->n_columns)
			column = 0;
	}
}

static int put_piece(void *payload, void *given, struct error *err)
{
	struct part_writer *w = payload;
	const struct piece *p = given;
	struct digest *more =
	    mem_grow(w->ids, w->n_ids, &w->cap_ids, sizeof(*more));
	int rc;

	if (more == NULL)
		return error_memory(err);
	w->ids = more;
	rc = near_put(w->near, w->batch, buf_bytes(&p->text), &more[w->n_ids],
	    err);
	if (rc)
		return rc;
	w->n_ids++;
	add_columns(w, p);
	return 0;
}

int part_open(struct store *st, const struct column *columns, size_t n,
    const struct digest *like, struct part_writer **out, struct error *err)
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
		rc = near_open(st, like, &w->near, err);
	if (rc == 0)
		rc = stage_open(put_piece, w, &w->stage, err);
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
	size_t i;

	if (w == NULL)
		return;
	stage_close(w->stage);
	near_close(w->near);
	store_batch_close(w->batch);
	for (i = 0; i < ARRAY_LEN(w->pieces); i++) {
		buf_clear(&w->pieces[i].text);
		mem_free(w->pieces[i].ends);
	}
	mem_free(w->parts);
	mem_free(w->ids);
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
	struct piece *piece = &w->pieces[w->growing];
	struct table_part *more =
	    mem_grow(w->parts, w->n_parts, &w->cap_parts, sizeof(*more));
	struct table_part *p;
	int rc;

	if (more == NULL)
		return error_memory(err);
	w->parts = more;
	p = &more[w->n_parts++];
	p->bytes = piece->text.n;
	p->rows = w->rows;
	w->rows = 0;
	if ((rc = stage_give(w->stage, piece, is_last, err)))
		return rc;
	w->growing = !w->growing;
	piece = &w->pieces[w->growing];
	buf_reset(&piece->text);
	piece->n = 0;
	return 0;
}

/* Room for a row. */
static int reserve(struct part_writer *w, struct piece *piece,
    const struct field *fields, struct error *err)
{
	size_t i, most = w->n_columns + 1;

	for (i = 0; i < w->n_columns; i++)
		most += 2 * fields[i].n + 2;
	if (!buf_reserve(&piece->text, most))
		return error_memory(err);
	while (piece->cap - piece->n < w->n_columns) {
		uint32_t *more = mem_grow(piece->ends, piece->cap, &piece->cap,
		    sizeof(*more));

		if (more == NULL)
			return error_memory(err);
		piece->ends = more;
	}
	return 0;
}

int part_add(struct part_writer *w, const struct field *fields,
    struct error *err)
{
	struct piece *piece = &w->pieces[w->growing];
	size_t i, start = piece->text.n;
	int rc = reserve(w, piece, fields, err);
	char *p;

	if (rc)
		return rc;
	p = piece->text.p + start;
	for (i = 0; i < w->n_columns; i++) {
		p = w->is_text[i] ? csv_put_field(p, &fields[i])
		                  : sixteen_copy(p, fields[i].p, fields[i].n);
		piece->ends[piece->n++] = (uint32_t)(p - piece->text.p);
		*p++ = ',';
	}
	p[-1] = '\n';
	piece->text.n = (size_t)(p - piece->text.p);
	w->rows++;
	if (piece->text.n > STORE_BLOB_MAX)
		return error_set(err, ERROR_LIMIT, "a row of more than 1 GiB");
	return cut_add(&w->cut, piece->text.p + start, piece->text.n - start)
	    ? end_part(w, false, err)
	    : 0;
}

/* The parts, the last one ended, as those of t. */
static int take_parts(struct part_writer *w, struct table *t, struct error *err)
{
	size_t i;
	int rc = 0;

	if (w->pieces[w->growing].text.n > 0)
		rc = end_part(w, true, err);
	if (rc || (rc = stage_finish(w->stage, err)))
		return rc;
	t->parts = w->parts;
	t->n_parts = w->n_ids;
	w->parts = NULL;
	t->rows = t->bytes = 0;
	for (i = 0; i < w->n_ids; i++) {
		t->parts[i].blob = w->ids[i];
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
