/*
 * source_git: a commit's files, and a work tree's, by libgit2. A work tree is
 * what `git add -A && git write-tree` would make of it, found by one
 * comparison of index and files, so that git's rules about ignored files,
 * filters and unchanged files are git's own.
 */
#include <assert.h>
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/os.h"
#include "runner/lang/file_tree.h"
#include "runner/lang/merge_size.h"
#include "runner/lang/revision.h"
#include "runner/lang/source_impl.h"

struct source_git {
	struct source base;
	git_repository *repo;
	/* of a commit */
	git_odb *odb;
	git_tree *root;
	/* The directory looked at last: reading its files one after another
	 * parses it once (libgit2 keeps no large trees). */
	git_tree *recent;
	char *recent_dir;
	/* of a work tree */
	struct file_tree tree;
	char *work_dir; /* with a slash at its end */
	pthread_mutex_t filters; /* what libgit2 looks up there is for one */
};

static int git_fail(struct error *err, const char *what)
{
	const git_error *e = git_error_last();

	if (e != NULL && e->klass == GIT_ERROR_NOMEMORY)
		return error_memory(err);
	return error_set(err, ERROR_IO, "%s: %s", what,
	    e && e->message ? e->message : "libgit2 failed");
}

/* The directory that git's safe.directory names: the work tree, or the bare
 * repository. Found without opening, so whoever owns it. */
static void find_top(const char *dir, struct buf *out)
{
	static const char dot_git[] = "/.git/";
	const size_t n = sizeof(dot_git) - 1;
	git_buf found = { 0 };
	size_t len;

	if (git_repository_discover(&found, dir, 0, NULL) < 0) {
		buf_add_str(out, dir);
		return;
	}
	len = found.size;
	if (len > n && memcmp(found.ptr + len - n, dot_git, n) == 0)
		len -= n;
	else if (len > 1 && found.ptr[len - 1] == '/')
		len--;
	buf_add(out, found.ptr, len);
	git_buf_dispose(&found);
}

static int foreign_fail(const char *path, struct error *err)
{
	CLEANUP(buf_clear) struct buf top = { 0 };
	int rc;

	find_top(path, &top);
	if ((rc = buf_check(&top, err)))
		return rc;
	return error_set(err, ERROR_DENIED,
	    "the repository %s belongs to another user; run sluice as that "
	    "user, or if you trust it: git config --global --add "
	    "safe.directory '%s'",
	    top.p, top.p);
}

int source_open_fail(int rc, const char *path, struct error *err)
{
	const git_error *e = git_error_last();
	const char *why = e && e->message ? e->message : "";

	/* libgit2 1.5 says of another user's that a setting was not found */
	if (rc == GIT_EOWNER || strstr(why, "safe.directory") != NULL)
		return foreign_fail(path, err);
	if (rc == GIT_ENOTFOUND)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s is not in a git repository", path);
	if (strstr(why, "objectformat") != NULL)
		return error_set(err, ERROR_USAGE,
		    "%s is a SHA-256 repository, which libgit2 cannot read; "
		    "use one with --object-format=sha1",
		    path);
	if (strstr(why, "refstorage") != NULL)
		return error_set(err, ERROR_USAGE,
		    "%s keeps its refs as reftable, which libgit2 cannot "
		    "read; use one with --ref-format=files",
		    path);
	return git_fail(err, path);
}

static void git_source_close(struct source *src)
{
	struct source_git *g = (struct source_git *)src;

	git_tree_free(g->recent);
	git_tree_free(g->root);
	git_odb_free(g->odb);
	git_repository_free(g->repo);
	file_tree_clear(&g->tree);
	mem_free(g->recent_dir);
	mem_free(g->work_dir);
	pthread_mutex_destroy(&g->filters);
	mem_free(g);
	git_libgit2_shutdown();
}

static int open_repository(const char *path, const struct source_ops *ops,
    struct source_git **out, struct error *err)
{
	struct source_git *g = mem_alloc(sizeof(*g));
	int rc;

