/* param: see param.h. */
#include "runner/lang/param.h"

#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/scope.h"

enum {
	VALUES_DEEP = 8
}; /* values that refer to values */

/* What a template is expanded for. */
struct expansion {
	struct load *l;
	struct flat *flat; /* notes what is used; NULL in values */
	bool *uses_date; /* of the node that it is for; NULL: of none */
	const struct flat *own;
	struct slot *slot;
	const char *path;
	bool is_strict;
	const void *skip;
	int depth;
	bool has_failed;
};

enum parameter_type param_type(struct load *l, const struct text_file *f,
    const struct directive *d)
{
	const char *text = d->args[0].text, *colon = strchr(text, ':');
	const char *known[PARAMETER_TYPES], *near;
	int type;

	if (colon == NULL)
		return PARAMETER_TEXT;
	type = parameter_type_find(colon + 1);
	if (type >= 0)
		return (enum parameter_type)type;
	for (type = 0; type < PARAMETER_TYPES; type++)
		known[type] = parameter_type_name((enum parameter_type)type);
	near = text_nearest(colon + 1, known, ARRAY_LEN(known));
	diagnose(l, place_of_arg(f, d, &d->args[0]),
	    "there is no type %s; it is text, int, number, date, ident or "
	    "list%s%s",
	    colon + 1, near ? "; did you mean " : "", near ? near : "");
	return PARAMETER_TEXT;
}

/* The name of a @param, and that its default is of its type. */
static void check_declaration(struct load *l, const struct text_file *f,
    const struct directive *d, enum parameter_type type)
{
	const char *name = d->args[0].text, *why;
	size_t n = strcspn(name, ":"), i;

	for (i = 0; i < n; i++)
		if (!(name[i] == '_' || (name[i] >= 'a' && name[i] <= 'z') ||
		        (name[i] >= 'A' && name[i] <= 'Z') ||
		        (i > 0 && name[i] >= '0' && name[i] <= '9')))
			break;
	if (i < n || n == 0)
		diagnose(l, place_of_arg(f, d, &d->args[0]),
		    "'%.*s' is no name: letters, digits and _ are, not a "
		    "digit first",
		    (int)n, name);
	if (d->n < 2 || strstr(d->args[1].text, "{{") != NULL)
		return;
	why = parameter_check(d->args[1].text, type);
	if (why != NULL)
		diagnose(l, place_of_arg(f, d, &d->args[1]), "'%s' %s",
		    d->args[1].text, why);
}

enum parameter_type param_declare(struct load *l, const struct text_file *f,
    const struct directive *d)
{
	enum parameter_type type = param_type(l, f, d);

	check_declaration(l, f, d, type);
	return type;
}

static void tell(void *payload, int line, int col, const char *message)
{
	struct expansion *x = payload;

	x->has_failed = true;
	diagnose(x->l, (struct place){ x->path, line, col }, "%s", message);
}

static void note_used(struct expansion *x, const char *name,
    enum parameter_type type, const char *value, struct place at)
{
	struct flat *f = x->flat;
	struct parameter *more;
	const char *copy;
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->n_used; i++)
		if (strcmp(f->used[i].name, name) == 0)
			return;
	more = mem_grow(f->used, f->n_used, &f->cap_used, sizeof(*more));
	copy = arena_strdup(x->l->a, name);
	if (more != NULL)
		f->used = more;
	if (more == NULL || copy == NULL) {
		x->l->no_memory = true;
		return;
	}
	more[f->n_used++] =
	    (struct parameter){ copy, parameter_type_name(type), value, at };
}

static enum template_found find(void *payload, const char *name, int line,
    int col, struct template_value *out);

