/* change_why: see change_why.h. */
#include "runner/lang/change_why.h"

#include <string.h>

/* One node, before and now. */
struct pair {
	struct changes *c;
	const struct node *before, *now;
	struct node_change *out;
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const char *const *a, size_t n_a, const char *const *b,
    size_t n_b)
{
	size_t i;

	for (i = 0; n_a == n_b && i < n_a; i++)
		if (!same(a[i], b[i]))
			return false;
	return n_a == n_b;
}

/* Says it; true, so that who found a difference returns with it. */
static bool say(const struct pair *p, enum change_cause cause, struct place at)
{
	p->out->cause = cause;
	p->out->at = at;
	return true;
}

static struct place place_of(const char *path, int line)
{
	return (struct place){ path, line > 0 ? line : 1, 1 };
}

/* The bytes of a file; a file that cannot be read is as an empty one: it is
 * only looked at for a line number. */
static struct bytes read_file(struct source *src, const char *path,
    struct buf *out)
{
	if (path == NULL || source_read(src, path, out, NULL))
		buf_reset(out);
	return buf_bytes(out);
}

/* From the first line of a file that `line` (from 1) is. */
static struct bytes skip_lines(struct bytes text, int line)
{
	const char *lf;

	for (; line > 1; line--) {
		lf = text.n ? memchr(text.p, '\n', text.n) : NULL;
		if (lf == NULL)
			return (struct bytes){ text.p + text.n, 0 };
		text.n -= (size_t)(lf + 1 - text.p);
		text.p = lf + 1;
	}
	return text;
}

int why_line(struct bytes old, struct bytes now)
{
	size_t i, n = old.n < now.n ? old.n : now.n;
	int line = 1;

	if (bytes_eq(old, now))
		return 0;
	for (i = 0; i < n && old.p[i] == now.p[i]; i++)
		if (now.p[i] == '\n')
			line++;
	if (i == now.n && line > 1 && now.p[now.n - 1] == '\n')
		line--;
	return line;
}

int why_code_line(struct bytes old, int old_line, struct bytes now,
    int now_line)
{
	int line =
	    why_line(skip_lines(old, old_line), skip_lines(now, now_line));

	return line && now_line > 0 ? line + now_line - 1 : line;
}

/* The same of two files behind their headers: the line in the file of now. */
static int code_difference(const struct pair *p)
{
	CLEANUP(buf_clear) struct buf a = { 0 }, b = { 0 };
	const struct node *old = p->before, *now = p->now;

	return why_code_line(read_file(p->c->base->source, old->file, &a),
	    old->body_line, read_file(p->c->head->source, now->file, &b),
	    now->body_line);
}

/* The first line in which the texts of a file differ, NULL path: equal. */
static struct place file_difference(const struct pair *p, const char *old,
    const char *now)
{
	CLEANUP(buf_clear) struct buf a = { 0 }, b = { 0 };
	int line;

	line = why_line(read_file(p->c->base->source, old, &a),
	    read_file(p->c->head->source, now, &b));
	return line ? place_of(now, line) : (struct place){ 0 };
}

static const struct parameter *find_parameter(const struct node *n,
    const char *name)
{
	size_t i;

	for (i = 0; i < n->n_parameters; i++)
		if (strcmp(n->parameters[i].name, name) == 0)
			return &n->parameters[i];
	return NULL;
}

/* The first parameter whose value is another, or NULL. */
static const struct parameter *changed_parameter(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->now->n_parameters; i++) {
		const struct parameter *now = &p->now->parameters[i];
		const struct parameter *old =
		    find_parameter(p->before, now->name);

		if (old == NULL || !same(old->value, now->value) ||
		    !same(old->type, now->type))
			return now;
	}
	return NULL;
}

/* A directive that differs has no place of its own here: it is in one of the
 * files that make the node, the first that differs; or, where none does, a
 * parameter in it was given another value. */
static bool say_directive(const struct pair *p, enum change_cause cause)
{
	const struct parameter *parameter;
	struct place at =
	    file_difference(p, p->before->own_file, p->now->own_file);
	size_t i;

	if (at.path == NULL)
		at = file_difference(p, p->before->file, p->now->file);
	parameter = at.path ? NULL : changed_parameter(p);
	if (parameter != NULL)
		return say(p, CAUSE_PARAM, parameter->at);
	for (i = 0; at.path == NULL && i < p->now->n_include; i++)
		at = file_difference(p, p->now->include[i].path,
		    p->now->include[i].path);
	return say(p, cause, at.path ? at : place_of(p->now->own_file, 1));
}

