/* ask_refs: requests where they lie, refs/sluice-requests/ID (ask.h). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/ask.h"
#include "hooks/git.h"

/* --- which there are --- */

static int see_ref(git_reference *ref, struct updates *out, struct error *err)
{
	const git_oid *id = git_reference_target(ref);
	struct update *more;

	if (id == NULL) /* symbolic: nobody can push that */
		return 0;
	more = mem_grow(out->items, out->n, &out->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	out->items = more;
	more += out->n;
	*more = (struct update){ .ref = mem_strdup(git_reference_name(ref)) };
	if (more->ref == NULL)
		return error_memory(err);
	git_oid_tostr(more->to, sizeof(more->to), id);
	out->n++;
	return 0;
}

static int list(struct refs *r, struct updates *out, struct error *err)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int next = GIT_ITEROVER;
	int rc = git_reference_iterator_glob_new(&it, r->repo, ASK_REFS "*");

	if (rc < 0)
		return git_fail(rc, ASK_REFS, err);
	while (rc == 0 && (next = git_reference_next(&ref, it)) == 0) {
		rc = see_ref(ref, out, err);
		git_reference_free(ref);
		ref = NULL;
	}
	if (rc == 0 && next != GIT_ITEROVER)
		rc = git_fail(next, ASK_REFS, err);
	git_reference_iterator_free(it);
	return rc;
}

int ask_each(struct refs *r,
    int (*fn)(const struct update *ask, void *payload, struct error *err),
    void *payload, struct error *err)
{
	CLEANUP(updates_clear) struct updates all = { 0 };
	size_t i;
	int rc = list(r, &all, err);

	for (i = 0; i < all.n && rc == 0; i++)
		rc = fn(&all.items[i], payload, err);
	return rc;
}

/* --- one of them --- */

struct ask_hold {
	struct refs *refs;
	char *ref;
	git_oid id;
	int guard;
};

static bool is_there(const struct ask_hold *h)
{
	git_oid now;

	return git_reference_name_to_id(&now, h->refs->repo, h->ref) == 0 &&
	    git_oid_equal(&now, &h->id);
}

/* What could not be removed would be done again and again. Where the ref is
 * packed its directory may not be there. */
static int check_removable(const struct ask_hold *h, struct error *err)
{
	CLEANUP(buf_clear) struct buf dir = { 0 };
	int rc;

	buf_printf(&dir, "%s%s", h->refs->git_dir, h->ref);
	if ((rc = buf_check(&dir, err)))
		return rc;
	*strrchr(dir.p, '/') = '\0';
	if ((access(dir.p, W_OK) < 0 && errno != ENOENT) ||
	    access(h->refs->git_dir, W_OK) < 0)
		return error_set(err, ERROR_DENIED,
		    "%s is not done: this user could not remove it then (%s)",
		    h->ref, dir.p);
	return 0;
}

int ask_hold_open(struct refs *r, const struct update *ask,
    struct ask_hold **out, struct error *err)
{
	CLEANUP(ask_hold_closep) struct ask_hold *h = mem_alloc(sizeof(*h));
	int rc;

	*out = NULL;
	if (h == NULL)
		return error_memory(err);
	h->refs = r;
	h->guard = -1;
	h->ref = mem_strdup(ask->ref);
	if (h->ref == NULL)
		return error_memory(err);
	if ((rc = git_id(ask->to, &h->id, err)))
		return rc;
	git_guard(r, &h->guard);
	/* what is asked for may move a ref itself */
	r->is_guarded = h->guard >= 0;
	if (!is_there(h))
		return error_set(err, ERROR_NOT_FOUND, "%s is done", h->ref);
	if ((rc = check_removable(h, err)))
		return rc;
	*out = h;
	h = NULL;
	return 0;
}

int ask_hold_read(const struct ask_hold *h, struct ask *out, struct error *err)
{
	git_odb *odb = NULL;
	git_blob *blob = NULL;
	git_object_t type = GIT_OBJECT_INVALID;
	size_t size = 0;
	int rc = git_repository_odb(&odb, h->refs->repo);

	*out = (struct ask){ 0 };
	if (rc == 0)
		rc = git_odb_read_header(&size, &type, odb, &h->id);
	git_odb_free(odb);
	if (rc < 0)
		return git_fail(rc, h->ref, err);
	if (type != GIT_OBJECT_BLOB)
		return error_set(err, ERROR_SYNTAX, "it is not a blob");
	if (size > ASK_MAX) /* not even read */
		return error_set(err, ERROR_SYNTAX, "it has more than %d bytes",
		    ASK_MAX);
	rc = git_blob_lookup(&blob, h->refs->repo, &h->id);
	if (rc < 0)
		return git_fail(rc, h->ref, err);
	rc = ask_parse((struct bytes){ git_blob_rawcontent(blob), size }, out,
	    err);
	git_blob_free(blob);
	return rc;
}

/* As long as it is where it was: a newer request of that name stays. */
static int delete_ref(const struct ask_hold *h)
{
	git_reference *ref = NULL;
	int rc;

	if (!is_there(h))
		return 0;
	rc = git_reference_lookup(&ref, h->refs->repo, h->ref);
	if (rc == 0)
		rc = git_reference_delete(ref);
	git_reference_free(ref);
	return rc;
}

int ask_hold_remove(struct ask_hold *h, struct error *err)
{
	int rc;

	do {
		rc = delete_ref(h);
	} while (rc == GIT_ELOCKED && git_break_lock(h->refs, h->ref) &&
	    git_break_lock(h->refs, "packed-refs"));
	return rc < 0 ? git_fail(rc, h->ref, err) : 0;
}

void ask_hold_close(struct ask_hold *h)
{
	if (h == NULL)
		return;
	if (h->guard >= 0)
		h->refs->is_guarded = false;
	fd_close(&h->guard);
	mem_free(h->ref);
	mem_free(h);
}

void ask_hold_closep(struct ask_hold **h)
{
	ask_hold_close(*h);
	*h = NULL;
}
