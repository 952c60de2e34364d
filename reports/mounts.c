/* mounts: see mounts.h. */
#include "reports/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "reports/report.h"

/* A node that a place has from a file elsewhere. */
struct brought {
	const char *file;
	const char *place; /* of n_place bytes; 0: the root */
	size_t n_place;
	const char *name; /* of the node, from the place on */
	const struct manifest_node *was, *now; /* either may be NULL */
};

struct work {
	const struct report *r;
	struct brought *items; /* by file, then place */
	size_t n, cap;
	struct report_mount *mounts;
	size_t n_mounts, mounts_cap;
};

void report_mounts_clear(struct report_mount *mounts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(mounts[i].name);
	mem_free(mounts);
}

const char *mount_effect_name(enum mount_effect effect)
{
	static const char *const names[] = { "overrides", "same", "changed",
		"failed" };

	return names[effect];
}

/* -- who has what from where -- */

/* What lies below a directory, from behind its slash; NULL: it does not. */
static const char *below(const char *path, const char *dir, size_t n)
{
	if (n == 0)
		return path;
	return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1
	                                                    : NULL;
}

/* False where the node's file is its place's own. */
static bool find_place(const struct manifest_node *n, struct brought *out)
{
	const char *last, *slash, *own;

	if (n->n_include == 0 || n->file == NULL)
		return false;
	last = n->include[n->n_include - 1];
	slash = strrchr(last, '/');
	out->place = last;
	out->n_place = slash ? (size_t)(slash - last) : 0;
	out->name = below(n->path, out->place, out->n_place);
	own = below(n->file, out->place, out->n_place);
	if (out->n_place == 0)
		own = strchr(n->file, '/') ? NULL : n->file;
	out->file = n->file;
	return out->name != NULL && own == NULL;
}

static bool is_of(const struct manifest_node *n, const char *file)
{
	return n != NULL && n->file != NULL && strcmp(n->file, file) == 0;
}

static int add(struct work *w, const struct brought *b, struct error *err)
{
	struct brought *more = mem_grow(w->items, w->n, &w->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	w->items = more;
	more[w->n++] = *b;
	return 0;
}

static int compare_place(const struct brought *a, const struct brought *b)
{
	size_t n = a->n_place < b->n_place ? a->n_place : b->n_place;
	int order = n > 0 ? strncmp(a->place, b->place, n) : 0;

	if (order == 0 && a->n_place != b->n_place)
		order = a->n_place < b->n_place ? -1 : 1;
	return order;
}

static int compare_brought(const void *a, const void *b)
{
	const struct brought *p = a, *q = b;
	int order = strcmp(p->file, q->file);

	return order ? order : compare_place(p, q);
}

/* Of both manifests; a node that a file brings no more is there without now. */
static int find_brought(struct work *w, struct error *err)
{
	const struct manifest *before = w->r->before, *after = w->r->after;
	struct brought b = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < after->n; i++) {
		b = (struct brought){ .now = &after->nodes[i] };
		if (!find_place(b.now, &b))
			continue;
		b.was = manifest_find(before, b.now->path);
		if (!is_of(b.was, b.file))
			b.was = NULL;
		rc = add(w, &b, err);
	}
	for (i = 0; rc == 0 && i < before->n; i++) {
		b = (struct brought){ .was = &before->nodes[i] };
		if (find_place(b.was, &b) &&
		    !is_of(manifest_find(after, b.was->path), b.file))
			rc = add(w, &b, err);
	}
	if (w->n > 1)
		qsort(w->items, w->n, sizeof(*w->items), compare_brought);
	return rc;
}

/* -- what was touched -- */

static bool is_affected(const struct manifest_node *was,
    const struct manifest_node *now)
{
	return was == NULL || now == NULL || now->state != NODE_OK ||
	    !digest_eq(&was->key, &now->key);
}

/* Whether what the node reads is as it was. */
static bool reads_the_same(const struct report *r,
    const struct manifest_node *now)
{
	size_t i;

	for (i = 0; i < now->n_inputs; i++) {
		const struct manifest_node *x =
		    manifest_find(r->before, now->inputs[i]);
		const struct manifest_node *y =
		    manifest_find(r->after, now->inputs[i]);

		if (x == NULL || y == NULL || !digest_eq(&x->table, &y->table))
			return false;
	}
	return true;
}

static bool is_blob_other(const struct brought *b)
{
	return b->was != NULL && b->now != NULL && b->was->file_blob != NULL &&
	    b->now->file_blob != NULL &&
	    strcmp(b->was->file_blob, b->now->file_blob) != 0;
}

/* One file's: items[from..to-1]. */
static bool is_touched(const struct work *w, size_t from, size_t to)
{
	size_t i, places = 1, was = 0, now = 0, affected = 0, by_itself = 0;
	bool is_other = false;

	for (i = from; i < to; i++) {
		const struct brought *b = &w->items[i];

		places += i > from && compare_place(&b[-1], b) != 0;
		was += b->was != NULL;
		now += b->now != NULL;
		is_other |= is_blob_other(b);
		if (!is_affected(b->was, b->now))
			continue;
		affected++;
		by_itself += w->r->is_fair && b->was && b->now &&
		    reads_the_same(w->r, b->now);
	}
	return places > 1 && affected > 0 &&
	    (is_other || was == 0 || now == 0 || by_itself > 1);
}

