/* engine_sqlite: requests to SQLite, inside the worker. See engine.h. */
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "runner/sqlite_job.h"

/* Raised with every change of what the same SQL gives (functions of ours,
 * types, texts): it is in the keys. */
#define ENGINE_VERSION "1"

static int reply_failure(const struct sqlite_job *state,
    const struct engine_job *job, const struct error *why, json_t *reply,
    struct error *err)
{
	const char *file = json_str_or(job->request, "file", "");
	struct error placed = *why;
	char text[1400];
	size_t n;

	if (*file != '\0' && why->line > 0)
		error_place(&placed, file, why->line, why->col);
	error_print(&placed, text, sizeof(text) - 1);
	n = strlen(text);
	text[n++] = '\n';
	if (json_object_set_new(reply, "status", json_string("failed")) ||
	    json_object_set_new(reply, "failure",
	        json_string(failure_name(state->failure))) ||
	    json_object_set_new(reply, "message",
	        json_stringn_nocheck(why->msg,
	            text_cut(bytes_of(why->msg), sizeof(why->msg)))) ||
	    json_object_set_new(reply, "line", json_integer(why->line)) ||
	    json_object_set_new(reply, "col", json_integer(why->col)))
		return error_memory(err);
	return job->log < 0
	    ? 0
	    : file_write_fd(job->log, (struct bytes){ text, n }, err);
}

static int reply_columns(const struct sqlite_job *state, json_t *reply,
    struct error *err)
{
	json_t *read = json_object();
	size_t i, c;
	int rc = json_object_set_new(reply, "read", read);

	for (i = 0; rc == 0 && i < state->n_inputs; i++) {
		const struct sqlite_input *in = &state->inputs[i];
		json_t *names = json_array();

		rc = json_object_set_new(read, in->name, names);
		for (c = 0; rc == 0 && c < in->n_columns; c++)
			if (in->read[c])
				rc = json_array_append_new(names,
				    json_string(in->columns[c].name));
	}
	return rc ? error_memory(err) : 0;
}

static int run(struct sqlite_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	int rc;

	sqlite_close(state);
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

static int answer(struct sqlite_job *state, const struct engine_job *job,
    json_t *reply, struct error *err)
{
	const char *op = json_str_or(job->request, "op", "");
	int rc;

	if ((rc = sqlite_job_parse(state, job, err)) ||
	    (rc = sqlite_open(state, err)) ||
	    (rc = sqlite_find_columns(state, err)))
		return rc;
	if (strcmp(op, "run") == 0)
		return run(state, job, reply, err);
	if (strcmp(op, "columns") == 0)
		return reply_columns(state, reply, err);
	return error_set(err, ERROR_CORRUPT, "the request's op is unknown");
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
		rc = reply_failure(&state, job, &why, reply, err);
	} else if (rc) {
		if (err != NULL && err->code == 0)
			*err = why;
	} else if (json_object_set_new(reply, "status", json_string("ok"))) {
		rc = error_memory(err);
	}
	sqlite_job_clear(&state);
	return rc;
}
