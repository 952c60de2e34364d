/* duckdb_output: the rows of the body's query as CSV records.
 *
 * Numbers, dates and times are read as DuckDB holds them (duckdb_value.h), so
 * that a query of such columns and texts is written while it runs. Lists and
 * the like are cast to text by a second query; of columns that are NULL in
 * every row it is CREATE TABLE ... AS that gives the type (INTEGER), as in a
 * database of DuckDB's own; and a PIVOT is no query that can be prepared. So
 * with these the rows make a temporary table first. table_build brings what
 * it must to its one form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cache/base/file.h"
#include "cache/record.h"
#include "runner/duckdb_job.h"
#include "runner/engine_rows.h"

#define RESULT "\"sluice result\""

enum {
	PIECE = 1 << 20 /* bytes written at once */
};

struct view {
	void *data;
	uint64_t *validity; /* NULL: no NULLs */
};

struct output {
	struct duckdb_job *job;
	int out;
	size_t at; /* of the query */
	struct column *columns;
	struct duckdb_out *kinds;
	struct view *views; /* of the chunk at hand */
	size_t n;
	uint64_t rows, written; /* written: bytes */
	struct buf text;
};

int duckdb_check_names(struct duckdb_job *job, duckdb_handle statement,
    size_t at, struct error *err)
{
	const struct duckdb_api *api = job->api;
	uint64_t i, j, n = api->prepared_statement_column_count(statement);
	const char **names = arena_array(&job->arena, n, sizeof(*names));

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		char *name = api->prepared_statement_column_name(statement, i);

		names[i] = arena_strdup(&job->arena, name ? name : "");
		duckdb_give_back(api, name);
		if (names[i] == NULL)
			return error_memory(err);
		for (j = 0; j < i; j++)
			if (strcasecmp(names[i], names[j]) == 0)
				return duckdb_fail(job, FAILURE_OUTPUT, at, err,
				    "columns %d and %d are both named %s: give "
				    "one another name with AS, or leave it out",
				    (int)j + 1, (int)i + 1, names[i]);
	}
	return 0;
}

/* The columns of a query whose values are all read as they are. */
static int take_prepared(struct output *o, duckdb_handle statement,
    bool *is_direct, struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	uint64_t i, n = api->prepared_statement_column_count(statement);

	o->columns = arena_array(&o->job->arena, n, sizeof(*o->columns));
	o->kinds = arena_array(&o->job->arena, n, sizeof(*o->kinds));
	if (o->columns == NULL || o->kinds == NULL)
		return error_memory(err);
	*is_direct = n > 0;
	for (i = 0; *is_direct && i < n; i++) {
		char *name = api->prepared_statement_column_name(statement, i);
		duckdb_handle type =
		    api->prepared_statement_column_logical_type(statement, i);

		*is_direct = type != NULL &&
		    duckdb_type_is_itself(api, type, &o->kinds[i]);
		api->destroy_logical_type(&type);
		o->columns[i].type = o->kinds[i].type;
		o->columns[i].name =
		    arena_strdup(&o->job->arena, name ? name : "");
		duckdb_give_back(api, name);
		if (o->columns[i].name == NULL)
			return error_memory(err);
	}
	o->n = *is_direct ? n : 0;
	return 0;
}

/* The query, its errors and names. What is several statements to DuckDB
 * (PIVOT) is looked at when it is executed: *out is NULL then. */
static int prepare_query(struct output *o, const struct sql_statement *s,
    struct duckdb_place *place, duckdb_handle *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	int rc = duckdb_piece(o->job, s, "", &sql, place, err);

	if (rc == 0 && duckdb_is_several(buf_bytes(&sql)))
		return 0;
	if (rc == 0)
		rc =
		    duckdb_prepare(o->job, buf_bytes(&sql).p, *place, out, err);
	return rc ? rc : duckdb_check_names(o->job, *out, o->at, err);
}

static int make_table(struct output *o, const struct sql_statement *s,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct duckdb_place place;
	int rc = duckdb_piece(o->job, s, "CREATE TEMP TABLE " RESULT " AS ",
	    &sql, &place, err);

	return rc ? rc
	          : duckdb_execute(o->job, buf_bytes(&sql).p, place, false,
	                NULL, err);
}

static int query(struct output *o, const char *sql, bool is_streamed,
    struct duckdb_result *out, struct error *err)
{
	return duckdb_execute(o->job, sql,
	    (struct duckdb_place){ .at = o->at, .prefix = SIZE_MAX },
	    is_streamed, out, err);
}

