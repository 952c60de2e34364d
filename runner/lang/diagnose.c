/* diagnose: see diagnose.h. */
#include "runner/lang/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place place_of(const struct text_file *f, const struct directive *d)
{
	return (struct place){ f->place, d->line, d->col };
}

struct place place_of_arg(const struct text_file *f, const struct directive *d,
    const struct directive_arg *arg)
{
	return (struct place){ f->place, d->line, arg->col };
}

struct place place_of_file(const struct text_file *f)
{
	return (struct place){ f->place, 1, 1 };
}

bool diagnose_is_full(const struct load *l)
{
	return l->p->n_errors >= DIAGNOSE_MOST;
}

/* The includes of the frame, then the mounts of the slot, innermost first. */
static void add_chain(struct load *l, struct diagnostic *d)
{
	const struct frame *f;
	const struct layer *y;
	struct place *chain;
	size_t n = 0;

	for (f = l->frame; f != NULL && f->parent != NULL; f = f->parent)
		n++;
	d->n_included = n;
	y = l->slot ? l->slot->layer : NULL;
	for (; y != NULL && y->outer != NULL; y = y->outer)
		n++;
	chain = arena_array(l->a, n, sizeof(*chain));
	l->no_memory |= chain == NULL;
	if (chain == NULL)
		return;
	d->chain = chain;
	d->n_chain = n;
	for (f = l->frame; f != NULL && f->parent != NULL; f = f->parent)
		*chain++ = f->at;
	y = l->slot ? l->slot->layer : NULL;
	for (; y != NULL && y->outer != NULL; y = y->outer)
		*chain++ = y->place;
}

static void add(struct load *l, bool is_warning, struct place at,
    const char *message)
{
	struct pipeline *p = l->p;
	size_t told = is_warning ? l->n_warnings : p->n_errors;
	struct diagnostic *more;
	const char *key;

	key = arena_printf(l->a, "%d %s:%d:%d %s", is_warning,
	    at.path ? at.path : "", at.line, at.col, message);
	if (key != NULL && map_has(&l->told, key))
		return;
	if (key == NULL || map_set(&l->told, key, NULL, NULL)) {
		l->no_memory = true;
		return;
	}
	if (told >= DIAGNOSE_MOST) {
		l->n_suppressed++;
		return;
	}
	more = arena_grow(l->a, p->diagnostics, p->n_diagnostics,
	    &l->cap_diagnostics, sizeof(*more));
	if (more == NULL) {
		l->no_memory = true;
		return;
	}
	p->diagnostics = more;
	more += p->n_diagnostics++;
	*more = (struct diagnostic){ .is_warning = is_warning,
		.at = at,
		.message = arena_strdup(l->a, message) };
	if (more->message == NULL) {
		l->no_memory = true;
		more->message = "out of memory";
	}
	add_chain(l, more);
	if (is_warning)
		l->n_warnings++;
	else
		p->n_errors++;
}

__attribute__((format(printf, 4, 0))) static void format(struct load *l,
    bool is_warning, struct place at, const char *fmt, va_list ap)
{
	char message[2000];

	/* beyond a few thousand nobody reads, and time would be lost */
	if (l->n_suppressed > 10000) {
		l->n_suppressed++;
		return;
	}
	vsnprintf(message, sizeof(message), fmt, ap);
	add(l, is_warning, at, message);
}

void diagnose(struct load *l, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(l, false, at, fmt, ap);
	va_end(ap);
}

void diagnose_buf(struct load *l, struct place at, const struct buf *message)
{
	if (message->failed)
		l->no_memory = true;
	else
		diagnose(l, at, "%s", message->p);
}

void diagnose_warning(struct load *l, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(l, true, at, fmt, ap);
	va_end(ap);
}

static int by_place(const void *a, const void *b)
{
	const struct diagnostic *x = a, *y = b;
	int c = (x->at.path == NULL) - (y->at.path == NULL);

	if (c == 0 && x->at.path != NULL)
		c = strcmp(x->at.path, y->at.path);
	if (c == 0)
		c = (x->at.line > y->at.line) - (x->at.line < y->at.line);
	if (c == 0)
		c = (x->at.col > y->at.col) - (x->at.col < y->at.col);
	if (c == 0)
		c = x->is_warning - y->is_warning;
	return c ? c : strcmp(x->message, y->message);
}

void diagnostics_sort(struct pipeline *p)
{
	if (p->n_diagnostics > 1)
		qsort(p->diagnostics, p->n_diagnostics, sizeof(*p->diagnostics),
		    by_place);
}

void diagnose_finish(struct load *l)
{
	struct pipeline *p = l->p;
	size_t more = l->n_suppressed;

	l->frame = NULL;
	l->slot = NULL;
	diagnostics_sort(p);
	if (more > 0) {
		l->n_warnings = 0;
		diagnose_warning(l, (struct place){ 0 },
		    "and %zu more messages, not shown", more);
	}
}

void diagnostic_print(const struct diagnostic *d, struct buf *out)
{
	size_t i;

	if (d->at.path != NULL) {
		buf_add_str(out, d->at.path);
		if (d->at.line > 0)
			buf_printf(out, ":%d:%d", d->at.line, d->at.col);
		buf_add_str(out, ": ");
	}
	buf_printf(out, "%s%s\n", d->is_warning ? "warning: " : "", d->message);
	for (i = 0; i < d->n_chain; i++)
		buf_printf(out, "  %s %s:%d:%d\n",
		    i < d->n_included ? "included from" : "mounted at",
		    d->chain[i].path, d->chain[i].line, d->chain[i].col);
}
