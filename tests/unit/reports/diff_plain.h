#ifndef SLUICE_TESTS_DIFF_PLAIN_H
#define SLUICE_TESTS_DIFF_PLAIN_H
/* Tables as a twin of diff sees them: plain, made and edited at random, and
 * saved in many small parts. The including file has cmocka, diff_impl.h,
 * store_bed.h. */
#include "tests/unit/reports/store_bed.h"
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
static struct store_batch *batch;
static uint64_t seed;

static inline uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static inline bool is_null(const char *cell)
{
	return cell[0] == '\1';
}

/* The order of two cells, told anew: NULL first, numbers by value. */
static inline int compare_cells(const struct column *c, const char *a,
    const char *b)
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

static inline int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t i;
	int order = 0;

	for (i = 0; order == 0 && i < sorting->n_columns; i++)
		order = compare_cells(&sorting->columns[i], x->cells[i],
		    y->cells[i]);
	return order;
}

static inline size_t find(const struct plain *p, const char *name)
{
	size_t i = 0;

	while (i < p->n_columns && strcmp(p->columns[i].name, name) != 0)
		i++;
	return i;
}

/* -- a plain table in the store -- */

static inline void flush(struct table *t, struct buf *part, uint64_t rows)
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

static inline void add_row(const struct plain *p, const struct row *row,
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
static inline void save(struct plain *p, struct table *t)
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

static inline void random_cell(const struct column *c, char *out)
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

static inline void random_row(const struct plain *p, struct row *row)
{
	size_t i;

	for (i = 0; i < p->n_columns; i++)
		random_cell(&p->columns[i], row->cells[i]);
}

/* Keys are unique: "0", "7", "14" ... of the row's number. */
static inline void number_key(struct plain *p, size_t i)
{
	snprintf(p->rows[i].cells[0], TEXT_SIZE, "%zu", i * 7);
}

static inline void random_table(struct plain *p)
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

static inline void remove_row(struct plain *p, size_t i)
{
	memmove(&p->rows[i], &p->rows[i + 1],
	    (p->n - i - 1) * sizeof(p->rows[0]));
	p->n--;
}

static inline void edit_rows(struct plain *p)
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

static inline void add_column(struct plain *p)
{
	static char name[] = "new";
	size_t i;

	p->columns[p->n_columns] =
	    (struct column){ name, { .kind = TYPE_TEXT } };
	for (i = 0; i < p->n; i++)
		strcpy(p->rows[i].cells[p->n_columns], i % 2 ? "x" : "y");
	p->n_columns++;
}

static inline void swap_columns(struct plain *p, size_t a, size_t b)
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
static inline void make_real(struct plain *p, size_t column)
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

static inline void edit_columns(struct plain *p)
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

static inline void sort(struct plain *p)
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

#endif
