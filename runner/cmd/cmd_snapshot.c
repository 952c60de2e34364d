/* sluice snapshot [--take]: lists or takes snapshots of the sources. */
#include <getopt.h>
#include <git2.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/snapshot_take.h"
#include "hooks/tips.h"
#include "runner/cmd/cmd.h"
#include "runner/cmd/snapshots.h"
#include "runner/queue.h"
#include "runner/rundb.h"

enum {
	TRIES = 20
};

/* Everything the command opens, closed together. */
struct taking {
	struct context context;
	struct store *store;
	int use; /* of the store: nothing names yet what we put */
	struct refs *refs;
	struct newest newest;
	struct patterns production, others;
	struct snapshot_pattern *asked; /* production's first */
	size_t n_asked;
	struct snapshot snapshot;
	bool is_new, is_queued;
};

static void taking_clear(struct taking *t)
{
	patterns_clear(&t->production);
	patterns_clear(&t->others);
	newest_clear(&t->newest);
	mem_free(t->asked);
	snapshot_clear(&t->snapshot);
	refs_close(t->refs);
	fd_close(&t->use);
	store_close(t->store);
	context_clear(&t->context);
}

/* Names a user, by number where there is no name. */
static void print_user(uid_t id, char out[64])
{
	const struct passwd *user = getpwuid(id);

	if (user != NULL)
		snprintf(out, 64, "%.63s", user->pw_name);
	else
		snprintf(out, 64, "user %ld", (long)id);
}

/* What root or a stranger puts into the store the runner could not use. */
static int check_user(const struct context *c, struct error *err)
{
	const char *dir = file_exists(c->store_dir) ? c->store_dir : c->git_dir;
	char owner[64], self[64];
	struct stat info;

	if (stat(dir, &info) < 0)
		return error_sys(err, "%s", dir);
	if (info.st_uid == geteuid() ||
	    (geteuid() != 0 && access(dir, W_OK | X_OK) == 0))
		return 0;
	print_user(info.st_uid, owner);
	print_user(geteuid(), self);
	return error_set(err, ERROR_DENIED,
	    "%s belongs to %s, and this is %s: run it as %s", dir, owner, self,
	    owner);
}

static int taking_open(struct taking *t, struct error *err)
{
	int rc;

	if ((rc = context_open(NULL, &t->context, err)) ||
	    (rc = check_user(&t->context, err)) ||
	    (rc = refs_open(t->context.git_dir, &t->refs, err)) ||
	    (rc = context_store(&t->context, &t->store, err)))
		return rc;
	return store_use(t->store, &t->use, err);
}

/* -- which files: what a @path of any branch's tip matches -- */

/* Of a pipeline whose text has errors nobody knows what it reads. */
static int add_patterns(struct taking *t, const char *rev, struct patterns *out,
    bool *has_errors, struct error *err)
{
	struct pipeline_options options = { .root = t->context.root };
	CLEANUP(pipeline_freep) struct pipeline *p = NULL;
	CLEANUP(source_closep) struct source *src = NULL;
	struct error why = { 0 };
	int rc = context_source(&t->context, rev, &src, err);

	if (rc)
		return rc;
	rc = pipeline_load(src, &options, &p, &why);
	*has_errors = rc && p != NULL;
	if (*has_errors)
		return 0;
	return rc ? error_set(err, why.code, "%s", why.msg)
	          : patterns_add_pipeline(out, p, err);
}

/* What production reads is not known while its text has errors; until then it
 * is what it was. */
static int add_production(struct taking *t, const char *rev, struct error *err)
{
	const char *name = rev ? t->context.production : "the work tree";
	bool has_errors;
	int rc = add_patterns(t, rev, &t->production, &has_errors, err);

	if (rc || !has_errors)
		return rc;
	fprintf(stderr,
	    "sluice: the text of %s has errors (see sluice check): what was "
	    "taken before is taken again\n",
	    name);
	return patterns_add_all(&t->others, &t->newest.patterns, err);
}

