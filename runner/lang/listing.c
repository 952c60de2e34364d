/*
 * listing: the directories of the source, each read and scanned once, and
 * what each file is.
 */
#include <stdlib.h>
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n >= e && strcmp(s + n - e, end) == 0;
}

/* Names that are nobody's node. */
static bool is_dark(const char *name)
{
	return name[0] == '.' || name[0] == '_';
}

static bool is_table_name(const char *name)
{
	return ends_with(name, ".csv") || ends_with(name, ".tsv");
}

static const char *in_source(struct load *l, const char *path)
{
	return path[0] ? path_join(l->a, l->root, path) : l->root;
}

/* Reads and scans a file; its text is kept where it is ours. */
static int file_load(struct load *l, struct text_file *f)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const char *copy;
	int rc;

	if (f->is_read)
		return 0;
	f->is_read = true;
	f->order_by_line = -1;
	rc = source_read(l->src, f->place, &text, l->err);
	if (rc)
		return rc;
	rc = scan(l->a, buf_bytes(&text), &f->scan, l->err);
	if (rc || !f->scan.is_ours)
		return rc;
	copy = arena_strndup(l->a, text.p, text.n);
	if (copy == NULL)
		return error_memory(l->err);
	f->text = (struct bytes){ copy, text.n };
	return 0;
}

static int add_file(struct load *l, struct listing *list,
    const struct source_entry *e, size_t *cap)
{
	struct text_file **more = arena_grow(l->a, list->files, list->n_files,
	    cap, sizeof(struct text_file *));
	struct text_file *f = arena_alloc(l->a, sizeof(*f));
	const char *dot = strrchr(e->name, '.');
	int rc = 0;

	if (more == NULL || f == NULL)
		return error_memory(l->err);
	list->files = more;
	f->name = e->name;
	f->stem = arena_strndup(l->a, e->name,
	    dot ? (size_t)(dot - e->name) : strlen(e->name));
	f->path = path_join(l->a, list->dir, e->name);
	f->place =
	    l->root[0] && f->path ? path_join(l->a, l->root, f->path) : f->path;
	if (f->stem == NULL || f->place == NULL)
		return error_memory(l->err);
	memcpy(f->blob, e->id, sizeof(f->blob));
	more[list->n_files++] = f;
	f->is_read = is_table_name(e->name);
	if (f->is_read)
		f->role = ROLE_TABLE;
	else
		rc = file_load(l, f);
	if (rc)
		return rc;
	/* A group file of the directory's own name is no node: it has no code
	 * and no ending, which is enough here. */
	if (f->role == ROLE_TABLE || f->scan.has_body ||
	    strcmp(f->name, f->stem) != 0)
		if (f->role == ROLE_TABLE || f->scan.is_ours)
			return map_set(&list->stems, f->stem, f, l->err);
	return 0;
}

static int read_listing(struct load *l, struct listing *list)
{
	size_t cap = 0, i;
	int rc = source_list(l->src, in_source(l, list->dir), l->a,
	    &list->entries, &list->n_entries, l->err);

	for (i = 0; rc == 0 && i < list->n_entries; i++) {
		const struct source_entry *e = &list->entries[i];

		if (e->kind == ENTRY_FILE && !is_dark(e->name))
			rc = add_file(l, list, e, &cap);
	}
	return rc;
}

int listing_get(struct load *l, const char *dir, struct listing **out)
{
	struct error why = { 0 }, *err = l->err;
	struct listing *list;
	int rc;

	*out = NULL;
	if (map_has(&l->listings, dir)) {
		*out = map_get(&l->listings, dir);
		return 0;
	}
	list = arena_alloc(l->a, sizeof(*list));
	if (list == NULL)
		return error_memory(err);
	list->dir = dir;
	l->err = &why;
	rc = read_listing(l, list);
	l->err = err;
	if (rc == ERROR_SYNTAX)
		diagnose(l,
		    (struct place){ arena_strdup(l->a, why.path), why.line,
		        why.col },
		    "%s", why.msg);
	if (rc && rc != ERROR_NOT_FOUND && rc != ERROR_SYNTAX) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	*out = rc ? NULL : list;
	return map_set(&l->listings, dir, *out, l->err);
}

