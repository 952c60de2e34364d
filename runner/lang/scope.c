/* scope: see scope.h. */
#include "runner/lang/scope.h"

#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/param.h"

/* The slot of layer y in dir, or in the nearest directory above where it has
 * one. */
static struct slot *nearest_slot(const struct vfs_dir *dir,
    const struct layer *y)
{
	struct slot *s = NULL;

	for (; dir != NULL && s == NULL; dir = dir->parent)
		for (s = dir->slots; s != NULL && s->layer != y;)
			s = s->next;
	return s;
}

size_t scope_slots(struct slot *slot, struct slot *out[SCOPES_MOST])
{
	const struct layer *y;
	struct slot *s;
	size_t n = 0, i;

	for (y = slot->layer; y != NULL && n < SCOPES_MOST; y = y->outer) {
		s = y == slot->layer ? slot : nearest_slot(slot->dir, y);
		if (s != NULL)
			out[n++] = s;
	}
	for (i = 0; i < n / 2; i++) {
		struct slot *swap = out[i];

		out[i] = out[n - 1 - i];
		out[n - 1 - i] = swap;
	}
	return n;
}

/* Whether arg is "name=value" of that name; *value is behind the '='. */
static bool is_arg(const struct directive_arg *arg, const char *name,
    const char **value)
{
	size_t n = strlen(name);

	if (strncmp(arg->text, name, n) != 0 || arg->text[n] != '=')
		return false;
	*value = arg->text + n + 1;
	return true;
}

static bool find_own(const struct flat *own, const char *name, const void *skip,
    struct binding *out)
{
	size_t i;

	for (i = own->n_sets; i-- > 0;) {
		const struct own_word *w = &own->sets[i];

		if (w->arg == skip || strcmp(w->name, name) != 0)
			continue;
		*out = (struct binding){ .value = w->value,
			.at = w->at,
			.col = w->arg->col,
			.id = w->arg,
			.is_own = true,
			.slot = own->slot };
		return true;
	}
	return false;
}

static bool find_mount(const struct slot *slot, const char *name,
    struct binding *out)
{
	const struct layer *y;
	size_t i;

	for (y = slot->layer; y->outer != NULL; y = y->outer)
		for (i = 0; i < y->n_args; i++) {
			const char *value;

			if (!is_arg(&y->args[i], name, &value))
				continue;
			*out = (struct binding){ .value = value,
				.at = { y->place.path, y->place.line,
				    y->args[i].col },
				.col = y->args[i].col,
				.id = &y->args[i],
				.slot = y->at };
			return true;
		}
	return false;
}

static bool find_group(struct slot *s, const char *name, const void *skip,
    struct binding *out)
{
	for (; s != NULL; s = s->up) {
		const struct group_word *w = map_get(&s->listing->sets, name);

		if (w == NULL || w->directive == skip)
			continue;
		*out = (struct binding){ .value = w->directive->args[1].text,
			.at = place_of(w->file, w->directive),
			.col = w->directive->args[1].col,
			.id = w->directive,
			.slot = s };
		return true;
	}
	return false;
}

/* A look that does not count as use: l->set_used NULL. */
static bool find_run(struct load *l, const char *name, struct binding *out)
{
	const struct pipeline_options *o = l->options;
	bool found = false;
	size_t i;

	for (i = 0; i < o->n_set; i++)
		if (strcmp(o->set[i].name, name) == 0) {
			if (l->set_used != NULL)
				l->set_used[i] = true;
			*out = (struct binding){ .value = o->set[i].value,
				.id = &o->set[i] };
			found = true;
		}
	return found;
}

bool scope_find(struct load *l, const struct flat *own, struct slot *slot,
    const char *name, const void *skip, struct binding *out)
{
	struct slot *slots[SCOPES_MOST];
	size_t n, i;

	if (own != NULL && find_own(own, name, skip, out))
		return true;
	if (find_mount(slot, name, out))
		return true;
	n = scope_slots(slot, slots);
	if (find_group(slots[0], name, skip, out) || find_run(l, name, out))
		return true;
	for (i = 1; i < n; i++)
		if (find_group(slots[i], name, skip, out))
			return true;
	return false;
}

static void declare_own(struct load *l, const struct own_word *w,
    const struct flat *own, struct declaration *out)
{
	const struct directive *d = w->directive;
	const struct layer *y = own->slot->layer;

	*out = (struct declaration){ .type = param_type(l, w->file, d),
		.value = d->n > 1 ? d->args[1].text : NULL,
		.col = d->n > 1 ? d->args[1].col : 0,
		.at = place_of(w->file, d),
		.id = d,
		.is_own = true,
		.slot = own->slot };
	out->ask = out->at;
	out->ask_slot = own->entry->slot;
	if (w->at.path != NULL) {
		out->ask = w->at;
	} else if (y->outer != NULL) {
		out->ask = y->place;
		out->ask_slot = y->at;
	}
}

bool scope_declared(struct load *l, const struct flat *own, struct slot *slot,
    const char *name, struct declaration *out)
{
	struct slot *slots[SCOPES_MOST], *s;
	size_t n, i;

	for (i = own ? own->n_params : 0; i-- > 0;)
		if (strcmp(own->params[i].name, name) == 0) {
			declare_own(l, &own->params[i], own, out);
			return true;
		}
	n = scope_slots(slot, slots);
	for (i = n; i-- > 0;)
		for (s = slots[i]; s != NULL; s = s->up) {
			const struct group_word *w =
			    map_get(&s->listing->params, name);

			if (w == NULL)
				continue;
			*out = (struct declaration){ .type = param_type(l,
				                         w->file, w->directive),
				.value = w->directive->n > 1
				    ? w->directive->args[1].text
				    : NULL,
				.col = w->directive->n > 1
				    ? w->directive->args[1].col
				    : 0,
				.at = place_of(w->file, w->directive),
				.id = w->directive,
				.slot = s };
			out->ask = s->layer->outer ? s->layer->place : out->at;
			out->ask_slot = s->layer->outer ? s->layer->at : s;
			return true;
		}
	return false;
}

void scope_mark(struct slot *slot, const char *name)
{
	struct slot *slots[SCOPES_MOST], *s;
	struct layer *y;
	size_t n, i;

	for (y = slot->layer; y->outer != NULL; y = y->outer)
		for (i = 0; i < y->n_args; i++) {
			const char *value;

			/* d->args is ours and writable */
			if (is_arg(&y->args[i], name, &value))
				y->directive->args[i + 1].is_reached = true;
		}
	n = scope_slots(slot, slots);
	for (i = 0; i < n; i++)
		for (s = slots[i]; s != NULL; s = s->up) {
			struct group_word *w = map_get(&s->listing->sets, name);

			if (w != NULL)
				w->directive->is_reached = true;
		}
}

const char *scope_nearest(struct load *l, const struct flat *own,
    struct slot *slot, const char *name)
{
	struct slot *slots[SCOPES_MOST], *s;
	const char *words[400];
	size_t n, i, k, count = 0;

	if (diagnose_is_full(l))
		return NULL;
	for (i = 0; own != NULL && i < own->n_params; i++)
		if (count < ARRAY_LEN(words))
			words[count++] = own->params[i].name;
	n = scope_slots(slot, slots);
	for (i = 0; i < n; i++)
		for (s = slots[i]; s != NULL; s = s->up)
			for (k = 0; k < s->listing->params.cap; k++) {
				const char *key =
				    s->listing->params.entries[k].key;

				if (key && count < ARRAY_LEN(words))
					words[count++] = key;
			}
	return text_nearest(name, words, count);
}
