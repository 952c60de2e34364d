/* comment: see comment.h. Dangers: comment_dangers.c; what is collapsed:
 * comment_details.c. */
#include "reports/comment.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/comment_impl.h"
#include "reports/egress.h"
#include "reports/markdown.h"
#include "reports/outbound_impl.h"
#include "reports/render.h"
#include "reports/values.h"

enum {
	MOUNTS = 6, /* named */
	LINES = COMMENT_LINES - 2, /* for comment_outdate() */
};

/* How much is told; what is left to the visible part is its lines. */
static const struct comment_budget budgets[] = {
	{ 100, 200, 10, COMMENT_DANGERS },
	{ 0, 200, 10, COMMENT_DANGERS },
	{ 0, 0, 10, COMMENT_DANGERS },
	{ 0, 0, 4, COMMENT_DANGERS },
	{ 0, 0, 0, 2 },
	{ 0, 0, 0, 0 },
};

void comment_marker(const char *handle, struct buf *out)
{
	buf_printf(out, "<!-- sluice:report %.*s -->", COMMENT_HANDLE, handle);
}

int comment_handle(const char *root, char out[COMMENT_HANDLE + 1],
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char hex[DIGEST_HEX + 1];
	struct digest d;
	int rc;

	buf_printf(&text, "sluice-comment/1\n%s\n", root);
	if ((rc = buf_check(&text, err)) ||
	    (rc = digest_of(buf_bytes(&text), &d, err)))
		return rc;
	digest_print(&d, hex);
	memcpy(out, hex, COMMENT_HANDLE);
	out[COMMENT_HANDLE] = '\0';
	return 0;
}

bool comment_is_wanted(const struct report *r)
{
	return r->n_tables > 0 || r->n_remarks > 0 ||
	    r->verdict == REPORT_FAILURE || r->tests.n_failed > r->tests.n_old;
}

/* -- delivered tables -- */

static void add_fresh(struct comment_page *p, const struct report_table *t)
{
	const struct report_fresh *f = &t->fresh;
	char added[SHOWN], removed[SHOWN], changed[SHOWN];

	if (!f->is_known)
		return;
	suppress_print(f->added, added);
	suppress_print(f->removed, removed);
	suppress_print(f->changed, changed);
	buf_printf(p->out, "+%s \xe2\x88\x92%s", added, removed);
	if (f->changed > 0)
		buf_printf(p->out, ", %s changed", changed);
}

static bool has_fresh(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->n_delivered; i++)
		if (r->tables[i].fresh.is_known)
			return true;
	return false;
}

static void add_table(struct comment_page *p, const struct report_table *t)
{
	struct buf *out = p->out;
	struct shown s;

	shown_make(t, false, &s);
	buf_add_str(out, "| ");
	markdown_name(out, t->node->path);
	buf_add_str(out, " | ");
	rows_print(t, &s, out);
	buf_printf(out, " | %s | %s | %s | ", s.added, s.removed, s.changed);
	columns_print(t, false, markdown_name, out);
	if (t->why[0] != '\0')
		buf_printf(out, " (%s)", t->why);
	table_words_print(t, false, &s, markdown_name, out);
	if (t->node->n_doubts > 0)
		buf_add_char(out, ' ');
	doubts_print(t->node, markdown_name, out);
	if (has_fresh(p->r)) {
		buf_add_str(out, " | ");
		add_fresh(p, t);
	}
	buf_add_str(out, " |\n");
}

static void add_tables(struct comment_page *p, size_t most)
{
	const struct report *r = p->r;
	const bool fresh = has_fresh(r);
	size_t i, n = r->n_delivered < most ? r->n_delivered : most;

	if (n > 0)
		buf_printf(p->out,
		    "\n| delivered table | rows | added | removed | changed | "
		    "columns |%s\n|---|--:|--:|--:|--:|---|%s\n",
		    fresh ? " fresh data |" : "", fresh ? "--:|" : "");
	for (i = 0; i < n; i++)
		add_table(p, &r->tables[i]);
	if (r->n_delivered > n)
		buf_printf(p->out,
		    n > 0 ? "| %zu more in the report |\n"
		          : "\n%zu delivered tables are in the report\n",
		    r->n_delivered - n);
}

/* -- who else, and whether it is fair -- */

