/*
 * diff, against a naive twin: random tables of a few columns, keyed and not,
 * edited at random, cut into many small parts; the twin compares every row
 * with every row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/diff_impl.h"
#include "tests/unit/reports/diff_plain.h"

/* -- the twin -- */

struct answer {
	uint64_t added, removed, changed, by_column[COLUMNS];
	bool keyed;
};

static bool is_common(const struct plain *a, const struct plain *b, size_t i,
    size_t *in_b)
{
	*in_b = find(b, a->columns[i].name);
	return *in_b < b->n_columns &&
	    a->columns[i].type.kind == b->columns[*in_b].type.kind;
}

/* 3 is 3.0 where a column was integer and is real. */
static bool is_same_cell(const struct column *was, const char *a,
    const struct column *is, const char *b)
{
	if (was->type.kind == TYPE_INTEGER && is->type.kind == TYPE_REAL &&
	    !is_null(a) && !is_null(b))
		return atof(a) == atof(b);
	return strcmp(a, b) == 0;
}

/* By key in all columns of both, else in those of one type. */
static bool is_same_row(const struct plain *a, const struct row *x,
    const struct plain *b, const struct row *y, struct answer *by_column)
{
	bool same = true;
	size_t i, j;

	for (i = 0; i < a->n_columns; i++) {
		if ((!is_common(a, b, i, &j) &&
		        (by_column == NULL || j == b->n_columns)) ||
		    is_same_cell(&a->columns[i], x->cells[i], &b->columns[j],
		        y->cells[j]))
			continue;
		same = false;
		if (by_column != NULL)
			by_column->by_column[i]++;
	}
	return same;
}

/* Rows whose first column is NULL, and those that share its value. */
static void look_at_key(const struct plain *p, uint64_t *nulls,
    uint64_t *shared)
{
	size_t i, j;

	*nulls = *shared = 0;
	for (i = 0; i < p->n; i++) {
		const char *cell = p->rows[i].cells[0];

		if (is_null(cell)) {
			++*nulls;
			continue;
		}
		for (j = 0; j < p->n; j++)
			if (j != i && strcmp(cell, p->rows[j].cells[0]) == 0)
				break;
		*shared += j < p->n;
	}
}

static bool is_key(const struct plain *p)
{
	uint64_t nulls, shared;

	look_at_key(p, &nulls, &shared);
	return nulls == 0 && shared == 0;
}

static void twin(const struct plain *a, const struct plain *b,
    struct answer *out)
{
	bool used[ROWS * 2] = { false };
	size_t i, j;

	*out = (struct answer){ .keyed = ((a->keyed && !a->ordered) ||
		                             (b->keyed && !b->ordered)) &&
		    is_key(a) && is_key(b) };
	for (i = 0; i < a->n; i++) {
		for (j = 0; j < b->n; j++) {
			if (!used[j] &&
			    (out->keyed ? strcmp(a->rows[i].cells[0],
			                      b->rows[j].cells[0]) == 0
			                : is_same_row(a, &a->rows[i], b,
			                      &b->rows[j], NULL)))
				break;
		}
		if (j == b->n) {
			out->removed++;
			continue;
		}
		used[j] = true;
		if (out->keyed &&
		    !is_same_row(a, &a->rows[i], b, &b->rows[j], out))
			out->changed++;
	}
	for (j = 0; j < b->n; j++)
		out->added += !used[j];
}

/* -- the property -- */

struct told {
	const struct plain *a, *b;
	uint64_t n[3];
};

static bool is_cell(const struct field *f, const char *cell)
{
	if (is_null(cell))
		return f->null;
	return !f->null && f->n == strlen(cell) &&
	    memcmp(f->p, cell, f->n) == 0;
}

static bool has_row(const struct plain *p, const struct field *fields)
{
	size_t i, j;

	for (i = 0; i < p->n; i++) {
		for (j = 0; j < p->n_columns; j++)
			if (!is_cell(&fields[j], p->rows[i].cells[j]))
				break;
		if (j == p->n_columns)
			return true;
	}
	return false;
}

static int hear(const struct diff *d, const struct diff_row *row, void *payload)
{
	struct told *t = payload;

	(void)d;
	t->n[row->kind]++;
	assert_true((row->before != NULL) == (row->kind != DIFF_ADDED));
	assert_true((row->after != NULL) == (row->kind != DIFF_REMOVED));
	if (row->before)
		assert_true(has_row(t->a, row->before));
	if (row->after)
		assert_true(has_row(t->b, row->after));
	return 0;
}

static void check_columns(const struct plain *a, const struct diff *d,
    const struct answer *want)
{
	size_t i;

	for (i = 0; i < d->n_columns; i++) {
		const struct diff_column *c = &d->columns[i];
		size_t j = find(a, c->name);

		if (j < a->n_columns && d->way == DIFF_KEYED)
			assert_int_equal(c->changed, want->by_column[j]);
		else
			assert_int_equal(c->changed, 0);
	}
}

static int n_sorted, n_broken; /* of check_keys(): what was met */

