/* revision: see revision.h. */
#include "runner/lang/revision.h"

#include <git2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/buf.h"
#include "cache/base/mem.h"

enum {
	LEAST_DIGITS = 4,
	MOST_DIGITS_OF_N = 9,
};

/* Where a name may stand, in git's order (gitrevisions(7)). */
static const struct {
	const char *before, *behind;
} places[] = {
	{ "", "" },
	{ "refs/", "" },
	{ "refs/tags/", "" },
	{ "refs/heads/", "" },
	{ "refs/remotes/", "" },
	{ "refs/remotes/", "/HEAD" },
};

/* The object of a ref. A name that is none is not mended, as libgit2 would:
 * "refs//heads/main" is nothing. */
static int find_ref(git_repository *repo, const char *name, git_oid *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		CLEANUP(buf_clear) struct buf ref = { 0 };
		int rc;

		buf_printf(&ref, "%s%s%s", places[i].before, name,
		    places[i].behind);
		if (ref.failed)
			return ERROR_MEMORY;
		if (!git_reference_is_valid_name(ref.p))
			continue;
		rc = git_reference_name_to_id(out, repo, ref.p);
		if (rc == 0)
			return 0;
		if (rc != GIT_ENOTFOUND)
			return ERROR_IO;
	}
	return ERROR_NOT_FOUND;
}

/* The one object that begins with these digits. */
static int find_digits(git_repository *repo, const char *digits, size_t n,
    git_oid *out)
{
	git_object *object = NULL;
	git_oid prefix;
	int rc;

	if (n < LEAST_DIGITS || n > GIT_OID_HEXSZ ||
	    git_oid_fromstrn(&prefix, digits, n) < 0)
		return ERROR_NOT_FOUND;
	rc =
	    git_object_lookup_prefix(&object, repo, &prefix, n, GIT_OBJECT_ANY);
	if (rc == 0)
		git_oid_cpy(out, git_object_id(object));
	git_object_free(object);
	if (rc == 0)
		return 0;
	return rc == GIT_ENOTFOUND || rc == GIT_EAMBIGUOUS ? ERROR_NOT_FOUND
	                                                   : ERROR_IO;
}

static int find_name(git_repository *repo, const char *name, git_oid *out)
{
	const size_t n = strlen(name);
	const bool is_hex = strspn(name, "0123456789abcdefABCDEF") == n;
	int rc = ERROR_NOT_FOUND;

	if (is_hex && n == GIT_OID_HEXSZ)
		rc = find_digits(repo, name, n, out);
	if (rc == ERROR_NOT_FOUND)
		rc =
		    find_ref(repo, strcmp(name, "@") == 0 ? "HEAD" : name, out);
	if (rc == ERROR_NOT_FOUND && is_hex)
		rc = find_digits(repo, name, n, out);
	return rc;
}

/* The commit that an object is, or that a tag leads to. */
static int peel(git_repository *repo, const git_oid *id, git_commit **out)
{
	git_object *object = NULL, *commit = NULL;
	int rc = git_object_lookup(&object, repo, id, GIT_OBJECT_ANY);

	if (rc == 0)
		rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	git_object_free(object);
	*out = (git_commit *)commit;
	return rc < 0 ? ERROR_NOT_FOUND : 0;
}

static int step(git_commit **commit, unsigned int parent)
{
	git_commit *next = NULL;
	int rc = git_commit_parent(&next, *commit, parent - 1);

	git_commit_free(*commit);
	*commit = next;
	return rc < 0 ? ERROR_NOT_FOUND : 0;
}

/* Each "~N" and "^N". */
static int walk(git_commit **commit, const char *p)
{
	int rc = 0;

	while (rc == 0 && *p != '\0') {
		const char way = *p++;
		const size_t digits = strspn(p, "0123456789");
		unsigned long n = digits > 0 ? strtoul(p, NULL, 10) : 1;

		p += digits;
		if ((way != '~' && way != '^') || digits > MOST_DIGITS_OF_N)
			return ERROR_NOT_FOUND;
		if (way == '^' && n > 0)
			rc = step(commit, (unsigned int)n);
		for (; way == '~' && n > 0 && rc == 0; n--)
			rc = step(commit, 1);
	}
	return rc;
}

int revision_find(git_repository *repo, const char *rev,
    char out[GIT_ID_HEX + 1], struct error *err)
{
	const size_t n = strcspn(rev, "~^");
	CLEANUP(mem_freep) char *name = mem_strndup(rev, n);
	git_commit *commit = NULL;
	git_oid id;
	int rc;

	if (name == NULL)
		return error_memory(err);
	if ((rc = find_name(repo, name, &id)) == 0 &&
	    (rc = peel(repo, &id, &commit)) == 0)
		rc = walk(&commit, rev + n);
	if (rc == 0)
		git_oid_tostr(out, GIT_ID_HEX + 1, git_commit_id(commit));
	git_commit_free(commit);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc == ERROR_NOT_FOUND)
		return error_set(err, rc, "there is no commit %s", rev);
	return rc ? error_set(err, rc, "%s: %s", rev,
	                git_error_last() ? git_error_last()->message : "")
	          : 0;
}
