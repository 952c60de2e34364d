/*
 * pipeline_json: a pipeline as JSON, the form of tests/cases/README.md. What
 * is not said is left out.
 */
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/pipeline.h"

/* jansson takes UTF-8 alone; a body may be anything. */
static json_t *text_json(struct bytes s)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	if (text_utf8_error(s) == s.n)
		return json_stringn(s.n ? s.p : "", s.n);
	text_add_visible(&b, s);
	return json_buf(&b);
}

static void set_str(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, text_json(bytes_of(value)));
}

static void set_int(json_t *o, const char *key, int64_t value, int64_t unless)
{
	if (value != unless)
		json_object_set_new(o, key, json_integer(value));
}

static void set_true(json_t *o, const char *key, bool value)
{
	if (value)
		json_object_set_new(o, key, json_true());
}

/* Adds an array or object where something is in it. */
static void set_filled(json_t *o, const char *key, json_t *value)
{
	if (json_array_size(value) > 0 || json_object_size(value) > 0)
		json_object_set_new(o, key, value);
	else
		json_decref(value);
}

static json_t *strs_json(const char *const *s, size_t n)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(a, text_json(bytes_of(s[i])));
	return a;
}

static json_t *place_json(const struct place *at)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	if (at->path == NULL)
		return json_string("--set");
	buf_printf(&b, "%s:%d:%d", at->path, at->line, at->col);
	return b.failed ? json_buf(&b) : text_json(buf_bytes(&b));
}

static json_t *places_json(const struct place *at, size_t n)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(a, place_json(&at[i]));
	return a;
}

static json_t *input_json(const struct pipeline *p, const struct input *in)
{
	json_t *o, *list;
	size_t i;

	if (!in->is_union && in->n_columns == 0)
		return text_json(bytes_of(p->nodes[in->nodes[0]].path));
	o = json_object();
	list = json_array();
	for (i = 0; in->is_union && i < in->n_nodes; i++) {
		json_t *one = json_object();

		set_str(one, "from", in->from[i]);
		set_str(one, "node", p->nodes[in->nodes[i]].path);
		json_array_append_new(list, one);
	}
	if (!in->is_union)
		set_str(o, "node", p->nodes[in->nodes[0]].path);
	set_filled(o, "union", list);
	set_filled(o, "columns", strs_json(in->columns, in->n_columns));
	return o;
}

static json_t *inputs_json(const struct pipeline *p, const struct node *n)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < n->n_inputs; i++)
		json_object_set_new(o, n->inputs[i].name,
		    input_json(p, &n->inputs[i]));
	return o;
}

static json_t *columns_json(const struct contract *c)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < c->n_columns; i++) {
		json_t *o = json_object();

		set_str(o, "name", c->columns[i].name);
		set_str(o, "type", c->columns[i].type);
		set_str(o, "unit", c->columns[i].unit);
		set_str(o, "doc", c->columns[i].doc);
		set_str(o, "tolerance", c->columns[i].tolerance);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *format_json(const struct text_format *f)
{
	json_t *o = json_object();

	if (f->delimiter != '\0')
		json_object_set_new(o, "delimiter",
		    json_stringn(&f->delimiter, 1));
	if (f->quote == QUOTE_NONE)
		set_str(o, "quote", "none");
	else if (f->quote != '\0')
		json_object_set_new(o, "quote", json_stringn(&f->quote, 1));
	if (f->windows_1252)
		set_str(o, "encoding", "windows-1252");
	if (f->no_header)
		json_object_set_new(o, "header", json_false());
	set_str(o, "null", f->null);
	return o;
}

static json_t *parameters_json(const struct node *n)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < n->n_parameters; i++) {
		const struct parameter *p = &n->parameters[i];
		json_t *o = json_object();

		set_str(o, "value", p->value);
		set_str(o, "type", p->type);
		json_object_set_new(o, "at", place_json(&p->at));
		json_object_set_new(all, p->name, o);
	}
	return all;
}

static json_t *tests_json(const struct node *n, bool warnings)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n->n_tests; i++)
		if (n->tests[i].is_warning == warnings)
			json_array_append_new(a,
			    text_json(bytes_of(n->tests[i].text)));
	return a;
}

