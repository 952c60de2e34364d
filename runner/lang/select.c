/* select: nodes that a command line names; see pipeline.h. */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/lang/path.h"
#include "runner/lang/pipeline.h"

/* The first node with path at or behind it in order. */
static size_t lower_bound(const struct pipeline *p, const char *path)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->nodes[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Nodes below dir; all, where it is "". Nothing is allocated: without memory a
 * directory would be as all. */
static bool select_dir(const struct pipeline *p, const char *dir, bool *set)
{
	bool found = false;
	size_t i, n = strlen(dir);

	for (i = lower_bound(p, dir); i < p->n; i++) {
		const char *path = p->nodes[i].path;

		if (strncmp(path, dir, n) != 0)
			break;
		if (n == 0 || path[n] == '/')
			set[i] = found = true;
	}
	return found;
}

static int not_found(const struct pipeline *p, const char *path,
    const char *arg, struct error *err)
{
	CLEANUP(mem_freep)
	const char **paths = mem_array(p->n, sizeof(*paths));
	const char *near;
	size_t i;

	if (paths == NULL)
		return error_memory(err);
	for (i = 0; i < p->n; i++)
		paths[i] = p->nodes[i].path;
	near = text_nearest_path(path, paths, p->n);
	if (near != NULL)
		return error_set(err, ERROR_USAGE,
		    "there is no node '%s'; did you mean /%s?", arg, near);
	return error_set(err, ERROR_USAGE,
	    "there is no node and no directory '%s'; `sluice tree` lists them",
	    arg);
}

int pipeline_select(const struct pipeline *p, const char *from,
    const char *const *args, size_t n, bool *set, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf path = { 0 };
		const char *arg = args[i];
		size_t len = strlen(arg);
		bool is_dir = len > 0 && arg[len - 1] == '/';
		const struct node *node;

		if ((arg[0] != '/' && !path_add(&path, from)) ||
		    !path_add(&path, arg))
			return error_set(err, ERROR_USAGE,
			    "'%s' leads out of the pipeline's root", arg);
		if (buf_check(&path, err))
			return ERROR_MEMORY;
		node = is_dir || path.n == 0 ? NULL : pipeline_find(p, path.p);
		if (node != NULL)
			set[node - p->nodes] = true;
		else if (!select_dir(p, path.n ? path.p : "", set) &&
		    path.n > 0)
			return not_found(p, path.p, arg, err);
	}
	return 0;
}

void pipeline_close_over_inputs(const struct pipeline *p, bool *set)
{
	size_t i, k, m;

	/* readers first: each node's inputs lie before it in order */
	for (i = p->n; i-- > 0;) {
		const struct node *n = &p->nodes[p->order[i]];

		if (!set[p->order[i]])
			continue;
		for (k = 0; k < n->n_inputs; k++)
			for (m = 0; m < n->inputs[k].n_nodes; m++)
				set[n->inputs[k].nodes[m]] = true;
	}
}
