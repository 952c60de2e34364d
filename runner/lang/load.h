#ifndef SLUICE_RUNNER_LANG_LOAD_H
#define SLUICE_RUNNER_LANG_LOAD_H
/*
 * load -- what the steps of pipeline_load() share, inside runner/lang only.
 *
 * Steps      vfs_build, union_build, builtin_add, resolve_build, dag_build,
 *            recipe_build: each reads what those before it left in struct
 *            load. Parameters are looked up from a slot outwards.
 * Errors     Functions fail (memory, input/output) with a code and load->err;
 *            what is wrong with the user's text goes to diagnose.h.
 * Ownership  What a node refers to is in the pipeline's arena a (names, texts,
 *            places); what only the steps need (files, scans, entries) in the
 *            arena work. That and all maps are freed by load_clear().
 */
#include "runner/lang/flat.h"

struct load {
	struct pipeline *p;
	struct arena *a;
	struct arena work;

	struct source *src;
	const struct pipeline_options *options;
	const char *root; /* "" or "dir" */
	const char *date;
	struct error *err;
	/* vfs */
	struct map listings, dirs, entries, builtins, patterns;
	struct vfs_dir *top;
	struct slot **queue;
	size_t n_queue, cap_queue, n_mounted;
	struct layer **layers;
	size_t n_layers, cap_layers;
	struct entry **heads; /* one a path, in order of discovery */
	size_t n_heads, cap_heads;
	bool is_full, has_cycle;
	bool no_memory; /* met where it could not be returned */
	/* nodes */
	struct making *making;
	size_t n_making, cap_making, cap_nodes;
	struct arena scratch; /* of the node that is made */
	bool *set_used;
	struct map declared; /* all names of parameters */
	struct map actions; /* digest and path to number */
	size_t last_action; /* of the node before, and its format */
	struct text_format last_format;
	struct map mounted_dirs; /* listing dir to layer */
	size_t cap_actions;
	unsigned said; /* bits of directive_word: not yet enforced */
	/* diagnostics */
	size_t cap_diagnostics, n_suppressed, n_warnings;
	struct map told;
	const struct frame *frame;
	const struct slot *slot;
};

/* pipeline.c: a root as settings write it, without slashes at its ends. */
const char *load_root(struct arena *a, const char *root);

/* builtin.c: the actions that are compiled in. */
int builtin_add(struct load *l);

/* dag.c: order and cycles. */
int dag_build(struct load *l);

/* recipe.c: the digest of what each node is. */
int recipe_build(struct load *l);

/* contract.c: what overrides hide, and those that retype what a mounted node
 * reads; to: where each of the places that nodes were made in has gone. */
int contract_check(struct load *l, const size_t *to);

/* resolve.c: the nodes; and that an entry is to be one, if it is not yet. */
int resolve_build(struct load *l);
int resolve_want(struct load *l, struct entry *e);

#endif
