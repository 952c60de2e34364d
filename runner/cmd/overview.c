/* overview: see overview.h. */
#include "runner/cmd/overview.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "hooks/updates.h"
#include "reports/status.h"
#include "runner/cmd/history.h"
#include "runner/cmd/remote.h"
#include "runner/cmd/served.h"

/* A branch's newest run, or (id "") a tip without one. */
struct line {
	struct run_entry run;
	struct run_record record; /* no node where nothing ran: */
	char *headline; /* of the report, then; else NULL */
};

struct overview {
	const struct context *context;
	struct remote remote;
	struct refs *refs;
	struct line *lines;
	size_t n, cap;
	struct error *err;
};

static void overview_clear(struct overview *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		run_record_clear(&o->lines[i].record);
		mem_free(o->lines[i].headline);
	}
	mem_free(o->lines);
	refs_close(o->refs);
	remote_clear(&o->remote);
}

/* --- collecting --- */

static struct line *add_line(struct overview *o)
{
	struct line *more =
	    mem_grow(o->lines, o->n, &o->cap, sizeof(*o->lines));

	if (more == NULL) {
		error_memory(o->err);
		return NULL;
	}
	o->lines = more;
	more[o->n] = (struct line){ 0 };
	return &more[o->n++];
}

static int add_pending(struct overview *o, const struct branch_tip *tip)
{
	struct line *line = add_line(o);

	if (line == NULL)
		return ERROR_MEMORY;
	snprintf(line->run.branch, sizeof(line->run.branch), "%s", tip->branch);
	memcpy(line->run.commit, tip->commit, sizeof(line->run.commit));
	return 0;
}

/* The first line of the report, without its mark. */
static int read_headline(const struct overview *o, struct line *line)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, shown = { 0 };
	const char *p;
	int rc = refs_read(o->refs, line->run.id, "report.md", &text, o->err);

	if (rc)
		return rc;
	p = text.p ? text.p : "";
	p += strspn(p, "# ");
	text_add_visible(&shown, (struct bytes){ p, strcspn(p, "\n") });
	line->headline = buf_steal(&shown);
	return line->headline ? 0 : error_memory(o->err);
}

static int add_run(struct overview *o, const struct run_entry *run)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct line *line = add_line(o);
	int rc;

	if (line == NULL)
		return ERROR_MEMORY;
	line->run = *run;
	if ((rc = refs_read(o->refs, run->id, "run.json", &text, o->err)) ||
	    (rc = run_record_parse(buf_bytes(&text), &line->record, o->err)))
		return rc;
	return run->manifest[0] == '\0' ? read_headline(o, line) : 0;
}

static int add_branch(struct overview *o, const struct branch_tip *tip)
{
	struct error why = { 0 };
	struct run_entry run;
	int rc = refs_run_latest(o->refs, tip->branch, &run, &why);

	if (rc && rc != ERROR_NOT_FOUND)
		return error_set(o->err, rc, "%s", why.msg);
	if (rc == 0 && (rc = add_run(o, &run)))
		return rc;
	return rc == 0 && strcmp(run.commit, tip->commit) == 0
	    ? 0
	    : add_pending(o, tip);
}

/* The tips that a remote which is away would have: those that have a run. */
static int see_run(const struct run_entry *run, void *payload)
{
	struct overview *o = payload;

	if (o->n > 0 && strcmp(o->lines[o->n - 1].run.branch, run->branch) == 0)
		return 0;
	return add_run(o, run);
}

/* Production first. */
static int collect(struct overview *o)
{
	const struct branch_tips *tips = &o->remote.tips;
	char first[256];
	size_t pass, i;
	int rc = 0;

	if (o->remote.state == REMOTE_AWAY)
		return refs_runs_each(o->refs, NULL, see_run, o, o->err);
	if (o->remote.state == REMOTE_HIDDEN)
		return 0;
	served_branch(o->refs, o->context->production, first);
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < tips->n && rc == 0; i++) {
			const struct branch_tip *tip = &tips->items[i];
			bool is_first = strcmp(tip->branch, first) == 0;

			if (is_first == (pass == 0) &&
			    branch_is_fit(tip->branch))
				rc = add_branch(o, tip);
		}
	return rc;
}

/* --- printing --- */

static size_t count(const struct run_record *r, const char *status)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += strcmp(r->nodes[i].status, status) == 0;
	return n;
}