static int add_branch(struct taking *t, const struct branch_tip *tip,
    struct error *err)
{
	bool has_errors;
	int rc;

	if (strcmp(tip->branch, t->context.production) == 0)
		return add_production(t, tip->commit, err);
	rc = add_patterns(t, tip->commit, &t->others, &has_errors, err);
	if (rc == 0 && has_errors)
		fprintf(stderr,
		    "sluice: the text of %s has errors: what it reads is left "
		    "out\n",
		    tip->branch);
	return rc;
}

static int find_patterns(struct taking *t, struct error *err)
{
	CLEANUP(branch_tips_clear) struct branch_tips tips = { 0 };
	size_t i;
	int rc;

	if (t->context.work_tree != NULL)
		return add_production(t, NULL, err);
	rc = refs_tips(t->refs, &tips, err);
	for (i = 0; rc == 0 && i < tips.n; i++)
		rc = add_branch(t, &tips.items[i], err);
	return rc;
}

/* Trouble with what production reads is the whole snapshot's; no other branch
 * can be in its way. */
static int ask(struct taking *t, struct error *err)
{
	const size_t most = t->production.n + t->others.n;
	size_t i;

	t->n_asked = 0;
	mem_free(t->asked);
	t->asked = mem_array(most, sizeof(*t->asked));
	if (t->asked == NULL)
		return error_memory(err);
	for (i = 0; i < t->production.n; i++)
		t->asked[t->n_asked++].text = t->production.items[i];
	for (i = 0; i < t->others.n; i++) {
		if (patterns_have(&t->production, t->others.items[i]))
			continue;
		t->asked[t->n_asked].text = t->others.items[i];
		t->asked[t->n_asked++].is_optional = true;
	}
	if (t->n_asked == 0)
		return error_set(err, ERROR_USAGE,
		    "no node reads files of the landing directory: there is "
		    "nothing to take");
	if (t->context.landing == NULL)
		return error_set(err, ERROR_USAGE,
		    "no landing directory is set: git config sluice.landing "
		    "DIR");
	return 0;
}

/* -- taking -- */

static int take(struct taking *t, struct error *err)
{
	char today[CLOCK_TEXT];
	const struct snapshot_request request = {
		.landing = t->context.landing,
		.patterns = t->asked,
		.n_patterns = t->n_asked,
		.date = today,
		.now = clock_now(),
	};
	struct error why = { 0 };
	int rc;

	clock_print_date(request.now, today);
	snapshot_clear(&t->snapshot);
	rc = snapshot_take(t->store, &request, &t->snapshot, &why);
	if (rc == ERROR_BUSY)
		return error_set(err, rc,
		    "no snapshot was taken: %s; take it again when that is "
		    "delivered (what was copied is not copied again)",
		    why.msg);
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

static int publish(struct taking *t, struct error *err)
{
	CLEANUP(patterns_clear) struct patterns taken = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->n_asked; i++)
		if (!t->asked[i].is_left_out)
			rc = patterns_add(&taken, t->asked[i].text, err);
	return rc ? rc
	          : snapshots_add(t->refs, &t->newest, &t->snapshot, &taken,
	                &t->is_new, err);
}

/* Others add snapshots too. One that was taken before theirs must not come
 * behind it: it is taken again. */
static int take_and_publish(struct taking *t, struct error *err)
{
	int tries, rc = ERROR_BUSY;

	for (tries = 0; rc == ERROR_BUSY && tries < TRIES; tries++) {
		struct error busy = { 0 };

		newest_clear(&t->newest);
		if ((rc = newest_read(t->refs, &t->newest, err)) ||
		    (rc = find_patterns(t, err)) || (rc = ask(t, err)) ||
		    (rc = take(t, err)))
			return rc;
		rc = publish(t, &busy);
		if (rc && (rc != ERROR_BUSY || tries + 1 == TRIES))
			return error_set(err, busy.code, "%s", busy.msg);
	}
	return rc;
}

