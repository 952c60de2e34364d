/* sluice explain: why a node would run, ran, or was reused. */
#include <getopt.h>
#include <git2.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/snapshot.h"
#include "runner/behind.h"
#include "runner/cmd/look.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/range.h"
#include "runner/cmd/snapshots.h"
#include "runner/explain.h"
#include "runner/lang/change.h"

enum {
	FILES = 10, /* that are named on a terminal */
	BEHIND = 5 /* nodes, likewise */
};

/* All that is found out about the node. */
struct answer {
	const struct node *node;
	const char *cause; /* of the text; NULL: not touched */
	struct place at;
	char commit[41]; /* behind that line; "" where uncommitted */
	char author[128];
	const char *input;
	struct run_record record;
	const struct run_node *ran; /* NULL: no run is known */
	struct manifest head, base;
	struct digest key, base_key;
	char difference[200];
	json_t
	    *files; /* delivered ones that differ: {"change","path"}, or NULL */
	json_t *behind; /* {"node","file","files"}: what differs by itself */
	struct snapshot now, was; /* where both are known */
	bool has_snapshots;
	bool is_known; /* another text, that the base has at another path */
	bool is_behind; /* the run is of other files than there are now */
	char base_name[16]; /* what it is compared with */
};

static void answer_clear(struct answer *a)
{
	run_record_clear(&a->record);
	manifest_clear(&a->head);
	manifest_clear(&a->base);
	json_decref(a->files);
	json_decref(a->behind);
	snapshot_clear(&a->now);
	snapshot_clear(&a->was);
}

/* Any bytes may stand in a commit. */
static int set_author(struct answer *a, const char *name, struct error *err)
{
	CLEANUP(buf_clear) struct buf safe = { 0 };

	text_add_visible(&safe, bytes_of(name));
	snprintf(a->author, sizeof(a->author), "%s", buf_bytes(&safe).p);
	text_trim_cut(a->author);
	return buf_check(&safe, err);
}

/* Who wrote the line: nothing is set where git cannot say. */
static int blame(const struct context *c, const char *head, struct answer *a,
    struct error *err)
{
	git_blame_options options = { .version = GIT_BLAME_OPTIONS_VERSION };
	git_repository *repo = NULL;
	git_blame *found = NULL;
	const git_blame_hunk *hunk;
	size_t line = (size_t)a->at.line;
	int rc = 0;

	if (head[0] == '\0' || a->at.path == NULL || a->at.line <= 0 ||
	    git_repository_open(&repo, c->git_dir) < 0)
		return 0;
	options.min_line = options.max_line = line;
	if (git_oid_fromstr(&options.newest_commit, head) == 0 &&
	    git_blame_file(&found, repo, a->at.path, &options) == 0 &&
	    (hunk = git_blame_get_hunk_byline(found, line)) != NULL) {
		git_oid_tostr(a->commit, sizeof(a->commit),
		    &hunk->final_commit_id);
		if (hunk->final_signature != NULL)
			rc = set_author(a, hunk->final_signature->name, err);
	}
	git_blame_free(found);
	git_repository_free(repo);
	return rc;
}

static int find_change(const struct pipeline *base, const struct pipeline *head,
    struct answer *a, struct arena *arena, struct error *err)
{
	CLEANUP(changes_clear) struct changes changes = { 0 };
	size_t i;
	int rc = changes_make(base, head, &changes, err);

	for (i = 0; rc == 0 && i < changes.n_changed; i++)
		if (&head->nodes[changes.changed[i]] == a->node)
			a->is_known = true;
	for (i = 0; rc == 0 && i < changes.n_affected; i++) {
		const struct node_change *c = &changes.affected[i];

		if (&head->nodes[c->node] != a->node)
			continue;
		a->cause = change_cause_name(c->cause);
		a->at = c->at;
		if (c->at.path != NULL &&
		    (a->at.path = arena_strdup(arena, c->at.path)) == NULL)
			rc = error_memory(err);
		a->input = c->input ? arena_strdup(arena, c->input) : NULL;
		if (c->input != NULL && a->input == NULL)
			rc = error_memory(err);
	}
	return rc;
}