const struct source_entry *listing_find(const struct listing *list,
    const char *name)
{
	size_t low = 0, high = list->n_entries;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(list->entries[mid].name, name);

		if (c == 0)
			return &list->entries[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Whether a node or an action of that path lies there. */
static int has_stem(struct load *l, const char *path, bool *has)
{
	const char *dir = path_dir(l->a, path);
	struct listing *list;
	int rc;

	*has = false;
	if (dir == NULL)
		return error_memory(l->err);
	rc = listing_get(l, dir, &list);
	if (rc == 0 && list != NULL)
		*has = map_has(&list->stems, path_name(path));
	return rc;
}

/* Whether an @include of a file without code mounts a directory. */
static int is_mount(struct load *l, const struct slot *slot,
    const struct directive *d, bool *out)
{
	const char *text = d->args[0].text, *why;
	struct listing *list = NULL;
	struct path path;
	bool has = false;
	int rc;

	*out = strstr(text, "{{") != NULL;
	if (*out || strcmp(text, "super") == 0)
		return 0;
	rc = path_read(l, slot, text, &path, &why);
	if (rc || why != NULL)
		return rc;
	*out = path.is_dir;
	if (!path.is_dir)
		rc = has_stem(l, path.lies, &has);
	if (rc == 0 && !path.is_dir && !has) {
		rc = listing_get(l, path.lies, &list);
		*out = list != NULL;
	}
	return rc;
}

static bool has_word(const struct text_file *f, enum directive_word word)
{
	size_t i;

	for (i = 0; i < f->scan.n; i++)
		if (f->scan.directives[i].word == word)
			return true;
	return false;
}

/* A file without code that includes: group (mounts) or node. */
static int settle_include(struct load *l, const struct slot *slot,
    struct text_file *f)
{
	const struct directive *mount = NULL, *node = NULL;
	size_t i;

	for (i = 0; i < f->scan.n; i++) {
		const struct directive *d = &f->scan.directives[i];
		bool mounts;
		int rc;

		if (d->word != WORD_INCLUDE)
			continue;
		rc = is_mount(l, slot, d, &mounts);
		if (rc)
			return rc;
		if (mounts)
			mount = d;
		else
			node = d;
	}
	f->role = mount ? ROLE_GROUP : ROLE_NODE;
	if (mount != NULL && node != NULL) {
		const struct directive *later = mount > node ? mount : node;

		diagnose(l, place_of(f, later),
		    "a mount and an include of a node in one file: put the "
		    "mount into a file of its own");
		f->role = ROLE_OTHER;
	}
	return 0;
}

/* Told also where nothing includes it. */
static void check_action(struct load *l, const struct text_file *f)
{
	const struct directive *how = NULL;
	size_t i;

	if (f->scan.has_body)
		diagnose(l, (struct place){ f->place, f->scan.body_line, 1 },
		    "an action has no code: put it into a node that includes "
		    "the action");
	for (i = 0; i < f->scan.n; i++) {
		const struct directive *d = &f->scan.directives[i];

		if (!directive_table[d->word].in_action)
			diagnose(l, place_of(f, d),
			    "@%s means nothing in an action",
			    directive_table[d->word].word);
		if (d->word != WORD_RUN && d->word != WORD_ENGINE)
			continue;
		if (how != NULL && how->word != d->word)
			diagnose(l, place_of(f, d),
			    "an action has either @run or @engine; line %d "
			    "says the other",
			    how->line);
		how = d;
	}
}

static int settle_file(struct load *l, struct listing *list,
    struct text_file *f)
{
	/* as far as paths are concerned, the file where it lies */
	struct layer bare = { 0 };
	struct slot here = { .layer = &bare, .listing = list };
	bool includes = has_word(f, WORD_INCLUDE);

	if (f->role != ROLE_UNKNOWN)
		return 0;
	f->role = ROLE_OTHER;
	if (!f->scan.is_ours)
		return 0;
	if (has_word(f, WORD_RUN) || has_word(f, WORD_ENGINE)) {
		f->role = ROLE_ACTION;
		check_action(l, f);
	} else if (includes && f->scan.has_body)
		f->role = ROLE_NODE;
	else if (includes)
		return settle_include(l, &here, f);
	else if (!f->scan.has_body)
		f->role = ROLE_GROUP;
	else if (has_word(f, WORD_DEPEND) || has_word(f, WORD_OVERRIDE))
		f->role = ROLE_NODE; /* run by the action of what it hides */
	return 0;
}

static void tell_scan_errors(struct load *l, const struct text_file *f)
{
	size_t i;

	for (i = 0; i < f->scan.n_errors; i++) {
		const struct scan_error *e = &f->scan.errors[i];

		diagnose(l, (struct place){ f->place, e->line, e->col }, "%s",
		    e->message);
	}
}

/* Directives alone beside a table of the same stem are the table's. */
static void find_companions(struct listing *list, struct map *stems)
{
	size_t i;

	for (i = 0; i < list->n_files; i++) {
		struct text_file *f = list->files[i], *table;

		if (f->role != ROLE_GROUP || has_word(f, WORD_INCLUDE))
			continue;
		table = map_get(stems, f->stem);
		if (table != NULL && table->role == ROLE_TABLE) {
			f->role = ROLE_COMPANION;
			table->companion = f;
		}
	}
}

static int find_stems(struct load *l, struct listing *list, struct map *stems)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->n_files; i++) {
		struct text_file *f = list->files[i], *other;

		if (f->role != ROLE_NODE && f->role != ROLE_TABLE &&
		    f->role != ROLE_ACTION)
			continue;
		other = map_get(stems, f->stem);
		if (other != NULL) {
			diagnose(l, place_of_file(f),
			    "two nodes are named %s: %s and %s; rename one",
			    f->stem, other->place, f->place);
			f->role = ROLE_OTHER;
		} else {
			rc = map_set(stems, f->stem, f, l->err);
		}
	}
	return rc;
}