static bool is_null(uint64_t *validity, uint64_t row)
{
	return validity != NULL && !(validity[row / 64] >> (row % 64) & 1);
}

static int no_table_holds(struct output *o, const char *name, const char *type,
    struct error *err)
{
	return duckdb_fail(o->job, FAILURE_OUTPUT, o->at, err,
	    "column %s is a %.40s, which no table holds; write it as text: "
	    "hex(...), base64(...) or CAST(... AS VARCHAR)",
	    name, type);
}

/* Name and type of one column, as DESCRIBE gives them. */
static int take_column(struct output *o, struct bytes name, struct bytes type,
    struct error *err)
{
	char *copy = arena_strndup(&o->job->arena, type.p, type.n);
	struct column *c = &o->columns[o->n];

	c->name = arena_strndup(&o->job->arena, name.p, name.n);
	if (copy == NULL || c->name == NULL)
		return error_memory(err);
	if (!duckdb_type_of(copy, &o->kinds[o->n]))
		return no_table_holds(o, c->name, copy, err);
	c->type = o->kinds[o->n++].type;
	return 0;
}

static int take_columns(struct output *o, duckdb_handle chunk,
    struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	uint64_t i, n = api->data_chunk_get_size(chunk);
	void *names, *kinds;
	size_t caps[4] = { o->n, o->n, o->n, o->n };
	struct arena *a = &o->job->arena;
	int rc = 0;

	names = api->vector_get_data(api->data_chunk_get_vector(chunk, 0));
	kinds = api->vector_get_data(api->data_chunk_get_vector(chunk, 1));
	for (i = 0; rc == 0 && i < n; i++) {
		o->columns = arena_grow(a, o->columns, o->n, &caps[0],
		    sizeof(*o->columns));
		o->kinds =
		    arena_grow(a, o->kinds, o->n, &caps[1], sizeof(*o->kinds));
		if (o->columns == NULL || o->kinds == NULL)
			return error_memory(err);
		rc = take_column(o, duckdb_text(names, i),
		    duckdb_text(kinds, i), err);
	}
	return rc;
}

static int describe(struct output *o, struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	struct duckdb_result result = { 0 };
	duckdb_handle chunk = NULL;
	int rc = query(o,
	    "SELECT column_name, column_type FROM (DESCRIBE temp." RESULT ")",
	    false, &result, err);

	while (rc == 0 && (chunk = api->fetch_chunk(result)) != NULL) {
		rc = take_columns(o, chunk, err);
		api->destroy_data_chunk(&chunk);
	}
	api->destroy_result(&result);
	return rc;
}

static int bad_text(struct output *o, size_t i, struct error *err)
{
	return duckdb_fail(o->job, FAILURE_OUTPUT, o->at, err,
	    "row %" PRIu64 ", column %s: a text with a zero byte", o->rows + 1,
	    o->columns[i].name);
}

/* Adds one field and what stands behind it; only texts may need quotes. */
static int add_field(struct output *o, size_t i, uint64_t row, char behind,
    struct error *err)
{
	const struct view *v = &o->views[i];
	const struct duckdb_shape *shape = &o->kinds[i].read;
	struct field f = { .null = is_null(v->validity, row) };
	bool is_text = shape->kind == DUCKDB_VARCHAR;
	char *p;

	if (is_text && !f.null) {
		struct bytes text = duckdb_text(v->data, row);

		f.p = text.p;
		f.n = text.n;
		if (f.n > 0 && memchr(f.p, '\0', f.n) != NULL)
			return bad_text(o, i, err);
	}
	if (!buf_reserve(&o->text, DUCKDB_VALUE_TEXT + 2 * f.n))
		return error_memory(err);
	p = o->text.p + o->text.n;
	if (is_text)
		p = csv_put_field(p, &f);
	else if (!f.null)
		p += duckdb_value_print(shape, v->data, row, p);
	*p++ = behind;
	o->text.n = (size_t)(p - o->text.p);
	return 0;
}

static int add_row(struct output *o, uint64_t row, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->n; i++)
		rc = add_field(o, i, row, i + 1 < o->n ? ',' : '\n', err);
	o->rows++;
	return rc;
}

static int flush(struct output *o, size_t least, struct error *err)
{
	int rc = buf_check(&o->text, err);

	if (rc || o->text.n < least)
		return rc;
	if (o->out >= 0)
		rc = file_write_fd(o->out, buf_bytes(&o->text), err);
	o->written += o->text.n;
	buf_reset(&o->text);
	return rc;
}

