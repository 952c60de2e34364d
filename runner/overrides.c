/* overrides: see overrides.h. */
#include "runner/overrides.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/missing.h"
#include "runner/shapes.h"

enum {
	LACKING_MOST = 20, /* columns that are told of one reader */
};

struct check {
	struct pipeline *p;
	struct shapes shapes;
	bool *wanted; /* whose shapes are */
	int rc; /* of the errors that were told */
};

/* -- what is told -- */

static struct place place_of_code(const struct node *n)
{
	bool is_own = strcmp(n->file, n->own_file) == 0;

	return (struct place){ n->own_file,
		is_own && n->kind == NODE_CODE ? n->body_line : 1, 1 };
}

static int tell(struct check *c, struct place at, struct buf *words,
    struct error *err)
{
	int rc = buf_check(words, err);

	if (rc)
		return rc;
	rc = pipeline_add_error(c->p, at, words->p, err);
	c->rc = rc;
	return rc == ERROR_MEMORY ? rc : 0;
}

static int tell_lack(struct check *c, const struct node *override,
    const char *name, const struct node *reader, struct place at,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };

	buf_printf(&words,
	    "there is no column %.128s here, which %s:%d reads (%s, which is "
	    "mounted) of what this hides",
	    name, at.path, at.line, reader->path);
	return tell(c, place_of_code(override), &words, err);
}

/* -- what a reader lacks -- */

/* The column that the engine misses. */
static bool read_missing(const json_t *reply, struct missing *out)
{
	return !shapes_is_ok(reply) &&
	    missing_read(json_str_or(reply, "message", ""), out);
}

static bool are_others_certain(const struct shape *inputs, size_t n,
    size_t except)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (i != except && !inputs[i].is_certain)
			return false;
	return true;
}

/* Whether the reader is content once its input has the column, too: then it is
 * this one that lacks it. The column stays. */
static int add_column(struct check *c, const struct node *reader, size_t input,
    struct shape *inputs, const char *name, json_t **reply, struct error *err)
{
	int rc = shape_add(&c->shapes, &inputs[input], name,
	    (struct type){ .kind = TYPE_NONE }, &inputs[input], err);

	if (rc)
		return rc;
	json_decref(*reply);
	*reply = NULL;
	return shapes_ask(&c->shapes, reader, inputs, reply, err);
}

static int check_sql(struct check *c, const struct node *reader, size_t input,
    const struct node *override, struct error *err)
{
	struct missing lacks, then;
	json_auto_t *reply = NULL;
	struct shape *inputs;
	int rc = shapes_of_inputs(&c->shapes, reader, &inputs, err), n = 0;

	if (rc || inputs == NULL ||
	    (rc = shapes_ask(&c->shapes, reader, inputs, &reply, err)))
		return rc;
	while (rc == 0 && n++ < LACKING_MOST && read_missing(reply, &lacks)) {
		struct place at = { reader->file, 1, 1 };
		int line =
		    (int)json_integer_value(json_object_get(reply, "line"));

		/* it may be one that another input is going to have */
		if (lacks.qualifier[0] == '\0' &&
		    !are_others_certain(inputs, reader->n_inputs, input))
			return 0;
		at.line = line > 0 ? line : 1;
		rc = add_column(c, reader, input, inputs, lacks.name, &reply,
		    err);
		if (rc == 0 && read_missing(reply, &then) &&
		    strcmp(then.name, lacks.name) == 0)
			return 0;
		if (rc == 0)
			rc =
			    tell_lack(c, override, lacks.name, reader, at, err);
	}
	return rc;
}

static int check_named(struct check *c, const struct node *reader,
    const struct input *in, const struct node *override, struct error *err)
{
	const struct shape *s = &c->shapes.nodes[in->nodes[0]];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < in->n_columns; i++)
		if (shape_find(s, in->columns[i]) == s->n)
			rc = tell_lack(c, override, in->columns[i], reader,
			    in->at, err);
	return rc;
}

/* -- what a reader would get of another type -- */

/* The type that a column of what is hidden has, and how that is known. */
struct expected {
	struct type type; /* TYPE_NONE: it is not */
	const struct contract_column *declared; /* NULL: in the last run */
};

