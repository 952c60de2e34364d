/* shapes: see shapes.h. */
#include "runner/shapes.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"

enum {
	HEAD_MOST = 1 << 16, /* bytes of a file that its header is in */
	TIMEOUT_MS = 60000,
};

static char *keep(struct shapes *s, const char *name)
{
	union {
		const char *kept;
		char *name;
	} u = { arena_strdup(&s->arena, name) };

	return u.name;
}

size_t shape_find(const struct shape *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n && !text_eq_fold(s->columns[i].name, name); i++)
		;
	return i;
}

static int copy_columns(struct shapes *s, const struct column *columns,
    size_t n, size_t room, struct shape *out, struct error *err)
{
	size_t i;

	out->columns = arena_array(&s->arena, n + room, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		out->columns[i] = (struct column){ keep(s, columns[i].name),
			columns[i].type };
		if (out->columns[i].name == NULL)
			return error_memory(err);
	}
	out->n = n;
	out->is_known = true;
	return 0;
}

int shape_copy(struct shapes *s, const struct shape *from, size_t room,
    struct shape *out, struct error *err)
{
	struct shape copy = *from;
	int rc = copy_columns(s, from->columns, from->n, room, &copy, err);

	if (rc == 0)
		*out = copy;
	return rc;
}

int shape_add(struct shapes *s, const struct shape *from, const char *name,
    struct type type, struct shape *out, struct error *err)
{
	int rc = shape_copy(s, from, 1, out, err);

	if (rc)
		return rc;
	out->columns[out->n] = (struct column){ keep(s, name), type };
	return out->columns[out->n++].name ? 0 : error_memory(err);
}

/* -- the last run -- */

const struct manifest_node *shapes_last(const struct shapes *s,
    const char *path)
{
	const struct manifest *m = s->rq->inputs.previous;
	const struct manifest_node *was = m ? manifest_find(m, path) : NULL;

	return was && was->state != NODE_FAILED && was->state != NODE_BLOCKED &&
	        !digest_is_null(&was->table)
	    ? was
	    : NULL;
}

bool shapes_is_as_it_was(const struct shapes *s, const struct node *n)
{
	const struct manifest_node *was = shapes_last(s, n->path);

	return was != NULL && strcmp(was->file_blob, n->file_blob) == 0;
}

/* The names that it had in the last run, or nothing is known. */
static int shape_of_last(struct shapes *s, const struct node *n,
    struct shape *out, struct error *err)
{
	CLEANUP(table_clear) struct table t = { 0 };
	const struct manifest_node *was = shapes_last(s, n->path);
	size_t i;

	if (was == NULL || table_load(s->rq->store, &was->table, &t, NULL))
		return 0;
	for (i = 0; i < t.n_columns; i++)
		t.columns[i].type = (struct type){ .kind = TYPE_NONE };
	return copy_columns(s, t.columns, t.n_columns, 0, out, err);
}

/* -- files -- */

/* A name that is not there, or twice, gets another when the file is read: which
 * is not for sure here. */
static int take_header(struct shapes *s, const struct csv_reader *r,
    struct shape *out, struct error *err)
{
	const struct field *names;
	size_t i, n;

	csv_header(r, &names, &n);
	out->columns = arena_array(&s->arena, n, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	out->is_known = out->is_certain = true;
	for (i = 0; i < n; i++) {
		union {
			const char *kept;
			char *name;
		} u = { names[i].n
			    ? arena_strndup(&s->arena, names[i].p, names[i].n)
			    : arena_printf(&s->arena, "c%zu", i + 1) };

		if (u.name == NULL)
			return error_memory(err);
		out->is_certain &= names[i].n > 0;
		if (shape_find(out, u.name) < out->n)
			out->is_certain = false;
		else
			out->columns[out->n++] =
			    (struct column){ u.name, { .kind = TYPE_NONE } };
	}
	return 0;
}

/* What all values of each column are, as they are when the file is read. */
static int take_kinds(struct shapes *s, struct csv_reader *r, struct shape *out,
    struct error *err)
{
	const struct field *fields;
	struct type_guess *guesses =
	    arena_array(&s->arena, out->n, sizeof(*guesses));
	bool *is_empty = arena_array(&s->arena, out->n, sizeof(*is_empty));
	size_t i, n;
	int rc;