/* A directive of the node, or, NULL, one that is not there any more. */
static bool say_line(const struct pair *p, const struct place *at)
{
	return at ? say(p, CAUSE_CODE, *at) : say_directive(p, CAUSE_CODE);
}

/* Where a node came to be: the outermost include or mount, or its file. */
static bool say_new(const struct pair *p, bool was_in_base)
{
	const struct node *n = p->now;

	if (n->n_include > 0 && was_in_base)
		return say(p, CAUSE_MOUNT, n->include[n->n_include - 1]);
	if (n->kind == NODE_TABLE)
		return say(p, CAUSE_FILE, place_of(n->file, 1));
	if (n->kind == NODE_SOURCE)
		return say(p, CAUSE_SOURCE, place_of(n->own_file, 1));
	return say(p, CAUSE_CODE, place_of(n->file, n->body_line));
}

static bool base_has_file(const struct changes *c, const char *path)
{
	CLEANUP(buf_clear) struct buf b = { 0 };

	return c->base != NULL && path != NULL &&
	    source_read(c->base->source, path, &b, NULL) == 0;
}

static bool same_helper(const struct pair *p, const struct helper *old,
    const struct helper *now)
{
	CLEANUP(buf_clear) struct buf a = { 0 }, b = { 0 };

	return same(old->name, now->name) &&
	    bytes_eq(read_file(p->c->base->source, old->path, &a),
	        read_file(p->c->head->source, now->path, &b));
}

/* Whether the helper files differ; says so where they do. */
static bool helpers_differ(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;
	struct place at;
	size_t i;

	for (i = 0; i < now->n_helpers; i++) {
		if (i >= old->n_helpers ||
		    !same(old->helpers[i].name, now->helpers[i].name))
			break;
		if (same_helper(p, &old->helpers[i], &now->helpers[i]))
			continue;
		at = file_difference(p, old->helpers[i].path,
		    now->helpers[i].path);
		return say(p, CAUSE_FILE, at);
	}
	if (i == now->n_helpers && i == old->n_helpers)
		return false;
	return say_line(p, i < now->n_helpers ? &now->helpers[i].at : NULL);
}

static bool columns_differ(const struct pair *p)
{
	const struct contract *old = &p->before->contract;
	const struct contract *now = &p->now->contract;
	size_t i;

	for (i = 0; i < now->n_columns && i < old->n_columns; i++)
		if (!same(old->columns[i].name, now->columns[i].name) ||
		    !same(old->columns[i].type, now->columns[i].type))
			break;
	if (i == now->n_columns && i == old->n_columns)
		return false;
	return say_line(p, i < now->n_columns ? &now->columns[i].at : NULL);
}

static bool format_differs(const struct pair *p)
{
	const struct text_format *a = &p->before->format;
	const struct text_format *b = &p->now->format;

	return a->delimiter != b->delimiter || a->quote != b->quote ||
	    a->no_header != b->no_header ||
	    a->windows_1252 != b->windows_1252 || !same(a->null, b->null);
}

/* Whether what the directives say of the table differs. */
static bool contract_differs(const struct pair *p)
{
	const struct contract *old = &p->before->contract;
	const struct contract *now = &p->now->contract;

	if (columns_differ(p))
		return true;
	if (!same_list(old->key, old->n_key, now->key, now->n_key))
		return say_line(p, now->n_key ? &now->key_at : NULL);
	if (old->ordered == now->ordered && !format_differs(p) &&
	    p->before->threads == p->now->threads &&
	    same(p->before->volatile_reason, p->now->volatile_reason) &&
	    same(p->before->file_name, p->now->file_name))
		return false;
	return say_directive(p, CAUSE_CODE);
}

/* Whether the texts of an input's directive differ: its name or columns. */
static bool inputs_differ(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;
	size_t i;

	for (i = 0; i < now->n_inputs && i < old->n_inputs; i++) {
		const struct input *a = &old->inputs[i], *b = &now->inputs[i];

		if (!same(a->name, b->name) || a->is_union != b->is_union ||
		    !same_list(a->columns, a->n_columns, b->columns,
		        b->n_columns))
			break;
	}
	if (i == now->n_inputs && i == old->n_inputs)
		return false;
	return say_line(p, i < now->n_inputs ? &now->inputs[i].at : NULL);
}

/* An input leads to another node, or the node to another table. Where a
 * parameter's value chose the node, that is the cause. */
