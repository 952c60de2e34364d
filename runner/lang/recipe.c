/*
 * recipe: the digest of what a node's text says and of its inputs' recipes,
 * each piece with its length before it, so that no two texts run together.
 */
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/path.h"

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

static void add_inputs(struct buf *b, const struct pipeline *p,
    const struct node *n)
{
	size_t i, k;

	for (i = 0; i < n->n_inputs; i++) {
		const struct input *in = &n->inputs[i];

		add_str(b, in->name);
		buf_add_str(b, in->is_union ? "union" : "node");
		add_number(b, in->n_nodes, '[');
		for (k = 0; k < in->n_nodes; k++) {
			if (in->is_union)
				add_str(b, in->from[k]);
			buf_add(b, p->nodes[in->nodes[k]].recipe.bytes,
			    DIGEST_SIZE);
		}
		add_strs(b, in->columns, in->n_columns);
	}
}

/* The git id of a helper: that of the listing that has it. */
static int add_helper(struct buf *b, struct load *l, const struct helper *h)
{
	const char *path = h->path, *dir;
	const struct source_entry *e = NULL;
	struct listing *list;
	int rc;

	if (l->root[0])
		path += strlen(l->root) + 1;
	dir = path_dir(l->a, path);
	if (dir == NULL)
		return error_memory(l->err);
	rc = listing_get(l, dir, &list);
	if (rc == 0 && list != NULL)
		e = listing_find(list, path_name(path));
	add_str(b, h->name);
	add_str(b, e ? e->id : NULL);
	return rc;
}

static int print(struct load *l, const struct node *n, struct buf *b)
{
	static const char *const kinds[] = { "code", "table", "source" };
	const struct action *action =
	    n->action < l->p->n_actions ? &l->p->actions[n->action] : NULL;
	size_t i;
	int rc = 0;

	buf_add_str(b, "sluice-recipe/1 ");
	buf_add_str(b, kinds[n->kind]);
	buf_add_char(b, ' ');
	if (action != NULL)
		buf_add(b, action->text.bytes, DIGEST_SIZE);
	if (n->kind == NODE_TABLE)
		add_str(b, n->file_blob);
	add(b, n->body.p, n->body.n);
	/* a command sees its name, and its line numbers */
	if (action != NULL && strcmp(action->engine, "command") == 0)
		add_str(b, n->file_name);
	for (i = 0; rc == 0 && i < n->n_helpers; i++)
		rc = add_helper(b, l, &n->helpers[i]);
	add_contract(b, n);
	buf_add_str(b, "threads");
	add_number(b, (size_t)n->threads, ' ');
	buf_add_str(b, n->volatile_reason ? "volatile1" : "volatile0");
	add_strs(b, n->paths, n->n_paths);
	add_inputs(b, l->p, n);
	return rc ? rc : buf_check(b, l->err);
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
		rc = print(l, n, &b);
		if (rc == 0)
			rc = digest_add(stream, b.p, b.n, l->err);
		if (rc == 0)
			rc = digest_finish(stream, &n->recipe, l->err);
	}
	return rc;
}
