/* git: see git.h; and opening a repository (refs.h). */
#include "hooks/git.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/pack.h"
#include "hooks/refs.h"
#include "runner/lang/source.h"

enum {
	STALE_LOCK_MS = 1000
};

int git_fail(int rc, const char *what, struct error *err)
{
	const git_error *e = git_error_last();
	const char *words = e && e->message ? e->message : "libgit2 failed";

	if (e != NULL && e->klass == GIT_ERROR_NOMEMORY)
		return error_memory(err);
	switch (rc) {
	case GIT_ENOTFOUND:
	case GIT_EINVALIDSPEC:
	case GIT_EAMBIGUOUS:
	case GIT_EPEEL:
		return error_set(err, ERROR_NOT_FOUND, "%s: %s", what, words);
	case GIT_EMODIFIED:
	case GIT_EEXISTS:
	case GIT_ELOCKED:
		return error_set(err, ERROR_BUSY, "%s: %s", what, words);
	default:
		return error_set(err, ERROR_IO, "%s: %s", what, words);
	}
}

int git_id(const char *hex, git_oid *out, struct error *err)
{
	if (strlen(hex) != GIT_OID_HEXSZ || git_oid_fromstr(out, hex) < 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "'%s' is not an id of 40 digits", hex);
	return 0;
}

int git_author(git_signature **out, struct error *err)
{
	int rc = git_signature_new(out, "sluice", "sluice@localhost",
	    clock_now() / 1000, 0);

	return rc < 0 ? git_fail(rc, "signature", err) : 0;
}

/* How long ago a lock file was written; -1 where there is none. */
static int64_t lock_age(const char *path)
{
	struct stat st;

	if (os_lstat(path, &st) < 0)
		return -1;
	return clock_now() -
	    ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
}

void git_trailer(const char *message, const char *key, char *out, size_t size)
{
	const size_t n = strlen(key);
	const char *line;

	out[0] = '\0';
	for (line = message; line != NULL; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, n) == 0) {
			snprintf(out, size, "%.*s",
			    (int)strcspn(line + n, "\n"), line + n);
			return;
		}
	}
}

void git_guard(struct refs *r, int *fd)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	*fd = -1;
	if (r->is_guarded)
		return;
	buf_printf(&path, "%ssluice/runner", r->git_dir);
	if (path.failed || file_make_dirs(path.p, NULL))
		return;
	buf_add_str(&path, "/refs.lock");
	if (!path.failed)
		(void)!file_lock(path.p, true, fd, NULL);
}

/* A process that was killed inside libgit2 leaves NAME.lock for ever. While we
 * hold the guard no other sluice is inside, and a git command is for
 * milliseconds: a lock that is older than a second has no owner. */
bool git_break_lock(struct refs *r, const char *name)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	int64_t age;
	int i;

	buf_printf(&path, "%s%s.lock", r->git_dir, name);
	if (path.failed)
		return false;
	for (i = 0; i < 200; i++) {
		age = lock_age(path.p);
		if (age > STALE_LOCK_MS || age < -STALE_LOCK_MS)
			os_unlink(path.p);
		if (age < 0 || age > STALE_LOCK_MS)
			return true;
		clock_sleep(10);
	}
	return false;
}

static int move_ref(struct refs *r, const char *name, const git_oid *id,
    const git_oid *from)
{
	static const git_oid none;
	git_reference *ref = NULL;
	int rc;

	do {
		rc = git_reference_create_matching(&ref, r->repo, name, id, 1,
		    from ? from : &none, "sluice");
	} while (rc == GIT_ELOCKED && git_break_lock(r, name));
	git_reference_free(ref);
	/* "Not there any more" is one way of not being where we saw it. */
	return rc == GIT_ENOTFOUND ? GIT_EMODIFIED : rc;
}

/* Nothing is written for a ref that moved meanwhile. */
static bool has_moved(struct refs *r, const char *name, const git_oid *from)
{
	git_oid now;
	int rc = git_reference_name_to_id(&now, r->repo, name);

	return from
	    ? rc == GIT_ENOTFOUND || (rc == 0 && !git_oid_equal(&now, from))
	    : rc == 0;
}

int git_move_ref(struct refs *r, const char *name, const git_oid *id,
    const git_oid *from, struct error *err)
{
	CLEANUP(fd_close) int guard = -1;
	int rc;

	git_guard(r, &guard);
	if (has_moved(r, name, from)) {
		pack_drop(r);
		return error_set(err, ERROR_BUSY, "%s moved", name);
	}
	if ((rc = pack_write(r, err)))
		return rc;
	rc = move_ref(r, name, id, from);
	pack_release(r);
	return rc < 0 ? git_fail(rc, name, err) : 0;
}

int git_find_commit(struct refs *r, const char *id, git_commit **out,
    struct error *err)
{
	git_oid oid;
	int rc = git_id(id, &oid, err);

	if (rc)
		return rc;
	rc = git_commit_lookup(out, r->repo, &oid);
	return rc < 0 ? git_fail(rc, id, err) : 0;
}

int refs_open(const char *git_dir, struct refs **out, struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = mem_alloc(sizeof(*r));
	int rc;

	*out = NULL;
	if (r == NULL)
		return error_memory(err);
	if (git_libgit2_init() < 0)
		return git_fail(-1, "libgit2", err);
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	rc = git_repository_open(&r->repo, git_dir);
	if (rc < 0)
		return source_open_fail(rc, git_dir, err);
	r->git_dir = mem_strdup(git_repository_commondir(r->repo));
	if (r->git_dir == NULL)
		return error_memory(err);
	if ((rc = source_check_alternates(r->git_dir, err)) ||
	    (rc = pack_open(r->repo, &r->pack, err)))
		return rc;
	*out = r;
	r = NULL;
	return 0;
}

void refs_close(struct refs *r)
{
	if (r == NULL)
		return;
	git_repository_free(r->repo);
	mem_free(r->git_dir);
	mem_free(r);
	git_libgit2_shutdown();
}

void refs_closep(struct refs **r)
{
	refs_close(*r);
	*r = NULL;
}
