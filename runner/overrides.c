/* overrides: see overrides.h. */
#include "runner/overrides.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"

enum {
	LACKING_MOST = 20, /* columns that are told of one reader */
	HEAD_MOST = 1 << 16, /* bytes of a file that its header is in */
	TIMEOUT_MS = 60000,
};

/* The columns of a node's table, as far as they are known. */
struct shape {
	struct column *columns; /* in the arena; types are of no account */
	size_t n;
	bool is_known;
	bool is_certain; /* no run can show others */
};

struct check {
	struct pipeline *p;
	const struct run_request *rq;
	struct worker *worker;
	struct arena arena;
	struct shape *shapes; /* a place per node */
	bool *wanted; /* whose shapes are */
	int rc; /* of the errors that were told */
};

/* -- shapes -- */

static char *keep(struct check *c, const char *name)
{
	union {
		const char *kept;
		char *name;
	} u = { arena_strdup(&c->arena, name) };

	return u.name;
}

static size_t find(const struct shape *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n && !text_eq_fold(s->columns[i].name, name); i++)
		;
	return i;
}

static int copy_columns(struct check *c, const struct column *columns, size_t n,
    size_t room, struct shape *out, struct error *err)
{
	size_t i;

	out->columns = arena_array(&c->arena, n + room, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		out->columns[i] = (struct column){ keep(c, columns[i].name),
			columns[i].type };
		if (out->columns[i].name == NULL)
			return error_memory(err);
	}
	out->n = n;
	out->is_known = true;
	return 0;
}

static const struct manifest_node *previous(const struct check *c,
    const struct node *n)
{
	const struct manifest *m = c->rq->inputs.previous;
	const struct manifest_node *was = m ? manifest_find(m, n->path) : NULL;

	return was && was->state != NODE_FAILED && was->state != NODE_BLOCKED &&
	        !digest_is_null(&was->table)
	    ? was
	    : NULL;
}

/* What it had in the last run, or nothing is known. */
static int shape_of_last(struct check *c, const struct node *n,
    struct shape *out, struct error *err)
{
	const struct manifest_node *was = previous(c, n);
	CLEANUP(table_clear) struct table t = { 0 };

	if (was == NULL || table_load(c->rq->store, &was->table, &t, NULL))
		return 0;
	return copy_columns(c, t.columns, t.n_columns, 0, out, err);
}

/* A name that is not there, or twice, gets another when the file is read: which
 * is not for sure here. */
static int take_header(struct check *c, const struct csv_reader *r,
    struct shape *out, struct error *err)
{
	const struct field *names;
	size_t i, n;

	csv_header(r, &names, &n);
	out->columns = arena_array(&c->arena, n, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	out->is_known = out->is_certain = true;
	for (i = 0; i < n; i++) {
		union {
			const char *kept;
			char *name;
		} u = { names[i].n
			    ? arena_strndup(&c->arena, names[i].p, names[i].n)
			    : arena_printf(&c->arena, "c%zu", i + 1) };

		if (u.name == NULL)
			return error_memory(err);
		out->is_certain &= names[i].n > 0;
		if (find(out, u.name) < out->n)
			out->is_certain = false;
		else
			out->columns[out->n++] =
			    (struct column){ u.name, { .kind = TYPE_TEXT } };
	}
	return 0;
}

static int shape_of_file(struct check *c, const struct node *n,
    struct shape *out, struct error *err)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	const struct csv_format format =
	    jobspec_format(&n->format, text_ends_in(n->file, ".tsv"), false);
	int rc = source_read(c->p->source, n->file, &text, err);

	if (rc)
		return rc;
	if (csv_open(buf_bytes(&text), &format, &r, NULL))
		return 0; /* told where it is run */
	return take_header(c, r, out, err);
}

/* The header of the first file that the snapshot has for it: those of others
 * agree, or the node fails. */
static int shape_of_source(struct check *c, const struct node *n,
    struct shape *out, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(mem_freep) size_t *match = NULL;
	CLEANUP(fd_close) int fd = -1;
	const struct csv_format format =
	    jobspec_format(&n->format, false, false);
	const struct snapshot *s = c->rq->snapshot;
	struct bytes head;
	size_t k = 0;
	int rc = 0;

	if (n->n_paths > 0)
		rc = snapshot_match(s, n->paths[0], &match, &k, err);
	if (rc || k == 0)
		return rc ? rc : shape_of_last(c, n, out, err);
	if ((rc = store_open_blob(c->rq->store, &s->sources[match[0]].blob, &fd,
	         err)) ||
	    (rc = file_map_fd(fd, &map, err)))
		return rc;
	head = map.data;
	head.n = head.n < HEAD_MOST ? head.n : HEAD_MOST;
	while (
	    map.data.n > HEAD_MOST && head.n > 0 && head.p[head.n - 1] != '\n')
		head.n--;
	if (csv_open(head, &format, &r, NULL))
		return 0;
	return take_header(c, r, out, err);
}

