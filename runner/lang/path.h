#ifndef SLUICE_RUNNER_LANG_PATH_H
#define SLUICE_RUNNER_LANG_PATH_H
/*
 * path -- paths as a pipeline writes them, made into paths of the VFS.
 */
#include "runner/lang/load.h"

struct path {
	const char *lies; /* in the source, from the pipeline's root */
	const char *path; /* in the VFS: the copy at the mount */
	bool is_dir; /* written with a slash at its end */
};

/* Reads text as written in a file that lies in slot, into the arena a (or it is
 * text itself). *why is set where it is no path. */
int path_read(struct load *l, struct arena *a, const struct slot *slot,
    const char *text, struct path *out, const char **why);

/* "a/b" of "a/b/c", in the arena; "" of "c". NULL without memory. */
const char *path_dir(struct arena *a, const char *path);

/* "c" of "a/b/c". */
const char *path_name(const char *path);

/* "dir/name", or "name" in the root. */
const char *path_join(struct arena *a, const char *dir, const char *name);

/* Adds the parts of text to the path out: "." is left out, ".." takes one
 * away; false where there is none left to take. */
bool path_add(struct buf *out, const char *text);

/* Whether path is dir or lies below it; *rest is what follows. */
bool path_is_below(const char *path, const char *dir, const char **rest);

#endif
