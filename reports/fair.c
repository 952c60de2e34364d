/* fair: see fair.h. */
#include "reports/fair.h"

#include <string.h>

#include "cache/base/mem.h"
#include "reports/report.h"
#include "reports/report_pair.h"

static bool has_table(const struct manifest_node *n)
{
	return n != NULL && n->state == NODE_OK && !digest_is_null(&n->table);
}

static void take(const struct report_table *t, struct report_fresh *out)
{
	*out = (struct report_fresh){ .is_known = true,
		.before = t->diff.before,
		.after = t->diff.after,
		.added = t->diff.added,
		.removed = t->diff.removed,
		.changed = t->diff.changed };
}

/* What fresh data did to a node: to, where it differs and could be compared. */
static int compare(struct report *r, const struct manifest_node *was,
    const struct manifest_node *now, struct report_table *to,
    struct report_fresh *fresh, struct error *err)
{
	const struct report_pair pair = { was, now };
	int rc;

	*fresh = (struct report_fresh){ 0 };
	if (!has_table(was) || !has_table(now))
		return 0;
	if (digest_eq(&was->table, &now->table)) {
		*fresh = (struct report_fresh){ .is_known = true,
			.before = was->rows,
			.after = now->rows };
		return 0;
	}
	rc = report_table_make(r->store, &pair, NULL, NULL, to, err);
	if (rc == 0 && to->is_compared)
		take(to, fresh);
	return rc;
}

/* Of a table that the code changes: once more, where it is none of those that
 * are kept. */
static int fill(struct report *r, struct report_table *t, struct error *err)
{
	CLEANUP(report_table_clear) struct report_table own = { 0 };

	return compare(r, manifest_find(r->own, t->node->path),
	    manifest_find(r->before, t->node->path), &own, &t->fresh, err);
}

static struct report_table *find_delivered(struct report *r, const char *path)
{
	size_t i;

	for (i = 0; i < r->n_delivered; i++)
		if (strcmp(r->tables[i].node->path, path) == 0)
			return &r->tables[i];
	return NULL;
}

/* The delivered tables of the base's code, in order of paths. */
static int find_fresh(struct report *r, struct error *err)
{
	const struct manifest *m = r->before;
	size_t i;
	int rc = 0;

	r->fresh = mem_array(m->n, sizeof(*r->fresh));
	if (r->fresh == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < m->n; i++) {
		const struct manifest_node *now = &m->nodes[i];
		struct report_table *to = &r->fresh[r->n_fresh], *of;

		if (!now->delivered)
			continue;
		rc = compare(r, manifest_find(r->own, now->path), now, to,
		    &to->fresh, err);
		if (to->node == NULL)
			continue;
		r->n_fresh++;
		of = find_delivered(r, now->path);
		if (of != NULL)
			of->fresh = to->fresh;
	}
	return rc;
}

int report_add_fresh(struct report *r, const struct manifest *own,
    struct error *err)
{
	size_t i;
	int rc;

	r->own = own;
	rc = find_fresh(r, err);
	for (i = 0; rc == 0 && i < r->n_delivered; i++)
		if (!r->tables[i].fresh.is_known)
			rc = fill(r, &r->tables[i], err);
	return rc;
}
