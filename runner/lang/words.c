/* words: what each directive says about a node; see node.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/base/text.h"
#include "runner/lang/diagnose.h"
#include "runner/lang/flatten.h"
#include "runner/lang/node.h"
#include "runner/lang/param.h"

struct text_file *item_file(const struct flat_item *item)
{
	return entry_text(item->frame->entry);
}

struct place item_place(const struct flat_item *item)
{
	return place_of(item_file(item), item->directive);
}

struct place item_arg_place(const struct flat_item *item,
    const struct directive_arg *arg)
{
	return place_of_arg(item_file(item), item->directive, arg);
}

int node_arg(struct node_build *b, const struct flat_item *item,
    const struct directive_arg *arg, const char **out)
{
	return param_expand_arg(b->l, b->flat, arg, item_arg_place(item, arg),
	    out);
}

/* A number with one of some units behind it; 0 where it is not such a one. */
struct unit {
	const char *name;
	int64_t factor;
};

static int64_t parse_amount(const char *text, const struct unit *units,
    size_t n)
{
	char *end;
	long long value;
	size_t i;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 14)
		return 0;
	value = strtoll(text, &end, 10);
	for (i = 0; i < n; i++)
		if (strcmp(end, units[i].name) == 0)
			return value > INT64_MAX / units[i].factor
			    ? 0
			    : value * units[i].factor;
	return 0;
}