/* A value's own {{names}}: bounded by VALUES_DEEP. */
static const char *expand_value(struct expansion *x, const char *value,
    const struct binding *b)
{
	struct expansion inner = { .l = x->l,
		.uses_date = x->uses_date,
		.own = b->is_own ? x->own : NULL,
		.slot = b->slot,
		.path = b->at.path,
		.is_strict = true,
		.skip = b->id,
		.depth = x->depth + 1 };
	struct template t = { .text = bytes_of(value),
		.line = b->at.line,
		.col = b->at.col,
		.language = LANGUAGE_ARGUMENT,
		.find = find,
		.fail = tell,
		.payload = &inner };
	CLEANUP(buf_clear) struct buf out = { 0 };
	const char *expanded = NULL;

	if (b->slot == NULL || !template_has(t.text))
		return value;
	if (inner.depth > VALUES_DEEP) {
		diagnose(x->l, b->at,
		    "this value refers to itself in the "
		    "end: %s",
		    value);
		return NULL;
	}
	if (template_expand(&t, &out, x->l->err) == 0) {
		if (inner.has_failed)
			return NULL; /* it was told */
		expanded = arena_strndup(x->l->a, out.p ? out.p : "", out.n);
	}
	x->l->no_memory |= expanded == NULL;
	return expanded;
}

static enum template_found unknown(struct expansion *x, const char *name,
    int line, int col)
{
	const char *near;

	if (!x->is_strict)
		return TEMPLATE_UNKNOWN;
	near = name[0] == '@' ? "@snapshot_date"
	                      : scope_nearest(x->l, x->own, x->slot, name);
	x->has_failed = true;
	diagnose(x->l, (struct place){ x->path, line, col },
	    near ? "there is no parameter %s; did you mean %s?"
	         : "there is no parameter %s: no @param declares it%s",
	    name, near ? near : "");
	return TEMPLATE_UNKNOWN;
}

static void tell_no_value(struct load *l, const char *name,
    const struct declaration *decl)
{
	const struct frame *frame = l->frame;
	const struct slot *slot = l->slot;

	l->frame = NULL;
	l->slot = decl->ask_slot;
	diagnose(l, decl->ask,
	    "no value for the parameter %s (declared at %s:%d): give it, "
	    "%s=VALUE behind @include's path or @set %s VALUE",
	    name, decl->at.path, decl->at.line, name, name);
	l->frame = frame;
	l->slot = slot;
}

/* A value of another type than declared is told where it is given. */
static bool check_value(struct expansion *x, const char *name,
    const struct binding *b, const struct template_value *value)
{
	const char *why = parameter_check(value->text, value->type);
	const struct slot *slot = x->l->slot;

	if (why == NULL)
		return true;
	x->l->slot = b->slot ? b->slot : slot;
	if (b->at.path == NULL)
		diagnose(x->l, (struct place){ 0 }, "--set %s: '%s' %s", name,
		    value->text, why);
	else
		diagnose(x->l, (struct place){ b->at.path, b->at.line, b->col },
		    "'%s' %s", value->text, why);
	x->l->slot = slot;
	return false;
}

static enum template_found find(void *payload, const char *name, int line,
    int col, struct template_value *out)
{
	struct expansion *x = payload;
	struct declaration decl;
	struct binding b;

	if (name[0] == '@') {
		if (strcmp(name, "@snapshot_date") != 0)
			return unknown(x, name, line, col);
		x->l->p->uses_date = true;
		if (x->uses_date != NULL)
			*x->uses_date = true;
		*out = (struct template_value){ x->l->date, PARAMETER_DATE };
		return TEMPLATE_FOUND;
	}
	if (!scope_declared(x->l, x->own, x->slot, name, &decl))
		return unknown(x, name, line, col);
	if (!scope_find(x->l, x->own, x->slot, name, x->skip, &b)) {
		b = (struct binding){ .value = decl.value,
			.at = decl.at,
			.col = decl.col,
			.id = decl.id,
			.is_own = decl.is_own,
			.slot = decl.slot };
		if (decl.value == NULL) {
			x->has_failed = true;
			tell_no_value(x->l, name, &decl);
			return TEMPLATE_FAILED;
		}
	}
	out->type = decl.type;
	out->text = expand_value(x, b.value, &b);
	if (out->text == NULL || !check_value(x, name, &b, out)) {
		x->has_failed = true;
		return TEMPLATE_FAILED;
	}
	note_used(x, name, decl.type, out->text, b.at);
	return TEMPLATE_FOUND;
}

