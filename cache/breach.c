/* breach: see breach.h. */
#include "cache/breach.h"

#include <string.h>

#include "cache/base/mem.h"

/* The row before, which the reader has forgotten. */
struct row {
	struct field *fields;
	struct buf text;
	bool is_there, offends;
};

static void row_clear(struct row *r)
{
	mem_free(r->fields);
	buf_clear(&r->text);
}

static int keep(struct row *r, const struct field *fields, size_t n,
    struct error *err)
{
	size_t i, size = 0;
	char *p;

	for (i = 0; i < n; i++)
		size += fields[i].n;
	buf_reset(&r->text);
	if (!buf_reserve(&r->text, size + 1))
		return error_memory(err);
	p = r->text.p;
	for (i = 0; i < n; i++) {
		r->fields[i] = (struct field){ p, fields[i].n, fields[i].null };
		if (fields[i].n > 0)
			memcpy(p, fields[i].p, fields[i].n);
		p += fields[i].n;
	}
	r->is_there = true;
	return 0;
}

struct breach {
	const size_t *key;
	size_t n_key, n_columns;
	struct table_build *all, *offending;
	struct row last;
};

static void breach_clear(struct breach *b)
{
	table_build_close(b->all);
	table_build_close(b->offending);
	row_clear(&b->last);
}

static bool lacks_value(const struct breach *b, const struct field *fields)
{
	size_t i;

	for (i = 0; i < b->n_key; i++)
		if (fields[b->key[i]].null)
			return true;
	return false;
}

/* Fields are canonical: equal values have equal bytes. */
static bool has_key_of_last(const struct breach *b, const struct field *fields)
{
	size_t i;

	for (i = 0; b->last.is_there && i < b->n_key; i++) {
		const struct field *x = &b->last.fields[b->key[i]];
		const struct field *y = &fields[b->key[i]];

		if (x->null != y->null ||
		    !bytes_eq((struct bytes){ x->p, x->n },
		        (struct bytes){ y->p, y->n }))
			return false;
	}
	return b->last.is_there;
}

static int add_row(struct breach *b, const struct field *fields,
    struct error *err)
{
	bool is_same = has_key_of_last(b, fields);
	int rc = table_build_add(b->all, fields, err);

	if (rc == 0 && is_same && !b->last.offends)
		rc = table_build_add(b->offending, b->last.fields, err);
	b->last.offends = is_same || lacks_value(b, fields);
	if (rc == 0 && b->last.offends)
		rc = table_build_add(b->offending, fields, err);
	return rc ? rc : keep(&b->last, fields, b->n_columns, err);
}

static int add_rows(struct store *st, struct breach *b,
    const struct table *rows, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	int rc = table_reader_open(st, rows, &r, err);

	while (rc == 0 && (rc = table_reader_next(r, &fields, err)) > 0)
		rc = add_row(b, fields, err);
	return rc;
}

int breach_without_key(struct store *st, const struct table *rows,
    const size_t *key, size_t n_key, struct table *out, struct error *err)
{
	const struct table_spec plain = { .columns = rows->columns,
		.n_columns = rows->n_columns };
	const struct table_spec kept = { .columns = rows->columns,
		.n_columns = rows->n_columns,
		.ordered = true };
	CLEANUP(table_clear) struct table offending = { 0 };
	CLEANUP(breach_clear)
	struct breach b = { .key = key,
		.n_key = n_key,
		.n_columns = rows->n_columns };
	int rc;

	b.last.fields = mem_array(rows->n_columns, sizeof(*b.last.fields));
	if (b.last.fields == NULL)
		return error_memory(err);
	if ((rc = table_build_open(st, &plain, &b.all, err)) ||
	    (rc = table_build_open(st, &kept, &b.offending, err)) ||
	    (rc = add_rows(st, &b, rows, err)) ||
	    (rc = table_build_finish(b.offending, &offending, err)) ||
	    (rc = table_build_finish(b.all, out, err)))
		return rc;
	out->offending = offending.id;
	out->n_offending = offending.rows;
	return 0;
}

/* Put into the order of the key, the same rows offend. */
static int sort_again(struct store *st, const struct table *t,
    const struct table_spec *spec, struct table *out, struct error *err)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	int rc;

	if ((rc = table_build_open(st, spec, &b, err)) ||
	    (rc = table_reader_open(st, t, &r, err)))
		return rc;
	while (rc == 0 && (rc = table_reader_next(r, &fields, err)) > 0)
		rc = table_build_add(b, fields, err);
	return rc ? rc : table_build_finish(b, out, err);
}

int breach_of_ordered(struct store *st, struct table *t, const size_t *key,
    size_t n_key, struct error *err)
{
	CLEANUP(table_clear) struct table sorted = { 0 };
	CLEANUP(mem_freep)
	const char **names = mem_array(n_key, sizeof(*names));
	struct table_spec spec = { .columns = t->columns,
		.n_columns = t->n_columns,
		.n_key = n_key };
	size_t i;
	int rc;

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < n_key; i++)
		names[i] = t->columns[key[i]].name;
	spec.key = names;
	rc = sort_again(st, t, &spec, &sorted, err);
	t->offending = sorted.offending;
	t->n_offending = sorted.n_offending;
	return rc;
}
