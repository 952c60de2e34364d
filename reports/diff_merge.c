/* diff_merge: two tables in one order, merged row by row (diff_impl.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_order.h"

/* Whether it stands at the beginning of a part. */
static bool is_at_part(const struct cursor *c)
{
	return c->part < c->t->n_parts && (!c->is_open || c->is_first);
}

/* Leaves the parts that both have next: equal bytes are equal rows, and what
 * one would read there would be met in pairs. */
static void skip_parts(struct comparison *x, struct cursor *a, struct cursor *b)
{
	while (is_at_part(a) && is_at_part(b) &&
	    digest_eq(&a->t->parts[a->part].blob, &b->t->parts[b->part].blob)) {
		x->d->parts_skipped += !a->is_open;
		x->d->parts_skipped += !b->is_open;
		cursor_skip(a);
		cursor_skip(b);
	}
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

static bool is_tolerated(const struct diff_column *c, const struct field *a,
    const struct field *b)
{
	return c->tolerance != NULL && is_number(&c->before) &&
	    is_number(&c->after) && type_is_within(a, b, c->tolerance);
}

/* Rows of one key: counts the columns that differ, whatever their types. */
static int match(struct comparison *x, const struct field *a,
    const struct field *b)
{
	bool any = false, any_beyond = false;
	size_t i;

	for (i = 0; i < x->d->n_columns; i++) {
		struct diff_column *c = &x->d->columns[i];
		const struct field *p, *q;

		if (c->in_before == SIZE_MAX || c->in_after == SIZE_MAX)
			continue;
		p = &a[c->in_before];
		q = &b[c->in_after];
		if (is_equal(c, p, q))
			continue;
		any = true;
		c->changed++;
		if (is_tolerated(c, p, q))
			continue;
		any_beyond = true;
		c->beyond++;
	}
	x->d->beyond += any_beyond;
	return any ? comparison_tell(x, DIFF_CHANGED, a, b) : 0;
}

/* One step: the smaller row, or both. As bags, rows of one order are alike. */
static int merge_step(struct comparison *x, struct diff_order *o)
{
	struct cursor *a = &o->a, *b = &o->b;
	int way = !a->is_open ? 1 : !b->is_open ? -1 : 0, rc = 0;

	if (way == 0)
		way = diff_order_compare(o);
	if (way < 0)
		rc = comparison_tell(x, DIFF_REMOVED, a->fields, NULL);
	else if (way > 0)
		rc = comparison_tell(x, DIFF_ADDED, NULL, b->fields);
	else if (x->key != NULL)
		rc = match(x, a->fields, b->fields);
	if (rc == 0 && way <= 0)
		rc = cursor_advance(a, x->err);
	if (rc == 0 && way >= 0)
		rc = cursor_advance(b, x->err);
	return rc;
}

int diff_merge(struct comparison *x)
{
	CLEANUP(diff_order_clear) struct diff_order o = { 0 };
	struct cursor *a = &o.a, *b = &o.b;
	bool is_same_layout;
	int rc = diff_order_open(x, &o);

	is_same_layout = o.is_straight && x->is_aligned;
	while (rc == 0) {
		if (is_same_layout)
			skip_parts(x, a, b);
		if ((rc = cursor_fill(a, x->err)) < 0 ||
		    (rc = cursor_fill(b, x->err)) < 0)
			return rc;
		if (!a->is_open && !b->is_open)
			return 0;
		rc = 0;
		if (is_same_layout && a->is_open && b->is_open &&
		    (rc = cursor_skip_equal(a, b, x->err)) == 0 &&
		    (!a->is_open || !b->is_open))
			continue;
		if (rc == 0)
			rc = merge_step(x, &o);
	}
	return rc;
}