static size_t count_mounts(const struct report *r, enum mount_effect effect)
{
	size_t i, n = 0;

	for (i = 0; i < r->n_mounts; i++)
		n += r->mounts[i].effect == effect;
	return n;
}

static void name_mounts(struct comment_page *p, enum mount_effect effect)
{
	const struct report *r = p->r;
	const size_t all = count_mounts(r, effect);
	size_t i, n = 0;

	for (i = 0; i < r->n_mounts && n < MOUNTS; i++) {
		if (r->mounts[i].effect != effect)
			continue;
		buf_add_str(p->out, n++ == 0 ? " (" : ", ");
		markdown_name(p->out, r->mounts[i].name);
	}
	if (all > n)
		buf_printf(p->out, ", %zu more", all - n);
	if (n > 0)
		buf_add_char(p->out, ')');
}

static void add_mounts(struct comment_page *p)
{
	const struct report *r = p->r;
	const size_t failed = count_mounts(r, MOUNT_FAILED);

	if (r->n_mounts == 0)
		return;
	buf_printf(p->out,
	    "Clinics that mount what changed: %zu. Data changes in %zu",
	    r->n_mounts, count_mounts(r, MOUNT_CHANGED));
	name_mounts(p, MOUNT_CHANGED);
	if (failed > 0) {
		buf_printf(p->out, ", fails in %zu", failed);
		name_mounts(p, MOUNT_FAILED);
	}
	buf_printf(p->out,
	    ", comes out the same in %zu, is overridden in %zu.\n",
	    count_mounts(r, MOUNT_SAME), count_mounts(r, MOUNT_OVERRIDES));
}

static void add_commits(struct comment_page *p)
{
	const struct run_record *run = p->r->record;

	if (run != NULL && run->base[0] != '\0')
		buf_printf(p->out, "; base `%.12s`", run->base);
	if (run != NULL && run->commit[0] != '\0')
		buf_printf(p->out, "; head `%.12s`", run->commit);
}

static void add_fairness(struct comment_page *p)
{
	const struct report *r = p->r;

	if (r->before == NULL) {
		buf_printf(p->out, "Nothing to compare with; inputs of %s",
		    r->after->snapshot_date);
	} else if (r->is_fair) {
		buf_printf(p->out, "Fair: same inputs of %s on both sides",
		    r->after->snapshot_date);
	} else {
		buf_add_str(p->out, "Not the same on both sides: ");
		fairness_print(r, p->out);
	}
	add_commits(p);
	buf_add_char(p->out, '.');
	if (r->n_fresh > 0)
		buf_printf(p->out,
		    " Fresh data alone changes %zu delivered table%s.",
		    r->n_fresh, r->n_fresh == 1 ? "" : "s");
	if (r->n_tables > 0 || r->tests.n_failed > 0)
		buf_add_str(p->out, " " SUPPRESSED_WORDS);
	buf_add_char(p->out, '\n');
}

/* In parentheses of markdown an address has none of its own. */
static void add_address(struct buf *out, const char *url)
{
	for (; *url != '\0'; url++)
		if (strchr("()<>|*_`[]\\", *url) != NULL)
			buf_printf(out, "%%%02X", (unsigned)*url);
		else
			buf_add_char(out, *url);
}

void comment_add_link(struct buf *out, const char *url, const char *commit)
{
	if (url == NULL && commit[0] == '\0')
		return;
	if (url != NULL) {
		buf_add_str(out, "[Report](");
		add_address(out, url);
		buf_add_char(out, ')');
	} else {
		buf_printf(out, "Report: `sluice report %.12s`", commit);
	}
	buf_add_char(out, '\n');
}

/* -- the whole -- */

/* Lines that are seen: all but the marker and what is collapsed. */
static size_t count_lines(struct bytes text)
{
	static const char open[] = "<details>", close[] = "</details>";
	const char *p = text.p, *end = text.p + text.n;
	bool is_inside = false;
	size_t n = 0;

	for (; p < end;
	     p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1) {
		bool opens = strncmp(p, open, sizeof(open) - 1) == 0;
		bool closes = strncmp(p, close, sizeof(close) - 1) == 0;

		n += !is_inside && strncmp(p, "<!--", 4) != 0;
		is_inside = (is_inside || opens) && !closes;
	}
	return n;
}