	if (guesses == NULL || is_empty == NULL)
		return error_memory(err);
	while ((rc = csv_next(r, &fields, &n, NULL)) > 0)
		for (i = 0; i < n; i++)
			type_guess_add(&guesses[i], &fields[i]);
	for (i = 0; rc == 0 && i < out->n; i++) {
		out->columns[i].type.kind = type_guess_kind(&guesses[i]);
		is_empty[i] = !guesses[i].any;
	}
	out->is_empty = is_empty;
	return 0; /* what cannot be read is told where it is run */
}

static int shape_of_file(struct shapes *s, const struct node *n,
    struct shape *out, struct error *err)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	const struct csv_format format =
	    jobspec_format(&n->format, text_ends_in(n->file, ".tsv"), false);
	int rc = source_read(s->p->source, n->file, &text, err);

	if (rc)
		return rc;
	if (csv_open(buf_bytes(&text), &format, &r, NULL))
		return 0; /* told where it is run */
	rc = take_header(s, r, out, err);
	return rc || !out->is_certain ? rc : take_kinds(s, r, out, err);
}

/* The header of the first file that the snapshot has for it: those of others
 * agree, or the node fails. */
static int shape_of_source(struct shapes *s, const struct node *n,
    struct shape *out, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(mem_freep) size_t *match = NULL;
	CLEANUP(fd_close) int fd = -1;
	const struct csv_format format =
	    jobspec_format(&n->format, false, false);
	const struct snapshot *all = s->rq->snapshot;
	struct bytes head;
	size_t k = 0;
	int rc = 0;

	if (n->n_paths > 0)
		rc = snapshot_match(all, n->paths[0], &match, &k, err);
	if (rc || k == 0)
		return rc ? rc : shape_of_last(s, n, out, err);
	if ((rc = store_open_blob(s->rq->store, &all->sources[match[0]].blob,
	         &fd, err)) ||
	    (rc = file_map_fd(fd, &map, err)))
		return rc;
	head = map.data;
	head.n = head.n < HEAD_MOST ? head.n : HEAD_MOST;
	while (
	    map.data.n > HEAD_MOST && head.n > 0 && head.p[head.n - 1] != '\n')
		head.n--;
	if (csv_open(head, &format, &r, NULL))
		return 0;
	return take_header(s, r, out, err);
}

/* -- inputs -- */

/* Where one of a union has another type, it is not known which it will be: the
 * text of one may be without a value. */
static void agree_types(const struct shape *one, struct shape *out)
{
	size_t i, k;

	for (i = 1; i < out->n; i++) {
		k = shape_find(one, out->columns[i].name);
		if (k == one->n ||
		    !type_eq(&one->columns[k].type, &out->columns[i].type))
			out->columns[i].type =
			    (struct type){ .kind = TYPE_NONE };
	}
}

/* One behind the other, with what each row is from in front. */
static int shape_of_union(struct shapes *s, const struct input *in,
    struct shape *out, struct error *err)
{
	const struct shape *first = &s->nodes[in->nodes[0]];
	size_t i;
	int rc;

	if (!first->is_known)
		return 0;
	rc = copy_columns(s, first->columns, first->n, 1, out, err);
	if (rc)
		return rc;
	memmove(out->columns + 1, out->columns, out->n * sizeof(*out->columns));
	out->columns[0] =
	    (struct column){ keep(s, "_from"), { .kind = TYPE_TEXT } };
	out->n++;
	out->is_certain = first->is_certain;
	for (i = 1; i < in->n_nodes; i++) {
		out->is_certain &= s->nodes[in->nodes[i]].is_certain;
		agree_types(&s->nodes[in->nodes[i]], out);
	}
	return out->columns[0].name ? 0 : error_memory(err);
}

/* The columns that a @depend names; of others nothing is known. */
static int shape_of_view(struct shapes *s, const struct input *in,
    const struct shape *full, struct shape *out, struct error *err)
{
	size_t i, k;
	int rc =
	    copy_columns(s, full->columns, full->n, in->n_columns, out, err);

	out->is_certain = full->is_certain;
	for (i = 0; rc == 0 && i < in->n_columns; i++) {
		if ((k = shape_find(full, in->columns[i])) == full->n) {
			*out = (struct shape){ 0 };
			return 0;
		}
		out->columns[i] = full->columns[k];
	}
	out->n = in->n_columns;
	return rc;
}

static int shape_of_input(struct shapes *s, const struct input *in,
    struct shape *out, struct error *err)
{
	struct shape all = { 0 };
	int rc = 0;

	*out = (struct shape){ 0 };
	if (in->is_union)
		rc = shape_of_union(s, in, &all, err);
	else
		all = s->nodes[in->nodes[0]];
	if (rc || !all.is_known || in->n_columns == 0)
		*out = all;
	else
		rc = shape_of_view(s, in, &all, out, err);
	return rc;
}

int shapes_of_inputs(struct shapes *s, const struct node *n, struct shape **out,
    struct error *err)
{
	struct shape *in = arena_array(&s->arena, n->n_inputs, sizeof(*in));
	size_t i;
	int rc = in ? 0 : error_memory(err);

