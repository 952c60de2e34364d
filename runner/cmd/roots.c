/* roots: see roots.h. */
#include "runner/cmd/roots.h"

#include <git2.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/gc.h"

enum {
	SMALL = 64 * 1024
};

static int path_in(struct store *st, const char *dir, const char *name,
    struct buf *out, struct error *err)
{
	buf_reset(out);
	buf_printf(out, "%s/%s%s%s", store_dir(st), dir, name[0] ? "/" : "",
	    name);
	return buf_check(out, err);
}

int roots_register(const struct context *c, struct store *st, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, line = { 0 };
	char name[DIGEST_HEX + 1];
	struct digest d;
	int rc;

	if (c->git_dir == NULL)
		return 0;
	if ((rc = digest_of(bytes_of(c->git_dir), &d, err)))
		return rc;
	digest_print(&d, name);
	name[16] = '\0';
	if ((rc = path_in(st, "users", name, &path, err)))
		return rc;
	if (file_exists(path.p))
		return 0;
	buf_printf(&line, "%s\n", c->git_dir);
	if ((rc = path_in(st, "users", "", &path, err)) ||
	    (rc = file_make_dirs(path.p, err)) ||
	    (rc = path_in(st, "users", name, &path, err)))
		return rc;
	return file_write(path.p, buf_bytes(&line), 0644, err);
}

/* Each word of 64 digits in the files of STORE/desk. */
static int add_desk(struct store *st, struct digest_set *roots,
    struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(buf_clear) struct buf path = { 0 };
	size_t i;
	int rc;

	if ((rc = path_in(st, "desk", "", &path, err)) ||
	    (rc = file_list(path.p, &names, err)))
		return rc;
	for (i = 0; i < names.n; i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		char *word, *rest = NULL;
		struct digest d;

		if (strstr(names.names[i], ".tmp.") != NULL)
			continue; /* left by the dead */
		if ((rc = path_in(st, "desk", names.names[i], &path, err)) ||
		    (rc = file_read(path.p, SMALL, &text, err)))
			return rc;
		buf_add_char(&text, '\n');
		if ((rc = buf_check(&text, err)))
			return rc;
		for (word = strtok_r(text.p, " \n", &rest); word != NULL;
		     word = strtok_r(NULL, " \n", &rest))
			if (digest_parse(word, &d, NULL) == 0 &&
			    (rc = digest_set_add(roots, &d, NULL, err)))
				return rc;
	}
	return 0;
}

/* -- a repository -- */

struct walk {
	git_repository *repo;
	git_revwalk *commits;
	struct digest_set seen; /* blobs of git that were read */
	struct digest_set *hints;
};

static int git_error_of(const char *what, struct error *err)
{
	const git_error *e = git_error_last();

	return error_set(err, ERROR_IO, "%s: %s", what,
	    e ? e->message : "libgit2 failed");
}

/* A document in git is byte-equal to the blob in the store. */
static int add_document(struct walk *w, const git_oid *oid, struct error *err)
{
	struct digest key = { { 0 } }, id;
	git_blob *blob = NULL;
	struct bytes text;
	bool is_new;
	int rc;

	memcpy(key.bytes, oid->id, sizeof(oid->id));
	rc = digest_set_add(&w->seen, &key, &is_new, err);
	if (rc || !is_new)
		return rc;
	if (git_blob_lookup(&blob, w->repo, oid) < 0)
		return git_error_of("read a manifest", err);
	text = (struct bytes){ git_blob_rawcontent(blob),
		(size_t)git_blob_rawsize(blob) };
	if ((rc = digest_of(text, &id, err)) == 0 &&
	    (rc = digest_set_add(w->hints, &id, NULL, err)) == 0)
		rc = gc_add_text(w->hints, text, err);
	git_blob_free(blob);
	return rc;
}

static bool is_json(const git_tree_entry *e)
{
	const char *name = git_tree_entry_name(e);
	size_t n = strlen(name);

	return git_tree_entry_type(e) == GIT_OBJECT_BLOB && n > 5 &&
	    strcmp(name + n - 5, ".json") == 0;
}

static int add_commit(struct walk *w, const git_oid *id, struct error *err)
{
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	size_t i;
	int rc = 0;

	if (git_commit_lookup(&commit, w->repo, id) < 0 ||
	    git_commit_tree(&tree, commit) < 0)
		rc = git_error_of("read a run", err);
	for (i = 0; rc == 0 && i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);

		if (is_json(e))
			rc = add_document(w, git_tree_entry_id(e), err);
	}
	git_tree_free(tree);
	git_commit_free(commit);
	return rc;
}

static int add_repository(const char *git_dir, struct digest_set *hints,
    struct error *err)
{
	struct walk w = { .hints = hints };
	git_oid id;
	int rc = 0, more = 0;

	git_libgit2_init();
	if (git_repository_open(&w.repo, git_dir) < 0 ||
	    git_revwalk_new(&w.commits, w.repo) < 0 ||
	    git_revwalk_push_glob(w.commits, "refs/sluice/*") < 0)
		rc = git_error_of(git_dir, err);
	while (rc == 0 && (more = git_revwalk_next(&id, w.commits)) == 0)
		rc = add_commit(&w, &id, err);
	if (rc == 0 && more != GIT_ITEROVER)
		rc = git_error_of(git_dir, err);
	git_revwalk_free(w.commits);
	git_repository_free(w.repo);
	digest_set_clear(&w.seen);
	git_libgit2_shutdown();
	return rc;
}

static int add_user(struct store *st, const char *name,
    struct digest_set *hints, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	int rc;

	if ((rc = path_in(st, "users", name, &path, err)) ||
	    (rc = file_read(path.p, SMALL, &text, err)))
		return rc;
	if (text.n > 0)
		text.p[strcspn(text.p, "\n")] = '\0';
	rc = add_repository(buf_bytes(&text).p, hints, err);
	if (rc)
		error_wrap(err,
		    "a repository that uses this store cannot be read (if it "
		    "is gone for good, remove %s)",
		    path.p);
	return rc;
}

int roots_find(struct store *st, struct digest_set *roots,
    struct digest_set *hints, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(buf_clear) struct buf path = { 0 };
	size_t i;
	int rc;

	if ((rc = add_desk(st, roots, err)) ||
	    (rc = path_in(st, "users", "", &path, err)) ||
	    !file_exists(path.p) || (rc = file_list(path.p, &names, err)))
		return rc;
	for (i = 0; rc == 0 && i < names.n; i++)
		if (strstr(names.names[i], ".tmp.") == NULL)
			rc = add_user(st, names.names[i], hints, err);
	return rc;
}
