#ifndef SLUICE_RUNNER_LANG_INDEX_H
#define SLUICE_RUNNER_LANG_INDEX_H
/*
 * index -- what a pipeline's text comes to, kept: which files go into which
 * node, who reads whom, and digests of what each node says. With it the answer
 * to "which nodes does this commit touch" costs what the commit changes, not
 * what the repository holds.
 *
 * Use        index_make(pipeline, maker, &x, err);
 *            index_changes(x, from, to, false, &known, &changes, err);
 *            index_move(x, from, to, &known, err); index_free(x).
 * Sound      It answers only where every file that differs says the same with
 *            its directives before and after, so that there are the same nodes
 *            with the same inputs; of everything else it says that it does not
 *            know (*known false), and the caller loads both pipelines, the
 *            plain way. What it answers is what changes_make() would.
 * Shape      One piece of memory without pointers (index_image()), so that it
 *            is written and read whole. It is derived: of a commit, the root,
 *            and the program that made it. It knows nothing of the store.
 * Errors     ERROR_CORRUPT for an image that is none; ERROR_MEMORY, ERROR_IO.
 * Threads    One thread at a time.
 */
#include "runner/lang/change.h"

struct index;

/* Of a pipeline without errors and without --set, whose source is a commit (or
 * memory). maker names the program: what another one made is not trusted. */
int index_make(const struct pipeline *p, const char *root, const char *maker,
    struct index **out, struct error *err);
void index_free(struct index *x);
void index_freep(struct index **x);

/* Its bytes; and one of such bytes, which are taken out of image. Every offset
 * in them is checked. ERROR_CORRUPT also where another maker or root is in it:
 * image stays as it is. */
struct bytes index_image(const struct index *x);
int index_parse(struct buf *image, const char *root, const char *maker,
    struct index **out, struct error *err);

/* The commit whose text it is of ("" of memory), and whether it is that of
 * src. */
const char *index_commit(const struct index *x);
bool index_is_of(const struct index *x, const struct source *src);

/* How many nodes, and the path of one; they are sorted by path. */
size_t index_n(const struct index *x);
const char *index_path(const struct index *x, size_t node);

/* The @path patterns of all nodes, in the order of nodes; and what the text is
 * warned of, as diagnostic_print() writes it ("": nothing), NULL where that is
 * not known any more. */
size_t index_n_patterns(const struct index *x);
const char *index_pattern(const struct index *x, size_t i);
const char *index_warnings(const struct index *x);

/* What `to` changes, as changes_make() says it. `from` is the source the index
 * is of. all: the places of all causes and the warnings count, too, so that
 * where these are not known nothing is. Where *known, out is to be cleared,
 * before the index. */
int index_changes(struct index *x, struct source *from, struct source *to,
    bool all, bool *known, struct changes *out, struct error *err);

/* Makes it the index of `to`; not *known: it stays as it was. */
int index_move(struct index *x, struct source *from, struct source *to,
    bool *known, struct error *err);

#endif