static void print_counts(const struct run_record *r)
{
	static const char *const words[] = { "computed", "reused", "failed",
		"blocked" };
	size_t i, shown = 0;

	printf("%zu node%s", r->n, r->n == 1 ? "" : "s");
	for (i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = count(r, words[i]);

		if (n > 0)
			printf("%s%zu %s", shown++ ? ", " : ": ", n, words[i]);
	}
}

static int print_line(const struct line *line, int width, int64_t now,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf branch = { 0 };
	bool is_pending = line->run.id[0] == '\0';
	char ago[32];

	text_add_visible(&branch, bytes_of(line->run.branch));
	if (branch.failed)
		return error_memory(err);
	printf("%-8s %-*s  %.12s  ", is_pending ? "pending" : line->run.outcome,
	    width, branch.p ? branch.p : "", line->run.commit);
	if (is_pending) {
		puts("the server has no result of it yet");
		return 0;
	}
	if (line->headline != NULL)
		fputs(line->headline, stdout);
	else
		print_counts(&line->record);
	duration_print(now > line->run.time ? now - line->run.time : 0, ago);
	printf("; ended %s ago\n", ago);
	return 0;
}

static int print_text(const struct overview *o)
{
	CLEANUP(buf_clear) struct buf why = { 0 };
	const int64_t now = clock_now();
	int width = 0, rc = 0;
	size_t i;

	if (o->remote.state == REMOTE_NONE) {
		printf("there is no remote %s whose server could be asked (git "
		       "config sluice.remote)\n",
		    o->remote.name);
		return 0;
	}
	printf("%s\n", o->remote.name);
	for (i = 0; i < o->n; i++) {
		int n = (int)strlen(o->lines[i].run.branch);

		width = n > width && n <= 40 ? n : width;
	}
	for (i = 0; i < o->n && rc == 0; i++)
		rc = print_line(&o->lines[i], width, now, o->err);
	if (rc || (rc = history_tell_rollback(o->refs, o->err)))
		return rc;
	if (o->remote.state != REMOTE_AWAY)
		remote_add_why(&o->remote, &why);
	if ((rc = buf_check(&why, o->err)))
		return rc;
	if (why.n > 2)
		puts(why.p + 2);
	else if (o->n == 0)
		puts("no run is known here");
	return 0;
}

static json_t *line_json(const struct line *line)
{
	const struct run_record *r = &line->record;
	size_t failed = count(r, "failed");

	if (line->run.id[0] == '\0')
		return json_pack("{s:s,s:s,s:s}", "branch", line->run.branch,
		    "commit", line->run.commit, "state", "pending");
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:s,"
	                 "s:s,s:s}",
	    "branch", line->run.branch, "commit", line->run.commit, "state",
	    "done", "outcome", line->run.outcome, "nodes", (json_int_t)r->n,
	    "settled", (json_int_t)r->n, "failed", (json_int_t)failed,
	    "computed", (json_int_t)count(r, "computed"), "reused",
	    (json_int_t)count(r, "reused"), "started", (json_int_t)r->started,
	    "ended", (json_int_t)r->ended, "user", r->user, "reason", r->reason,
	    "run", line->run.id, "message",
	    line->headline ? line->headline : "");
}

static int print_json(const struct overview *o)
{
	static const char *const shown[] = { [REMOTE_NONE] = "none",
		[REMOTE_AWAY] = "away",
		[REMOTE_PLAIN] = "none",
		[REMOTE_HIDDEN] = "hidden",
		[REMOTE_SERVED] = "shown" };
	json_auto_t *out = NULL;
	json_t *requests = json_array();
	size_t i;

	for (i = 0; i < o->n; i++)
		json_array_append_new(requests, line_json(&o->lines[i]));
	out = json_pack("{s:s,s:s,s:o,s:o}", "remote", o->remote.name, "runs",
	    shown[o->remote.state], "requests", requests, "rollback",
	    history_rollback(o->refs));
	return cmd_print_json(out);
}

int overview_print(const struct context *c, bool is_json)
{
	struct error err = { 0 };
	CLEANUP(overview_clear)
	struct overview o = { .context = c, .err = &err };

	if (remote_fetch(c, &o.remote, &err) ||
	    refs_open(c->git_dir, &o.refs, &err))
		return cmd_fail(&err);
	remote_tell(&o.remote);
	if (o.remote.state != REMOTE_NONE && collect(&o))
		return cmd_fail(&err);
	if (is_json)
		return print_json(&o);
	return print_text(&o) ? cmd_fail(&err) : EXIT_FINE;
}
