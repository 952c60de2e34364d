/* failure: what DuckDB says of a failure, over a node's SQL (which stands
 * before a line "==="). Whatever it says, there are words, in UTF-8 where its
 * are; and of what is not about the SQL itself no number comes through that
 * does not stand in the SQL. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/duckdb_job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int kinds[] = { 0, DUCKDB_ERROR_OUT_OF_MEMORY,
	DUCKDB_ERROR_INTERRUPT, DUCKDB_ERROR_IO, DUCKDB_ERROR_FATAL };

/* Takes what stands before the first "===" and a line feed off the text. */
static struct bytes take_sql(struct bytes *text)
{
	struct bytes sql = { text->p, 0 };

	for (; sql.n + 4 <= text->n; sql.n++)
		if (memcmp(text->p + sql.n, "===\n", 4) == 0) {
			text->p += sql.n + 4;
			text->n -= sql.n + 4;
			return sql;
		}
	return (struct bytes){ text->p, 0 };
}

static bool stands_in(struct bytes sql, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i + n <= sql.n; i++)
		if (memcmp(sql.p + i, p, n) == 0)
			return true;
	return false;
}

/* Numbers of data. Texts in quotes are not looked for: those of a cut message
 * pair otherwise. */
static void check_values(struct bytes sql, const char *s)
{
	const char *p = s;
	size_t n;

	for (; *p != '\0'; p += n) {
		n = 1;
		if (!isdigit((unsigned char)*p) ||
		    (p > s && isalnum((unsigned char)p[-1])))
			continue;
		while (isdigit((unsigned char)p[n]))
			n++;
		if (!stands_in(sql, p, n))
			abort();
	}
}

/* As duckdb_failure.c has it: by DuckDB's name for the kind of failure. */
static bool is_about_data(const char *said)
{
	const char *open = strchr(said, '{');
	json_auto_t *o =
	    open ? json_loads(open, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	const char *type = json_str_or(o, "exception_type", "");

	return o == NULL || type[0] == '\0' ||
	    strcmp(type, "Conversion") == 0 ||
	    strcmp(type, "Out of Range") == 0 ||
	    strcmp(type, "Constraint") == 0 ||
	    strcmp(type, "Invalid Input") == 0;
}

static void check(struct duckdb_job *job, const char *said,
    const struct error *err)
{
	const size_t n = strlen(err->msg);

	if (err->code != ERROR_NODE || job->failure == FAILURE_NONE ||
	    (text_utf8_error(bytes_of(said)) == strlen(said) &&
	        text_utf8_error(bytes_of(err->msg)) != n))
		abort();
	if (is_about_data(said))
		check_values(job->text, err->msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct engine_input inputs[] = { { .name = "Patient" } };
	struct bytes text = { (const char *)data, size };
	const struct bytes sql = take_sql(&text);
	struct duckdb_job job = { .text = sql,
		.body_line = 3,
		.inputs = inputs,
		.n_inputs = size % 2 };
	const struct duckdb_place place = { size % 3 ? 0 : ENGINE_NO_PLACE, 8,
		true };
	char *said = mem_strndup(text.p, text.n);
	struct error err = { 0 };

	if (said == NULL)
		abort();
	(void)!duckdb_failed(&job, kinds[size % ARRAY_LEN(kinds)], said, place,
	    &err);
	check(&job, said, &err);
	buf_clear(&job.said);
	mem_free(said);
	return 0;
}
