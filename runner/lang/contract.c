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

/* The @column of a name in the nearest hidden file that has one. */
static const struct directive *find_hidden(const struct entry *e,
    const char *name, const struct text_file **file)
{
	const struct entry *h;
	size_t i;

	for (h = e->hides; h != NULL; h = h->hides)
		for (i = 0; i < h->file->scan.n; i++) {
			const struct directive *d =
			    &h->file->scan.directives[i];

			if (d->word != WORD_COLUMN || d->n < 2 ||
			    !text_eq_fold(d->args[0].text, name))
				continue;
			*file = h->file;
			return d;
		}
	return NULL;
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
	const struct text_file *file;
	const struct directive *d = find_hidden(e, c->name, &file);
	const struct node *reader;

	if (d == NULL || strstr(d->args[1].text, "{{") != NULL ||
	    is_same_type(d->args[1].text, c->type))
		return;
	reader = find_reader(l, to, to[e->node], c->name);
	if (reader != NULL)
		diagnose(l, c->at,
		    "column %s is %s here, and %s in what this hides (%s:%d), "
		    "as %s reads it, which is mounted",
		    c->name, c->type, d->args[1].text, file->place, d->line,
		    reader->path);
}

void contract_check(struct load *l, const size_t *to)
{
	size_t i, k;

	for (i = 0; i < l->n_making; i++) {
		const struct entry *e = l->making[i].entry;
		const struct contract *c = &l->p->nodes[to[e->node]].contract;

		l->slot = e->slot;
		for (k = 0; e->hides != NULL && k < c->n_columns; k++)
			check_column(l, to, e, &c->columns[k]);
		l->slot = NULL;
	}
}