static json_t *cases_json(const struct node *n)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n->n_cases; i++)
		json_array_append_new(a, json_string(n->cases[i].name));
	return a;
}

static void add_origin(const struct node *n, json_t *o)
{
	static const char *const kinds[] = { "code", "table", "source" };

	set_str(o, "path", n->path);
	set_str(o, "kind", kinds[n->kind]);
	set_str(o, "file", n->file);
	if (strcmp(n->file, n->own_file) != 0)
		set_str(o, "own_file", n->own_file);
	set_filled(o, "include", places_json(n->include, n->n_include));
	set_str(o, "hides", n->hides);
}

static void add_code(const struct pipeline *p, const struct node *n, json_t *o)
{
	const struct action *a;

	if (n->action >= p->n_actions)
		return;
	a = &p->actions[n->action];
	set_str(o, "action", a->path);
	set_str(o, "engine", a->engine);
	set_str(o, "run", a->run);
	set_str(o, "probe", a->probe);
	if (n->kind != NODE_CODE)
		return;
	json_object_set_new(o, "body", text_json(n->body));
	set_int(o, "body_line", n->body_line, 0);
	if (strcmp(a->engine, "command") == 0)
		set_str(o, "file_name", n->file_name);
}

static void add_contract(const struct node *n, json_t *o)
{
	set_filled(o, "key", strs_json(n->contract.key, n->contract.n_key));
	set_true(o, "ordered", n->contract.ordered);
	set_filled(o, "columns", columns_json(&n->contract));
	set_filled(o, "format", format_json(&n->format));
	set_filled(o, "paths", strs_json(n->paths, n->n_paths));
	set_filled(o, "tests", tests_json(n, false));
	set_filled(o, "warns", tests_json(n, true));
	set_filled(o, "cases", cases_json(n));
	set_filled(o, "phi", strs_json(n->phi, n->n_phi));
	set_true(o, "release", n->release);
}

static void add_limits(const struct node *n, json_t *o)
{
	set_str(o, "doc", n->doc);
	set_str(o, "owner", n->owner);
	set_str(o, "volatile", n->volatile_reason);
	set_true(o, "snapshot_date", n->uses_snapshot_date);
	set_int(o, "timeout_ms", n->timeout_ms, 0);
	set_int(o, "memory_bytes", n->memory_bytes, 0);
	set_str(o, "pool", n->pool);
	set_int(o, "threads", n->threads, 1);
}

static json_t *node_json(const struct pipeline *p, const struct node *n)
{
	json_t *o = json_object(), *helpers = json_object();
	size_t i;

	add_origin(n, o);
	add_code(p, n, o);
	set_filled(o, "inputs", inputs_json(p, n));
	for (i = 0; i < n->n_helpers; i++)
		set_str(helpers, n->helpers[i].name, n->helpers[i].path);
	set_filled(o, "helpers", helpers);
	add_contract(n, o);
	set_filled(o, "parameters", parameters_json(n));
	add_limits(n, o);
	return o;
}

static json_t *diagnostics_json(const struct pipeline *p, bool warnings)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++) {
		const struct diagnostic *d = &p->diagnostics[i];
		json_t *o;

		if (d->is_warning != warnings)
			continue;
		o = json_object();
		set_str(o, "path", d->at.path);
		set_int(o, "line", d->at.line, 0);
		set_int(o, "column", d->at.col, 0);
		set_str(o, "message", d->message);
		set_filled(o, "chain", places_json(d->chain, d->n_chain));
		json_array_append_new(a, o);
	}
	return a;
}

int pipeline_to_json(const struct pipeline *p, json_t **out, struct error *err)
{
	const size_t failed = json_failures();
	json_t *nodes = json_array();
	size_t i;

	*out = json_object();
	if (*out == NULL || nodes == NULL) {
		json_decref(nodes);
		json_decref(*out);
		*out = NULL;
		return error_memory(err);
	}
	for (i = 0; i < p->n; i++)
		json_array_append_new(nodes, node_json(p, &p->nodes[i]));
	set_filled(*out, "nodes", nodes);
	set_filled(*out, "warnings", diagnostics_json(p, true));
	set_filled(*out, "errors", diagnostics_json(p, false));
	if (json_failures() == failed)
		return 0;
	json_decref(*out);
	*out = NULL;
	return error_memory(err);
}
