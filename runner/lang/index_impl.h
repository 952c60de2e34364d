#ifndef SLUICE_RUNNER_LANG_INDEX_IMPL_H
#define SLUICE_RUNNER_LANG_INDEX_IMPL_H
/*
 * index_impl -- the image of an index (index.h): its head, and behind it the
 * sections in the order of struct index, each beginning at a multiple of 8.
 * Numbers are of the machine that wrote it; a list that belongs to an item
 * begins at its `first`, and ends where the next item's begins (one more item
 * stands at the end for that). Strings are offsets into `text`.
 */
#include "runner/lang/index.h"
#include "runner/lang/template.h"

#define INDEX_FORMAT "sluice-index/1"

enum {
	INDEX_NONE = -1, /* of uint32_t: no such item */
	INDEX_ORDER = 0x01020304, /* the order of bytes in a number */
};

enum index_flag {
	INDEX_USES_DATE = 1, /* {{@snapshot_date}} stands somewhere */
	INDEX_WARNINGS_GONE = 2, /* they are of another text */
};

enum index_node_flag {
	INDEX_NO_ORDER = 1, /* an ORDER BY at its end is warned of */
	INDEX_DATED = 2, /* {{@snapshot_date}} is in it */
};

struct index_head {
	char format[16];
	uint32_t order, flags;
	uint32_t n, n_edges, n_files, n_texts, n_helps, n_helpers;
	uint32_t n_parameters, n_patterns, n_warned, n_slots, n_used, n_text;
	uint32_t maker, root, warnings;
	char commit[GIT_ID_HEX + 1], tree[GIT_ID_HEX + 1];
	char date[32];
};

struct index_node {
	uint32_t path;
	uint32_t file; /* that gives the text */
	uint32_t rank; /* inputs have smaller ones than their readers */
	uint32_t first_input, first_reader; /* in inputs, readers */
	uint32_t first_helper, first_parameter;
	uint8_t kind, flags;
	int8_t language; /* of the action's quote; enum language */
	uint8_t unused;
};

struct index_file {
	uint32_t path;
	uint32_t first_text, first_help; /* in texts, helps: nodes */
};

struct index_helper {
	uint32_t file;
	char blob[GIT_ID_HEX];
};

struct index_parameter {
	uint32_t name, value, type;
};

struct index {
	struct index_head *head; /* the image */
	size_t size;
	struct index_node *nodes; /* sorted by path */
	struct digest *rest, *texts, *recipes; /* of each node; see recipe.h */
	uint32_t *order; /* nodes by rank */
	uint32_t *inputs; /* nodes; in the order of the recipe */
	uint32_t *readers; /* nodes */
	struct index_file *files; /* sorted by path */
	uint32_t *text_nodes, *help_nodes; /* nodes, of a file */
	struct index_helper *helpers; /* of a node, sorted by name */
	struct index_parameter *parameters;
	uint32_t *patterns, *warned; /* strings; files of the warnings */
	uint32_t *slots; /* a hash table of recipes: node + 1, or 0 */
	char *text;
};

/* An index whose head has the counts; the rest is zero. NULL: no memory. */
struct index *index_new(const struct index_head *counts);

/* A file by its path, or INDEX_NONE. */
uint32_t index_find_file(const struct index *x, const char *path);

/* Whether some node has the recipe; and that node i has its own now. */
bool index_has_recipe(const struct index *x, const struct digest *recipe);
void index_add_recipe(struct index *x, uint32_t node);

/* The recipe of a node out of its pieces, those of an edit (NULL: none) in the
 * place of its own. */
struct index_edit;
int index_recipe(const struct index *x, const struct index_edit *e,
    uint32_t node, struct digest *out, struct error *err);

#endif
