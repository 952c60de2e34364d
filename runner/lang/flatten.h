#ifndef SLUICE_RUNNER_LANG_FLATTEN_H
#define SLUICE_RUNNER_LANG_FLATTEN_H
/*
 * flatten -- a node's directives with those of all that it includes, in the
 * order in which they count.
 */
#include "runner/lang/load.h"

/* flat is zeroed, or was used before: its arrays are taken again. */
int flatten(struct load *l, struct entry *e, struct flat *flat);
void flat_clear(struct flat *flat);

/* The directives' file of an entry: the companion of a table. */
struct text_file *entry_text(const struct entry *e);

/* The node or action of a path written in e's file, or NULL and an error was
 * told, at place at. */
int entry_find(struct load *l, const struct entry *from, const char *text,
    struct place at, struct entry **out);

#endif
