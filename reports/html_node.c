/*
 * html_node: a section for each node (render_html.h): what it is, where it
 * comes from, its code, what it reads and gives, and what its key is made of.
 */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/table.h"
#include "reports/html.h"
#include "reports/render.h"
#include "reports/render_html.h"

enum {
	COLUMNS = 60, /* of a table that are told */
	COLUMNS_READ = 12, /* of an input, whose own section has them all */
	READERS = 12,
	DOC_LETTERS = 100, /* of a node's words in its line */
};

/* -- which nodes -- */

static bool is_touched(const struct html_page *p, const char *path)
{
	const struct affected_node *n = affected_find(p->affected, path);

	return n != NULL && n->mark != MARK_OTHER;
}

static bool has_line(const struct html_page *p, const char *path)
{
	const enum html_detail detail = p->budget->detail;

	return p->is_inside && detail != DETAIL_NONE &&
	    (detail != DETAIL_TOUCHED || is_touched(p, path)) &&
	    manifest_find(p->r->after, path) != NULL;
}

static bool has_section(const struct html_page *p, const char *path)
{
	const enum html_detail detail = p->budget->detail;

	return detail == DETAIL_ALL ||
	    (detail != DETAIL_BRIEF && is_touched(p, path));
}

void html_node(struct html_page *p, const char *path)
{
	if (!has_line(p, path)) {
		html_name(p->out, path);
		return;
	}
	buf_add_str(p->out, "<a href=\"#node-");
	html_url(p->out, path);
	buf_add_str(p->out, "\">");
	html_name(p->out, path);
	buf_add_str(p->out, "</a>");
}

/* -- what it is -- */

/* "1 row", "1,204 rows" */
static void add_rows(struct buf *out, uint64_t rows)
{
	char count[SHOWN];

	count_print(rows, count);
	buf_printf(out, "%s row%s", count, rows == 1 ? "" : "s");
}

static void add_place(struct html_page *p, const struct described_place *at)
{
	if (at->path == NULL) {
		buf_add_str(p->out, "--set of the run");
		return;
	}
	html_name(p->out, at->path);
	buf_printf(p->out, " line %d", at->line);
}

static const char *kind_of(const struct description *d)
{
	static const struct {
		const char *action, *words;
	} known[] = { { "action/sql/sqlite", "SQL, run by SQLite" },
		{ "action/sql/duckdb", "SQL, run by DuckDB" },
		{ "action/python", "a Python program" },
		{ "action/r", "an R program" },
		{ "action/bash", "a shell program" },
		{ "action/source/file", "files that were delivered" } };
	size_t i;

	for (i = 0; d->action != NULL && i < ARRAY_LEN(known); i++)
		if (strcmp(d->action, known[i].action) == 0)
			return known[i].words;
	return d->action == NULL ? "a table written down in git" : NULL;
}

static void begin_item(struct html_page *p, const char *what)
{
	buf_printf(p->out, "<dt>%s</dt><dd>", what);
}

static void end_item(struct html_page *p)
{
	buf_add_str(p->out, "</dd>\n");
}

static void add_kind(struct html_page *p, const struct description *d)
{
	const char *words = kind_of(d);

	begin_item(p, "What it is");
	if (words != NULL)
		buf_add_str(p->out, words);
	else
		html_name(p->out, d->action);
	end_item(p);
	if (d->owner != NULL) {
		begin_item(p, "Owner");
		html_text(p->out, d->owner);
		end_item(p);
	}
}

/* -- where it comes from -- */

static void add_origin(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	size_t i;

	begin_item(p, "Comes from");
	html_name(p->out, n->file ? n->file : "");
	for (i = 0; d != NULL && i < d->n_brought_by; i++) {
		buf_add_str(p->out,
		    i == 0 ? ", brought here by " : ", and that by ");
		add_place(p, &d->brought_by[i]);
	}
	end_item(p);
	if (d != NULL && d->hides != NULL) {
		begin_item(p, "Stands in the place of");
		html_node(p, d->hides);
		end_item(p);
	}
}