static void check_keys(const struct plain *a, const struct plain *b,
    const struct diff *d)
{
	bool is_before = a->keyed && !a->ordered;
	bool is_after = b->keyed && !b->ordered;
	uint64_t nulls, shared;

	assert_int_equal(d->n_keys, is_before || is_after);
	if (d->n_keys == 0)
		return;
	assert_string_equal(d->keys[0].columns[0], "k");
	assert_int_equal(d->keys[0].is_before, is_before);
	assert_int_equal(d->keys[0].is_after, is_after);
	look_at_key(a, &nulls, &shared);
	assert_int_equal(d->keys[0].before.nulls, nulls);
	assert_int_equal(d->keys[0].before.shared, shared);
	look_at_key(b, &nulls, &shared);
	assert_int_equal(d->keys[0].after.nulls, nulls);
	assert_int_equal(d->keys[0].after.shared, shared);
	n_sorted += is_before != is_after && d->way == DIFF_KEYED;
	n_broken += d->way == DIFF_BAG;
}

/* The column's values in p, counted by looking at all of them. */
static void check_column(const struct plain *p, size_t column,
    const struct diff_values *v)
{
	const struct column *c = &p->columns[column];
	const char *least = NULL, *greatest = NULL;
	uint64_t nulls = 0, distinct = 0, in_bins = 0;
	size_t i, j;

	for (i = 0; i < p->n; i++) {
		const char *cell = p->rows[i].cells[column];

		if (is_null(cell)) {
			nulls++;
			continue;
		}
		for (j = 0; j < i; j++)
			if (strcmp(p->rows[j].cells[column], cell) == 0)
				break;
		distinct += j == i;
		if (least == NULL || compare_cells(c, cell, least) < 0)
			least = cell;
		if (greatest == NULL || compare_cells(c, cell, greatest) > 0)
			greatest = cell;
	}
	assert_int_equal(v->rows, p->n);
	assert_int_equal(v->nulls, nulls);
	assert_int_equal(v->distinct, distinct);
	assert_false(v->is_about);
	assert_int_equal(v->least.is_set, least != NULL);
	if (least != NULL) {
		assert_string_equal(v->least.text, least);
		assert_string_equal(v->greatest.text, greatest);
	}
	for (i = 0; i < v->bins.n; i++)
		in_bins += v->bins.counts[i];
	assert_int_equal(in_bins,
	    c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_REAL
	        ? p->n - nulls
	        : 0);
}

/* Whether the twin sees other values in a column, in whatever rows. */
static bool has_other_values(const struct plain *a, size_t i,
    const struct plain *b, size_t j)
{
	bool used[ROWS * 2] = { false };
	size_t x, y;

	if (a->n != b->n)
		return true;
	for (x = 0; x < a->n; x++) {
		for (y = 0; y < b->n; y++)
			if (!used[y] &&
			    strcmp(a->rows[x].cells[i], b->rows[y].cells[j]) ==
			        0)
				break;
		if (y == b->n)
			return true;
		used[y] = true;
	}
	return false;
}

static void check_values(const struct plain *a, const struct plain *b,
    const struct table *s, const struct table *t, struct diff *d)
{
	size_t i;

	assert_int_equal(diff_values(st, s, t, d, NULL), 0);
	for (i = 0; i < d->n_columns; i++) {
		const struct diff_column *c = &d->columns[i];

		if (!diff_has_values(c)) {
			assert_null(c->values_before);
			assert_null(c->values_after);
			if (d->way == DIFF_BAG && a->n == b->n)
				assert_false(has_other_values(a, c->in_before,
				    b, c->in_after));
			continue;
		}
		if (d->way == DIFF_BAG && c->change == COLUMN_SAME)
			assert_true(
			    has_other_values(a, c->in_before, b, c->in_after));
		assert_int_equal(c->values_before != NULL,
		    c->in_before != SIZE_MAX);
		assert_int_equal(c->values_after != NULL,
		    c->in_after != SIZE_MAX);
		if (c->values_before != NULL)
			check_column(a, c->in_before, c->values_before);
		if (c->values_after != NULL)
			check_column(b, c->in_after, c->values_after);
	}
}

static void check_pair(struct plain *a, struct plain *b, bool wants_rows)
{
	struct answer want;
	struct table s, t;
	struct diff d;
	struct told told = { .a = a, .b = b };
	struct error err = { 0 };

	save(a, &s);
	save(b, &t);
	twin(a, b, &want);
	if (diff_tables(st, &s, &t, wants_rows ? hear : NULL, &told, &d, &err))
		fail_msg("%s", err.msg);
	if (d.way != DIFF_EQUAL && d.way != DIFF_NONE) {
		assert_int_equal(d.way, want.keyed ? DIFF_KEYED : DIFF_BAG);
		assert_int_equal(d.added, want.added);
		assert_int_equal(d.removed, want.removed);
		assert_int_equal(d.changed, want.changed);
		check_columns(a, &d, &want);
		check_keys(a, b, &d);
		check_values(a, b, &s, &t, &d);
		if (wants_rows)
			assert_int_equal(told.n[DIFF_ADDED] +
			        told.n[DIFF_REMOVED] + told.n[DIFF_CHANGED],
			    want.added + want.removed + want.changed);
		assert_int_equal(d.before, a->n);
		assert_int_equal(d.after, b->n);
	}
	diff_clear(&d);
	mem_free(s.parts);
	mem_free(t.parts);
}

