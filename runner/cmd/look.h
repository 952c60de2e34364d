#ifndef SLUICE_RUNNER_CMD_LOOK_H
#define SLUICE_RUNNER_CMD_LOOK_H
/*
 * look -- a pipeline for the commands that only look at its text (check,
 * tree, graph, plan). They need no store, and no repository either: a plain
 * directory is its own root.
 *
 * Use        struct look l = { 0 }; look_open(dir, at, &options, &l, err);
 *            l.pipeline ...; look_clear(&l).
 * Errors     As pipeline_load(): where the text has errors, l.pipeline is set
 *            all the same. Nothing is printed.
 */
#include "runner/cmd/cmd.h"

struct look {
	struct context context; /* zero where there is no repository */
	struct source *source;
	struct pipeline *pipeline;
};

/* dir NULL: the current directory. at NULL: the files as they are. */
int look_open(const char *dir, const char *at,
    const struct pipeline_options *options, struct look *out,
    struct error *err);
void look_clear(struct look *l);

/* As look_open(), with warnings and errors printed to stderr: 0, or the
 * exit status. */
int look_or_fail(const char *at, const struct pipeline_options *options,
    struct look *out);

/* The --set NAME=VALUE of a command line, one after the other. */
struct set_options {
	struct parameter_value *values; /* names are ours, values borrowed */
	size_t n, cap;
};
int set_options_add(struct set_options *s, const char *arg, struct error *err);
void set_options_clear(struct set_options *s);

/* As set_options_add(), with what is wrong said to stderr; false then. */
bool set_options_parse(struct set_options *s, const char *arg);

#endif
