/* html_tests: the tests that do not hold (render_html.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render_html.h"

static void add_test(struct html_page *p, const struct report_test *t)
{
	const bool blocks = verdict_blocks(t->test);
	CLEANUP(buf_clear) struct buf name = { 0 }, words = { 0 };
	struct buf *out = p->out;

	buf_printf(out, "<li><strong class=\"%s\">%s</strong> ",
	    blocks ? "t-bad" : "t-look", blocks ? "Fails:" : "Warns:");
	html_node(p, t->node->path);
	buf_add_str(out, ", ");
	test_print(t->test, p->is_inside, &name);
	report_test_print(t, p->is_inside, &words);
	out->failed |= name.failed || words.failed;
	html_name(out, name.p ? name.p : "");
	buf_add_str(out, ": ");
	html_text(out, words.p ? words.p : "");
	buf_add_char(out, '.');
	if (p->is_inside) {
		buf_add_str(out, " See ");
		html_name(out, t->test->at);
		buf_add_char(out, '.');
	}
	if (p->is_inside && t->message != NULL) {
		buf_add_str(out, "<pre>");
		html_lines(out, t->message);
		buf_add_str(out, "</pre>");
	}
	buf_add_str(out, "</li>\n");
}

void html_tests(struct html_page *p)
{
	const struct report_tests *t = &p->r->tests;
	size_t i, n = t->n_failed;

	if (n == 0)
		return;
	if (n > p->budget->failures)
		n = p->budget->failures;
	buf_add_str(p->out,
	    "<section>\n<h2>Tests that do not hold</h2>\n"
	    "<ul class=\"dangers\">\n");
	for (i = 0; i < n; i++)
		add_test(p, &t->failed[i]);
	buf_add_str(p->out, "</ul>\n");
	html_more(p, t->n_failed, n, "tests");
	buf_add_str(p->out, "</section>\n");
}
