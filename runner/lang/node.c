/* node: see node.h. */
#include "runner/lang/node.h"

#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"
#include "runner/lang/scope.h"
#include "runner/lang/ties.h"

int node_keep(struct node_build *b, const void *items, size_t n, size_t size,
    void *out)
{
	void *copy = NULL;

	if (n > 0) {
		copy = arena_array(b->l->a, n, size);
		if (copy == NULL)
			return error_memory(b->l->err);
		memcpy(copy, items, n * size);
	}
	memcpy(out, &copy, sizeof(copy)); /* of whatever type it points to */
	return 0;
}

static bool is_limit(enum directive_word w)
{
	return w == WORD_OWNER || w == WORD_TIMEOUT || w == WORD_MEMORY ||
	    w == WORD_POOL || w == WORD_THREADS;
}

/* The defaults that one group directory says. */
static int read_group(struct node_build *b, struct slot *s)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < s->listing->n_limits; i++) {
		struct text_file *f = s->listing->limits[i];
		struct entry e = { .path = f->bare, .slot = s, .file = f };
		struct frame frame = { .entry = &e };
		struct flat_item item = { NULL, &frame };

		for (k = 0; rc == 0 && k < f->scan.n; k++) {
			item.directive = &f->scan.directives[k];
			if (is_limit(item.directive->word))
				rc = node_read_word(b, &item);
		}
		b->l->frame = NULL;
	}
	return rc;
}

/* From the weakest to the nearest: a library's, then the directory's own. */
static int read_groups(struct node_build *b)
{
	struct slot *slots[SCOPES_MOST], *chain[256];
	size_t n = scope_slots(b->flat->slot, slots), i, k;
	int rc = 0;

	for (i = n; i-- > 0;) {
		struct slot *s = slots[i];

		for (k = 0; s != NULL && k < ARRAY_LEN(chain); s = s->up)
			if (s->listing->n_limits > 0)
				chain[k++] = s;
		while (rc == 0 && k-- > 0)
			rc = read_group(b, chain[k]);
	}
	return rc;
}

/* Who brought the file that gives the body, innermost first. */
static int make_chain(struct node_build *b)
{
	const struct frame *f = b->flat->body_frame;
	const struct layer *y = b->flat->entry->slot->layer;
	const struct layer *outer;
	struct place *chain;
	size_t n = 0;

	for (; f != NULL && f->parent != NULL; f = f->parent)
		n++;
	for (outer = y; outer->outer != NULL; outer = outer->outer)
		n++;
	if (n == 0)
		return 0;
	chain = arena_array(b->l->a, n, sizeof(*chain));
	if (chain == NULL)
		return error_memory(b->l->err);
	b->node->include = chain;
	b->node->n_include = (uint32_t)n;
	f = b->flat->body_frame;
	for (; f != NULL && f->parent != NULL; f = f->parent)
		*chain++ = f->at;
	for (; y->outer != NULL; y = y->outer)
		*chain++ = y->place;
	return 0;
}

static void add_str(struct buf *b, const char *s)
{
	buf_printf(b, "%zu:%s", s ? strlen(s) : 0, s ? s : "-");
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether the node before was run by the same action, which is then neither
 * digested nor looked for again. */
static bool is_last_action(const struct node_build *b)
{
	const struct action *x = &b->action;
	const struct text_format *f = &b->action_format, *g;
	const struct load *l = b->l;
	const struct action *y;

	if (l->p->n_actions == 0)
		return false;
	y = &l->p->actions[l->last_action];
	g = &l->last_format;
	return is_same(x->path, y->path) && is_same(x->engine, y->engine) &&
	    is_same(x->run, y->run) && is_same(x->probe, y->probe) &&
	    is_same(x->quote, y->quote) && f->delimiter == g->delimiter &&
	    f->quote == g->quote && f->no_header == g->no_header &&
	    f->windows_1252 == g->windows_1252 && is_same(f->null, g->null);
}

/* The digest of what the action says: engine, commands, quote and format. */
static int digest_action(struct node_build *b)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const struct text_format *f = &b->action_format;
	int rc;

	add_str(&text, b->action.engine);
	add_str(&text, b->action.run);
	add_str(&text, b->action.probe);
	add_str(&text, b->action.quote);
	buf_printf(&text, "%d %d %d %d", f->delimiter, f->quote, f->no_header,
	    f->windows_1252);
	add_str(&text, f->null);
	rc = buf_check(&text, b->l->err);
	return rc ? rc
	          : digest_of(buf_bytes(&text), &b->action.text, b->l->err);
}

