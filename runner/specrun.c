/* specrun: see specrun.h. */
#include "runner/specrun.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/collect.h"
#include "runner/records.h"

/* A request under way. */
struct call {
	json_t *request, *inputs, *reply;
	int *fds;
	size_t n, cap; /* fds: log, output of SQL, then what is read */
	bool is_command;
	char directory[512];
};

static void call_clear(struct call *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		fd_close(&c->fds[i]);
	mem_free(c->fds);
	json_decref(c->request);
	json_decref(c->inputs);
	json_decref(c->reply);
	if (c->directory[0] != '\0')
		file_remove_tree(c->directory, NULL);
}

static int *add_fd(struct call *c)
{
	int *more = mem_grow(c->fds, c->n, &c->cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	c->fds = more;
	more[c->n] = -1;
	return &more[c->n++];
}

static int add_temp(const struct specrun *s, struct call *c, struct error *err)
{
	int *fd = add_fd(c);

	return fd ? file_open_temp(store_temp_dir(s->store), fd, err)
	          : error_memory(err);
}

static int add_blob(const struct specrun *s, struct call *c,
    const struct digest *id, struct error *err)
{
	int *fd = add_fd(c);

	return fd ? store_open_blob(s->store, id, fd, err) : error_memory(err);
}

static int add_parts(const struct specrun *s, struct call *c,
    const struct table *t, json_t *parts, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->n_parts; i++) {
		json_t *part = json_pack("{s:I,s:I}", "bytes",
		    (json_int_t)t->parts[i].bytes, "rows",
		    (json_int_t)t->parts[i].rows);

		rc = json_array_append_new(parts, part)
		    ? error_memory(err)
		    : add_blob(s, c, &t->parts[i].blob, err);
	}
	return rc;
}

static int add_table(const struct specrun *s, struct call *c, const char *name,
    const struct table *t, struct error *err)
{
	json_t *parts = json_array(), *columns = NULL;
	json_t *input = json_pack("{s:s,s:I,s:o}", "name", name, "rows",
	    (json_int_t)t->rows, "parts", parts);
	int rc = columns_to_json(t->columns, t->n_columns, &columns, err);

	if (input == NULL || json_array_append_new(c->inputs, input)) {
		json_decref(columns);
		return rc ? rc : error_memory(err);
	}
	if (rc == 0 && json_object_set_new(input, "columns", columns))
		rc = error_memory(err);
	return rc ? rc : add_parts(s, c, t, parts, err);
}

static int add_input(const struct specrun *s, struct call *c,
    const json_t *input, struct error *err)
{
	struct table t = { 0 };
	struct digest id;
	const char *name;
	int rc = json_get_str(input, "name", &name, err);

	if (rc)
		return rc;
	if (json_object_get(input, "table") == NULL)
		return error_set(err, ERROR_USAGE,
		    "of input %s only the columns are known that the code "
		    "reads; `sluice verify --rebuild NODE` executes it",
		    name);
	if ((rc = json_get_digest(input, "table", &id, err)) == 0 &&
	    (rc = table_load(s->store, &id, &t, err)) == 0)
		rc = add_table(s, c, name, &t, err);
	table_clear(&t);
	return rc;
}

static int add_inputs(const struct specrun *s, struct call *c,
    struct error *err)
{
	const json_t *inputs = json_object_get(s->what, "inputs");
	const json_t *helpers = json_object_get(s->what, "helpers");
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < json_array_size(inputs); i++)
		rc = add_input(s, c, json_array_get(inputs, i), err);
	for (i = 0; rc == 0 && i < json_array_size(helpers); i++) {
		struct digest id;

		rc = json_get_digest(json_array_get(helpers, i), "blob", &id,
		    err);
		if (rc == 0)
			rc = add_blob(s, c, &id, err);
	}
	return rc;
}

