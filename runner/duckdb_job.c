/* duckdb_job: requests and databases. See duckdb_job.h. */
#include "runner/duckdb_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "runner/duckdb_clock.h"

static int parse_body(struct duckdb_job *job, struct error *err)
{
	struct error why = { 0 };
	size_t at = 0;
	int rc;

	if (job->text.n > ENGINE_BODY_MAX)
		return duckdb_fail(job, FAILURE_SQL, 0, err,
		    "the code is larger than %d bytes", ENGINE_BODY_MAX);
	rc = duckdb_body_parse(&job->arena, job->text, &job->body, &at, &why);
	if (rc == 0)
		rc = duckdb_body_guard(&job->arena, job->text, &at, &why);
	if (rc == ERROR_SYNTAX)
		return duckdb_fail(job, FAILURE_SQL, at, err, "%s", why.msg);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

int duckdb_job_parse(struct duckdb_job *job, const struct engine_job *from,
    struct error *err)
{
	const json_t *r = from->request;
	json_int_t n;
	int rc;

	job->text = bytes_of(json_str_or(r, "body", ""));
	job->body_line =
	    (int)json_integer_value(json_object_get(r, "body_line"));
	n = json_integer_value(json_object_get(r, "timeout_ms"));
	job->deadline = n > 0 ? clock_mono() + n : INT64_MAX;
	n = json_integer_value(json_object_get(r, "memory_bytes"));
	job->memory_bytes = n > 0 ? (uint64_t)n : 0;
	n = json_integer_value(json_object_get(r, "threads"));
	job->threads = n > 0 && n < 1024 ? (int)n : 1;
	/* another number of threads: another share of the rows for each */
	if (job->threads > 1 && json_is_true(json_object_get(r, "vary")))
		job->threads++;
	job->is_stirred = json_is_true(json_object_get(r, "stir"));
	job->early = engine_early(from);
	job->date = json_str_or(r, "date", "");
	job->seed = json_str_or(r, "seed", "");
	job->spill = json_str_or(r, "spill", "");
	if ((rc = engine_inputs_parse(&job->arena, from, &job->inputs,
	         &job->n_inputs, err)))
		return rc;
	if (strcmp(json_str_or(r, "op", ""), "parquet") == 0)
		snprintf(job->path, sizeof(job->path), "/proc/self/fd/%d",
		    from->output);
	else if ((rc = parse_body(job, err)))
		return rc;
	engine_mark_read(job->inputs, job->n_inputs, r);
	return engine_qualify_inputs(&job->arena, job->inputs, job->n_inputs,
	    &duckdb_dialect, job->text, err);
}

void duckdb_job_clear(struct duckdb_job *job)
{
	duckdb_close(job);
	engine_inputs_clear(job->inputs, job->n_inputs);
	buf_clear(&job->said);
	arena_clear(&job->arena);
	*job = (struct duckdb_job){ 0 };
}

/* random() and what is like it begin from the seed: setseed() takes a number
 * from -1 to 1, of which it uses 32 bits. */
static int set_chance(struct duckdb_job *job, struct error *err)
{
	struct digest d = { { 0 } };
	char sql[80];
	uint32_t bits = 0;
	size_t i;
	int rc;

	if (*job->seed != '\0' && (rc = digest_parse(job->seed, &d, err)))
		return rc;
	for (i = 0; i < 4; i++)
		bits = bits << 8 | d.bytes[i];
	snprintf(sql, sizeof(sql), "SELECT setseed(%.17g)",
	    (double)bits / 2147483648.0 - 1.0);
	return duckdb_do(job, sql, err);
}

static int set_limits(struct duckdb_job *job, struct error *err)
{
	char sql[96];
	int rc;

	snprintf(sql, sizeof(sql), "SET threads = %d", job->threads);
	if ((rc = duckdb_do(job, sql, err)))
		return rc;
	snprintf(sql, sizeof(sql), "SET memory_limit = '%" PRIu64 "B'",
	    job->memory_bytes);
	return duckdb_do(job,
	    job->memory_bytes > 0 ? sql : "RESET memory_limit", err);
}

/* Where no word of the code asks for the time it is always the same moment,
 * so that what such code gives never depends on the date. */
static int set_clock(struct duckdb_job *job, struct error *err)
{
	int64_t days = 0;
	int rc = 0;

	if (*job->date != '\0' && duckdb_asks_clock(job->text))
		rc = engine_date(job->date, &days, err);
	if (rc == 0)
		duckdb_clock_pin(days);
	return rc;
}

int duckdb_open(struct duckdb_job *job, struct error *err)
{
	int rc =
	    duckdb_home_open(job->api, job->spill, job->path, &job->home, err);

	if (rc)
		return rc;
	job->home->job = job;
	if (job->api->connect(job->home->db, &job->connection))
		return error_set(err, ERROR_IO, "DuckDB does not connect");
	if ((rc = set_limits(job, err)) ||
	    (rc = duckdb_do(job, "ATTACH ':memory:' AS sluice", err)) ||
	    (rc = duckdb_do(job, "USE sluice", err)) ||
	    (rc = duckdb_do(job, "SET TimeZone = 'UTC'", err)) ||
	    (rc = duckdb_part_add_functions(job, err)) ||
	    (rc = duckdb_watch_start(job, err)) || (rc = set_clock(job, err)))
		return rc;
	return set_chance(job, err);
}

/* What may have left the database as it should not be. */
static bool is_in_doubt(const struct duckdb_job *job)
{
	return job->failure != FAILURE_NONE && job->failure != FAILURE_SQL &&
	    job->failure != FAILURE_INPUT && job->failure != FAILURE_OUTPUT;
}

/* Everything that the job made goes; a transaction that a failed statement
 * left open, first. */
static int undo(struct duckdb_job *job)
{
	struct error err = { 0 };

	job->load_error = (struct error){ 0 };
	duckdb_do(job, "ROLLBACK", NULL);
	return duckdb_do(job, "RESET disabled_optimizers", &err) ||
	    duckdb_do(job, "USE memory", &err) ||
	    duckdb_do(job, "DETACH sluice", &err);
}

void duckdb_close(struct duckdb_job *job)
{
	enum failure_class failure = job->failure;
	bool is_lost;

	if (job->home == NULL)
		return;
	duckdb_watch_stop(job);
	/* DuckDB keeps what the name of a descriptor meant when it was told */
	is_lost = job->path[0] != '\0' || job->connection == NULL ||
	    is_in_doubt(job) || undo(job);
	job->failure = failure;
	if (job->connection != NULL)
		job->api->disconnect(&job->connection);
	job->home->job = NULL;
	if (is_lost)
		duckdb_home_close(job->home);
	job->home = NULL;
	duckdb_clock_release();
}