/* One behind the other, with what each row is from in front. */
static int shape_of_union(struct check *c, const struct input *in,
    struct shape *out, struct error *err)
{
	const struct shape *first = &c->shapes[in->nodes[0]];
	size_t i;
	int rc;

	if (!first->is_known)
		return 0;
	rc = copy_columns(c, first->columns, first->n, 1, out, err);
	if (rc)
		return rc;
	memmove(out->columns + 1, out->columns, out->n * sizeof(*out->columns));
	out->columns[0] =
	    (struct column){ keep(c, "_from"), { .kind = TYPE_TEXT } };
	out->n++;
	out->is_certain = first->is_certain;
	for (i = 1; i < in->n_nodes; i++)
		out->is_certain &= c->shapes[in->nodes[i]].is_certain;
	return out->columns[0].name ? 0 : error_memory(err);
}

/* The columns that a @depend names; of others nothing is known. */
static int shape_of_view(struct check *c, const struct input *in,
    const struct shape *full, struct shape *out, struct error *err)
{
	size_t i, k;
	int rc = copy_columns(c, full->columns, full->n, 0, out, err);

	out->is_certain = full->is_certain;
	for (i = 0; rc == 0 && i < in->n_columns; i++) {
		if ((k = find(full, in->columns[i])) == full->n) {
			*out = (struct shape){ 0 };
			return 0;
		}
		out->columns[i] = full->columns[k];
	}
	out->n = in->n_columns;
	return rc;
}

static int shape_of_input(struct check *c, const struct input *in,
    struct shape *out, struct error *err)
{
	struct shape all = { 0 };
	int rc = 0;

	*out = (struct shape){ 0 };
	if (in->is_union)
		rc = shape_of_union(c, in, &all, err);
	else
		all = c->shapes[in->nodes[0]];
	if (rc || !all.is_known || in->n_columns == 0)
		*out = all;
	else
		rc = shape_of_view(c, in, &all, out, err);
	return rc;
}

/* -- SQLite is asked -- */

/* The statements of a node, prepared over inputs of these columns. */
static int ask(struct check *c, const struct node *n,
    const struct shape *inputs, json_t **reply, struct error *err)
{
	static const struct digest no_seed;
	struct table *tables =
	    arena_array(&c->arena, n->n_inputs, sizeof(*tables));
	struct job_input *in = arena_array(&c->arena, n->n_inputs, sizeof(*in));
	const struct job job = { .node = n,
		.action = &c->p->actions[n->action],
		.version = "1",
		.inputs = in,
		.snapshot = c->rq->snapshot };
	json_auto_t *request = NULL;
	size_t i;
	int rc;

	if (tables == NULL || in == NULL)
		return error_memory(err);
	for (i = 0; i < n->n_inputs; i++) {
		tables[i] = (struct table){ .columns = inputs[i].columns,
			.n_columns = inputs[i].n };
		in[i] = (struct job_input){ .name = n->inputs[i].name,
			.table = &tables[i] };
	}
	rc = jobspec_request(&job, "columns", &no_seed, &request, err);
	if (rc)
		return rc;
	if (json_object_set_new(request, "gives", json_true()))
		return error_memory(err);
	return worker_call(c->worker,
	    &(struct worker_call){ .request = request,
	        .timeout_ms = TIMEOUT_MS,
	        .is_question = true },
	    reply, err);
}

static bool is_ok(const json_t *reply)
{
	return strcmp(json_str_or(reply, "status", ""), "ok") == 0;
}

static bool is_sqlite(const struct check *c, const struct node *n)
{
	return n->kind == NODE_CODE &&
	    strcmp(c->p->actions[n->action].engine, "sqlite") == 0;
}

/* The shapes of all inputs; *out NULL where one is not known. */
static int shapes_of_inputs(struct check *c, const struct node *n,
    struct shape **out, struct error *err)
{
	struct shape *in = arena_array(&c->arena, n->n_inputs, sizeof(*in));
	size_t i;
	int rc = in ? 0 : error_memory(err);