static bool say_input_node(const struct pair *p, const struct input *in,
    const char *path)
{
	const struct input *old = &p->before->inputs[in - p->now->inputs];
	const struct parameter *parameter = changed_parameter(p);

	if (parameter != NULL &&
	    !same(p->c->base->nodes[old->nodes[0]].path, path))
		return say(p, CAUSE_PARAM, parameter->at);
	p->out->input = path;
	return say(p, CAUSE_INPUT, in->at);
}

/* The part of a union that stands for what from names; NULL: none. */
static const struct node *part_of(const struct pipeline *p,
    const struct input *in, const char *from)
{
	size_t k;

	for (k = 0; k < in->n_nodes; k++)
		if (same(in->from[k], from))
			return &p->nodes[in->nodes[k]];
	return NULL;
}

/* The first part of a union that is new or another, else the first that is
 * there no more; NULL where all are equal. */
static const char *changed_part(const struct pair *p, const struct input *a,
    const struct input *b)
{
	const struct pipeline *base = p->c->base, *head = p->c->head;
	size_t k;

	for (k = 0; k < b->n_nodes; k++) {
		const struct node *now = &head->nodes[b->nodes[k]];
		const struct node *old = part_of(base, a, b->from[k]);

		if (old == NULL || !digest_eq(&old->recipe, &now->recipe))
			return now->path;
	}
	for (k = 0; k < a->n_nodes; k++)
		if (part_of(head, b, a->from[k]) == NULL)
			return base->nodes[a->nodes[k]].path;
	return NULL;
}

/* Which input makes the difference: another node (or one more), or a node
 * with another recipe. Local names are equal here. */
static bool say_input(const struct pair *p)
{
	const struct pipeline *base = p->c->base, *head = p->c->head;
	size_t i;

	for (i = 0; i < p->now->n_inputs; i++) {
		const struct input *a = &p->before->inputs[i];
		const struct input *b = &p->now->inputs[i];
		const char *part;

		if (!b->is_union) {
			const struct node *now = &head->nodes[b->nodes[0]];

			if (!digest_eq(&base->nodes[a->nodes[0]].recipe,
			        &now->recipe))
				return say_input_node(p, b, now->path);
		} else if ((part = changed_part(p, a, b)) != NULL) {
			p->out->input = part;
			return say(p, CAUSE_INPUT, b->at);
		}
	}
	return say_directive(p, CAUSE_CODE);
}

/* The body: another file, another text, or another parameter in it. */
static bool body_differs(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;
	const struct parameter *parameter;
	int line;

	if (bytes_eq(old->body, now->body))
		return false;
	line = code_difference(p);
	if (line > 0)
		return say(p, CAUSE_CODE, place_of(now->file, line));
	parameter = changed_parameter(p);
	if (parameter != NULL)
		return say(p, CAUSE_PARAM, parameter->at);
	return say(p, CAUSE_CODE, place_of(now->file, now->body_line));
}

static bool action_differs(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;
	const struct action *a, *b;

	if (old->kind == NODE_TABLE)
		return false;
	a = &p->c->base->actions[old->action];
	b = &p->c->head->actions[now->action];
	if (digest_eq(&a->text, &b->text))
		return false;
	/* Another action was chosen by a line of the node's own. */
	if (!same(a->path, b->path))
		return say_directive(p, CAUSE_CODE);
	return say(p, CAUSE_ACTION, b->at);
}

/* A node of the same path whose text comes from another file. */
static bool file_differs(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;

	if (same(old->file, now->file) && old->kind == now->kind)
		return false;
	if (old->kind == now->kind && bytes_eq(old->body, now->body) &&
	    strcmp(old->file_blob, now->file_blob) == 0)
		return false;
	return say_new(p, base_has_file(p->c, now->file));
}

/* The parts of a node's own text, the one that says most first. */
static bool own_text_differs(const struct pair *p)
{
	const struct node *old = p->before, *now = p->now;

	if (file_differs(p))
		return true;
	if (now->kind == NODE_TABLE &&
	    strcmp(old->file_blob, now->file_blob) != 0)
		return say(p, CAUSE_FILE,
		    file_difference(p, old->file, now->file));
	if (body_differs(p) || action_differs(p) || helpers_differ(p))
		return true;
	if (!same_list(old->paths, old->n_paths, now->paths, now->n_paths))
		return say_directive(p, CAUSE_SOURCE);
	return contract_differs(p) || inputs_differ(p);
}

void why_find(struct changes *c, const struct node *before,
    struct node_change *out)
{
	struct pair p = { c, before, &c->head->nodes[out->node], out };

	if (before == NULL)
		say_new(&p, base_has_file(c, p.now->file));
	else if (!own_text_differs(&p))
		say_input(&p);
}
