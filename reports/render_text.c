/* render_text: a report for a terminal (report.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/egress.h"
#include "reports/render.h"
#include "reports/status.h"
#include "reports/values.h"

enum {
	REMARKS = 5, /* at the top */
	PAD = 28,
	COLUMNS = 12, /* of one table whose values are told */
};

/* Names are of the user's repository: shown, never obeyed. */
static void plain_name(struct buf *out, const char *name)
{
	text_add_visible(out, bytes_of(name));
}

static void pad(struct buf *out, size_t from, size_t width)
{
	do
		buf_add_char(out, ' ');
	while (out->n - from < width && !out->failed);
}

static void add_remarks(const struct report *r, bool is_inside, struct buf *out)
{
	size_t i;

	if (r->n_remarks == 0)
		return;
	buf_add_str(out, "\nlook at\n");
	for (i = 0; i < r->n_remarks && i < REMARKS; i++) {
		buf_add_str(out, "  ");
		remark_print(&r->remarks[i], is_inside, plain_name, out);
		buf_add_char(out, '\n');
	}
	if (r->n_remarks > REMARKS)
		buf_printf(out, "  and %zu more\n", r->n_remarks - REMARKS);
}

/* text line by line, each behind a prefix, safe to show. */
static void add_lines(struct buf *out, const char *prefix, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		buf_add_str(out, prefix);
		text_add_visible(out, (struct bytes){ text, n });
		buf_add_char(out, '\n');
		text += n + (text[n] == '\n');
	}
}

static void add_log(const struct report_failure *f, struct buf *out)
{
	const char *p = f->log;

	if (f->log_left > 0)
		buf_printf(out, "    log, the last %zu of %zu lines:\n",
		    f->log_lines, f->log_lines + f->log_left);
	else
		buf_add_str(out, "    log:\n");
	while (*p != '\0') {
		size_t n = strcspn(p, "\n") + 1;

		buf_add_str(out, "    | ");
		buf_add(out, p, n);
		p += n;
	}
}

static void add_failure(const struct report_failure *f, bool is_inside,
    struct buf *out)
{
	size_t from = out->n + 2;

	buf_add_str(out, "  ");
	plain_name(out, f->node->path);
	if (is_inside && f->node->file != NULL) {
		CLEANUP(buf_clear) struct buf place = { 0 };

		pad(out, from, PAD);
		place_print(f->node, &place);
		if (place.p != NULL)
			plain_name(out, place.p);
	}
	buf_add_str(out, "\n    ");
	failure_print(f->node, is_inside, out);
	if (f->n_blocked > 0)
		buf_printf(out, "; %zu node%s for it", f->n_blocked,
		    f->n_blocked == 1 ? " waits" : "s wait");
	buf_add_str(out, ".\n");
	if (is_inside && f->message != NULL)
		add_lines(out, "    ", f->message);
	if (is_inside && f->log != NULL)
		add_log(f, out);
}

static void add_test(const struct report_test *t, bool is_inside,
    struct buf *out)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	size_t from = out->n + 2;

	buf_add_str(out, "  ");
	plain_name(out, t->node->path);
	pad(out, from, PAD);
	test_print(t->test, is_inside, &name);
	out->failed |= name.failed;
	plain_name(out, name.p ? name.p : "");
	buf_add_str(out, verdict_blocks(t->test) ? "  " : "  warning: ");
	report_test_print(t, is_inside, out);
	if (is_inside) {
		buf_add_str(out, "  ");
		plain_name(out, t->test->at);
	}
	buf_add_char(out, '\n');
	if (is_inside && t->message != NULL)
		add_lines(out, "    ", t->message);
}

static void add_counts(const struct report_table *t, const struct shown *s,
    struct buf *out)
{
	if (!t->is_compared) {
		if (t->why[0] != '\0')
			buf_printf(out, "  (%s)", t->why);
		return;
	}
	buf_printf(out, "  +%s \xe2\x88\x92%s", s->added, s->removed);
	if (s->changed[0] != '\0')
		buf_printf(out, " ~%s", s->changed);
	if (s->beyond[0] != '\0') {
		buf_add_str(out, " (");
		beyond_print(t, s, out);
		buf_add_char(out, ')');
	}
}

static void add_nulls(const struct report_table *t, bool is_inside,
    struct buf *out)
{
	CLEANUP(buf_clear) struct buf nulls = { 0 };

	table_nulls_print(&t->diff, is_inside, plain_name, &nulls);
	if (nulls.n > 0)
		buf_printf(out, "  %s", nulls.p);
	out->failed |= nulls.failed;
}

/* has_lines: its keys and columns have a line each; else they are in its own,
 * as far as they may not be left out. */
static void add_table(const struct report_table *t, bool is_inside,
    bool has_lines, struct buf *out)
{
	CLEANUP(buf_clear) struct buf columns = { 0 };
	size_t from = out->n + 2;
	struct shown shown;

	shown_make(t, is_inside, &shown);
	buf_add_str(out, "  ");
	plain_name(out, t->node->path);
	pad(out, from, PAD);
	rows_print(t, &shown, out);
	add_counts(t, &shown, out);
	columns_print(t, is_inside, plain_name, &columns);
	if (columns.n > 0)
		buf_printf(out, "  %s", columns.p);
	if (t->node->n_doubts > 0)
		buf_add_str(out, "  ");
	doubts_print(t->node, plain_name, out);
	out->failed |= columns.failed;
	if (t->is_compared && !has_lines)
		add_nulls(t, is_inside, out);
	buf_add_char(out, '\n');
	if (t->is_compared && has_lines)
		table_values_print(t, "      ", COLUMNS, plain_name, out);
}

