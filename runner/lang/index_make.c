/* index_make: an index out of a pipeline; see index.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/map.h"
#include "runner/lang/index_impl.h"
#include "runner/lang/load.h"
#include "runner/lang/recipe.h"

/* That a file's text, or its bytes as a helper, go into a node. */
struct use {
	const char *path;
	uint32_t node;
	bool helps;
};

struct index_making {
	const struct pipeline *p;
	struct index_head head; /* the counts */
	struct buf text; /* the strings */
	struct arena a;
	struct map strings; /* those that are often the same: to uint32_t */
	struct use *uses;
	size_t n_uses;
	struct buf warnings;
	struct index *x;
	struct error *err;
};

static void making_clear(struct index_making *m)
{
	buf_clear(&m->text);
	buf_clear(&m->warnings);
	map_clear(&m->strings);
	mem_free(m->uses);
	arena_clear(&m->a);
}

/* A string's place in the text. */
static uint32_t add_string(struct index_making *m, const char *s)
{
	size_t at = m->text.n;

	buf_add(&m->text, s, strlen(s) + 1);
	return (uint32_t)at;
}

/* The same for one that may be there already. */
static uint32_t find_string(struct index_making *m, const char *s)
{
	uint32_t *at = map_get(&m->strings, s);

	if (at != NULL)
		return *at;
	at = arena_alloc(&m->a, sizeof(*at));
	if (at == NULL || map_set(&m->strings, s, at, NULL)) {
		m->text.failed = true;
		return 0;
	}
	*at = add_string(m, s);
	return *at;
}

static bool has_text(const struct node *n)
{
	return n->kind != NODE_SOURCE;
}

/* --- counting --- */

static void count_node(struct index_making *m, const struct node *n)
{
	struct index_head *h = &m->head;
	size_t i;

	for (i = 0; i < n->n_inputs; i++)
		h->n_edges += (uint32_t)n->inputs[i].n_nodes;
	h->n_texts += has_text(n);
	h->n_helpers += (uint32_t)n->n_helpers;
	h->n_parameters += (uint32_t)n->n_parameters;
	h->n_patterns += (uint32_t)n->n_paths;
}

static int by_path(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c == 0)
		c = (x->node > y->node) - (x->node < y->node);
	return c ? c : x->helps - y->helps;
}

/* Every file counts that some node names, even where only its header is of
 * use: a node has one file always. */
static int add_uses(struct index_making *m)
{
	const struct pipeline *p = m->p;
	size_t i, k;

	m->uses = mem_array(p->n + m->head.n_helpers, sizeof(*m->uses));
	if (m->uses == NULL)
		return error_memory(m->err);
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		m->uses[m->n_uses++] =
		    (struct use){ n->file, (uint32_t)i, false };
		for (k = 0; k < n->n_helpers; k++)
			m->uses[m->n_uses++] = (struct use){ n->helpers[k].path,
				(uint32_t)i, true };
	}
	if (m->n_uses > 1)
		qsort(m->uses, m->n_uses, sizeof(*m->uses), by_path);
	for (i = 0; i < m->n_uses; i++)
		m->head.n_files +=
		    i == 0 || strcmp(m->uses[i].path, m->uses[i - 1].path) != 0;
	m->head.n_helps = m->head.n_helpers;
	return 0;
}

static void add_warnings(struct index_making *m)
{
	const struct pipeline *p = m->p;
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++) {
		const struct diagnostic *d = &p->diagnostics[i];

		diagnostic_print(d, &m->warnings);
		/* there are more than are told, and it says how many */
		if (d->at.path == NULL)
			m->head.flags |= INDEX_WARNINGS_GONE;
		m->head.n_warned +=
		    (uint32_t)((d->at.path != NULL) + d->n_chain);
	}
}

