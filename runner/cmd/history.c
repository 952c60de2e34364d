/* history: see history.h. */
#include "runner/cmd/history.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/manifest.h"
#include "reports/status.h"

struct history {
	struct refs *refs;
	json_t *into;
	struct error *err;
};

/* Who brought the run, of an entry that was written before entries said it. */
static int read_record(struct refs *refs, struct production *p,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(run_record_clear) struct run_record record = { 0 };
	int rc;

	if (p->user[0] != '\0' || p->is_rollback)
		return 0;
	rc = refs_read(refs, p->run, "run.json", &text, NULL);
	if (rc == 0)
		rc = run_record_parse(buf_bytes(&text), &record, NULL);
	if (rc)
		return rc == ERROR_MEMORY ? error_memory(err) : 0;
	memcpy(p->user, record.user, sizeof(p->user));
	memcpy(p->reason, record.reason, sizeof(p->reason));
	return 0;
}

static void add_shown(struct buf *out, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_add_str(out, before);
	text_add_visible(out, bytes_of(text));
}

static json_t *make_json(const struct production *p,
    const struct run_entry *run)
{
	char time[CLOCK_TEXT];

	clock_print(p->time, time);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
	    "production", p->id, "kind", p->is_rollback ? "rollback" : "run",
	    "run", p->run, "branch", run->id[0] ? run->branch : "", "commit",
	    run->commit, "outcome", run->outcome, "time", time, "user", p->user,
	    "reason", p->reason, "held", p->held);
}

static int print_line(const struct production *p, const struct run_entry *run,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	char time[CLOCK_TEXT];

	clock_print(p->time, time);
	text_add_visible(&words, bytes_of(run->branch));
	add_shown(&words, "  by ", p->user);
	add_shown(&words, ": ", p->reason);
	if (words.failed)
		return error_memory(err);
	printf("%.12s  %s  %-8s %-12.12s  %s\n", p->run, time,
	    p->is_rollback ? "rollback" : "served", run->commit,
	    buf_bytes(&words).p);
	return 0;
}

/* Runs of a branch that is gone may be let go (INSTALL.md); what they served
 * stays. */
static int find_run(struct refs *refs, const struct production *p,
    struct run_entry *out, struct error *err)
{
	struct error why = { 0 };
	int rc = refs_run_get(refs, p->run, out, &why);

	if (rc == ERROR_NOT_FOUND)
		*out = (struct run_entry){ .branch = "(its run is gone)" };
	return rc == 0 || rc == ERROR_NOT_FOUND
	    ? 0
	    : error_set(err, rc, "%s", why.msg);
}

static int see(const struct production *p, void *payload)
{
	struct history *h = payload;
	struct production shown = *p;
	struct run_entry run;
	int rc = find_run(h->refs, p, &run, h->err);

	if (rc)
		return rc;
	if ((rc = read_record(h->refs, &shown, h->err)))
		return rc;
	if (h->into == NULL)
		return print_line(&shown, &run, h->err);
	if (json_array_append_new(h->into, make_json(&shown, &run)))
		return error_memory(h->err);
	return 0;
}

int history_print(struct refs *refs, json_t *into, struct error *err)
{
	struct history h = { .refs = refs, .into = into, .err = err };

	return production_each(refs, see, &h, err);
}

/* *is: what is served was rolled back to. */
static int find_rollback(struct refs *refs, struct production *out,
    struct run_entry *run, bool *is, struct error *err)
{
	int rc = production_now(refs, out, NULL);

	*is = false;
	if (rc == 0 && !out->is_rollback)
		return 0;
	if (rc == 0)
		rc = refs_run_get(refs, out->run, run, NULL);
	*is = rc == 0;
	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}

int history_tell_rollback(struct refs *refs, struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 }, branch = { 0 };
	struct production p;
	struct run_entry run;
	char ago[32];
	int64_t now = clock_now();
	bool is_rollback;
	int rc = find_rollback(refs, &p, &run, &is_rollback, err);

	if (rc || !is_rollback)
		return rc;
	duration_print(now > p.time ? now - p.time : 0, ago);
	add_shown(&words, " by ", p.user);
	add_shown(&words, ": ", p.reason);
	text_add_visible(&branch, bytes_of(run.branch));
	if ((rc = buf_check(&words, err)) || (rc = buf_check(&branch, err)))
		return rc;
	printf("rollback production serves run %.12s of %.12s since %s%s\n",
	    p.run, run.commit, ago, buf_bytes(&words).p);
	if (p.held[0] != '\0')
		printf("         runs of %.12s are not served, until %s has a "
		       "new commit\n",
		    p.held, buf_bytes(&branch).p);
	return 0;
}

json_t *history_rollback(struct refs *refs)
{
	struct production p;
	struct run_entry run;
	bool is_rollback;

	if (find_rollback(refs, &p, &run, &is_rollback, NULL))
		return NULL;
	return is_rollback ? make_json(&p, &run) : json_null();
}