	*out = in;
	for (i = 0; rc == 0 && i < n->n_inputs; i++) {
		rc = shape_of_input(c, &n->inputs[i], &in[i], err);
		if (!in[i].is_known)
			*out = NULL;
	}
	return rc;
}

static int take_names(struct check *c, const json_t *gives, struct shape *out,
    struct error *err)
{
	const json_t *name;
	size_t i;

	out->n = json_array_size(gives);
	out->columns = arena_array(&c->arena, out->n, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	json_array_foreach(gives, i, name) {
		const char *s = json_string_value(name);

		out->columns[i] = (struct column){ keep(c, s ? s : ""),
			{ .kind = TYPE_TEXT } };
		if (out->columns[i].name == NULL)
			return error_memory(err);
	}
	out->is_known = true;
	return 0;
}

static int shape_of_sql(struct check *c, const struct node *n,
    struct shape *out, struct error *err)
{
	json_auto_t *reply = NULL;
	struct shape *inputs;
	size_t i;
	int rc = shapes_of_inputs(c, n, &inputs, err);

	if (rc == 0 && inputs != NULL)
		rc = ask(c, n, inputs, &reply, err);
	if (rc || inputs == NULL || !is_ok(reply))
		return rc ? rc : shape_of_last(c, n, out, err);
	out->is_certain = true;
	for (i = 0; i < n->n_inputs; i++)
		out->is_certain &= inputs[i].is_certain;
	out->is_certain |= !json_is_true(json_object_get(reply, "star"));
	return take_names(c, json_object_get(reply, "gives"), out, err);
}

static int make_shapes(struct check *c, struct error *err)
{
	size_t i;
	int rc = 0;

	pipeline_close_over_inputs(c->p, c->wanted);
	for (i = 0; rc == 0 && i < c->p->n; i++) {
		size_t index = c->p->order[i];
		const struct node *n = &c->p->nodes[index];

		if (!c->wanted[index])
			continue;
		if (n->kind == NODE_TABLE)
			rc = shape_of_file(c, n, &c->shapes[index], err);
		else if (n->kind == NODE_SOURCE)
			rc = shape_of_source(c, n, &c->shapes[index], err);
		else if (is_sqlite(c, n))
			rc = shape_of_sql(c, n, &c->shapes[index], err);
		else
			rc = shape_of_last(c, n, &c->shapes[index], err);
	}
	return rc;
}

/* -- what a reader lacks -- */

static struct place place_of_code(const struct node *n)
{
	bool is_own = strcmp(n->file, n->own_file) == 0;

	return (struct place){ n->own_file,
		is_own && n->kind == NODE_CODE ? n->body_line : 1, 1 };
}

static int tell(struct check *c, const struct node *override, const char *name,
    const struct node *reader, struct place at, struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	int rc;

	buf_printf(&words,
	    "there is no column %.128s here, which %s:%d reads (%s, which is "
	    "mounted) of what this hides",
	    name, at.path, at.line, reader->path);
	if ((rc = buf_check(&words, err)))
		return rc;
	rc = pipeline_add_error(c->p, place_of_code(override), words.p, err);
	c->rc = rc;
	return rc == ERROR_MEMORY ? rc : 0;
}

/* The column that SQLite misses; its qualifier, or "". */
static bool read_missing(const json_t *reply, char qualifier[128],
    char name[128])
{
	static const char *const words[] = { "no such column: ",
		"cannot join using column " };
	const char *message = json_str_or(reply, "message", ""), *dot, *end;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (strncmp(message, words[i], strlen(words[i])) == 0)
			break;
	if (is_ok(reply) || i == ARRAY_LEN(words))
		return false;
	message += strlen(words[i]);
	dot = strrchr(message, '.');
	end = message + (i ? strcspn(message, " ") : strlen(message));
	if (i > 0)
		dot = NULL;
	snprintf(qualifier, 128, "%.*s", dot ? (int)(dot - message) : 0,
	    message);
	message = dot ? dot + 1 : message;
	snprintf(name, 128, "%.*s", (int)(end - message), message);
	return true;
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
	struct shape with = { 0 };
	int rc = copy_columns(c, inputs[input].columns, inputs[input].n, 1,
	    &with, err);

	if (rc)
		return rc;
	with.is_certain = inputs[input].is_certain;
	with.columns[with.n++] =
	    (struct column){ keep(c, name), { .kind = TYPE_TEXT } };
	if (with.columns[with.n - 1].name == NULL)
		return error_memory(err);
	inputs[input] = with;
	json_decref(*reply);
	*reply = NULL;
	return ask(c, reader, inputs, reply, err);
}

static int check_sql(struct check *c, const struct node *reader, size_t input,
    const struct node *override, struct error *err)
{
	char name[128], qualifier[128], then[128], ignored[128];
	json_auto_t *reply = NULL;
	struct shape *inputs;
	int rc = shapes_of_inputs(c, reader, &inputs, err), n = 0;

	if (rc || inputs == NULL || (rc = ask(c, reader, inputs, &reply, err)))
		return rc;
	while (rc == 0 && n++ < LACKING_MOST &&
	    read_missing(reply, qualifier, name)) {
		struct place at = { reader->file, 1, 1 };
		int line =
		    (int)json_integer_value(json_object_get(reply, "line"));

		/* it may be one that another input is going to have */
		if (qualifier[0] == '\0' &&
		    !are_others_certain(inputs, reader->n_inputs, input))
			return 0;
		at.line = line > 0 ? line : 1;
		rc = add_column(c, reader, input, inputs, name, &reply, err);
		if (rc == 0 && read_missing(reply, ignored, then) &&
		    strcmp(then, name) == 0)
			return 0;
		if (rc == 0)
			rc = tell(c, override, name, reader, at, err);
	}
	return rc;
}

static int check_named(struct check *c, const struct node *reader,
    const struct input *in, const struct node *override, struct error *err)
{
	const struct shape *s = &c->shapes[in->nodes[0]];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < in->n_columns; i++)
		if (find(s, in->columns[i]) == s->n)
			rc = tell(c, override, in->columns[i], reader, in->at,
			    err);
	return rc;
}

