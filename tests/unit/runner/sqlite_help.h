#ifndef SLUICE_TESTS_SQLITE_HELP_H
#define SLUICE_TESTS_SQLITE_HELP_H
/*
 * sqlite_help -- requests to the SQL engines put together from text: to
 * engine_sqlite(), or where the request's engine says so engine_duckdb().
 *
 * Use        struct call c = call_open(); call_input(&c, "p",
 *            "id integer, born date", "1,2020-04-27\n");
 *            call_sql(&c, "run", "SELECT * FROM p"); c.reply, c.output;
 *            call_close(&c).
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/buf.h"
#include "cache/base/file.h"
#include "runner/engine.h"
#include "tests/unit/cmocka_all.h"

enum {
	CALL_PARTS = 1024
};

struct call {
	json_t *request, *inputs, *reply;
	int parts[CALL_PARTS];
	size_t n_parts;
	struct buf output, log;
	struct error err;
};

static inline struct call call_open(void)
{
	struct call c = { .request = json_object(), .inputs = json_array() };

	json_object_set_new(c.request, "engine", json_string("sqlite"));
	json_object_set_new(c.request, "file", json_string("Patient.sql"));
	json_object_set_new(c.request, "body_line", json_integer(1));
	json_object_set_new(c.request, "date", json_string("2026-11-20"));
	json_object_set_new(c.request, "seed",
	    json_string("00112233445566778899aabbccddeeff"
	                "00112233445566778899aabbccddeeff"));
	json_object_set(c.request, "inputs", c.inputs);
	return c;
}

static inline void call_forget(struct call *c)
{
	json_decref(c->reply);
	c->reply = NULL;
	buf_clear(&c->output);
	buf_clear(&c->log);
	c->err = (struct error){ 0 };
}

static inline void call_close(struct call *c)
{
	size_t i;

	call_forget(c);
	for (i = 0; i < c->n_parts; i++)
		close(c->parts[i]);
	json_decref(c->inputs);
	json_decref(c->request);
}

/* A file without a name that holds the text. */
static inline int call_file(struct bytes text)
{
	struct error err = { 0 };
	int fd = -1;

	assert_int_equal(file_open_temp("/tmp", &fd, &err), 0);
	assert_int_equal(file_write_fd(fd, text, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline size_t count_rows(struct bytes csv)
{
	size_t i, n = 0;
	int quoted = 0;

	for (i = 0; i < csv.n; i++) {
		quoted ^= csv.p[i] == '"';
		n += csv.p[i] == '\n' && !quoted;
	}
	return n;
}

static inline json_t *call_column(const char *text, size_t n)
{
	char copy[200], *space;

	assert_true(n < sizeof(copy));
	memcpy(copy, text, n);
	copy[n] = '\0';
	space = strrchr(copy, ' ');
	assert_non_null(space);
	*space = '\0';
	return json_pack("{s:s,s:s}", "name", copy, "type", space + 1);
}

/* An input of columns "name type, name type" with its rows as a part. */
static inline void call_input(struct call *c, const char *name,
    const char *columns, const char *csv)
{
	json_t *array = json_array(), *parts = json_array();
	struct bytes text = bytes_of(csv);
	size_t rows = count_rows(text);

	while (*columns != '\0') {
		size_t n = strcspn(columns, ",");

		/* decimal(10,2) */
		if (memchr(columns, '(', n) != NULL)
			n = (size_t)(strchr(columns, ')') + 1 - columns);
		json_array_append_new(array, call_column(columns, n));
		columns += n + (columns[n] == ',');
		columns += strspn(columns, " ");
	}
	if (text.n > 0) {
		assert_true(c->n_parts < CALL_PARTS);
		json_array_append_new(parts,
		    json_pack("{s:I,s:I}", "bytes", (json_int_t)text.n, "rows",
		        (json_int_t)rows));
		c->parts[c->n_parts++] = call_file(text);
	}
	json_array_append_new(c->inputs,
	    json_pack("{s:s,s:o,s:o,s:I}", "name", name, "columns", array,
	        "parts", parts, "rows", (json_int_t)rows));
}

static inline int call_engine(const struct engine_job *job, json_t *reply,
    struct error *err)
{
	const char *engine =
	    json_string_value(json_object_get(job->request, "engine"));

	return strcmp(engine, "duckdb") == 0 ? engine_duckdb(job, reply, err)
	                                     : engine_sqlite(job, reply, err);
}

/* The engine's own status; the reply, output and log are in c. */
static inline int call_sql(struct call *c, const char *op, const char *sql)
{
	int log = call_file((struct bytes){ "", 0 });
	int out = call_file((struct bytes){ "", 0 });
	struct engine_job job = { .request = c->request,
		.log = log,
		.output = out,
		.parts = c->parts,
		.n_parts = c->n_parts };
	int rc;

	call_forget(c);
	json_object_set_new(c->request, "op", json_string(op));
	json_object_set_new(c->request, "body", json_string(sql));
	c->reply = json_object();
	rc = call_engine(&job, c->reply, &c->err);
	lseek(log, 0, SEEK_SET);
	lseek(out, json_integer_value(json_object_get(c->reply, "from")),
	    SEEK_SET);
	file_read_fd(log, FILE_MAX, &c->log, NULL);
	file_read_fd(out, FILE_MAX, &c->output, NULL);
	buf_add(&c->log, "", 0);
	buf_add(&c->output, "", 0);
	close(log);
	close(out);
	return rc;
}

static inline const char *call_str(const struct call *c, const char *key)
{
	const char *s = json_string_value(json_object_get(c->reply, key));

	return s ? s : "";
}

static inline int call_int(const struct call *c, const char *key)
{
	return (int)json_integer_value(json_object_get(c->reply, key));
}

/* "name type, name type" of the reply's columns. */
static inline void call_types(const struct call *c, char *out, size_t size)
{
	const json_t *array = json_object_get(c->reply, "columns");
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < json_array_size(array); i++) {
		const json_t *col = json_array_get(array, i);

		n += (size_t)snprintf(out + n, size - n, "%s%s %s",
		    i ? ", " : "",
		    json_string_value(json_object_get(col, "name")),
		    json_string_value(json_object_get(col, "type")));
	}
}

#endif
