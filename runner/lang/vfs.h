#ifndef SLUICE_RUNNER_LANG_VFS_H
#define SLUICE_RUNNER_LANG_VFS_H
/*
 * vfs -- a source with its mounts, as a union of directories. Inside
 * runner/lang only.
 *
 * Shape      listing  a directory of the source with its files scanned, read
 *                     once however often it is mounted;
 *            layer    the source itself, or one mount;
 *            slot     a listing at a place of the VFS, in a layer;
 *            vfs_dir  a directory of the VFS: the union of its slots;
 *            entry    a node or action in a slot, and what it hides.
 * Errors     Functions fail (memory, input/output) with a code and load->err;
 *            what is wrong with the user's text goes to diagnose.h.
 * Ownership  All in the pipeline's arena.
 */
#include "cache/base/map.h"
#include "runner/lang/pipeline.h"
#include "runner/lang/scan.h"
#include "runner/lang/template.h"

struct load;

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
	const char *place; /* path from the source's root */
	const char *name; /* the last part of it */
	const char
	    *bare; /* path from the pipeline's root, without the ending */
	const char *stem; /* the last part of it */
	const char *blob; /* of its listing's entry; "" of a built-in */
	enum file_role role;
	struct scan scan;
	struct bytes header; /* kept where asked for */
	struct bytes body; /* behind it; kept where ours */
	struct text_file *companion;
	/* ORDER BY without LIMIT ends the code: where; -1 not looked yet */
	int order_by_line, order_by_col;
	const struct ties *ties; /* see ties.h, where is_tied */
	bool is_tied;
	bool is_read;
	bool is_claimed; /* a group file: it is a mounted table's companion */
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
	struct map groups; /* group files without a mount, by stem */
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
	struct text_file *companion; /* directives of a table */
	bool hides_many; /* several mounts bring what it hides */
	bool is_made; /* into a node */
	int level; /* how many hide it */
	size_t node; /* its place in load.making */
};

enum {
	DIRS_DEEP = 200
}; /* directories in each other */

/* Reads and scans, before the walk, all that it comes by in the source. */
int listing_read_all(struct load *l);

/* Whether an entry is a directory of the VFS; a name that of a table. */
bool listing_is_walked(const struct source_entry *e);
bool listing_is_table(const char *name);

/* The listing of a directory; NULL in *out where there is none. */
int listing_get(struct load *l, const char *dir, struct listing **out);

/* Finds out what each of its files is. */
int listing_settle(struct load *l, struct listing *list);

/* The entry of a name, of whatever kind, or NULL. */
const struct source_entry *listing_find(const struct listing *list,
    const char *name);

/* Tells which directives mean nothing in a group file. */
void group_check(struct load *l, const struct text_file *f);

/* The walk: all slots, and an entry for each node and action in them. */
int vfs_build(struct load *l);

/* What hides what. */
int union_build(struct load *l);

#endif
