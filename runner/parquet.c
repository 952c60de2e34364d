/* parquet: see parquet.h. */
#include "runner/parquet.h"

#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/result.h"

enum {
	TIMEOUT_MS = 24 * 60 * 60 * 1000,
	BEFORE = 2, /* descriptors before those of the parts: log, output */
};

static int make_request(const struct table *t, json_t **out, struct error *err)
{
	json_t *parts = json_array(), *columns = NULL;
	size_t i;
	int rc = columns_to_json(t->columns, t->n_columns, &columns, err);

	for (i = 0; rc == 0 && i < t->n_parts; i++)
		if (json_array_append_new(parts,
		        json_pack("{s:I,s:I}", "bytes",
		            (json_int_t)t->parts[i].bytes, "rows",
		            (json_int_t)t->parts[i].rows)))
			rc = error_memory(err);
	if (rc) {
		json_decref(parts);
		json_decref(columns);
		return rc;
	}
	/* not locked in: no user's SQL is run, and the file is opened by name
	 */
	*out = json_pack("{s:s,s:s,s:s,s:i,s:[],s:[{s:s,s:o,s:o,s:b,s:I}]}",
	    "op", "parquet", "engine", "duckdb", "sandbox", "none",
	    "timeout_ms", TIMEOUT_MS, "helpers", "inputs", "name", "the table",
	    "columns", columns, "parts", parts, "ordered", t->ordered, "rows",
	    (json_int_t)t->rows);
	return *out ? 0 : error_memory(err);
}

/* What the worker says, in our words: a failure of the surroundings here is
 * that DuckDB is not there, or that the file cannot be written. */
static int take_reply(const json_t *reply, struct error *err)
{
	const char *message = json_str_or(reply, "message", "no answer");

	switch (failure_of(json_str_or(reply, "failure", ""))) {
	case FAILURE_SURROUNDINGS:
		return error_set(err, ERROR_NOT_FOUND,
		    "a Parquet file is written by DuckDB: %s", message);
	case FAILURE_MEMORY:
	case FAILURE_TIMEOUT:
		return error_set(err, ERROR_IO, "%s", message);
	default:
		return error_set(err, ERROR_NODE, "%s", message);
	}
}

static int call(struct store *st, struct worker *w, const struct table *t,
    int *fds, struct error *err)
{
	json_auto_t *request = NULL, *reply = NULL;
	size_t i;
	int rc = make_request(t, &request, err);

	for (i = 0; rc == 0 && i < t->n_parts; i++)
		rc = store_open_blob(st, &t->parts[i].blob, &fds[BEFORE + i],
		    err);
	if (rc == 0)
		rc = worker_call(w,
		    &(struct worker_call){ .request = request,
		        .fds = fds,
		        .n_fds = BEFORE + t->n_parts,
		        .timeout_ms = TIMEOUT_MS },
		    &reply, err);
	if (rc || strcmp(json_str_or(reply, "status", ""), "ok") == 0)
		return rc;
	return take_reply(reply, err);
}

int parquet_write(struct store *st, struct worker *w, const struct table *t,
    int fd, struct error *err)
{
	CLEANUP(mem_freep)
	int *fds = mem_array(BEFORE + t->n_parts, sizeof(*fds));
	size_t i;
	int rc;

	if (fds == NULL)
		return error_memory(err);
	for (i = 0; i < BEFORE + t->n_parts; i++)
		fds[i] = -1;
	fds[1] = fd;
	rc = file_open_memory(&fds[0], err);
	if (rc == 0)
		rc = call(st, w, t, fds, err);
	fds[1] = -1; /* the caller's */
	for (i = 0; i < BEFORE + t->n_parts; i++)
		fd_close(&fds[i]);
	return rc;
}
