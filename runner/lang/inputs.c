/* inputs: @depend, with super and patterns; see node.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/node.h"
#include "runner/lang/path.h"

/* What a pattern matches, found once for all that say it. */
struct pattern {
	struct entry **entries;
	const char **from;
	size_t n, cap;
};

static bool is_data(const struct entry *e)
{
	return e->file->role == ROLE_NODE || e->file->role == ROLE_TABLE;
}

static int add_match(struct load *l, struct pattern *p, struct entry *e,
    const char *from)
{
	size_t cap = p->cap;
	struct entry **entries =
	    arena_grow(l->a, p->entries, p->n, &cap, sizeof(*entries));
	const char **names =
	    arena_grow(l->a, p->from, p->n, &p->cap, sizeof(*names));

	if (entries == NULL || names == NULL || from == NULL)
		return error_memory(l->err);
	p->entries = entries;
	p->from = names;
	entries[p->n] = e;
	names[p->n++] = from;
	return 0;
}

/* The star stands in a directory's name: tail is what follows that. */
static int match_dirs(struct load *l, const struct vfs_dir *dir,
    const char *part, const char *tail, struct pattern *out)
{
	size_t before = strcspn(part, "*"), after = strlen(part) - before - 1;
	const struct vfs_dir *d;
	int rc = 0;

	for (d = dir->first; rc == 0 && d != NULL; d = d->next) {
		const char *path;
		struct entry *e;

		if (!text_match(part, d->name))
			continue;
		path = path_join(l->a, d->path, tail);
		if (path == NULL)
			return error_memory(l->err);
		e = map_get(&l->entries, path);
		if (e != NULL && is_data(e) && !e->slot->is_abstract)
			rc = add_match(l, out, e,
			    arena_strndup(l->a, d->name + before,
			        strlen(d->name) - before - after));
	}
	return rc;
}

/* The star stands in the node's own name. */
static int match_nodes(struct load *l, const struct vfs_dir *dir,
    const char *part, struct pattern *out)
{
	size_t before = strcspn(part, "*"), after = strlen(part) - before - 1;
	const struct slot *s;
	size_t i;
	int rc = 0;

	for (s = dir->slots; s != NULL; s = s->next)
		for (i = 0; rc == 0 && i < s->listing->n_files; i++) {
			const char *stem = s->listing->files[i]->stem;
			const char *path;
			struct entry *e;

			if (!text_match(part, stem))
				continue;
			path = path_join(l->a, dir->path, stem);
			if (path == NULL)
				return error_memory(l->err);
			e = map_get(&l->entries, path);
			if (e == NULL || !is_data(e) || e->slot != s ||
			    e->file != s->listing->files[i] || s->is_abstract)
				continue;
			rc = add_match(l, out, e,
			    arena_strndup(l->a, stem + before,
			        strlen(stem) - before - after));
		}
	return rc;
}

/* Sorts by path; both arrays are short. */
static void sort_matches(struct pattern *p)
{
	struct match {
		struct entry *e;
		const char *from;
	};
	size_t gap, i, k;

	/* Shell's sort, since two arrays move together */
	for (gap = p->n / 2; gap > 0; gap /= 2)
		for (i = gap; i < p->n; i++) {
			struct match m = { p->entries[i], p->from[i] };

			for (k = i; k >= gap &&
			     strcmp(p->entries[k - gap]->path, m.e->path) > 0;
			     k -= gap) {
				p->entries[k] = p->entries[k - gap];
				p->from[k] = p->from[k - gap];
			}
			p->entries[k] = m.e;
			p->from[k] = m.from;
		}
}