/* What is hidden, in the last run; or NULL. */
static const struct manifest_node *hidden_in_last(const struct check *c,
    const struct node *override)
{
	const char *const paths[] = { override->path, override->hides };
	const struct manifest_node *was;
	size_t i;

	for (i = 0; i < ARRAY_LEN(paths); i++) {
		was = shapes_last(&c->shapes, paths[i]);
		if (was != NULL &&
		    strcmp(was->file_blob, override->hidden_blob) == 0)
			return was;
	}
	return NULL;
}

/* Where nothing of it and of what it read has changed since: then it would be
 * the same today. */
static const struct manifest_node *hidden_as_it_was(const struct check *c,
    const struct node *override)
{
	const struct manifest_node *was = hidden_in_last(c, override);
	const struct node *n;
	size_t i;

	for (i = 0; was != NULL && i < was->n_inputs; i++) {
		n = pipeline_find(c->p, was->inputs[i]);
		if (n == NULL || !c->shapes.nodes[n - c->p->nodes].is_same)
			return NULL;
	}
	return was;
}

static struct expected find_expected(const struct node *override,
    const struct table *last, const char *name)
{
	const struct contract *hidden = &override->hidden;
	struct expected out = { { .kind = TYPE_NONE }, NULL };
	size_t i;

	for (i = 0; i < hidden->n_columns; i++)
		if (text_eq_fold(hidden->columns[i].name, name)) {
			out.declared = &hidden->columns[i];
			if (type_parse(out.declared->type, &out.type, NULL))
				out.type.kind = TYPE_NONE;
			return out;
		}
	for (i = 0; i < last->n_columns; i++)
		if (text_eq_fold(last->columns[i].name, name))
			out.type = last->columns[i].type;
	return out;
}

static bool is_number(enum type_kind kind)
{
	return kind == TYPE_INTEGER || kind == TYPE_REAL ||
	    kind == TYPE_DECIMAL;
}

/* Whether each value of type a is one of b. */
static bool holds(const struct type *a, const struct type *b)
{
	return a->kind == b->kind &&
	    (a->kind != TYPE_DECIMAL ||
	        (a->scale <= b->scale &&
	            a->precision - a->scale <= b->precision - b->scale));
}

/* The rows of a run tell whole numbers from others by chance. */
static bool is_retyped(const struct type *is, const struct expected *e)
{
	if (is->kind == TYPE_NONE || e->type.kind == TYPE_NONE)
		return false;
	if (e->declared != NULL)
		return !holds(is, &e->type);
	return is->kind != e->type.kind &&
	    !(is_number(is->kind) && is_number(e->type.kind));
}

/* Text is also what a column is called of which no value told more. */
static bool is_without_values(const struct shape *s, size_t column)
{
	return s->is_empty != NULL && s->is_empty[column] &&
	    s->columns[column].type.kind == TYPE_TEXT;
}

/* And so of the last run's. What cannot be read any more is not known. */
static bool has_type(const struct check *c, const struct table *last,
    const char *name)
{
	bool is_empty = false;
	size_t i;

	for (i = 0; i < last->n_columns; i++)
		if (text_eq_fold(last->columns[i].name, name))
			break;
	return i == last->n_columns ||
	    last->columns[i].type.kind != TYPE_TEXT ||
	    (table_is_without_values(c->shapes.rq->store, last, i, &is_empty,
	         NULL) == 0 &&
	        !is_empty);
}

static int tell_type(struct check *c, const struct node *override,
    const struct column *column, const struct expected *e,
    const struct node *reader, struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	struct place at = place_of_code(override);
	char is[64], was[64];
	size_t i;

	for (i = 0; i < override->contract.n_columns; i++)
		if (text_eq_fold(override->contract.columns[i].name,
		        column->name))
			at = override->contract.columns[i].at;
	type_print(&column->type, is, sizeof(is));
	type_print(&e->type, was, sizeof(was));
	buf_printf(&words, "column %.128s is %s here, and ", column->name, is);
	if (e->declared != NULL)
		buf_printf(&words, "%s in what this hides (%s:%d)", was,
		    e->declared->at.path, e->declared->at.line);
	else
		buf_printf(&words, "was %s in what this hides", was);
	buf_printf(&words,
	    ", as %s reads it, which is mounted; CAST it, or say @column %.128s "
	    "%s",
	    reader->path, column->name, was);
	return tell(c, at, &words, err);
}

