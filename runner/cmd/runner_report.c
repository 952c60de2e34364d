/* runner_report: report and note of a run (runner.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/headline.h"
#include "reports/note.h"
#include "reports/report.h"
#include "runner/cmd/describe.h"
#include "runner/cmd/dot.h"
#include "runner/cmd/runner_result.h"

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

int runner_report_errors(const struct pipeline *p, struct buf *out,
    struct error *err)
{
	struct headline h = { .n_errors = p->n_errors };
	const struct diagnostic *first = NULL;
	size_t i;

	for (i = 0; i < p->n_diagnostics && first == NULL; i++)
		if (!p->diagnostics[i].is_warning)
			first = &p->diagnostics[i];
	if (first != NULL && first->at.path != NULL &&
	    strlen(first->at.path) < sizeof(h.path)) {
		memcpy(h.path, first->at.path, strlen(first->at.path) + 1);
		h.line = first->at.line;
		h.column = first->at.col;
	}
	buf_add_str(out, "# ");
	headline_print(&h, out);
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
	const struct headline h = { 0 };

	buf_add_str(out, "# ");
	headline_print(&h, out);
	buf_printf(out, "\n\n    %s\n\nWhen that is mended: `sluice retry`.\n",
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

int runner_note(struct runner *r, struct published *run, struct outbound *out,
    struct error *err)
{
	const struct report *model;
	struct headline h;
	int rc;

	if (run->has_manifest) {
		rc = runner_model(r, run, &model, err);
		return rc ? rc : note_print(model, out, err);
	}
	headline_parse(buf_bytes(&run->report), &h);
	return note_words(&h, out, err);
}
