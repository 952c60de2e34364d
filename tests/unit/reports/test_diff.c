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

enum {
	COLUMNS = 5,
	ROWS = 64,
	TEXT_SIZE = 24
};

struct row {
	char cells[COLUMNS][TEXT_SIZE]; /* "\1" is NULL */
};

/* A table as the twin sees it. */
struct plain {
	struct column columns[COLUMNS];
	size_t n_columns;
	struct row rows[ROWS * 2];
	size_t n;
	bool keyed, ordered;
};

static char k[] = "k", name_a[] = "a", name_b[] = "b", name_c[] = "c";
static char *names[] = { k, name_a, name_b, name_c };
static struct store *st;
static struct store_batch *batch;
static char dir[256];
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static bool is_null(const char *cell)
{
	return cell[0] == '\1';
}

/* The order of two cells, told anew: NULL first, numbers by value. */
static int compare_cells(const struct column *c, const char *a, const char *b)
{
	if (is_null(a) || is_null(b))
		return is_null(b) - is_null(a);
	if (c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_REAL) {
		double x = atof(a), y = atof(b);

		return (x > y) - (x < y);
	}
	return strcmp(a, b);
}

static const struct plain *sorting;

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t i;
	int order = 0;

	for (i = 0; order == 0 && i < sorting->n_columns; i++)
		order = compare_cells(&sorting->columns[i], x->cells[i],
		    y->cells[i]);
	return order;
}

static size_t find(const struct plain *p, const char *name)
{
	size_t i = 0;

	while (i < p->n_columns && strcmp(p->columns[i].name, name) != 0)
		i++;
	return i;
}

/* -- a plain table in the store -- */

static void flush(struct table *t, struct buf *part, uint64_t rows)
{
	struct table_part *p = &t->parts[t->n_parts];

	if (rows == 0)
		return;
	p->rows = rows;
	p->bytes = part->n;
	assert_int_equal(
	    store_batch_put(batch, buf_bytes(part), &p->blob, NULL), 0);
	t->n_parts++;
	buf_reset(part);
}

static void add_row(const struct plain *p, const struct row *row,
    struct buf *out)
{
	size_t i;

	for (i = 0; i < p->n_columns; i++) {
		const char *cell = row->cells[i];

		if (i > 0)
			buf_add_char(out, ',');
		if (is_null(cell))
			continue;
		if (cell[0] != '\0' && !strpbrk(cell, ",\"\n")) {
			buf_add_str(out, cell);
			continue;
		}
		buf_add_char(out, '"');
		for (; *cell != '\0'; cell++)
			buf_printf(out, *cell == '"' ? "\"\"" : "%c", *cell);
		buf_add_char(out, '"');
	}
	buf_add_char(out, '\n');
}

/* Cut by content, and within a run of equal rows too. */
static void save(struct plain *p, struct table *t)
{
	CLEANUP(buf_clear) struct buf part = { 0 }, all = { 0 };
	uint64_t rows = 0;
	size_t i, from;

	*t = (struct table){ .columns = p->columns,
		.n_columns = p->n_columns,
		.ordered = p->ordered,
		.key = &names[0],
		.n_key = p->keyed && !p->ordered,
		.rows = p->n };
	assert_int_equal(store_batch_open(st, &batch, NULL), 0);
	t->parts = mem_array(p->n + 1, sizeof(*t->parts));
	for (i = 0; i < p->n_columns; i++)
		buf_printf(&all, "%s %d\n", p->columns[i].name,
		    p->columns[i].type.kind);
	for (i = 0; i < p->n; i++) {
		unsigned sum = 0;

		from = part.n;
		add_row(p, &p->rows[i], &part);
		buf_add(&all, part.p + from, part.n - from);
		rows++;
		for (; from < part.n; from++)
			sum += (unsigned char)part.p[from];
		if ((sum + rows) % 4 != 0)
			continue;
		flush(t, &part, rows);
		rows = 0;
	}
	flush(t, &part, rows);
	assert_int_equal(store_batch_commit(batch, NULL), 0);
	store_batch_closep(&batch);
	assert_int_equal(digest_of(buf_bytes(&all), &t->id, NULL), 0);
}

/* -- random tables -- */

static void random_cell(const struct column *c, char *out)
{
	static const char *const texts[] = { "", "a", "b,c", "\1", "zz", "A",
		"two\nlines", "\n", "a \"b\"", "\"" };

	if (c->type.kind == TYPE_INTEGER && draw(6))
		snprintf(out, TEXT_SIZE, "%d", (int)draw(9) - 3);
	else if (c->type.kind == TYPE_INTEGER)
		strcpy(out, "\1");
	else
		strcpy(out, texts[draw(ARRAY_LEN(texts))]);
}

