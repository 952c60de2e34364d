/* made: see made.h. */
#include "runner/cmd/made.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/outcome.h"

static int unknown(const struct made *m, const char *name, struct error *err)
{
	CLEANUP(mem_freep)
	const char **paths = mem_array(m->manifest.n, sizeof(*paths));
	const char *near;
	size_t i;

	if (paths == NULL)
		return error_memory(err);
	for (i = 0; i < m->manifest.n; i++)
		paths[i] = m->manifest.nodes[i].path;
	if (m->manifest.n_targets > 0)
		return error_set(err, ERROR_USAGE,
		    "the last run made only what was asked of it, and no '%s'; "
		    "`sluice run` makes all",
		    name);
	near = text_nearest_path(name, paths, m->manifest.n);
	if (near != NULL)
		return error_set(err, ERROR_USAGE,
		    "the run has no node '%s'; did you mean '/%s'?", name,
		    near);
	return error_set(err, ERROR_USAGE,
	    "the run has no node '%s'; `sluice tree` lists them", name);
}

static int find(struct made *m, const char *name, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	nodepath_add(&path, m->context.prefix);
	nodepath_add(&path, name);
	if (buf_check(&path, err))
		return ERROR_MEMORY;
	m->node = manifest_find(&m->manifest, buf_bytes(&path).p);
	return m->node ? 0 : unknown(m, buf_bytes(&path).p, err);
}

int made_open(const char *name, const char *at, struct made *out,
    struct error *err)
{
	int rc;

	*out = (struct made){ 0 };
	if ((rc = context_open(NULL, &out->context, err)) ||
	    (rc = context_store(&out->context, &out->store, err)) ||
	    (rc = outcome_load(&out->context, out->store, at, &out->manifest,
	         err)))
		return rc;
	if (at == NULL)
		outcome_tell_behind(&out->context, &out->manifest);
	return find(out, name, err);
}

void made_clear(struct made *m)
{
	manifest_clear(&m->manifest);
	store_closep(&m->store);
	context_clear(&m->context);
	*m = (struct made){ 0 };
}

int made_table(const struct made *m, struct table *out, struct error *err)
{
	const struct manifest_node *n = m->node;

	if (n->state == NODE_BLOCKED && n->n_by > 0)
		return error_set(err, ERROR_NODE,
		    "%s has no table: it waits for %s, which failed", n->path,
		    n->by[0]);
	if (digest_is_null(&n->table))
		return error_set(err, ERROR_NODE,
		    "%s has no table: it is %s; `sluice show --log %s` may "
		    "say why",
		    n->path, node_state_name(n->state), n->path);
	return table_load(m->store, &n->table, out, err);
}
