/* builtin: the actions that are compiled in, behind those of the source. */
#include <string.h>

#include "builtin_actions.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/path.h"

static int add_one(struct load *l, const char *path, const char *text)
{
	struct entry *e = arena_alloc(l->a, sizeof(*e));
	struct text_file *f = arena_alloc(l->a, sizeof(*f));

	if (e == NULL || f == NULL)
		return error_memory(l->err);
	f->place = path;
	f->bare = path;
	f->blob = "";
	f->name = f->stem = path_name(path);
	f->role = ROLE_ACTION;
	f->is_read = true;
	e->path = path;
	e->file = f;
	/* what a built-in refers to is read from the root */
	e->slot = l->n_queue ? l->queue[0] : NULL;
	if (scan(l->a, bytes_of(text), &f->scan, l->err))
		return ERROR_MEMORY;
	return map_set(&l->builtins, path, e, l->err);
}

int builtin_add(struct load *l)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(builtin_actions); i++)
		if (!map_has(&l->entries, builtin_actions[i].path))
			rc = add_one(l, builtin_actions[i].path,
			    builtin_actions[i].text);
	return rc;
}