static int write_chunk(struct output *o, duckdb_handle chunk, struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	uint64_t row, n = api->data_chunk_get_size(chunk);
	size_t i;
	int rc = 0;

	for (i = 0; i < o->n; i++) {
		duckdb_handle v = api->data_chunk_get_vector(chunk, i);

		o->views[i] = (struct view){ api->vector_get_data(v),
			api->vector_get_validity(v) };
	}
	for (row = 0; rc == 0 && row < n; row++)
		rc = add_row(o, row, err);
	if (rc || o->text.n < PIECE || (rc = flush(o, PIECE, err)))
		return rc;
	return engine_tell_early(o->job->early, o->columns, o->n, o->written,
	    err);
}

static void add_select(const struct output *o, struct buf *sql)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	size_t i;

	buf_add_str(sql, "SELECT ");
	for (i = 0; i < o->n; i++) {
		const char *cast = o->kinds[i].cast, *at = strstr(cast, "%s");

		buf_reset(&name);
		engine_add_name(&name, o->columns[i].name);
		if (i > 0)
			buf_add_char(sql, ',');
		buf_add(sql, cast, (size_t)(at - cast));
		buf_add(sql, name.p, name.n);
		buf_add_str(sql, at + 2);
	}
	buf_add_str(sql, " FROM temp." RESULT);
	sql->failed |= name.failed;
}

/* All rows of a streamed result, which is destroyed. */
static int write_result(struct output *o, struct duckdb_result *result,
    struct duckdb_place place, struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	duckdb_handle chunk;
	int rc = 0;

	o->views = arena_array(&o->job->arena, o->n, sizeof(*o->views));
	if (o->views == NULL)
		rc = error_memory(err);
	while (rc == 0 && (chunk = api->fetch_chunk(*result)) != NULL) {
		rc = write_chunk(o, chunk, err);
		api->destroy_data_chunk(&chunk);
	}
	if (rc == 0 && api->result_error(result) != NULL)
		rc = duckdb_failed(o->job, api->result_error_type(result),
		    api->result_error(result), place, err);
	api->destroy_result(result);
	return rc ? rc : flush(o, 1, err);
}

/* By a table of the query's rows. */
static int write_by_table(struct output *o, const struct sql_statement *s,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct duckdb_result result = { 0 };
	int rc;

	if ((rc = make_table(o, s, err)) || (rc = describe(o, err)))
		return rc;
	add_select(o, &sql);
	if ((rc = buf_check(&sql, err)) ||
	    (rc = query(o, buf_bytes(&sql).p, true, &result, err)))
		return rc;
	return write_result(o, &result,
	    (struct duckdb_place){ .at = o->at, .prefix = SIZE_MAX }, err);
}

static int write_rows(struct output *o, const struct sql_statement *s,
    struct error *err)
{
	const struct duckdb_api *api = o->job->api;
	struct duckdb_result result = { 0 };
	struct duckdb_place place;
	duckdb_handle statement = NULL;
	bool is_direct = false;
	int rc = prepare_query(o, s, &place, &statement, err);

	if (rc == 0 && statement != NULL)
		rc = take_prepared(o, statement, &is_direct, err);
	if (rc == 0 && is_direct)
		rc = duckdb_execute_prepared(o->job, statement, place, true,
		    &result, err);
	if (rc == 0 && is_direct)
		rc = write_result(o, &result, place, err);
	else
		api->destroy_result(&result);
	if (statement != NULL)
		api->destroy_prepare(&statement);
	return rc || is_direct ? rc : write_by_table(o, s, err);
}

static int report(struct output *o, json_t *reply, struct error *err)
{
	json_t *array = NULL;
	int rc = columns_to_json(o->columns, o->n, &array, err);

	if (rc)
		return rc;
	return json_object_set_new(reply, "columns", array) ||
	        json_object_set_new(reply, "rows",
	            json_integer((json_int_t)o->rows))
	    ? error_memory(err)
	    : 0;
}

int duckdb_write(struct duckdb_job *job, int out, json_t *reply,
    struct error *err)
{
	const struct sql_statement *last =
	    &job->body.statements[job->body.n - 1];
	struct output o = { .job = job, .out = out, .at = last->from };
	int rc;

	if ((rc = write_rows(&o, last, err)) == 0)
		rc = report(&o, reply, err);
	buf_clear(&o.text);
	return rc;
}