/* One directive of a group file. */
static void check_group_word(struct load *l, const struct text_file *f,
    const struct directive *d)
{
	const char *word = directive_table[d->word].word;

	if (directive_table[d->word].in_group)
		return;
	if (d->word == WORD_DEPEND)
		diagnose(l, place_of(f, d),
		    "@depend in a file that includes no action: say first how "
		    "its code is run, like @include action/sql/sqlite");
	else
		diagnose(l, place_of(f, d),
		    "@%s means nothing in a file of directives alone, which "
		    "acts on its directory; if this is a node, it includes an "
		    "action, a node or super",
		    word);
}

void group_check(struct load *l, const struct text_file *f)
{
	size_t i;

	for (i = 0; i < f->scan.n; i++)
		check_group_word(l, f, &f->scan.directives[i]);
}

static int add_group_word(struct load *l, struct listing *list,
    struct text_file *f, struct directive *d)
{
	struct map *m = d->word == WORD_SET ? &list->sets : &list->params;
	const char *name = d->args[0].text;
	struct group_word *w = &list->words[list->n_words++], *other;

	if (d->word == WORD_PARAM)
		name = arena_strndup(l->a, name, strcspn(name, ":"));
	if (name == NULL)
		return error_memory(l->err);
	*w = (struct group_word){ d, f };
	other = map_get(m, name);
	if (other == NULL)
		return map_set(m, name, w, l->err);
	if (other->file != f)
		diagnose(l, place_of(f, d),
		    "%s gets two %s, here and in %s:%d, and neither is nearer; "
		    "drop one",
		    name, d->word == WORD_SET ? "values" : "declarations",
		    other->file->place, other->directive->line);
	return 0;
}

/* Group files that say defaults for the nodes below. */
static int add_limits(struct load *l, struct listing *list, struct text_file *f)
{
	struct text_file **more;

	if (!has_word(f, WORD_OWNER) && !has_word(f, WORD_TIMEOUT) &&
	    !has_word(f, WORD_MEMORY) && !has_word(f, WORD_POOL) &&
	    !has_word(f, WORD_THREADS))
		return 0;
	more = arena_grow(l->a, list->limits, list->n_limits, &list->cap_limits,
	    sizeof(struct text_file *));
	if (more == NULL)
		return error_memory(l->err);
	list->limits = more;
	more[list->n_limits++] = f;
	return 0;
}

static int settle_group(struct load *l, struct listing *list,
    struct text_file *f)
{
	size_t i;
	int rc = add_limits(l, list, f);

	if (rc == 0 && !has_word(f, WORD_INCLUDE))
		rc = map_set(&list->groups, f->stem, f, l->err);

	for (i = 0; rc == 0 && i < f->scan.n; i++) {
		struct directive *d = &f->scan.directives[i];

		if (d->word == WORD_ABSTRACT)
			list->is_abstract = true;
		if (d->word == WORD_PARAM)
			param_declare(l, f, d);
		if (d->word == WORD_SET || d->word == WORD_PARAM)
			rc = add_group_word(l, list, f, d);
	}
	return rc;
}

int listing_settle(struct load *l, struct listing *list)
{
	struct map stems = { 0 };
	size_t i, n = 0;
	int rc = 0;

	if (list->is_settled)
		return 0;
	list->is_settled = true;
	for (i = 0; rc == 0 && i < list->n_files; i++)
		rc = settle_file(l, list, list->files[i]);
	if (rc == 0)
		rc = find_stems(l, list, &stems);
	if (rc == 0)
		find_companions(list, &stems);
	map_clear(&stems);
	for (i = 0; rc == 0 && i < list->n_files; i++) {
		if (list->files[i]->role == ROLE_OTHER)
			continue;
		tell_scan_errors(l, list->files[i]);
		if (list->files[i]->role == ROLE_GROUP)
			n += list->files[i]->scan.n;
	}
	list->words = arena_array(l->a, n, sizeof(*list->words));
	if (list->words == NULL)
		return error_memory(l->err);
	for (i = 0; rc == 0 && i < list->n_files; i++)
		if (list->files[i]->role == ROLE_GROUP)
			rc = settle_group(l, list, list->files[i]);
	return rc;
}
