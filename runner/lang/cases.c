/*
 * cases: the test cases of a node, X.test/CASE/ beside the file that makes it
 * (datatest.h). In a case lie INPUT.csv for its inputs and expect.csv.
 */
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/datatest.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/path.h"

#define EXPECT "expect.csv"

/* The case that is read. */
struct reading {
	struct load *l;
	const struct node *node;
	const char *dir; /* from the pipeline's root */
	struct node_case *to;
	const char **fixtures;
};

static bool is_ours(const struct source_entry *e)
{
	return e->name[0] != '.' && e->name[0] != '_';
}

/* A path from the pipeline's root as one of the source. */
static const char *in_source(struct load *l, const char *path)
{
	return l->root[0] ? path_join(l->a, l->root, path) : path;
}

static void tell_no_input(struct reading *r, const char *stem, struct place at)
{
	const struct node *n = r->node;
	const char **names = arena_array(r->l->a, n->n_inputs, sizeof(*names));
	const char *near;
	size_t i;

	if (names == NULL) {
		r->l->no_memory = true;
		return;
	}
	for (i = 0; i < n->n_inputs; i++)
		names[i] = n->inputs[i].name;
	near = text_nearest(stem, names, n->n_inputs);
	diagnose(r->l, at,
	    "%s has no input %s%s%s%s; a case holds INPUT.csv for its inputs "
	    "and " EXPECT,
	    n->path, stem, near ? ", did you mean " : "", near ? near : "",
	    near ? "?" : "");
}

static int read_file(struct reading *r, const struct source_entry *e)
{
	const char *path = path_join(r->l->a, r->dir, e->name), *stem;
	size_t len = strlen(e->name), i;
	struct place at = { path ? in_source(r->l, path) : NULL, 1, 1 };

	if (at.path == NULL)
		return error_memory(r->l->err);
	if (e->kind != ENTRY_FILE) {
		diagnose(r->l, at, "in a test case there are files alone");
		return 0;
	}
	if (strcmp(e->name, EXPECT) == 0) {
		r->to->expect = at.path;
		return 0;
	}
	stem = text_ends_in(e->name, ".csv")
	    ? arena_strndup(r->l->a, e->name, len - 4)
	    : e->name;
	if (stem == NULL)
		return error_memory(r->l->err);
	for (i = 0; i < r->node->n_inputs; i++)
		if (stem != e->name &&
		    strcmp(r->node->inputs[i].name, stem) == 0) {
			r->fixtures[i] = at.path;
			return 0;
		}
	tell_no_input(r, stem, at);
	return 0;
}

static int read_case(struct reading *r, bool *is_sound)
{
	const size_t before = r->l->p->n_errors;
	const char *source = in_source(r->l, r->dir);
	struct source_entry *entries;
	size_t i, n;
	int rc;

	r->fixtures =
	    arena_array(r->l->a, r->node->n_inputs, sizeof(*r->fixtures));
	if (source == NULL || r->fixtures == NULL)
		return error_memory(r->l->err);
	for (i = 0; i < r->node->n_inputs; i++)
		r->fixtures[i] = "";
	r->to->fixtures = r->fixtures;
	rc = source_list(r->l->src, source, r->l->a, &entries, &n, r->l->err);
	for (i = 0; rc == 0 && i < n; i++)
		if (is_ours(&entries[i]))
			rc = read_file(r, &entries[i]);
	if (rc == 0 && r->to->expect == NULL)
		diagnose(r->l, (struct place){ source, 1, 1 },
		    "a test case needs " EXPECT ", the table that it is to "
		    "give");
	*is_sound = r->l->p->n_errors == before;
	return rc;
}

/* All cases below dir, "ClinicA/Lab.test". */
static int read_cases(struct load *l, struct node *node, const char *dir)
{
	const char *source = in_source(l, dir);
	struct source_entry *entries;
	struct node_case *cases;
	size_t i, n;
	int rc;

	if (source == NULL)
		return error_memory(l->err);
	if ((rc = source_list(l->src, source, l->a, &entries, &n, l->err)))
		return rc;
	cases = arena_array(l->a, n, sizeof(*cases));
	if (cases == NULL)
		return error_memory(l->err);
	node->cases = cases;
	for (i = 0; rc == 0 && i < n; i++) {
		struct reading r = { .l = l,
			.node = node,
			.dir = path_join(l->a, dir, entries[i].name),
			.to = &cases[node->n_cases] };
		bool is_sound = false;

		if (!is_ours(&entries[i]) || entries[i].kind != ENTRY_DIR)
			continue;
		r.to->name = arena_printf(l->a, "%s/%s", path_name(dir),
		    entries[i].name);
		if (r.dir == NULL || r.to->name == NULL)
			return error_memory(l->err);
		rc = read_case(&r, &is_sound);
		node->n_cases += is_sound;
	}
	return rc;
}

int cases_link(struct load *l, const struct making *m, const size_t *to)
{
	struct node *node = &l->p->nodes[to[m->entry->node]];
	const struct listing *list = m->entry->slot->listing;
	const struct source_entry *e;
	const char *name, *dir;
	int rc = 0;

	arena_reset(&l->scratch);
	name = arena_printf(&l->scratch, "%s.test", m->entry->file->stem);
	if (name == NULL)
		return error_memory(l->err);
	e = listing_find(list, name);
	if (e == NULL || e->kind != ENTRY_DIR)
		return 0;
	dir = path_join(l->a, list->dir, name);
	if (dir == NULL)
		return error_memory(l->err);
	l->slot = m->entry->slot;
	if (node->kind == NODE_CODE)
		rc = read_cases(l, node, dir);
	else
		diagnose(l, (struct place){ in_source(l, dir), 1, 1 },
		    "test cases are of code; %s has none", node->path);
	l->slot = NULL;
	return rc;
}
