/* runner_report: report and note of a run (runner.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/report.h"
#include "runner/cmd/describe.h"
#include "runner/cmd/dot.h"
#include "runner/cmd/runner_result.h"

enum {
	NOTE_MAX = 4096,
	NOTE_LINES = 12
};

void published_clear(struct published *p)
{
	run_record_clear(&p->record);
	manifest_clear(&p->manifest);
	manifest_clear(&p->base);
	buf_clear(&p->report);
}

/* The base's tables are compared where they are still there. */
static int read_base(struct runner *r, struct published *out, struct error *err)
{
	struct error none = { 0 };
	int rc;

	if (digest_is_null(&out->record.base_manifest))
		return 0;
	rc = manifest_load(r->store, &out->record.base_manifest, &out->base,
	    &none);
	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT) {
		manifest_clear(&out->base);
		return 0;
	}
	return rc ? error_set(err, none.code, "%s", none.msg) : 0;
}

int runner_read_run(struct runner *r, const struct run_entry *entry,
    struct published *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf record = { 0 }, manifest = { 0 };
	int rc = refs_read(r->refs, entry->id, "run.json", &record, err);

	out->entry = *entry;
	if (rc ||
	    (rc = run_record_parse(buf_bytes(&record), &out->record, err)) ||
	    (rc = refs_read(r->refs, entry->id, "report.md", &out->report,
	         err)))
		return rc;
	memcpy(out->record.run, entry->id, sizeof(out->record.run));
	if (entry->manifest[0] == '\0')
		return 0;
	out->has_manifest = true;
	if ((rc = refs_read(r->refs, entry->id, "manifest.json", &manifest,
	         err)) ||
	    (rc = manifest_parse(buf_bytes(&manifest), &out->manifest, err)) ||
	    (rc = digest_parse(entry->manifest, &out->manifest.id, err)))
		return rc;
	return read_base(r, out, err);
}

int runner_headline(const struct buf *report, struct buf *out,
    struct error *err)
{
	const char *p = report->p ? report->p : "";

	p += strspn(p, "# ");
	buf_add(out, p, strcspn(p, "\n"));
	return buf_check(out, err);
}

int runner_report_errors(const struct pipeline *p, struct buf *out,
    struct error *err)
{
	const struct diagnostic *first = NULL;
	size_t i;

	for (i = 0; i < p->n_diagnostics && first == NULL; i++)
		if (!p->diagnostics[i].is_warning)
			first = &p->diagnostics[i];
	buf_printf(out, "# The pipeline has %zu error%s", p->n_errors,
	    p->n_errors == 1 ? "" : "s");
	if (first != NULL && first->at.path != NULL)
		buf_printf(out, ", the first at %s:%d:%d", first->at.path,
		    first->at.line, first->at.col);
	buf_add_str(out, "\n\nNothing was run.\n\n");
	for (i = 0; i < p->n_diagnostics; i++) {
		CLEANUP(buf_clear) struct buf one = { 0 };

		diagnostic_print(&p->diagnostics[i], &one);
		if (one.n > 0 && !one.failed)
			buf_printf(out, "    %s%s", one.p,
			    one.p[one.n - 1] == '\n' ? "" : "\n");
	}
	return buf_check(out, err);
}

int runner_report_trouble(const char *message, struct buf *out,
    struct error *err)
{
	buf_printf(out,
	    "# The run could not be done on the server\n\n    %s\n\n"
	    "When that is mended: `sluice retry`.\n",
	    message);
	return buf_check(out, err);
}

/* Logs, and messages that may quote a value, stay in the store: a ref can be
 * fetched. `sluice report` on the server shows them. */
static int make(struct runner *r, const struct published *run,
    struct report *out, struct error *err)
{
	size_t i;
	int rc = report_make(r->store, run->base.n ? &run->base : NULL,
	    &run->manifest, &run->record, out, err);

	out->is_production =
	    strcmp(run->record.branch, r->context.production) == 0;
	report_tests_quiet(&out->tests);
	for (i = 0; rc == 0 && i < out->n_failures; i++) {
		mem_free(out->failures[i].message);
		mem_free(out->failures[i].log);
		out->failures[i].message = NULL;
		out->failures[i].log = NULL;
		out->failures[i].log_lines = out->failures[i].log_left = 0;
	}
	return rc;
}

int runner_report(struct runner *r, const struct published *run,
    struct buf *out, struct error *err)
{
	CLEANUP(report_clear) struct report report = { 0 };
	int rc = make(r, run, &report, err);

	return rc ? rc : report_markdown(&report, true, out, err);
}

int runner_page(struct runner *r, const struct published *run, struct buf *out,
    struct error *err)
{
	CLEANUP(report_clear) struct report report = { 0 };
	CLEANUP(described_clear) struct described d = { 0 };
	int rc;

	if (!run->has_manifest)
		return report_html_words(run->report.p ? run->report.p : "",
		    out, err);
	if ((rc = report_make(r->store, run->base.n ? &run->base : NULL,
	         &run->manifest, &run->record, &report, err)) ||
	    (rc = describe_run(&r->context, run->entry.commit, &run->manifest,
	         &d, err)))
		return rc;
	report.is_production =
	    strcmp(run->record.branch, r->context.production) == 0;
	report.descriptions = described_of(&d);
	report.draw = dot_draw;
	return report_html(&report, true, out, err);
}

/* The first lines of a text; no heading stands at its end alone. */
static size_t first_lines(struct bytes text, size_t lines)
{
	size_t i, n = 0, paragraph = 0, in_paragraph = 0;

	for (i = 0; i < text.n && n < lines; i++) {
		if (text.p[i] != '\n')
			continue;
		n++;
		in_paragraph++;
		if (i > 0 && text.p[i - 1] == '\n') {
			paragraph = i;
			in_paragraph = 0;
		}
	}
	return i < text.n && paragraph > 0 && in_paragraph < 2 ? paragraph : i;
}

/* What was not run has its whole report as note. */
int runner_note(struct runner *r, const struct published *run, struct buf *out,
    struct error *err)
{
	CLEANUP(report_clear) struct report report = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct bytes view = buf_bytes(&run->report);
	size_t all;

	if (run->has_manifest) {
		int rc = make(r, run, &report, err);

		if (rc || (rc = report_text(&report, true, &text, err)))
			return rc;
		view = buf_bytes(&text);
	}
	all = view.n;
	view.n = first_lines(view, NOTE_LINES);
	view.n = text_cut(view, NOTE_MAX);
	buf_add(out, view.p, view.n);
	if (view.n < all)
		buf_add_str(out, "\n`sluice report` has the rest\n");
	return buf_check(out, err);
}
