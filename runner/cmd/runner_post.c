/* runner_post: statuses into the outbox, and the process that tells them
 * (runner.h). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "reports/checks.h"
#include "reports/outbox.h"
#include "runner/cmd/runner_result.h"
#include "runner/spawn.h"

enum {
	TRY_MS = 60000, /* --once: how long one try may take */
	POST_USAGE = 2, /* main_post.c: with these settings it cannot */
};

/* sluice.report.url, the commit in the place of its %s. */
int runner_report_url(const struct runner *r, const char *commit,
    struct status *s, struct error *err)
{
	CLEANUP(buf_clear) struct buf url = { 0 };
	const char *place;
	int rc;

	if (r->report_url == NULL)
		return 0;
	place = strstr(r->report_url, "%s");
	if (place == NULL)
		buf_add_str(&url, r->report_url);
	else
		buf_printf(&url, "%.*s%s%s", (int)(place - r->report_url),
		    r->report_url, commit, place + 2);
	if ((rc = buf_check(&url, err)))
		return rc;
	if (url.n >= sizeof(s->target_url))
		return error_set(err, ERROR_USAGE,
		    "sluice.report.url is longer than %zu bytes",
		    sizeof(s->target_url) - 1);
	memcpy(s->target_url, url.p, url.n + 1);
	return 0;
}

/* What is in the outbox is safe there; no run fails for want of a poster. */
static void post_soon(struct runner *r)
{
	struct error why = { 0 };

	if (runner_post(r, false, &why))
		cmd_fail(&why);
}

static int put(struct runner *r, struct status *s, bool is_again,
    struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	int rc = runner_report_url(r, s->commit, s, err);

	if (!r->forge->has_ref)
		s->ref[0] = '\0';
	if (rc || (rc = status_check(s, err)) ||
	    (rc = outbox_open(r->outbox, &ob, err)))
		return rc;
	if (is_again)
		rc = outbox_reopen(ob, s, err);
	if (rc == 0 && (rc = outbox_put(ob, s, clock_now(), err)) == 0)
		post_soon(r);
	return rc;
}

/* As they are queued: that of the run last, so that where it is, the others
 * are. */
static const char *const contexts[] = { STATUS_PROMOTE, STATUS_DATA,
	STATUS_TESTS, STATUS_CONTEXT };

enum {
	CONTEXTS = ARRAY_LEN(contexts)
};

/* The status of a context; text is the run's, other that of the others. */
static int put_one(struct runner *r, const struct untold *of, size_t context,
    const struct outbound *text, const struct outbound *other,
    struct error *err)
{
	const bool is_run = context == CONTEXTS - 1;
	struct status s = { .state = of->state };
	int rc;

	snprintf(s.context, sizeof(s.context), "%s", contexts[context]);
	snprintf(s.commit, sizeof(s.commit), "%s", of->commit);
	snprintf(s.ref, sizeof(s.ref), "%s", of->branch);
	rc = status_describe(&s, is_run ? text : other, err);
	return rc ? rc : put(r, &s, of->is_again, err);
}

/* That of the run first: it says something already. */
int runner_pending(struct runner *r, const struct request *q,
    const struct outbound *text, bool is_again, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *other = outbound_open();
	const struct untold of = { .branch = q->branch,
		.commit = q->commit,
		.state = STATUS_PENDING,
		.is_again = is_again };
	size_t i;
	int rc = 0;

	outbound_words(other, "waits for the run");
	for (i = 0; r->forge_url != NULL && rc == 0 && i < CONTEXTS; i++)
		rc = put_one(r, &of, CONTEXTS - 1 - i, text, other, err);
	return rc;
}

/* What is not known is in the way of a merge as much as what failed. */
int runner_tell(struct runner *r, const struct untold *of,
    const struct outbound *text, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *unknown = outbound_open();
	const bool is_all = of->state == STATUS_CANCELLED;
	size_t i = of->is_tip ? 1 : 0;
	int rc = 0;

	outbound_words(unknown, "not known: see " STATUS_CONTEXT);
	for (; r->forge_url != NULL && rc == 0 && i < CONTEXTS; i++)
		rc = put_one(r, of, i, text, is_all ? text : unknown, err);
	return rc;
}

int runner_final(struct runner *r, struct published *run, struct error *err)
{
	CLEANUP(egress_clear) struct egress gate = { 0 };
	const struct report *model;
	struct checks checks;
	size_t i;
	int rc;

	if (r->forge_url == NULL)
		return 0;
	if ((rc = runner_model(r, run, &model, err)) ||
	    (rc = egress_make(model, &gate, err)) ||
	    (rc = checks_make(&gate, &checks, err)))
		return rc;
	for (i = 0; i < CHECKS && rc == 0; i++)
		rc = put(r, &checks.items[i], false, err);
	return rc;
}