/* Members of `from` that a request has under the same name. */
static int copy_members(json_t *to, const json_t *from,
    const char *const *names, struct error *err)
{
	for (; *names != NULL; names++) {
		const json_t *v = json_object_get(from, *names);

		if (v != NULL &&
		    json_object_set_new(to, *names, json_deep_copy(v)))
			return error_memory(err);
	}
	return 0;
}

/* What a request has that neither side needs to say. */
static json_t *defaults(const struct specrun *s, const char *engine)
{
	char today[CLOCK_TEXT];
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest key = { 0 };

	clock_print_date(clock_now(), today);
	if (json_print(s->what, &text, NULL) ||
	    digest_of(buf_bytes(&text), &key, NULL))
		return NULL;
	return json_pack("{s:s,s:s,s:i,s:s,s:o,s:i,s:i,s:i,s:s}", "op", "run",
	    "engine", engine, "body_line", 1, "date", today, "seed",
	    json_digest(&key), "threads", 1, "timeout_ms", 3600000,
	    "memory_bytes", 0, "sandbox", s->sandbox);
}

static int make_request(const struct specrun *s, struct call *c,
    struct error *err)
{
	static const char *const of_how[] = { "body_line", "date",
		"memory_bytes", "run", "timeout_ms", NULL };
	static const char *const of_what[] = { "body", "date", "file",
		"helpers", "threads", NULL };
	static const char *const of_contract[] = { "format", NULL };
	const char *engine =
	    json_str_or(json_object_get(s->what, "action"), "engine", "");

	c->is_command = strcmp(engine, "command") == 0;
	if (!c->is_command && strcmp(engine, "sqlite") != 0 &&
	    strcmp(engine, "duckdb") != 0)
		return error_set(err, ERROR_USAGE,
		    "a job of the engine \"%s\" is not executed by hand",
		    engine);
	c->inputs = json_array();
	c->request = defaults(s, engine);
	if (c->inputs == NULL || c->request == NULL)
		return error_memory(err);
	if (copy_members(c->request, s->how, of_how, err) ||
	    copy_members(c->request, s->what, of_what, err) ||
	    copy_members(c->request, json_object_get(s->what, "contract"),
	        of_contract, err))
		return ERROR_MEMORY;
	return 0;
}

/* The contract of `what`, for who makes the table. */
struct terms {
	struct table_spec spec;
	const char **key;
	struct column *pinned;
	struct csv_format format;
};

static void terms_clear(struct terms *t)
{
	mem_free(t->key);
	mem_free(t->pinned);
}

static int read_pinned(const json_t *columns, struct terms *t,
    struct error *err)
{
	size_t i, n = json_array_size(columns);
	int rc = 0;

	t->pinned = mem_array(n, sizeof(*t->pinned));
	if (t->pinned == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n; i++) {
		const json_t *pair = json_array_get(columns, i);
		union { /* borrowed from the JSON */
			const char *borrowed;
			char *name;
		} name = { json_string_value(json_array_get(pair, 0)) };
		const char *type = json_string_value(json_array_get(pair, 1));

		if (name.name == NULL || type == NULL)
			return error_set(err, ERROR_CORRUPT,
			    "JobSpec: a column of the contract is not a name "
			    "and a type");
		t->pinned[i].name = name.name;
		rc = type_parse(type, &t->pinned[i].type, err);
	}
	t->spec.pinned = t->pinned;
	t->spec.n_pinned = n;
	return rc;
}

static int read_terms(const json_t *contract, struct terms *t,
    struct error *err)
{
	const json_t *key = json_object_get(contract, "key");
	const json_t *format = json_object_get(contract, "format");
	size_t i, n = json_array_size(key);

