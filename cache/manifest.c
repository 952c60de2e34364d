/* manifest: see manifest.h; its text is in manifest_json.c. */
#include "cache/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/members.h"

static void clear_node(struct manifest_node *n)
{
	mem_free(n->path);
	mem_free(n->file);
	mem_free(n->file_blob);
	mem_free(n->since);
	names_free(n->include, n->n_include);
	names_free(n->inputs, n->n_inputs);
	names_free(n->differs, n->n_differs);
	names_free(n->by, n->n_by);
	names_free(n->doubts, n->n_doubts);
	verdicts_clear(&n->verdicts);
	tolerances_clear(&n->tolerances);
	json_decref(n->extra);
}

void manifest_clear(struct manifest *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		clear_node(&m->nodes[i]);
	for (i = 0; i < m->n_parameters; i++) {
		mem_free(m->parameters[i].name);
		mem_free(m->parameters[i].value);
	}
	mem_free(m->nodes);
	mem_free(m->parameters);
	names_free(m->targets, m->n_targets);
	json_decref(m->extra);
	*m = (struct manifest){ 0 };
}

struct manifest_node *manifest_add(struct manifest *m, const char *path)
{
	struct manifest_node *more =
	    mem_grow(m->nodes, m->n, &m->cap, sizeof(*more));

	if (more == NULL)
		return NULL;
	m->nodes = more;
	more += m->n;
	*more = (struct manifest_node){ .path = mem_strdup(path) };
	if (more->path == NULL)
		return NULL;
	m->n++;
	return more;
}

static int compare_path(const void *path, const void *node)
{
	return strcmp(path, ((const struct manifest_node *)node)->path);
}

static int compare_nodes(const void *a, const void *b)
{
	return compare_path(((const struct manifest_node *)a)->path, b);
}

static int compare_parameters(const void *a, const void *b)
{
	return strcmp(((const struct manifest_parameter *)a)->name,
	    ((const struct manifest_parameter *)b)->name);
}

const struct manifest_node *manifest_find(const struct manifest *m,
    const char *path)
{
	return m->n
	    ? bsearch(path, m->nodes, m->n, sizeof(*m->nodes), compare_path)
	    : NULL;
}

bool manifest_is_well(const struct manifest_node *n)
{
	return n->state == NODE_OK && n->n_doubts == 0 &&
	    verdicts_hold(&n->verdicts);
}

void manifest_sort(struct manifest *m)
{
	size_t i;

	if (m->n > 1)
		qsort(m->nodes, m->n, sizeof(*m->nodes), compare_nodes);
	if (m->n_parameters > 1)
		qsort(m->parameters, m->n_parameters, sizeof(*m->parameters),
		    compare_parameters);
	names_sort(m->targets, m->n_targets);
	for (i = 0; i < m->n; i++) {
		names_sort(m->nodes[i].inputs, m->nodes[i].n_inputs);
		names_sort(m->nodes[i].by, m->nodes[i].n_by);
		names_sort(m->nodes[i].doubts, m->nodes[i].n_doubts);
	}
}

int manifest_save(struct store *st, struct manifest *m, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	manifest_sort(m);
	rc = manifest_print(m, &text, err);
	return rc ? rc : store_put(st, buf_bytes(&text), &m->id, err);
}

int manifest_load(struct store *st, const struct digest *id,
    struct manifest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	*out = (struct manifest){ 0 };
	if ((rc = store_get(st, id, &text, err)) ||
	    (rc = manifest_parse(buf_bytes(&text), out, err)))
		return rc;
	out->id = *id;
	return 0;
}