	*out = in;
	for (i = 0; rc == 0 && i < n->n_inputs; i++) {
		rc = shape_of_input(s, &n->inputs[i], &in[i], err);
		if (!in[i].is_known)
			*out = NULL;
	}
	return rc;
}

/* -- an engine is asked -- */

static bool is_engine(const struct shapes *s, const struct node *n,
    const char *engine)
{
	return n->kind == NODE_CODE &&
	    strcmp(s->p->actions[n->action].engine, engine) == 0;
}

bool shapes_is_sql(const struct shapes *s, const struct node *n)
{
	return is_engine(s, n, "sqlite") || is_engine(s, n, "duckdb");
}

bool shapes_is_ok(const json_t *reply)
{
	return strcmp(json_str_or(reply, "status", ""), "ok") == 0;
}

static int make_input(struct shapes *s, const struct shape *shape,
    const char *name, struct table *t, struct job_input *in, struct error *err)
{
	struct shape typed = { 0 };
	size_t i;
	int rc = copy_columns(s, shape->columns, shape->n, 0, &typed, err);

	if (rc)
		return rc;
	for (i = 0; i < typed.n; i++)
		if (typed.columns[i].type.kind == TYPE_NONE)
			typed.columns[i].type.kind = TYPE_TEXT;
	*t = (struct table){ .columns = typed.columns, .n_columns = typed.n };
	*in = (struct job_input){ .name = name, .table = t };
	return 0;
}

int shapes_ask(struct shapes *s, const struct node *n,
    const struct shape *inputs, json_t **reply, struct error *err)
{
	static const struct digest no_seed;
	struct table *tables =
	    arena_array(&s->arena, n->n_inputs, sizeof(*tables));
	struct job_input *in = arena_array(&s->arena, n->n_inputs, sizeof(*in));
	const struct job job = { .node = n,
		.action = &s->p->actions[n->action],
		.version = "1",
		.inputs = in,
		.snapshot = s->rq->snapshot };
	json_auto_t *request = NULL;
	size_t i;
	int rc = 0;

	if (tables == NULL || in == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n->n_inputs; i++)
		rc = make_input(s, &inputs[i], n->inputs[i].name, &tables[i],
		    &in[i], err);
	if (rc == 0)
		rc = jobspec_request(&job, "columns", &no_seed, &request, err);
	if (rc)
		return rc;
	if (json_object_set_new(request, "gives", json_true()))
		return error_memory(err);
	return worker_call(s->worker,
	    &(struct worker_call){ .request = request,
	        .timeout_ms = TIMEOUT_MS,
	        .is_question = true },
	    reply, err);
}

/* Whether an input has a column whose type is not known. */
static bool has_unknown(const struct shape *inputs, size_t n)
{
	size_t i, c;

	for (i = 0; i < n; i++)
		for (c = 0; c < inputs[i].n; c++)
			if (inputs[i].columns[c].type.kind == TYPE_NONE)
				return true;
	return false;
}

static int take_gives(struct shapes *s, const json_t *gives, struct shape *out,
    struct error *err)
{
	const json_t *one;
	size_t i;

	out->n = json_array_size(gives);
	out->columns = arena_array(&s->arena, out->n, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	json_array_foreach(gives, i, one) {
		struct column *c = &out->columns[i];

		c->name = keep(s, json_str_or(one, "name", ""));
		if (c->name == NULL)
			return error_memory(err);
		if (type_parse(json_str_or(one, "type", ""), &c->type, NULL))
			c->type = (struct type){ .kind = TYPE_NONE };
		snprintf(c->type.as, sizeof(c->type.as), "%s",
		    json_str_or(one, "as", ""));
	}
	out->is_known = true;
	return 0;
}

/* Text stood for what was not known: of SQLite's answer, which tells the type
 * of a column and a CAST alone, the other types are what they are. */
static void forget_types(const struct shapes *s, const struct node *n,
    struct shape *out)
{
	size_t i;