	if (g == NULL)
		return error_memory(err);
	g->base.ops = ops;
	pthread_mutex_init(&g->filters, NULL);
	if (git_libgit2_init() < 0) {
		mem_free(g);
		return git_fail(err, "libgit2");
	}
	/* Git itself takes a packed object at its word, which zlib's checksum
	 * guards; hashing each again is a third of what reading them costs. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	rc = git_repository_open_ext(&g->repo, path, 0, NULL);
	if (rc < 0) {
		rc = source_open_fail(rc, path, err);
		git_source_close(&g->base);
		return rc;
	}
	rc = source_check_alternates(git_repository_commondir(g->repo), err);
	if (rc) {
		git_source_close(&g->base);
		return rc;
	}
	rc = git_repository_is_shallow(g->repo);
	if (rc < 0)
		rc = git_fail(err, path);
	else if (rc > 0)
		rc = error_set(err, ERROR_USAGE,
		    "%s is a shallow clone, which lacks commits that are "
		    "compared with; git fetch --unshallow",
		    path);
	if (rc)
		git_source_close(&g->base);
	else
		*out = g;
	return rc;
}

static bool is_partial(git_repository *repo)
{
	git_config_iterator *it = NULL;
	git_config_entry *entry;
	git_config *config = NULL;
	bool found = false;

	if (git_repository_config_snapshot(&config, repo) == 0 &&
	    git_config_iterator_glob_new(&it, config,
	        "^remote\\..*\\.promisor$") == 0)
		found = git_config_next(&entry, it) == 0;
	git_config_iterator_free(it);
	git_config_free(config);
	return found;
}

/* git fetches what a partial clone lacks when it needs it; libgit2 cannot. */
static int object_fail(struct source_git *g, const char *what,
    struct error *err)
{
	struct error why = { 0 };

	git_fail(&why, what); /* before libgit2 says something else */
	if (is_partial(g->repo))
		return error_set(err, ERROR_IO,
		    "%s is not in this partial clone; git fetch --refetch "
		    "--no-filter fetches what it lacks",
		    what);
	return error_pass(err, &why);
}

static bool is_object_missing(void)
{
	const git_error *e = git_error_last();

	return e != NULL && e->klass == GIT_ERROR_ODB;
}

static enum entry_kind kind_of(git_filemode_t mode)
{
	switch (mode) {
	case GIT_FILEMODE_TREE:
		return ENTRY_DIR;
	case GIT_FILEMODE_LINK:
		return ENTRY_LINK;
	case GIT_FILEMODE_COMMIT:
		return ENTRY_SUBMODULE;
	default:
		return ENTRY_FILE;
	}
}

/* The tree of a directory, borrowed until the next call. */
static int find_tree(struct source_git *g, const char *dir, git_tree **out,
    struct error *err)
{
	git_tree_entry *e = NULL;
	git_tree *tree = NULL;
	int rc;

	*out = g->root;
	if (dir[0] == '\0')
		return 0;
	*out = g->recent;
	if (g->recent != NULL && strcmp(g->recent_dir, dir) == 0)
		return 0;
	git_error_clear();
	if (git_tree_entry_bypath(&e, g->root, dir) < 0 ||
	    git_tree_entry_type(e) != GIT_OBJECT_TREE) {
		git_tree_entry_free(e);
		if (is_object_missing())
			return object_fail(g, dir, err);
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no directory %s", dir);
	}
	rc = git_tree_lookup(&tree, g->repo, git_tree_entry_id(e));
	git_tree_entry_free(e);
	if (rc < 0)
		return object_fail(g, dir, err);
	git_tree_free(g->recent);
	mem_free(g->recent_dir);
	g->recent_dir = mem_strdup(dir);
	g->recent = g->recent_dir ? tree : NULL;
	if (g->recent_dir == NULL) {
		git_tree_free(tree);
		return error_memory(err);
	}
	*out = tree;
	return 0;
}

static int commit_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	struct source_git *g = (struct source_git *)src;
	git_tree *tree = NULL;
	size_t i;
	int rc = find_tree(g, dir, &tree, err);

	if (rc)
		return rc;
	*n = git_tree_entrycount(tree);
	*entries = arena_array(a, *n, sizeof(**entries));
	if (*entries == NULL)
		return error_memory(err);
	for (i = 0; i < *n; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);
		struct source_entry *out = &(*entries)[i];

		out->name = arena_strdup(a, git_tree_entry_name(e));
		if (out->name == NULL)
			return error_memory(err);
		rc = source_check_name(dir, out->name, err);
		if (rc)
			return rc;
		out->kind = kind_of(git_tree_entry_filemode(e));
		git_oid_tostr(out->id, sizeof(out->id), git_tree_entry_id(e));
	}
	/* git orders a directory as if its name ended in a slash */
	source_sort(*entries, *n);
	return 0;
}

/* The size is looked at first: an object is read as a whole, and a push of a
 * few MB may bring one of any size. */
