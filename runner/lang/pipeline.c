/* pipeline: see pipeline.h. The steps of loading, in order. */
#include "runner/lang/pipeline.h"

#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"

static void clear_listings(struct load *l)
{
	size_t i;

	for (i = 0; i < l->listings.cap; i++) {
		struct listing *list = l->listings.entries[i].value;

		if (list == NULL)
			continue;
		map_clear(&list->sets);
		map_clear(&list->params);
		map_clear(&list->stems);
		map_clear(&list->groups);
	}
}

static void load_clear(struct load *l)
{
	clear_listings(l);
	map_clear(&l->listings);
	map_clear(&l->dirs);
	map_clear(&l->entries);
	map_clear(&l->builtins);
	map_clear(&l->patterns);
	map_clear(&l->declared);
	map_clear(&l->actions);
	map_clear(&l->mounted_dirs);
	map_clear(&l->told);
	mem_free(l->queue);
	mem_free(l->layers);
	mem_free(l->heads);
	mem_free(l->making);
	arena_clear(&l->scratch);
	arena_clear(&l->work);
}

static int run(struct load *l)
{
	int rc;

	if ((rc = vfs_build(l)) || (rc = union_build(l)) ||
	    (rc = builtin_add(l)) || (rc = resolve_build(l)) ||
	    (rc = dag_build(l)) || (rc = recipe_build(l)))
		return rc;
	/* or what was not told, or not noted, would count as right */
	return l->no_memory ? error_memory(l->err) : 0;
}

const char *load_root(struct arena *a, const char *root)
{
	size_t n;

	root = root ? root : "";
	while (*root == '/' || strncmp(root, "./", 2) == 0)
		root += *root == '/' ? 1 : 2;
	for (n = strlen(root); n > 0 && root[n - 1] == '/'; n--)
		;
	if (n == 1 && root[0] == '.')
		n = 0;
	return arena_strndup(a, root, n);
}

/* The first error, for callers that show one. */
static int first_error(const struct pipeline *p, enum error_code code,
    struct error *err)
{
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++) {
		const struct diagnostic *d = &p->diagnostics[i];

		if (d->is_warning)
			continue;
		error_set(err, code, "%s", d->message);
		if (d->at.path != NULL)
			error_place(err, d->at.path, d->at.line, d->at.col);
		break;
	}
	return code;
}

int pipeline_load(struct source *src, const struct pipeline_options *options,
    struct pipeline **out, struct error *err)
{
	static const struct pipeline_options none = { 0 };
	struct pipeline *p = mem_alloc(sizeof(*p));
	struct load l = { .p = p,
		.src = src,
		.options = options ? options : &none,
		.err = err };
	int rc = 0;

	*out = NULL;
	if (p == NULL)
		return error_memory(err);
	l.a = &p->arena;
	p->source = src;
	l.root = load_root(l.a, l.options->root);
	l.date = l.options->snapshot_date ? l.options->snapshot_date
	                                  : source_date(src);
	l.date = arena_strdup(l.a, l.date);
	l.set_used = arena_array(l.a, l.options->n_set, sizeof(bool));
	if (!l.root || !l.date || !l.set_used)
		rc = error_memory(err);
	if (rc == 0)
		rc = run(&l);
	diagnose_finish(&l);
	if (rc == 0 && l.no_memory)
		rc = error_memory(err);
	load_clear(&l);
	if (rc) {
		pipeline_free(p);
		return rc;
	}
	*out = p;
	if (p->n_errors == 0)
		return 0;
	return first_error(p, l.has_cycle ? ERROR_CYCLE : ERROR_SYNTAX, err);
}

int pipeline_add_error(struct pipeline *p, struct place at, const char *message,
    struct error *err)
{
	struct diagnostic *more =
	    arena_array(&p->arena, p->n_diagnostics + 1, sizeof(*more));

	message = arena_strdup(&p->arena, message);
	if (more == NULL || message == NULL)
		return error_memory(err);
	if (p->n_diagnostics > 0)
		memcpy(more, p->diagnostics, p->n_diagnostics * sizeof(*more));
	more[p->n_diagnostics++] =
	    (struct diagnostic){ .at = at, .message = message };
	p->diagnostics = more;
	p->n_errors++;
	diagnostics_sort(p);
	return first_error(p, ERROR_SYNTAX, err);
}

void pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	mem_free(p->nodes);
	arena_clear(&p->arena);
	mem_free(p);
}

void pipeline_freep(struct pipeline **p)
{
	pipeline_free(*p);
	*p = NULL;
}

const struct node *pipeline_find(const struct pipeline *p, const char *path)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(path, p->nodes[mid].path);

		if (c == 0)
			return &p->nodes[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
