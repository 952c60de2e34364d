/* sqlite_job: requests, connections and failures. See sqlite_job.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cache/base/clock.h"
#include "runner/sqlite_functions.h"

enum {
	STEPS_BETWEEN_LOOKS = 2000, /* of the clock: some 50 us */
};

int sqlite_job_parse(struct sqlite_job *job, const struct engine_job *from,
    struct error *err)
{
	const json_t *r = from->request;
	json_int_t n;
	size_t at;
	const char *body;
	int rc;

	if ((rc = json_get_str(r, "body", &body, err)))
		return rc;
	job->text = bytes_of(body);
	job->body_line =
	    (int)json_integer_value(json_object_get(r, "body_line"));
	n = json_integer_value(json_object_get(r, "timeout_ms"));
	job->deadline = n > 0 ? clock_mono() + n : INT64_MAX;
	n = json_integer_value(json_object_get(r, "memory_bytes"));
	job->memory_bytes = n > 0 ? (uint64_t)n : 0;
	job->early = engine_early(from);
	if ((rc = sqlite_clock_open(job, json_str_or(r, "date", ""),
	         json_str_or(r, "seed", ""), err)) ||
	    (rc = engine_inputs_parse(&job->arena, from, &job->inputs,
	         &job->n_inputs, err)))
		return rc;
	if (job->text.n > ENGINE_BODY_MAX)
		return sqlite_fail(job, FAILURE_SQL, 0, err,
		    "the code is larger than %d bytes", ENGINE_BODY_MAX);
	rc = sqlite_body_parse(&job->arena, job->text, &job->body, &at, err);
	if (rc == ERROR_SYNTAX) {
		struct error why = *err;

		*err = (struct error){ 0 };
		return sqlite_fail(job, FAILURE_SQL, at, err, "%s", why.msg);
	}
	return rc ? rc
	          : engine_qualify_inputs(&job->arena, job->inputs,
	                job->n_inputs, &sqlite_dialect, job->text, err);
}

void sqlite_job_clear(struct sqlite_job *job)
{
	sqlite_close(job);
	sqlite_clock_close(job);
	engine_inputs_clear(job->inputs, job->n_inputs);
	arena_clear(&job->arena);
	*job = (struct sqlite_job){ 0 };
}

bool sqlite_is_late(const struct sqlite_job *job)
{
	return clock_mono() >= job->deadline;
}

/* Called back while SQL runs: not zero ends it. */
static int look_at_clock(void *payload)
{
	return sqlite_is_late(payload);
}