/* Of those that are shown it is shown already. */
static int is_shown(struct runner *r, const struct status *s, bool *out,
    struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	struct status shown = *s;
	struct error why = { 0 };
	int rc = outbox_open(r->outbox, &ob, err);

	*out = false;
	if (rc)
		return rc;
	if (!r->forge->has_ref)
		shown.ref[0] = '\0';
	rc = outbox_find(ob, &shown, &shown, &why);
	*out = rc == 0 && shown.state == s->state &&
	    strcmp(status_words(&shown), status_words(s)) == 0;
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, why.code, "%s", why.msg);
}

int runner_show(struct runner *r, struct status *s, struct error *err)
{
	bool shown;
	int rc;

	if (r->forge_url == NULL)
		return 0;
	rc = is_shown(r, s, &shown, err);
	/* what is pending is so anew */
	return rc || shown ? rc : put(r, s, !status_is_final(s->state), err);
}

/* sluice-post lies beside sluice-worker. */
static int find_poster(const struct runner *r, struct buf *out,
    struct error *err)
{
	const char *slash = strrchr(r->context.worker, '/');
	size_t n = slash ? (size_t)(slash - r->context.worker) + 1 : 0;

	buf_add(out, r->context.worker, n);
	buf_add_str(out, "sluice-post");
	return buf_check(out, err);
}

/* An argument is seen by all users of a machine. */
static int check_url(const char *url, struct error *err)
{
	const char *host = strstr(url, "://");

	host = host ? host + strlen("://") : url;
	if (host[strcspn(host, "@/?#")] != '@')
		return 0;
	return error_set(err, ERROR_USAGE,
	    "sluice.forge.url holds a user or a password; the token belongs "
	    "into the file that sluice.forge.tokenFile names");
}

static int start(struct runner *r, struct error *err)
{
	CLEANUP(buf_clear) struct buf program = { 0 };
	const int fds[] = { -1, -1, 2 };
	const char *argv[14] = { NULL };
	char parent[16];
	struct spawn spawn = { .argv = argv, .fds = fds, .n_fds = 3 };
	size_t n = 0;
	int rc;

	if ((rc = check_url(r->forge_url, err)) ||
	    (rc = find_poster(r, &program, err)))
		return rc;
	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	argv[n++] = program.p;
	argv[n++] = "--parent";
	argv[n++] = parent;
	argv[n++] = "--outbox";
	argv[n++] = r->outbox;
	argv[n++] = "--type";
	argv[n++] = r->forge->name;
	argv[n++] = "--url";
	argv[n++] = r->forge_url;
	if (r->token_file != NULL) {
		argv[n++] = "--token-file";
		argv[n++] = r->token_file;
	}
	if (r->is_insecure)
		argv[n++] = "--insecure";
	if (r->is_once)
		argv[n++] = "--once";
	return spawn_start(&spawn, &r->poster, err);
}

/* Whether something waits to be told now. */
static int is_due(struct runner *r, bool *due, struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = NULL;
	int64_t next;
	int rc = outbox_open(r->outbox, &ob, err);

	*due = false;
	return rc ? rc : outbox_is_due(ob, clock_now(), due, &next, err);
}

/* The one started before may have ended; how it did is in its own words. */
static void take_in(struct runner *r, int64_t ms)
{
	struct spawn_end end;

	int rc;

	if (r->poster == 0 ||
	    (rc = spawn_wait(r->poster, ms, &end, NULL)) == ERROR_TIMEOUT)
		return;
	r->poster = 0;
	r->is_post_wrong = rc == 0 && end.exit == POST_USAGE;
}

static int post(struct runner *r, bool wait, struct error *err)
{
	bool due;
	int rc;

	take_in(r, wait ? TRY_MS : 0);
	if (r->is_post_wrong) /* it said why; new settings are a new runner */
		return 0;
	if ((rc = is_due(r, &due, err)) || !due || r->poster != 0)
		return rc;
	if ((rc = start(r, err))) {
		r->is_post_wrong = rc == ERROR_USAGE || rc == ERROR_NOT_FOUND;
		return rc;
	}
	take_in(r, wait ? TRY_MS : 0);
	return 0;
}

/* All threads have something to tell; the poster is one. */
static pthread_mutex_t posting = PTHREAD_MUTEX_INITIALIZER;

int runner_post(struct runner *r, bool wait, struct error *err)
{
	int rc;

	if (r->forge_url == NULL)
		return 0;
	pthread_mutex_lock(&posting);
	rc = post(r->first, wait, err);
	pthread_mutex_unlock(&posting);
	return rc;
}