	t->key = mem_array(n, sizeof(*t->key));
	if (t->key == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		t->key[i] = json_string_value(json_array_get(key, i));
		if (t->key[i] == NULL)
			return error_set(err, ERROR_CORRUPT,
			    "JobSpec: a column of the key is not a name");
	}
	t->spec.key = t->key;
	t->spec.n_key = n;
	t->spec.ordered = json_is_true(json_object_get(contract, "ordered"));
	t->format = (struct csv_format){
		.delimiter = json_str_or(format, "delimiter", "")[0],
		.quote = json_str_or(format, "quote", "")[0],
		.no_header = json_is_false(json_object_get(format, "header")),
		.windows_1252 = json_object_get(format, "encoding") != NULL,
		.one_column_null = true,
	};
	snprintf(t->format.null, sizeof(t->format.null), "%s",
	    json_str_or(format, "null", ""));
	return read_pinned(json_object_get(contract, "columns"), t, err);
}

static int call_worker(const struct specrun *s, struct call *c,
    struct error *err)
{
	int rc;

	if ((rc = make_request(s, c, err)) || (rc = add_temp(s, c, err)) ||
	    (!c->is_command && (rc = add_temp(s, c, err))) ||
	    (rc = add_inputs(s, c, err)) ||
	    (c->is_command &&
	        (rc = file_make_temp_dir(s->directory, c->directory,
	             sizeof(c->directory), err))))
		return rc;
	if (json_object_set(c->request, "inputs", c->inputs) ||
	    (c->is_command &&
	        json_object_set_new(c->request, "directory",
	            json_string(c->directory))))
		return error_memory(err);
	return worker_call(s->worker,
	    &(struct worker_call){ .request = c->request,
	        .fds = c->fds,
	        .n_fds = c->n,
	        .timeout_ms = json_integer_value(
	            json_object_get(c->request, "timeout_ms")) },
	    &c->reply, err);
}

static int build_table(const struct specrun *s, const struct call *c,
    const struct terms *t, struct table *table, struct error *err)
{
	CLEANUP(records_closep) struct records *r = NULL;
	int rc = records_open(s->store, &t->spec, c->fds[1], &r, err);

	return rc ? rc : records_finish(r, c->reply, table, err);
}

static int take_table(const struct specrun *s, struct call *c,
    const struct terms *t, struct result *result, struct table *table,
    struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (c->is_command)
		return collect_output(s->store, c->directory, &t->spec,
		    &t->format, table, result, err);
	rc = build_table(s, c, t, table, &why);
	if (rc != ERROR_NODE && rc != ERROR_SYNTAX)
		return rc ? error_set(err, why.code, "%s", why.msg) : 0;
	result->state = RESULT_FAILED;
	result->failure = FAILURE_OUTPUT;
	error_print(&why, result->message, sizeof(result->message));
	return 0;
}

static void take_failure(const json_t *reply, struct result *result)
{
	int failure = failure_of(json_str_or(reply, "failure", ""));

	result->state = RESULT_FAILED;
	result->failure =
	    failure < 0 ? FAILURE_SURROUNDINGS : (enum failure_class)failure;
	result->exit_status =
	    (int)json_integer_value(json_object_get(reply, "exit"));
	result->line = (int)json_integer_value(json_object_get(reply, "line"));
	result->col = (int)json_integer_value(json_object_get(reply, "col"));
	snprintf(result->message, sizeof(result->message), "%s",
	    json_str_or(reply, "message", ""));
	text_trim_cut(result->message);
}

int specrun_execute(const struct specrun *s, struct result *result,
    struct table *table, struct buf *log, struct error *err)
{
	CLEANUP(terms_clear) struct terms t = { 0 };
	CLEANUP(call_clear) struct call c = { 0 };
	int rc = read_terms(json_object_get(s->what, "contract"), &t, err);

	*result = (struct result){ 0 };
	if (rc || (rc = call_worker(s, &c, err)))
		return rc;
	if (lseek(c.fds[0], 0, SEEK_SET) < 0)
		return error_sys(err, "the log");
	if ((rc = file_read_fd(c.fds[0], FILE_MAX, log, err)) != 0)
		return rc;
	if (strcmp(json_str_or(c.reply, "status", ""), "ok") == 0)
		return take_table(s, &c, &t, result, table, err);
	take_failure(c.reply, result);
	return 0;
}
