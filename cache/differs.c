/* differs: see differs.h. */
#include "cache/differs.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/number.h"

/* The finalizer of SplitMix64: sums of it are no sums of what went in. */
static uint64_t scatter(uint64_t h)
{
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
	return h ^ (h >> 31);
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *p, size_t n)
{
	uint64_t h = 14695981039346656037U;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211U;
	return scatter(h);
}

static uint64_t hash_field(const struct type *t, const struct field *f,
    enum differs_how how)
{
	char text[REAL_TEXT];
	int n;

	if (f->null)
		return 0;
	if (t->kind != TYPE_REAL || how == DIFFERS_AT_ALL)
		return hash_of(f->p, f->n);
	n = snprintf(text, sizeof(text), "%.9g", real_value(f->p, f->n));
	return hash_of(text, (size_t)n);
}

/* What a table's rows sum up to, whatever their order. */
struct sums {
	uint64_t rows;
	uint64_t *columns; /* the values of each */
	uint64_t *without; /* rows without it */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	return scatter(scatter(a + 1) + b);
}

/* A row is the sum of its fields, each with its place, so that one can be
 * taken out of it. */
static void add_row(const struct table *t, const struct field *fields,
    enum differs_how how, struct sums *out)
{
	uint64_t row = 0;
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		row += mix(i, hash_field(&t->columns[i].type, &fields[i], how));
	out->rows += mix(row, 0);
	for (i = 0; i < t->n_columns; i++) {
		uint64_t h = hash_field(&t->columns[i].type, &fields[i], how);

		out->columns[i] += h;
		out->without[i] += mix(row - mix(i, h), 0);
	}
}

static int sum_up(struct store *st, const struct table *t, enum differs_how how,
    struct sums *out, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	int rc;

	out->columns = mem_array(t->n_columns, sizeof(*out->columns));
	out->without = mem_array(t->n_columns, sizeof(*out->without));
	if (out->columns == NULL || out->without == NULL)
		return error_memory(err);
	if ((rc = table_reader_open(st, t, &r, err)))
		return rc;
	while ((rc = table_reader_next(r, &fields, err)) > 0)
		add_row(t, fields, how, out);
	return rc;
}

static void sums_clear(struct sums *s)
{
	mem_free(s->columns);
	mem_free(s->without);
}

/* One name more, a line each; what has no room is left out. */
static void add_name(const char *name, struct differs *out)
{
	size_t len = strlen(out->columns), n = strlen(name);

	if (len + n + 2 > sizeof(out->columns))
		return;
	if (len > 0)
		out->columns[len++] = '\n';
	memcpy(out->columns + len, name, n + 1);
}

/* Names of the columns whose sums differ, or are equal. */
static void add_names(const struct table *t, const uint64_t *a,
    const uint64_t *b, bool equal, struct differs *out)
{
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		if ((a[i] == b[i]) == equal)
			add_name(t->columns[i].name, out);
}

static const struct column *column_of(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

/* Columns that the other table does not have so; a retyped one once. */
static void add_others(const struct table *t, const struct table *other,
    bool with_retyped, struct differs *out)
{
	size_t i;

	for (i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		const struct column *o = column_of(other, c->name);

		if (o == NULL || (with_retyped && !type_eq(&c->type, &o->type)))
			add_name(c->name, out);
	}
}

static bool has_columns_of(const struct table *a, const struct table *b)
{
	size_t i;

	for (i = 0; a->n_columns == b->n_columns && i < a->n_columns; i++)
		if (strcmp(a->columns[i].name, b->columns[i].name) != 0 ||
		    !type_eq(&a->columns[i].type, &b->columns[i].type))
			return false;
	return a->n_columns == b->n_columns;
}

int differs_find(struct store *st, const struct table *a, const struct table *b,
    enum differs_how how, struct differs *out, struct error *err)
{
	CLEANUP(sums_clear) struct sums x = { 0 };
	CLEANUP(sums_clear) struct sums y = { 0 };
	int rc;

	*out = (struct differs){ .rows = true };
	if (!has_columns_of(a, b)) {
		add_others(a, b, true, out);
		add_others(b, a, false, out);
		return 0;
	}
	if ((rc = sum_up(st, a, how, &x, err)) ||
	    (rc = sum_up(st, b, how, &y, err)))
		return rc;
	out->rows = x.rows != y.rows;
	add_names(a, x.columns, y.columns, false, out);
	if (out->rows && out->columns[0] == '\0')
		add_names(a, x.without, y.without, true, out);
	return 0;
}

void differs_print(const char *columns, struct buf *out)
{
	for (; *columns != '\0'; columns++)
		if (*columns == '\n')
			buf_add_str(out, ", ");
		else
			buf_add_char(out, *columns);
}