/* The first one says how to read them. */
static void add_heading(const char *what, size_t i, struct buf *out)
{
	size_t from;

	buf_add_char(out, '\n');
	from = out->n;
	buf_add_str(out, what);
	if (i == 0) {
		pad(out, from, PAD + 2);
		buf_add_str(out,
		    "rows before \xe2\x86\x92 after  +added \xe2\x88\x92removed "
		    "~changed  columns");
	}
	buf_add_char(out, '\n');
}

static void add_tables(const struct report *r, bool is_inside, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->n_tables; i++) {
		if (i == 0 && r->n_delivered > 0)
			add_heading("delivered tables", i, out);
		if (i == r->n_delivered)
			add_heading("steps on the way", i, out);
		add_table(&r->tables[i], is_inside, is_inside && !r->is_quiet,
		    out);
	}
}

/* What of the difference to the base's own run is none of the code's. */
static void add_fresh(const struct report *r, bool is_inside, struct buf *out)
{
	size_t i, from;

	if (r->n_fresh > 0)
		buf_printf(out, "\nfresh data alone (%s \xe2\x86\x92 %s)\n",
		    r->own->snapshot_date, r->after->snapshot_date);
	for (i = 0; i < r->n_fresh; i++) {
		const struct report_table *t = &r->fresh[i];
		struct shown shown;

		shown_make(t, is_inside, &shown);
		from = out->n + 2;
		buf_add_str(out, "  ");
		plain_name(out, t->node->path);
		pad(out, from, PAD);
		rows_print(t, &shown, out);
		add_counts(t, &shown, out);
		buf_add_char(out, '\n');
	}
}

static void add_mounts(const struct report *r, struct buf *out)
{
	size_t i, from;

	if (r->n_mounts == 0)
		return;
	buf_add_str(out, "\nshared library\n  ");
	mounts_print(r, out);
	buf_add_char(out, '\n');
	for (i = 0; i < r->n_mounts; i++) {
		from = out->n + 2;
		buf_add_str(out, "  ");
		plain_name(out, r->mounts[i].name);
		pad(out, from, PAD);
		mount_print(&r->mounts[i], out);
		buf_add_char(out, '\n');
	}
}

static void add_runs(const struct report *r, bool is_inside, struct buf *out)
{
	bool any = false;
	size_t i;

	for (i = 0; r->record != NULL && i < r->record->n; i++) {
		const struct run_node *n = &r->record->nodes[i];
		char took[32];
		size_t from;

		if (strcmp(n->status, "reused") == 0 ||
		    strcmp(n->status, "blocked") == 0)
			continue;
		if (!any)
			buf_add_str(out, "\nwhy nodes ran\n");
		any = true;
		from = out->n + 2;
		buf_add_str(out, "  ");
		plain_name(out, n->path);
		pad(out, from, PAD);
		duration_print(n->ms, took);
		buf_add_str(out, took);
		if (is_inside && n->cause != NULL) {
			buf_add_str(out, "  ");
			cause_print(n->cause, plain_name, out);
		}
		buf_add_char(out, '\n');
	}
}

static void add_id(struct buf *out, const char *what, const struct digest *d)
{
	char hex[DIGEST_HEX + 1];

	if (digest_is_null(d))
		return;
	digest_print(d, hex);
	buf_printf(out, "%s %s\n", what, hex);
}

static void add_provenance(const struct report *r, bool is_inside,
    struct buf *out)
{
	const struct run_record *run = r->record;

	buf_add_char(out, '\n');
	if (run != NULL && run->commit[0] != '\0') {
		buf_printf(out, "commit   %s", run->commit);
		if (run->branch[0] != '\0') {
			buf_add_str(out, " on ");
			plain_name(out, run->branch);
		}
		buf_add_char(out, '\n');
	}
	if (run != NULL && run->base[0] != '\0')
		buf_printf(out, "base     %s\n", run->base);
	buf_printf(out, "sources  %s\n", r->after->snapshot_date);
	if (!is_inside) {
		if (r->n_tables > 0)
			buf_add_str(out, "\n" SUPPRESSED_WORDS "\n");
		return;
	}
	add_id(out, "manifest", &r->after->id);
	if (r->before != NULL)
		add_id(out, "before  ", &r->before->id);
	if (run != NULL && run->sandbox[0] != '\0') {
		buf_add_str(out, "sandbox  ");
		plain_name(out, run->sandbox);
		buf_add_char(out, '\n');
	}
	if (run != NULL && run->reason[0] != '\0') {
		buf_add_str(out, "reason   ");
		plain_name(out, run->reason);
		buf_add_char(out, '\n');
	}
}

int render_text(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	size_t i, from;

	verdict_print(r, out);
	outcome_print(r, out);
	buf_add_char(out, '\n');
	counts_print(r, out);
	buf_add_char(out, '\n');
	from = out->n;
	fairness_print(r, out);
	if (out->n > from)
		buf_add_char(out, '\n');
	add_remarks(r, is_inside, out);
	if (r->n_failures > 0)
		buf_add_str(out, "\nfailed\n");
	for (i = 0; i < r->n_failures; i++)
		add_failure(&r->failures[i], is_inside, out);
	if (r->tests.n_failed > 0)
		buf_add_str(out, "\ntests that do not hold\n");
	for (i = 0; i < r->tests.n_failed; i++)
		add_test(&r->tests.failed[i], is_inside, out);
	add_tables(r, is_inside, out);
	add_fresh(r, is_inside, out);
	add_mounts(r, out);
	add_runs(r, is_inside, out);
	add_provenance(r, is_inside, out);
	return buf_check(out, err);
}

int report_text(const struct report *r, bool is_inside, struct buf *out,
    struct error *err)
{
	return is_inside ? render_text(r, true, out, err)
	                 : egress_render(r, render_text, out, err);
}
