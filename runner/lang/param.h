#ifndef SLUICE_RUNNER_LANG_PARAM_H
#define SLUICE_RUNNER_LANG_PARAM_H
/*
 * param -- which value a parameter's name has at a place.
 *
 * Nearest first: the file's own; the mounts that brought it, innermost first;
 * group files around it; a run's --set; the library's own group files; the
 * default. A value may itself hold {{names}}, read from where it is written.
 */
#include "runner/lang/load.h"

/* Replaces the {{names}} of a node's text; *out is in the arena, NULL where
 * an error was told. Notes in flat what was used. */
int param_expand(struct load *l, struct flat *flat, enum language language,
    struct bytes text, struct place at, struct bytes *out);

/* An argument of a directive, likewise. */
int param_expand_arg(struct load *l, struct flat *flat,
    const struct directive_arg *arg, struct place at, const char **out);

/* An argument of a group file in slot: before there are nodes. */
int param_expand_in(struct load *l, struct slot *slot,
    const struct directive_arg *arg, struct place at, const char **out);

/* The type a @param declares; tells what is wrong with it. */
enum parameter_type param_type(struct load *l, const struct text_file *f,
    const struct directive *d);

/* As param_type(), and tells what is wrong with name and default. */
enum parameter_type param_declare(struct load *l, const struct text_file *f,
    const struct directive *d);

/* Notes which values something declares: for each node, its own words. */
int param_reach(struct load *l, struct flat *flat);

/* After all nodes: values that nothing declares, --set that nothing uses. */
int param_check(struct load *l);

#endif
