/* made: see made.h. */
#include "runner/cmd/made.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/render.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/range.h"

/* A node in the directory of that name, or NULL. */
static const char *find_in(const struct made *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->manifest.n; i++)
		if (nodepath_is_in(m->manifest.nodes[i].path, name))
			return m->manifest.nodes[i].path;
	return NULL;
}

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
	near = find_in(m, name);
	if (near != NULL)
		return error_set(err, ERROR_USAGE,
		    "'/%s' is a directory; name a node in it, such as '/%s'",
		    name, near);
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

static int fetch(struct made *m, struct error *err)
{
	int rc = remote_fetch(&m->context, &m->remote, err);

	if (rc == 0)
		remote_tell(&m->remote);
	return rc;
}

/* Of a revision as the server knows it now; of the files here without it,
 * unless nothing was run here. */
static int load(struct made *m, const char *at, struct error *err)
{
	CLEANUP(buf_clear) struct buf why_not = { 0 };
	const struct context *c = &m->context;
	const char *commit = m->commit;
	struct error why = { 0 };
	int rc;

	if (at != NULL && (rc = fetch(m, err)))
		return rc;
	rc = range_commit(c, at ? at : "HEAD", m->commit, at ? err : NULL);
	m->is_served = at != NULL && strcmp(at, "production") == 0;
	if (at == NULL || m->is_served)
		commit = at;
	else if (rc)
		return rc;
	rc = outcome_load(c, m->store, commit, &m->manifest, &why);
	if (rc == ERROR_NOT_FOUND && at == NULL && c->work_tree != NULL) {
		if ((rc = fetch(m, err)))
			return rc;
		why = (struct error){ 0 };
		rc = outcome_load(c, m->store, NULL, &m->manifest, &why);
	}
	if (rc == ERROR_NOT_FOUND)
		remote_add_why(&m->remote, &why_not);
	return rc ? error_set(err, why.code, "%s%s", why.msg,
	                why_not.p ? why_not.p : "")
	          : 0;
}

/* Production keeps the table of what failed since. */
static void tell_stale(const struct manifest_node *n)
{
	if (n->state == NODE_STALE)
		fprintf(stderr,
		    "sluice: %s is stale: run %.12s made no table that could "
		    "be served\n",
		    n->path, n->since ? n->since : "");
}

int made_open(const char *name, const char *at, struct made *out,
    struct error *err)
{
	int rc;

	*out = (struct made){ 0 };
	if ((rc = context_open(NULL, &out->context, err)) ||
	    (rc = context_store_read(&out->context, &out->store, err)) ||
	    (rc = load(out, at, err)))
		return rc;
	if (at == NULL &&
	    (rc = outcome_tell_behind(&out->context, &out->manifest, err)))
		return rc;
	if (name == NULL)
		return 0;
	rc = find(out, name, err);
	if (rc == 0)
		tell_stale(out->node);
	return rc;
}

void made_clear(struct made *m)
{
	remote_clear(&m->remote);
	manifest_clear(&m->manifest);
	store_closep(&m->store);
	context_clear(&m->context);
	*m = (struct made){ 0 };
}

/* --- what is not here --- */

bool made_is_elsewhere(const struct made *m)
{
	return m->context.work_tree != NULL &&
	    !store_has(m->store, &m->manifest.id);
}

/* As one word of a shell. */
static void add_word(struct buf *out, const char *word)
{
	const char *p;
	bool is_plain = true;

	for (p = word; *p != '\0'; p++)
		is_plain &= strchr("/._-", *p) != NULL ||
		    (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z');
	if (is_plain) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (p = word; *p != '\0'; p++)
		if (*p == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *p);
	buf_add_char(out, '\'');
}

/* ". The program ended with an error (exit status 3), North/Late.sh:4". */
static void add_known(const struct manifest_node *n, struct buf *out)
{
	if (n->state != NODE_FAILED)
		return;
	buf_add_str(out, ". ");
	failure_print(n, true, out);
	if (n->file != NULL) {
		buf_add_str(out, ", ");
		place_print(n, out);
	}
}

int made_elsewhere(const struct made *m, bool is_log, struct error *err)
{
	CLEANUP(buf_clear)
	struct buf words = { 0 }, path = { 0 }, shown = { 0 };

	buf_printf(&path, "/%s", m->node->path);
	buf_printf(&words, "the %s of %s is in the server's store, not here",
	    is_log ? "log" : "table", m->node->path);
	if (is_log)
		add_known(m->node, &words);
	buf_add_str(&words, ". In the repository on the server: sluice show ");
	add_word(&words, buf_bytes(&path).p);
	buf_printf(&words,
	    "%s --at %.12s; or here, where that store can be read: git config "
	    "sluice.store DIRECTORY",
	    is_log ? " --log" : "", m->is_served ? "production" : m->commit);
	text_add_visible(&shown, buf_bytes(&words));
	if (buf_check(&path, err) || buf_check(&words, err) ||
	    buf_check(&shown, err))
		return ERROR_MEMORY;
	return error_set(err, ERROR_NOT_FOUND, "%s", shown.p);
}

int made_table(const struct made *m, struct table *out, struct error *err)
{
	const struct manifest_node *n = m->node;

	if (n->state == NODE_BLOCKED && n->n_by > 0)
		return error_set(err, ERROR_NODE,
		    "%s has no table: it waits for %s, which failed; `sluice "
		    "show --log /%s` says why",
		    n->path, n->by[0], n->by[0]);
	if (n->state == NODE_FAILED)
		return error_set(err, ERROR_NODE,
		    "%s has no table: it failed; `sluice show --log /%s` says "
		    "why",
		    n->path, n->path);
	if (digest_is_null(&n->table))
		return error_set(err, ERROR_NODE,
		    "%s has no table yet: it is %s", n->path,
		    node_state_name(n->state));
	if (made_is_elsewhere(m) && !store_has(m->store, &n->table))
		return made_elsewhere(m, false, err);
	return table_load(m->store, &n->table, out, err);
}