/* A reader, and what its SQL gives over columns of the types that it knows. */
struct reading {
	const struct node *reader;
	size_t input;
	struct shape *inputs; /* NULL: not known, or it is no SQL */
	json_t *reply;
};

static int open_reading(struct check *c, struct reading *r,
    const struct expected *which, struct error *err)
{
	const struct input *in = &r->reader->inputs[r->input];
	const struct shape *s = &c->shapes.nodes[in->nodes[0]];
	struct shape *own;
	size_t i, k;
	int rc = 0;

	if (shapes_is_sql(&c->shapes, r->reader))
		rc = shapes_of_inputs(&c->shapes, r->reader, &r->inputs, err);
	if (rc || r->inputs == NULL)
		return rc;
	own = &r->inputs[r->input];
	if ((rc = shape_copy(&c->shapes, own, 0, own, err)))
		return rc;
	for (i = 0; i < s->n; i++) {
		k = shape_find(own, s->columns[i].name);
		if (which[i].type.kind != TYPE_NONE && k < own->n)
			own->columns[k].type = which[i].type;
	}
	return shapes_ask(&c->shapes, r->reader, r->inputs, &r->reply, err);
}

/* Whether SQL is refused without the column, or gives something else. */
static int needs(struct check *c, const struct reading *r, const char *name,
    bool *out, struct error *err)
{
	const json_t *gives = json_object_get(r->reply, "gives");
	struct shape *own, kept;
	json_auto_t *reply = NULL;
	size_t k;
	int rc;

	*out = false;
	if (r->inputs == NULL || !shapes_is_ok(r->reply) || gives == NULL)
		return 0;
	own = &r->inputs[r->input];
	kept = *own;
	k = shape_find(own, name);
	if (k == own->n || (rc = shape_copy(&c->shapes, own, 0, own, err)))
		return k == own->n ? 0 : rc;
	own->n--;
	memmove(own->columns + k, own->columns + k + 1,
	    (own->n - k) * sizeof(*own->columns));
	rc = shapes_ask(&c->shapes, r->reader, r->inputs, &reply, err);
	*own = kept;
	*out = rc == 0 &&
	    !(shapes_is_ok(reply) &&
	        json_equal(gives, json_object_get(reply, "gives")));
	return rc;
}

static int is_read(struct check *c, const struct reading *r, const char *name,
    bool *out, struct error *err)
{
	const struct input *in = &r->reader->inputs[r->input];
	size_t i;

	if (shapes_is_sql(&c->shapes, r->reader) && in->n_columns == 0)
		return needs(c, r, name, out, err);
	*out = in->n_columns == 0 && text_has_word(r->reader->body, name);
	for (i = 0; i < in->n_columns; i++)
		*out |= text_eq_fold(in->columns[i], name);
	return 0;
}

static int check_retyped(struct check *c, const struct node *override,
    const struct reading *r, const struct table *last,
    const struct expected *which, struct error *err)
{
	const struct input *in = &r->reader->inputs[r->input];
	const struct shape *s = &c->shapes.nodes[in->nodes[0]];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->n; i++) {
		const struct column *column = &s->columns[i];
		bool is_told = which[i].type.kind != TYPE_NONE;

		if (is_told)
			rc = is_read(c, r, column->name, &is_told, err);
		if (rc == 0 && is_told && which[i].declared == NULL)
			is_told = has_type(c, last, column->name);
		if (rc == 0 && is_told)
			rc = tell_type(c, override, column, &which[i],
			    r->reader, err);
	}
	return rc;
}

