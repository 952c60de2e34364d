#ifndef SLUICE_RUNNER_LANG_NODE_H
#define SLUICE_RUNNER_LANG_NODE_H
/*
 * node -- one node made from its flattened directives.
 */
#include "runner/lang/load.h"

struct path;
struct raw_test;

/* What is collected while the directives are read, one after another: all in
 * the scratch arena of the load, which is emptied for each node. */
struct node_build {
	struct load *l;
	struct flat *flat;
	struct node *node;
	/* of the action: as said last */
	struct action action;
	struct text_format action_format;
	struct raw_input *inputs;
	size_t n_inputs, cap_inputs;
	struct helper *helpers;
	size_t n_helpers, cap_helpers;
	struct contract_column *columns;
	size_t n_columns, cap_columns;
	struct raw_test *tests;
	size_t n_tests, cap_tests;
	const char **phi;
	size_t n_phi, cap_phi;
	struct buf doc;
	struct place path_at;
};

/* Makes the node of flat; its inputs are in b->inputs. */
int node_make(struct node_build *b);

/* A copy, in the pipeline's arena, of n items of size bytes that were
 * collected; *out is a pointer to such items, NULL where there are none. */
int node_keep(struct node_build *b, const void *items, size_t n, size_t size,
    void *out);

/* words.c: what each directive says. */
int node_read_word(struct node_build *b, const struct flat_item *item);

/* datatest.c */
int node_read_test(struct node_build *b, const struct flat_item *item);
int node_finish_tests(struct node_build *b);

/* inputs.c */
/* Whether e has a table that can be read; tells why not. */
bool node_check_target(struct node_build *b, const struct entry *e,
    const char *text, struct place at);
int node_read_depend(struct node_build *b, const struct flat_item *item);
int node_finish_inputs(struct node_build *b);

/* helpers.c */
int node_read_file(struct node_build *b, const struct flat_item *item);
/* The file that a path names: out->path, from the pipeline's root, and its
 * blob; path NULL, and it was told, where there is none. */
int node_find_file(struct node_build *b, const struct flat_item *item,
    const char *text, struct place at, struct path *path, struct helper *out);
int node_finish_helpers(struct node_build *b);

/* columns.c */
int node_read_column(struct node_build *b, const struct flat_item *item);
int node_finish_columns(struct node_build *b);

/* order_by.c: the place of an ORDER BY without LIMIT that ends SQL; false
 * where there is none. */
bool order_by_find(struct bytes sql, int first_line, int *line, int *col);

/* An argument with its {{names}} replaced; NULL where an error was told. */
int node_arg(struct node_build *b, const struct flat_item *item,
    const struct directive_arg *arg, const char **out);

/* The file of an item, and the places in it. */
struct text_file *item_file(const struct flat_item *item);
struct place item_place(const struct flat_item *item);
struct place item_arg_place(const struct flat_item *item,
    const struct directive_arg *arg);

#endif
