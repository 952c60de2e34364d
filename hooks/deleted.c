/* deleted: refs/sluice/deleted/BRANCH/ID, runs of branches that are gone
 * (refs.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/git.h"
#include "hooks/refs.h"

#define DELETED "refs/sluice/deleted/"

struct walk {
	struct refs *refs;
	const char *branch; /* NULL: all */
	int (*fn)(const struct run_entry *run, void *payload);
	void *payload;
};

/* No branch ends in the 40 digits of a run. */
static bool is_wanted(const struct walk *w, const char *ref)
{
	const char *name = ref + sizeof(DELETED) - 1;
	const char *slash = strrchr(name, '/');

	return w->branch == NULL ||
	    (slash != NULL &&
	        bytes_eq(bytes_of(w->branch),
	            (struct bytes){ name, (size_t)(slash - name) }));
}

/* From the run that a ref is at back to the first. */
static int walk(const struct walk *w, const git_oid *id, struct error *err)
{
	struct run_entry run = { 0 };
	int rc = 0;

	git_oid_tostr(run.parent, sizeof(run.parent), id);
	while (rc == 0 && run.parent[0] != '\0') {
		rc = refs_run_get(w->refs, run.parent, &run, err);
		if (rc == 0)
			rc = w->fn(&run, w->payload);
	}
	return rc;
}

int refs_deleted_each(struct refs *r, const char *branch,
    int (*fn)(const struct run_entry *run, void *payload), void *payload,
    struct error *err)
{
	const struct walk w = { r, branch, fn, payload };
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int next = GIT_ITEROVER;
	int rc = git_reference_iterator_glob_new(&it, r->repo, DELETED "*");

	if (rc < 0)
		return git_fail(rc, DELETED, err);
	while (rc == 0 && (next = git_reference_next(&ref, it)) == 0) {
		const git_oid *id = git_reference_target(ref);

		if (id != NULL && is_wanted(&w, git_reference_name(ref)))
			rc = walk(&w, id, err);
		git_reference_free(ref);
		ref = NULL;
	}
	if (rc == 0 && next != GIT_ITEROVER)
		rc = git_fail(next, DELETED, err);
	git_reference_iterator_free(it);
	return rc;
}
