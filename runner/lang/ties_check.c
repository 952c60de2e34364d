/* ties_check: see ties.h. What is taken for unique, and the warning. */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/ties.h"

static bool has_column(const struct ties_columns *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (text_eq_fold(c->names[i], name))
			return true;
	return false;
}

static bool has_all(const struct ties_columns *c, const char *const *names,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!has_column(c, names[i]))
			return false;
	return n > 0;
}

/* A pattern is one table: its nodes' keys, with what the star stood for. */
static bool has_key_of(const struct load *l, const struct input *in,
    const struct ties_columns *c)
{
	size_t i;

	for (i = 0; i < in->n_nodes; i++) {
		const struct contract *k = &l->p->nodes[in->nodes[i]].contract;

		if (!has_all(c, k->key, k->n_key))
			return false;
	}
	return i > 0 && (!in->is_union || has_column(c, "_from"));
}

static bool is_unique(const struct load *l, const struct node *n,
    const struct ties *ties, const struct ties_columns *c)
{
	size_t i;

	for (i = 0; i < ties->n_keys; i++)
		if ((c->select == 0 || c->select != ties->keys[i].select) &&
		    has_all(c, ties->keys[i].names, ties->keys[i].n))
			return true;
	for (i = 0; i < n->n_inputs; i++)
		if (has_key_of(l, &n->inputs[i], c))
			return true;
	return has_all(c, n->contract.key, n->contract.n_key);
}

static void warn(struct load *l, const char *file, const struct ties_use *u)
{
	const struct place at = { file, u->line, u->col };

	if (u->where != NULL)
		diagnose_warning(l, at,
		    "%s depends on chance where rows tie in %s, which has no "
		    "@key of what is read; add columns until it has, or "
		    "declare the @key",
		    u->what, u->where);
	else
		diagnose_warning(l, at,
		    "%s depends on the order of rows, which nothing says; add "
		    "an ORDER BY that has the @key of what is read",
		    u->what);
}

void ties_check(struct load *l, const size_t *to)
{
	size_t i, k;

	for (i = 0; i < l->n_making; i++) {
		const struct making *m = &l->making[i];
		const struct node *n = &l->p->nodes[to[i]];

		if (m->ties == NULL || n->n_inputs == 0)
			continue;
		l->slot = m->entry->slot;
		l->frame = m->frame;
		for (k = 0; k < m->ties->n_uses; k++)
			if (!is_unique(l, n, m->ties,
			        &m->ties->uses[k].columns))
				warn(l, n->file, &m->ties->uses[k]);
		l->slot = NULL;
		l->frame = NULL;
	}
}