/* The number of an action by its digest and path; a new one is added. */
static int number_action(struct node_build *b, size_t *number)
{
	struct load *l = b->l;
	char hex[DIGEST_HEX + 1];
	struct action *more;
	const char *key;
	size_t *known;

	digest_print(&b->action.text, hex);
	key = arena_printf(l->a, "%s %s", hex, b->action.path);
	if (key == NULL)
		return error_memory(l->err);
	known = map_get(&l->actions, key);
	if (known != NULL) {
		*number = *known;
		return 0;
	}
	known = arena_alloc(l->a, sizeof(*known));
	more = arena_grow(l->a, l->p->actions, l->p->n_actions, &l->cap_actions,
	    sizeof(*more));
	if (more == NULL || known == NULL)
		return error_memory(l->err);
	l->p->actions = more;
	more[l->p->n_actions] = b->action;
	*known = *number = l->p->n_actions++;
	return map_set(&l->actions, key, known, l->err);
}

static int add_action(struct node_build *b)
{
	struct load *l = b->l;
	int rc;

	b->action.path =
	    b->flat->action ? b->flat->action_frame->entry->path : "";
	if (!is_last_action(b)) {
		rc = digest_action(b);
		if (rc == 0)
			rc = number_action(b, &l->last_action);
		if (rc)
			return rc;
		l->last_format = b->action_format;
	}
	b->node->action = l->last_action;
	return 0;
}

static struct place first_place(const struct node_build *b)
{
	if (b->flat->first_include.path != NULL)
		return b->flat->first_include;
	return place_of_file(entry_text(b->flat->entry));
}

/* @override that hides nothing was told already. */
static bool overrides_nothing(const struct node_build *b)
{
	const struct flat *f = b->flat;
	size_t i;

	for (i = 0; f->entry->hides == NULL && i < f->n; i++)
		if (f->items[i].directive->word == WORD_OVERRIDE)
			return true;
	return false;
}

static void check_code(struct node_build *b)
{
	struct node *n = b->node;
	const char *engine = b->action.engine;

	b->l->frame = NULL;
	if (b->flat->has_failed || (engine == NULL && overrides_nothing(b)))
		return;
	if (engine == NULL)
		diagnose(b->l, first_place(b),
		    "no action is included, so nothing says how this code is "
		    "run: @include action/sql/sqlite, say");
	else if (n->kind == NODE_SOURCE && b->flat->body != NULL)
		diagnose(b->l,
		    (struct place){ b->flat->body->place,
		        b->flat->body->scan.body_line, 1 },
		    "a node of action/source/file has no code; another node "
		    "reads it");
	else if (n->kind == NODE_SOURCE && n->n_paths == 0)
		diagnose(b->l, first_place(b),
		    "a node of action/source/file needs @path PATTERN, the "
		    "files it is made of");
	else if (n->kind == NODE_SOURCE && b->n_inputs > 0)
		diagnose(b->l, b->inputs[0].in.at,
		    "a node of action/source/file has no inputs");
	else if (n->kind == NODE_CODE && b->flat->body == NULL)
		diagnose(b->l, first_place(b),
		    "there is no code behind the directives");
	else if (n->kind == NODE_CODE && n->n_paths > 0)
		diagnose(b->l, b->path_at,
		    "@path is for nodes that include action/source/file");
	else if (n->kind == NODE_CODE && n->format.quote == QUOTE_NONE)
		diagnose(b->l, first_place(b),
		    "quote=none is for files that are delivered or in git; a "
		    "command's tables need a quote");
}

