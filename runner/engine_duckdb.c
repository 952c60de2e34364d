/* engine_duckdb: requests to DuckDB, inside the worker. See engine.h. */
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "runner/duckdb_job.h"

/* Raised with every change of what the same SQL gives (settings, types,
 * texts): it is in the keys. */
#define ENGINE_VERSION "1"

static int run_statements(struct duckdb_job *job, struct error *err)
{
	const struct sql_statement *s = job->body.statements;
	const struct sql_statement *last = s + job->body.n - 1;
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct duckdb_place place;
	int rc = 0;

	for (; rc == 0 && s < last; s++)
		if ((rc = duckdb_piece(job, s, "", &sql, &place, err)) == 0)
			rc = duckdb_execute(job, buf_bytes(&sql).p, place,
			    false, NULL, err);
	return rc;
}

static int run(struct duckdb_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	int rc;

	if ((rc = duckdb_load_tables(state, err)) ||
	    (rc = run_statements(state, err)))
		return rc;
	return duckdb_write(state, job->output, reply, err);
}

/* As SQLite's (engine_sqlite.c); no "gives" where it hangs on values. */
static int answer_columns(struct duckdb_job *state, const json_t *request,
    json_t *reply, struct error *err)
{
	int rc = json_is_true(json_object_get(request, "gives"))
	    ? duckdb_find_gives(state, reply, err)
	    : 0;

	if (rc || (rc = duckdb_find_columns(state, err)))
		return rc;
	return engine_reply_read(state->inputs, state->n_inputs, reply, err);
}

static int answer(struct duckdb_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	const char *op = json_str_or(job->request, "op", "");
	int rc;

	if ((rc = duckdb_job_parse(state, job, err)) ||
	    (rc = duckdb_open(state, err)))
		return rc;
	if (strcmp(op, "run") == 0)
		return run(state, job, reply, err);
	if (strcmp(op, "parquet") == 0)
		return duckdb_write_parquet(state, state->path, err);
	if (strcmp(op, "columns") != 0)
		return error_set(err, ERROR_CORRUPT,
		    "the request's op is unknown");
	return answer_columns(state, job->request, reply, err);
}

static int reply_version(const struct duckdb_api *api, json_t *reply,
    struct error *err)
{
	char text[160];

	snprintf(text, sizeof(text), "%s DuckDB %s", ENGINE_VERSION,
	    api->library_version());
	return json_object_set_new(reply, "version", json_string(text)) ||
	        json_object_set_new(reply, "status", json_string("ok"))
	    ? error_memory(err)
	    : 0;
}

/* Its own words too, which may hold values: the log stays in the store. */
static int reply_failure(const struct duckdb_job *state,
    const struct engine_job *job, const struct error *why, json_t *reply,
    struct error *err)
{
	int rc = engine_reply_failure(job, state->failure, why, reply, err);

	if (rc || job->log < 0 || state->said.n == 0)
		return rc;
	return file_write_fd(job->log, buf_bytes(&state->said), err);
}

int engine_duckdb_load(const struct engine_job *job, struct error *err)
{
	const struct duckdb_api *api;

	return duckdb_load(json_str_or(job->request, "library", ""), &api, err);
}

int engine_duckdb(const struct engine_job *job, json_t *reply,
    struct error *err)
{
	struct duckdb_job state = { 0 };
	struct error why = { 0 };
	int rc = duckdb_load(json_str_or(job->request, "library", ""),
	    &state.api, err);

	if (rc)
		return rc;
	if (strcmp(json_str_or(job->request, "op", ""), "probe") == 0)
		return reply_version(state.api, reply, err);
	rc = answer(&state, job, reply, &why);
	if (rc == ERROR_NODE) {
		rc = reply_failure(&state, job, &why, reply, err);
	} else if (rc) {
		error_pass(err, &why);
	} else if (json_object_set_new(reply, "status", json_string("ok"))) {
		rc = error_memory(err);
	}
	duckdb_job_clear(&state);
	return rc;
}

void engine_duckdb_end(void)
{
	duckdb_home_close(duckdb_home());
}
