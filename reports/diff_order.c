/* diff_order: which order two tables are merged in, and both brought into it
 * (diff_impl.h). */
#include "reports/diff_order.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"

void diff_order_clear(struct diff_order *o)
{
	cursor_clear(&o->a);
	cursor_clear(&o->b);
	mem_free(o->by);
	mem_free(o->in_before);
	mem_free(o->in_after);
	mem_free(o->skip_before);
	mem_free(o->skip_after);
	*o = (struct diff_order){ 0 };
}

/* -- by which columns -- */

static int find_by(struct comparison *x, struct diff_order *o)
{
	size_t i;

	o->n = x->key ? x->key->n : x->n_common;
	o->by = mem_array(o->n, sizeof(*o->by));
	o->in_before = mem_array(o->n, sizeof(*o->in_before));
	o->in_after = mem_array(o->n, sizeof(*o->in_after));
	if (!o->by || !o->in_before || !o->in_after)
		return error_memory(x->err);
	for (i = 0; i < o->n; i++) {
		o->by[i] = x->key ? diff_column_of(x->d, x->key->columns[i])
		                  : &x->d->columns[x->common[i]];
		o->in_before[i] = o->by[i]->in_before;
		o->in_after[i] = o->by[i]->in_after;
	}
	return 0;
}

/* Rows as bags: all columns of both, in the same places, and each table in
 * their order. */
static bool is_canonical(const struct comparison *x, const struct table *t)
{
	return x->is_aligned && x->n_common == t->n_columns && !t->ordered &&
	    t->n_key == 0;
}

static bool is_in_order(const struct comparison *x, const struct table *t)
{
	return x->key ? diff_is_by(t, x->key) : is_canonical(x, t);
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

/* Their rows are in both tables, equally often: they are left out. */
static int cancel_parts(struct comparison *x, struct diff_order *o)
{
	const struct table *before = x->before, *after = x->after;
	CLEANUP(mem_freep) struct part_place *p = sort_parts(before);
	CLEANUP(mem_freep) struct part_place *q = sort_parts(after);
	size_t i = 0, j = 0;

	o->skip_before = mem_array(before->n_parts, sizeof(bool));
	o->skip_after = mem_array(after->n_parts, sizeof(bool));
	if (!p || !q || !o->skip_before || !o->skip_after)
		return error_memory(x->err);
	while (x->is_aligned && i < before->n_parts && j < after->n_parts) {
		int order = digest_cmp(p[i].blob, q[j].blob);

		if (order == 0) {
			o->skip_before[p[i].part] = true;
			o->skip_after[q[j].part] = true;
			x->d->parts_skipped += 2;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

static int open_side(struct comparison *x, struct diff_order *o, bool is_after)
{
	const struct table *t = is_after ? x->after : x->before;
	const bool *skip = is_after ? o->skip_after : o->skip_before;
	const struct table_order by = { .by = is_after ? o->in_after
		                                       : o->in_before,
		.n = o->n,
		.skip = skip,
		.parts_read = &x->d->parts_read };
	struct cursor *c = is_after ? &o->b : &o->a;

	return is_in_order(x, t) ? cursor_open(c, x, t, skip)
	                         : cursor_open_sorted(c, x, t, &by);
}

int diff_order_open(struct comparison *x, struct diff_order *o)
{
	int rc = find_by(x, o);

	if (rc)
		return rc;
	o->is_straight = is_in_order(x, x->before) && is_in_order(x, x->after);
	if (!o->is_straight && (rc = cancel_parts(x, o)))
		return rc;
	rc = open_side(x, o, false);
	return rc ? rc : open_side(x, o, true);
}

int diff_order_compare(const struct diff_order *o)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->n; i++)
		rc = type_compare(&o->by[i]->after,
		    &o->a.fields[o->in_before[i]],
		    &o->b.fields[o->in_after[i]]);
	return rc;
}