static void check_table(struct node_build *b)
{
	b->l->frame = NULL;
	if (b->n_inputs > 0)
		diagnose(b->l, b->inputs[0].in.at,
		    "a .csv in git has no inputs; @depend belongs to code");
	else if (b->node->n_paths > 0)
		diagnose(b->l, b->path_at,
		    "a .csv in git has no @path; that is for "
		    "action/source/file");
	else if (b->action.engine != NULL)
		diagnose(b->l, first_place(b),
		    "a .csv in git includes no action");
}

static void check_order_by(struct node_build *b)
{
	struct text_file *f = b->flat->body;

	if (b->node->contract.ordered ||
	    strcmp(b->action.engine, "command") == 0)
		return;
	if (f->order_by_line < 0 &&
	    !order_by_find(f->body, f->scan.body_line, &f->order_by_line,
	        &f->order_by_col))
		f->order_by_line = 0;
	if (f->order_by_line > 0)
		diagnose_warning(b->l,
		    (struct place){ f->place, f->order_by_line,
		        f->order_by_col },
		    "ORDER BY without LIMIT has no effect, since a table's "
		    "order is computed from its values; say @ordered if the "
		    "order carries meaning, or drop it");
}

/* A chain of frames that outlives the node. */
static int keep_frames(struct load *l, const struct frame *f,
    const struct frame **out)
{
	for (; f != NULL; f = f->parent) {
		struct frame *copy = arena_alloc(&l->work, sizeof(*copy));

		if (copy == NULL)
			return error_memory(l->err);
		*copy = *f;
		*out = copy;
		out = &copy->parent;
	}
	*out = NULL;
	return 0;
}

/* What of an SQL text is to be looked at once inputs have keys. */
static int find_ties(struct node_build *b)
{
	struct text_file *f = b->flat->body;
	struct making *m = &b->l->making[b->flat->entry->node];
	int rc = 0;

	if (strcmp(b->action.engine, "command") == 0)
		return 0;
	if (!f->is_tied)
		rc = ties_find(&b->l->work, f->body, f->scan.body_line,
		    &f->ties, b->l->err);
	f->is_tied = true;
	m->ties = f->ties;
	if (rc || f->ties == NULL)
		return rc;
	return keep_frames(b->l, b->flat->body_frame, &m->frame);
}

static int make_body(struct node_build *b)
{
	struct text_file *f = b->flat->body;
	struct node *n = b->node;
	struct place at = { f->place, f->scan.body_line, 1 };
	int language =
	    b->action.quote ? language_find(b->action.quote) : LANGUAGE_NONE;
	int rc = 0;

	b->l->frame = b->flat->body_frame;
	n->body = f->body;
	n->body_line = f->scan.body_line;
	n->file_name = f->name;
	if (template_has(f->body))
		rc = param_expand(b->l, b->flat, (enum language)language,
		    f->body, at, &n->body);
	if (n->body.p == NULL)
		n->body = (struct bytes){ "", 0 };
	if (rc == 0)
		check_order_by(b);
	b->l->frame = NULL;
	return rc ? rc : find_ties(b);
}

static const char *make_path(struct load *l, const struct entry *e)
{
	size_t n = strlen(e->path), level = (size_t)e->level;
	char *p;

	if (level == 0)
		return e->path;
	p = arena_text(l->a, n + level + 1);
	if (p != NULL) {
		memcpy(p, e->path, n);
		memset(p + n, '^', level);
	}
	return p;
}

