#ifndef SLUICE_RUNNER_LANG_LOAD_H
#define SLUICE_RUNNER_LANG_LOAD_H
/*
 * load -- what the steps of pipeline_load() share, inside runner/lang only.
 *
 * Shape      listing  a directory of the source with its files scanned, read
 *                     once however often it is mounted;
 *            layer    the source itself, or one mount;
 *            slot     a listing at a place of the VFS, in a layer;
 *            dir      a directory of the VFS: the union of its slots;
 *            entry    a node or action in a slot, and what it hides.
 *            Parameters are looked up from a slot outwards.
 * Errors     Functions fail (memory, input/output) with a code and load->err;
 *            what is wrong with the user's text goes to diagnose.h.
 * Ownership  All in the pipeline's arena; maps are freed by load_clear().
 */
#include "cache/base/map.h"
#include "runner/lang/pipeline.h"
#include "runner/lang/scan.h"
#include "runner/lang/template.h"

enum file_role {
	ROLE_UNKNOWN,
	ROLE_OTHER, /* not ours */
	ROLE_ACTION,
	ROLE_NODE,
	ROLE_TABLE,
	ROLE_COMPANION, /* directives of a table beside it */
	ROLE_GROUP,
};

struct text_file {
	const char *path; /* from the pipeline's root */
	const char *place; /* from the source's */
	const char *name, *stem;
	char blob[GIT_ID_HEX + 1];
	enum file_role role;
	struct scan scan;
	struct bytes text; /* kept where ours */
	struct text_file *companion;
	/* ORDER BY without LIMIT ends the code: where; -1 not looked yet */
	int order_by_line, order_by_col;
	bool is_read;
};

/* A @set or @param of a group file. */
struct group_word {
	struct directive *directive;
	struct text_file *file;
};

struct listing {
	const char *dir;
	struct source_entry *entries;
	size_t n_entries;
	struct text_file **files;
	size_t n_files;
	bool is_settled; /* roles are known */
	struct map sets, params; /* struct group_word */
	struct group_word *words;
	size_t n_words;
	bool is_abstract;
	struct text_file **limits; /* group files with @timeout and such */
	size_t n_limits, cap_limits;
	struct map stems; /* files that may be nodes, as they lie */
};

struct layer {
	struct layer *outer; /* NULL: the source itself */
	struct slot *at; /* the slot that mounts */
	const char *library; /* path of the listing that is its root */
	struct directive *directive;
	struct place place;
	int depth;
	const struct directive_arg *args; /* name=value, evaluated in at */
	size_t n_args;
};

struct slot {
	struct vfs_dir *dir;
	struct layer *layer;
	struct listing *listing;
	struct slot *up; /* the same layer in the directory above */
	struct slot *outer; /* the nearest of the outer layer */
	struct slot *next; /* in dir */
	bool is_abstract;
};

struct vfs_dir {
	const char *path, *name;
	struct vfs_dir *parent, *first, *last, *next; /* children in order */
	struct slot *slots, *last_slot;
};

struct entry {
	const char *path; /* in the VFS */
	struct slot *slot;
	struct text_file *file;
	struct entry *hides;
	struct entry *next; /* of one path */
	bool hides_many; /* several mounts bring what it hides */
	bool is_wanted;
	int level; /* how many hide it */
	size_t node;
};

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

struct pending {
	struct node node;
	struct entry *entry;
	struct raw_input *inputs;
	size_t n_inputs;
};

struct load {
	struct pipeline *p;
	struct arena *a;

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
	/* nodes */
	struct pending *pending;
	size_t n_pending, cap_pending;
	struct entry **wanted;
	size_t n_wanted, cap_wanted;
	bool *set_used;
	struct map declared; /* all names of parameters */
	struct map actions; /* path and digest to index + 1 */
	struct map mounted_dirs; /* listing dir to layer */
	size_t cap_actions;
	unsigned said; /* bits of directive_word: not yet enforced */
	/* diagnostics */
	size_t cap_diagnostics, n_suppressed, n_warnings;
	struct map told;
	const struct frame *frame;
	const struct slot *slot;
};

/* listing.c */
int listing_get(struct load *l, const char *dir, struct listing **out);
int listing_settle(struct load *l, struct listing *list);
const struct source_entry *listing_find(struct load *l, struct listing *list,
    const char *name);
int file_load(struct load *l, struct text_file *f);

/* vfs.c: the walk; union.c: what hides what. */
int vfs_build(struct load *l);
int union_build(struct load *l);

/* builtin.c */
int builtin_add(struct load *l);

/* dag.c, recipe.c */
int dag_build(struct load *l);
int recipe_build(struct load *l);

/* resolve.c */
int resolve_build(struct load *l);

#endif
