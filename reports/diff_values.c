/* diff_values: what the values of columns that changed come to (diff.h). */
#include "cache/base/mem.h"
#include "reports/diff.h"

bool diff_has_values(const struct diff_column *c)
{
	return c->change != COLUMN_SAME || c->changed > 0 || c->nulls != 0 ||
	    c->other != 0;
}

static size_t place_of(const struct diff_column *c, bool is_after)
{
	return is_after ? c->in_after : c->in_before;
}

static int keep(struct statistics *s, struct diff_column *c, bool is_after,
    struct error *err)
{
	struct diff_values *v = mem_alloc(sizeof(*v));

	if (v == NULL)
		return error_memory(err);
	*v = (struct diff_values){ .rows = s->rows,
		.nulls = s->nulls,
		.least = s->least,
		.greatest = s->greatest,
		.bins = s->bins };
	v->distinct = distinct_count(&s->distinct, &v->is_about);
	if (is_after)
		c->values_after = v;
	else
		c->values_before = v;
	return 0;
}

static int add_side(struct store *st, const struct table *t, bool is_after,
    struct diff *d, struct error *err)
{
	CLEANUP(mem_freep)
	size_t *columns = mem_array(d->n_columns, sizeof(*columns));
	CLEANUP(mem_freep)
	struct statistics *s = mem_array(d->n_columns, sizeof(*s));
	size_t i, n = 0, k = 0;
	int rc;

	if (columns == NULL || s == NULL)
		return error_memory(err);
	for (i = 0; i < d->n_columns; i++)
		if (diff_has_values(&d->columns[i]) &&
		    place_of(&d->columns[i], is_after) != SIZE_MAX)
			columns[n++] = place_of(&d->columns[i], is_after);
	rc = table_statistics(st, t, columns, n, s, err);
	for (i = 0; rc == 0 && i < d->n_columns; i++)
		if (diff_has_values(&d->columns[i]) &&
		    place_of(&d->columns[i], is_after) != SIZE_MAX)
			rc = keep(&s[k++], &d->columns[i], is_after, err);
	for (i = 0; i < n; i++)
		statistics_clear(&s[i]);
	return rc;
}

int diff_values(struct store *st, const struct table *before,
    const struct table *after, struct diff *d, struct error *err)
{
	int rc = add_side(st, before, false, d, err);

	return rc ? rc : add_side(st, after, true, d, err);
}

static void quiet(struct diff_values *v)
{
	if (v == NULL)
		return;
	v->least = v->greatest = (struct extreme){ 0 };
	v->bins = (struct bins){ 0 };
}

void diff_quiet(struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++) {
		quiet(d->columns[i].values_before);
		quiet(d->columns[i].values_after);
	}
}