static int make_names(struct node_build *b)
{
	struct entry *e = b->flat->entry;
	struct text_file *own = entry_text(e);
	struct text_file *f = b->flat->body ? b->flat->body : own;
	struct node *n = b->node;

	n->own_file = own->place;
	n->file = f->place;
	n->file_blob = f->blob;
	/* a table's directives beside it do not make it another file's */
	if (f->companion == own && f->companion != NULL)
		n->own_file = n->file;
	n->path = make_path(b->l, e);
	n->is_mounted = e->slot->layer->outer != NULL;
	if (e->hides != NULL)
		n->hides = make_path(b->l, e->hides);
	if (n->path == NULL || (e->hides && n->hides == NULL))
		return error_memory(b->l->err);
	return make_chain(b);
}

static int make_files(struct node_build *b)
{
	const struct flat *f = b->flat;
	struct node_file *files =
	    arena_array(b->l->a, f->n_files, sizeof(*files));
	size_t i;

	if (files == NULL)
		return error_memory(b->l->err);
	for (i = 0; i < f->n_files; i++) {
		const struct text_file *t = f->files[i];

		files[i].path = t->place;
		files[i].header = t->header;
	}
	b->node->files = files;
	b->node->n_files = (uint32_t)f->n_files;
	return 0;
}

static int finish_text(struct node_build *b)
{
	struct node *n = b->node;
	struct flat *f = b->flat;
	size_t i, k;

	n->n_phi = (uint32_t)b->n_phi;
	if (node_keep(b, b->phi, b->n_phi, sizeof(*b->phi), &n->phi))
		return ERROR_MEMORY;
	n->uses_snapshot_date = f->uses_date;
	if (b->doc.n > 0) {
		n->doc = arena_strndup(b->l->a, b->doc.p, b->doc.n);
		if (n->doc == NULL)
			return error_memory(b->l->err);
	}
	/* few: sorted by insertion */
	for (i = 1; i < f->n_used; i++) {
		struct parameter p = f->used[i];

		for (k = i; k > 0 && strcmp(f->used[k - 1].name, p.name) > 0;
		     k--)
			f->used[k] = f->used[k - 1];
		f->used[k] = p;
	}
	n->n_parameters = (uint32_t)f->n_used;
	return node_keep(b, f->used, f->n_used, sizeof(*f->used),
	    &n->parameters);
}

static int make_kind(struct node_build *b)
{
	struct node *n = b->node;
	const struct text_file *f = b->flat->body;
	int rc;

	if (f != NULL && f->role == ROLE_TABLE) {
		n->kind = NODE_TABLE;
		if (n->format.delimiter == '\0' &&
		    strcmp(f->name + strlen(f->name) - 4, ".tsv") == 0)
			n->format.delimiter = '\t';
		check_table(b);
		return 0;
	}
	n->kind = NODE_CODE;
	if (b->action.engine && strcmp(b->action.engine, "file") == 0)
		n->kind = NODE_SOURCE;
	check_code(b);
	if (b->action.engine == NULL)
		return 0;
	rc = add_action(b);
	if (rc == 0 && n->kind == NODE_CODE && f != NULL)
		rc = make_body(b);
	return rc;
}

int node_make(struct node_build *b)
{
	size_t i;
	int rc;

	b->node->threads = 1;
	b->node->action = SIZE_MAX;
	rc = read_groups(b);
	for (i = 0; rc == 0 && i < b->flat->n; i++)
		rc = node_read_word(b, &b->flat->items[i]);
	b->l->frame = NULL;
	if (rc == 0)
		rc = node_finish_inputs(b);
	if (rc == 0)
		rc = node_finish_helpers(b);
	if (rc == 0)
		rc = node_finish_columns(b);
	if (rc == 0)
		rc = make_names(b);
	if (rc == 0)
		rc = node_finish_tests(b);
	if (rc == 0)
		rc = make_kind(b);
	if (rc == 0 && b->flat->n_files > 0)
		rc = make_files(b);
	if (rc == 0)
		rc = finish_text(b);
	buf_clear(&b->doc);
	return rc;
}
