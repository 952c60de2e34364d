/* runner_rollback: what a forge is told of a rollback (runner_result.h). The
 * ref is the truth: whoever moved it may have died, or have no part in the
 * outbox, so each round of the runner looks at it. Why it was rolled back, and
 * by whom, stays in the house. */
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "hooks/production.h"
#include "runner/cmd/runner_result.h"

static int tell(struct runner *r, const struct run_entry *run,
    enum status_state state, const struct outbound *words, struct error *err)
{
	struct status s = { .context = STATUS_PROMOTE, .state = state };
	int rc;

	memcpy(s.commit, run->commit, sizeof(s.commit));
	snprintf(s.ref, sizeof(s.ref), "%s", run->branch);
	rc = status_describe(&s, words, err);
	return rc ? rc : runner_show(r, &s, err);
}

/* Of the commit that is served again, and of the one that it led away from:
 * that one failed, unless production is where it was before a rollback. */
static int tell_both(struct runner *r, struct refs *refs,
    const struct production *now, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	CLEANUP(outbound_closep) struct outbound *again = outbound_open();
	struct run_entry run, left;
	struct production before;
	int rc;

	if ((rc = refs_run_get(refs, now->run, &run, err)) ||
	    (rc = production_get(refs, now->before, &before, err)) ||
	    (rc = refs_run_get(refs, before.run, &left, err)))
		return rc;
	if (strcmp(run.commit, left.commit) == 0) {
		outbound_words(words,
		    "rolled back: an earlier run of this commit is served");
		return tell(r, &run, STATUS_SUCCESS, words, err);
	}
	outbound_either(words, now->held[0] != '\0', "rolled back",
	    "the rollback is undone");
	outbound_words(words, ": the tables of ");
	outbound_commit(words, run.commit);
	outbound_words(words, " are served");
	outbound_words(again, "rolled back: served again");
	if ((rc = tell(r, &left, now->held[0] ? STATUS_FAILURE : STATUS_SUCCESS,
	         words, err)))
		return rc;
	return tell(r, &run, STATUS_SUCCESS, again, err);
}

int runner_tell_rollback(struct runner *r, struct refs *refs, struct error *err)
{
	struct error why = { 0 };
	struct production now;
	int rc;

	if (r->forge_url == NULL)
		return 0;
	rc = production_now(refs, &now, &why);
	if (rc == ERROR_NOT_FOUND || (rc == 0 && !now.is_rollback))
		return 0;
	return rc ? error_set(err, why.code, "%s", why.msg)
	          : tell_both(r, refs, &now, err);
}
