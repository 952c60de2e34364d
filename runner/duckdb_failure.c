/* duckdb_failure: what DuckDB says of a failure, in the words of a node: its
 * place in the user's file, what may help, and no value of the data. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/json.h"
#include "cache/base/text.h"
#include "runner/duckdb_job.h"

int duckdb_fail(struct duckdb_job *job, enum failure_class failure, size_t at,
    struct error *err, const char *fmt, ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	text_trim_cut(msg);
	if (job->failure == FAILURE_NONE)
		job->failure = failure;
	error_set(err, ERROR_NODE, "%s", msg);
	engine_place(job->text, job->body_line, at, err);
	return ERROR_NODE;
}

static bool holds(struct bytes text, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i + n <= text.n; i++)
		if (memcmp(text.p + i, p, n) == 0)
			return true;
	return false;
}

/* The end of a piece that may be a value: a text in quotes, a number, what
 * stands behind "with value"; or i. */
static size_t skip_value(const char *s, size_t i)
{
	static const char lead[] = "with value ";
	size_t from = i, n = sizeof(lead) - 1;
	const char *end;

	if ((s[i] == '\'' || s[i] == '"') &&
	    (end = strchr(s + i + 1, s[i])) != NULL)
		return (size_t)(end - s) + 1;
	if (i >= n && strncmp(s + i - n, lead, n) == 0 &&
	    (end = strstr(s + i, " can't")) != NULL)
		return (size_t)(end - s);
	if (i > 0 && isalnum((unsigned char)s[i - 1]))
		return i;
	if (!isdigit((unsigned char)s[i]))
		return i;
	while (isalnum((unsigned char)s[i]) ||
	    (strchr(".:-+", s[i]) != NULL && s[i] != '\0' &&
	        isdigit((unsigned char)s[i + 1])))
		i++;
	return i > from ? i : from;
}

/* The first line, with "..." for what is not in the user's own SQL. */
static void add_masked(struct bytes sql, const char *s, struct buf *out)
{
	size_t i = 0;

	while (s[i] != '\0' && s[i] != '\n') {
		size_t end = skip_value(s, i);

		if (end == i)
			buf_add_char(out, s[i++]);
		else if (holds(sql, s + i, end - i))
			buf_add(out, s + i, end - i);
		else
			buf_add_str(out, "...");
		i = end > i ? end : i;
	}
}

/* It spills no more than the disk has room for, nor than 16 GiB (duckdb_home),
 * and calls either out of memory. */
static bool is_disk_full(const char *said)
{
	return strstr(said, "max_temp_directory_size") != NULL &&
	    strstr(said, "/16.0 GiB used") == NULL;
}

static enum failure_class class_of(const struct duckdb_job *job, int kind,
    const char *said)
{
	switch (kind) {
	case DUCKDB_ERROR_OUT_OF_MEMORY:
		return is_disk_full(said) ? FAILURE_SURROUNDINGS
		                          : FAILURE_MEMORY;
	case DUCKDB_ERROR_INTERRUPT:
		return clock_mono() >= job->deadline ? FAILURE_TIMEOUT
		                                     : FAILURE_CANCELLED;
	case DUCKDB_ERROR_IO:
	case DUCKDB_ERROR_FATAL:
	case DUCKDB_ERROR_INTERNAL:
		return FAILURE_SURROUNDINGS;
	default:
		return FAILURE_SQL;
	}
}

/* What is said before any data is looked at. */
static bool is_about_sql(const char *type)
{
	static const char *const types[] = { "Parser", "Syntax", "Binder",
		"Catalog", "Permission", "Not implemented" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* Of a table that is not there, named alone or behind a schema or a database:
 * DuckDB tells the former apart, the others it does not. */
static bool is_about_table(const json_t *said, const char *words)
{
	static const char *const starts[] = { "Table with name ", "Catalog \"",
		"Schema with name " };
	size_t i;

	for (i = 0; i < ARRAY_LEN(starts); i++)
		if (strncmp(words, starts[i], strlen(starts[i])) == 0)
			return true;
	return strcmp(json_str_or(said, "type", ""), "Table") == 0;
}

/* Its words with line feeds as blanks; the candidates that it names are our
 * own inputs' at best, and its own catalog's at worst. */
static void add_words(const struct duckdb_job *job, const json_t *said,
    struct buf *out)
{
	const char *type = json_str_or(said, "exception_type", "");
	const char *words = json_str_or(said, "exception_message", "");
	bool is_table = is_about_table(said, words);

	if (!is_about_sql(type)) {
		add_masked(job->text, words, out);
		return;
	}
	for (; *words != '\0'; words++) {
		if (*words == '\n' && is_table)
			break;
		buf_add_char(out, *words == '\n' ? ' ' : *words);
	}
	if (is_table)
		engine_list_inputs(job->inputs, job->n_inputs, out);
}

/* The body's byte that a position in the SQL stands for. */
static size_t place_of(const json_t *said, struct duckdb_place place)
{
	const char *text = json_str_or(said, "position", NULL);
	uint64_t position = text ? strtoull(text, NULL, 10) : 0;

	if (place.at == ENGINE_NO_PLACE || position < place.prefix)
		return place.at;
	return place.at + (size_t)(position - place.prefix);
}

int duckdb_failed(struct duckdb_job *job, int kind, const char *said,
    struct duckdb_place place, struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	enum failure_class failure = class_of(job, kind, said ? said : "");
	const char *open = said ? strchr(said, '{') : NULL;
	json_auto_t *o =
	    open ? json_loads(open, JSON_DISABLE_EOF_CHECK, NULL) : NULL;

	if (job->load_error.code) {
		*err = job->load_error;
		return err->code;
	}
	if (failure == FAILURE_TIMEOUT)
		return duckdb_fail(job, failure, place.at, err,
		    "the time limit is over (@timeout)");
	if (failure == FAILURE_MEMORY)
		return duckdb_fail(job, failure, place.at, err,
		    "the memory limit is reached (@memory)");
	if (kind == DUCKDB_ERROR_OUT_OF_MEMORY)
		return duckdb_fail(job, failure, place.at, err,
		    "the store's disk is full: make room there for what "
		    "exceeds @memory, or raise it");
	buf_reset(&job->said);
	buf_printf(&job->said, "DuckDB: %s\n",
	    json_str_or(o, "exception_message", said ? said : ""));
	if (o == NULL)
		add_masked(job->text, said ? said : "DuckDB failed", &words);
	else
		add_words(job, o, &words);
	if (buf_check(&words, err))
		return err->code;
	return duckdb_fail(job, failure, place_of(o, place), err, "%s",
	    buf_bytes(&words).p);
}
