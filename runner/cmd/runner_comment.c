/* runner_comment: the comment on a branch's pull requests, into the outbox
 * (runner_result.h). Whether there is a pull request sluice-post finds out;
 * what is made here is the text, because it has no access to tables. */
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/comment.h"
#include "reports/outbox_comment.h"
#include "runner/cmd/runner_result.h"

/* Production has no pull request of its own. */
static bool is_none(const struct runner *r, const char *branch)
{
	return r->forge_url == NULL || r->comment == COMMENT_NEVER ||
	    branch[0] == '\0' || strcmp(branch, r->context.production) == 0;
}

/* What is in the outbox is safe there; no run fails for want of a poster. */
static int put(struct runner *r, const struct outbox_comment *c, bool is_again,
    struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	struct status of = { .context = OUTBOX_COMMENT };
	struct error why = { 0 };
	int rc = outbox_open(r->outbox, &ob, err);

	memcpy(of.commit, c->commit, sizeof(of.commit));
	memcpy(of.ref, c->ref, strlen(c->ref) + 1);
	if (rc || (is_again && (rc = outbox_reopen(ob, &of, err))) ||
	    (rc = outbox_put_comment(ob, c, clock_now(), err)))
		return rc;
	if (runner_post(r, false, &why))
		cmd_fail(&why);
	return 0;
}

/* --- of a run --- */

static int print_report(struct runner *r, struct published *run,
    const struct comment_facts *facts, struct outbox_comment *c,
    struct outbound *out, struct error *err)
{
	const struct report *model;
	int rc = runner_model(r, run, &model, err);

	if (rc)
		return rc;
	c->is_creating = comment_is_wanted(model);
	c->state =
	    model->verdict == REPORT_FAILURE ? STATUS_FAILURE : STATUS_SUCCESS;
	return comment_print(model, facts, out, err);
}

/* Of a text with errors, and of surroundings that failed, there is nothing to
 * tell but what the status says: only an older comment is not left as it is. */
static int print_words(const struct published *run,
    const struct comment_facts *facts, struct outbox_comment *c,
    struct outbound *out, struct error *err)
{
	struct headline h;

	headline_parse(buf_bytes(&run->report), &h);
	c->state = STATUS_FAILURE;
	return comment_words(&h, run->entry.commit, facts, out, err);
}

int runner_comment(struct runner *r, struct published *run, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	char handle[COMMENT_HANDLE + 1];
	struct comment_facts facts = { .handle = handle };
	struct status link = { 0 };
	struct outbox_comment c = { .commit = run->entry.commit,
		.ref = run->entry.branch };
	int rc;

	if (is_none(r, c.ref))
		return 0;
	if ((rc = comment_handle(r->context.root, handle, err)) ||
	    (rc = runner_report_url(r, c.commit, &link, err)))
		return rc;
	if (link.target_url[0] != '\0')
		facts.url = link.target_url;
	rc = run->has_manifest ? print_report(r, run, &facts, &c, text, err)
	                       : print_words(run, &facts, &c, text, err);
	if (rc)
		return rc;
	c.is_creating |= r->comment == COMMENT_ALWAYS;
	c.body = text;
	return put(r, &c, false, err);
}

/* --- before a run, and of what has none --- */

/* What the forge shows of a branch; *is_there: and it shows something. */
static int find(struct runner *r, const char *branch, struct outbox_said *said,
    struct outbound *old, bool *is_there, struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	struct error why = { 0 };
	int rc;

	*is_there = false;
	if (!file_exists(r->outbox))
		return 0;
	if ((rc = outbox_open(r->outbox, &ob, err)))
		return rc;
	rc = outbox_find_comment(ob, branch, said, old, &why);
	*is_there = rc == 0 && said->is_told;
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, why.code, "%s", why.msg);
}

int runner_comment_pending(struct runner *r, const struct request *q,
    bool is_again, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *old = outbound_open();
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct outbox_comment c = { .commit = q->commit,
		.ref = q->branch,
		.state = STATUS_PENDING };
	struct outbox_said said;
	bool is_there;
	int rc;

	if (is_none(r, c.ref))
		return 0;
	if ((rc = find(r, c.ref, &said, old, &is_there, err)) || !is_there ||
	    (rc = comment_outdate(old, c.commit, true, text, err)))
		return rc;
	c.body = text;
	return put(r, &c, is_again, err);
}

int runner_comment_ended(struct runner *r, const char *branch,
    const char *commit, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *old = outbound_open();
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	struct outbox_comment c = { .commit = commit,
		.ref = branch,
		.state = STATUS_CANCELLED };
	struct outbox_said said;
	bool is_there;
	int rc;

	if (is_none(r, branch))
		return 0;
	if ((rc = find(r, branch, &said, old, &is_there, err)) || !is_there ||
	    strcmp(said.commit, commit) != 0 || said.state != STATUS_PENDING ||
	    (rc = comment_outdate(old, commit, false, text, err)))
		return rc;
	c.body = text;
	return put(r, &c, false, err);
}
