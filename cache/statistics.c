/* statistics: see statistics.h. From rows, and of parts together. */
#include <math.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/number.h"
#include "cache/record.h"
#include "cache/statistics_impl.h"

enum {
	SMALL = 64 << 10 /* bytes of a part as quickly read as its form */
};

void statistics_clear(struct statistics *s)
{
	distinct_clear(&s->distinct);
	*s = (struct statistics){ 0 };
}

void part_statistics_clear(struct part_statistics *p)
{
	size_t i;

	for (i = 0; p->of != NULL && i < p->n; i++)
		statistics_clear(&p->of[i]);
	mem_free(p->of);
	mem_free(p->types);
	mem_free(p->columns);
	*p = (struct part_statistics){ 0 };
}

/* -- one column -- */

void extreme_add(struct extreme *e, const struct type *t, int sign,
    const struct field *f)
{
	struct field kept = { e->text, e->n, false };

	if (e->is_set && type_compare(t, f, &kept) * sign <= 0)
		return;
	e->is_set = true;
	e->is_cut = f->n > EXTREME_TEXT;
	e->n = e->is_cut ? text_cut((struct bytes){ f->p, f->n }, EXTREME_TEXT)
	                 : f->n;
	memcpy(e->text, f->p, e->n);
	e->text[e->n] = '\0';
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INTEGER || t->kind == TYPE_REAL ||
	    t->kind == TYPE_DECIMAL;
}

/* A column being read. */
struct reading {
	size_t column;
	struct type type;
	struct statistics *s;
	double least, greatest; /* of numbers, as doubles */
};

/* Most numbers lie between those met: seen from their doubles, which are in
 * the same order where they differ. */
static bool is_between(const struct reading *r, double value)
{
	return r->s->least.is_set && value > r->least && value < r->greatest;
}

static int add_value(struct reading *r, const struct field *f,
    struct error *err)
{
	struct statistics *s = r->s;
	double value = 0;
	bool is_inner = false;

	s->rows++;
	if (f->null) {
		s->nulls++;
		return 0;
	}
	if (is_number(&r->type)) {
		value = real_value(f->p, f->n);
		bins_add(&s->bins, value);
		is_inner = is_between(r, value);
	}
	if (!is_inner) {
		extreme_add(&s->least, &r->type, -1, f);
		extreme_add(&s->greatest, &r->type, 1, f);
		if (is_number(&r->type)) {
			r->least = real_value(s->least.text, s->least.n);
			r->greatest =
			    real_value(s->greatest.text, s->greatest.n);
		}
	}
	return distinct_add(&s->distinct, distinct_hash(f->p, f->n), err);
}

static int merge(struct statistics *s, struct statistics *more,
    const struct type *t, struct error *err)
{
	const struct extreme *low = &more->least, *high = &more->greatest;
	struct field f = { low->text, low->n, false };

	s->rows += more->rows;
	s->nulls += more->nulls;
	if (low->is_set) {
		extreme_add(&s->least, t, -1, &f);
		if (s->least.n == low->n &&
		    memcmp(s->least.text, low->text, low->n) == 0)
			s->least.is_cut |= low->is_cut;
		f = (struct field){ high->text, high->n, false };
		extreme_add(&s->greatest, t, 1, &f);
		if (s->greatest.n == high->n &&
		    memcmp(s->greatest.text, high->text, high->n) == 0)
			s->greatest.is_cut |= high->is_cut;
	}
	bins_merge(&s->bins, &more->bins);
	return distinct_merge(&s->distinct, &more->distinct, err);
}

/* -- parts -- */

static size_t find(const struct part_statistics *p, size_t column,
    const struct type *t)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->columns[i] == column && p->types[i].kind == t->kind &&
		    p->types[i].precision == t->precision &&
		    p->types[i].scale == t->scale)
			break;
	return i;
}

