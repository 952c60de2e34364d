/* recipe: see recipe.h. Here too: the recipes of a pipeline's nodes. */
#include "runner/lang/recipe.h"

#include <string.h>

#include "runner/lang/load.h"

/* A number in decimal digits and the character behind it: what printf would
 * take a fifth of a load for. */
static void add_number(struct buf *b, size_t n, char end)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = end;
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, digits + at, sizeof(digits) - at);
}

static void add(struct buf *b, const char *p, size_t n)
{
	add_number(b, n, ':');
	buf_add(b, p, n);
}

static void add_str(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_add_char(b, '-');
	else
		add(b, s, strlen(s));
}

static void add_strs(struct buf *b, const char *const *s, size_t n)
{
	size_t i;

	add_number(b, n, '[');
	for (i = 0; i < n; i++)
		add_str(b, s[i]);
}

static void add_contract(struct buf *b, const struct node *n)
{
	const struct contract *c = &n->contract;
	size_t i;

	add_strs(b, c->key, c->n_key);
	buf_add_str(b, c->ordered ? "ordered1 columns" : "ordered0 columns");
	add_number(b, c->n_columns, '[');
	for (i = 0; i < c->n_columns; i++) {
		add_str(b, c->columns[i].name);
		add_str(b, c->columns[i].type);
	}
	buf_add_str(b, "format");
	add_number(b, (unsigned char)n->format.delimiter, ',');
	add_number(b, (unsigned char)n->format.quote, ',');
	buf_add_str(b, n->format.no_header ? "1," : "0,");
	buf_add_str(b, n->format.windows_1252 ? "1" : "0");
	add_str(b, n->format.null);
}

/* All of the inputs but their recipes. */
static void add_inputs(struct buf *b, const struct node *n)
{
	size_t i, k;

	buf_add_str(b, "inputs");
	add_number(b, n->n_inputs, '[');
	for (i = 0; i < n->n_inputs; i++) {
		const struct input *in = &n->inputs[i];

		add_str(b, in->name);
		buf_add_str(b, in->is_union ? "union" : "node");
		add_number(b, in->n_nodes, '[');
		for (k = 0; in->is_union && k < in->n_nodes; k++)
			add_str(b, in->from[k]);
		add_strs(b, in->columns, in->n_columns);
	}
}

void recipe_add_rest(struct buf *out, const struct pipeline *p,
    const struct node *n)
{
	static const char *const kinds[] = { "code", "table", "source" };
	const struct action *action =
	    n->action < p->n_actions ? &p->actions[n->action] : NULL;
	size_t i;

	buf_add_str(out, "sluice-recipe/2 ");
	buf_add_str(out, kinds[n->kind]);
	buf_add_char(out, ' ');
	if (action != NULL)
		buf_add(out, action->text.bytes, DIGEST_SIZE);
	/* a command sees its name, and its line numbers */
	if (action != NULL && strcmp(action->engine, "command") == 0)
		add_str(out, n->file_name);
	buf_add_str(out, "helpers");
	add_number(out, n->n_helpers, '[');
	for (i = 0; i < n->n_helpers; i++)
		add_str(out, n->helpers[i].name);
	add_contract(out, n);
	buf_add_str(out, "threads");
	add_number(out, (size_t)n->threads, ' ');
	buf_add_str(out, n->volatile_reason ? "volatile1" : "volatile0");
	add_strs(out, n->paths, n->n_paths);
	add_inputs(out, n);
}

struct bytes recipe_text(const struct node *n)
{
	return n->kind == NODE_TABLE ? bytes_of(n->file_blob) : n->body;
}

static void print(const struct pipeline *p, const struct node *n, struct buf *b)
{
	struct bytes text = recipe_text(n);
	size_t i, k;

	recipe_add_rest(b, p, n);
	add(b, text.p, text.n);
	for (i = 0; i < n->n_helpers; i++)
		add_str(b, n->helpers[i].blob);
	for (i = 0; i < n->n_inputs; i++)
		for (k = 0; k < n->inputs[i].n_nodes; k++)
			buf_add(b, p->nodes[n->inputs[i].nodes[k]].recipe.bytes,
			    DIGEST_SIZE);
}

int recipe_build(struct load *l)
{
	CLEANUP(digest_closep) struct digest_stream *stream = NULL;
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct pipeline *p = l->p;
	size_t i;
	int rc = digest_open(&stream, l->err);

	for (i = 0; rc == 0 && i < p->n; i++) {
		struct node *n = &p->nodes[p->order[i]];

		buf_reset(&b);
		print(p, n, &b);
		rc = buf_check(&b, l->err);
		digest_add(stream, b.p, b.n);
		if (rc == 0)
			rc = digest_finish(stream, &n->recipe, l->err);
	}
	return rc;
}