/* What is there only to be told is done without where it cannot be read, and
 * not where there is no memory for it. */
static int without(int rc, struct error *err)
{
	return rc == ERROR_MEMORY ? error_memory(err) : 0;
}

/* *out stays NULL where it is not known. */
static int load_what(struct store *st, const struct digest *key, json_t **out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc;

	if (digest_is_null(key))
		return 0;
	rc = store_get(st, key, &text, NULL);
	if (rc == 0)
		rc = json_parse(buf_bytes(&text), out, NULL);
	return without(rc, err);
}

/* Adds the files of one snapshot that a node reads and another has not, or
 * (differs NULL: those are told already) not so. */
static int add_files(json_t *files, const struct node *node,
    const struct snapshot *of, const struct snapshot *other, const char *absent,
    const char *differs)
{
	size_t i, k, n, *found;
	int rc = 0;

	for (i = 0; i < node->n_paths && rc == 0; i++) {
		found = NULL;
		rc = snapshot_match(of, node->paths[i], &found, &n, NULL);
		if (rc && rc != ERROR_MEMORY) {
			rc = 0;
			continue;
		}
		for (k = 0; rc == 0 && k < n; k++) {
			const struct snapshot_source *s =
			    &of->sources[found[k]];
			const struct snapshot_source *was =
			    snapshot_find(other, s->path);
			const char *change = was == NULL ? absent : differs;

			if (change == NULL ||
			    (was != NULL && digest_eq(&was->blob, &s->blob)))
				continue;
			if (json_array_append_new(files,
			        json_pack("{s:s,s:s}", "change", change, "path",
			            s->path)))
				rc = ERROR_MEMORY;
		}
		mem_free(found);
	}
	return rc;
}

/* Which delivered files differ for a node of files; NULL: it is none, or what
 * it read is not known. */
static int find_files(const struct answer *a, const struct node *node,
    json_t **out, struct error *err)
{
	json_t *files;

	*out = NULL;
	if (node->n_paths == 0 || !a->has_snapshots)
		return 0;
	if ((files = json_array()) == NULL ||
	    add_files(files, node, &a->now, &a->was, "new", "changed") ||
	    add_files(files, node, &a->was, &a->now, "gone", NULL)) {
		json_decref(files);
		return error_memory(err);
	}
	if (json_array_size(files) > 0)
		*out = files;
	else
		json_decref(files);
	return 0;
}

static int find_snapshots(struct refs *refs, struct store *st, struct answer *a,
    struct error *err)
{
	int rc;

	if (digest_eq(&a->head.snapshot, &a->base.snapshot))
		return 0;
	rc = snapshots_find(refs, st, &a->head.snapshot, &a->now, NULL);
	if (rc == 0)
		rc = snapshots_find(refs, st, &a->base.snapshot, &a->was, NULL);
	a->has_snapshots = rc == 0;
	return without(rc, err);
}

static const struct node *node_of(const struct pipeline *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->nodes[i].path, path) == 0)
			return &p->nodes[i];
	return NULL;
}

/* What is behind another key: the nodes that differ by themselves. */
static int find_behind(const struct pipeline *p, struct answer *a,
    struct error *err)
{
	CLEANUP(behind_clear) struct behind b = { 0 };
	size_t i;
	int rc;

	if (a->base.n == 0 || a->head.n == 0)
		return 0;
	rc = behind_find(&a->base, &a->head, a->node->path, &b, NULL);
	if (rc || b.n == 0)
		return without(rc, err);
	a->behind = json_array();
	for (i = 0; i < b.n; i++) {
		const struct manifest_node *n = b.nodes[i];
		const struct node *node = node_of(p, n->path);
		json_t *files = NULL;

		if (node && (rc = find_files(a, node, &files, err)))
			return rc;
		if (json_array_append_new(a->behind,
		        json_pack("{s:s,s:s?,s:o*}", "node", n->path, "file",
		            n->file, "files", files)))
			return error_memory(err);
	}
	return 0;
}

/* The part of the key: from what keys are made of, where the store has it, else
 * from the manifests. */
static int find_difference(struct store *st, struct answer *a,
    struct error *err)
{
	json_auto_t *before = NULL;
	json_auto_t *after = NULL;
	int rc = load_what(st, &a->base_key, &before, err);

