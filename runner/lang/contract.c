/*
 * contract: an override keeps the types of declared columns that a mounted
 * node reads (load.h). Lists of @column are open, so a column that an override
 * does not name is not known to be gone; one that it names with another type
 * would be found only when the mounted node runs, at a line of the library.
 */
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"

/* Words for one type; the first of each line is its name. */
static const char *const same[][4] = {
	{ "integer", "int", "bigint" },
	{ "real", "number", "float", "double" },
	{ "text", "varchar", "string" },
	{ "boolean", "bool" },
	{ "timestamp", "datetime" },
};

static const char *name_of(const char *type)
{
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(same); i++)
		for (k = 0; k < ARRAY_LEN(same[i]) && same[i][k]; k++)
			if (text_eq_fold(same[i][k], type))
				return same[i][0];
	return type;
}

/* decimal(10, 2) and decimal(10,2) are one: blanks do not count. */
static bool is_same_type(const char *a, const char *b)
{
	a = name_of(a);
	b = name_of(b);
	for (;; a++, b++) {
		char one[2] = { 0 }, other[2] = { 0 };

		a += strspn(a, " ");
		b += strspn(b, " ");
		one[0] = *a;
		other[0] = *b;
		if (!text_eq_fold(one, other))
			return false;
		if (*a == '\0')
			return true;
	}
}

/* The @column of a name, or NULL. */
static const struct contract_column *find(const struct contract *c,
    const char *name)
{
	size_t i;

	for (i = 0; i < c->n_columns; i++)
		if (text_eq_fold(c->columns[i].name, name))
			return &c->columns[i];
	return NULL;
}

/* The @columns of a file; a nearer one's count before it. */
static int add_hidden(struct load *l, const struct text_file *f, size_t *cap,
    struct contract_column **columns, struct contract *out)
{
	size_t i;

	for (i = 0; f != NULL && i < f->scan.n; i++) {
		const struct directive *d = &f->scan.directives[i];

		if (d->word != WORD_COLUMN || d->n < 2 ||
		    find(out, d->args[0].text) != NULL)
			continue;
		*columns = arena_grow(l->a, *columns, out->n_columns, cap,
		    sizeof(**columns));
		if (*columns == NULL)
			return error_memory(l->err);
		(*columns)[out->n_columns++] = (struct contract_column){
			.name = d->args[0].text,
			.type = d->args[1].text,
			.at = place_of(f, d),
		};
		out->columns = *columns;
	}
	return 0;
}

static int take_hidden(struct load *l, const struct entry *e, struct node *n)
{
	struct contract_column *columns = NULL;
	const struct entry *h;
	size_t cap = 0;
	int rc = 0;

	n->hidden_blob = e->hides->file->blob;
	for (h = e->hides; rc == 0 && h != NULL; h = h->hides) {
		rc = add_hidden(l, h->file, &cap, &columns, &n->hidden);
		if (rc == 0)
			rc = add_hidden(l, h->companion, &cap, &columns,
			    &n->hidden);
	}
	return rc;
}

static bool reads(const struct node *n, size_t node, const char *column)
{
	size_t i, k;

	for (i = 0; i < n->n_inputs; i++) {
		const struct input *in = &n->inputs[i];

		for (k = 0; k < in->n_nodes && in->nodes[k] != node; k++)
			;
		if (k == in->n_nodes)
			continue;
		if (in->n_columns == 0)
			return text_has_word(n->body, column);
		for (k = 0; k < in->n_columns; k++)
			if (text_eq_fold(in->columns[k], column))
				return true;
	}
	return false;
}

/* A node that came with a mount and reads the column; NULL: none. */
static const struct node *find_reader(const struct load *l, const size_t *to,
    size_t node, const char *column)
{
	size_t i;

	for (i = 0; i < l->n_making; i++) {
		const struct entry *e = l->making[i].entry;

		if (e->slot->layer->outer != NULL &&
		    reads(&l->p->nodes[to[e->node]], node, column))
			return &l->p->nodes[to[e->node]];
	}
	return NULL;
}

static void check_column(struct load *l, const size_t *to,
    const struct entry *e, const struct contract_column *c)
{
	const struct contract_column *was =
	    find(&l->p->nodes[to[e->node]].hidden, c->name);
	const struct node *reader;

	if (was == NULL || strstr(was->type, "{{") != NULL ||
	    is_same_type(was->type, c->type))
		return;
	reader = find_reader(l, to, to[e->node], c->name);
	if (reader != NULL)
		diagnose(l, c->at,
		    "column %s is %s here, and %s in what this hides (%s:%d), "
		    "as %s reads it, which is mounted",
		    c->name, c->type, was->type, was->at.path, was->at.line,
		    reader->path);
}

int contract_check(struct load *l, const size_t *to)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n_making; i++) {
		const struct entry *e = l->making[i].entry;
		struct node *n = &l->p->nodes[to[e->node]];

		if (e->hides == NULL)
			continue;
		rc = take_hidden(l, e, n);
		l->slot = e->slot;
		for (k = 0; rc == 0 && k < n->contract.n_columns; k++)
			check_column(l, to, e, &n->contract.columns[k]);
		l->slot = NULL;
	}
	return rc;
}
