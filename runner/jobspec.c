/* jobspec: see jobspec.h. */
#include "runner/jobspec.h"

#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/duckdb_body.h"

enum {
	DEFAULT_TIMEOUT_MS = 60 * 60 * 1000,
};

/* 0 where jansson took the value, which it does also not where v is NULL. */
static int put(json_t *object, const char *key, json_t *v)
{
	return json_object_set_new(object, key, v);
}

static json_t *strings(const char *const *names, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array != NULL && i < n; i++)
		if (json_array_append_new(array, json_string(names[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *format_json(const struct text_format *f)
{
	json_t *o = json_object();
	char one[2] = { 0 };

	if (o == NULL)
		return NULL;
	one[0] = f->delimiter;
	if (f->delimiter && put(o, "delimiter", json_string(one)))
		goto fail;
	one[0] = f->quote;
	if (f->quote &&
	    put(o, "quote", json_string(f->quote == QUOTE_NONE ? "none" : one)))
		goto fail;
	if (f->no_header && put(o, "header", json_false()))
		goto fail;
	if (f->windows_1252 && put(o, "encoding", json_string("windows-1252")))
		goto fail;
	if (f->null && put(o, "null", json_string(f->null)))
		goto fail;
	return o;
fail:
	json_decref(o);
	return NULL;
}

static json_t *contract_json(const struct node *node)
{
	json_t *columns = json_array();
	size_t i;

	for (i = 0; columns != NULL && i < node->contract.n_columns; i++) {
		const struct contract_column *c = &node->contract.columns[i];

		if (json_array_append_new(columns,
		        json_pack("[s,s]", c->name, c->type))) {
			json_decref(columns);
			return NULL;
		}
	}
	return json_pack("{s:o,s:o,s:o,s:b}", "columns", columns, "format",
	    format_json(&node->format), "key",
	    strings(node->contract.key, node->contract.n_key), "ordered",
	    node->contract.ordered);
}

/* A column as the code sees it: what its reader's outcome may depend on. */
static json_t *column_json(const struct column *c, const struct digest *d)
{
	char type[64];
	json_t *o;

	type_print(&c->type, type, sizeof(type));
	o = json_pack("{s:s,s:s}", "name", c->name, "type", type);
	if (o == NULL)
		return NULL;
	if ((c->type.as[0] && put(o, "as", json_string(c->type.as))) ||
	    (d && put(o, "digest", json_digest(d)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *input_json(const struct job_input *in)
{
	json_t *columns;
	size_t i;

	if (in->read == NULL)
		return json_pack("{s:s,s:o}", "name", in->name, "table",
		    json_digest(&in->table->id));
	columns = json_array();
	for (i = 0; columns != NULL && i < in->table->n_columns; i++) {
		if (!in->read[i])
			continue;
		if (json_array_append_new(columns,
		        column_json(&in->table->columns[i], &in->digests[i]))) {
			json_decref(columns);
			return NULL;
		}
	}
	return json_pack("{s:o,s:s,s:I}", "columns", columns, "name", in->name,
	    "rows", (json_int_t)in->table->rows);
}

static json_t *source_json(const struct snapshot_source *s)
{
	return json_pack("{s:o,s:I}", "blob", json_digest(&s->blob), "bytes",
	    (json_int_t)s->bytes);
}

static json_t *inputs_json(const struct job *job)
{
	json_t *array = json_array();
	size_t i;
	int rc = 0;

	if (array == NULL)
		return NULL;
	for (i = 0; rc == 0 && i < job->node->n_inputs; i++)
		rc = json_array_append_new(array, input_json(&job->inputs[i]));
	for (i = 0; rc == 0 && i < job->n_sources; i++)
		rc = json_array_append_new(array,
		    source_json(&job->snapshot->sources[job->sources[i]]));
	if (rc == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *helpers_json(const struct job *job, bool with_blob)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array != NULL && i < job->node->n_helpers; i++) {
		const struct job_helper *h = &job->helpers[i];
		json_t *o = json_pack("{s:s}", "name", h->name);

		if (put(o, with_blob ? "blob" : "bytes",
		        with_blob ? json_digest(&h->blob)
		                  : json_integer((json_int_t)h->text.n)) ||
		    json_array_append_new(array, o)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *body_json(const struct job *job)
{
	if (job->node->kind == NODE_CODE)
		return json_stringn(job->node->body.p, job->node->body.n);
	if (job->node->kind == NODE_TABLE)
		return json_pack("{s:o,s:I}", "blob", json_digest(job->body),
		    "bytes", (json_int_t)job->body_bytes);
	return json_string(""); /* NODE_SOURCE: its files are its inputs */
}

static json_t *action_json(const struct job *job)
{
	if (job->action == NULL)
		return json_pack("{s:s,s:s}", "engine", "table", "version",
		    job->version);
	return json_pack("{s:s,s:o,s:s}", "engine", job->action->engine, "text",
	    json_digest(&job->action->text), "version", job->version);
}

/* DuckDB cannot note whether it was asked, as SQLite's clock does: what may
 * ask is known by its words. */
static bool asks_clock(const struct job *job)
{
	return job->action != NULL && job->node->kind == NODE_CODE &&
	    strcmp(job->action->engine, "duckdb") == 0 &&
	    duckdb_asks_clock(job->node->body);
}

int jobspec_what(const struct job *job, json_t **out, struct error *err)
{
	const struct node *node = job->node;
	json_t *what = json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:i}", "action",
	    action_json(job), "body", body_json(job), "contract",
	    contract_json(node), "format", "sluice-job/1", "helpers",
	    helpers_json(job, true), "inputs", inputs_json(job), "threads",
	    node->threads > 0 ? node->threads : 1);

	if (what == NULL)
		return node->kind == NODE_CODE &&
		        text_utf8_error(node->body) < node->body.n
		    ? error_set(err, ERROR_NODE, "%s is not UTF-8", node->file)
		    : error_memory(err);
	if ((job->action && strcmp(job->action->engine, "command") == 0 &&
	        put(what, "file", json_string(node->file_name))) ||
	    (node->volatile_reason &&
	        put(what, "snapshot", json_digest(&job->snapshot->id))) ||
	    (asks_clock(job) &&
	        put(what, "date", json_string(job->snapshot->date)))) {
		json_decref(what);
		return error_memory(err);
	}
	*out = what;
	return 0;
}

int jobspec_dated(const json_t *what, const char *date, json_t **out,
    struct error *err)
{
	/* jansson's copy does not change its argument; its prototype does not
	 * say so for the shallow one */
	json_t *copy = json_deep_copy(what);

	if (copy == NULL || put(copy, "date", json_string(date))) {
		json_decref(copy);
		return error_memory(err);
	}
	*out = copy;
	return 0;
}

int jobspec_key(const json_t *what, struct digest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	int rc = json_print(what, &b, err);

	return rc ? rc : digest_of(buf_bytes(&b), out, err);
}

/* Texts behind their lengths, in the machine's own form (an outline is
 * compared on one machine): what follows one cannot be taken for its end. */
static void add_text(struct buf *b, struct bytes text)
{
	buf_add(b, (const char *)&text.n, sizeof(text.n));
	buf_add(b, text.p, text.n);
}

static void add_str(struct buf *b, const char *s)
{
	add_text(b, s ? bytes_of(s) : bytes_of(""));
	buf_add_char(b, s ? '+' : '-');
}

static void outline_contract(const struct node *node, struct buf *b)
{
	const struct contract *c = &node->contract;
	const struct text_format *f = &node->format;
	size_t i;

	for (i = 0; i < c->n_columns; i++) {
		add_str(b, c->columns[i].name);
		add_str(b, c->columns[i].type);
	}
	buf_printf(b, "%zu %d ", (size_t)c->n_columns, c->ordered);
	for (i = 0; i < c->n_key; i++)
		add_str(b, c->key[i]);
	buf_printf(b, "%zu %d %d %d %d ", (size_t)c->n_key, f->delimiter,
	    f->quote, f->no_header, f->windows_1252);
	add_str(b, f->null);
}

static void outline_inputs(const struct node *node,
    const struct digest *const *ids, struct buf *b)
{
	size_t i, k;

	for (i = 0; i < node->n_inputs; i++) {
		const struct input *in = &node->inputs[i];

		add_str(b, in->name);
		buf_printf(b, "%d %zu %zu ", in->is_union, (size_t)in->n_nodes,
		    (size_t)in->n_columns);
		for (k = 0; k < in->n_nodes; k++) {
			buf_add(b, (const char *)ids[0]->bytes,
			    sizeof(ids[0]->bytes));
			ids++;
			add_str(b, in->is_union ? in->from[k] : NULL);
		}
		for (k = 0; k < in->n_columns; k++)
			add_str(b, in->columns[k]);
	}
}

/* A test case reads files of the source in the place of tables. */
static bool has_outline(const struct node *node)
{
	uint32_t i;

	for (i = 0; i < node->n_inputs; i++)
		if (node->inputs[i].fixture != NULL)
			return false;
	return node->kind != NODE_SOURCE && node->n_helpers == 0 &&
	    node->volatile_reason == NULL;
}

int jobspec_outline(const struct job *job, const struct digest *const *ids,
    const char *date, struct digest *out, struct error *err)
{
	const struct node *node = job->node;
	CLEANUP(buf_clear) struct buf b = { 0 };
	char hex[DIGEST_HEX + 1] = "";

	*out = (struct digest){ { 0 } };
	if (!has_outline(node))
		return 0;
	buf_reserve(&b, node->body.n + 2048);
	add_str(&b, job->action ? job->action->engine : NULL);
	if (job->action)
		digest_print(&job->action->text, hex);
	add_str(&b, hex);
	add_str(&b, job->version);
	buf_printf(&b, "%d %d ", (int)node->kind, node->threads);
	add_text(&b, node->body);
	if (node->kind == NODE_TABLE) {
		add_str(&b, node->file);
		add_str(&b, node->file_blob);
	}
	add_str(&b, node->file_name);
	add_str(&b, asks_clock(job) ? date : NULL);
	outline_contract(node, &b);
	outline_inputs(node, ids, &b);
	return buf_check(&b, err) ? ERROR_MEMORY
	                          : digest_of(buf_bytes(&b), out, err);
}

struct csv_format jobspec_format(const struct text_format *format, bool is_tsv,
    bool is_command)
{
	struct csv_format f = {
		.delimiter = format->delimiter ? format->delimiter
		    : is_tsv                   ? '\t'
		                               : ',',
		.quote = format->quote && format->quote != QUOTE_NONE
		    ? format->quote
		    : '"',
		.no_quote = format->quote == QUOTE_NONE,
		.no_header = format->no_header,
		.windows_1252 = format->windows_1252,
		.one_column_null = is_command,
	};

	if (format->null != NULL && strlen(format->null) < sizeof(f.null))
		memcpy(f.null, format->null, strlen(format->null) + 1);
	return f;
}

int jobspec_contract(const struct node *node, struct table_spec *out,
    struct column **pinned, struct error *err)
{
	const struct contract *c = &node->contract;
	struct column *columns = mem_array(c->n_columns, sizeof(*columns));
	size_t i;

	if (columns == NULL)
		return error_memory(err);
	for (i = 0; i < c->n_columns; i++) {
		union {
			const char *borrowed;
			char *name;
		} name = { c->columns[i].name };
		int rc = type_parse(c->columns[i].type, &columns[i].type, err);

		columns[i].name = name.name;
		if (rc) {
			error_place(err, c->columns[i].at.path,
			    c->columns[i].at.line, c->columns[i].at.col);
			mem_free(columns);
			return rc;
		}
	}
	*pinned = columns;
	*out = (struct table_spec){ .key = c->key,
		.n_key = c->n_key,
		.ordered = c->ordered,
		.pinned = columns,
		.n_pinned = c->n_columns };
	return 0;
}

/* The columns that count in the key: the code is given those; or NULL. */
static json_t *read_json(const struct job_input *in)
{
	json_t *names = in->read ? json_array() : NULL;
	size_t i;

	for (i = 0; names != NULL && i < in->table->n_columns; i++)
		if (in->read[i] &&
		    json_array_append_new(names,
		        json_string(in->table->columns[i].name))) {
			json_decref(names);
			return NULL;
		}
	return names;
}

static int add_part(json_t *parts, uint64_t bytes, uint64_t rows)
{
	return json_array_append_new(parts,
	    json_pack("{s:I,s:I}", "bytes", (json_int_t)bytes, "rows",
	        (json_int_t)rows));
}

/* What the descriptors are: an image, or the parts. */
static int add_parts(json_t *parts, const struct job_input *in)
{
	const struct table *t = in->table;
	size_t i;
	int rc = 0;

	if (in->image_bytes > 0)
		return add_part(parts, in->image_bytes, t->rows);
	for (i = 0; rc == 0 && i < t->n_parts; i++)
		rc = add_part(parts, t->parts[i].bytes, t->parts[i].rows);
	return rc;
}

static json_t *request_input(const struct job_input *in, bool with_parts)
{
	json_t *columns = json_array(), *parts = json_array();
	json_t *read = with_parts ? read_json(in) : NULL;
	json_t *image = in->image_bytes > 0 ? json_true() : NULL;
	size_t i;
	int rc =
	    columns && parts && (read || !with_parts || !in->read) ? 0 : -1;

	for (i = 0; rc == 0 && i < in->table->n_columns; i++)
		rc = json_array_append_new(columns,
		    column_json(&in->table->columns[i], NULL));
	if (rc == 0 && with_parts)
		rc = add_parts(parts, in);
	if (rc) {
		json_decref(columns);
		json_decref(parts);
		json_decref(read);
		return NULL;
	}
	return json_pack("{s:o,s:o*,s:s,s:b,s:o,s:o*,s:I}", "columns", columns,
	    "image", image, "name", in->name, "ordered", in->table->ordered,
	    "parts", parts, "read", read, "rows", (json_int_t)in->table->rows);
}

int jobspec_request(const struct job *job, const char *op,
    const struct digest *key, json_t **out, struct error *err)
{
	const struct node *node = job->node;
	bool is_run = strcmp(op, "run") == 0;
	int64_t timeout =
	    node->timeout_ms ? node->timeout_ms : DEFAULT_TIMEOUT_MS;
	json_t *inputs = json_array(), *r;
	size_t i;

	for (i = 0; inputs != NULL && i < node->n_inputs; i++)
		if (json_array_append_new(inputs,
		        request_input(&job->inputs[i], is_run))) {
			json_decref(inputs);
			inputs = NULL;
		}
	r = json_pack("{s:s,s:s,s:o,s:i,s:o,s:o,s:o,s:s,s:o,s:i,s:I,s:I}", "op",
	    op, "engine", job->action->engine, "body", body_json(job),
	    "body_line", node->body_line, "inputs", inputs, "helpers",
	    is_run ? helpers_json(job, false) : json_array(), "format",
	    format_json(&node->format), "date", job->snapshot->date, "seed",
	    json_digest(key), "threads", node->threads > 0 ? node->threads : 1,
	    "timeout_ms", (json_int_t)timeout, "memory_bytes",
	    (json_int_t)node->memory_bytes);
	if (r == NULL ||
	    (is_run && job->is_checked && put(r, "checked", json_true())) ||
	    (node->file_name && put(r, "file", json_string(node->file_name))) ||
	    (job->action->run &&
	        put(r, "run", json_string(job->action->run)))) {
		json_decref(r);
		return error_memory(err);
	}
	*out = r;
	return 0;
}
