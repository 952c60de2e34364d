#ifndef SLUICE_RUNNER_LANG_SCOPE_H
#define SLUICE_RUNNER_LANG_SCOPE_H
/*
 * scope -- the places where a parameter is looked for, outwards from a slot.
 * For param.c; see there for the order.
 */
#include "runner/lang/load.h"

enum {
	SCOPES_MOST = 80
}; /* more than layers may be deep */

/* Where a value stands. */
struct binding {
	const char *value;
	struct place at; /* path NULL: --set */
	int col; /* of the value itself */
	const void *id; /* to skip it where it refers to its own name */
	bool is_own;
	struct slot *slot; /* {{names}} in it are read from here */
};

struct declaration {
	enum parameter_type type;
	const char *value; /* the default, or NULL */
	int col; /* of the default */
	struct place at; /* of @param */
	struct place ask; /* who should give the value */
	struct slot *ask_slot;
	const void *id;
	bool is_own;
	struct slot *slot;
};

/* The slots of a slot's layers, the source's own first. Returns how many. */
size_t scope_slots(struct slot *slot, struct slot *out[SCOPES_MOST]);

/* The value of name, seen from slot with own words (or NULL). */
bool scope_find(struct load *l, const struct flat *own, struct slot *slot,
    const char *name, const void *skip, struct binding *out);

/* The nearest declaration of name, likewise. */
bool scope_declared(struct load *l, const struct flat *own, struct slot *slot,
    const char *name, struct declaration *out);

/* Marks the values that a declaration in slot reaches, outwards. */
void scope_mark(struct slot *slot, const char *name);

/* The declared name nearest to name, seen from slot, or NULL. */
const char *scope_nearest(struct load *l, const struct flat *own,
    struct slot *slot, const char *name);

#endif
