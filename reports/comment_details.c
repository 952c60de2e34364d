/* comment_details: what a comment has collapsed. All of it is read from the two
 * manifests: how long a run took, and what it found computed, differs from run
 * to run. */
#include <string.h>

#include "cache/base/text.h"
#include "reports/comment_impl.h"
#include "reports/markdown.h"
#include "reports/render.h"

static const struct manifest_node *find_before(const struct report *r,
    const struct manifest_node *n)
{
	return r->before ? manifest_find(r->before, n->path) : NULL;
}

/* Whether a node had to be looked at anew: its key is another. */
static bool is_affected(const struct report *r, const struct manifest_node *n)
{
	const struct manifest_node *was = find_before(r, n);

	return was == NULL || digest_is_null(&n->key) ||
	    !digest_eq(&was->key, &n->key);
}

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool is_same_code(const struct manifest_node *a,
    const struct manifest_node *b)
{
	size_t i;

	if (!is_same_text(a->file, b->file) ||
	    !is_same_text(a->file_blob, b->file_blob) ||
	    a->n_include != b->n_include)
		return false;
	for (i = 0; i < a->n_include; i++)
		if (strcmp(a->include[i], b->include[i]) != 0)
			return false;
	return true;
}

/* A table in git. */
static bool is_file(const struct manifest_node *n)
{
	return n->file != NULL &&
	    (text_ends_in(n->file, ".csv") || text_ends_in(n->file, ".tsv"));
}

static bool is_same_table(const struct report *r, const char *path)
{
	const struct manifest_node *now = manifest_find(r->after, path);
	const struct manifest_node *was = manifest_find(r->before, path);

	return now != NULL && was != NULL &&
	    digest_eq(&now->table, &was->table);
}

/* "input `Patient` changed, and 2 more", or nothing. */
static bool add_inputs(struct comment_page *p, const struct manifest_node *n)
{
	size_t i, k = 0;

	for (i = 0; i < n->n_inputs; i++) {
		if (is_same_table(p->r, n->inputs[i]) || k++ > 0)
			continue;
		buf_add_str(p->out, "its input ");
		markdown_name(p->out, n->inputs[i]);
		buf_add_str(p->out, " is another");
	}
	if (k > 1)
		buf_printf(p->out, ", and %zu more", k - 1);
	return k > 0;
}

static void add_why(struct comment_page *p, const struct manifest_node *n)
{
	const struct manifest_node *was = find_before(p->r, n);

	if (was == NULL) {
		buf_add_str(p->out, "it is new");
	} else if (!is_same_code(was, n)) {
		buf_add_str(p->out,
		    is_file(n) ? "its file changed" : "its code changed");
	} else if (!add_inputs(p, n)) {
		buf_add_str(p->out,
		    p->r->is_fair ? "what it includes or is run with changed"
		                  : "what it reads changed");
	}
}

static void add_effect(struct comment_page *p, const struct manifest_node *n)
{
	const struct manifest_node *was = find_before(p->r, n);

	if (n->state != NODE_OK)
		buf_add_str(p->out, node_state_name(n->state));
	else if (was != NULL && digest_eq(&was->table, &n->table))
		buf_add_str(p->out, "the same table");
	else
		buf_add_str(p->out, was ? "another table" : "a new table");
}

static void add_node(struct comment_page *p, const struct manifest_node *n)
{
	buf_add_str(p->out, "| ");
	markdown_name(p->out, n->path);
	buf_add_str(p->out, " | ");
	add_why(p, n);
	buf_add_str(p->out, " | ");
	add_effect(p, n);
	buf_add_str(p->out, " |\n");
}

static void add_more(struct comment_page *p, size_t n)
{
	if (n > 0)
		buf_printf(p->out, "\n%zu more in the report\n", n);
}

static void add_nodes(struct comment_page *p)
{
	const struct manifest *m = p->r->after;
	size_t i, n = 0, same = 0, shown = 0;

	for (i = 0; i < m->n; i++) {
		const struct manifest_node *was =
		    find_before(p->r, &m->nodes[i]);

		if (!is_affected(p->r, &m->nodes[i]))
			continue;
		n++;
		same += was != NULL && m->nodes[i].state == NODE_OK &&
		    digest_eq(&was->table, &m->nodes[i].table);
	}
	buf_printf(p->out,
	    "\n<details><summary>%zu of %zu node%s affected, %zu of them with "
	    "the same table as before</summary>\n",
	    n, m->n, m->n == 1 ? "" : "s", same);
	if (n > 0 && p->budget->nodes > 0)
		buf_add_str(p->out,
		    "\n| node | why | gives |\n|---|---|---|\n");
	for (i = 0; i < m->n && shown < p->budget->nodes; i++) {
		if (!is_affected(p->r, &m->nodes[i]))
			continue;
		add_node(p, &m->nodes[i]);
		shown++;
	}
	add_more(p, n - shown);
	buf_add_str(p->out, "\n</details>\n");
}

static void add_tests(struct comment_page *p)
{
	const struct report_tests *t = &p->r->tests;
	size_t i, n = t->n_failed;

	if (t->n == 0)
		return;
	if (n > p->budget->tests)
		n = p->budget->tests;
	buf_add_str(p->out, "<details><summary>");
	tests_print(t, p->out);
	buf_add_str(p->out, "</summary>\n\n");
	for (i = 0; i < n; i++) {
		buf_add_str(p->out, "- ");
		comment_add_test(p, &t->failed[i]);
		buf_add_char(p->out, '\n');
	}
	if (t->n_failed == 0)
		buf_add_str(p->out, "Each of them.\n");
	add_more(p, t->n_failed - n);
	buf_add_str(p->out, "\n</details>\n");
}

/* What reads what, of the tables that differ. */
static void add_lineage(struct comment_page *p)
{
	const struct report *r = p->r;
	size_t i, k, n = 0;

	for (i = 0; i < r->n_tables; i++)
		n += r->tables[i].change != TABLE_GONE &&
		    r->tables[i].node->n_inputs > 0;
	if (n == 0 || p->budget->nodes == 0)
		return;
	buf_add_str(p->out,
	    "<details><summary>Where these tables come from</summary>\n\n");
	for (i = n = 0; i < r->n_tables && n < p->budget->nodes; i++) {
		const struct manifest_node *node = r->tables[i].node;

		if (r->tables[i].change == TABLE_GONE || node->n_inputs == 0)
			continue;
		n++;
		buf_add_str(p->out, "- ");
		markdown_name(p->out, node->path);
		for (k = 0; k < node->n_inputs && k < 8; k++) {
			buf_add_str(p->out, k == 0 ? " reads " : ", ");
			markdown_name(p->out, node->inputs[k]);
		}
		if (node->n_inputs > 8)
			buf_printf(p->out, ", %zu more", node->n_inputs - 8);
		buf_add_char(p->out, '\n');
	}
	buf_add_str(p->out, "\n</details>\n");
}

void comment_add_details(struct comment_page *p)
{
	add_nodes(p);
	add_tests(p);
	add_lineage(p);
}
