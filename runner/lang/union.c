/*
 * union: where several layers bring a node of one path, the layer that mounts
 * hides what it mounts. Two mounts of one layer are a clash.
 */
#include <assert.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/path.h"

static bool is_outer(const struct layer *outer, const struct layer *y)
{
	while (y != NULL && y->depth > outer->depth)
		y = y->outer;
	return y == outer;
}

/* The entry of the list whose layer contains all the others' layers, taken
 * out of the list; NULL where two are beside each other. */
static struct entry *take_top(struct entry **list)
{
	struct entry **best = list, **p, *e;

	for (p = &(*list)->next; *p != NULL; p = &(*p)->next)
		if ((*p)->slot->layer->depth < (*best)->slot->layer->depth)
			best = p;
	for (e = *list; e != NULL; e = e->next)
		if (e != *best &&
		    !is_outer((*best)->slot->layer, e->slot->layer))
			return NULL;
	e = *best;
	*best = e->next;
	e->next = NULL;
	return e;
}

/* The first two by the places of their mounts, so that what is told does not
 * hang on the order of the walk. */
static void tell_clash(struct load *l, struct entry *list)
{
	struct entry *a = list, *b = list->next;
	const struct layer *x, *y;

	x = a->slot->layer;
	y = b->slot->layer;
	if (strcmp(x->place.path, y->place.path) > 0 ||
	    (strcmp(x->place.path, y->place.path) == 0 &&
	        x->place.line > y->place.line)) {
		const struct layer *swap = x;
		struct entry *other = a;

		x = y;
		y = swap;
		a = b;
		b = other;
	}
	diagnose(l, y->place,
	    "two mounts bring %s: %s (mounted at %s:%d) and %s (mounted at "
	    "%s:%d); a file %s in the directory would decide",
	    a->path, a->file->place, x->place.path, x->place.line,
	    b->file->place, y->place.path, y->place.line, a->path);
}

/* Makes a chain of what hides what; the head is what is seen. */
static struct entry *stack(struct load *l, struct entry *list)
{
	struct entry *top = NULL, *last = NULL;
	int level = 0;

	while (list != NULL) {
		struct entry *e = take_top(&list);

		if (e == NULL) {
			if (last == NULL) {
				tell_clash(l, list);
				top = list;
			} else {
				last->hides_many = true;
				last->hides = list;
				list->level = level;
			}
			break;
		}
		e->level = level++;
		if (last != NULL)
			last->hides = e;
		else
			top = e;
		last = e;
	}
	return top;
}

static bool says_override(const struct text_file *f)
{
	size_t i;

	for (i = 0; i < f->scan.n; i++)
		if (f->scan.directives[i].word == WORD_OVERRIDE)
			return true;
	return false;
}

/* The nearest name that a mount brings into the same directory. */
static const char *nearest_mounted(struct load *l, const struct entry *e)
{
	const struct slot *s;
	const char *best = NULL;

	if (diagnose_is_full(l))
		return NULL;
	for (s = e->slot->dir->slots; s != NULL && best == NULL; s = s->next) {
		size_t i;

		if (s->layer == e->slot->layer)
			continue;
		for (i = 0; i < s->listing->n_files && best == NULL; i++) {
			const struct text_file *f = s->listing->files[i];

			if (f->role == ROLE_NODE || f->role == ROLE_TABLE)
				best = text_nearest(e->file->stem, &f->stem, 1);
		}
	}
	return best;
}

static void check_override(struct load *l, const struct entry *e)
{
	const struct text_file *f = e->companion ? e->companion : e->file;
	const char *near;
	size_t i;

	if (e->hides != NULL || !says_override(f))
		return;
	for (i = 0; f->scan.directives[i].word != WORD_OVERRIDE; i++)
		;
	near = nearest_mounted(l, e);
	l->slot = e->slot;
	if (near != NULL)
		diagnose(l, place_of(f, &f->scan.directives[i]),
		    "@override, but this hides nothing: no mount brings %s; "
		    "did you mean %s?",
		    e->path, near);
	else
		diagnose(l, place_of(f, &f->scan.directives[i]),
		    "@override, but this hides nothing: no mount brings %s",
		    e->path);
	l->slot = NULL;
}

/* Two paths that differ in the case of their last part alone. */
static int check_case(struct load *l, struct map *seen, const char *path,
    const char **other)
{
	const char *key = text_fold(arena_strdup(l->a, path)), **known;
	size_t dir = (size_t)(path_name(path) - path);

	*other = NULL;
	if (key == NULL)
		return error_memory(l->err);
	known = map_get(seen, key);
	if (known == NULL) {
		known = arena_alloc(l->a, sizeof(char *));
		if (known == NULL)
			return error_memory(l->err);
		*known = path;
		return map_set(seen, key, known, l->err);
	}
	if (strcmp(*known, path) != 0 && strncmp(*known, path, dir) == 0)
		*other = *known;
	return 0;
}