static int find_pattern(struct load *l, const char *path, struct pattern **out)
{
	const char *star = path + strcspn(path, "*"), *start = star, *end;
	const char *dir, *part;
	const struct vfs_dir *d;
	int rc = 0;

	*out = map_get(&l->patterns, path);
	if (*out != NULL)
		return 0;
	*out = arena_alloc(l->a, sizeof(**out));
	if (*out == NULL)
		return error_memory(l->err);
	while (start > path && start[-1] != '/')
		start--;
	end = star + strcspn(star, "/");
	dir = arena_strndup(l->a, path,
	    start > path ? (size_t)(start - path - 1) : 0);
	part = arena_strndup(l->a, start, (size_t)(end - start));
	if (dir == NULL || part == NULL)
		return error_memory(l->err);
	d = map_get(&l->dirs, dir);
	if (d != NULL)
		rc = *end ? match_dirs(l, d, part, end + 1, *out)
		          : match_nodes(l, d, part, *out);
	sort_matches(*out);
	return rc ? rc : map_set(&l->patterns, path, *out, l->err);
}

/* Whether a path's target can be read; tells why not. */
bool node_check_target(struct node_build *b, const struct entry *e,
    const char *text, struct place at)
{
	const struct layer *y = NULL;
	const struct slot *s;

	if (!is_data(e)) {
		diagnose(b->l, at,
		    "%s is an action, not a table; it is included: @include "
		    "%s",
		    text, text);
		return false;
	}
	if (!e->slot->is_abstract)
		return true;
	for (s = e->slot; s != NULL && y == NULL; s = s->up)
		y = map_get(&b->l->mounted_dirs, s->listing->dir);
	if (y != NULL)
		diagnose(b->l, at,
		    "%s lies in an @abstract directory: its nodes exist only "
		    "where it is mounted, as at %s",
		    e->path, y->at->dir->path[0] ? y->at->dir->path : "/");
	else
		diagnose(b->l, at,
		    "%s lies in an @abstract directory: its nodes exist only "
		    "where it is mounted, and nothing mounts it",
		    e->path);
	return false;
}

static int read_super(struct node_build *b, const struct flat_item *item,
    struct place at, struct entry **out)
{
	struct entry *e = item->frame->entry;

	*out = NULL;
	if (e->hides == NULL)
		diagnose(b->l, at,
		    "super is the node that this file hides, but it hides "
		    "none: no mount brings %s",
		    e->path);
	else if (e->hides_many)
		diagnose(b->l, at,
		    "super is not clear: several mounts bring %s; name the one "
		    "by its path",
		    e->path);
	else
		*out = e->hides;
	return *out ? resolve_want(b->l, *out) : 0;
}

/* A directory on the way may be named with a * itself: which of them was
 * meant cannot be told. */
static const char *check_stars(const char *path)
{
	const char *star = strchr(path, '*');

	if (star == NULL)
		return "the * is taken away by ..";
	return strchr(star + 1, '*')
	    ? "a pattern has one *, and here a directory's name has one too: "
	      "rename the directory"
	    : NULL;
}

static int read_pattern(struct node_build *b, const struct flat_item *item,
    const char *text, struct place at, struct raw_input *in)
{
	struct load *l = b->l;
	struct pattern *p = NULL;
	struct path path;
	const char *why, **from;
	size_t i, n = 0;
	int rc =
	    path_read(l, l->a, item->frame->entry->slot, text, &path, &why);

	if (rc == 0 && why == NULL && strchr(strchr(text, '*') + 1, '*'))
		why = "a pattern has one *";
	if (rc == 0 && why == NULL)
		why = check_stars(path.path);
	if (rc == 0 && why != NULL)
		diagnose(l, at, "%s", why);
	if (rc || why != NULL)
		return rc;
	rc = find_pattern(l, path.path, &p);
	if (rc)
		return rc;
	in->in.is_union = true;
	in->targets = arena_array(&l->scratch, p->n, sizeof(struct entry *));
	from = arena_array(l->a, p->n, sizeof(char *));
	if (in->targets == NULL || from == NULL)
		return error_memory(l->err);
	for (i = 0; i < p->n; i++) {
		if (p->entries[i] == b->flat->entry)
			continue;
		in->targets[n] = p->entries[i];
		from[n++] = p->from[i];
	}
	in->in.from = from;
	in->in.n_nodes = (uint32_t)n;
	if (n == 0)
		diagnose(l, at, "no node matches %s", text);
	return 0;
}