static int count(struct index_making *m)
{
	size_t i;
	int rc;

	m->head.n = (uint32_t)m->p->n;
	if (m->p->uses_date)
		m->head.flags |= INDEX_USES_DATE;
	for (i = 0; i < m->p->n; i++)
		count_node(m, &m->p->nodes[i]);
	for (m->head.n_slots = 8; m->head.n_slots / 2 < m->head.n;)
		m->head.n_slots *= 2;
	rc = add_uses(m);
	add_warnings(m);
	return rc ? rc : buf_check(&m->warnings, m->err);
}

/* --- the strings --- */

/* All strings once, so that their size is known before the image is made;
 * fill() finds them again in the same order. */
static int add_strings(struct index_making *m, const char *root,
    const char *maker)
{
	const struct pipeline *p = m->p;
	size_t i, k;

	m->head.maker = add_string(m, maker);
	m->head.root = add_string(m, root);
	m->head.warnings = add_string(m, m->warnings.p ? m->warnings.p : "");
	for (i = 0; i < p->n; i++) {
		const struct node *n = &p->nodes[i];

		find_string(m, n->path);
		find_string(m, n->file);
		for (k = 0; k < n->n_helpers; k++)
			find_string(m, n->helpers[k].path);
		for (k = 0; k < n->n_parameters; k++) {
			find_string(m, n->parameters[k].name);
			find_string(m, n->parameters[k].value);
		}
		for (k = 0; k < n->n_paths; k++)
			find_string(m, n->paths[k]);
	}
	for (i = 0; i < p->n_diagnostics; i++) {
		const struct diagnostic *d = &p->diagnostics[i];

		if (d->at.path != NULL)
			find_string(m, d->at.path);
		for (k = 0; k < d->n_chain; k++)
			find_string(m, d->chain[k].path);
	}
	if (m->text.n > UINT32_MAX)
		return error_set(m->err, ERROR_LIMIT,
		    "the paths of this pipeline are more than 4 GiB");
	m->head.n_text = (uint32_t)m->text.n;
	return buf_check(&m->text, m->err);
}

/* --- filling --- */

static void fill_files(struct index_making *m)
{
	struct index *x = m->x;
	uint32_t file = 0, texts = 0, helps = 0;
	size_t i;

	for (i = 0; i < m->n_uses; i++) {
		const struct use *u = &m->uses[i];

		if (i == 0 || strcmp(u->path, m->uses[i - 1].path) != 0)
			x->files[file++] =
			    (struct index_file){ find_string(m, u->path), texts,
				    helps };
		if (u->helps)
			x->help_nodes[helps++] = u->node;
		else if (has_text(&m->p->nodes[u->node]))
			x->text_nodes[texts++] = u->node;
	}
	x->files[file] = (struct index_file){ 0, texts, helps };
}

static void fill_lists(struct index_making *m, const struct node *n,
    struct index_node *at, struct index_node *next)
{
	struct index *x = m->x;
	size_t i, k;

	next->first_input = at->first_input;
	next->first_helper = at->first_helper;
	next->first_parameter = at->first_parameter;
	for (i = 0; i < n->n_inputs; i++)
		for (k = 0; k < n->inputs[i].n_nodes; k++)
			x->inputs[next->first_input++] =
			    (uint32_t)n->inputs[i].nodes[k];
	for (i = 0; i < n->n_helpers; i++) {
		struct index_helper *h = &x->helpers[next->first_helper++];

		h->file = index_find_file(x, n->helpers[i].path);
		memcpy(h->blob, n->helpers[i].blob, sizeof(h->blob));
	}
	for (i = 0; i < n->n_parameters; i++)
		x->parameters[next->first_parameter++] =
		    (struct index_parameter){
			    find_string(m, n->parameters[i].name),
			    find_string(m, n->parameters[i].value),
			    (uint32_t)parameter_type_find(n->parameters[i].type)
		    };
}