	if (rc || (rc = load_what(st, &a->key, &after, err)))
		return rc;
	if (before != NULL && after != NULL)
		explain_difference(before, after, a->difference,
		    sizeof(a->difference));
	else if (a->base.n > 0 && a->head.n > 0)
		behind_print(&a->base, &a->head, a->node->path, a->difference,
		    sizeof(a->difference));
	return 0;
}

struct by_manifest {
	const char *manifest;
	char run[41];
};

static int see_manifest(const struct run_entry *run, void *payload)
{
	struct by_manifest *b = payload;

	if (strcmp(run->manifest, b->manifest) != 0)
		return 0;
	snprintf(b->run, sizeof(b->run), "%s", run->id);
	return 1;
}

/* A manifest by its id: of the store, else of a run that was fetched. One that
 * cannot be read is as none: ERROR_NOT_FOUND. */
static int load_manifest(struct refs *refs, struct store *st,
    const struct digest *id, struct manifest *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct by_manifest b = { 0 };
	char hex[DIGEST_HEX + 1];
	int rc = manifest_load(st, id, out, NULL);

	if (rc == 0 || rc == ERROR_MEMORY)
		return rc;
	manifest_clear(out);
	digest_print(id, hex);
	b.manifest = hex;
	rc = refs_runs_each(refs, NULL, see_manifest, &b, NULL);
	if (rc == 1 &&
	    (rc = refs_read(refs, b.run, "manifest.json", &text, NULL)) == 0 &&
	    (rc = manifest_parse(buf_bytes(&text), out, NULL)) == 0) {
		out->id = *id;
		return 0;
	}
	return rc == ERROR_MEMORY ? rc : ERROR_NOT_FOUND;
}

/* Where both sides are one run (fresh data: the same commit once more), or the
 * base has none, it is what that run itself was compared with. */
static int find_run_before(struct refs *refs, struct store *st,
    struct answer *a, struct error *err)
{
	struct manifest before = { 0 };
	const struct digest *id = &a->record.base_manifest;
	int rc;

	if ((a->base.n > 0 && !digest_eq(&a->base.id, &a->head.id)) ||
	    a->head.n == 0 || digest_is_null(id) || digest_eq(id, &a->head.id))
		return 0;
	if ((rc = load_manifest(refs, st, id, &before)))
		return without(rc, err);
	manifest_clear(&a->base);
	a->base = before;
	snprintf(a->base_name, sizeof(a->base_name), "the run before");
	return 0;
}

static struct digest key_in(const struct manifest *m, const char *path)
{
	const struct manifest_node *n = manifest_find(m, path);

	return n != NULL ? n->key : (struct digest){ { 0 } };
}

static int load_outcomes(const struct context *c, struct store *st,
    const struct range *r, struct answer *a, struct error *err)
{
	const char *head = range_head_run(r);
	size_t i;
	int rc = without(outcome_load(c, st, head, &a->head, NULL), err);

	if (rc == 0 && head == NULL && a->head.n > 0)
		rc = outcome_is_behind(c, &a->head, &a->is_behind, err);
	if (rc == 0 && r->base[0] != '\0')
		rc = without(
		    outcome_load(c, st, range_base_run(r), &a->base, NULL),
		    err);
	if (rc == 0)
		rc = without(outcome_load_record(c, st, head, &a->record, NULL),
		    err);
	for (i = 0; rc == 0 && i < a->record.n; i++)
		if (strcmp(a->record.nodes[i].path, a->node->path) == 0)
			a->ran = &a->record.nodes[i];
	return rc;
}

/* What the runs of both sides say; either may be missing. */
static int find_runs(const struct context *c, struct store *st,
    const struct range *r, const struct pipeline *p, struct answer *a,
    struct error *err)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	int rc = refs_open(c->git_dir, &refs, err);

	if (rc)
		return rc;
	if ((rc = load_outcomes(c, st, r, a, err)) ||
	    (rc = find_run_before(refs, st, a, err)))
		return rc;
	a->key = key_in(&a->head, a->node->path);
	a->base_key = key_in(&a->base, a->node->path);
	if ((rc = find_snapshots(refs, st, a, err)) ||
	    (rc = find_difference(st, a, err)) || (rc = find_behind(p, a, err)))
		return rc;
	return digest_eq(&a->key, &a->base_key)
	    ? 0
	    : find_files(a, a->node, &a->files, err);
}

