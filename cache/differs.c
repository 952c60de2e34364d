/* verify_columns: see verify.h. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/number.h"
#include "runner/cmd/verify.h"

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

static uint64_t hash_field(const struct type *t, const struct field *f)
{
	char text[REAL_TEXT];
	int n;

	if (f->null)
		return 0;
	if (t->kind != TYPE_REAL)
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
    struct sums *out)
{
	uint64_t row = 0;
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		row += mix(i, hash_field(&t->columns[i].type, &fields[i]));
	out->rows += mix(row, 0);
	for (i = 0; i < t->n_columns; i++) {
		uint64_t h = hash_field(&t->columns[i].type, &fields[i]);

		out->columns[i] += h;
		out->without[i] += mix(row - mix(i, h), 0);
	}
}

static int sum_up(struct store *st, const struct table *t, struct sums *out,
    struct error *err)
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
		add_row(t, fields, out);
	return rc;
}

static void sums_clear(struct sums *s)
{
	mem_free(s->columns);
	mem_free(s->without);
}

/* Names of the columns whose sums differ, or are equal. */
static void add_names(const struct table *t, const uint64_t *a,
    const uint64_t *b, bool equal, char out[400])
{
	size_t i, len = 0;

	for (i = 0; i < t->n_columns && len < 399; i++)
		if ((a[i] == b[i]) == equal)
			len += (size_t)snprintf(out + len, 400 - len, "%s%s",
			    len ? ", " : "", t->columns[i].name);
}

int verify_columns(struct store *st, const struct table *a,
    const struct table *b, char out[400], bool *is_other, struct error *err)
{
	CLEANUP(sums_clear) struct sums x = { 0 };
	CLEANUP(sums_clear) struct sums y = { 0 };
	int rc;

	out[0] = '\0';
	*is_other = true;
	if (b->n_columns != a->n_columns) /* a pivot */
		return 0;
	if ((rc = sum_up(st, a, &x, err)) || (rc = sum_up(st, b, &y, err)))
		return rc;
	*is_other = x.rows != y.rows;
	add_names(a, x.columns, y.columns, false, out);
	if (out[0] == '\0')
		add_names(a, x.without, y.without, true, out);
	return 0;
}