static int read_target(struct node_build *b, const struct flat_item *item,
    const char *text, struct raw_input *in)
{
	struct place at = item_arg_place(item, &item->directive->args[0]);
	struct entry *e = NULL;
	int rc;

	if (strcmp(text, "super") == 0) {
		rc = read_super(b, item, at, &e);
	} else if (strchr(text, '*') != NULL) {
		return read_pattern(b, item, text, at, in);
	} else {
		rc = entry_find(b->l, item->frame->entry, text, at, &e);
		if (e != NULL && !node_check_target(b, e, text, at))
			e = NULL;
	}
	if (rc || e == NULL)
		return rc;
	in->targets = arena_alloc(&b->l->scratch, sizeof(struct entry *));
	if (in->targets == NULL)
		return error_memory(b->l->err);
	in->targets[0] = e;
	in->in.n_nodes = 1;
	return 0;
}

static void check_name(struct node_build *b, const char *name, struct place at)
{
	if (name[0] == '\0' || name[0] == '.' || name[0] == '_' ||
	    strlen(name) > 200 || strchr(name, '/') != NULL)
		diagnose(b->l, at,
		    "'%s' cannot be the name of an input: give it one with "
		    "as NAME",
		    name);
}

static int read_columns(struct node_build *b, const struct flat_item *item,
    struct raw_input *in)
{
	const struct directive *d = item->directive;
	const char **names;
	size_t i, k;

	if (!d->has_list)
		return 0;
	if (d->n_list == 0)
		diagnose(b->l, item_place(item),
		    "the list of columns is empty; without a list all "
		    "columns are given");
	names = arena_array(b->l->a, d->n_list, sizeof(char *));
	if (names == NULL)
		return error_memory(b->l->err);
	for (i = 0; i < d->n_list; i++) {
		int rc = node_arg(b, item, &d->list[i], &names[i]);

		if (rc)
			return rc;
		if (names[i] == NULL)
			return 0;
		for (k = 0; k < i; k++)
			if (strcmp(names[i], names[k]) == 0)
				diagnose(b->l,
				    item_arg_place(item, &d->list[i]),
				    "column %s is named twice", names[i]);
	}
	in->in.columns = names;
	in->in.n_columns = d->n_list;
	return 0;
}

int node_read_depend(struct node_build *b, const struct flat_item *item)
{
	const struct directive *d = item->directive;
	const char *text, *name;
	struct raw_input in = { .file = item_file(item), .seq = b->n_inputs };
	struct raw_input *more;
	int rc = node_arg(b, item, &d->args[0], &text);

	if (rc || text == NULL)
		return rc;
	if (d->n > 1 && (d->n != 3 || strcmp(d->args[1].text, "as") != 0)) {
		bool is_as = strcmp(d->args[1].text, "as") == 0;

		diagnose(b->l,
		    item_arg_place(item, &d->args[is_as && d->n > 3 ? 3 : 1]),
		    "@depend is written @depend PATH [as NAME] [(col, ...)]");
		return 0;
	}
	name = path_name(text);
	if (d->n == 3)
		rc = node_arg(b, item, &d->args[2], &name);
	if (rc || name == NULL)
		return rc;
	if (strchr(name, '*') != NULL) {
		diagnose(b->l, item_place(item),
		    "a pattern needs a name: @depend %s as NAME", text);
		return 0;
	}
	in.in.name = name;
	in.in.at = item_place(item);
	in.fold = text_fold(arena_strdup(&b->l->scratch, name));
	/* where the path ends in a slash, that is what is wrong */
	if (name[0] != '\0' || d->n == 3)
		check_name(b, name,
		    item_arg_place(item, &d->args[d->n == 3 ? 2 : 0]));
	rc = read_target(b, item, text, &in);
	if (rc == 0)
		rc = read_columns(b, item, &in);
	if (rc)
		return rc;
	if (in.in.n_nodes == 0)
		b->flat->has_failed = true;
	more = arena_grow(&b->l->scratch, b->inputs, b->n_inputs,
	    &b->cap_inputs, sizeof(*more));
	if (more == NULL || in.fold == NULL)
		return error_memory(b->l->err);
	b->inputs = more;
	more[b->n_inputs++] = in;
	return 0;
}