static int expand(struct expansion *x, enum language language,
    struct bytes text, struct place at, struct bytes *out)
{
	struct template t = { .text = text,
		.line = at.line,
		.col = at.col,
		.language = language,
		.find = find,
		.fail = tell,
		.payload = x };
	CLEANUP(buf_clear) struct buf b = { 0 };
	int rc;

	x->path = at.path;
	x->is_strict =
	    language == LANGUAGE_SQL || language == LANGUAGE_ARGUMENT;
	*out = (struct bytes){ NULL, 0 };
	rc = template_expand(&t, &b, x->l->err);
	if (rc)
		return rc;
	if (x->has_failed)
		return 0;
	out->p = arena_strndup(x->l->a, b.p ? b.p : "", b.n);
	out->n = b.n;
	return out->p ? 0 : error_memory(x->l->err);
}

int param_expand(struct load *l, struct flat *flat, enum language language,
    struct bytes text, struct place at, struct bytes *out)
{
	struct expansion x = { .l = l,
		.flat = flat,
		.uses_date = &flat->uses_date,
		.own = flat,
		.slot = flat->slot };

	return expand(&x, language, text, at, out);
}

int param_expand_arg(struct load *l, struct flat *flat,
    const struct directive_arg *arg, struct place at, const char **out)
{
	struct bytes b;
	int rc;

	*out = arg->text;
	if (!template_has(bytes_of(arg->text)))
		return 0;
	rc = param_expand(l, flat, LANGUAGE_ARGUMENT, bytes_of(arg->text), at,
	    &b);
	*out = b.p;
	if (b.p == NULL)
		flat->has_failed = true;
	return rc;
}

int param_expand_in(struct load *l, struct slot *slot,
    const struct directive_arg *arg, struct place at, const char **out)
{
	struct expansion x = { .l = l, .slot = slot };
	struct bytes b;
	int rc;

	*out = arg->text;
	if (!template_has(bytes_of(arg->text)))
		return 0;
	rc = expand(&x, LANGUAGE_ARGUMENT, bytes_of(arg->text), at, &b);
	*out = b.p;
	return rc;
}

