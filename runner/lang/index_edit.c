/* index_edit: see index_edit.h. */
#include "runner/lang/index_edit.h"

#include <string.h>

#include "runner/lang/change_why.h"
#include "runner/lang/node.h"
#include "runner/lang/path.h"
#include "runner/lang/scan.h"
#include "runner/lang/template.h"
#include "runner/lang/ties.h"
#include "runner/lang/tree_diff.h"

/* --- files --- */

static bool same_args(const struct directive_arg *a, size_t n_a,
    const struct directive_arg *b, size_t n_b)
{
	size_t i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (strcmp(a[i].text, b[i].text) != 0 ||
		    a[i].is_quoted != b[i].is_quoted)
			return false;
	return true;
}

/* Words that nothing depends on. */
static bool is_plain_doc(const struct directive *d)
{
	return d->word == WORD_DOC && d->n == 1 &&
	    strstr(d->args[0].text, "{{") == NULL;
}

static bool same_directive(const struct directive *a, const struct directive *b)
{
	if (is_plain_doc(a) && is_plain_doc(b))
		return true;
	return a->word == b->word && a->has_list == b->has_list &&
	    same_args(a->args, a->n, b->args, b->n) &&
	    same_args(a->list, a->n_list, b->list, b->n_list);
}

/* Whether two texts are the same but for code, comments and places. */
static bool same_structure(const struct scan *a, const struct scan *b)
{
	size_t i;

	if (a->is_ours != b->is_ours || a->has_body != b->has_body ||
	    a->n != b->n || a->n_errors > 0 || b->n_errors > 0)
		return false;
	for (i = 0; i < a->n; i++)
		if (!same_directive(&a->directives[i], &b->directives[i]))
			return false;
	return true;
}

static int read_text(struct source *src, const char *path, struct arena *a,
    struct bytes *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = source_read(src, path, &text, err);
	const char *copy;

	if (rc)
		return rc;
	copy = arena_strndup(a, text.p ? text.p : "", text.n);
	if (copy == NULL)
		return error_memory(err);
	*out = (struct bytes){ copy, text.n };
	return 0;
}

static bool is_table_name(const char *path)
{
	size_t n = strlen(path);

	return n >= 4 &&
	    (strcmp(path + n - 4, ".csv") == 0 ||
	        strcmp(path + n - 4, ".tsv") == 0);
}

/* Both sides of a file that is no table: what its code is now. */
static int compare_code(struct index_edit *e, struct file_edit *f, bool *known,
    struct error *err)
{
	struct scan was, is;
	int rc, line, col;

	if ((rc = scan(&e->arena, f->was, &was, err)) ||
	    (rc = scan(&e->arena, f->is, &is, err)))
		return rc;
	*known = same_structure(&was, &is);
	f->code = (struct bytes){ f->is.p + is.body, f->is.n - is.body };
	f->has_order_by = order_by_find(f->code, 1, &line, &col);
	f->has_ties = ties_has_words(f->code);
	f->code_line =
	    why_code_line(f->was, was.body_line, f->is, is.body_line);
	return digest_of(f->code, &f->text, err);
}

static int add_file(struct index_edit *e, const struct tree_difference *d,
    struct source *const sides[2], bool *known, struct error *err)
{
	struct file_edit *f = &e->files[e->n_files++];
	uint32_t file = index_find_file(e->x, d->path);
	size_t i;
	int rc;

	*known = d->is_kept;
	if (!*known)
		return 0;
	*f = (struct file_edit){ .path = d->path,
		.blob = d->is,
		.is_table = is_table_name(d->path) };
	if (file != (uint32_t)INDEX_NONE)
		e->of_file[file] = (uint32_t)e->n_files;
	for (i = 0; i < e->x->head->n_warned; i++)
		e->warnings_differ |=
		    strcmp(e->x->text + e->x->warned[i], d->path) == 0;
	if (f->is_table && file == (uint32_t)INDEX_NONE)
		return 0;
	if ((rc = read_text(sides[0], d->path, &e->arena, &f->was, err)) ||
	    (rc = read_text(sides[1], d->path, &e->arena, &f->is, err)))
		return rc;
	if (f->is_table)
		return digest_of(bytes_of(f->blob), &f->text, err);
	return compare_code(e, f, known, err);
}

/* --- nodes --- */

static struct node_edit *edit_of(struct index_edit *e, uint32_t node)
{
	struct node_edit *more;

	if (e->of_node[node] != 0)
		return &e->nodes[e->of_node[node] - 1];
	more = mem_grow(e->nodes, e->n_nodes, &e->cap_nodes, sizeof(*more));
	if (more == NULL)
		return NULL;
	e->nodes = more;
	more += e->n_nodes++;
	*more = (struct node_edit){ .node = node, .text = e->x->texts[node] };
	e->of_node[node] = (uint32_t)e->n_nodes;
	return more;
}

static void mark(struct index_edit *e, uint32_t node)
{
	uint32_t rank = e->x->nodes[node].rank;

	e->dirty[rank / 64] |= (uint64_t)1 << (rank % 64);
}