static int by_fold(const void *a, const void *b)
{
	const struct raw_input *x = a, *y = b;
	int c = strcmp(x->fold, y->fold);

	if (c == 0)
		c = strcmp(x->in.name, y->in.name);
	return c ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_name(const void *a, const void *b)
{
	const struct raw_input *x = a, *y = b;

	return strcmp(x->in.name, y->in.name);
}

/* Most inputs are written in order of their names. */
static void sort(struct raw_input *inputs, size_t n,
    int (*cmp)(const void *, const void *))
{
	size_t i = 1;

	while (i < n && cmp(&inputs[i - 1], &inputs[i]) <= 0)
		i++;
	if (i < n)
		qsort(inputs, n, sizeof(*inputs), cmp);
}

/* Later ones replace earlier ones; within one file that is a mistake. */
static void supersede(struct node_build *b)
{
	size_t i;

	for (i = 1; i < b->n_inputs; i++) {
		struct raw_input *x = &b->inputs[i - 1], *y = &b->inputs[i];

		if (strcmp(x->fold, y->fold) != 0)
			continue;
		if (strcmp(x->in.name, y->in.name) == 0)
			x->is_superseded = true;
		if (strcmp(x->in.name, y->in.name) != 0)
			diagnose(b->l, y->seq > x->seq ? y->in.at : x->in.at,
			    "two inputs are named %s and %s, which differ "
			    "only in case; give one another name with as",
			    x->in.name, y->in.name);
		else if (x->file == y->file)
			diagnose(b->l, y->in.at,
			    "two inputs are named %s; give one another name "
			    "with as",
			    y->in.name);
	}
}

/* Those that read something, as the node has them: in one piece with the
 * places of what they read. */
static int keep_inputs(struct node_build *b)
{
	struct making *making = &b->l->making[b->flat->entry->node];
	size_t i, k, n = 0, n_links = 0, *links;
	struct input *inputs;

	for (i = 0; i < b->n_inputs; i++) {
		n += b->inputs[i].in.n_nodes > 0; /* else it was told */
		n_links += b->inputs[i].in.n_nodes;
	}
	if (n == 0)
		return 0;
	inputs = arena_array(b->l->a, n, sizeof(*inputs));
	links = arena_array(b->l->a, n_links, sizeof(*links));
	if (inputs == NULL || links == NULL)
		return error_memory(b->l->err);
	b->node->inputs = inputs;
	b->node->n_inputs = (uint32_t)n;
	making->links = links;
	making->n_links = n_links;
	for (i = 0; i < b->n_inputs; i++) {
		const struct raw_input *raw = &b->inputs[i];

		if (raw->in.n_nodes == 0)
			continue;
		*inputs = raw->in;
		inputs++->nodes = links;
		for (k = 0; k < raw->in.n_nodes; k++)
			*links++ = raw->targets[k]->node;
	}
	return 0;
}

int node_finish_inputs(struct node_build *b)
{
	size_t i, n = 0;

	sort(b->inputs, b->n_inputs, by_fold);
	supersede(b);
	for (i = 0; i < b->n_inputs; i++)
		if (!b->inputs[i].is_superseded)
			b->inputs[n++] = b->inputs[i];
	b->n_inputs = n;
	sort(b->inputs, n, by_name);
	return keep_inputs(b);
}