static int64_t parse_time(const char *text)
{
	static const struct unit units[] = { { "ms", 1 }, { "s", 1000 },
		{ "m", 60000 }, { "min", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };

	return parse_amount(text, units, ARRAY_LEN(units));
}

static int64_t parse_size(const char *text)
{
	static const struct unit units[] = { { "B", 1 }, { "KiB", 1 << 10 },
		{ "MiB", 1 << 20 }, { "GiB", 1 << 30 },
		{ "TiB", (int64_t)1 << 40 }, { "KB", 1000 }, { "MB", 1000000 },
		{ "GB", 1000000000 }, { "TB", 1000000000000 } };

	return parse_amount(text, units, ARRAY_LEN(units));
}

/* @timeout, @memory, @threads: also of a group file. */
static void read_limit(struct node_build *b, const struct flat_item *item,
    const char *text)
{
	struct place at = item_arg_place(item, &item->directive->args[0]);
	struct node *n = b->node;
	int64_t value;

	switch (item->directive->word) {
	case WORD_TIMEOUT:
		n->timeout_ms = value = parse_time(text);
		if (value <= 0)
			diagnose(b->l, at,
			    "'%s' is no time; write 90s, 10m or 2h", text);
		break;
	case WORD_MEMORY:
		n->memory_bytes = value = parse_size(text);
		if (value <= 0)
			diagnose(b->l, at,
			    "'%s' is no size; write 512MiB or 2GiB", text);
		break;
	default:
		value = parse_amount(text, &(struct unit){ "", 1 }, 1);
		if (value < 1 || value > 1024)
			diagnose(b->l, at,
			    "'%s' is no number of threads; it is 1 to 1024",
			    text);
		else
			n->threads = (int)value;
	}
}

static char one_char(struct node_build *b, const struct flat_item *item,
    const struct directive_arg *arg, const char *value)
{
	if (strcmp(value, "tab") == 0 || strcmp(value, "\\t") == 0)
		return '\t';
	if (value[0] != '\0' && value[1] == '\0' &&
	    (unsigned char)value[0] < 0x80)
		return value[0];
	diagnose(b->l, item_arg_place(item, arg),
	    "'%s' is not one character (or tab)", value);
	return '\0';
}

static void read_format_word(struct node_build *b, const struct flat_item *item,
    const struct directive_arg *arg, const char *text, struct text_format *f)
{
	static const char *const names[] = { "delimiter", "quote", "encoding",
		"header", "null" };
	const char *value = strchr(text, '=');
	struct place at = item_arg_place(item, arg);
	const char *name, *near;

	name = arena_strndup(&b->l->scratch, text,
	    value ? (size_t)(value - text) : strlen(text));
	if (name == NULL || value == NULL) {
		diagnose(b->l, at, "%s: @format is written name=value", text);
		return;
	}
	value++;
	if (strcmp(name, "delimiter") == 0) {
		f->delimiter = one_char(b, item, arg, value);
	} else if (strcmp(name, "quote") == 0) {
		f->quote = strcmp(value, "none") == 0
		    ? QUOTE_NONE
		    : one_char(b, item, arg, value);
	} else if (strcmp(name, "encoding") == 0) {
		f->windows_1252 = text_eq_fold(value, "windows-1252");
		if (!f->windows_1252 && !text_eq_fold(value, "utf-8"))
			diagnose(b->l, at,
			    "there is no encoding %s; it is utf-8 or "
			    "windows-1252",
			    value);
	} else if (strcmp(name, "header") == 0) {
		f->no_header = strcmp(value, "no") == 0;
		if (!f->no_header && strcmp(value, "yes") != 0)
			diagnose(b->l, at, "header is yes or no");
	} else if (strcmp(name, "null") == 0) {
		f->null = value;
	} else {
		near = text_nearest(name, names, ARRAY_LEN(names));
		diagnose(b->l, at, "@format has no %s%s%s%s", name,
		    near ? "; did you mean " : "", near ? near : "",
		    near ? "?" : "");
	}
}

static int read_format(struct node_build *b, const struct flat_item *item)
{
	const struct directive *d = item->directive;
	struct text_format f = { 0 };
	size_t i;

	for (i = 0; i < d->n; i++) {
		const char *text;
		int rc = node_arg(b, item, &d->args[i], &text);

		if (rc)
			return rc;
		if (text != NULL)
			read_format_word(b, item, &d->args[i], text, &f);
	}
	if (f.delimiter != '\0' && f.delimiter == (f.quote ? f.quote : '"'))
		diagnose(b->l, item_place(item),
		    "@format: the delimiter is the quote too");
	b->node->format = f;
	if (item->frame->entry->file->role == ROLE_ACTION)
		b->action_format = f;
	return 0;
}

static int read_names(struct node_build *b, const struct flat_item *item,
    const char ***names, size_t *n, size_t *cap)
{
	const struct directive *d = item->directive;
	size_t i, k;

	for (i = 0; i < d->n_list; i++) {
		const char **more, *text;
		int rc = node_arg(b, item, &d->list[i], &text);

		if (rc)
			return rc;
		for (k = 0; text != NULL && k < *n; k++)
			if (strcmp((*names)[k], text) == 0)
				break;
		if (text == NULL)
			continue;
		if (k < *n) {
			if (d->word == WORD_KEY)
				diagnose(b->l,
				    item_arg_place(item, &d->list[i]),
				    "column %s is named twice", text);
			continue;
		}
		more =
		    arena_grow(&b->l->scratch, *names, *n, cap, sizeof(*more));
		if (more == NULL)
			return error_memory(b->l->err);
		*names = more;
		more[(*n)++] = text;
	}
	return 0;
}

static int read_key(struct node_build *b, const struct flat_item *item)
{
	const char **names = NULL;
	size_t n = 0, cap = 0;
	int rc = read_names(b, item, &names, &n, &cap);

	b->node->contract.n_key = (uint32_t)n;
	b->node->contract.key_at = item_place(item);
	return rc
	    ? rc
	    : node_keep(b, names, n, sizeof(*names), &b->node->contract.key);
}

/* What no taking of files would ever find (cache/landing.h) is said now. */
static void check_path(struct node_build *b, struct place at, const char *path)
{
	const char *part = path, *end;
	size_t len = strlen(path);

	if (path[0] == '/' || len == 0 || path[len - 1] == '/' ||
	    strstr(path, "//") != NULL) {
		diagnose(b->l, at,
		    "'%s' is no pattern of files below the landing directory: "
		    "it names files, without a slash before it",
		    path);
		return;
	}
	if (strstr(path, "**") != NULL) {
		diagnose(b->l, at,
		    "'%s': a * stands for what is between two slashes, and so "
		    "does **; a directory deeper is one more */",
		    path);
		return;
	}
	for (; part != NULL; part = end ? end + 1 : NULL) {
		end = strchr(part, '/');
		if (part[0] == '.')
			diagnose(b->l, at,
			    "'%s': what begins with a dot is not seen in the "
			    "landing directory",
			    path);
	}
	if (text_ends_in(path, ".part") || text_ends_in(path, ".tmp"))
		diagnose(b->l, at,
		    "'%s': .part and .tmp are files on their way; they are not "
		    "seen",
		    path);
}

static int read_paths(struct node_build *b, const struct flat_item *item)
{
	const struct directive *d = item->directive;
	const char **paths = arena_array(b->l->a, d->n, sizeof(char *));
	size_t i, n = 0;

	if (paths == NULL)
		return error_memory(b->l->err);
	for (i = 0; i < d->n; i++) {
		int rc = node_arg(b, item, &d->args[i], &paths[n]);
		const char *p = paths[n];

		if (rc)
			return rc;
		if (p == NULL)
			continue;
		check_path(b, item_arg_place(item, &d->args[i]), p);
		n++;
	}
	b->node->paths = paths;
	b->node->n_paths = (uint32_t)n;
	b->path_at = item_place(item);
	return 0;
}

static const char *word_of(const char *text, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return words[i];
	return NULL;
}

static void read_engine(struct node_build *b, const struct flat_item *item,
    const char *text)
{
	static const char *const words[] = { "sqlite", "duckdb", "file" };
	const char *near;

	b->action.engine = word_of(text, words, ARRAY_LEN(words));
	b->action.run = NULL;
	b->action.at = item_place(item);
	if (b->action.engine == NULL) {
		near = text_nearest(text, words, ARRAY_LEN(words));
		diagnose(b->l, item_arg_place(item, &item->directive->args[0]),
		    "there is no engine %s; it is sqlite, duckdb or file%s%s%s",
		    text, near ? "; did you mean " : "", near ? near : "",
		    near ? "?" : "");
		b->flat->has_failed = true;
	}
}

static void read_quote(struct node_build *b, const struct flat_item *item,
    const char *text)
{
	static const char *const words[] = { "sql", "python", "r", "shell" };

	b->action.quote = word_of(text, words, ARRAY_LEN(words));
	if (b->action.quote == NULL)
		diagnose(b->l, item_arg_place(item, &item->directive->args[0]),
		    "there is no language %s; @quote is sql, python, r or "
		    "shell",
		    text);
}

/* @run and @probe are commands: a {{name}} that nothing declares stays. */
static int read_command(struct node_build *b, const struct flat_item *item)
{
	const struct directive_arg *arg = &item->directive->args[0];
	struct bytes text = bytes_of(arg->text);
	int rc = 0;

	if (template_has(text))
		rc = param_expand(b->l, b->flat, LANGUAGE_NONE, text,
		    item_arg_place(item, arg), &text);
	if (rc || text.p == NULL)
		return rc;
	if (item->directive->word == WORD_PROBE) {
		b->action.probe = text.p;
		return 0;
	}
	b->action.run = text.p;
	b->action.engine = "command";
	b->action.at = item_place(item);
	return 0;
}

static int read_doc(struct node_build *b, const char *text)
{
	if (b->doc.n > 0)
		buf_add_char(&b->doc, '\n');
	buf_add_str(&b->doc, text);
	return buf_check(&b->doc, b->l->err);
}

/* Words that are checked and kept, and not acted upon today. */
static void note_not_enforced(struct node_build *b,
    const struct flat_item *item)
{
	enum directive_word w = item->directive->word;
	unsigned bit = 1U << w;

	if (w != WORD_PHI && w != WORD_POOL)
		return;
	if (!(b->l->said & bit))
		diagnose_warning(b->l, item_place(item),
		    "@%s is not yet enforced", directive_table[w].word);
	b->l->said |= bit;
}

static int read_text(struct node_build *b, const struct flat_item *item)
{
	struct node *n = b->node;
	const char *text;
	int rc = node_arg(b, item, &item->directive->args[0], &text);

	if (rc || text == NULL)
		return rc;
	switch (item->directive->word) {
	case WORD_DOC:
		return read_doc(b, text);
	case WORD_OWNER:
		n->owner = text;
		return 0;
	case WORD_POOL:
		n->pool = text;
		return 0;
	case WORD_VOLATILE:
		n->volatile_reason = text;
		return 0;
	case WORD_ENGINE:
		read_engine(b, item, text);
		return 0;
	case WORD_QUOTE:
		read_quote(b, item, text);
		return 0;
	default:
		read_limit(b, item, text);
		return 0;
	}
}

/* Directives of an action that another one has replaced. */
static bool is_of_old_action(const struct node_build *b,
    const struct flat_item *item)
{
	enum directive_word w = item->directive->word;
	const struct frame *f = item->frame;

	if (f->entry->file->role != ROLE_ACTION ||
	    (w != WORD_RUN && w != WORD_ENGINE && w != WORD_QUOTE &&
	        w != WORD_PROBE && w != WORD_FORMAT))
		return false;
	for (; f != NULL; f = f->parent)
		if (f == b->flat->action_frame)
			return false;
	return true;
}

int node_read_word(struct node_build *b, const struct flat_item *item)
{
	b->l->frame = item->frame;
	if (is_of_old_action(b, item) ||
	    (item->frame->entry->file->role == ROLE_ACTION &&
	        !directive_table[item->directive->word].in_action))
		return 0;
	note_not_enforced(b, item);
	switch (item->directive->word) {
	case WORD_DEPEND:
		return node_read_depend(b, item);
	case WORD_FILE:
		return node_read_file(b, item);
	case WORD_COLUMN:
		return node_read_column(b, item);
	case WORD_KEY:
		return read_key(b, item);
	case WORD_PHI:
		return read_names(b, item, &b->phi, &b->n_phi, &b->cap_phi);
	case WORD_FORMAT:
		return read_format(b, item);
	case WORD_PATH:
		return read_paths(b, item);
	case WORD_TEST:
	case WORD_WARN:
		return node_read_test(b, item);
	case WORD_RUN:
	case WORD_PROBE:
		return read_command(b, item);
	case WORD_ORDERED:
		b->node->contract.ordered = true;
		return 0;
	case WORD_RELEASE:
		b->node->release = true;
		return 0;
	case WORD_ABSTRACT:
		diagnose(b->l, item_place(item),
		    "@abstract is about a directory: put it into a file of "
		    "directives alone");
		return 0;
	case WORD_OVERRIDE:
		return 0;
	default:
		return read_text(b, item);
	}
}