static void random_pairs_agree_with_the_twin(void **state)
{
	uint64_t first = 20261121;
	int i;

	(void)state;
	printf("seed %llu\n", (unsigned long long)first);
	for (i = 0; i < 1000; i++) {
		static struct plain a, b;

		seed = first + (uint64_t)i;
		random_table(&a);
		b = a;
		edit_rows(&b);
		if (draw(2))
			edit_columns(&b);
		if (!a.ordered && draw(8) == 0)
			a.ordered = true;
		sort(&a);
		sort(&b);
		check_pair(&a, &b, draw(2));
	}
	assert_true(n_sorted > 20 && n_broken > 10);
}

/* -- what is read -- */

static void edited_in(struct plain *b, size_t row)
{
	strcpy(b->rows[row].cells[1], "edited");
}

static void equal_parts_are_not_read(void **state)
{
	static struct plain a, b;
	struct table s, t;
	struct diff d;
	size_t i;

	(void)state;
	seed = 2;
	do
		random_table(&a);
	while (!a.keyed || a.n_columns < 2 || a.n < 50);
	sort(&a);
	b = a;
	edited_in(&b, 25);
	save(&a, &s);
	save(&b, &t);
	assert_true(s.n_parts > 8);
	/* Whoever reads a part that both have meets nothing: it is gone. */
	assert_int_equal(diff_tables(st, &s, &t, NULL, NULL, &d, NULL), 0);
	assert_int_equal(d.changed, 1);
	assert_int_equal(d.columns[1].changed, 1);
	assert_in_range(d.parts_read, 2, s.n_parts / 2);
	assert_int_equal(d.parts_read + d.parts_skipped, s.n_parts + t.n_parts);
	diff_clear(&d);
	/* The same as rows in any order: parts cancel wherever they stand. */
	s.ordered = t.ordered = true;
	s.n_key = t.n_key = 0;
	for (i = 0; i < t.n_parts / 2; i++) {
		struct table_part p = t.parts[i];

		t.parts[i] = t.parts[t.n_parts - 1 - i];
		t.parts[t.n_parts - 1 - i] = p;
	}
	assert_int_equal(diff_tables(st, &s, &t, NULL, NULL, &d, NULL), 0);
	assert_int_equal(d.way, DIFF_BAG);
	assert_int_equal(d.added, 1);
	assert_int_equal(d.removed, 1);
	assert_in_range(d.parts_read, 2, s.n_parts / 2);
	diff_clear(&d);
	t.id.bytes[0] ^= 1;
	memcpy(t.parts, s.parts, s.n_parts * sizeof(*s.parts));
	t.n_parts = s.n_parts;
	assert_int_equal(diff_tables(st, &s, &t, NULL, NULL, &d, NULL), 0);
	assert_true(d.is_resorted);
	assert_int_equal(d.parts_read, 0);
	diff_clear(&d);
	mem_free(s.parts);
	mem_free(t.parts);
}

static void a_missing_part_is_an_error(void **state)
{
	static struct plain a, b;
	struct table s, t;
	struct diff d;
	size_t i;

	(void)state;
	seed = 11;
	random_table(&a);
	a.ordered = false;
	a.n = 20;
	b = a;
	b.n = 19;
	save(&a, &s);
	save(&b, &t);
	for (i = 0; i < t.n_parts; i++)
		t.parts[i].blob.bytes[5] ^= 1;
	assert_int_equal(diff_tables(st, &s, &t, NULL, NULL, &d, NULL),
	    ERROR_NOT_FOUND);
	assert_null(d.columns);
	mem_free(s.parts);
	mem_free(t.parts);
}

static int stop(const struct diff *d, const struct diff_row *row, void *payload)
{
	(void)d;
	(void)row;
	++*(int *)payload;
	return 42;
}

static void a_callback_ends_it(void **state)
{
	static struct plain a, b;
	struct table s, t;
	struct diff d;
	int n = 0, ordered;

	(void)state;
	for (ordered = 0; ordered < 2; ordered++) {
		seed = 13;
		random_table(&a);
		a.n = 20;
		sort(&a);
		b = a;
		b.n = 0;
		a.ordered = ordered != 0;
		save(&a, &s);
		save(&b, &t);
		assert_int_equal(diff_tables(st, &s, &t, stop, &n, &d, NULL),
		    42);
		assert_int_equal(n, ordered + 1);
		mem_free(s.parts);
		mem_free(t.parts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_pairs_agree_with_the_twin),
		cmocka_unit_test(equal_parts_are_not_read),
		cmocka_unit_test(a_missing_part_is_an_error),
		cmocka_unit_test(a_callback_ends_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