static int read_rows(struct store *st, const struct table *t,
    const struct table_part *part, struct reading *r, size_t n,
    struct error *err)
{
	CLEANUP(record_clear) struct record_scan scan = { 0 };
	CLEANUP(buf_clear) struct buf data = { 0 };
	CLEANUP(mem_freep)
	struct field *fields = mem_array(t->n_columns, sizeof(*fields));
	size_t i;
	int rc;

	if (fields == NULL)
		return error_memory(err);
	if ((rc = store_get(st, &part->blob, &data, err)))
		return rc;
	scan.text = buf_bytes(&data);
	scan.n_fields = t->n_columns;
	while ((rc = record_next(&scan, fields, err)) > 0)
		for (i = 0; i < n; i++)
			if ((rc = add_value(&r[i], &fields[r[i].column], err)))
				return rc;
	return rc;
}

/* Room for n more columns. */
static int grow(struct part_statistics *p, size_t n, struct error *err)
{
	struct part_statistics more = { .columns = mem_array(p->n + n,
		                            sizeof(*more.columns)),
		.types = mem_array(p->n + n, sizeof(*more.types)),
		.of = mem_array(p->n + n, sizeof(*more.of)) };
	size_t i;

	if (!more.columns || !more.types || !more.of) {
		part_statistics_clear(&more);
		return error_memory(err);
	}
	for (i = 0; i < p->n; i++) {
		more.columns[i] = p->columns[i];
		more.types[i] = p->types[i];
		more.of[i] = p->of[i];
	}
	more.n = p->n;
	mem_free(p->columns);
	mem_free(p->types);
	mem_free(p->of);
	*p = more;
	return 0;
}

/* Reads the part for those of the columns that are not known of it. */
static int complete(struct store *st, const struct table *t,
    const struct table_part *part, const size_t *columns, size_t n,
    struct part_statistics *p, struct error *err)
{
	CLEANUP(mem_freep)
	struct reading *r = mem_array(n, sizeof(*r));
	size_t i, missing = 0;
	int rc = r ? grow(p, n, err) : error_memory(err);

	for (i = 0; rc == 0 && i < n; i++) {
		const struct type *type = &t->columns[columns[i]].type;

		if (find(p, columns[i], type) < p->n)
			continue;
		p->columns[p->n] = columns[i];
		p->types[p->n] = *type;
		r[missing++] =
		    (struct reading){ columns[i], *type, &p->of[p->n], 0, 0 };
		p->n++;
	}
	if (rc || missing == 0)
		return rc;
	if ((rc = read_rows(st, t, part, r, missing, err)))
		return rc;
	if (part->bytes > SMALL &&
	    part_statistics_save(st, &part->blob, p, NULL) == ERROR_MEMORY)
		return error_memory(err);
	return 0;
}

static int add_part(struct store *st, const struct table *t,
    const struct table_part *part, const size_t *columns, size_t n,
    struct statistics *out, struct error *err)
{
	CLEANUP(part_statistics_clear) struct part_statistics p = { 0 };
	size_t i;
	int rc = 0;

	if (part->bytes > SMALL)
		rc = part_statistics_load(st, &part->blob, &p, err);
	if (rc == 0)
		rc = complete(st, t, part, columns, n, &p, err);
	for (i = 0; rc == 0 && i < n; i++) {
		const struct type *type = &t->columns[columns[i]].type;

		rc = merge(&out[i], &p.of[find(&p, columns[i], type)], type,
		    err);
	}
	return rc;
}

int table_statistics(struct store *st, const struct table *t,
    const size_t *columns, size_t n, struct statistics *out, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++)
		out[i] = (struct statistics){ 0 };
	for (i = 0; rc == 0 && n > 0 && i < t->n_parts; i++)
		rc = add_part(st, t, &t->parts[i], columns, n, out, err);
	for (i = 0; rc != 0 && i < n; i++)
		statistics_clear(&out[i]);
	return rc;
}
