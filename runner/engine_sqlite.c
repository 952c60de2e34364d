/* engine_sqlite: requests to SQLite, inside the worker. See engine.h. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runner/sqlite_job.h"

/* Raised with every change of what the same SQL gives (functions of ours,
 * types, texts): it is in the keys. */
#define ENGINE_VERSION "2"

static int run(struct sqlite_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	int rc;

	if ((rc = sqlite_open(state, err)) || (rc = sqlite_load(state, err)) ||
	    (rc = sqlite_run(state, job->output, reply, err)))
		return rc;
	if (json_object_set_new(reply, "clock",
	        json_boolean(state->clock.asked)) ||
	    json_object_set_new(reply, "memory_bytes",
	        json_integer(sqlite3_memory_highwater(1))))
		return error_memory(err);
	return 0;
}

/* Which columns the statements read, and whether they are such as may be. */
static int look(struct sqlite_job *state, struct error *err)
{
	int rc;

	if ((rc = sqlite_open(state, err)) == 0)
		rc = sqlite_find_columns(state, err);
	return rc;
}

/* "read", what is read of each input; where "gives" is asked for, "gives", the
 * columns that come out, of the types that are known, and "star", whether there
 * may be others with other columns of the inputs. */
static int answer_columns(struct sqlite_job *state, const json_t *request,
    json_t *reply, struct error *err)
{
	int rc;

	if (json_is_true(json_object_get(request, "gives"))) {
		state->gives = json_array();
		if (json_object_set_new(reply, "gives", state->gives) ||
		    json_object_set_new(reply, "star",
		        json_boolean(sqlite_has_star(state->text))))
			return error_memory(err);
	}
	rc = look(state, err);
	return rc
	    ? rc
	    : engine_reply_read(state->inputs, state->n_inputs, reply, err);
}

/* What was answered to "columns" a moment ago, word for word, is not asked
 * again ("checked"). */
static int answer(struct sqlite_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	const json_t *r = job->request;
	const char *op = json_str_or(r, "op", "");
	int rc = sqlite_job_parse(state, job, err);

	if (rc)
		return rc;
	if (strcmp(op, "columns") == 0)
		return answer_columns(state, r, reply, err);
	if (strcmp(op, "run") != 0)
		return error_set(err, ERROR_CORRUPT,
		    "the request's op is unknown");
	if (json_is_true(json_object_get(r, "checked")))
		engine_mark_read(state->inputs, state->n_inputs, r);
	else if ((rc = look(state, err)) != 0)
		return rc;
	sqlite_close(state);
	return run(state, job, reply, err);
}

static int reply_version(json_t *reply, struct error *err)
{
	char text[160];

	snprintf(text, sizeof(text), "%s SQLite %s %s", ENGINE_VERSION,
	    sqlite3_libversion(), sqlite3_sourceid());
	if (json_object_set_new(reply, "version", json_string(text)) ||
	    json_object_set_new(reply, "status", json_string("ok")))
		return error_memory(err);
	return 0;
}

/* It is linked; what the C library would read of the clock's zone and of the
 * characters of UTF-8 is read now, and kept. */
int engine_sqlite_load(const struct engine_job *job, struct error *err)
{
	static locale_t utf8;

	(void)job;
	tzset();
	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (utf8 == (locale_t)0)
		return error_set(err, ERROR_NOT_FOUND,
		    "the machine has no locale C.UTF-8");
	return sqlite3_initialize()
	    ? error_set(err, ERROR_MEMORY, "SQLite does not start")
	    : 0;
}

int engine_sqlite(const struct engine_job *job, json_t *reply,
    struct error *err)
{
	struct sqlite_job state = { 0 };
	struct error why = { 0 };
	int rc;

	if (strcmp(json_str_or(job->request, "op", ""), "probe") == 0)
		return reply_version(reply, err);
	rc = answer(&state, job, reply, &why);
	if (rc == ERROR_NODE) {
		rc = engine_reply_failure(job, state.failure, &why, reply, err);
	} else if (rc) {
		error_pass(err, &why);
	} else if (json_object_set_new(reply, "status", json_string("ok"))) {
		rc = error_memory(err);
	}
	sqlite_job_clear(&state);
	return rc;
}