/* "its code", "its input ClinicB/Field"; the words of `plan` in a sentence. */
static const char *cause_words(const struct answer *a)
{
	static const char *const words[][2] = { { "code", "its code" },
		{ "action", "its action" }, { "param", "a parameter" },
		{ "file", "its file" }, { "input", "its input " },
		{ "source", "delivered files" }, { "mount", "a mount" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i][0], a->cause) == 0)
			return words[i][1];
	return a->cause;
}

static void print_cause(const struct answer *a, struct buf *out)
{
	if (a->cause == NULL && a->is_known) {
		buf_printf(out,
		    "  changed, to what %s has already at another path: it "
		    "computes nothing\n",
		    a->base_name);
		return;
	}
	if (a->cause == NULL) {
		buf_printf(out,
		    "  its text, and that of all it reads, is as in %s: only "
		    "new data would run it\n",
		    a->base_name);
		return;
	}
	buf_printf(out, "  affected by %s%s", cause_words(a),
	    a->input ? a->input : "");
	if (a->at.path != NULL)
		buf_printf(out, "%s %s:%d", a->input ? ", through" : ":",
		    a->at.path, a->at.line);
	if (a->commit[0] != '\0')
		buf_printf(out, " (%s, %.7s)", a->author, a->commit);
	buf_add_char(out, '\n');
}

static void print_files(const json_t *files, struct buf *out)
{
	const json_t *file;
	size_t i;

	json_array_foreach(files, i, file) {
		if (i == FILES) {
			buf_printf(out, "       and %zu more\n",
			    json_array_size(files) - FILES);
			break;
		}
		buf_printf(out, "       %s: ", json_str_or(file, "change", ""));
		text_add_visible(out, bytes_of(json_str_or(file, "path", "")));
		buf_add_char(out, '\n');
	}
}

/* The nodes above that differ by themselves, with their delivered files. */
static void print_behind(const struct answer *a, struct buf *out)
{
	const json_t *o;
	size_t i, n = 0;

	json_array_foreach(a->behind, i, o) {
		const char *node = json_str_or(o, "node", "");
		const char *file = json_str_or(o, "file", "");

		if (strcmp(node, a->node->path) == 0)
			continue;
		if (n++ == BEHIND) {
			buf_printf(out, "  behind it: %zu nodes in all\n",
			    json_array_size(a->behind));
			break;
		}
		buf_printf(out, "  behind it: %s (%s)\n", node, file);
		print_files(json_object_get(o, "files"), out);
	}
}

static void print_text(const struct answer *a, struct buf *out)
{
	buf_printf(out, "%s (%s)\n", a->node->path, a->node->file);
	print_cause(a, out);
	if (a->ran == NULL) {
		buf_add_str(out, "  no run of it is known here\n");
		return;
	}
	buf_printf(out, "  last run%s: %s",
	    a->is_behind ? ", before the files changed" : "", a->ran->status);
	if (a->ran->cause != NULL && a->ran->cause[0] != '\0')
		buf_printf(out, " (%s)", a->ran->cause);
	if (a->ran->twice[0] != '\0')
		buf_printf(out, ", executed twice: %s", a->ran->twice);
	if (a->ran->by != NULL)
		buf_printf(out, ", made by the run of %.7s", a->ran->by);
	buf_add_char(out, '\n');
	if (a->is_behind)
		buf_add_str(out,
		    "  key: made of its code and of the tables it reads, so "
		    "`sluice run` tells whether\n"
		    "       it is computed\n");
	else if (!digest_is_null(&a->base_key) && !digest_is_null(&a->key))
		buf_printf(out, "  key: %s %s%s%s\n",
		    digest_eq(&a->key, &a->base_key) ? "the same as that of"
		                                     : "differs from that of",
		    a->base_name, a->difference[0] ? " in " : "",
		    a->difference);
	if (a->is_behind)
		return;
	print_files(a->files, out);
	print_behind(a, out);
}

