/* fuzz_sql: the SQLite engine on any SQL, with tight limits. Whatever the SQL
 * is, the engine answers, and twice the same; an output has as many records as
 * it says; and what is said not to be read is not missed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/record.h"
#include "runner/engine.h"
#include "runner/sqlite_body.h"

static const char rows[] =
    "1,a,2020-01-01,1.5\n2,,,\n3,\"b,c\",1999-12-31,-0.5\n";

static int file_with(const char *text, size_t n)
{
	int fd = -1;

	if (file_open_temp("/tmp", &fd, NULL) ||
	    file_write_fd(fd, (struct bytes){ text, n }, NULL))
		abort();
	return fd;
}

static json_t *input(const char *name)
{
	return json_pack("{s:s,s:[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}],"
	                 "s:[{s:i,s:i}],s:i}",
	    "name", name, "columns", "name", "id", "type", "integer", "name",
	    "t", "type", "text", "name", "d", "type", "date", "name", "x",
	    "type", "real", "parts", "bytes", (int)sizeof(rows) - 1, "rows", 3,
	    "rows", 3);
}

static void check_output(const json_t *reply, int fd)
{
	struct file_map map = { 0 };
	size_t n = json_array_size(json_object_get(reply, "columns"));
	json_int_t count = json_integer_value(json_object_get(reply, "rows"));
	struct field *fields = mem_array(n, sizeof(*fields));
	struct record_scan scan = { .n_fields = n };

	if (fields == NULL || file_map_fd(fd, &map, NULL))
		abort();
	scan.text = map.data;
	while (record_next(&scan, fields, NULL) > 0)
		;
	if (scan.text.n != 0 || (json_int_t)scan.n != count)
		abort();
	record_clear(&scan);
	file_map_clear(&map);
	mem_free(fields);
}

/* The reply, or NULL; the output, whose descriptor is the caller's. */
static json_t *ask(const char *op, const char *sql, int *out)
{
	int parts[] = { file_with(rows, sizeof(rows) - 1),
		file_with(rows, sizeof(rows) - 1) };
	json_t *request = json_pack("{s:s,s:s,s:[o,o],s:s,s:i,s:i}", "op", op,
	    "body", sql, "inputs", input("p"), input("q"), "date", "2026-11-20",
	    "timeout_ms", 200, "memory_bytes", 16 << 20);
	json_t *reply = request ? json_object() : NULL; /* NULL: not UTF-8 */
	struct engine_job job = { .request = request,
		.log = -1,
		.output = *out = file_with("", 0),
		.parts = parts,
		.n_parts = 2 };

	if (request != NULL && engine_sqlite(&job, reply, NULL) == 0 &&
	    json_object_get(reply, "status") == NULL)
		abort();
	json_decref(request);
	close(parts[0]);
	close(parts[1]);
	return reply;
}

static bool is_ok(const json_t *reply)
{
	return strcmp(json_str_or(reply, "status", ""), "ok") == 0;
}

/* Limits of time and memory may strike in one of two executions. */
static bool is_limit(const json_t *reply)
{
	const char *failure = json_str_or(reply, "failure", "");

	return strcmp(failure, "timeout") == 0 ||
	    strcmp(failure, "memory") == 0;
}

static bool same_files(int a, int b)
{
	struct file_map x = { 0 }, y = { 0 };
	bool same;

	if (file_map_fd(a, &x, NULL) || file_map_fd(b, &y, NULL))
		abort();
	same = bytes_eq(x.data, y.data);
	file_map_clear(&x);
	file_map_clear(&y);
	return same;
}

/* An index on an input is tried on the real table alone. */
static bool has_index(const char *sql)
{
	struct bytes text = bytes_of(sql);
	size_t pos = 0;
	struct sql_token t;

	do
		t = sql_next(text, &pos);
	while (t.kind != SQL_END && !sql_is(text, t, "INDEX"));
	return t.kind != SQL_END;
}

static void try_sql(const char *sql)
{
	int out[3];
	json_t *columns = ask("columns", sql, &out[0]);
	json_t *first = ask("run", sql, &out[1]);
	json_t *second = ask("run", sql, &out[2]);
	size_t i;

	if (is_ok(first))
		check_output(first, out[1]);
	/* a column that was said not to be read is missed */
	if (is_ok(columns) && !has_index(sql) &&
	    strstr(json_str_or(first, "message", ""), "no such column"))
		abort();
	if (!is_limit(first) && !is_limit(second)) {
		json_object_del(first, "memory_bytes");
		json_object_del(second, "memory_bytes");
		if (!json_equal(first, second) && first != NULL)
			abort();
		if (!same_files(out[1], out[2]))
			abort();
	}
	json_decref(columns);
	json_decref(first);
	json_decref(second);
	for (i = 0; i < ARRAY_LEN(out); i++)
		close(out[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *sql = mem_strndup((const char *)data, size);

	if (sql == NULL)
		abort();
	try_sql(sql);
	mem_free(sql);
	return 0;
}