static void add_parameters(struct html_page *p, const struct description *d)
{
	size_t i;

	if (d->n_parameters == 0)
		return;
	begin_item(p, "Parameters");
	for (i = 0; i < d->n_parameters; i++) {
		const struct described_parameter *v = &d->parameters[i];

		buf_add_str(p->out, i > 0 ? "; " : "");
		html_name(p->out, v->name);
		buf_add_str(p->out, " = ");
		html_name(p->out, v->value);
		buf_add_str(p->out, " from ");
		add_place(p, &v->at);
	}
	end_item(p);
}

/* -- what it reads and gives -- */

static const struct described_column *find_column(const struct description *d,
    const char *name)
{
	size_t i;

	for (i = 0; d != NULL && i < d->n_columns; i++)
		if (strcmp(d->columns[i].name, name) == 0)
			return &d->columns[i];
	return NULL;
}

static void add_column(struct html_page *p, const struct column *c,
    const struct description *d)
{
	const struct described_column *more = find_column(d, c->name);
	char type[64];

	html_name(p->out, c->name);
	type_show(&c->type, type, sizeof(type));
	buf_add_char(p->out, ' ');
	html_text(p->out, type);
	if (more != NULL && more->unit != NULL) {
		buf_add_str(p->out, " in ");
		html_text(p->out, more->unit);
	}
	if (more != NULL && more->doc != NULL) {
		buf_add_str(p->out, " (");
		html_text(p->out, more->doc);
		buf_add_char(p->out, ')');
	}
}

/* The columns of a node's table; one that is gone has none to tell. */
static bool load_table(const struct html_page *p, const struct manifest_node *n,
    struct table *out)
{
	int rc = n->state == NODE_OK
	    ? table_load(p->r->store, &n->table, out, NULL)
	    : ERROR_NOT_FOUND;

	p->out->failed |= rc == ERROR_MEMORY;
	return rc == 0;
}

static void add_key_columns(struct html_page *p, const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n_key; i++) {
		buf_add_str(p->out, i > 0 ? ", " : ", each with its own ");
		html_name(p->out, t->key[i]);
	}
}

/* "1,204 rows, each with its own id: id integer, name text and 3 more" */
static void add_columns_read(struct html_page *p,
    const struct manifest_node *in)
{
	CLEANUP(table_clear) struct table t = { 0 };
	size_t i;

	add_rows(p->out, in->rows);
	if (!load_table(p, in, &t))
		return;
	add_key_columns(p, &t);
	buf_add_str(p->out, ": ");
	for (i = 0; i < t.n_columns && i < COLUMNS_READ; i++) {
		buf_add_str(p->out, i > 0 ? ", " : "");
		add_column(p, &t.columns[i], NULL);
	}
	if (t.n_columns > COLUMNS_READ)
		buf_printf(p->out, " and %zu more", t.n_columns - COLUMNS_READ);
}

/* The same, a line for each column, with what is declared of it. */
static void add_columns_given(struct html_page *p,
    const struct manifest_node *n, const struct description *d)
{
	CLEANUP(table_clear) struct table t = { 0 };
	size_t i;

	add_rows(p->out, n->rows);
	if (!load_table(p, n, &t))
		return;
	add_key_columns(p, &t);
	buf_add_str(p->out, "<ul class=\"columns\">");
	for (i = 0; i < t.n_columns && i < COLUMNS; i++) {
		buf_add_str(p->out, "<li>");
		add_column(p, &t.columns[i], d);
		buf_add_str(p->out, "</li>");
	}
	if (t.n_columns > COLUMNS)
		buf_printf(p->out, "<li>and %zu more</li>",
		    t.n_columns - COLUMNS);
	buf_add_str(p->out, "</ul>");
}

static const char *name_of_input(const struct description *d, const char *path)
{
	size_t i;

	for (i = 0; d != NULL && i < d->n_inputs; i++)
		if (strcmp(d->inputs[i].path, path) == 0)
			return d->inputs[i].name;
	return NULL;
}

