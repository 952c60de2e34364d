/* table: the record of a table, and reading (table.h). */
#include "cache/table.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/part.h"
#include "cache/record.h"

static const char format[] = "sluice-table/1";

void columns_free(struct column *columns, size_t n)
{
	size_t i;

	for (i = 0; columns != NULL && i < n; i++)
		mem_free(columns[i].name);
	mem_free(columns);
}

void table_clear(struct table *t)
{
	size_t i;

	columns_free(t->columns, t->n_columns);
	for (i = 0; i < t->n_key; i++)
		mem_free(t->key[i]);
	mem_free(t->key);
	mem_free(t->parts);
	mem_free(t->digests);
	*t = (struct table){ 0 };
}

size_t table_find_column(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			break;
	return i;
}

int columns_to_json(const struct column *columns, size_t n, json_t **out,
    struct error *err)
{
	json_t *array = json_array();
	size_t i;
	int bad = array == NULL;

	for (i = 0; !bad && i < n; i++) {
		json_t *one = json_object();
		char type[64];

		type_print(&columns[i].type, type, sizeof(type));
		bad |= json_object_set_new(one, "name",
		    json_string(columns[i].name));
		bad |= json_object_set_new(one, "type", json_string(type));
		if (columns[i].type.as[0] != '\0')
			bad |= json_object_set_new(one, "as",
			    json_string(columns[i].type.as));
		bad |= json_array_append_new(array, one);
	}
	if (bad) {
		json_decref(array);
		return error_memory(err);
	}
	*out = array;
	return 0;
}

static int parse_column(const json_t *one, struct column *out,
    struct error *err)
{
	const char *name = json_string_value(json_object_get(one, "name"));
	const char *type = json_string_value(json_object_get(one, "type"));
	const char *as = json_str_or(one, "as", "");
	int rc;

	if (name == NULL || type == NULL)
		return error_set(err, ERROR_SYNTAX,
		    "a column is {\"name\":...,\"type\":...}");
	rc = type_parse(type, &out->type, err);
	if (rc) {
		error_wrap(err, "column '%.128s'", name);
		return rc;
	}
	if (strlen(as) >= sizeof(out->type.as))
		return error_set(err, ERROR_SYNTAX,
		    "column '%.128s': \"as\" has more than %zu bytes", name,
		    sizeof(out->type.as) - 1);
	snprintf(out->type.as, sizeof(out->type.as), "%s", as);
	out->name = mem_strdup(name);
	return out->name ? 0 : error_memory(err);
}

int columns_parse(const json_t *array, struct column **out, size_t *n,
    struct error *err)
{
	size_t i, count = json_array_size(array);
	int rc = 0;

	*out = NULL;
	*n = 0;
	if (!json_is_array(array))
		return error_set(err, ERROR_SYNTAX,
		    "columns are a list, [{\"name\":...,\"type\":...},...]");
	*out = mem_array(count, sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < count; i++)
		rc = parse_column(json_array_get(array, i), &(*out)[i], err);
	*n = count;
	if (rc) {
		columns_free(*out, count);
		*out = NULL;
		*n = 0;
	}
	return rc;
}

/* NULL without memory. */
static json_t *order_of(const struct table *t)
{
	json_t *order;
	size_t i;

	if (t->ordered)
		return json_string("rows");
	order = json_array();
	for (i = 0; i < t->n_key; i++) {
		if (json_array_append_new(order, json_string(t->key[i]))) {
			json_decref(order);
			return NULL;
		}
	}
	return order;
}

static json_t *parts_of(const struct table *t)
{
	json_t *parts = json_array();
	size_t i;

	for (i = 0; i < t->n_parts; i++) {
		const struct table_part *p = &t->parts[i];
		json_t *one = json_pack("{s:o,s:I,s:I}", "blob",
		    json_digest(&p->blob), "bytes", (json_int_t)p->bytes,
		    "rows", (json_int_t)p->rows);

		if (json_array_append_new(parts, one)) {
			json_decref(parts);
			return NULL;
		}
	}
	return parts;
}

int table_print(const struct table *t, struct buf *out, struct error *err)
{
	json_auto_t *record = json_object();
	json_t *columns;
	int rc = columns_to_json(t->columns, t->n_columns, &columns, err);

	if (rc)
		return rc;
	if (json_object_set_new(record, "columns", columns) ||
	    json_object_set_new(record, "format", json_string(format)) ||
	    json_object_set_new(record, "order", order_of(t)) ||
	    json_object_set_new(record, "parts", parts_of(t)) ||
	    json_object_set_new(record, "rows",
	        json_integer((json_int_t)t->rows)))
		return error_memory(err);
	return json_print(record, out, err);
}

static int corrupt(struct error *err, const char *what)
{
	return error_set(err, ERROR_CORRUPT, "table: %s", what);
}

static int parse_order(const json_t *order, struct table *t, struct error *err)
{
	const char *word = json_string_value(order);
	size_t i, n = json_array_size(order);

	if (word != NULL && strcmp(word, "rows") == 0) {
		t->ordered = true;
		return 0;
	}
	if (!json_is_array(order))
		return corrupt(err, "\"order\" is neither \"rows\" nor a list");
	t->key = mem_array(n, sizeof(*t->key));
	if (t->key == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(order, i));

		if (name == NULL || table_find_column(t, name) == t->n_columns)
			return corrupt(err, "\"order\" names no column");
		t->key[i] = mem_strdup(name);
		if (t->key[i] == NULL)
			return error_memory(err);
		t->n_key++;
	}
	return 0;
}

static int parse_part(const json_t *one, struct table_part *out,
    struct error *err)
{
	json_int_t bytes, rows;
	int rc;