static void tell_unreached(struct load *l, struct place at, const char *name,
    const char *near)
{
	diagnose(l, at,
	    "nothing that this reaches declares a parameter %s%s%s%s", name,
	    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* What is declared without a default is to be given, used or not. */
static void check_given(struct load *l, const struct flat *own,
    struct slot *slot, const char *name)
{
	bool *used = l->set_used;
	struct declaration decl;
	struct binding b;

	if (!scope_declared(l, own, slot, name, &decl) || decl.value != NULL)
		return;
	l->set_used = NULL;
	if (!scope_find(l, own, slot, name, NULL, &b))
		tell_no_value(l, name, &decl);
	l->set_used = used;
}

/* Where the name of a file's own value stands. */
static struct place own_place(const struct own_word *w)
{
	return w->directive->word == WORD_SET
	    ? place_of_arg(w->file, w->directive, &w->directive->args[0])
	    : w->at;
}

int param_reach(struct load *l, struct flat *flat)
{
	struct declaration decl;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < flat->n_params; i++) {
		const struct own_word *w = &flat->params[i];

		check_given(l, flat, flat->slot, w->name);
		scope_mark(flat->slot, w->name);
		rc = map_set(&l->declared, w->name, NULL, l->err);
	}
	for (i = 0; rc == 0 && i < flat->n_sets; i++) {
		const struct own_word *w = &flat->sets[i];

		if (!scope_declared(l, flat, flat->slot, w->name, &decl))
			tell_unreached(l, own_place(w), w->name,
			    scope_nearest(l, flat, flat->slot, w->name));
	}
	return rc;
}

/* The nearest of all declared names. */
static const char *nearest_declared(struct load *l, const char *name)
{
	const char *best = NULL;
	size_t i;

	for (i = 0; !diagnose_is_full(l) && i < l->declared.cap && !best; i++)
		if (l->declared.entries[i].key != NULL)
			best =
			    text_nearest(name, &l->declared.entries[i].key, 1);
	return best;
}

/* The parameters that group files declare in u reach the values that are set
 * on the way to s, u or below it. */
static int mark_declared(struct load *l, struct slot *s, const struct slot *u)
{
	const struct map *m = &u->listing->params;
	size_t k;
	int rc = 0;

	for (k = 0; rc == 0 && k < m->cap; k++) {
		if (m->entries[k].key == NULL)
			continue;
		if (u == s && s->layer->outer != NULL)
			check_given(l, NULL, s, m->entries[k].key);
		scope_mark(s, m->entries[k].key);
		if (u == s)
			rc = map_set(&l->declared, m->entries[k].key, NULL,
			    l->err);
	}
	return rc;
}

static int mark_groups(struct load *l)
{
	const struct slot *u;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n_queue; i++) {
		if (l->queue[i]->is_abstract)
			continue;
		for (u = l->queue[i]; rc == 0 && u != NULL; u = u->up)
			rc = mark_declared(l, l->queue[i], u);
	}
	return rc;
}

static void check_groups(struct load *l)
{
	struct declaration decl;
	size_t i, k;

	for (i = 0; i < l->n_queue; i++) {
		struct slot *s = l->queue[i];

		l->slot = s;
		for (k = 0; !s->is_abstract && k < s->listing->n_words; k++) {
			const struct group_word *w = &s->listing->words[k];
			const char *name = w->directive->args[0].text;

			if (w->directive->word == WORD_SET &&
			    !w->directive->is_reached &&
			    !scope_declared(l, NULL, s, name, &decl))
				tell_unreached(l,
				    place_of_arg(w->file, w->directive,
				        &w->directive->args[0]),
				    name, nearest_declared(l, name));
		}
	}
}

static void check_mounts(struct load *l)
{
	struct declaration decl;
	size_t i, k;

	for (i = 0; i < l->n_layers; i++) {
		const struct layer *y = l->layers[i];

		l->slot = y->at;
		for (k = 0; !y->at->is_abstract && k < y->n_args; k++) {
			const struct directive_arg *arg = &y->args[k];
			const char *name = arena_strndup(l->a, arg->text,
			    strcspn(arg->text, "="));

			if (name == NULL || arg->is_reached ||
			    strchr(arg->text, '=') == NULL ||
			    scope_declared(l, NULL, y->at, name, &decl))
				continue;
			tell_unreached(l,
			    (struct place){ y->place.path, y->place.line,
			        arg->col },
			    name, nearest_declared(l, name));
		}
	}
}

int param_check(struct load *l)
{
	size_t i;
	int rc = mark_groups(l);

	if (rc)
		return rc;
	check_groups(l);
	check_mounts(l);
	l->slot = NULL;
	for (i = 0; i < l->options->n_set; i++) {
		const char *name = l->options->set[i].name, *near;

		if (l->set_used[i])
			continue;
		near = nearest_declared(l, name);
		if (near != NULL && strcmp(near, name) == 0)
			diagnose(l, (struct place){ 0 },
			    "--set: nothing uses %s from here (it is declared, "
			    "but "
			    "not used, or set nearer)",
			    name);
		else
			diagnose(l, (struct place){ 0 },
			    "--set: there is no parameter %s%s%s%s", name,
			    near ? "; did you mean "
			         : ": no @param declares it",
			    near ? near : "", near ? "?" : "");
	}
	return 0;
}
