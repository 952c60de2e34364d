/* diff_merge: tables in one order, merged row by row (diff_impl.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_impl.h"

int cursor_open(struct cursor *c, struct comparison *x, const struct table *t)
{
	*c = (struct cursor){ .st = x->st,
		.t = t,
		.parts_read = &x->d->parts_read };
	c->fields = mem_array(t->n_columns, sizeof(*c->fields));
	return c->fields ? 0 : error_memory(x->err);
}

void cursor_clear(struct cursor *c)
{
	record_clear(&c->scan);
	buf_clear(&c->data);
	mem_free(c->fields);
	*c = (struct cursor){ 0 };
}

void cursor_skip(struct cursor *c)
{
	c->is_open = c->is_first = false;
	c->part++;
}

int cursor_advance(struct cursor *c, struct error *err)
{
	int rc = record_next(&c->scan, c->fields, err);

	c->is_first = false;
	if (rc == 0)
		cursor_skip(c);
	return rc < 0 ? rc : 0;
}

static int open_part(struct cursor *c, struct error *err)
{
	int rc;

	record_clear(&c->scan);
	buf_reset(&c->data);
	rc = store_get(c->st, &c->t->parts[c->part].blob, &c->data, err);
	if (rc)
		return rc;
	c->scan = (struct record_scan){ .text = buf_bytes(&c->data),
		.n_fields = c->t->n_columns };
	++*c->parts_read;
	c->is_open = true;
	rc = cursor_advance(c, err);
	c->is_first = c->is_open;
	return rc;
}

int cursor_fill(struct cursor *c, struct error *err)
{
	while (!c->is_open) {
		int rc;

		if (c->part >= c->t->n_parts)
			return 0;
		if (c->skip != NULL && c->skip[c->part]) {
			cursor_skip(c);
			continue;
		}
		if ((rc = open_part(c, err)))
			return rc;
	}
	return 1;
}

/* Whether it stands at the beginning of a part. */
static bool is_at_part(const struct cursor *c)
{
	return c->part < c->t->n_parts && (!c->is_open || c->is_first);
}

/* Leaves the parts that both have next: equal bytes are equal rows, and what
 * one would read there would be met in pairs. */
static void skip_equal(struct comparison *x, struct cursor *a, struct cursor *b)
{
	while (x->is_aligned && is_at_part(a) && is_at_part(b) &&
	    digest_eq(&a->t->parts[a->part].blob, &b->t->parts[b->part].blob)) {
		x->d->parts_skipped += !a->is_open;
		x->d->parts_skipped += !b->is_open;
		cursor_skip(a);
		cursor_skip(b);
	}
}

/* What the order is by, in the diff's columns: the key, else all columns. */
struct order {
	const struct diff_column **by;
	size_t n;
};

static void order_clear(struct order *o)
{
	mem_free(o->by);
}

static const struct diff_column *column_of(const struct diff *d,
    const char *name)
{
	size_t i = 0;

	while (i + 1 < d->n_columns && strcmp(d->columns[i].name, name) != 0)
		i++;
	return &d->columns[i];
}

static int find_order(struct comparison *x, struct order *o)
{
	const struct table *t = x->after;
	size_t i;

	o->n = t->n_key ? t->n_key : x->n_common;
	o->by = mem_array(o->n, sizeof(*o->by));
	if (o->by == NULL)
		return error_memory(x->err);
	for (i = 0; i < o->n; i++)
		o->by[i] = t->n_key ? column_of(x->d, t->key[i])
		                    : &x->d->columns[x->common[i]];
	return 0;
}

static int compare_rows(const struct order *o, const struct field *a,
    const struct field *b)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->n; i++)
		rc = type_compare(&o->by[i]->after, &a[o->by[i]->in_before],
		    &b[o->by[i]->in_after]);
	return rc;
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INTEGER || t->kind == TYPE_REAL ||
	    t->kind == TYPE_DECIMAL;
}

/* The same text; of a column that has become another kind of number, the same
 * value: 150 is 150.0. */
static bool is_equal(const struct diff_column *c, const struct field *a,
    const struct field *b)
{
	if (a->null != b->null)
		return false;
	if (a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0))
		return true;
	return c->change == COLUMN_RETYPED && is_number(&c->before) &&
	    is_number(&c->after) && type_is_same_number(a, b);
}

/* Rows of one key: counts the columns that differ, whatever their types. */
static int match(struct comparison *x, const struct field *a,
    const struct field *b)
{
	bool any = false;
	size_t i;

	for (i = 0; i < x->d->n_columns; i++) {
		struct diff_column *c = &x->d->columns[i];

		if (c->in_before == SIZE_MAX || c->in_after == SIZE_MAX ||
		    is_equal(c, &a[c->in_before], &b[c->in_after]))
			continue;
		c->changed++;
		any = true;
	}
	return any ? comparison_tell(x, DIFF_CHANGED, a, b) : 0;
}

/* One step: the smaller row, or both. */
static int merge_step(struct comparison *x, const struct order *o,
    struct cursor *a, struct cursor *b)
{
	int way = !a->is_open ? 1 : !b->is_open ? -1 : 0, rc;

	if (way == 0)
		way = compare_rows(o, a->fields, b->fields);
	if (way < 0)
		rc = comparison_tell(x, DIFF_REMOVED, a->fields, NULL);
	else if (way > 0)
		rc = comparison_tell(x, DIFF_ADDED, NULL, b->fields);
	else
		rc = match(x, a->fields, b->fields);
	if (rc == 0 && way <= 0)
		rc = cursor_advance(a, x->err);
	if (rc == 0 && way >= 0)
		rc = cursor_advance(b, x->err);
	return rc;
}

int diff_merge(struct comparison *x)
{
	CLEANUP(cursor_clear) struct cursor a = { 0 }, b = { 0 };
	CLEANUP(order_clear) struct order o = { 0 };
	int rc;

	if ((rc = cursor_open(&a, x, x->before)) ||
	    (rc = cursor_open(&b, x, x->after)) || (rc = find_order(x, &o)))
		return rc;
	while (rc == 0) {
		skip_equal(x, &a, &b);
		if ((rc = cursor_fill(&a, x->err)) < 0 ||
		    (rc = cursor_fill(&b, x->err)) < 0)
			return rc;
		if (!a.is_open && !b.is_open)
			return 0;
		rc = merge_step(x, &o, &a, &b);
	}
	return rc;
}