/* -- a run of production -- */

/* What production's newest run was with, and of which commit. */
struct last_run {
	struct run_entry run; /* id "": there is none */
	bool is_served; /* it was with this snapshot */
};

static int find_last_run(struct taking *t, struct last_run *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	struct error none = { 0 };
	int rc =
	    refs_run_latest(t->refs, t->context.production, &out->run, &none);

	if (rc == ERROR_NOT_FOUND) {
		out->run = (struct run_entry){ 0 };
		return 0;
	}
	if (rc)
		return error_set(err, none.code, "%s", none.msg);
	if (out->run.manifest[0] == '\0')
		return 0;
	if ((rc = refs_read(t->refs, out->run.id, "manifest.json", &text,
	         err)) ||
	    (rc = manifest_parse(buf_bytes(&text), &m, err)))
		return rc;
	out->is_served = digest_eq(&m.snapshot, &t->snapshot.id);
	return 0;
}

/* Whether a commit is the processed tip of a branch. */
struct seek {
	const char *branch, *commit;
	bool is_processed;
};

static int see_tip(const struct queue_tip *tip, void *payload)
{
	struct seek *s = payload;

	s->is_processed |= strcmp(tip->branch, s->branch) == 0 &&
	    strcmp(tip->commit, s->commit) == 0;
	return 0;
}

static int put(struct taking *t, const char *tip, struct error *err)
{
	CLEANUP(rundb_closep) struct rundb *db = NULL;
	const struct request_new new = { .branch = t->context.production,
		.commit = tip,
		.reason = FRESH_DATA,
		.is_again = true,
		.is_first = true,
		.keep_running = true,
		.now = clock_now() };
	struct seek seek = { t->context.production, tip, false };
	int rc = rundb_open(t->context.state_dir, &db, err);

	if (rc || (rc = queue_each_tip(db, see_tip, &seek, err)))
		return rc;
	if (!seek.is_processed)
		return 0; /* its push will be run, and with this snapshot */
	return queue_put(db, &new, NULL, err);
}

/* Asked of production's newest run, not of what we did: so a death between the
 * ref and the queue heals. A database that nobody has made yet is the runner's
 * to make: it fills it from the refs. */
static int queue(struct taking *t, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct last_run last = { 0 };
	char tip[41];
	bool is_tip;
	int rc;

	if (t->context.work_tree != NULL || t->production.n == 0)
		return 0;
	buf_printf(&path, "%s/run.db", t->context.state_dir);
	if ((rc = buf_check(&path, err)) ||
	    (rc = find_last_run(t, &last, err)) ||
	    (rc = refs_tip(t->refs, t->context.production, tip, err)))
		return rc;
	is_tip = strcmp(last.run.commit, tip) == 0;
	if (is_tip && last.is_served)
		return 0;
	if (is_tip && last.run.manifest[0] == '\0' &&
	    strcmp(last.run.outcome, "failure") == 0)
		return 0; /* its text has errors, whatever the data */
	if (file_exists(path.p) && (rc = put(t, tip, err)))
		return rc;
	t->is_queued = file_exists(path.p) || !is_tip;
	return 0;
}

/* -- telling -- */

static json_t *snapshot_json(const struct newest *n)
{
	return json_pack("{s:o,s:s,s:I,s:I}", "snapshot", json_digest(&n->id),
	    "date", n->date, "files", (json_int_t)n->files, "bytes",
	    (json_int_t)n->bytes);
}

static json_t *taken_json(const struct snapshot *s)
{
	struct newest n = { .id = s->id, .files = s->n };
	size_t i;

	memcpy(n.date, s->date, sizeof(n.date));
	for (i = 0; i < s->n; i++)
		n.bytes += s->sources[i].bytes;
	return snapshot_json(&n);
}

