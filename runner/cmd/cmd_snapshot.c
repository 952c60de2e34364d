/* sluice snapshot [--take]: lists or takes snapshots of the sources. */
#include <getopt.h>
#include <git2.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "cache/snapshot.h"
#include "hooks/refs.h"
#include "runner/cmd/cmd.h"
#include "runner/queue.h"
#include "runner/rundb.h"

enum {
	TRIES = 8
};

struct patterns {
	char **items;
	size_t n, cap;
	bool of_production; /* its pipeline reads files too */
};

/* Everything the command opens, closed together. */
struct taking {
	struct context context;
	struct store *store;
	struct refs *refs;
	struct patterns patterns;
	struct snapshot snapshot;
	bool is_new, is_queued;
};

static void taking_clear(struct taking *t)
{
	size_t i;

	for (i = 0; i < t->patterns.n; i++)
		mem_free(t->patterns.items[i]);
	mem_free(t->patterns.items);
	snapshot_clear(&t->snapshot);
	refs_close(t->refs);
	store_close(t->store);
	context_clear(&t->context);
}

static int taking_open(struct taking *t, struct error *err)
{
	int rc;

	if ((rc = context_open(NULL, &t->context, err)) ||
	    (rc = refs_open(t->context.git_dir, &t->refs, err)))
		return rc;
	return context_store(&t->context, &t->store, err);
}

/* -- which files: what a @path of any branch's tip matches -- */

static int add_pattern(struct patterns *p, const char *pattern,
    struct error *err)
{
	char **more;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->items[i], pattern) == 0)
			return 0;
	more = mem_grow(p->items, p->n, &p->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	p->items = more;
	more[p->n] = mem_strdup(pattern);
	if (more[p->n] == NULL)
		return error_memory(err);
	p->n++;
	return 0;
}

/* A pipeline whose text has errors asks for no files: only its author is to
 * blame, and hears of it elsewhere. */
static int add_patterns(struct taking *t, const char *rev, bool is_production,
    struct error *err)
{
	struct pipeline_options options = { .root = t->context.root };
	CLEANUP(source_closep) struct source *src = NULL;
	struct pipeline *p = NULL;
	struct error why = { 0 };
	size_t i, j;
	int rc = context_source(&t->context, rev, &src, err);

	if (rc)
		return rc;
	rc = pipeline_load(src, &options, &p, &why);
	if (rc && p == NULL)
		return error_set(err, why.code, "%s", why.msg);
	if (rc)
		fprintf(stderr,
		    "sluice: %s has errors: its @path are left "
		    "out\n",
		    rev ? rev : "the work tree");
	for (i = 0; rc == 0 && i < p->n; i++)
		for (j = 0; rc == 0 && j < p->nodes[i].n_paths; j++) {
			rc = add_pattern(&t->patterns, p->nodes[i].paths[j],
			    err);
			t->patterns.of_production |= is_production;
		}
	pipeline_free(p);
	return rc == ERROR_MEMORY ? rc : 0;
}

static int find_patterns(struct taking *t, struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips tips = { 0 };
	size_t i;
	int rc;

	if (t->context.work_tree != NULL)
		return add_patterns(t, NULL, false, err);
	rc = refs_tips(t->refs, &tips, err);
	for (i = 0; rc == 0 && i < tips.n; i++)
		rc = add_patterns(t, tips.items[i].commit,
		    strcmp(tips.items[i].branch, t->context.production) == 0,
		    err);
	return rc;
}

/* -- taking -- */

static int take(struct taking *t, struct error *err)
{
	char today[CLOCK_TEXT];
	struct snapshot_request request = {
		.landing = t->context.landing,
		.patterns = (const char *const *)t->patterns.items,
		.n_patterns = t->patterns.n,
		.date = today,
		.now = clock_now(),
	};

	if (t->patterns.n == 0)
		return error_set(err, ERROR_USAGE,
		    "no node reads files of the landing directory: there is "
		    "nothing to take");
	if (t->context.landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "no landing directory is set: git config sluice.landing "
		    "DIR");
	clock_print_date(request.now, today);
	return snapshot_take(t->store, &request, &t->snapshot, err);
}

/* Makes it the newest; what is the newest already is left alone. */
static int publish(struct taking *t, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, newest = { 0 };
	char subject[64], id[41];
	struct line_new new = { .ref = REFS_SNAPSHOTS,
		.file = "snapshot.json",
		.subject = subject };
	struct error why = { 0 };
	struct line_tip tip;
	int rc;

	if ((rc = snapshot_print(&t->snapshot, &text, err)))
		return rc;
	rc = refs_line_tip(t->refs, REFS_SNAPSHOTS, &tip, &why);
	if (rc == 0)
		rc = refs_read(t->refs, tip.id, "snapshot.json", &newest, &why);
	if (rc && rc != ERROR_NOT_FOUND)
		return error_set(err, why.code, "%s", why.msg);
	if (bytes_eq(buf_bytes(&text), buf_bytes(&newest)))
		return 0;
	snprintf(subject, sizeof(subject), "snapshot of %s, %zu files",
	    t->snapshot.date, t->snapshot.n);
	new.from = tip.id;
	new.data = buf_bytes(&text);
	rc = refs_line_add(t->refs, &new, id, err);
	t->is_new = rc == 0;
	return rc;
}

/* Others add to the ref too. */
static int publish_among_others(struct taking *t, struct error *err)
{
	struct error why = { 0 };
	int tries, rc = ERROR_BUSY;

	for (tries = 0; rc == ERROR_BUSY && tries < TRIES; tries++) {
		why = (struct error){ 0 };
		rc = publish(t, &why);
	}
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

/* Whether production's newest run was with this snapshot: asked of the run, not
 * of what we did, so that a death between the ref and the queue heals. */
static bool is_served(struct taking *t)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	struct run_entry run;

	return refs_run_latest(t->refs, t->context.production, &run, NULL) ==
	    0 &&
	    refs_read(t->refs, run.id, "manifest.json", &text, NULL) == 0 &&
	    manifest_parse(buf_bytes(&text), &m, NULL) == 0 &&
	    digest_eq(&m.snapshot, &t->snapshot.id);
}