static int check_types(struct check *c, const struct node *reader, size_t input,
    const struct node *override, struct error *err)
{
	const struct shape *s =
	    &c->shapes.nodes[reader->inputs[input].nodes[0]];
	const struct manifest_node *was = hidden_as_it_was(c, override);
	CLEANUP(table_clear) struct table last = { 0 };
	struct reading r = { .reader = reader, .input = input };
	struct expected *which =
	    arena_array(&c->shapes.arena, s->n, sizeof(*which));
	bool found = false;
	size_t i;
	int rc = 0;

	if (which == NULL)
		return error_memory(err);
	if (was != NULL)
		table_load(c->shapes.rq->store, &was->table, &last, NULL);
	for (i = 0; i < s->n; i++) {
		which[i] = find_expected(override, &last, s->columns[i].name);
		if (is_retyped(&s->columns[i].type, &which[i]) &&
		    !is_without_values(s, i))
			found = true;
		else
			which[i].type.kind = TYPE_NONE;
	}
	if (found)
		rc = open_reading(c, &r, which, err);
	if (found && rc == 0)
		rc = check_retyped(c, override, &r, &last, which, err);
	json_decref(r.reply);
	return rc;
}

/* -- which are looked at -- */

/* A mounted node's input that is an override, one of them new. */
static bool is_suspect(const struct check *c, const struct node *reader,
    const struct input *in)
{
	const struct node *override = &c->p->nodes[in->nodes[0]];

	return reader->is_mounted && !in->is_union && override->hides != NULL &&
	    !(shapes_is_as_it_was(&c->shapes, reader) &&
	        shapes_is_as_it_was(&c->shapes, override));
}

/* What the hidden node read is to be known for the types that it had. */
static void mark_hidden(struct check *c, const struct node *override)
{
	const struct manifest_node *was = hidden_in_last(c, override);
	const struct node *n;
	size_t i;

	for (i = 0; was != NULL && i < was->n_inputs; i++)
		if ((n = pipeline_find(c->p, was->inputs[i])) != NULL)
			c->wanted[n - c->p->nodes] = true;
}

static bool mark(struct check *c)
{
	bool found = false;
	size_t i, k;

	for (i = 0; i < c->p->n; i++)
		for (k = 0; k < c->p->nodes[i].n_inputs; k++) {
			const struct input *in = &c->p->nodes[i].inputs[k];

			if (!is_suspect(c, &c->p->nodes[i], in))
				continue;
			mark_hidden(c, &c->p->nodes[in->nodes[0]]);
			c->wanted[i] = found = true;
		}
	return found;
}

static int check_lack(struct check *c, const struct node *reader, size_t input,
    const struct node *override, struct error *err)
{
	const struct input *in = &reader->inputs[input];

	if (!c->shapes.nodes[in->nodes[0]].is_certain)
		return 0;
	if (in->n_columns > 0)
		return check_named(c, reader, in, override, err);
	return shapes_is_sql(&c->shapes, reader)
	    ? check_sql(c, reader, input, override, err)
	    : 0;
}

static int check_input(struct check *c, const struct node *reader, size_t input,
    struct error *err)
{
	const struct input *in = &reader->inputs[input];
	const struct node *override = &c->p->nodes[in->nodes[0]];
	int rc;

	if (!is_suspect(c, reader, in) ||
	    !c->shapes.nodes[in->nodes[0]].is_known)
		return 0;
	rc = check_lack(c, reader, input, override, err);
	return rc ? rc : check_types(c, reader, input, override, err);
}

static int check_all(struct check *c, struct error *err)
{
	const struct run_request *rq = c->shapes.rq;
	const struct worker_options options = {
		.program = rq->worker_program,
		.sandbox = rq->sandbox,
		.duckdb = rq->duckdb,
		.cancelled = rq->watch.cancelled,
	};
	size_t i, k;
	int rc = worker_open(&options, &c->shapes.worker, err);

	if (rc == 0)
		rc = shapes_make(&c->shapes, c->wanted, err);
	for (i = 0; rc == 0 && i < c->p->n; i++)
		for (k = 0; rc == 0 && k < c->p->nodes[i].n_inputs; k++)
			rc = check_input(c, &c->p->nodes[i], k, err);
	worker_close(c->shapes.worker);
	return rc ? rc : c->rc;
}

int overrides_check(struct pipeline *p, const struct run_request *rq,
    struct error *err)
{
	struct check c = { .p = p, .shapes = { .p = p, .rq = rq } };
	int rc = 0;

	c.wanted = arena_array(&c.shapes.arena, p->n, sizeof(*c.wanted));
	if (c.wanted == NULL)
		rc = error_memory(err);
	else if (mark(&c))
		rc = check_all(&c, err);
	arena_clear(&c.shapes.arena);
	return rc;
}
