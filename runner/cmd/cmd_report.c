/* sluice report: what a run changed, for readers inside the house. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "reports/comment.h"
#include "reports/report.h"
#include "runner/cmd/describe.h"
#include "runner/cmd/dot.h"
#include "runner/cmd/served.h"
#include "runner/cmd/sides.h"

struct report_args {
	const char *rev;
	const char *format;
	bool is_outside;
};

static bool parse(int argc, char **argv, struct report_args *a)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'J' },
		{ "outside", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	a->format = "text";
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'f')
			a->format = optarg;
		else if (c == 'J')
			a->format = "json";
		else if (c == 'o')
			a->is_outside = true;
		else
			return false;
	}
	a->rev = optind < argc ? argv[optind] : NULL;
	a->is_outside |= strcmp(a->format, "comment") == 0;
	return argc - optind <= 1;
}

typedef int render_fn(const struct report *r, bool is_inside, struct buf *out,
    struct error *err);

/* A comment, shown here. */
static int show_comment(const struct report *r,
    const struct comment_facts *facts, struct buf *out, struct error *err)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_open();
	int rc = comment_print(r, facts, text, err);

	if (rc)
		return rc;
	buf_add(out, outbound_bytes(text).p, outbound_bytes(text).n);
	return buf_check(out, err);
}

/* A format of outside alone: render_described() has what it needs beside. */
static int render_comment(const struct report *r, bool is_inside,
    struct buf *out, struct error *err)
{
	const struct comment_facts facts = { "", NULL };

	(void)is_inside;
	return show_comment(r, &facts, out, err);
}

static render_fn *find_renderer(const char *format)
{
	static const struct {
		const char *name;
		render_fn *fn;
	} formats[] = { { "text", report_text }, { "md", report_markdown },
		{ "html", report_html }, { "json", report_json },
		{ "comment", render_comment } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, format) == 0)
			return formats[i].fn;
	return NULL;
}

/* The report that the server wrote beside the run: of a run whose tables are
 * not here, and of a commit whose text had errors, so that nothing ran. */
static int read_served(const struct sides *s, bool is_html, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf words = { 0 };
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct run_entry run;
	int rc = refs_open(s->context.git_dir, &refs, err);

	if (rc ||
	    (rc = served_find(refs, s->commit, s->context.production, &run,
	         err)))
		return rc;
	if (!is_html)
		return refs_read(refs, run.id, "report.md", out, err);
	rc = refs_read(refs, run.id, "report.md", &words, err);
	return rc ? rc : report_html_words(words.p ? words.p : "", out, err);
}

/* Whether what was found is known here by name alone. */
static bool is_elsewhere(const struct sides *s, int rc)
{
	if (s->commit[0] == '\0')
		return false;
	return rc == ERROR_NOT_FOUND || rc == ERROR_SYNTAX ||
	    rc == ERROR_REMOTE ||
	    (rc == 0 && !store_has(s->store, &s->after.id));
}

/* What a page shows beside: the nodes' code, and a picture; and which columns
 * are declared, for readers outside. */
static int render_described(const struct report_args *a, const struct sides *s,
    render_fn *render, struct report *r, struct buf *out, struct error *err)
{
	CLEANUP(described_clear) struct described d = { 0 };
	char handle[COMMENT_HANDLE + 1];
	const struct comment_facts facts = { handle, NULL };
	int rc = describe_run(&s->context,
	    s->has_record ? s->record.commit : "", &s->after, &d, err);

	r->descriptions = described_of(&d);
	r->draw = dot_draw;
	if (rc)
		return rc;
	if (render != render_comment)
		return render(r, !a->is_outside, out, err);
	rc = comment_handle(s->context.root, handle, err);
	return rc ? rc : show_comment(r, &facts, out, err);
}

/* What a clone cannot show, and where it is to be seen. */
static void tell_missing(const struct report_args *a, const struct sides *s,
    const char *what)
{
	if (s->context.work_tree == NULL || store_has(s->store, &s->after.id))
		return;
	fprintf(stderr,
	    "sluice: %s are in the server's store, not here, and left out; in "
	    "the repository there, `sluice report %.*s` has them\n",
	    what, s->commit[0] ? 12 : (int)strlen(a->rev),
	    s->commit[0] ? s->commit : a->rev);
}

static bool wants_words(const struct report_args *a)
{
	return !a->is_outside && strcmp(a->format, "json") != 0;
}

static int make(const struct report_args *a, render_fn *render, struct buf *out,
    struct error *err)
{
	CLEANUP(report_clear) struct report r = { 0 };
	CLEANUP(sides_clear) struct sides s = { 0 };
	bool is_range = a->rev != NULL && strstr(a->rev, "..") != NULL;
	struct error why = { 0 };
	int rc = sides_open(&s, err);

	if (rc || (is_range && (rc = sides_fetch(&s, err))))
		return rc;
	rc = is_range ? sides_of_range(&s, a->rev, &why)
	              : sides_of_run(&s, a->rev, &why);
	if (wants_words(a) && is_elsewhere(&s, rc) &&
	    read_served(&s, render == report_html, out, NULL) == 0) {
		if (rc == 0)
			tell_missing(a, &s, "messages and logs");
		return 0;
	}
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	rc = report_make(s.store, s.has_before ? &s.before : NULL, &s.after,
	    s.has_record ? &s.record : NULL, &r, err);
	if (rc)
		return rc;
	if (s.has_own && (rc = report_add_fresh(&r, &s.own, err)))
		return rc;
	sides_tell(&s);
	r.is_production = s.has_record && s.context.production != NULL &&
	    strcmp(s.record.branch, s.context.production) == 0;
	if (a->rev != NULL)
		tell_missing(a, &s, "tables, messages and logs");
	return render == report_html || a->is_outside
	    ? render_described(a, &s, render, &r, out, err)
	    : render(&r, true, out, err);
}

int cmd_report(int argc, char **argv)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct report_args a = { 0 };
	struct error err = { 0 };
	render_fn *render;

	if (!parse(argc, argv, &a))
		return cmd_usage("report");
	render = find_renderer(a.format);
	if (render == NULL) {
		cmd_refuse("--format", "text, md, html, json or comment",
		    a.format);
		return cmd_usage("report");
	}
	if (make(&a, render, &out, &err))
		return cmd_fail(&err);
	fwrite(out.p, 1, out.n, stdout);
	return fflush(stdout) ? EXIT_SURROUNDINGS : EXIT_FINE;
}
