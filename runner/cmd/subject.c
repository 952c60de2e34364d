/* subject: see subject.h. */
#include "runner/cmd/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"

void subject_clear(struct subject *s)
{
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
	CLEANUP(buf_clear) struct buf path = { 0 };
	int rc;

	buf_printf(&path, "%s/run.db", s->context.state_dir);
	if ((rc = buf_check(&path, err)) || !file_exists(path.p))
		return rc;
	return rundb_open(s->context.state_dir, &s->db, err);
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

int subject_open(const char *rev, struct subject *s, struct error *err)
{
	int rc;

	*s = (struct subject){ 0 };
	if ((rc = context_open(NULL, &s->context, err)) ||
	    (rc = refs_open(s->context.git_dir, &s->refs, err)) ||
	    (rc = open_db(s, err)))
		return rc;
	if (rev == NULL)
		rev = s->context.production;
	if (refs_tip(s->refs, rev, s->commit, NULL) == 0) {
		snprintf(s->branch, sizeof(s->branch), "%s", rev);
		return 0;
	}
	rc = refs_resolve(s->refs, rev, s->commit, err);
	return rc ? rc : find_branch(s, err);
}