static int read_blob(struct source_git *g, const char *path, const git_oid *id,
    size_t most, struct buf *out, struct error *err)
{
	git_object_t type = GIT_OBJECT_INVALID;
	git_odb_object *object = NULL;
	size_t size = 0;

	/* libgit2: an odb, alone of all it has, serves many threads at once */
	if (git_odb_read_header(&size, &type, g->odb, id) < 0)
		return object_fail(g, path, err);
	if (type != GIT_OBJECT_BLOB)
		return error_set(err, ERROR_IO, "%s: %s is no blob", path,
		    git_oid_tostr_s(id));
	if (size > most)
		return error_set(err, ERROR_LIMIT, "%s is larger than 1 GiB",
		    path);
	if (git_odb_read(&object, g->odb, id) < 0)
		return object_fail(g, path, err);
	buf_add(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return buf_check(out, err);
}

static int commit_read_entry(struct source *src, const char *path,
    const char *id, size_t most, struct buf *out, struct error *err)
{
	git_oid oid;

	if (git_oid_fromstr(&oid, id) < 0)
		return git_fail(err, path);
	return read_blob((struct source_git *)src, path, &oid, most, out, err);
}

static int commit_read(struct source *src, const char *path, struct buf *out,
    struct error *err)
{
	struct source_git *g = (struct source_git *)src;
	const char *slash = strrchr(path, '/');
	CLEANUP(buf_clear) struct buf dir = { 0 };
	const git_tree_entry *e;
	git_tree *tree = NULL;
	int rc;

	buf_add(&dir, path, slash ? (size_t)(slash - path) : 0);
	rc = buf_check(&dir, err);
	if (rc == 0)
		rc = find_tree(g, dir.p ? dir.p : "", &tree, err);
	if (rc)
		return rc;
	e = git_tree_entry_byname(tree, slash ? slash + 1 : path);
	if (e == NULL || git_tree_entry_type(e) != GIT_OBJECT_BLOB)
		return error_set(err, ERROR_NOT_FOUND, "there is no file %s",
		    path);
	return read_blob(g, path, git_tree_entry_id(e), FILE_MAX, out, err);
}

static const struct source_ops commit_ops = { .list = commit_list,
	.read = commit_read,
	.read_entry = commit_read_entry,
	.close = git_source_close };

static int find_commit(struct source_git *g, const char *rev, struct error *err)
{
	char date[CLOCK_TEXT];
	git_commit *commit = NULL;
	git_oid id;
	int rc = revision_find(g->repo, rev, g->base.commit, err);

	if (rc)
		return rc;
	if (git_oid_fromstr(&id, g->base.commit) < 0 ||
	    git_commit_lookup(&commit, g->repo, &id) < 0 ||
	    git_commit_tree(&g->root, commit) < 0 ||
	    git_repository_odb(&g->odb, g->repo) < 0)
		rc = object_fail(g, rev, err);
	if (rc == 0) {
		git_oid_tostr(g->base.tree, sizeof(g->base.tree),
		    git_tree_id(g->root));
		clock_print_date(clock_from_seconds(git_commit_time(commit)),
		    date);
		memcpy(g->base.date, date, sizeof(date));
	}
	git_commit_free(commit);
	return rc;
}

int source_open_commit(const char *repo, const char *rev, struct source **out,
    struct error *err)
{
	struct source_git *g = NULL;
	int rc = open_repository(repo, &commit_ops, &g, err);

	if (rc)
		return rc;
	assert(g != NULL);
	rc = find_commit(g, rev, err);
	if (rc)
		git_source_close(&g->base);
	else
		*out = &g->base;
	return rc;
}

/* --- a merge --- */

enum {
	BEFORE_OTHERS = 999 /* of an object database's backends */
};

/* What is written from now on stays in memory, of this handle alone. */
static int hold_objects(struct source_git *g)
{
	git_odb_backend *memory = NULL;
	int rc = git_repository_odb(&g->odb, g->repo);

	if (rc == 0)
		rc = git_mempack_new(&memory);
	if (rc == 0)
		rc = git_odb_add_backend(g->odb, memory, BEFORE_OTHERS);
	return rc;
}

static int merge_index(struct source_git *g, const char *ours,
    const char *theirs, git_index **out, struct error *why)
{
	const char *names[] = { ours, theirs };
	git_commit *commits[2] = { NULL };
	git_oid id;
	size_t i;
	int rc = 0;

	for (i = 0; i < 2 && rc == 0; i++)
		if ((rc = git_oid_fromstr(&id, names[i])) == 0)
			rc = git_commit_lookup(&commits[i], g->repo, &id);
	if (rc == 0)
		rc = merge_size_check(g->repo, commits, FILE_MAX, why);
	if (rc == 0)
		rc = git_merge_commits(out, g->repo, commits[0], commits[1],
		    NULL);
	for (i = 0; i < 2; i++)
		git_commit_free(commits[i]);
	return rc;
}

static int count_conflicts(git_index *index, size_t *out)
{
	const git_index_entry *base, *ours, *theirs;
	git_index_conflict_iterator *each = NULL;
	int rc;

	if (!git_index_has_conflicts(index))
		return 0;
	rc = git_index_conflict_iterator_new(&each, index);
	while (rc == 0 &&
	    (rc = git_index_conflict_next(&base, &ours, &theirs, each)) == 0)
		(*out)++;
	git_index_conflict_iterator_free(each);
	return rc == GIT_ITEROVER ? 0 : rc;
}

/* libgit2's code, or where *why says it, ours. */
static int merge(struct source_git *g, const char *ours, const char *theirs,
    size_t *conflicts, struct error *why)
{
	char date[CLOCK_TEXT];
	git_index *index = NULL;
	git_oid tree;
	int rc = hold_objects(g);

	if (rc == 0)
		rc = merge_index(g, ours, theirs, &index, why);
	if (rc == 0)
		rc = count_conflicts(index, conflicts);
	if (rc == 0 && *conflicts == 0 &&
	    (rc = git_index_write_tree_to(&tree, index, g->repo)) == 0 &&
	    (rc = git_tree_lookup(&g->root, g->repo, &tree)) == 0)
		git_oid_tostr(g->base.tree, sizeof(g->base.tree), &tree);
	git_index_free(index);
	clock_print_date(clock_now(), date);
	memcpy(g->base.date, date, sizeof(date));
	return rc;
}

int source_open_merge(const char *repo, const char *ours, const char *theirs,
    size_t *conflicts, struct source **out, struct error *err)
{
	struct source_git *g = NULL;
	struct error why = { 0 };
	int rc = open_repository(repo, &commit_ops, &g, err);

	*conflicts = 0;
	*out = NULL;
	if (rc)
		return rc;
	assert(g != NULL);
	rc = merge(g, ours, theirs, conflicts, &why);
	if (why.code)
		rc = error_set(err, why.code, "%s", why.msg);
	else if (rc == GIT_ENOTFOUND)
		rc = error_set(err, ERROR_NOT_FOUND,
		    "one of %.12s and %.12s is not there", ours, theirs);
	else if (rc < 0)
		rc = git_fail(err, "merge in memory");
	if (rc || *conflicts > 0)
		git_source_close(&g->base);
	else
		*out = &g->base;
	return rc;
}

static int work_list(struct source *src, const char *dir, struct arena *a,
    struct source_entry **entries, size_t *n, struct error *err)
{
	struct source_git *g = (struct source_git *)src;

	return file_tree_list(&g->tree, dir, a, entries, n, err);
}

/* Whether the bytes are those that git has under this id. */
static bool is_stored(const struct buf *text, const char *id)
{
	uint8_t bytes[GIT_ID_SIZE];
	char hex[GIT_ID_HEX + 1];

	if (digest_git_blob(buf_bytes(text), bytes, NULL))
		return false;
	hex_print(bytes, GIT_ID_SIZE, hex);
	return strcmp(hex, id) == 0;
}

/* The bytes as git would store them: a filter (line ends) may change them. */
static int add_filtered(struct source_git *g, const char *path,
    struct buf *text, struct buf *out, struct error *err)
{
	git_filter_list *filters = NULL;
	git_buf stored = { 0 };
	int rc = 0;

	if (git_filter_list_load(&filters, g->repo, NULL, path,
	        GIT_FILTER_TO_ODB, GIT_FILTER_DEFAULT) < 0)
		return git_fail(err, path);
	if (filters == NULL) {
		buf_add(out, text->p, text->n);
		return buf_check(out, err);
	}
	if (git_filter_list_apply_to_buffer(&stored, filters,
	        text->p ? text->p : "", text->n) < 0)
		rc = git_fail(err, path);
	else
		buf_add(out, stored.ptr, stored.size);
	git_buf_dispose(&stored);
	git_filter_list_free(filters);
	return rc ? rc : buf_check(out, err);
}

static int work_read_entry(struct source *src, const char *path, const char *id,
    size_t most, struct buf *out, struct error *err)
{
	struct source_git *g = (struct source_git *)src;
	struct file_tree_node *node = file_tree_find(&g->tree, path);
	CLEANUP(buf_clear) struct buf full = { 0 }, text = { 0 };
	CLEANUP(fd_close) int fd = -1;
	int rc;

	(void)id;
	if (node == NULL || node->kind != ENTRY_FILE)
		return error_set(err, ERROR_NOT_FOUND, "there is no file %s",
		    path);
	buf_printf(&full, "%s%s", g->work_dir, path);
	rc = buf_check(&full, err);
	if (rc)
		return rc;
	/* what was a file when the tree was walked may be a link by now */
	fd = os_open(full.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return error_sys(err, "%s", full.p);
	rc = file_read_fd(fd, most, &text, err);
	if (rc) {
		error_wrap(err, "%s", path);
		return rc;
	}
	/* What git looks up to find its filters takes longer than all else. */
	if (is_stored(&text, node->id)) {
		buf_add(out, text.p, text.n);
		return buf_check(out, err);
	}
	pthread_mutex_lock(&g->filters);
	rc = add_filtered(g, path, &text, out, err);
	pthread_mutex_unlock(&g->filters);
	return rc;
}

static int work_read(struct source *src, const char *path, struct buf *out,
    struct error *err)
{
	return work_read_entry(src, path, "", FILE_MAX, out, err);
}

static const struct source_ops work_ops = { .list = work_list,
	.read = work_read,
	.read_entry = work_read_entry,
	.close = git_source_close };

/* The id of a file or link as git would store it. */
static int hash_file(struct source_git *g, const struct file_tree_node *node,
    git_oid *id, struct error *err)
{
	CLEANUP(buf_clear) struct buf full = { 0 };
	char target[4096];
	ssize_t n;

	memset(id, 0, sizeof(*id));
	if (node->kind == ENTRY_FILE &&
	    git_repository_hashfile(id, g->repo, node->path, GIT_OBJECT_BLOB,
	        NULL) < 0)
		return git_fail(err, node->path);
	if (node->kind != ENTRY_LINK)
		return 0;
	buf_printf(&full, "%s%s", g->work_dir, node->path);
	if (buf_check(&full, err))
		return ERROR_MEMORY;
	n = readlink(full.p, target, sizeof(target));
	if (n < 0)
		return error_sys(err, "%s", node->path);
	return git_odb_hash(id, target, (size_t)n, GIT_OBJECT_BLOB) < 0
	    ? git_fail(err, node->path)
	    : 0;
}

static int add_delta(struct source_git *g, const git_diff_delta *d,
    struct error *err)
{
	git_filemode_t mode = (git_filemode_t)d->new_file.mode;
	struct file_tree_node *node;
	git_oid id;
	int rc;

	if (d->status == GIT_DELTA_DELETED ||
	    (d->status == GIT_DELTA_UNTRACKED && mode == GIT_FILEMODE_TREE))
		return 0; /* an untracked repository inside */
	rc = file_tree_add(&g->tree, d->new_file.path, kind_of(mode), &node,
	    err);
	if (rc)
		return rc;
	node->is_executable = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
	if (d->status == GIT_DELTA_UNMODIFIED)
		git_oid_cpy(&id, &d->old_file.id); /* the index has it */
	else if (d->new_file.flags & GIT_DIFF_FLAG_VALID_ID)
		git_oid_cpy(&id, &d->new_file.id);
	else
		rc = hash_file(g, node, &id, err);
	if (rc)
		return rc;
	git_oid_tostr(node->id, sizeof(node->id), &id);
	return 0;
}

static int by_git_order(const void *a, const void *b)
{
	const struct file_tree_node *x = *(struct file_tree_node *const *)a;
	const struct file_tree_node *y = *(struct file_tree_node *const *)b;
	size_t nx = strlen(x->path), ny = strlen(y->path);
	size_t n = nx < ny ? nx : ny;
	int c = memcmp(x->path, y->path, n);
	unsigned char cx, cy;

	if (c != 0)
		return c;
	cx = (unsigned char)(nx > n    ? x->path[n]
	        : x->kind == ENTRY_DIR ? '/'
	                               : 0);
	cy = (unsigned char)(ny > n    ? y->path[n]
	        : y->kind == ENTRY_DIR ? '/'
	                               : 0);
	return (cx > cy) - (cx < cy);
}

static void add_tree_line(struct buf *text, const struct file_tree_node *c)
{
	static const char *const modes[] = { "100644", "40000", "120000",
		"160000" };
	const char *slash = strrchr(c->path, '/');
	git_oid id;

	git_oid_fromstr(&id, c->id);
	buf_add_str(text, c->is_executable ? "100755" : modes[c->kind]);
	buf_add_char(text, ' ');
	buf_add_str(text, slash ? slash + 1 : c->path);
	buf_add(text, "\0", 1);
	buf_add(text, id.id, GIT_ID_SIZE);
}

/* The id git gives this directory; those below have theirs. */
static int hash_tree(struct file_tree_node *dir, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(mem_freep) struct file_tree_node **sorted = NULL;
	struct file_tree_node *c;
	size_t n = 0, i;
	git_oid id;

	sorted = mem_array(dir->n_children, sizeof(struct file_tree_node *));
	if (sorted == NULL)
		return error_memory(err);
	for (c = dir->first; c != NULL; c = c->next)
		sorted[n++] = c;
	if (n > 1)
		qsort(sorted, n, sizeof(struct file_tree_node *), by_git_order);
	for (i = 0; i < n; i++)
		add_tree_line(&text, sorted[i]);
	if (buf_check(&text, err))
		return ERROR_MEMORY;
	if (git_odb_hash(&id, text.p ? text.p : "", text.n, GIT_OBJECT_TREE) <
	    0)
		return git_fail(err, dir->path);
	git_oid_tostr(dir->id, sizeof(dir->id), &id);
	return 0;
}

static int by_path_down(const void *a, const void *b)
{
	const struct file_tree_node *x = *(struct file_tree_node *const *)a;
	const struct file_tree_node *y = *(struct file_tree_node *const *)b;

	return strcmp(y->path, x->path);
}

/* Deepest first: a directory sorts before what is in it. */
static int hash_trees(struct source_git *g, struct error *err)
{
	CLEANUP(mem_freep) struct file_tree_node **dirs = NULL;
	size_t n = 0, i;
	int rc = 0;

	dirs = mem_array(g->tree.by_path.n, sizeof(struct file_tree_node *));
	if (dirs == NULL)
		return error_memory(err);
	for (i = 0; i < g->tree.by_path.cap; i++) {
		struct file_tree_node *f = g->tree.by_path.entries[i].value;

		if (f != NULL && f->kind == ENTRY_DIR)
			dirs[n++] = f;
	}
	if (n > 1)
		qsort(dirs, n, sizeof(struct file_tree_node *), by_path_down);
	for (i = 0; rc == 0 && i < n; i++)
		rc = hash_tree(dirs[i], err);
	if (rc == 0)
		rc = hash_tree(&g->tree.root, err);
	memcpy(g->base.tree, g->tree.root.id, sizeof(g->base.tree));
	return rc;
}

static int walk_work_tree(struct source_git *g, struct error *err)
{
	git_diff_options options;
	git_diff *diff = NULL;
	size_t i, n;
	int rc = 0;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_INCLUDE_UNTRACKED |
	    GIT_DIFF_RECURSE_UNTRACKED_DIRS | GIT_DIFF_INCLUDE_UNMODIFIED |
	    GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
	if (git_diff_index_to_workdir(&diff, g->repo, NULL, &options) < 0)
		return git_fail(err, g->work_dir);
	n = git_diff_num_deltas(diff);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_delta(g, git_diff_get_delta(diff, i), err);
	git_diff_free(diff);
	return rc ? rc : hash_trees(g, err);
}

int source_open_worktree(const char *dir, struct source **out,
    struct error *err)
{
	char date[CLOCK_TEXT];
	struct source_git *g = NULL;
	int rc = open_repository(dir, &work_ops, &g, err);

	if (rc)
		return rc;
	assert(g != NULL);
	g->tree.root.kind = ENTRY_DIR;
	g->tree.root.path = "";
	if (git_repository_workdir(g->repo) == NULL) {
		rc = error_set(err, ERROR_USAGE,
		    "%s is a bare repository: it has no work tree; name a "
		    "commit (--at REV)",
		    dir);
	} else {
		g->work_dir = mem_strdup(git_repository_workdir(g->repo));
		rc = g->work_dir ? walk_work_tree(g, err) : error_memory(err);
	}
	clock_print_date(clock_now(), date);
	memcpy(g->base.date, date, sizeof(date));
	if (rc)
		git_source_close(&g->base);
	else
		*out = &g->base;
	return rc;
}