/* A node's values for the names in its code. */
struct values {
	const struct index *x;
	const struct index_node *node;
	bool failed; /* a name it did not use before, or an error */
};

static enum template_found find_value(void *payload, const char *name, int line,
    int col, struct template_value *out)
{
	struct values *v = payload;
	uint32_t i;

	(void)line;
	(void)col;
	if ((v->node->flags & INDEX_DATED) &&
	    strcmp(name, "@snapshot_date") == 0) {
		*out =
		    (struct template_value){ v->x->head->date, PARAMETER_DATE };
		return TEMPLATE_FOUND;
	}
	for (i = v->node[0].first_parameter; i < v->node[1].first_parameter;
	     i++) {
		const struct index_parameter *p = &v->x->parameters[i];

		if (strcmp(v->x->text + p->name, name) != 0)
			continue;
		*out = (struct template_value){ v->x->text + p->value,
			(enum parameter_type)p->type };
		return TEMPLATE_FOUND;
	}
	v->failed = true;
	return TEMPLATE_FAILED;
}

static void tell_failed(void *payload, int line, int col, const char *message)
{
	struct values *v = payload;

	(void)line;
	(void)col;
	(void)message;
	v->failed = true;
}

/* The digest of a file's code as one node has it. */
static int expand(struct index_edit *e, const struct file_edit *f,
    uint32_t node, struct digest *out, bool *known, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct values v = { .x = e->x, .node = &e->x->nodes[node] };
	const struct template t = { .text = f->code,
		.language = (enum language)v.node->language,
		.find = find_value,
		.fail = tell_failed,
		.payload = &v };
	int rc;

	*out = f->text;
	if (f->is_table || !template_has(f->code))
		return 0;
	rc = template_expand(&t, &b, err);
	*known = !v.failed;
	return rc ? rc : digest_of(buf_bytes(&b), out, err);
}

/* A node whose own text a file is. */
static int edit_text(struct index_edit *e, struct file_edit *f, uint32_t node,
    bool *known, struct error *err)
{
	const struct index *x = e->x;
	struct node_edit *n;
	struct digest text;
	int rc;

	/* what was a table's name is no code, and the other way round */
	*known = f->is_table == (x->nodes[node].kind == NODE_TABLE);
	if (!*known)
		return 0;
	if (x->nodes[node].flags & INDEX_NO_ORDER)
		e->warnings_differ |= f->has_order_by;
	if (x->nodes[node].language == LANGUAGE_SQL)
		e->warnings_differ |= f->has_ties;
	rc = expand(e, f, node, &text, known, err);
	if (rc || !*known || digest_eq(&text, &x->texts[node]))
		return rc;
	n = edit_of(e, node);
	if (n == NULL)
		return error_memory(err);
	n->text = text;
	mark(e, node);
	return 0;
}

static int edit_nodes(struct index_edit *e, uint32_t file, bool *known,
    struct error *err)
{
	const struct index *x = e->x;
	struct file_edit *f = &e->files[e->of_file[file] - 1];
	uint32_t i;
	int rc = 0;

	for (i = x->files[file].first_text;
	     rc == 0 && *known && i < x->files[file + 1].first_text; i++)
		rc = edit_text(e, f, x->text_nodes[i], known, err);
	for (i = x->files[file].first_help;
	     rc == 0 && i < x->files[file + 1].first_help; i++) {
		if (edit_of(e, x->help_nodes[i]) == NULL)
			return error_memory(err);
		mark(e, x->help_nodes[i]);
	}
	return rc;
}

/* --- recipes --- */

int index_recipe(const struct index *x, const struct index_edit *e,
    uint32_t node, struct digest *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	const struct index_node *n = &x->nodes[node];
	const struct digest *text = &x->texts[node], *recipe;
	uint32_t i, edit;
	int rc;

	if (e != NULL && e->of_node[node] != 0)
		text = &e->nodes[e->of_node[node] - 1].text;
	buf_add(&b, x->rest[node].bytes, DIGEST_SIZE);
	buf_add(&b, text->bytes, DIGEST_SIZE);
	for (i = n[0].first_helper; i < n[1].first_helper; i++) {
		edit = e ? e->of_file[x->helpers[i].file] : 0;
		buf_add(&b, edit ? e->files[edit - 1].blob : x->helpers[i].blob,
		    GIT_ID_HEX);
	}
	for (i = n[0].first_input; i < n[1].first_input; i++) {
		edit = e ? e->of_node[x->inputs[i]] : 0;
		recipe = edit ? &e->nodes[edit - 1].recipe
		              : &x->recipes[x->inputs[i]];
		buf_add(&b, recipe->bytes, DIGEST_SIZE);
	}
	rc = buf_check(&b, err);
	return rc ? rc : digest_of(buf_bytes(&b), out, err);
}

static struct place place_in(const struct file_edit *f, int line)
{
	return (struct place){ f->path, line > 0 ? line : 1, 1 };
}

static struct place place_of_file(struct file_edit *f)
{
	if (f->line == 0)
		f->line = why_line(f->was, f->is);
	return place_in(f, f->line);
}