static void random_row(const struct plain *p, struct row *row)
{
	size_t i;

	for (i = 0; i < p->n_columns; i++)
		random_cell(&p->columns[i], row->cells[i]);
}

/* Keys are unique: "0", "7", "14" ... of the row's number. */
static void number_key(struct plain *p, size_t i)
{
	snprintf(p->rows[i].cells[0], TEXT_SIZE, "%zu", i * 7);
}

static void random_table(struct plain *p)
{
	size_t i;

	*p = (struct plain){ .n_columns = 1 + draw(4), .n = draw(ROWS) };
	for (i = 0; i < p->n_columns; i++) {
		p->columns[i].name = names[i];
		p->columns[i].type.kind = i % 2 ? TYPE_TEXT : TYPE_INTEGER;
	}
	p->keyed = draw(2);
	for (i = 0; i < p->n; i++) {
		random_row(p, &p->rows[i]);
		if (p->keyed)
			number_key(p, i);
	}
}

static void remove_row(struct plain *p, size_t i)
{
	memmove(&p->rows[i], &p->rows[i + 1],
	    (p->n - i - 1) * sizeof(p->rows[0]));
	p->n--;
}

static void edit_rows(struct plain *p)
{
	size_t i, n = draw(6);

	for (; n > 0 && p->n > 0; n--) {
		i = draw((uint32_t)p->n);
		switch (draw(4)) {
		case 0:
			remove_row(p, i);
			break;
		case 1:
			if (p->n_columns > 1)
				random_cell(&p->columns[1],
				    p->rows[i].cells[1]);
			break;
		default:
			random_row(p, &p->rows[p->n]);
			if (p->keyed)
				snprintf(p->rows[p->n].cells[0], TEXT_SIZE,
				    "%zu", draw(400) * 7 + n);
			p->n++;
		}
	}
}

static void add_column(struct plain *p)
{
	static char name[] = "new";
	size_t i;

	p->columns[p->n_columns] =
	    (struct column){ name, { .kind = TYPE_TEXT } };
	for (i = 0; i < p->n; i++)
		strcpy(p->rows[i].cells[p->n_columns], i % 2 ? "x" : "y");
	p->n_columns++;
}

static void swap_columns(struct plain *p, size_t a, size_t b)
{
	struct column c = p->columns[a];
	size_t i;

	p->columns[a] = p->columns[b];
	p->columns[b] = c;
	for (i = 0; i < p->n; i++) {
		char cell[TEXT_SIZE];

		strcpy(cell, p->rows[i].cells[a]);
		strcpy(p->rows[i].cells[a], p->rows[i].cells[b]);
		strcpy(p->rows[i].cells[b], cell);
	}
}

/* Integers become reals: some with a fraction, some of the same value. */
static void make_real(struct plain *p, size_t column)
{
	size_t i, n;

	p->columns[column].type.kind = TYPE_REAL;
	for (i = 0; i < p->n; i++) {
		char *cell = p->rows[i].cells[column];

		n = strlen(cell);
		if (!is_null(cell))
			snprintf(cell + n, TEXT_SIZE - n, "%s",
			    draw(3) ? ".0" : ".5");
	}
}

static void edit_columns(struct plain *p)
{
	size_t last = p->n_columns - 1;

	switch (draw(10)) {
	case 8:
		if (last > 1)
			make_real(p, 2);
		break;
	case 7: /* names change places, the bytes do not */
		if (last > 2) {
			p->columns[1].name = names[3];
			p->columns[3].name = names[1];
		}
		break;
	case 0:
		add_column(p);
		break;
	case 1:
		if (last > 0)
			p->n_columns--;
		break;
	case 2:
		if (last > 1)
			swap_columns(p, 1, last);
		break;
	case 3:
		if (last > 0)
			p->columns[last].type.kind = TYPE_JSON;
		break;
	case 4:
		if (last > 0)
			strcpy(p->columns[last].type.as, "UUID");
		break;
	case 5:
		p->ordered = true;
		break;
	case 6: /* and the column may be no key any more */
		p->keyed = false;
		if (p->n > 1)
			strcpy(p->rows[1].cells[0],
			    draw(2) ? p->rows[0].cells[0] : "\1");
		break;
	}
}

static void sort(struct plain *p)
{
	size_t i;

	sorting = p;
	if (p->n > 0 && !p->ordered)
		qsort(p->rows, p->n, sizeof(p->rows[0]), compare_rows);
	for (i = 0; p->keyed && i + 1 < p->n;)
		if (strcmp(p->rows[i].cells[0], p->rows[i + 1].cells[0]) == 0)
			remove_row(p, i + 1);
		else
			i++;
}

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

static int set_up(void **state)
{
	(void)state;
	return file_make_temp_dir("/tmp", dir, sizeof(dir), NULL) ||
	    store_open(dir, &st, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	store_close(st);
	return file_remove_tree(dir, NULL);
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