/* What of the patterns came to nothing, as a list for JSON, or to stderr. */
static json_t *left_out(const struct taking *t, bool is_json)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < t->n_asked; i++) {
		const struct snapshot_pattern *p = &t->asked[i];

		if (!p->is_left_out)
			continue;
		json_array_append_new(list,
		    json_pack("{s:s,s:s}", "path", p->text, "why", p->why.msg));
		if (!is_json)
			fprintf(stderr,
			    "sluice: left out: %s of another branch than %s "
			    "(%s)\n",
			    p->text, t->context.production, p->why.msg);
	}
	return list;
}

static json_t *unmatched(const struct taking *t, bool is_json)
{
	json_t *list = json_array();
	size_t i, *found, n;

	for (i = 0; i < t->production.n; i++) {
		const char *text = t->production.items[i];

		if (snapshot_match(&t->snapshot, text, &found, &n, NULL))
			continue;
		mem_free(found);
		if (n > 0)
			continue;
		json_array_append_new(list, json_string(text));
		if (!is_json)
			fprintf(stderr, "sluice: no file matches %s\n", text);
	}
	return list;
}

static void print_taken(const struct taking *t)
{
	const struct snapshot *s = &t->snapshot;
	char hex[DIGEST_HEX + 1];
	bool is_served;

	digest_print(&s->id, hex);
	puts(hex);
	fprintf(stderr, "sluice: %s of %s, %zu file%s%s%s%s\n",
	    t->is_new ? "a new snapshot" : "nothing new in the snapshot",
	    s->date, s->n, s->n == 1 ? "" : "s",
	    t->is_queued ? "; a run of " : "",
	    t->is_queued ? t->context.production : "",
	    t->is_queued ? " is queued" : "");
	if (t->is_queued &&
	    context_is_served(&t->context, &is_served, NULL) == 0 && !is_served)
		fputs("sluice: no runner is here: `sluice runner` runs it\n",
		    stderr);
}

static int take_and_print(bool is_json)
{
	CLEANUP(taking_clear) struct taking t = { .use = -1 };
	json_auto_t *left = NULL, *none = NULL, *out = NULL;
	struct error err = { 0 };

	if (taking_open(&t, &err) || take_and_publish(&t, &err) ||
	    queue(&t, &err))
		return cmd_fail(&err);
	left = left_out(&t, is_json);
	none = unmatched(&t, is_json);
	if (!is_json) {
		print_taken(&t);
		return EXIT_FINE;
	}
	out = taken_json(&t.snapshot);
	json_object_update_new(out,
	    json_pack("{s:b,s:b,s:O,s:O}", "new", t.is_new, "queued",
	        t.is_queued, "left_out", left, "unmatched", none));
	return cmd_print_json(out);
}

/* -- the list -- */

/* Of a snapshot that was published once more, for other patterns, the first
 * time; the newest commit comes first. */
static int list_one(struct refs *r, const git_oid *oid, json_t *list,
    struct error *err)
{
	CLEANUP(newest_clear) struct newest n = { 0 };
	char commit[GIT_ID_HEX + 1], id[DIGEST_HEX + 1];
	const size_t last = json_array_size(list);
	json_t *o;
	int rc;

	git_oid_tostr(commit, sizeof(commit), oid);
	if ((rc = snapshots_read(r, commit, &n, err)))
		return rc;
	digest_print(&n.id, id);
	if (last > 0 &&
	    strcmp(json_str_or(json_array_get(list, last - 1), "snapshot", ""),
	        id) == 0)
		json_array_remove(list, last - 1);
	o = snapshot_json(&n);
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
	    git_revwalk_new(&walk, repo) < 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL) < 0)
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
	json_array_foreach(list, i, s) {
		const long long files =
		    json_integer_value(json_object_get(s, "files"));

		printf("%.12s  %s  %8lld file%s  %15lld bytes\n",
		    json_str_or(s, "snapshot", ""), json_str_or(s, "date", ""),
		    files, files == 1 ? " " : "s",
		    (long long)json_integer_value(json_object_get(s, "bytes")));
	}
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