/* In the order of change_why.c: the text, a helper, an input. */
static void set_cause(struct index_edit *e, struct node_edit *n)
{
	const struct index *x = e->x;
	const struct index_node *at = &x->nodes[n->node];
	struct file_edit *f;
	uint32_t i;

	if (!digest_eq(&n->text, &x->texts[n->node])) {
		f = &e->files[e->of_file[at->file] - 1];
		n->cause = f->is_table ? CAUSE_FILE : CAUSE_CODE;
		n->at =
		    f->is_table ? place_of_file(f) : place_in(f, f->code_line);
		return;
	}
	for (i = at[0].first_helper; i < at[1].first_helper; i++) {
		if (e->of_file[x->helpers[i].file] == 0)
			continue;
		n->cause = CAUSE_FILE;
		n->at = place_of_file(
		    &e->files[e->of_file[x->helpers[i].file] - 1]);
		return;
	}
	n->cause = CAUSE_INPUT;
	for (i = at[0].first_input; i < at[1].first_input; i++) {
		uint32_t edit = e->of_node[x->inputs[i]];

		if (edit == 0 || e->nodes[edit - 1].cause == CAUSE_NONE)
			continue;
		n->input = x->inputs[i];
		return;
	}
}

/* A node that some piece changed of: its recipe, and its readers' after it. */
static int settle(struct index_edit *e, uint32_t node, struct error *err)
{
	const struct index *x = e->x;
	struct node_edit *n = edit_of(e, node);
	uint32_t i;
	int rc;

	if (n == NULL)
		return error_memory(err);
	rc = index_recipe(x, e, node, &n->recipe, err);
	if (rc || digest_eq(&n->recipe, &x->recipes[node]))
		return rc;
	set_cause(e, n);
	for (i = x->nodes[node].first_reader;
	     i < x->nodes[node + 1].first_reader; i++)
		mark(e, x->readers[i]);
	return 0;
}

/* Readers have higher ranks: one pass upwards meets all. */
static int settle_all(struct index_edit *e, struct error *err)
{
	const size_t n = ((size_t)e->x->head->n + 63) / 64;
	size_t word = 0;
	int rc = 0;

	while (rc == 0 && word < n) {
		int bit;

		if (e->dirty[word] == 0) {
			word++;
			continue;
		}
		bit = __builtin_ctzll(e->dirty[word]);
		e->dirty[word] &= e->dirty[word] - 1;
		rc = settle(e, e->x->order[word * 64 + (size_t)bit], err);
	}
	return rc;
}

/* --- together --- */

static int prepare(struct index_edit *e, size_t n_files, struct error *err)
{
	const struct index_head *h = e->x->head;

	e->files = mem_array(n_files, sizeof(*e->files));
	e->of_file = mem_array(h->n_files, sizeof(*e->of_file));
	e->of_node = mem_array(h->n, sizeof(*e->of_node));
	e->dirty = mem_array(h->n / 64 + (size_t)1, sizeof(*e->dirty));
	return e->files && e->of_file && e->of_node && e->dirty
	    ? 0
	    : error_memory(err);
}

static int find_files(struct index_edit *e, struct source *from,
    struct source *to, bool *known, struct error *err)
{
	struct source *const sides[2] = { from, to };
	const char *root = load_root(&e->arena, e->x->text + e->x->head->root);
	struct tree_diff d;
	struct error why = { 0 };
	size_t i;
	int rc;

	if (root == NULL)
		return error_memory(err);
	rc = tree_diff(from, to, root, &e->arena, &d, &why);
	/* names we do not take, a root that is gone: the loader tells it */
	*known = rc == 0;
	if (rc == ERROR_SYNTAX || rc == ERROR_NOT_FOUND)
		return 0;
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	rc = prepare(e, d.n, err);
	for (i = 0; rc == 0 && *known && i < d.n; i++)
		rc = add_file(e, &d.items[i], sides, known, err);
	return rc;
}

int index_edit_make(const struct index *x, struct source *from,
    struct source *to, struct index_edit *e, bool *known, struct error *err)
{
	size_t i;
	uint32_t file;
	int rc;

	*e = (struct index_edit){ .x = x };
	*known = !(x->head->flags & INDEX_USES_DATE) ||
	    strcmp(x->head->date, source_date(to)) == 0;
	if (!*known)
		return 0;
	e->warnings_differ = (x->head->flags & INDEX_WARNINGS_GONE) != 0;
	rc = find_files(e, from, to, known, err);
	for (i = 0; rc == 0 && *known && i < e->n_files; i++) {
		file = index_find_file(x, e->files[i].path);
		if (file != (uint32_t)INDEX_NONE)
			rc = edit_nodes(e, file, known, err);
	}
	return rc || !*known ? rc : settle_all(e, err);
}

void index_edit_clear(struct index_edit *e)
{
	mem_free(e->files);
	mem_free(e->nodes);
	mem_free(e->of_file);
	mem_free(e->of_node);
	mem_free(e->dirty);
	arena_clear(&e->arena);
	*e = (struct index_edit){ 0 };
}