/* -- the places -- */

static struct report_mount *find_mount(struct work *w, const struct brought *b)
{
	size_t i;

	for (i = 0; i < w->n_mounts; i++) {
		const char *name = w->mounts[i].name;

		if (b->n_place == 0
		        ? strcmp(name, "/") == 0
		        : strncmp(name, b->place, b->n_place) == 0 &&
		            name[b->n_place] == '\0')
			return &w->mounts[i];
	}
	return NULL;
}

static int add_mount(struct work *w, const struct brought *b, struct error *err)
{
	struct report_mount *more;

	if (find_mount(w, b) != NULL)
		return 0;
	more = mem_grow(w->mounts, w->n_mounts, &w->mounts_cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	w->mounts = more;
	more += w->n_mounts;
	*more = (struct report_mount){ 0 };
	more->name =
	    b->n_place ? mem_strndup(b->place, b->n_place) : mem_strdup("/");
	if (more->name == NULL)
		return error_memory(err);
	w->n_mounts++;
	return 0;
}

/* The library that a file is of: its name without that of the node. 0: the
 * node is called otherwise (an include of one node). */
static size_t library_of(const struct brought *b)
{
	const char *dot = strrchr(b->file, '.');
	size_t n = dot ? (size_t)(dot - b->file) : strlen(b->file);
	size_t name = strlen(b->name);

	if (n <= name + 1 || b->file[n - name - 1] != '/' ||
	    strncmp(b->file + n - name, b->name, name) != 0)
		return 0;
	return n - name - 1;
}

/* Whether a place has a node of the name that is none of the file's. */
static bool hides(const struct work *w, const struct brought *of,
    const struct brought *place)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	const struct manifest_node *n;

	buf_add(&path, place->place, place->n_place);
	if (place->n_place > 0)
		buf_add_char(&path, '/');
	buf_add_str(&path, of->name);
	n = path.failed ? NULL : manifest_find(w->r->after, path.p);
	return n != NULL && !is_of(n, of->file);
}

/* The places that have something of the file's library, and hide the file. */
static int add_hiding(struct work *w, const struct brought *of,
    struct error *err)
{
	size_t library = library_of(of), i;
	int rc = 0;

	for (i = 0; library > 0 && rc == 0 && i < w->n; i++) {
		const struct brought *b = &w->items[i];

		if (b->now != NULL && below(b->file, of->file, library) &&
		    hides(w, of, b))
			rc = add_mount(w, b, err);
	}
	return rc;
}

static int find_mounts(struct work *w, struct error *err)
{
	size_t from, to, i;
	int rc = 0;

	for (from = 0; from < w->n && rc == 0; from = to) {
		for (to = from + 1; to < w->n; to++)
			if (strcmp(w->items[from].file, w->items[to].file) != 0)
				break;
		if (!is_touched(w, from, to))
			continue;
		for (i = from; i < to && rc == 0; i++)
			rc = add_mount(w, &w->items[i], err);
		if (rc == 0)
			rc = add_hiding(w, &w->items[from], err);
	}
	return rc;
}

/* -- what became of them -- */

static bool is_in(const struct report_mount *m, const char *path)
{
	return strcmp(m->name, "/") == 0 ||
	    below(path, m->name, strlen(m->name)) != NULL;
}

static void judge(const struct report *r, struct report_mount *m)
{
	bool failed = false;
	size_t i;

	for (i = 0; i < r->after->n; i++) {
		const struct manifest_node *now = &r->after->nodes[i];

		if (!is_in(m, now->path) ||
		    !is_affected(manifest_find(r->before, now->path), now))
			continue;
		m->n_nodes++;
		failed |= now->state != NODE_OK;
	}
	for (i = 0; i < r->n_tables; i++) {
		const struct report_table *t = &r->tables[i];

		if (!is_in(m, t->node->path))
			continue;
		m->n_changed++;
		m->n_nodes += t->change == TABLE_GONE;
	}
	m->effect = failed     ? MOUNT_FAILED
	    : m->n_changed > 0 ? MOUNT_CHANGED
	    : m->n_nodes > 0   ? MOUNT_SAME
	                       : MOUNT_OVERRIDES;
}

static int compare_mounts(const void *a, const void *b)
{
	const struct report_mount *p = a, *q = b;

	return strcmp(p->name, q->name);
}

int report_mounts_make(const struct report *r, struct report_mount **out,
    size_t *n, struct error *err)
{
	struct work w = { .r = r };
	size_t i;
	int rc = 0;

	*out = NULL;
	*n = 0;
	if (r->before == NULL)
		return 0;
	if ((rc = find_brought(&w, err)) == 0)
		rc = find_mounts(&w, err);
	mem_free(w.items);
	if (rc) {
		report_mounts_clear(w.mounts, w.n_mounts);
		return rc;
	}
	for (i = 0; i < w.n_mounts; i++)
		judge(r, &w.mounts[i]);
	if (w.n_mounts > 1)
		qsort(w.mounts, w.n_mounts, sizeof(*w.mounts), compare_mounts);
	*out = w.mounts;
	*n = w.n_mounts;
	return 0;
}
