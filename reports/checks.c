/* checks: see checks.h. */
#include "reports/checks.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/render.h"
#include "reports/report_pair.h"

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* A status is plain text for forges; status_describe() cleans it. */
static void plain_name(struct buf *out, const char *name)
{
	text_add_visible(out, bytes_of(name));
}

/* -- sluice/run -- */

/* The first that failed is the worst: reports order them so. */
static void run_failed(const struct report *r, struct buf *out)
{
	const struct manifest_node *n =
	    r->n_failures ? r->failures[0].node : NULL;

	if (n != NULL)
		buf_printf(out, "%s failed (%s)", n->path,
		    failure_name(n->failure));
	if (r->n_failed > 1)
		buf_printf(out, "; %zu nodes failed in all", r->n_failed);
	if (r->n_blocked > 0)
		buf_printf(out, "%s%zu blocked", n ? "; " : "", r->n_blocked);
}

static void run_well(const struct report *r, struct buf *out)
{
	char took[32];

	buf_printf(out, "%zu node%s", r->n_nodes, plural(r->n_nodes));
	if (r->record == NULL)
		return;
	duration_print(r->record->ended - r->record->started, took);
	buf_printf(out, ": %zu run, %zu reused, %s", r->n_computed, r->n_reused,
	    took);
}

static enum status_state check_run(const struct report *r, struct buf *out)
{
	if (r->n_failed > 0 || r->n_blocked > 0) {
		run_failed(r, out);
		return STATUS_FAILURE;
	}
	if (r->n_waiting > 0) {
		buf_printf(out, "%zu of %zu nodes", r->n_nodes - r->n_waiting,
		    r->n_nodes);
		return STATUS_PENDING;
	}
	run_well(r, out);
	return STATUS_SUCCESS;
}

/* -- sluice/tests -- */

static enum status_state check_tests(const struct report *r, struct buf *out)
{
	const struct report_tests *t = &r->tests;
	const size_t warn = t->n_failed - t->n_blocking,
	             n = t->n_blocking - t->n_waiting;

	if (t->n == 0) {
		buf_add_str(out, "not applicable: no node has tests");
		return STATUS_SUCCESS;
	}
	if (t->n_blocking == 0) {
		buf_printf(out, "%zu pass", t->n - warn);
		if (warn > 0)
			buf_printf(out, ", %zu warn", warn);
		return STATUS_SUCCESS;
	}
	if (n > 0) {
		buf_printf(out, "%zu blocking%s", n,
		    n > 1 ? ", first: " : ": ");
		test_why_print(t->failed[0].test, plain_name, out);
		buf_add_str(out, " in ");
		plain_name(out, t->failed[0].node->path);
	}
	if (t->n_waiting > 0)
		buf_printf(out, "%s%zu wait%s for a table that is not there",
		    n > 0 ? "; " : "", t->n_waiting,
		    t->n_waiting == 1 ? "s" : "");
	if (warn > 0)
		buf_printf(out, "; %zu warn", warn);
	return STATUS_FAILURE;
}

/* -- sluice/data -- */

/* The most dangerous one, and how many more there are. */
static bool data_guard(const struct report *r, struct buf *out)
{
	size_t i, n = 0;

	for (i = 0; i < r->n_remarks; i++) {
		if (!remark_is_guard(&r->remarks[i]))
			continue;
		if (n++ == 0)
			remark_print(&r->remarks[i], false, plain_name, out);
	}
	if (n > 1)
		buf_printf(out, "; %zu more", n - 1);
	return n > 0;
}

/* Delivered nodes that gave no table. */
static size_t count_missing(const struct report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->after->n; i++)
		n += r->after->nodes[i].delivered &&
		    r->after->nodes[i].state != NODE_OK;
	return n;
}

static size_t count_change(const struct report *r, enum table_change change)
{
	size_t i, n = 0;

	for (i = 0; i < r->n_delivered; i++)
		n += r->tables[i].change == change;
	return n;
}

