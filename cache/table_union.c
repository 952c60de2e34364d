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

static int check_columns(const struct table *a, const char *a_from,
    const struct table *b, const char *b_from, struct error *err)
{
	size_t i, n = a->n_columns < b->n_columns ? a->n_columns : b->n_columns;

	for (i = 0; i < n; i++) {
		if (strcmp(a->columns[i].name, b->columns[i].name) != 0)
			return differ(a_from, b_from, a->columns[i].name,
			    "has another name or place in the second", err);
		if (!type_eq(&a->columns[i].type, &b->columns[i].type))
			return differ(a_from, b_from, a->columns[i].name,
			    "has another type in the second", err);
	}
	if (a->n_columns > n)
		return differ(a_from, b_from, a->columns[n].name,
		    "is not in the second", err);
	if (b->n_columns > n)
		return differ(a_from, b_from, b->columns[n].name,
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

static int open_build(struct store *st, const struct table *like,
    struct table_build **out, struct error *err)
{
	size_t n = like->n_columns + 1;
	CLEANUP(mem_freep)
	struct column *columns = mem_array(n, sizeof(*columns));
	CLEANUP(mem_freep) char *name = mem_strdup(from_name);
	struct table_spec spec = { .n_columns = n };

	if (columns == NULL || name == NULL)
		return error_memory(err);
	columns[0] =
	    (struct column){ .name = name, .type = { .kind = TYPE_TEXT } };
	memcpy(columns + 1, like->columns, like->n_columns * sizeof(*columns));
	spec.columns = columns;
	return table_build_open(st, &spec, out, err);
}

int table_union(struct store *st, const struct table *const *tables,
    const char *const *from, size_t n, struct table *out, struct error *err)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(mem_freep) struct field *row = NULL;
	size_t i;
	int rc = 0;

	*out = (struct table){ 0 };
	if (n == 0)
		return error_set(err, ERROR_NODE, "a union of no tables");
	for (i = 1; rc == 0 && i < n; i++)
		rc = check_columns(tables[0], from[0], tables[i], from[i], err);
	if (rc || (rc = open_build(st, tables[0], &b, err)))
		return rc;
	row = mem_array(tables[0]->n_columns + 1, sizeof(*row));
	if (row == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_table(st, tables[i], from[i], row, b, err);
	return rc ? rc : table_build_finish(b, out, err);
}
