/* diff: see diff.h. Columns, and which way rows are compared. */
#include "reports/diff.h"

#include <string.h>

#include "cache/base/mem.h"
#include "reports/diff_impl.h"

void diff_clear(struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++) {
		mem_free(d->columns[i].name);
		mem_free(d->columns[i].tolerance);
		mem_free(d->columns[i].values_before);
		mem_free(d->columns[i].values_after);
	}
	mem_free(d->columns);
	for (i = 0; i < d->n_keys; i++)
		diff_key_clear(&d->keys[i]);
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
bool is_comparable(const struct diff_column *c)
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

struct diff_column *diff_column_of(const struct diff *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++)
		if (strcmp(d->columns[i].name, name) == 0)
			return &d->columns[i];
	return NULL;
}

static int take_tolerances(struct comparison *x)
{
	size_t i;

	for (i = 0; i < x->ask->n_tolerances; i++) {
		const struct diff_tolerance *t = &x->ask->tolerances[i];
		struct diff_column *c = diff_column_of(x->d, t->column);

		if (c == NULL || c->tolerance != NULL)
			continue;
		c->tolerance = mem_strdup(t->tolerance);
		if (c->tolerance == NULL)
			return error_memory(x->err);
	}
	return 0;
}

static int compare(struct comparison *x)
{
	int rc;

	x->d->way = DIFF_NONE;
	if (x->n_common == 0)
		return 0;
	if ((rc = take_tolerances(x)) || (rc = diff_find_key(x)))
		return rc;
	x->d->way = x->key ? DIFF_KEYED : DIFF_BAG;
	return diff_merge(x);
}

/* What a row that differs does to its columns. Hashes add up to the same sum
 * where the values are the same ones, in whatever order. */
static void note_values(struct diff *d, const struct field *row, bool is_after)
{
	size_t i;

	for (i = 0; row != NULL && i < d->n_columns; i++) {
		struct diff_column *c = &d->columns[i];
		size_t place = is_after ? c->in_after : c->in_before;
		const struct field *f = &row[place == SIZE_MAX ? 0 : place];

		if (place == SIZE_MAX)
			continue;
		if (f->null)
			c->nulls += is_after ? 1 : -1;
		else if (d->way == DIFF_BAG && is_after)
			c->other += distinct_hash(f->p, f->n);
		else if (d->way == DIFF_BAG)
			c->other -= distinct_hash(f->p, f->n);
	}
}

int comparison_tell(struct comparison *x, enum diff_kind kind,
    const struct field *before, const struct field *after)
{
	const struct diff_row row = { kind, before, after };

	x->d->added += kind == DIFF_ADDED;
	x->d->removed += kind == DIFF_REMOVED;
	x->d->changed += kind == DIFF_CHANGED;
	note_values(x->d, before, false);
	note_values(x->d, after, true);
	return x->ask->fn ? x->ask->fn(x->d, &row, x->ask->payload) : 0;
}

static int run(struct comparison *x)
{
	struct diff *d = x->d;
	int rc;

	*d = (struct diff){ 0 };
	rc = find_columns(x->before, x->after, d, x->err);
	if (rc == 0 && !digest_eq(&x->before->id, &x->after->id) &&
	    (rc = find_common(x)) == 0) {
		rc = compare(x);
		d->is_resorted = rc == 0 && d->n_columns_changed == 0 &&
		    !d->is_reordered && d->way != DIFF_NONE && d->added == 0 &&
		    d->removed == 0 && d->changed == 0;
	}
	mem_free(x->common);
	if (rc)
		diff_clear(d);
	return rc;
}

int diff_compare(const struct diff_ask *ask, struct diff *out,
    struct error *err)
{
	struct comparison x = { .ask = ask,
		.before = ask->before,
		.after = ask->after,
		.d = out,
		.err = err };
	int rc = run(&x);
	size_t i;

	if (rc)
		return rc;
	for (i = 0; rc == 0 && i < out->n_columns; i++)
		if (out->columns[i].change == COLUMN_RETYPED)
			rc = table_inferred_row(ask->store, &ask->after->id,
			    out->columns[i].name, &out->columns[i].row, err);
	if (rc)
		diff_clear(out);
	return rc;
}

int diff_tables(struct store *st, const struct table *before,
    const struct table *after, diff_fn *fn, void *payload, struct diff *out,
    struct error *err)
{
	const struct diff_ask ask = { .store = st,
		.before = before,
		.after = after,
		.fn = fn,
		.payload = payload };

	return diff_compare(&ask, out, err);
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
