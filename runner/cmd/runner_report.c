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
	report_clear(&p->model);
	described_clear(&p->described);
	p->has_model = false;
	run_record_clear(&p->record);
	manifest_clear(&p->manifest);
	manifest_clear(&p->base);
	manifest_clear(&p->fair);
	buf_clear(&p->report);
}

/* What a run is compared with, where that is still there. */
static int read_cell(struct runner *r, const struct digest *id,
    struct manifest *out, struct error *err)
{
	struct error none = { 0 };
	int rc;

	if (digest_is_null(id))
		return 0;
	rc = manifest_load(r->store, id, out, &none);
	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT) {
		manifest_clear(out);
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
	rc = read_cell(r, &out->record.base_manifest, &out->base, err);
	return rc ? rc
	          : read_cell(r, &out->record.fair_manifest, &out->fair, err);
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

int runner_model(struct runner *r, struct published *run,
    const struct report **out, struct error *err)
{
	const struct manifest *before = run->fair.n ? &run->fair
	    : run->base.n                           ? &run->base
	                                            : NULL;
	int rc;

	*out = &run->model;
	if (run->has_model)
		return 0;
	rc = report_make(r->store, before, &run->manifest, &run->record,
	    &run->model, err);
	if (rc)
		return rc;
	run->has_model = true;
	if (run->fair.n > 0 && run->base.n > 0 &&
	    (rc = report_add_fresh(&run->model, &run->base, err)))
		return rc;
	run->model.is_production =
	    strcmp(run->record.branch, r->context.production) == 0;
	if (r->forge_url == NULL && r->report_dir == NULL)
		return 0;
	rc = describe_run(&r->context, run->entry.commit, &run->manifest,
	    &run->described, err);
	run->model.descriptions = described_of(&run->described);
	return rc;
}

int runner_report(struct runner *r, struct published *run, struct buf *out,
    struct error *err)
{
	CLEANUP(report_quiet_clear) struct report quiet = { 0 };
	const struct report *model;
	int rc = runner_model(r, run, &model, err);

	if (rc || (rc = report_quiet(model, &quiet, err)))
		return rc;
	return report_markdown(&quiet, true, out, err);
}

int runner_page(struct runner *r, struct published *run, struct buf *out,
    struct error *err)
{
	const struct report *model;
	struct report page;
	int rc;

	if (!run->has_manifest)
		return report_html_words(run->report.p ? run->report.p : "",
		    out, err);
	if ((rc = runner_model(r, run, &model, err)))
		return rc;
	page = *model;
	page.draw = dot_draw;
	return report_html(&page, true, out, err);
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
int runner_note(struct runner *r, struct published *run, struct buf *out,
    struct error *err)
{
	CLEANUP(report_quiet_clear) struct report quiet = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct bytes view = buf_bytes(&run->report);
	size_t all;

	if (run->has_manifest) {
		const struct report *model;
		int rc = runner_model(r, run, &model, err);

		if (rc || (rc = report_quiet(model, &quiet, err)) ||
		    (rc = report_text(&quiet, true, &text, err)))
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
