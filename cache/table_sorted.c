/* table_sorted: see table_sorted.h. */
#include "cache/table_sorted.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/pack.h"
#include "cache/record.h"
#include "cache/sort.h"

enum {
	MEMORY = SORT_MEMORY / 2 /* two tables are read at a time */
};

struct table_sorted {
	struct pack pack;
	struct sort *sort;
	struct field *fields;
};

void table_sorted_close(struct table_sorted *s)
{
	if (s == NULL)
		return;
	pack_clear(&s->pack);
	sort_close(s->sort);
	mem_free(s->fields);
	mem_free(s);
}

void table_sorted_closep(struct table_sorted **s)
{
	table_sorted_close(*s);
	*s = NULL;
}

static int add_row(struct table_sorted *s, const struct field *fields,
    struct error *err)
{
	size_t i, most = pack_overhead(&s->pack);
	char *start, *p;
	int rc;

	for (i = 0; i < s->pack.n; i++)
		most += 2 * fields[i].n;
	if ((rc = sort_reserve(s->sort, most, &start, err)))
		return rc;
	p = start;
	for (i = 0; i < s->pack.n; i++) {
		size_t c = s->pack.order[i];

		p = pack_field(&s->pack.columns[c].type, &fields[c], p);
	}
	sort_commit(s->sort, (size_t)(p - start));
	return 0;
}

/* The rows of one part; where only `by` is wanted, these columns alone. */
static int add_part(struct store *st, const struct table *t, size_t part,
    const struct table_order *only, struct table_sorted *s, struct error *err)
{
	CLEANUP(record_clear) struct record_scan scan = { 0 };
	CLEANUP(buf_clear) struct buf data = { 0 };
	CLEANUP(mem_freep)
	struct field *fields = mem_array(t->n_columns, sizeof(*fields));
	size_t i;
	int rc;

	if (fields == NULL)
		return error_memory(err);
	if ((rc = store_get(st, &t->parts[part].blob, &data, err)))
		return rc;
	scan.text = buf_bytes(&data);
	scan.n_fields = t->n_columns;
	while ((rc = record_next(&scan, fields, err)) > 0) {
		for (i = 0; only != NULL && i < only->n; i++)
			s->fields[i] = fields[only->by[i]];
		rc = add_row(s, only != NULL ? s->fields : fields, err);
		if (rc)
			return rc;
	}
	return rc;
}

static int open_sort(struct store *st, size_t n, struct table_sorted *s,
    struct error *err)
{
	s->fields = mem_array(n, sizeof(*s->fields));
	if (s->fields == NULL)
		return error_memory(err);
	return sort_open(store_temp_dir(st), MEMORY, false, &s->sort, err);
}

static int fill(struct store *st, const struct table *t,
    const struct table_order *o, struct table_sorted *s, struct error *err)
{
	size_t i;
	int rc = open_sort(st, t->n_columns, s, err);

	if (rc == 0)
		rc = pack_init(&s->pack, t->columns, t->n_columns, o->by, o->n,
		    err);
	for (i = 0; rc == 0 && i < t->n_parts; i++) {
		if (o->skip != NULL && o->skip[i])
			continue;
		if (o->parts_read != NULL)
			++*o->parts_read;
		rc = add_part(st, t, i, NULL, s, err);
	}
	return rc ? rc : sort_finish(s->sort, err);
}

int table_sorted_open(struct store *st, const struct table *t,
    const struct table_order *order, struct table_sorted **out,
    struct error *err)
{
	struct table_sorted *s = mem_alloc(sizeof(*s));
	int rc;

	*out = s;
	if (s == NULL)
		return error_memory(err);
	rc = fill(st, t, order, s, err);
	if (rc)
		table_sorted_closep(out);
	return rc;
}

int table_sorted_next(struct table_sorted *s, const struct field **fields,
    struct error *err)
{
	struct bytes row;
	int rc = sort_next(s->sort, &row, err);

	if (rc > 0) {
		(void)unpack_row(&s->pack, row.p, s->fields);
		*fields = s->fields;
	}
	return rc;
}

/* -- keys -- */

/* Equal keys lie beside each other. A row is counted when the next one is
 * known. */
static int count_keys(struct table_sorted *s, struct key_health *out,
    struct error *err)
{
	struct bytes row, last = { NULL, 0 };
	bool was_same = false;
	size_t i;
	int rc;

	while ((rc = sort_next(s->sort, &row, err)) > 0) {
		bool is_same = false;

		row.n = unpack_row(&s->pack, row.p, s->fields);
		for (i = 0; i < s->pack.n && !s->fields[i].null; i++)
			;
		if (i < s->pack.n)
			out->nulls++;
		else
			is_same = last.p != NULL && bytes_eq(last, row);
		out->shared += is_same ? 1 + !was_same : 0;
		was_same = is_same;
		last = row;
	}
	return rc;
}

static int fill_keys(struct store *st, const struct table *t,
    const struct table_order *o, struct column *columns, struct table_sorted *s,
    struct error *err)
{
	size_t i;
	int rc = open_sort(st, o->n, s, err);

	for (i = 0; i < o->n; i++)
		columns[i] = t->columns[o->by[i]];
	if (rc == 0)
		rc = pack_init(&s->pack, columns, o->n, NULL, 0, err);
	s->pack.n_key = o->n;
	for (i = 0; rc == 0 && i < t->n_parts; i++)
		rc = add_part(st, t, i, o, s, err);
	return rc ? rc : sort_finish(s->sort, err);
}

int table_key_health(struct store *st, const struct table *t, const size_t *by,
    size_t n, struct key_health *out, struct error *err)
{
	const struct table_order o = { .by = by, .n = n };
	CLEANUP(table_sorted_closep)
	struct table_sorted *s = mem_alloc(sizeof(*s));
	CLEANUP(mem_freep)
	struct column *columns = mem_array(n, sizeof(*columns));
	int rc;

	*out = (struct key_health){ 0 };
	if (s == NULL || columns == NULL)
		return error_memory(err);
	rc = fill_keys(st, t, &o, columns, s, err);
	return rc ? rc : count_keys(s, out, err);
}
