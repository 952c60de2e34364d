/* comment_dangers: what a comment says to look at first. The same words of
 * several nodes, as a change of a shared library has them, are one danger. */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/comment_impl.h"
#include "reports/markdown.h"
#include "reports/render.h"

enum {
	NAMED = 3
}; /* nodes of a danger behind the first */

/* A line of the list: `node`, what is so, and in parentheses how many. */
struct danger {
	struct buf line;
	struct bytes words; /* in it, without the node and the number */
	struct buf others; /* nodes of which the same is said */
	size_t n_others;
};

static void danger_clear(struct danger *d)
{
	buf_clear(&d->line);
	buf_clear(&d->others);
}

static void add_failure(const struct report_failure *f, struct buf *out)
{
	markdown_name(out, f->node->path);
	buf_add_str(out, " failed: ");
	failure_print(f->node, false, out);
	if (f->n_blocked > 0)
		buf_printf(out, " (%zu node%s for it)", f->n_blocked,
		    f->n_blocked == 1 ? " waits" : "s wait");
}

static void add_test(const struct report_test *t, struct buf *out)
{
	char rows[SHOWN];

	markdown_name(out, t->node->path);
	buf_add_str(out, verdict_blocks(t->test) ? ": " : ": warning: ");
	test_why_print(t->test, markdown_name, out);
	test_rows_print(t->test, false, rows);
	if (rows[0] != '\0')
		buf_printf(out, " (%s row%s)", rows,
		    strcmp(rows, "1") == 0 ? "" : "s");
}

void comment_add_test(struct comment_page *p, const struct report_test *t)
{
	add_test(t, p->out);
	if (t->is_old)
		buf_add_str(p->out, ", as before");
}

/* Remarks that are about a test are told as that test; a test that waits for
 * the table of a node that failed, as that failure; a warning that was there
 * before is no news. */
static bool is_told(const struct report_test *t)
{
	return t->test->verdict != VERDICT_BLOCKED && !t->is_old;
}

/* The line of danger i: what failed, what blocks, what is to be looked at, what
 * warns. False: there is none. */
static const struct manifest_node *danger_print(const struct report *r,
    size_t i, struct buf *out)
{
	const struct report_tests *tests = &r->tests;
	const struct report_test *t;

	if (i < r->n_failures) {
		add_failure(&r->failures[i], out);
		return r->failures[i].node;
	}
	i -= r->n_failures;
	if (i >= tests->n_blocking && i - tests->n_blocking < r->n_remarks) {
		const struct report_remark *m =
		    &r->remarks[i - tests->n_blocking];

		if (m->test == NULL)
			remark_print(m, false, markdown_name, out);
		return m->node;
	}
	t = &tests->failed[i < tests->n_blocking ? i : i - r->n_remarks];
	if (is_told(t))
		add_test(t, out);
	return t->node;
}

/* Without the node, and without a number in parentheses at the end. */
static struct bytes words_of(const struct buf *line,
    const struct manifest_node *n)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	struct bytes words = buf_bytes(line);
	size_t open;

	markdown_name(&name, n->path);
	if (line->failed || name.failed)
		return words;
	words.p += name.n;
	words.n -= name.n;
	for (open = words.n; open > 0 && words.p[open - 1] != '('; open--)
		;
	if (open > 1 && words.p[words.n - 1] == ')' &&
	    strchr("<0123456789", words.p[open]) != NULL &&
	    words.p[open - 2] == ' ')
		words.n = open - 2;
	return words;
}

/* One more of a danger that is there already. */
static bool add_other(struct danger *all, size_t n, struct bytes words,
    const struct manifest_node *node)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (bytes_eq(all[i].words, words))
			break;
	if (i == n)
		return false;
	if (all[i].n_others++ < NAMED) {
		buf_add_str(&all[i].others, all[i].n_others > 1 ? ", " : "");
		markdown_name(&all[i].others, node->path);
	}
	return true;
}

/* The first `most` of them, and how many are left. */
static size_t collect(struct comment_page *p, struct danger *all, size_t *left)
{
	const struct report *r = p->r;
	const size_t end = r->n_failures + r->tests.n_failed + r->n_remarks;
	size_t i, n = 0;

	for (*left = i = 0; i < end; i++) {
		CLEANUP(buf_clear) struct buf line = { 0 };
		const struct manifest_node *node = danger_print(r, i, &line);
		struct bytes words;

		p->out->failed |= line.failed;
		if (line.n == 0)
			continue;
		words = words_of(&line, node);
		if (add_other(all, n, words, node))
			continue;
		if (n == p->budget->dangers) {
			++*left;
			continue;
		}
		all[n] = (struct danger){ .line = line, .words = words };
		n++;
		line = (struct buf){ 0 };
	}
	return n;
}

void comment_add_dangers(struct comment_page *p)
{
	struct danger all[COMMENT_DANGERS] = { 0 };
	struct buf *out = p->out;
	size_t i, left, n = collect(p, all, &left);

	if (n + left > 0)
		buf_add_str(out, "> **Look at:**\n");
	for (i = 0; i < n; i++) {
		const struct danger *d = &all[i];

		out->failed |= d->others.failed;
		buf_add_str(out, "> - ");
		buf_add(out, d->line.p, d->line.n);
		if (d->n_others > 0) {
			buf_add_str(out, "; the same of ");
			buf_add(out, d->others.p, d->others.n);
		}
		if (d->n_others > NAMED)
			buf_printf(out, " and %zu more", d->n_others - NAMED);
		buf_add_char(out, '\n');
		danger_clear(&all[i]);
	}
	if (left > 0)
		buf_printf(out, "> - %zu more in the report\n", left);
}
