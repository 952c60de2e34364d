/* table_union: several tables as one (table.h). */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/table_build.h"

static const char from_name[] = "_from";

static int differ(const char *a, const char *b, const char *column,
    const char *how, struct error *err)
{
	return error_set(err, ERROR_NODE,
	    "'%.128s' and '%.128s' are to be one table, but column '%.128s' "
	    "%s; their columns must agree in name, order and type",
	    a, b, column, how);
}

int table_is_without_values(struct store *st, const struct table *t,
    size_t column, bool *out, struct error *err)
{
	CLEANUP(mem_freep)
	struct digest *found = mem_array(t->n_columns, sizeof(*found));
	struct digest_stream *stream = NULL;
	struct digest empty;
	uint64_t i;
	int rc;

	*out = t->rows == 0;
	if (*out)
		return 0;
	if (found == NULL)
		return error_memory(err);
	if ((rc = table_column_digests(st, t, found, err)) ||
	    (rc = digest_open(&stream, err)))
		return rc;
	for (i = 0; i < t->rows; i++)
		digest_add(stream, "\n", 1);
	rc = digest_finish(stream, &empty, err);
	digest_close(stream);
	*out = rc == 0 && digest_eq(&empty, &found[column]);
	return rc;
}

/* The tables to be one, and what their columns will be. */
struct parts {
	struct store *st;
	const struct table *const *tables;
	const char *const *from;
	struct column *columns; /* names are the first table's */
	size_t *deciders; /* of each: which table's type it has */
};

static bool is_text(const struct type *t)
{
	return t->kind == TYPE_TEXT && t->as[0] == '\0';
}

/* Text is also what a column is called of which no value tells more: of such
 * tables those with values decide. */
static int agree(const struct parts *p, size_t i, size_t column,
    struct error *err)
{
	const struct type *new = &p->tables[i]->columns[column].type;
	struct type *old = &p->columns[column].type;
	char was[64], is[64], how[256];
	bool empty = false;
	size_t j;
	int rc = 0;

	if (type_eq(old, new))
		return 0;
	if (is_text(new))
		rc = table_is_without_values(p->st, p->tables[i], column,
		    &empty, err);
	if (rc || empty)
		return rc;
	empty = is_text(old);
	for (j = 0; rc == 0 && empty && j < i; j++)
		rc = table_is_without_values(p->st, p->tables[j], column,
		    &empty, err);
	if (rc)
		return rc;
	if (empty) {
		*old = *new;
		p->deciders[column] = i;
		return 0;
	}
	type_print(old, was, sizeof(was));
	type_print(new, is, sizeof(is));
	snprintf(how, sizeof(how),
	    "is %s in the first and %s in the second (@column says what it "
	    "is to be)",
	    was, is);
	return differ(p->from[p->deciders[column]], p->from[i],
	    p->columns[column].name, how, err);
}

static int check_columns(const struct parts *p, size_t i, struct error *err)
{
	const struct table *a = p->tables[0], *b = p->tables[i];
	size_t c, n = a->n_columns < b->n_columns ? a->n_columns : b->n_columns;
	int rc = 0;

	for (c = 0; rc == 0 && c < n; c++) {
		if (strcmp(a->columns[c].name, b->columns[c].name) != 0)
			return differ(p->from[0], p->from[i],
			    a->columns[c].name,
			    "has another name or place in the second", err);
		rc = agree(p, i, c, err);
	}
	if (rc)
		return rc;
	if (a->n_columns > n)
		return differ(p->from[0], p->from[i], a->columns[n].name,
		    "is not in the second", err);
	if (b->n_columns > n)
		return differ(p->from[0], p->from[i], b->columns[n].name,
		    "is not in the first", err);
	return 0;
}

static int add_table(struct store *st, const struct table *t, const char *from,
    struct field *row, struct table_build *b, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *fields;
	int rc = table_reader_open(st, t, &r, err);

	if (rc)
		return rc;
	row[0] = (struct field){ from, strlen(from), false };
	while ((rc = table_reader_next(r, &fields, err)) > 0) {
		memcpy(row + 1, fields, t->n_columns * sizeof(*fields));
		rc = table_build_add(b, row, err);
		if (rc)
			return rc;
	}
	return rc;
}

static int open_build(const struct parts *p, struct table_build **out,
    struct error *err)
{
	size_t n = p->tables[0]->n_columns;
	CLEANUP(mem_freep)
	struct column *columns = mem_array(n + 1, sizeof(*columns));
	CLEANUP(mem_freep) char *name = mem_strdup(from_name);
	struct table_spec spec = { .n_columns = n + 1 };

	if (columns == NULL || name == NULL)
		return error_memory(err);
	columns[0] =
	    (struct column){ .name = name, .type = { .kind = TYPE_TEXT } };
	memcpy(columns + 1, p->columns, n * sizeof(*columns));
	spec.columns = columns;
	return table_build_open(p->st, &spec, out, err);
}

int table_union(struct store *st, const struct table *const *tables,
    const char *const *from, size_t n, struct table *out, struct error *err)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(mem_freep) struct column *columns = NULL;
	CLEANUP(mem_freep) size_t *deciders = NULL;
	CLEANUP(mem_freep) struct field *row = NULL;
	struct parts p = { .st = st, .tables = tables, .from = from };
	size_t i;
	int rc = 0;

	*out = (struct table){ 0 };
	if (n == 0)
		return error_set(err, ERROR_NODE, "a union of no tables");
	columns = mem_array(tables[0]->n_columns, sizeof(*columns));
	row = mem_array(tables[0]->n_columns + 1, sizeof(*row));
	deciders = mem_array(tables[0]->n_columns, sizeof(*deciders));
	if (columns == NULL || row == NULL || deciders == NULL)
		return error_memory(err);
	memcpy(columns, tables[0]->columns,
	    tables[0]->n_columns * sizeof(*columns));
	p.columns = columns;
	p.deciders = deciders;
	for (i = 1; rc == 0 && i < n; i++)
		rc = check_columns(&p, i, err);
	if (rc || (rc = open_build(&p, &b, err)))
		return rc;
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_table(st, tables[i], from[i], row, b, err);
	return rc ? rc : table_build_finish(b, out, err);
}
