#ifndef SLUICE_RUNNER_LANG_SOURCE_IMPL_H
#define SLUICE_RUNNER_LANG_SOURCE_IMPL_H
/*
 * source_impl -- what a kind of source gives to source.c. A kind's own struct
 * begins with struct source.
 */
#include "runner/lang/source.h"

struct source_ops {
	int (*list)(struct source *src, const char *dir, struct arena *a,
	    struct source_entry **entries, size_t *n, struct error *err);
	int (*read)(struct source *src, const char *path, struct buf *out,
	    struct error *err);
	/* Of a file in a listing, by any thread; NULL: by its path, by one. */
	int (*read_entry)(struct source *src, const char *path, const char *id,
	    size_t most, struct buf *out, struct error *err);
	void (*close)(struct source *src);
};

struct source {
	const struct source_ops *ops;
	char tree[GIT_ID_HEX + 1];
	char commit[GIT_ID_HEX + 1];
	char date[32];
};

/* 0, or ERROR_SYNTAX for a name in dir that we do not take. */
int source_check_name(const char *dir, const char *name, struct error *err);

/* Orders entries by the bytes of their names. */
void source_sort(struct source_entry *entries, size_t n);

#endif