static json_t *string_or_null(const char *s)
{
	return s && s[0] ? json_string(s) : json_null();
}

static json_t *digest_or_null(const struct digest *d)
{
	return digest_is_null(d) ? json_null() : json_digest(d);
}

static int print_json(const struct answer *a)
{
	json_auto_t *out = json_pack(
	    "{s:s,s:b,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:O*,s:O*}",
	    "node", a->node->path, "affected", a->cause != NULL, "cause",
	    string_or_null(a->cause), "input", string_or_null(a->input), "path",
	    string_or_null(a->at.path), "line", a->at.line, "commit",
	    string_or_null(a->commit), "author", string_or_null(a->author),
	    "status", string_or_null(a->ran ? a->ran->status : NULL), "because",
	    string_or_null(a->ran ? a->ran->cause : NULL), "by",
	    string_or_null(a->ran ? a->ran->by : NULL), "key",
	    digest_or_null(&a->key), "base_key", digest_or_null(&a->base_key),
	    "difference", string_or_null(a->difference), "files", a->files,
	    "behind", a->behind);

	return cmd_print_json(out);
}

static int find_node(const struct look *l, const char *arg,
    const struct node **out, struct error *err)
{
	bool *set = mem_array(l->pipeline->n, sizeof(*set));
	size_t i, n = 0;
	int rc = set
	    ? pipeline_select(l->pipeline, l->context.prefix, &arg, 1, set, err)
	    : error_memory(err);

	for (i = 0; rc == 0 && i < l->pipeline->n; i++)
		if (set[i]) {
			*out = &l->pipeline->nodes[i];
			n++;
		}
	mem_free(set);
	if (rc == 0 && n != 1)
		rc = error_set(err, ERROR_USAGE,
		    "'%s' is a directory of %zu nodes; name one of them", arg,
		    n);
	return rc;
}

static int explain(const char *name, const char *revisions, bool is_json,
    struct error *err)
{
	static const struct pipeline_options options;
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(store_closep) struct store *st = NULL;
	CLEANUP(look_clear) struct look head = { 0 }, base = { 0 };
	CLEANUP(answer_clear) struct answer a = { 0 };
	CLEANUP(arena_clear) struct arena arena = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct range r = { 0 };
	struct error why = { 0 };
	int rc;

	if ((rc = context_open(NULL, &c, err)) ||
	    (rc = context_store_read(&c, &st, err)) ||
	    (rc = range_find(&c, revisions, &r, err)) ||
	    (rc = look_open(NULL, r.head[0] ? r.head : NULL, &options, &head,
	         err)) ||
	    (rc = find_node(&head, name, &a.node, err)))
		return rc;
	/* errors of the base's text are not this change's */
	if (r.base[0] != '\0' &&
	    look_open(NULL, r.base, &options, &base, &why) != 0 &&
	    base.pipeline == NULL)
		return error_set(err, why.code, "%s", why.msg);
	if (revisions == NULL && c.work_tree != NULL)
		snprintf(a.base_name, sizeof(a.base_name), "HEAD");
	else
		snprintf(a.base_name, sizeof(a.base_name), "%.7s", r.base);
	rc = find_change(base.pipeline, head.pipeline, &a, &arena, err);
	if (rc)
		return rc;
	if ((rc = blame(&c, r.head, &a, err)) ||
	    (rc = find_runs(&c, st, &r, head.pipeline, &a, err)))
		return rc;
	if (is_json)
		return print_json(&a);
	print_text(&a, &text);
	if ((rc = buf_check(&text, err)))
		return rc;
	fwrite(text.p, 1, text.n, stdout);
	return 0;
}

int cmd_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct error err = { 0 };
	bool is_json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'J')
			return cmd_usage("explain");
		is_json = true;
	}
	if (argc == optind)
		return cmd_which_node("explain");
	if (argc - optind > 2)
		return cmd_usage("explain");
	if (explain(argv[optind], argc - optind > 1 ? argv[optind + 1] : NULL,
	        is_json, &err))
		return cmd_fail(&err);
	return EXIT_FINE;
}
