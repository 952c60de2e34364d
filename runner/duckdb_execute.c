/* duckdb_execute: SQL to DuckDB, the user's and ours. See duckdb_job.h. */
#include <stdio.h>

#include "runner/duckdb_job.h"

/* What we take for one statement is one to DuckDB, too. */
static bool is_one(const char *sql, uint64_t n, struct duckdb_place place)
{
	return n == 1 || !place.is_users || duckdb_is_several(bytes_of(sql));
}

static int extract(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, duckdb_handle *out, uint64_t *n,
    struct error *err)
{
	*out = NULL;
	*n = job->api->extract_statements(job->connection, sql, out);
	if (*n == 0)
		return duckdb_failed(job, 0,
		    job->api->extract_statements_error(*out), place, err);
	return is_one(sql, *n, place) ? 0
	                              : duckdb_fail(job, FAILURE_SQL, place.at,
	                                    err, "this is not one statement");
}

/* The wall: whatever the text looks like, a statement that is no query and
 * creates nothing is not executed. (To make a table of a PIVOT is several
 * statements to DuckDB, in a transaction that it begins and ends.) */
static int look_at(struct duckdb_job *job, duckdb_handle statement,
    struct duckdb_place place, struct error *err)
{
	int kind = job->api->prepared_statement_type(statement);

	if (!place.is_users)
		return 0;
	if (kind != DUCKDB_SELECT && kind != DUCKDB_CREATE &&
	    kind != DUCKDB_TRANSACTION)
		return duckdb_fail(job, FAILURE_SQL, place.at, err,
		    "refused: a node is one query, before it CREATE TEMP "
		    "TABLE, CREATE TEMP VIEW and CREATE TEMP MACRO, and "
		    "nothing else");
	if (job->api->nparams(statement) > 0)
		return duckdb_fail(job, FAILURE_SQL, place.at, err,
		    "a placeholder (?, $1, $name) that nothing fills: a "
		    "parameter is written {{name}}");
	return 0;
}

static int prepare_one(struct duckdb_job *job, duckdb_handle extracted,
    uint64_t i, struct duckdb_place place, duckdb_handle *out,
    struct error *err)
{
	*out = NULL;
	if (job->api->prepare_extracted_statement(job->connection, extracted, i,
	        out))
		return duckdb_failed(job, 0, job->api->prepare_error(*out),
		    place, err);
	return look_at(job, *out, place, err);
}

int duckdb_prepare(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, duckdb_handle *out, struct error *err)
{
	duckdb_handle extracted;
	uint64_t n;
	int rc = extract(job, sql, place, &extracted, &n, err);

	*out = NULL;
	if (rc == 0)
		rc = prepare_one(job, extracted, 0, place, out, err);
	job->api->destroy_extracted(&extracted);
	return rc;
}

int duckdb_execute_prepared(struct duckdb_job *job, duckdb_handle statement,
    struct duckdb_place place, bool is_streamed, struct duckdb_result *out,
    struct error *err)
{
	const struct duckdb_api *api = job->api;
	int state = is_streamed
	    ? api->execute_prepared_streaming(statement, out)
	    : api->execute_prepared(statement, out);

	return state ? duckdb_failed(job, api->result_error_type(out),
	                   api->result_error(out), place, err)
	             : 0;
}

/* One statement of ours or the user's may be several of DuckDB's (PIVOT). */
int duckdb_execute(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, bool is_streamed, struct duckdb_result *out,
    struct error *err)
{
	const struct duckdb_api *api = job->api;
	struct duckdb_result result = { 0 };
	duckdb_handle extracted;
	uint64_t i, n;
	int rc = extract(job, sql, place, &extracted, &n, err);

	for (i = 0; rc == 0 && i < n; i++) {
		duckdb_handle statement;

		api->destroy_result(&result);
		rc = prepare_one(job, extracted, i, place, &statement, err);
		if (rc == 0)
			rc = duckdb_execute_prepared(job, statement, place,
			    is_streamed, &result, err);
		api->destroy_prepare(&statement);
	}
	api->destroy_extracted(&extracted);
	if (rc == 0 && out != NULL)
		*out = result;
	else
		api->destroy_result(&result);
	return rc;
}

struct bytes duckdb_text(const void *data, uint64_t row)
{
	const struct duckdb_string *s =
	    (const struct duckdb_string *)data + row;

	return (struct bytes){ s->value.inlined.n <= 12 ? s->value.inlined.p
		                                        : s->value.pointer.p,
		s->value.inlined.n };
}

int duckdb_ask(struct duckdb_job *job, const char *sql,
    struct duckdb_place place, uint64_t column, struct buf *out,
    struct error *err)
{
	const struct duckdb_api *api = job->api;
	struct duckdb_result result = { 0 };
	duckdb_handle chunk;
	int rc = duckdb_execute(job, sql, place, false, &result, err);

	if (rc)
		return rc;
	buf_reset(out);
	chunk = api->fetch_chunk(result);
	if (chunk != NULL && api->data_chunk_get_size(chunk) > 0) {
		duckdb_handle v = api->data_chunk_get_vector(chunk, column);
		struct bytes text = duckdb_text(api->vector_get_data(v), 0);

		buf_add(out, text.p, text.n);
	}
	if (chunk != NULL)
		api->destroy_data_chunk(&chunk);
	api->destroy_result(&result);
	return buf_check(out, err);
}

int duckdb_do(struct duckdb_job *job, const char *sql, struct error *err)
{
	struct duckdb_place nowhere = { .at = ENGINE_NO_PLACE };

	return duckdb_execute(job, sql, nowhere, false, NULL, err);
}

int duckdb_piece(const struct duckdb_job *job, const struct sql_statement *s,
    const char *before, struct buf *out, struct duckdb_place *place,
    struct error *err)
{
	buf_reset(out);
	buf_add_str(out, before);
	*place = (struct duckdb_place){ .at = s->from,
		.prefix = out->n,
		.is_users = true };
	buf_add(out, job->text.p + s->from, s->to - s->from);
	return buf_check(out, err);
}
