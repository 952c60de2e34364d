/* asked: see asked.h. */
#include "runner/cmd/asked.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/manifest.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/rollback.h"
#include "runner/control.h"

/* --- what the server knows --- */

/* The newest request of the commit and branch; false where there is none. */
static bool find_request(const struct asked *a, struct request *out)
{
	const struct queue_filter filter = { .branch = a->ask->branch,
		.commit = a->ask->commit,
		.limit = 1 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };

	if (queue_list(a->db, &filter, &list, NULL) || list.n == 0)
		return false;
	*out = list.items[0];
	return true;
}

/* The newest run, and its manifest: 0 nodes where it has none. */
static int read_run(const struct asked *a, struct run_entry *run,
    struct manifest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const struct run_find find = { .branch = a->ask->branch,
		.commit = a->ask->commit };
	int rc = refs_run_find(a->refs, &find, run, err);

	if (rc || run->manifest[0] == '\0')
		return rc;
	if ((rc = refs_read(a->refs, run->id, "manifest.json", &text, err)))
		return rc;
	return manifest_parse(buf_bytes(&text), out, err);
}

/* --- again --- */

/* Whether a node is at, or below, one of the paths (a line each; none: all). */
static bool is_named(const char *node, const char *only)
{
	CLEANUP(mem_freep) char *copy = mem_strdup(only);
	char *line, *rest = NULL;

	if (only[0] == '\0' || copy == NULL)
		return copy != NULL;
	for (line = strtok_r(copy, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (nodepath_is_in(node, line))
			return true;
	return false;
}

/* Also where one of its tests could not be computed. */
static bool has_failed(const struct manifest_node *n)
{
	size_t i;

	for (i = 0; i < n->verdicts.n; i++)
		if (n->verdicts.tests[i].verdict == VERDICT_ERROR)
			return true;
	return n->state == NODE_FAILED;
}

static size_t count_failed(const struct manifest *m, const char *only)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += has_failed(&m->nodes[i]) &&
		    is_named(m->nodes[i].path, only);
	return n;
}

/* At each path that is named something must have failed. */
static int check_named(const struct asked *a, const struct manifest *m,
    struct error *err)
{
	char only[REQUEST_ONLY], *line, *rest = NULL;

	memcpy(only, a->ask->only, sizeof(only));
	for (line = strtok_r(only, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (count_failed(m, line) == 0)
			return error_set(err, ERROR_USAGE,
			    "/%s has not failed in the run of %.12s; `sluice "
			    "report %.12s` names what has",
			    line, a->ask->commit, a->ask->commit);
	return 0;
}

/* A run that went well has nothing to execute again, and a text with errors
 * has them the next time, too. *n is how many nodes there are to execute, where
 * that is known. */
static int check_failed(const struct asked *a, const struct request *newest,
    size_t *n, struct error *err)
{
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	struct run_entry run = { 0 };
	struct error why = { 0 };
	int rc = read_run(a, &run, &m, &why);

	if (rc && rc != ERROR_NOT_FOUND)
		return error_set(err, rc, "%s", why.msg);
	if (newest->state == REQUEST_DONE &&
	    strcmp(newest->outcome, "success") == 0)
		return error_set(err, ERROR_USAGE,
		    "nothing failed in the run of %.12s of %s", a->ask->commit,
		    a->ask->branch);
	if (rc == 0 && run.manifest[0] == '\0' &&
	    strcmp(run.outcome, "failure") == 0)
		return error_set(err, ERROR_USAGE,
		    "the text of %.12s has errors, which stay until it is "
		    "changed: `sluice report %.12s` lists them",
		    a->ask->commit, a->ask->commit);
	*n = count_failed(&m, a->ask->only);
	return check_named(a, &m, err);
}

static int retry(const struct asked *a, struct asked_done *done,
    struct error *err)
{
	const struct ask *ask = a->ask;
	const struct control_request request = {
		.branch = ask->branch,
		.commit = ask->commit,
		.user = a->user,
		.reason = ask->reason[0] ? ask->reason : "retry",
		.only = ask->only,
		.now = a->now,
	};
	struct request newest;
	char tip[41];
	size_t n = 0;
	int rc;

	if (refs_tip(a->refs, ask->branch, tip, NULL))
		return error_set(err, ERROR_USAGE,
		    "there is no branch %s on the server", ask->branch);
	if (!find_request(a, &newest))
		return error_set(err, ERROR_USAGE,
		    "%.12s of %s was never run here", ask->commit, ask->branch);
	if ((rc = check_failed(a, &newest, &n, err)) ||
	    (rc = control_retry(a->db, &request, &done->request, err)))
		return rc;
	if (n > 0)
		buf_printf(&done->words, "%zu node%s of %.12s on %s %s", n,
		    n == 1 ? "" : "s", ask->commit, ask->branch,
		    n == 1 ? "is" : "are");
	else
		buf_printf(&done->words, "%.12s of %s is", ask->commit,
		    ask->branch);
	buf_add_str(&done->words, " queued again");
	return buf_check(&done->words, err);
}

/* --- stop --- */

static int cancel(const struct asked *a, struct asked_done *done,
    struct error *err)
{
	const struct ask *ask = a->ask;
	char words[160];
	const struct control_request request = { .branch = ask->branch,
		.commit = ask->commit,
		.reason = words,
		.now = a->now };
	struct error why = { 0 };
	int rc;

	snprintf(words, sizeof(words), "cancelled by %.128s",
	    a->user[0] ? a->user : "somebody");
	rc = control_cancel(a->db, &request, &done->n, &why);
	if (rc == ERROR_NOT_FOUND)
		return error_set(err, rc,
		    "nothing of %.12s of %s waits or runs", ask->commit,
		    ask->branch);
	if (rc)
		return error_set(err, rc, "%s", why.msg);
	buf_printf(&done->words, "%.12s of %s is cancelled", ask->commit,
	    ask->branch);
	return buf_check(&done->words, err);
}

/* --- what was served before --- */

/* Who may push may ask, and who may ask for a run again may not always say
 * what production serves. */
static int check_allowed(const struct context *c, struct error *err)
{
	static const char *const words[] = { "server", "clones", NULL };
	size_t who;
	int rc = context_choice(c, "sluice.rollback", words, &who, err);

	if (rc || who == 1)
		return rc;
	return error_set(err, ERROR_USAGE,
	    "production is rolled back in the repository on the server alone "
	    "(git config sluice.rollback clones, there, lets clones ask)");
}

static int roll_back(const struct asked *a, struct asked_done *done,
    struct error *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	struct rollback r = { .refs = a->refs,
		.user = a->user,
		.reason = a->ask->reason };
	struct rollback_way way;
	int rc = check_allowed(a->context, err);

	if (rc ||
	    (rc = rollback_find(a->context, a->refs, a->ask->run, &way, err)))
		return rc;
	if (strcmp(way.from.id, a->ask->production) != 0)
		return error_set(err, ERROR_BUSY,
		    "production was moved since it was looked at, and is left "
		    "as it is now; `sluice log production` says by what");
	if ((rc = context_store_read(a->context, &store, err)))
		return rc;
	r.store = store;
	return rollback_perform(&r, &way, &done->words, err);
}

int asked_perform(const struct asked *a, struct asked_done *done,
    struct error *err)
{
	*done = (struct asked_done){ 0 };
	switch (a->ask->kind) {
	case ASK_CANCEL:
		return cancel(a, done, err);
	case ASK_ROLLBACK:
		return roll_back(a, done, err);
	case ASK_RETRY:
		break;
	}
	return retry(a, done, err);
}

void asked_done_clear(struct asked_done *done)
{
	buf_clear(&done->words);
}
