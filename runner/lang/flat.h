#ifndef SLUICE_RUNNER_LANG_FLAT_H
#define SLUICE_RUNNER_LANG_FLAT_H
/*
 * flat -- a node's directives together with those of all that it includes, in
 * the order in which they count; made by flatten.c, read by node.c. Inside
 * runner/lang only.
 */
#include "runner/lang/vfs.h"

/* Where errors are told to come from. */
struct frame {
	const struct frame *parent;
	struct entry *entry;
	struct place at; /* the @include in the parent */
};

struct own_word {
	struct directive *directive; /* @set, @param, or of an argument */
	struct directive_arg *arg;
	struct text_file *file;
	struct slot *slot;
	const char *name, *value;
	struct place at;
};

/* A file's directives with all that it includes, in order. */
struct flat_item {
	struct directive *directive;
	const struct frame *frame;
};

struct flat {
	struct entry *entry;
	struct slot *slot; /* parameters are seen from here */
	struct flat_item *items;
	size_t n, cap;
	struct own_word *sets, *params;
	size_t n_sets, cap_sets, n_params, cap_params;
	struct text_file *body;
	const struct frame *body_frame;
	struct text_file **files; /* read so far, actions left out */
	size_t n_files, cap_files;
	struct text_file *action;
	const struct frame *action_frame;
	struct place first_include;
	/* what the node's text used */
	struct parameter *used;
	size_t n_used, cap_used;
	bool uses_date;
	bool has_failed;
};

/* An input before nodes have numbers. */
struct raw_input {
	struct input in;
	struct entry **targets;
	const char *fold;
	struct text_file *file;
	size_t seq;
	bool is_superseded;
};

/* What a node is made of, beside pipeline.nodes and in its order while nodes
 * are made; what an input reads is such a place until they are sorted. */
struct making {
	struct entry *entry;
	size_t *links; /* the nodes of all its inputs */
	size_t n_links;
	const struct ties *ties; /* of its text; or NULL */
	const struct frame *frame; /* that the text came by, of ties alone */
	struct data_test *tests; /* what they read: such places, too */
	size_t n_tests;
};

#endif