static int check_dirs(struct load *l)
{
	struct map seen = { 0 };
	const char *other;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n_queue; i++) {
		const char *path = l->queue[i]->dir->path;

		rc = check_case(l, &seen, path, &other);
		if (rc == 0 && other != NULL) {
			const char *later =
			    strcmp(other, path) < 0 ? path : other;

			diagnose(l, (struct place){ later, 1, 1 },
			    "the names of two directories differ only in "
			    "case: %s and %s",
			    other == later ? path : other, later);
		}
	}
	map_clear(&seen);
	return rc;
}

/* The later path has the place; both are named. */
static void tell_case(struct load *l, const struct entry *a,
    const struct entry *b)
{
	bool is_after = strcmp(a->path, b->path) > 0;
	const struct entry *first = is_after ? b : a;
	const struct entry *later = is_after ? a : b;

	l->slot = later->slot;
	diagnose(l, place_of_file(later->file),
	    "the names of two nodes differ only in case: %s (%s) and %s (%s)",
	    first->path, first->file->place, later->path, later->file->place);
	l->slot = NULL;
}

/* FNV-1a, 64 bits, of a path in small letters; never 0. */
static uint64_t fold_hash(const char *path)
{
	uint64_t h = 14695981039346656037U;

	for (; *path != '\0'; path++) {
		char c = *path;

		c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		h = (h ^ (unsigned char)c) * 1099511628211U;
	}
	return h | 1;
}

/* Whether two nodes' paths may differ in case alone: their hashes tell that of
 * nearly every pipeline none do, without a folded copy of each. */
static int may_clash(struct load *l, bool *out)
{
	CLEANUP(mem_freep) uint64_t *seen = NULL;
	size_t cap = 16, i;

	while (cap < 2 * l->n_heads)
		cap *= 2;
	seen = mem_array(cap, sizeof(*seen));
	if (seen == NULL)
		return error_memory(l->err);
	*out = false;
	for (i = 0; i < l->n_heads && !*out; i++) {
		uint64_t h = fold_hash(l->heads[i]->path);
		size_t at = h & (cap - 1);

		while (seen[at] != 0 && seen[at] != h)
			at = (at + 1) & (cap - 1);
		*out = seen[at] == h;
		seen[at] = h;
	}
	return 0;
}

static int check_nodes(struct load *l)
{
	struct map seen = { 0 };
	const char *other;
	bool is_needed;
	size_t i;
	int rc = may_clash(l, &is_needed);

	if (rc || !is_needed)
		return rc;
	for (i = 0; rc == 0 && i < l->n_heads; i++) {
		rc = check_case(l, &seen, l->heads[i]->path, &other);
		if (rc == 0 && other != NULL)
			tell_case(l, map_get(&l->entries, other), l->heads[i]);
	}
	map_clear(&seen);
	return rc;
}

/* The directory's own directives of a mounted table hide those that the
 * library has beside it. */
static void find_companion(struct entry *e)
{
	const struct slot *s, *best = NULL;
	struct text_file *f;

	if (e->file->role != ROLE_TABLE || e->slot->layer->outer == NULL)
		return;
	for (s = e->slot->dir->slots; s != NULL; s = s->next) {
		f = map_get(&s->listing->groups, e->file->stem);
		if (f == NULL || s->layer == e->slot->layer ||
		    !is_outer(s->layer, e->slot->layer) ||
		    (best != NULL && best->layer->depth <= s->layer->depth))
			continue;
		best = s;
		f->is_claimed = true;
		e->companion = f;
	}
}

static void check_groups(struct load *l)
{
	size_t i, k;

	for (i = 0; i < l->n_queue; i++) {
		const struct listing *list = l->queue[i]->listing;

		l->slot = l->queue[i];
		for (k = 0; k < list->n_files; k++)
			if (list->files[k]->role == ROLE_GROUP &&
			    !list->files[k]->is_claimed)
				group_check(l, list->files[k]);
	}
	l->slot = NULL;
}

int union_build(struct load *l)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < l->n_heads; i++) {
		struct entry *e;

		if (l->heads[i]->next != NULL) {
			l->heads[i] = stack(l, l->heads[i]);
			assert(l->heads[i] != NULL);
			rc = map_set(&l->entries, l->heads[i]->path,
			    l->heads[i], l->err);
		}
		if (rc)
			return rc;
		e = l->heads[i];
		do {
			find_companion(e);
			check_override(l, e);
			e = e->hides;
		} while (e != NULL);
	}
	check_groups(l);
	rc = check_dirs(l);
	return rc ? rc : check_nodes(l);
}