static void print_total(const struct report_table *tables, size_t n,
    struct buf *out)
{
	struct shown s;

	shown_total(tables, n, false, &s);
	if (s.added[0] == '\0')
		return;
	buf_printf(out, ": +%s \xe2\x88\x92%s", s.added, s.removed);
	if (s.changed[0] != '\0')
		buf_printf(out, " ~%s", s.changed);
}

/* What makes the tables of the report differ. */
static const char *cause_of(const struct report *r)
{
	return r->is_fair ? "by code"
	    : r->is_fresh ? "by fresh data"
	                  : "by code and fresh data";
}

/* Of the verdict: those that differ within their tolerances alone are none. */
static size_t count_within(const struct report *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->n_delivered; i++)
		n += report_is_within(&r->tables[i]);
	return n;
}

static void data_tables(const struct report *r, struct buf *out)
{
	const size_t within = count_within(r), n = r->n_delivered - within,
	             new = count_change(r, TABLE_NEW);

	if (n == 0) {
		buf_add_str(out, "no data change");
		if (r->n_fresh > 0)
			buf_add_str(out, " by code");
	} else if (n == new) {
		buf_printf(out, "%zu delivered table%s %s new", n, plural(n),
		    n == 1 ? "is" : "are");
	} else {
		buf_printf(out, "%zu delivered table%s change%s %s", n,
		    plural(n), n == 1 ? "s" : "", cause_of(r));
		print_total(r->tables, r->n_delivered, out);
		if (new > 0)
			buf_printf(out, ", %zu of them new", new);
	}
	if (within > 0)
		buf_printf(out, ", %zu within the tolerance alone", within);
}

static enum status_state check_data(const struct report *r, struct buf *out)
{
	const size_t missing = count_missing(r);

	if (data_guard(r, out))
		return STATUS_FAILURE;
	if (r->before == NULL)
		buf_add_str(out, "not applicable: nothing to compare with");
	else
		data_tables(r, out);
	if (r->n_fresh > 0)
		buf_printf(out, "; fresh data changes %zu", r->n_fresh);
	if (missing > 0)
		buf_printf(out, "; %zu delivered table%s not made", missing,
		    missing == 1 ? " was" : "s were");
	return STATUS_SUCCESS;
}

/* -- all of them -- */

typedef enum status_state check_fn(const struct report *r, struct buf *out);

static const struct {
	const char *context;
	check_fn *make;
} checks[] = {
	[CHECK_DATA] = { STATUS_DATA, check_data },
	[CHECK_TESTS] = { STATUS_TESTS, check_tests },
	[CHECK_RUN] = { STATUS_CONTEXT, check_run },
};

/* One of them, while it is made. */
struct making {
	check_fn *make;
	struct status *status;
};

static int say_check(const struct report *r, void *payload, struct buf *out,
    struct error *err)
{
	const struct making *m = payload;

	m->status->state = m->make(r, out);
	return buf_check(out, err);
}

static int make_one(const struct egress *e, enum check check,
    struct status *out, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *words = outbound_open();
	struct making m = { checks[check].make, out };
	int rc = egress_say(e, say_check, &m, words, err);

	snprintf(out->context, sizeof(out->context), "%s",
	    checks[check].context);
	return rc ? rc : status_describe(out, words, err);
}

int checks_make(const struct egress *e, struct checks *out, struct error *err)
{
	const struct run_record *run = e->report.record;
	size_t i;
	int rc = 0;

	*out = (struct checks){ 0 };
	for (i = 0; i < CHECKS && rc == 0; i++) {
		struct status *s = &out->items[i];

		if (run != NULL) {
			memcpy(s->commit, run->commit, sizeof(s->commit));
			memcpy(s->ref, run->branch, sizeof(s->ref));
		}
		rc = make_one(e, (enum check)i, s, err);
	}
	return rc;
}