/* A run of production with the new inputs; only a server has a queue. */
static int queue(struct taking *t, struct error *err)
{
	CLEANUP(rundb_closep) struct rundb *db = NULL;
	char tip[41];
	struct request_new new = { .branch = t->context.production,
		.commit = tip,
		.reason = "a new snapshot of the sources",
		.is_again = true,
		.is_first = true,
		.keep_running = true,
		.now = clock_now() };
	long long id;
	int rc;

	if (t->context.work_tree != NULL || !t->patterns.of_production ||
	    is_served(t))
		return 0;
	if ((rc = refs_tip(t->refs, t->context.production, tip, err)) ||
	    (rc = rundb_open(t->context.state_dir, &db, err)) ||
	    (rc = queue_put(db, &new, &id, err)))
		return rc;
	t->is_queued = true;
	return 0;
}

static uint64_t bytes_of_sources(const struct snapshot *s)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		sum += s->sources[i].bytes;
	return sum;
}

static json_t *snapshot_json(const struct snapshot *s)
{
	return json_pack("{s:o,s:s,s:I,s:I}", "snapshot", json_digest(&s->id),
	    "date", s->date, "files", (json_int_t)s->n, "bytes",
	    (json_int_t)bytes_of_sources(s));
}

static int take_and_print(bool is_json)
{
	CLEANUP(taking_clear) struct taking t = { 0 };
	json_auto_t *out = NULL;
	struct error err = { 0 };
	char hex[DIGEST_HEX + 1];

	if (taking_open(&t, &err) || find_patterns(&t, &err) ||
	    take(&t, &err) || publish_among_others(&t, &err) || queue(&t, &err))
		return cmd_fail(&err);
	if (is_json) {
		out = snapshot_json(&t.snapshot);
		json_object_set_new(out, "new", json_boolean(t.is_new));
		json_object_set_new(out, "queued", json_boolean(t.is_queued));
		return cmd_print_json(out);
	}
	digest_print(&t.snapshot.id, hex);
	puts(hex);
	fprintf(stderr, "sluice: %s of %s, %zu files%s%s%s\n",
	    t.is_new ? "a new snapshot" : "the snapshot", t.snapshot.date,
	    t.snapshot.n, t.is_queued ? "; a run of " : "",
	    t.is_queued ? t.context.production : "",
	    t.is_queued ? " is queued" : "");
	return EXIT_FINE;
}

/* -- the list -- */

static int list_one(struct refs *r, const git_oid *oid, json_t *list,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	char commit[GIT_ID_HEX + 1];
	json_t *o;
	int rc;

	git_oid_tostr(commit, sizeof(commit), oid);
	if ((rc = refs_read(r, commit, "snapshot.json", &text, err)) ||
	    (rc = snapshot_parse(buf_bytes(&text), &s, err)) ||
	    (rc = digest_of(buf_bytes(&text), &s.id, err)))
		return rc;
	o = snapshot_json(&s);
	if (json_object_set_new(o, "commit", json_string(commit)) ||
	    json_array_append_new(list, o))
		return error_memory(err);
	return 0;
}

static int list_all(const struct context *c, struct refs *r, json_t *list,
    struct error *err)
{
	git_repository *repo = NULL;
	git_revwalk *walk = NULL;
	git_oid id;
	int rc = 0, next = GIT_ITEROVER;

	if (git_repository_open(&repo, c->git_dir) < 0 ||
	    git_revwalk_new(&walk, repo) < 0)
		rc = error_set(err, ERROR_IO, "%s cannot be read", c->git_dir);
	/* without the ref there are none */
	if (rc == 0 && git_revwalk_push_ref(walk, REFS_SNAPSHOTS) == 0)
		while (rc == 0 && (next = git_revwalk_next(&id, walk)) == 0)
			rc = list_one(r, &id, list, err);
	if (rc == 0 && next != GIT_ITEROVER)
		rc = error_set(err, ERROR_IO,
		    "the snapshots in %s cannot be read", c->git_dir);
	git_revwalk_free(walk);
	git_repository_free(repo);
	return rc;
}

static int list_and_print(bool is_json)
{
	CLEANUP(context_clear) struct context c = { 0 };
	CLEANUP(refs_closep) struct refs *r = NULL;
	json_t *list = json_array(), *s;
	json_auto_t *out = json_pack("{s:o}", "snapshots", list);
	struct error err = { 0 };
	size_t i;

	if (context_open(NULL, &c, &err) || refs_open(c.git_dir, &r, &err) ||
	    list_all(&c, r, list, &err))
		return cmd_fail(&err);
	if (is_json)
		return cmd_print_json(out);
	json_array_foreach(list, i, s)
		printf("%.12s  %s  %lld files  %lld bytes\n",
		    json_str_or(s, "snapshot", ""), json_str_or(s, "date", ""),
		    (long long)json_integer_value(json_object_get(s, "files")),
		    (long long)json_integer_value(json_object_get(s, "bytes")));
	return EXIT_FINE;
}

int cmd_snapshot(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "take", no_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	bool is_take = false, is_json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 't')
			is_take = true;
		else if (c == 'j')
			is_json = true;
		else
			return cmd_usage("snapshot");
	}
	if (optind != argc)
		return cmd_usage("snapshot");
	return is_take ? take_and_print(is_json) : list_and_print(is_json);
}