static void set_limits(struct sqlite_job *job)
{
	static const struct {
		int what, on;
	} flags[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		sqlite3_db_config(job->db, flags[i].what, flags[i].on, NULL);
	sqlite3_limit(job->db, SQLITE_LIMIT_SQL_LENGTH, 2 * ENGINE_BODY_MAX);
	sqlite3_limit(job->db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
	sqlite3_limit(job->db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_progress_handler(job->db, STEPS_BETWEEN_LOOKS, look_at_clock,
	    job);
}

uint64_t sqlite_memory_for_inputs(uint64_t memory_bytes)
{
	return memory_bytes ? memory_bytes / 2 : (uint64_t)1 << 30;
}

/* Inputs are held in memory, unless they take too much of it: then in a
 * temporary database, whose pages go to a file without a name when the cache is
 * full. */
static const char *database_name(struct sqlite_job *job)
{
	size_t i, j;

	job->input_bytes = 0;
	for (i = 0; i < job->n_inputs; i++)
		for (j = 0;
		     !job->inputs[i].is_image && j < job->inputs[i].n_parts;
		     j++)
			job->input_bytes += job->inputs[i].parts[j].bytes;
	job->is_in_memory =
	    job->input_bytes <= sqlite_memory_for_inputs(job->memory_bytes);
	return job->is_in_memory ? ":memory:" : "";
}

/* Whether the code names a module that is kept, in quotes or not. */
static bool names_module(struct bytes text, const char *const *modules)
{
	size_t pos = 0, i;
	struct sql_token t;

	while ((t = sql_next(text, &pos)).kind != SQL_END)
		for (i = 0; modules[i] != NULL; i++) {
			size_t n = strlen(modules[i]);

			if ((t.n == n || t.n == n + 2) &&
			    strncasecmp(text.p + t.at + (t.n > n), modules[i],
			        n) == 0)
				return true;
		}
	return false;
}

/* Drops all modules but three: fts, rtree, dbstat, ours. Where the code names
 * one of those it is used once, because it declares its table then, which the
 * guard would take for a write. */
int sqlite_keep_modules(struct sqlite_job *job, struct error *err)
{
	const char *keep[] = { "json_each", "json_tree", "generate_series",
		NULL };

	if (sqlite3_drop_modules(job->db, keep))
		return sqlite_failed(job, sqlite3_errcode(job->db),
		    ENGINE_NO_PLACE, err);
	return names_module(job->text, keep)
	    ? sqlite_do(job,
	          "SELECT 1 FROM json_each('1'), json_tree('1'), "
	          "generate_series(1, 1)",
	          ENGINE_NO_PLACE, err)
	    : 0;
}

/* Whether an input before this one is of its schema. */
static bool is_attached(const struct sqlite_job *job, size_t input)
{
	const char *schema = job->inputs[input].schema;
	size_t i;

	if (strcasecmp(schema, "main") == 0)
		return true;
	for (i = 0; i < input; i++)
		if (job->inputs[i].schema != NULL &&
		    strcasecmp(job->inputs[i].schema, schema) == 0)
			return true;
	return false;
}

/* A schema is an attached database. The user's SQL attaches nothing. */
static int attach_schemas(struct sqlite_job *job, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	for (i = 0; i < job->n_inputs; i++) {
		if (job->inputs[i].schema == NULL || is_attached(job, i))
			continue;
		buf_clear(&sql);
		buf_printf(&sql, "ATTACH '%s' AS ", database_name(job));
		engine_add_name(&sql, job->inputs[i].schema);
		if (sql.failed)
			return error_memory(err);
		if (sqlite3_exec(job->db, buf_bytes(&sql).p, NULL, NULL, NULL))
			return sqlite_fail(job, FAILURE_INPUT, ENGINE_NO_PLACE,
			    err, "input %s cannot be a table of a schema: %s",
			    job->inputs[i].name, sqlite3_errmsg(job->db));
	}
	sqlite3_limit(job->db, SQLITE_LIMIT_ATTACHED, 0);
	return 0;
}

int sqlite_open(struct sqlite_job *job, struct error *err)
{
	int rc;

	sqlite3_hard_heap_limit64((sqlite3_int64)job->memory_bytes);
	rc = sqlite3_open_v2(database_name(job), &job->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    job->clock.name);
	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(job->db, 1);
	if (rc)
		return sqlite_failed(job, rc, 0, err);
	set_limits(job);
	if ((rc = attach_schemas(job, err)) ||
	    (rc = sqlite_series_add(job, err)) ||
	    (rc = sqlite_keep_modules(job, err)) ||
	    (rc = sqlite_clock_add(job, err)))
		return rc;
	return sqlite_functions_add(job, err);
}

void sqlite_close(struct sqlite_job *job)
{
	sqlite3_close(job->db);
	job->db = NULL;
	while (job->n_rooms > 0)
		file_map_clear(&job->rooms[--job->n_rooms]);
	sqlite3_hard_heap_limit64(0);
}

int sqlite_fail(struct sqlite_job *job, enum failure_class failure, size_t at,
    struct error *err, const char *fmt, ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (job->failure == FAILURE_NONE)
		job->failure = failure;
	error_set(err, ERROR_NODE, "%s", msg);
	engine_place(job->text, job->body_line, at, err);
	return ERROR_NODE;
}

static enum failure_class class_of(const struct sqlite_job *job, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return FAILURE_MEMORY;
	case SQLITE_INTERRUPT:
		return sqlite_is_late(job) ? FAILURE_TIMEOUT
		                           : FAILURE_CANCELLED;
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_CORRUPT:
		return FAILURE_SURROUNDINGS;
	default:
		return FAILURE_SQL;
	}
}

/* Whether a token's text is the word, by this name or another: of the rowid
 * and the schema SQLite tells one of several. */
static bool is_word(const char *text, const char *word)
{
	if (strcmp(word, "rowid") == 0)
		return strcasecmp(text, "rowid") == 0 ||
		    strcasecmp(text, "oid") == 0 ||
		    strcasecmp(text, "_rowid_") == 0;
	if (strncmp(word, "sqlite_", 7) == 0)
		return strncasecmp(text, "sqlite_", 7) == 0 ||
		    strncasecmp(text, "pragma_", 7) == 0;
	return strcasecmp(text, word) == 0;
}

/* The first token at or behind `at` that is that word, or at. */
static size_t find_word(const struct sqlite_job *job, size_t at,
    const char *word)
{
	size_t pos = at;
	struct arena a = { 0 };
	bool found = false;
	struct sql_token t;

	do {
		const char *text = "";

		t = sql_next(job->text, &pos);
		if (t.kind != SQL_OTHER)
			text = sql_text(&a, job->text, t);
		found = text != NULL && is_word(text, word);
	} while (!found && t.kind != SQL_END);
	arena_clear(&a);
	return found ? t.at : at;
}

/* The same of a table's name, with its schema or without. */
static size_t find_table(const struct sqlite_job *job, size_t at,
    const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t found = find_word(job, at, name);

	return dot == NULL || found != at ? found : find_word(job, at, dot + 1);
}

/* SQLite tells no place of it. */
static const char no_table[] = "no such table: ";
static const char no_column[] = "no such column: ";

/* What helps where SQLite's words do not say it. */
static void add_hint(const struct sqlite_job *job, const char *words, size_t at,
    struct buf *out)
{
	size_t n = strlen(no_column);

	if (strncmp(words, no_table, strlen(no_table)) == 0)
		engine_list_inputs(job->inputs, job->n_inputs, out);
	if (strncmp(words, no_column, n) != 0)
		return;
	if (at < job->text.n && job->text.p[at] == '"')
		buf_add_str(out, "; a text is written in single quotes: 'x'");
	else
		engine_add_nearest(job->inputs, job->n_inputs, words + n, out);
}

int sqlite_failed(struct sqlite_job *job, int rc, size_t at, struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	enum failure_class failure = class_of(job, rc);
	const char *said =
	    job->db ? sqlite3_errmsg(job->db) : sqlite3_errstr(rc);
	int offset = job->db ? sqlite3_error_offset(job->db) : -1;

	if (job->load_error.code) {
		*err = job->load_error;
		return err->code;
	}
	if (failure == FAILURE_TIMEOUT)
		return sqlite_fail(job, failure, at, err,
		    "the time limit is over (@timeout)");
	if (failure == FAILURE_MEMORY)
		return sqlite_fail(job, failure, at, err,
		    "the memory limit is reached (@memory)");
	if (job->refused[0] != '\0') {
		at = find_word(job, at, job->refused_word);
		return sqlite_fail(job, failure, at, err, "%s", job->refused);
	}
	if (offset >= 0 && at != ENGINE_NO_PLACE)
		at += (size_t)offset;
	else if (strncmp(said, no_table, strlen(no_table)) == 0)
		at = find_table(job, at, said + strlen(no_table));
	buf_add_str(&words, said);
	add_hint(job, said, at, &words);
	return sqlite_fail(job, failure, at, err, "%s", buf_bytes(&words).p);
}

int sqlite_prepare(struct sqlite_job *job, size_t from, size_t to,
    sqlite3_stmt **out, struct error *err)
{
	const char *tail = NULL;
	int rc;

	sqlite_guard_set(job, true);
	rc = sqlite3_prepare_v2(job->db, job->text.p + from, (int)(to - from),
	    out, &tail);
	if (rc)
		rc = sqlite_failed(job, rc, from, err);
	else if (*out == NULL || tail < job->text.p + to)
		rc = sqlite_fail(job, FAILURE_SQL, from, err,
		    "this is not one statement");
	else if (sqlite3_bind_parameter_count(*out) > 0)
		rc = sqlite_fail(job, FAILURE_SQL, from, err,
		    "%s is a placeholder that nothing fills: a parameter is "
		    "written {{name}}",
		    sqlite3_bind_parameter_name(*out, 1)
		        ? sqlite3_bind_parameter_name(*out, 1)
		        : "?");
	sqlite_guard_set(job, false);
	return rc;
}

int sqlite_do(struct sqlite_job *job, const char *sql, size_t at,
    struct error *err)
{
	int rc = sqlite3_exec(job->db, sql, NULL, NULL, NULL);

	return rc ? sqlite_failed(job, rc, at, err) : 0;
}

struct engine_input *sqlite_find_input(const struct sqlite_job *job,
    const char *schema, const char *table)
{
	return engine_find_input(job->inputs, job->n_inputs, schema, table);
}
