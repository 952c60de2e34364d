#ifndef SLUICE_RUNNER_LANG_FILE_TREE_H
#define SLUICE_RUNNER_LANG_FILE_TREE_H
/*
 * file_tree -- a directory tree made from a list of paths: what a source in
 * memory and a work tree have in common.
 *
 * Use        file_tree_add(&t, "a/b.sql", ENTRY_FILE, &node, err) for each
 *            file, whose id and payload the caller sets; file_tree_list(&t,
 *            "a", ...); file_tree_find(&t, "a/b.sql"); file_tree_clear(&t).
 * Errors     ERROR_SYNTAX for names that we do not take.
 */
#include "cache/base/map.h"
#include "runner/lang/source.h"

struct file_tree_node {
	const char *path;
	enum entry_kind kind;
	char id[GIT_ID_HEX + 1];
	bool is_executable;
	void *payload;
	/* Of a directory: what is in it, newest first. */
	struct file_tree_node *first, *next;
	size_t n_children;
};

struct file_tree {
	struct arena arena;
	struct map by_path; /* struct file_tree_node */
	struct file_tree_node root;
};

/* Adds a file and the directories above it. *out may be NULL. */
int file_tree_add(struct file_tree *t, const char *path, enum entry_kind kind,
    struct file_tree_node **out, struct error *err);

/* The node of a path ("" is the root), or NULL. */
struct file_tree_node *file_tree_find(struct file_tree *t, const char *path);

/* source_list() over the tree. */
int file_tree_list(struct file_tree *t, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err);

/* Frees all of it. */
void file_tree_clear(struct file_tree *t);

#endif