static void add_input(struct html_page *p, const char *path,
    const struct description *d)
{
	const struct manifest_node *in = manifest_find(p->r->after, path);
	const char *name = name_of_input(d, path);

	buf_add_str(p->out, "<li>");
	html_node(p, path);
	if (name != NULL) {
		buf_add_str(p->out, " as ");
		html_name(p->out, name);
	}
	if (in != NULL && in->state == NODE_OK) {
		buf_add_str(p->out, ", ");
		add_columns_read(p, in);
	}
	buf_add_str(p->out, "</li>");
}

static void add_inputs(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	size_t i;

	if (n->n_inputs == 0)
		return;
	begin_item(p, "Reads");
	buf_add_str(p->out, "<ul>");
	for (i = 0; i < n->n_inputs; i++)
		add_input(p, n->inputs[i], d);
	buf_add_str(p->out, "</ul>");
	end_item(p);
}

static bool reads(const struct manifest_node *n, const char *path)
{
	size_t i;

	for (i = 0; i < n->n_inputs; i++)
		if (strcmp(n->inputs[i], path) == 0)
			return true;
	return false;
}

static void add_readers(struct html_page *p, const struct manifest_node *n)
{
	const struct manifest *m = p->r->after;
	size_t i, k = 0;

	begin_item(p, "Read by");
	for (i = 0; i < m->n; i++) {
		if (!reads(&m->nodes[i], n->path))
			continue;
		if (k < READERS) {
			buf_add_str(p->out, k > 0 ? ", " : "");
			html_node(p, m->nodes[i].path);
		}
		k++;
	}
	if (k > READERS)
		buf_printf(p->out, " and %zu more", k - READERS);
	if (k == 0)
		buf_add_str(p->out, "no node");
	if (n->delivered)
		buf_add_str(p->out,
		    k > 0 ? "; delivered, too" : ": it is delivered");
	end_item(p);
}

static void add_output(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	begin_item(p, "Gives");
	if (n->state == NODE_OK || n->state == NODE_STALE)
		add_columns_given(p, n, d);
	else
		buf_printf(p->out, "nothing: %s", node_state_name(n->state));
	end_item(p);
}

/* With what they said; of a manifest that has no verdicts as they are
 * written. */
static void add_tests(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	const struct verdicts *v = &n->verdicts;
	size_t i, n_tests = v->n > 0 ? v->n : d ? d->n_tests : 0;

	if (n_tests == 0)
		return;
	begin_item(p, "Tests");
	for (i = 0; i < n_tests; i++) {
		CLEANUP(buf_clear) struct buf words = { 0 };

		buf_add_str(p->out, i > 0 ? ", " : "");
		html_name(p->out, v->n > 0 ? v->tests[i].test : d->tests[i]);
		if (v->n == 0)
			continue;
		buf_add_char(p->out, ' ');
		test_words_print(&v->tests[i], p->is_inside, &words);
		p->out->failed |= words.failed;
		html_text(p->out, words.p ? words.p : "");
	}
	end_item(p);
}

/* -- its code -- */

/* Code that follows the header of its own file goes on in its frame. */
static bool goes_on(const struct description *d, size_t i)
{
	return i > 0 && d->texts[i].is_code && d->texts[i - 1].text.n > 0 &&
	    strcmp(d->texts[i - 1].at.path, d->texts[i].at.path) == 0;
}

/* Whether the frame that begins there has code that parameters changed. */
static bool is_filled(const struct description *d, size_t i)
{
	return d->n_parameters > 0 &&
	    (d->texts[i].is_code || (i + 1 < d->n_texts && goes_on(d, i + 1)));
}

static void begin_text(struct html_page *p, const struct described_text *t,
    bool is_filled_in)
{
	buf_printf(p->out, "<p class=\"note\">%s",
	    t->is_inherited ? "Inherited from " : "");
	html_name(p->out, t->at.path);
	buf_printf(p->out, "%s:</p>\n<pre%s>",
	    is_filled_in ? ", with its parameters filled in" : "",
	    t->is_inherited ? " class=\"inherited\"" : "");
}

