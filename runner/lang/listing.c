/* listing: what each file of a directory of the source is. */
#include <stdlib.h>
#include <string.h>

#include "runner/lang/diagnose.h"
#include "runner/lang/load.h"
#include "runner/lang/param.h"
#include "runner/lang/path.h"

/* Files that may be nodes, as they lie: before roles are known. Of most
 * listings nobody asks. */
static int map_stems(struct load *l, struct listing *list)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->n_files; i++) {
		struct text_file *f = list->files[i];
		/* A group file of the directory's own name is no node: it has
		 * no code and no ending, which is enough here. */
		bool is_code = f->scan.is_ours &&
		    (f->scan.has_body || strcmp(f->name, f->stem) != 0);

		if (is_code || listing_is_table(f->name))
			rc = map_set(&list->stems, f->stem, f, l->err);
	}
	return rc;
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
	if (rc == 0 && list != NULL && list->stems.n == 0)
		rc = map_stems(l, list);
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
	rc = path_read(l, l->a, slot, text, &path, &why);
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
	int rc = map_reserve(stems, list->n_files, l->err);

	for (i = 0; rc == 0 && i < list->n_files; i++) {
		struct text_file *f = list->files[i], *other;
		void *there;

		if (f->role != ROLE_NODE && f->role != ROLE_TABLE &&
		    f->role != ROLE_ACTION)
			continue;
		rc = map_add(stems, f->stem, f, &there, l->err);
		if (rc)
			return rc;
		other = there;
		if (other != f) {
			diagnose(l, place_of_file(f),
			    "two nodes are named %s: %s and %s; rename one",
			    f->stem, other->place, f->place);
			f->role = ROLE_OTHER;
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