	if ((rc = json_get_digest(one, "blob", &out->blob, err)) ||
	    (rc = json_get_int(one, "bytes", &bytes, err)) ||
	    (rc = json_get_int(one, "rows", &rows, err)))
		return rc;
	if (rows < 1 || bytes < rows || bytes > STORE_BLOB_MAX)
		return corrupt(err, "a part of no size");
	out->bytes = (uint64_t)bytes;
	out->rows = (uint64_t)rows;
	return 0;
}

static int parse_parts(const json_t *parts, json_int_t rows, struct table *t,
    struct error *err)
{
	size_t n = json_array_size(parts);

	if (!json_is_array(parts))
		return corrupt(err, "\"parts\" is not a list");
	t->parts = mem_array(n, sizeof(*t->parts));
	if (t->parts == NULL)
		return error_memory(err);
	for (; t->n_parts < n; t->n_parts++) {
		struct table_part *p = &t->parts[t->n_parts];
		int rc = parse_part(json_array_get(parts, t->n_parts), p, err);

		if (rc)
			return rc;
		t->rows += p->rows;
		t->bytes += p->bytes;
	}
	if (rows < 0 || t->rows != (uint64_t)rows)
		return corrupt(err, "the parts have other rows than it says");
	return 0;
}

int table_parse(struct bytes text, struct table *t, struct error *err)
{
	json_auto_t *record = NULL;
	struct error why = { 0 };
	const char *name;
	json_int_t rows;
	int rc;

	rc = json_parse(text, &record, &why);
	if (rc)
		return rc == ERROR_MEMORY ? error_memory(err)
		                          : corrupt(err, why.msg);
	if ((rc = json_get_str(record, "format", &name, err)) ||
	    (rc = json_get_int(record, "rows", &rows, err)))
		return rc;
	if (strcmp(name, format) != 0)
		return error_set(err, ERROR_CORRUPT,
		    "table: format '%.64s', this program reads %s", name,
		    format);
	rc = columns_parse(json_object_get(record, "columns"), &t->columns,
	    &t->n_columns, &why);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || t->n_columns == 0)
		return corrupt(err, why.code ? why.msg : "no columns");
	rc = parse_order(json_object_get(record, "order"), t, err);
	if (rc)
		return rc;
	return parse_parts(json_object_get(record, "parts"), rows, t, err);
}

int table_load(struct store *st, const struct digest *id, struct table *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char hex[DIGEST_HEX + 1];
	int rc = store_get(st, id, &text, err);

	*out = (struct table){ .id = *id };
	if (rc)
		return rc;
	rc = table_parse(buf_bytes(&text), out, err);
	if (rc) {
		table_clear(out);
		digest_print(id, hex);
		error_wrap(err, "%s", hex);
	}
	return rc;
}

int table_load_whole(struct store *st, const struct digest *id,
    struct table *out, struct error *err)
{
	size_t i;
	int rc = table_load(st, id, out, err);

	for (i = 0; rc == 0 && i < out->n_parts; i++)
		if (!store_has(st, &out->parts[i].blob))
			rc = error_set(err, ERROR_NOT_FOUND,
			    "a part of the table is not in the store; `sluice "
			    "run` computes it again");
	if (rc)
		table_clear(out);
	return rc;
}

struct table_reader {
	struct store *st;
	const struct table *t;
	size_t part; /* parts begun */
	struct buf text; /* of the part that is read */
	struct record_scan scan; /* its records */
	struct field *fields;
	struct error why; /* of scan: not zeroed for each row */
};

int table_reader_open(struct store *st, const struct table *t,
    struct table_reader **out, struct error *err)
{
	struct table_reader *r = mem_alloc(sizeof(*r));

	*out = r;
	if (r == NULL)
		return error_memory(err);
	r->st = st;
	r->t = t;
	r->scan.n_fields = t->n_columns;
	r->fields = mem_array(t->n_columns, sizeof(*r->fields));
	if (r->fields != NULL)
		return 0;
	table_reader_closep(out);
	return error_memory(err);
}

void table_reader_close(struct table_reader *r)
{
	if (r == NULL)
		return;
	record_clear(&r->scan);
	buf_clear(&r->text);
	mem_free(r->fields);
	mem_free(r);
}

void table_reader_closep(struct table_reader **r)
{
	table_reader_close(*r);
	*r = NULL;
}

/* The next part's rows; 0 where there is none, 1, or negative. */
static int next_part(struct table_reader *r, struct error *err)
{
	const struct table_part *p;
	int rc;

	if (r->part > 0 && r->scan.n != r->t->parts[r->part - 1].rows)
		return corrupt(err, "a part has other rows than it should");
	if (r->part == r->t->n_parts)
		return 0;
	p = &r->t->parts[r->part++];
	buf_reset(&r->text);
	rc = store_get(r->st, &p->blob, &r->text, err);
	if (rc) {
		error_wrap(err, "a part of the table");
		return rc;
	}
	if (r->text.n != p->bytes)
		return corrupt(err, "a part has another size than it should");
	r->scan.text = buf_bytes(&r->text);
	r->scan.n = 0;
	return 1;
}

int table_reader_next(struct table_reader *r, const struct field **fields,
    struct error *err)
{
	int rc;

	while ((rc = record_next(&r->scan, r->fields, &r->why)) == 0) {
		rc = next_part(r, err);
		if (rc <= 0)
			return rc;
	}
	if (rc == ERROR_CORRUPT)
		return corrupt(err, r->why.msg);
	if (rc < 0)
		return error_set(err, r->why.code, "%s", r->why.msg);
	*fields = r->fields;
	return 1;
}
