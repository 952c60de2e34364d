/* production: see production.h. */
#include "hooks/production.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "hooks/git.h"

/* What was cut, or is not ours, is UTF-8 or nothing. */
static void make_text(char *s)
{
	text_trim_cut(s);
	if (text_utf8_error(bytes_of(s)) != strlen(s))
		s[0] = '\0';
}

static void read_message(const char *message, struct production *out)
{
	if (sscanf(message, "run %40[0-9a-f] of", out->run) != 1)
		out->run[0] = '\0';
	git_trailer(message, "Rollback: ", out->promotion,
	    sizeof(out->promotion));
	git_trailer(message, "Held: ", out->held, sizeof(out->held));
	git_trailer(message, "User: ", out->user, sizeof(out->user));
	git_trailer(message, "Reason: ", out->reason, sizeof(out->reason));
	make_text(out->user);
	make_text(out->reason);
	out->is_rollback = out->promotion[0] != '\0';
}

int production_get(struct refs *r, const char *id, struct production *out,
    struct error *err)
{
	git_commit *commit = NULL;
	int rc = git_find_commit(r, id, &commit, err);

	*out = (struct production){ 0 };
	if (rc)
		return rc;
	git_oid_tostr(out->id, sizeof(out->id), git_commit_id(commit));
	if (git_commit_parentcount(commit) > 0)
		git_oid_tostr(out->before, sizeof(out->before),
		    git_commit_parent_id(commit, 0));
	out->time = clock_from_seconds(git_commit_time(commit));
	read_message(git_commit_message(commit), out);
	git_commit_free(commit);
	return 0;
}

int production_now(struct refs *r, struct production *out, struct error *err)
{
	char id[41];
	git_oid oid;
	int rc = git_reference_name_to_id(&oid, r->repo, REFS_PRODUCTION);

	*out = (struct production){ 0 };
	if (rc == GIT_ENOTFOUND)
		return error_set(err, ERROR_NOT_FOUND,
		    "nothing was served yet");
	if (rc < 0)
		return git_fail(rc, REFS_PRODUCTION, err);
	return production_get(r, git_oid_tostr(id, sizeof(id), &oid), out, err);
}

const char *production_source(const struct production *p)
{
	return p->is_rollback ? p->promotion : p->id;
}

int production_each(struct refs *r,
    int (*fn)(const struct production *p, void *payload), void *payload,
    struct error *err)
{
	struct production p;
	int rc = production_now(r, &p, err);

	while (rc == 0 && (rc = fn(&p, payload)) == 0 && p.before[0] != '\0') {
		char before[41];

		memcpy(before, p.before, sizeof(before));
		rc = production_get(r, before, &p, err);
	}
	return rc;
}

int production_run(struct refs *r, struct run_entry *out, struct error *err)
{
	struct production p;
	int rc = production_now(r, &p, err);

	if (rc)
		return rc;
	if (p.run[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND,
		    REFS_PRODUCTION " names no run");
	return refs_run_get(r, p.run, out, err);
}

/* A trailer is a line. */
static void add_trailer(struct buf *out, const char *key, const char *text)
{
	const char *p;

	if (text[0] == '\0')
		return;
	buf_printf(out, "%s: ", key);
	for (p = text; *p != '\0'; p++)
		buf_add_char(out,
		    (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p);
	buf_add_char(out, '\n');
}

int production_add(struct refs *r, struct production *new, const char *commit,
    struct bytes manifest, struct error *err)
{
	CLEANUP(buf_clear) struct buf message = { 0 };
	struct line_new line = { .ref = REFS_PRODUCTION,
		.from = new->before,
		.file = "manifest.json",
		.data = manifest };
	int rc;

	buf_printf(&message, "run %s of %.12s", new->run, commit);
	buf_add_str(&message, "\n\n");
	add_trailer(&message, "Rollback", new->promotion);
	add_trailer(&message, "Held", new->held);
	add_trailer(&message, "User", new->user);
	add_trailer(&message, "Reason", new->reason);
	if ((rc = buf_check(&message, err)))
		return rc;
	line.subject = message.p;
	return refs_line_add(r, &line, new->id, err);
}