static int fill_node(struct index_making *m, size_t i, struct buf *b)
{
	struct index *x = m->x;
	const struct node *n = &m->p->nodes[i];
	struct index_node *out = &x->nodes[i];
	const struct action *action =
	    n->action < m->p->n_actions ? &m->p->actions[n->action] : NULL;
	int rc;

	out->path = find_string(m, n->path);
	out->file = index_find_file(x, n->file);
	out->kind = (uint8_t)n->kind;
	out->language = LANGUAGE_NONE;
	if (action != NULL && action->quote != NULL)
		out->language = (int8_t)language_find(action->quote);
	if (n->kind == NODE_CODE && !n->contract.ordered && action != NULL &&
	    strcmp(action->engine, "command") != 0)
		out->flags |= INDEX_NO_ORDER;
	if (n->uses_snapshot_date)
		out->flags |= INDEX_DATED;
	fill_lists(m, n, out, out + 1);
	buf_reset(b);
	recipe_add_rest(b, m->p, n);
	if ((rc = buf_check(b, m->err)) ||
	    (rc = digest_of(buf_bytes(b), &x->rest[i], m->err)))
		return rc;
	return digest_of(recipe_text(n), &x->texts[i], m->err);
}

/* The readers of each node: a list that is counted, then filled. */
static void fill_readers(struct index *x)
{
	uint32_t n = x->head->n, i, k, first = 0;

	for (i = 0; i < x->head->n_edges; i++)
		x->nodes[x->inputs[i]].first_reader++;
	for (i = 0; i <= n; i++) {
		uint32_t own = x->nodes[i].first_reader;

		x->nodes[i].first_reader = first;
		first += own;
	}
	/* from the end: filling brings each first back to where it began */
	for (i = 0; i < n; i++)
		x->nodes[i].first_reader = x->nodes[i + 1].first_reader;
	for (i = n; i-- > 0;)
		for (k = x->nodes[i + 1].first_input;
		     k-- > x->nodes[i].first_input;)
			x->readers[--x->nodes[x->inputs[k]].first_reader] = i;
}

static void fill_warned(struct index_making *m)
{
	size_t i, k, n = 0;

	for (i = 0; i < m->p->n_diagnostics; i++) {
		const struct diagnostic *d = &m->p->diagnostics[i];

		if (d->at.path != NULL)
			m->x->warned[n++] = find_string(m, d->at.path);
		for (k = 0; k < d->n_chain; k++)
			m->x->warned[n++] = find_string(m, d->chain[k].path);
	}
}

static int fill(struct index_making *m)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct pipeline *p = m->p;
	struct index *x = m->x;
	size_t i, k, n = 0;
	int rc = 0;

	/* what is looked for below is there: the text does not grow any more */
	memcpy(x->text, m->text.p, m->text.n);
	fill_files(m);
	for (i = 0; rc == 0 && i < p->n; i++) {
		rc = fill_node(m, i, &b);
		for (k = 0; k < p->nodes[i].n_paths; k++)
			x->patterns[n++] = find_string(m, p->nodes[i].paths[k]);
	}
	if (rc)
		return rc;
	fill_readers(x);
	fill_warned(m);
	for (i = 0; rc == 0 && i < p->n; i++) {
		uint32_t node = (uint32_t)p->order[i];

		x->order[i] = node;
		x->nodes[node].rank = (uint32_t)i;
		rc = index_recipe(x, NULL, node, &x->recipes[node], m->err);
		index_add_recipe(x, node);
	}
	return rc;
}

int index_make(const struct pipeline *p, const char *root, const char *maker,
    struct index **out, struct error *err)
{
	CLEANUP(making_clear) struct index_making m = { .p = p, .err = err };
	struct index_head *h = &m.head;
	int rc;

	*out = NULL;
	memcpy(h->format, INDEX_FORMAT, sizeof(INDEX_FORMAT));
	h->order = INDEX_ORDER;
	snprintf(h->commit, sizeof(h->commit), "%s", source_commit(p->source));
	snprintf(h->tree, sizeof(h->tree), "%s", source_tree(p->source));
	snprintf(h->date, sizeof(h->date), "%s", source_date(p->source));
	if ((rc = count(&m)) || (rc = add_strings(&m, root, maker)))
		return rc;
	m.x = index_new(h);
	if (m.x == NULL)
		return error_memory(err);
	rc = fill(&m);
	if (rc)
		index_free(m.x);
	else
		*out = m.x;
	return rc;
}