	for (i = 0; i < out->n; i++)
		if (is_engine(s, n, "duckdb") ||
		    out->columns[i].type.kind == TYPE_TEXT)
			out->columns[i].type =
			    (struct type){ .kind = TYPE_NONE };
}

/* Whether there are others, or it is not understood, with another column in
 * each of the inputs. */
static int look_for_star(struct shapes *s, const struct node *n,
    const struct shape *inputs, size_t n_columns, bool *out, struct error *err)
{
	struct shape *more = arena_array(&s->arena, n->n_inputs, sizeof(*more));
	json_auto_t *reply = NULL;
	size_t i;
	int rc = more ? 0 : error_memory(err);

	for (i = 0; rc == 0 && i < n->n_inputs; i++) {
		char name[48];

		snprintf(name, sizeof(name), "sluice more %zu", i);
		rc = shape_add(s, &inputs[i], name,
		    (struct type){ .kind = TYPE_TEXT }, &more[i], err);
	}
	if (rc == 0)
		rc = shapes_ask(s, n, more, &reply, err);
	*out = rc || !shapes_is_ok(reply) ||
	    json_array_size(json_object_get(reply, "gives")) != n_columns;
	return rc;
}

static int find_certain(struct shapes *s, const struct node *n,
    const struct shape *inputs, bool star, struct shape *out, struct error *err)
{
	bool is_certain = true;
	size_t i;
	int rc = 0;

	for (i = 0; i < n->n_inputs; i++)
		is_certain &= inputs[i].is_certain;
	if (!is_certain && !star && is_engine(s, n, "duckdb"))
		rc = look_for_star(s, n, inputs, out->n, &star, err);
	out->is_certain = is_certain || !star;
	return rc;
}

static int shape_of_sql(struct shapes *s, const struct node *n,
    struct shape *out, struct error *err)
{
	json_auto_t *reply = NULL;
	const json_t *gives;
	struct shape *inputs;
	int rc = shapes_of_inputs(s, n, &inputs, err);

	if (rc == 0 && inputs != NULL)
		rc = shapes_ask(s, n, inputs, &reply, err);
	gives = json_object_get(reply, "gives");
	if (rc || inputs == NULL || !shapes_is_ok(reply) || gives == NULL)
		return rc ? rc : shape_of_last(s, n, out, err);
	if ((rc = take_gives(s, gives, out, err)))
		return rc;
	if (has_unknown(inputs, n->n_inputs))
		forget_types(s, n, out);
	return find_certain(s, n, inputs,
	    json_is_true(json_object_get(reply, "star")), out, err);
}

/* -- types -- */

static void pin_types(const struct node *n, struct shape *out)
{
	struct type type;
	size_t i, c;

	for (i = 0; i < n->contract.n_columns; i++) {
		c = shape_find(out, n->contract.columns[i].name);
		if (c < out->n &&
		    type_parse(n->contract.columns[i].type, &type, NULL) == 0)
			out->columns[c].type = type;
	}
}

static bool may_be_same(const struct shapes *s, const struct node *n)
{
	size_t i, k;

	for (i = 0; i < n->n_inputs; i++)
		for (k = 0; k < n->inputs[i].n_nodes; k++)
			if (!s->nodes[n->inputs[i].nodes[k]].is_same)
				return false;
	return shapes_is_as_it_was(s, n);
}

/* What is not known is taken from the last run, where that was of the same. */
static void take_last_types(const struct shapes *s, const struct node *n,
    struct shape *out)
{
	CLEANUP(table_clear) struct table t = { 0 };
	size_t i, c;

	if (!out->is_known || !may_be_same(s, n) ||
	    table_load(s->rq->store, &shapes_last(s, n->path)->table, &t, NULL))
		return;
	out->is_same = out->n == t.n_columns;
	for (i = 0; i < out->n; i++) {
		struct type *type = &out->columns[i].type;

		c = table_find_column(&t, out->columns[i].name);
		if (c < t.n_columns && type->kind == TYPE_NONE)
			*type = t.columns[c].type;
		out->is_same &=
		    c < t.n_columns && type->kind == t.columns[c].type.kind;
	}
}

static int make_shape(struct shapes *s, const struct node *n, struct shape *out,
    struct error *err)
{
	int rc;

	if (n->kind == NODE_TABLE)
		rc = shape_of_file(s, n, out, err);
	else if (n->kind == NODE_SOURCE)
		rc = shape_of_source(s, n, out, err);
	else if (shapes_is_sql(s, n))
		rc = shape_of_sql(s, n, out, err);
	else
		rc = shape_of_last(s, n, out, err);
	if (rc)
		return rc;
	pin_types(n, out);
	take_last_types(s, n, out);
	return 0;
}

int shapes_make(struct shapes *s, bool *wanted, struct error *err)
{
	size_t i;
	int rc = 0;

	s->nodes = arena_array(&s->arena, s->p->n, sizeof(*s->nodes));
	if (s->nodes == NULL)
		return error_memory(err);
	pipeline_close_over_inputs(s->p, wanted);
	for (i = 0; rc == 0 && i < s->p->n; i++) {
		size_t index = s->p->order[i];

		if (wanted[index])
			rc = make_shape(s, &s->p->nodes[index],
			    &s->nodes[index], err);
	}
	return rc;
}