static void add_all(struct comment_page *p, size_t tables)
{
	const struct run_record *run = p->r->record;

	comment_marker(p->facts->handle, p->out);
	buf_add_str(p->out, "\n### sluice: ");
	verdict_print(p->r, p->out);
	outcome_print(p->r, p->out);
	buf_add_char(p->out, '\n');
	comment_add_dangers(p);
	add_tables(p, tables);
	buf_add_char(p->out, '\n');
	add_mounts(p);
	add_fairness(p);
	comment_add_link(p->out, p->facts->url, run ? run->commit : "");
	comment_add_details(p);
}

/* As many tables as lines are left for. */
static void add_fitting(struct comment_page *p)
{
	size_t tables = p->budget->tables;

	do {
		buf_reset(p->out);
		add_all(p, tables);
	} while (!p->out->failed && count_lines(buf_bytes(p->out)) > LINES &&
	    tables-- > 0);
}

static int say_all(const struct report *r, void *payload, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf body = { 0 };
	struct comment_page p = { .r = r, .facts = payload, .out = &body };
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(budgets); i++) {
		p.budget = &budgets[i];
		add_fitting(&p);
		if (body.n <= COMMENT_MAX)
			break;
	}
	if ((rc = buf_check(&body, err)))
		return rc;
	buf_add(out, body.p, body.n);
	return buf_check(out, err);
}

int comment_print(const struct report *r, const struct comment_facts *facts,
    struct outbound *out, struct error *err)
{
	CLEANUP(egress_clear) struct egress e = { 0 };
	struct comment_facts how = *facts;
	int rc = egress_make(r, &e, err);

	return rc ? rc : egress_say(&e, say_all, &how, out, err);
}

/* -- without a report -- */

#define OUTDATED "> **Out of date:** "

int comment_words(const struct headline *h, const char *commit,
    const struct comment_facts *facts, struct outbound *out, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *line = outbound_open();
	int rc = outbound_check(out, err);

	headline_say(h, line); /* may have a file's name */
	if (rc || (rc = outbound_check(line, err)))
		return rc;
	comment_marker(facts->handle, &out->text);
	outbound_words(out,
	    "\n### sluice: Not yet: nothing was run; merged as it is, "
	    "production would keep its tables.\n\n> ");
	markdown_name(&out->text, outbound_bytes(line).p);
	outbound_words(out, "\n\nHead `");
	outbound_commit(out, commit);
	outbound_words(out, "`.\n\n");
	comment_add_link(&out->text, facts->url, commit);
	return outbound_check(out, err);
}

/* Behind the marker's line, and behind such a line of an earlier commit. */
static struct bytes skip_notice(struct bytes old)
{
	const char *line = memchr(old.p, '\n', old.n);
	struct bytes rest = { line, 0 };

	if (line == NULL)
		return (struct bytes){ "", 0 };
	rest.p++;
	rest.n = old.n - (size_t)(rest.p - old.p);
	if (rest.n < sizeof(OUTDATED) ||
	    strncmp(rest.p, OUTDATED, sizeof(OUTDATED) - 1) != 0 ||
	    (line = memchr(rest.p, '\n', rest.n)) == NULL)
		return rest;
	rest.n -= (size_t)(line + 1 - rest.p);
	rest.p = line + 1;
	if (rest.n > 0 && rest.p[0] == '\n') {
		rest.p++;
		rest.n--;
	}
	return rest;
}

int comment_outdate(const struct outbound *old, const char *commit,
    bool is_running, struct outbound *out, struct error *err)
{
	const struct bytes text = outbound_bytes(old);
	const char *end = memchr(text.p, '\n', text.n);
	struct bytes rest = skip_notice(text);
	int rc = outbound_check(old, err);

	if (rc || (rc = outbound_check(out, err)))
		return rc;
	buf_add(&out->text, text.p, end ? (size_t)(end - text.p) : text.n);
	outbound_words(out, "\n" OUTDATED "commit `");
	outbound_commit(out, commit);
	outbound_words(out, "` ");
	outbound_either(out, is_running, "is running", "has no result");
	outbound_words(out, ". What follows is from before.\n\n");
	buf_add(&out->text, rest.p, rest.n);
	return outbound_check(out, err);
}
