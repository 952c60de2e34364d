#ifndef SLUICE_RUNNER_LANG_INDEX_EDIT_H
#define SLUICE_RUNNER_LANG_INDEX_EDIT_H
/*
 * index_edit -- what differs between the text an index is of and another one:
 * the files, and the nodes whose recipe they change. Inside index only.
 */
#include "runner/lang/index_impl.h"

struct file_edit {
	const char *path; /* in the edit's arena */
	const char *blob; /* the new one */
	struct bytes was, is; /* both texts, where they were read */
	int code_line; /* where the code first differs; 0: not */
	int line; /* where the file does; 0: not looked for yet */
	/* The digest of the new code, and the code; of a table in git no code.
	 */
	struct digest text;
	struct bytes code;
	bool is_table, has_order_by, has_ties;
};

struct node_edit {
	uint32_t node;
	struct digest text, recipe; /* the new ones */
	/* NONE until the recipe turns out to be another one */
	enum change_cause cause;
	struct place at; /* of CAUSE_INPUT path NULL */
	uint32_t input; /* CAUSE_INPUT: the first that differs */
};

struct index_edit {
	struct arena arena;
	const struct index *x;
	struct file_edit *files;
	size_t n_files;
	struct node_edit *nodes;
	size_t n_nodes, cap_nodes;
	/* Of each file and node of the index: its edit + 1, or 0. */
	uint32_t *of_file, *of_node;
	uint64_t *dirty; /* ranks still to be looked at, a bit each */
	bool warnings_differ; /* or may differ */
};

/* Finds both. *known false: some file's directives differ, or something else
 * that an index cannot know. index_edit_clear() in any case. */
int index_edit_make(const struct index *x, struct source *from,
    struct source *to, struct index_edit *e, bool *known, struct error *err);
void index_edit_clear(struct index_edit *e);

#endif
