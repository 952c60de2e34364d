#ifndef SLUICE_RUNNER_LANG_SOURCE_H
#define SLUICE_RUNNER_LANG_SOURCE_H
/*
 * source -- a read-only tree of files: a commit, a work tree, or memory.
 *
 * Use        source_open_commit(repo, rev, &src, err); source_list();
 *            source_read(); source_close().
 * Shape      Directories and files are named by git ids (40 digits); equal
 *            ids mean equal content, so an unchanged subtree is recognised
 *            without reading it. A work tree computes ids as git would; of a
 *            plain directory and of memory the files alone have ids.
 * Ownership  What source_list() gives lives in the caller's arena.
 * Errors     ERROR_NOT_FOUND, ERROR_IO, ERROR_SYNTAX for names that git
 *            accepts and we do not (".", "..", a slash, a control character,
 *            not UTF-8), with the path.
 * Threads    A source belongs to one thread, but for source_read_entry().
 */
#include <stdbool.h>

#include "cache/base/buf.h"
#include "cache/base/digest.h"
#include "cache/base/error.h"
#include "cache/base/mem.h"

enum entry_kind {
	ENTRY_FILE,
	ENTRY_DIR,
	ENTRY_LINK,
	ENTRY_SUBMODULE
};

enum {
	SOURCE_TEXT_MAX = 16 << 20 /* bytes of a file of code */
};

struct source_entry {
	const char *name;
	enum entry_kind kind;
	char id[GIT_ID_HEX + 1];
};

struct source;

/* The files of a commit, as revision.h reads it. repo is a path to a
 * repository, bare or not, or a directory inside one. A repository of another
 * user and a shallow or SHA-256 one are refused in words. */
int source_open_commit(const char *repo, const char *rev, struct source **out,
    struct error *err);

/* The files that a merge of two commits would have, made in memory by libgit2
 * (git's own merge may see a rename or a conflict otherwise); its date is
 * today's, and commit is "". Where files conflict *conflicts is how many, and
 * *out is NULL. ERROR_NOT_FOUND where one of the commits is not there,
 * ERROR_LIMIT where a file that either side changed is larger than 1 GiB. */
int source_open_merge(const char *repo, const char *ours, const char *theirs,
    size_t *conflicts, struct source **out, struct error *err);

/* The files as they lie in a work tree, uncommitted edits included; what git
 * ignores is not seen. dir may lie anywhere inside it. */
int source_open_worktree(const char *dir, struct source **out,
    struct error *err);

/* A plain directory, without git. */
int source_open_dir(const char *dir, struct source **out, struct error *err);

/* Files in memory, for tests and fuzzers: paths and texts, borrowed. */
struct memory_file {
	const char *path;
	struct bytes text;
};
int source_open_memory(const struct memory_file *files, size_t n,
    struct source **out, struct error *err);

/* Says why libgit2, having just answered rc, does not open the repository that
 * path is or lies in, and what to do: it is another user's (ERROR_DENIED), of
 * a kind that libgit2 cannot read, or (ERROR_NOT_FOUND) there is none. */
int source_open_fail(int rc, const char *path, struct error *err);

/* Whether the objects that a repository borrows (objects/info/alternates) are
 * there: without them git says of every commit that there is none. ERROR_IO
 * names the file and the directory that is missing. */
int source_check_alternates(const char *git_dir, struct error *err);

/* Closes; NULL is fine. */
void source_close(struct source *src);
void source_closep(struct source **src);

/* The id of the root directory: a commit's tree id, of a work tree the one
 * that git would write; "" of a plain directory and of memory. */
const char *source_tree(const struct source *src);

/* The commit's id (40 digits), or "" of anything else. */
const char *source_commit(const struct source *src);

/* The commit's date, UTC, "2026-11-20"; of a work tree today's. */
const char *source_date(const struct source *src);

/* The entries of a directory ("" is the root) in order of bytes of their
 * names. ERROR_NOT_FOUND where there is no such directory. */
int source_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err);

/* Adds a file's bytes to out. ERROR_LIMIT above 1 GiB: then not even a commit's
 * object is read. */
int source_read(struct source *src, const char *path, struct buf *out,
    struct error *err);

/* The same of a file that source_list() has given, with its id: a commit's is
 * not looked for by its path again. Where source_is_shared(), any number of
 * threads may do so at once, and ERROR_LIMIT comes above `most` bytes, of at
 * most 1 GiB. */
int source_read_entry(struct source *src, const char *path, const char *id,
    size_t most, struct buf *out, struct error *err);
bool source_is_shared(const struct source *src);

#endif
