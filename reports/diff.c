/* diff: see diff.h. Columns, and which way rows are compared. */
#include "reports/diff.h"

#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_impl.h"

void diff_clear(struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++)
		mem_free(d->columns[i].name);
	mem_free(d->columns);
	*d = (struct diff){ 0 };
}

static int add_column(struct diff *d, const char *name, size_t before,
    size_t after, struct error *err)
{
	struct diff_column *c = &d->columns[d->n_columns];

	c->name = mem_strdup(name);
	if (c->name == NULL)
		return error_memory(err);
	c->in_before = before;
	c->in_after = after;
	d->n_columns++;
	return 0;
}

static size_t find_column(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; t != NULL && i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

/* What became of a column whose places are known. */
static void judge_column(struct diff *d, struct diff_column *c,
    const struct table *before, const struct table *after)
{
	if (before != NULL && c->in_before != SIZE_MAX)
		c->before = before->columns[c->in_before].type;
	if (after != NULL && c->in_after != SIZE_MAX)
		c->after = after->columns[c->in_after].type;
	if (c->in_before == SIZE_MAX)
		c->change = COLUMN_ADDED;
	else if (c->in_after == SIZE_MAX)
		c->change = COLUMN_REMOVED;
	else if (!type_eq(&c->before, &c->after))
		c->change = COLUMN_RETYPED;
	d->n_columns_changed += c->change != COLUMN_SAME;
}

/* Whether the columns of both stand in another order. */
static bool is_reordered(const struct diff *d)
{
	size_t i, last = 0;

	for (i = 0; i < d->n_columns; i++) {
		size_t place = d->columns[i].in_before;

		if (place == SIZE_MAX || d->columns[i].in_after == SIZE_MAX)
			continue;
		if (place < last)
			return true;
		last = place;
	}
	return false;
}

/* The columns of both tables; either may be NULL. */
static int find_columns(const struct table *before, const struct table *after,
    struct diff *d, struct error *err)
{
	size_t i, n_before = before ? before->n_columns : 0;
	size_t n_after = after ? after->n_columns : 0;
	int rc = 0;

	d->columns = mem_array(n_before + n_after, sizeof(*d->columns));
	if (d->columns == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n_after; i++) {
		const char *name = after->columns[i].name;

		rc = add_column(d, name, find_column(before, name), i, err);
	}
	for (i = 0; rc == 0 && i < n_before; i++) {
		const char *name = before->columns[i].name;

		if (find_column(after, name) == SIZE_MAX)
			rc = add_column(d, name, i, SIZE_MAX, err);
	}
	for (i = 0; i < d->n_columns; i++)
		judge_column(d, &d->columns[i], before, after);
	d->is_reordered = is_reordered(d);
	d->before = before ? before->rows : 0;
	d->after = after ? after->rows : 0;
	return rc;
}

/* Values of both types are written in one way; "as" is an engine's name. */
static bool is_comparable(const struct diff_column *c)
{
	return c->in_before != SIZE_MAX && c->in_after != SIZE_MAX &&
	    c->before.kind == c->after.kind &&
	    c->before.precision == c->after.precision &&
	    c->before.scale == c->after.scale;
}

static int find_common(struct comparison *x)
{
	struct diff *d = x->d;
	size_t i;

	x->common = mem_array(d->n_columns, sizeof(*x->common));
	if (x->common == NULL)
		return error_memory(x->err);
	x->is_aligned = x->before->n_columns == x->after->n_columns;
	for (i = 0; i < d->n_columns; i++) {
		const struct diff_column *c = &d->columns[i];

		x->is_aligned &= c->in_before == c->in_after;
		if (is_comparable(c))
			x->common[x->n_common++] = i;
	}
	return 0;
}

/* Both in the order of the same key, whose columns have the same types. */
static bool is_same_key(const struct comparison *x)
{
	const struct table *a = x->before, *b = x->after;
	size_t i;

	if (a->ordered || b->ordered || a->n_key != b->n_key)
		return false;
	for (i = 0; i < a->n_key; i++) {
		size_t p = find_column(a, a->key[i]);
		size_t q = find_column(b, b->key[i]);
		const struct diff_column c = { .in_before = p,
			.in_after = q,
			.before = a->columns[p < a->n_columns ? p : 0].type,
			.after = b->columns[q < b->n_columns ? q : 0].type };

		if (strcmp(a->key[i], b->key[i]) != 0 || !is_comparable(&c))
			return false;
	}
	return true;
}

/* The same columns in the same places, all comparable. */
static bool is_same_columns(const struct comparison *x)
{
	return x->is_aligned && x->n_common == x->before->n_columns;
}

static int compare(struct comparison *x)
{
	bool same_key = is_same_key(x);

	x->d->way = DIFF_BAG;
	if (x->n_common == 0) {
		x->d->way = DIFF_NONE;
		return 0;
	}
	if (same_key && x->before->n_key > 0) {
		x->d->way = DIFF_KEYED;
		return diff_merge(x);
	}
	if (same_key && is_same_columns(x))
		return diff_merge(x);
	return diff_bag(x);
}

int comparison_tell(struct comparison *x, enum diff_kind kind,
    const struct field *before, const struct field *after)
{
	const struct diff_row row = { kind, before, after };

	x->d->added += kind == DIFF_ADDED;
	x->d->removed += kind == DIFF_REMOVED;
	x->d->changed += kind == DIFF_CHANGED;
	return x->fn ? x->fn(x->d, &row, x->payload) : 0;
}

int comparison_run(struct comparison *x)
{
	struct diff *d = x->d;
	int rc;

	*d = (struct diff){ 0 };
	rc = find_columns(x->before, x->after, d, x->err);
	if (rc == 0 && !digest_eq(&x->before->id, &x->after->id) &&
	    (rc = find_common(x)) == 0) {
		rc = compare(x);
		d->is_resorted = rc == 0 && d->n_columns_changed == 0 &&
		    !d->is_reordered && d->way == DIFF_BAG && d->added == 0 &&
		    d->removed == 0;
	}
	mem_free(x->common);
	if (rc)
		diff_clear(d);
	return rc;
}

int diff_tables(struct store *st, const struct table *before,
    const struct table *after, diff_fn *fn, void *payload, struct diff *out,
    struct error *err)
{
	struct comparison x = { .st = st,
		.before = before,
		.after = after,
		.fn = fn,
		.payload = payload,
		.d = out,
		.bag_rows = BAG_ROWS,
		.err = err };

	int rc = comparison_run(&x);
	size_t i;

	for (i = 0; rc == 0 && i < out->n_columns; i++)
		if (out->columns[i].change == COLUMN_RETYPED)
			out->columns[i].row = table_inferred_row(st, &after->id,
			    out->columns[i].name);
	return rc;
}

int diff_one(const struct table *t, bool is_new, struct diff *out,
    struct error *err)
{
	int rc;

	*out = (struct diff){ .way = DIFF_NONE };
	rc = find_columns(is_new ? NULL : t, is_new ? t : NULL, out, err);
	if (rc)
		diff_clear(out);
	out->added = out->after;
	out->removed = out->before;
	return rc;
}
