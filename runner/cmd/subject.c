/* subject: see subject.h. */
#include "runner/cmd/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/cmd/range.h"
#include "runner/cmd/served.h"

void subject_clear(struct subject *s)
{
	remote_clear(&s->remote);
	rundb_close(s->db);
	refs_close(s->refs);
	context_clear(&s->context);
}

const char *subject_user(void)
{
	const char *user = getenv("USER");

	if (user == NULL || text_utf8_error(bytes_of(user)) != strlen(user))
		return "";
	return user;
}

static int open_db(struct subject *s, struct error *err)
{
	bool has_db;
	int rc = rundb_has(s->context.state_dir, &has_db, err);

	return rc || !has_db ? rc
	                     : rundb_open(s->context.state_dir, &s->db, err);
}

/* The branch of the newest request, or run, of the commit. */
static int find_branch(struct subject *s, struct error *err)
{
	const struct queue_filter filter = { .commit = s->commit, .limit = 1 };
	const struct run_find find = { .commit = s->commit };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	struct run_entry run;
	int rc = s->db ? queue_list(s->db, &filter, &list, err) : 0;

	if (rc)
		return rc;
	if (list.n > 0) {
		memcpy(s->branch, list.items[0].branch, sizeof(s->branch));
		return 0;
	}
	rc = refs_run_find(s->refs, &find, &run, err);
	if (rc == 0)
		memcpy(s->branch, run.branch, sizeof(s->branch));
	return rc;
}

static int open_on_server(const char *rev, struct subject *s, struct error *err)
{
	int rc = open_db(s, err);

	if (rc)
		return rc;
	/* "production" is the branch, where none has that name */
	if (rev == NULL ||
	    (strcmp(rev, "production") == 0 &&
	        refs_tip(s->refs, rev, s->commit, NULL)))
		rev = s->context.production;
	if (refs_tip(s->refs, rev, s->commit, NULL) == 0) {
		snprintf(s->branch, sizeof(s->branch), "%s", rev);
		return 0;
	}
	rc = refs_resolve(s->refs, rev, s->commit, err);
	return rc ? rc : find_branch(s, err);
}

/* --- in a clone --- */

/* Takes a branch of the remote; false where it has none of that name. */
static bool take_tip(struct subject *s, const char *branch)
{
	const char *commit = remote_tip(&s->remote, branch);

	if (commit == NULL || strlen(branch) >= sizeof(s->branch))
		return false;
	memcpy(s->commit, commit, sizeof(s->commit));
	snprintf(s->branch, sizeof(s->branch), "%s", branch);
	return true;
}

static int take_current(struct subject *s, struct error *err)
{
	char branch[256];
	int rc = context_branch(&s->context, branch, err);

	if (rc)
		return rc;
	if (branch[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "no branch is checked out: name the one that is meant");
	if (!take_tip(s, branch))
		return error_set(err, ERROR_USAGE,
		    "%s has no branch %s: push it first", s->remote.name,
		    branch);
	return 0;
}

/* A branch of the remote that is at a commit, the current one before others. */
static bool take_commit(struct subject *s, const char *commit)
{
	const struct branch_tips *tips = &s->remote.tips;
	const char *tip;
	char current[256];
	size_t i;

	if (context_branch(&s->context, current, NULL) == 0 &&
	    (tip = remote_tip(&s->remote, current)) != NULL &&
	    strcmp(tip, commit) == 0)
		return take_tip(s, current);
	for (i = 0; i < tips->n; i++)
		if (strcmp(tips->items[i].commit, commit) == 0)
			return take_tip(s, tips->items[i].branch);
	return false;
}

/* A revision of this clone, or a run's. */
static int take_revision(struct subject *s, const char *rev, struct error *err)
{
	char commit[GIT_ID_HEX + 1];
	struct run_entry run;
	bool is_here = range_commit(&s->context, rev, commit, NULL) == 0;
	int rc;

	if (is_here && take_commit(s, commit))
		return 0;
	rc = served_find(s->refs, is_here ? commit : rev, NULL, &run, err);
	if (rc == 0) {
		memcpy(s->branch, run.branch, sizeof(s->branch));
		memcpy(s->commit, run.commit, sizeof(s->commit));
	}
	return rc;
}

static int open_in_clone(const char *rev, struct subject *s, struct error *err)
{
	struct error why = { 0 };
	char production[256];
	int rc = remote_fetch(&s->context, &s->remote, err);

	if (rc)
		return rc;
	s->is_clone = true;
	if (s->remote.state == REMOTE_NONE)
		return error_set(err, ERROR_USAGE,
		    "this repository has no remote %s whose server could be "
		    "asked (git config sluice.remote)",
		    s->remote.name);
	if (s->remote.state == REMOTE_AWAY)
		return error_set(err, ERROR_REMOTE,
		    "%s does not answer; nothing was asked", s->remote.name);
	if (rev == NULL)
		return take_current(s, err);
	served_branch(s->refs, s->context.production, production);
	if (take_tip(s, rev) ||
	    (strcmp(rev, "production") == 0 && take_tip(s, production)))
		return 0;
	rc = take_revision(s, rev, &why);
	if (rc == ERROR_NOT_FOUND)
		return error_set(err, ERROR_USAGE,
		    "%s has no branch %s, and no run of such a commit",
		    s->remote.name, rev);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

int subject_open(const char *rev, struct subject *s, struct error *err)
{
	int rc;

	*s = (struct subject){ 0 };
	if ((rc = context_open(NULL, &s->context, err)) ||
	    (rc = refs_open(s->context.git_dir, &s->refs, err)))
		return rc;
	return s->context.work_tree ? open_in_clone(rev, s, err)
	                            : open_on_server(rev, s, err);
}