/* -- which are looked at -- */

static bool is_as_it_was(const struct check *c, const struct node *n)
{
	const struct manifest_node *was = previous(c, n);

	return was != NULL && strcmp(was->file_blob, n->file_blob) == 0;
}

/* A mounted node's input that is an override, one of them new. */
static bool is_suspect(const struct check *c, const struct node *reader,
    const struct input *in)
{
	const struct node *override = &c->p->nodes[in->nodes[0]];

	return reader->is_mounted && !in->is_union && override->hides != NULL &&
	    !(is_as_it_was(c, reader) && is_as_it_was(c, override));
}

static bool mark(struct check *c)
{
	bool found = false;
	size_t i, k;

	for (i = 0; i < c->p->n; i++)
		for (k = 0; k < c->p->nodes[i].n_inputs; k++)
			if (is_suspect(c, &c->p->nodes[i],
			        &c->p->nodes[i].inputs[k]))
				c->wanted[i] = found = true;
	return found;
}

static int check_input(struct check *c, const struct node *reader, size_t input,
    struct error *err)
{
	const struct input *in = &reader->inputs[input];
	const struct node *override = &c->p->nodes[in->nodes[0]];

	if (!is_suspect(c, reader, in) || !c->shapes[in->nodes[0]].is_certain)
		return 0;
	if (in->n_columns > 0)
		return check_named(c, reader, in, override, err);
	return is_sqlite(c, reader) ? check_sql(c, reader, input, override, err)
	                            : 0;
}

static int check_all(struct check *c, struct error *err)
{
	const struct worker_options options = {
		.program = c->rq->worker_program,
		.sandbox = c->rq->sandbox,
		.duckdb = c->rq->duckdb,
		.cancelled = c->rq->watch.cancelled,
	};
	size_t i, k;
	int rc = worker_open(&options, &c->worker, err);

	if (rc == 0)
		rc = make_shapes(c, err);
	for (i = 0; rc == 0 && i < c->p->n; i++)
		for (k = 0; rc == 0 && k < c->p->nodes[i].n_inputs; k++)
			rc = check_input(c, &c->p->nodes[i], k, err);
	worker_close(c->worker);
	return rc ? rc : c->rc;
}

int overrides_check(struct pipeline *p, const struct run_request *rq,
    struct error *err)
{
	struct check c = { .p = p, .rq = rq };
	int rc = 0;

	c.shapes = arena_array(&c.arena, p->n, sizeof(*c.shapes));
	c.wanted = arena_array(&c.arena, p->n, sizeof(*c.wanted));
	if (c.shapes == NULL || c.wanted == NULL)
		rc = error_memory(err);
	else if (mark(&c))
		rc = check_all(&c, err);
	arena_clear(&c.arena);
	return rc;
}