static void add_texts(struct html_page *p, const struct description *d)
{
	bool is_open = false;
	size_t i;

	for (i = 0; i < d->n_texts; i++) {
		const struct described_text *t = &d->texts[i];

		if (t->text.n == 0)
			continue;
		if (is_open && !goes_on(d, i))
			buf_add_str(p->out, "</pre>\n");
		if (!is_open || !goes_on(d, i))
			begin_text(p, t, is_filled(d, i));
		html_code(p->out, t->text, t->at.line);
		is_open = true;
	}
	if (is_open)
		buf_add_str(p->out, "</pre>\n");
}

/* -- the section -- */

static bool is_short(const char *doc)
{
	return strlen(doc) <= DOC_LETTERS && strchr(doc, '\n') == NULL;
}

/* The first words of a node's doc. */
static void add_start(struct buf *out, const char *doc)
{
	struct bytes line = { doc, strcspn(doc, "\n") };
	CLEANUP(mem_freep)
	char *start = mem_strndup(doc, text_cut(line, DOC_LETTERS));

	out->failed |= start == NULL;
	if (start != NULL)
		html_text(out, start);
	if (!is_short(doc))
		buf_add_str(out, "\xe2\x80\xa6");
}

/* Its name, and in a few words what it is and what became of it. */
static void add_summary(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	const struct affected_node *a = affected_find(p->affected, n->path);

	html_name(p->out, n->path);
	buf_add_str(p->out, " <span class=\"soft\">");
	if (n->state != NODE_OK) {
		buf_add_str(p->out, node_state_name(n->state));
	} else {
		if (a != NULL && a->mark != MARK_OTHER)
			buf_printf(p->out, "%s, ", affected_name(a->mark));
		add_rows(p->out, n->rows);
	}
	if (d != NULL && d->doc != NULL) {
		buf_add_str(p->out, ". ");
		add_start(p->out, d->doc);
	}
	buf_add_str(p->out, "</span>");
}

static void add_body(struct html_page *p, const struct manifest_node *n,
    const struct description *d)
{
	if (d != NULL && d->doc != NULL && !is_short(d->doc)) {
		buf_add_str(p->out, "<p class=\"doc\">");
		html_lines(p->out, d->doc);
		buf_add_str(p->out, "</p>\n");
	}
	buf_add_str(p->out, "<dl>\n");
	if (d != NULL)
		add_kind(p, d);
	add_origin(p, n, d);
	if (d != NULL)
		add_parameters(p, d);
	add_inputs(p, n, d);
	add_output(p, n, d);
	add_readers(p, n);
	add_tests(p, n, d);
	html_key(p, n);
	buf_add_str(p->out, "</dl>\n");
	if (d != NULL)
		add_texts(p, d);
}

static void add_node(struct html_page *p, const struct manifest_node *n)
{
	const struct description *d =
	    description_find(p->r->descriptions, n->path);
	bool is_whole = has_section(p, n->path);

	buf_add_str(p->out,
	    is_whole ? "<details class=\"node\" id=\"node-"
	             : "<p class=\"node\" id=\"node-");
	html_url(p->out, n->path);
	buf_add_str(p->out, is_whole ? "\"><summary>" : "\">");
	add_summary(p, n, d);
	buf_add_str(p->out, is_whole ? "</summary>\n" : "</p>\n");
	if (!is_whole)
		return;
	add_body(p, n, d);
	buf_add_str(p->out, "</details>\n");
}

void html_nodes(struct html_page *p)
{
	const struct manifest *m = p->r->after;
	size_t i, n = 0;

	if (!p->is_inside || p->budget->detail == DETAIL_NONE)
		return;
	buf_add_str(p->out, "<section>\n<h2>The nodes</h2>\n");
	if (p->r->descriptions == NULL)
		buf_add_str(p->out,
		    "<p>Their code is not here; git has it.</p>\n");
	/* a page that is too long is made again, in any case */
	for (i = 0; i < m->n && p->out->n <= HTML_PAGE_MAX; i++) {
		if (!has_line(p, m->nodes[i].path))
			continue;
		add_node(p, &m->nodes[i]);
		n++;
	}
	html_more(p, m->n, n, "nodes that the change does not touch");
	buf_add_str(p->out, "</section>\n");
}
