/* runner_loop: what a runner has open, and its rounds (runner.h). */
#include <git2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "cache/base/text.h"
#include "hooks/reconcile.h"
#include "runner/cmd/runner_ask.h"
#include "runner/cmd/runner_inputs.h"
#include "runner/cmd/runner_result.h"
#include "runner/jobdir.h"
#include "runner/spawn.h"
#include "runner/twice.h"

enum {
	IDLE_MS = 3000,
	TROUBLE_MS = 5000,
	ONCE_MS = 10000,
	BESIDE_MS = 50,
	RESTORED = 100
};

/* --- opening --- */

static char *below(const char *dir, const char *name)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", dir, name);
	return buf_steal(&path);
}

/* A number for a file that is another where the file is; is_written: also
 * where it was written to. */
static uint64_t look_at(const char *dir, const char *name, bool is_written)
{
	CLEANUP(mem_freep) char *path = below(dir, name);
	struct stat st;
	uint64_t n;

	if (path == NULL || os_lstat(path, &st) < 0)
		return 0;
	n = (uint64_t)st.st_ino;
	if (is_written)
		n += (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		    (uint64_t)st.st_mtim.tv_nsec;
	return n;
}

/* What we began with: the settings, HEAD (it names production), and the
 * database, which somebody may have taken away. */
static uint64_t look_at_files(const struct context *c)
{
	return look_at(c->git_dir, "config", true) +
	    3 * look_at(c->git_dir, "HEAD", true) +
	    5 * look_at(c->state_dir, "run.db", false);
}

/* The database is an index: a damaged one is put aside and made anew. */
static int open_db(struct runner *r, struct error *err)
{
	const char *dir = r->context.state_dir;
	struct error why = { 0 };
	int rc = rundb_open(dir, &r->db, &why);

	if (rc == 0)
		rc = rundb_check(r->db, &why);
	if (rc != ERROR_CORRUPT)
		return rc ? error_set(err, why.code, "%s", why.msg) : 0;
	fprintf(stderr, "sluice: %s; it is made anew from the refs\n", why.msg);
	rundb_closep(&r->db);
	rc = rundb_set_aside(dir, err);
	return rc ? rc : rundb_open(dir, &r->db, err);
}

/* The settings that are words. */
static int read_choices(struct runner *r, struct error *err)
{
	static const char *const modes[] = { [COMMENT_AUTO] = "auto",
		[COMMENT_ALWAYS] = "always",
		[COMMENT_NEVER] = "never",
		NULL };
	static const char *const publish[] = { "all", "each", NULL };
	static const char *const insecure[] = { "false", "true", NULL };
	const struct context *c = &r->context;
	size_t comment, each, is_insecure;
	int rc;

	if ((rc = context_choice(c, "sluice.comment", modes, &comment, err)) ||
	    (rc = context_choice(c, "sluice.publish", publish, &each, err)) ||
	    (rc = context_choice(c, "sluice.forge.insecure", insecure,
	         &is_insecure, err)))
		return rc;
	r->comment = (enum comment_mode)comment;
	r->is_publish_each = each == 1;
	r->is_insecure = is_insecure == 1;
	return 0;
}

static int read_settings(struct runner *r, struct error *err)
{
	CLEANUP(mem_freep) char *type = NULL, *share = NULL;
	const struct context *c = &r->context;
	int rc;

	if ((rc = read_choices(r, err)) ||
	    (rc = context_config(c, "sluice.forge.type", &type, err)) ||
	    (rc = forge_type_find(type, &r->forge, err)) ||
	    (rc = context_config(c, "sluice.forge.url", &r->forge_url, err)) ||
	    (rc = context_config(c, "sluice.forge.tokenFile", &r->token_file,
	         err)) ||
	    (rc = context_config(c, "sluice.report.url", &r->report_url,
	         err)) ||
	    (rc = context_config(c, "sluice.report.dir", &r->report_dir,
	         err)) ||
	    (rc = context_config(c, "sluice.verifyShare", &share, err)) ||
	    (share != NULL && (rc = twice_parse(share, &r->twice, err))))
		return rc;
	return 0;
}

int runner_open(struct runner *r, const char *dir, struct error *err)
{
	int rc = context_open(dir, &r->context, err);

	if (rc)
		return rc;
	r->first = r;
	r->idle_since = clock_mono();
	if ((rc = context_store(&r->context, &r->store, err)) ||
	    (rc = refs_open(r->context.git_dir, &r->refs, err)) ||
	    (rc = open_db(r, err)))
		return rc;
	r->files = look_at_files(&r->context);
	if ((rc = read_settings(r, err)))
		return rc;
	r->spool = below(r->context.state_dir, "spool");
	r->outbox = below(r->context.state_dir, "outbox.db");
	if (r->spool == NULL || r->outbox == NULL)
		return error_memory(err);
	return jobdir_open(r->store, &r->jobs, err);
}

void runner_clear(struct runner *r)
{
	runner_promote_clear(r);
	mem_free(r->spool);
	mem_free(r->outbox);
	mem_free(r->jobs);
	mem_free(r->forge_url);
	mem_free(r->token_file);
	mem_free(r->report_url);
	mem_free(r->report_dir);
	snapshot_clear(&r->newest);
	rundb_close(r->db);
	refs_close(r->refs);
	store_close(r->store);
	context_clear(&r->context);
}

int runner_open_index(const struct context *c, struct refs **refs,
    struct rundb **db, struct error *err)
{
	int rc = refs_open(c->git_dir, refs, err);

	return rc ? rc : rundb_open(c->state_dir, db, err);
}

/* The loop and the thread beside it compare refs; one after the other, or the
 * one that saw the tips first could put what the other has overtaken. */
static pthread_mutex_t reconciling = PTHREAD_MUTEX_INITIALIZER;

static int compare(const struct context *c, struct refs *refs, struct rundb *db,
    bool is_adopting, struct error *err)
{
	CLEANUP(mem_freep) char *spool = below(c->state_dir, "spool");
	struct asking asking = { c, refs, db };
	int rc;
	const struct reconcile what = { .refs = refs,
		.db = db,
		.production = c->production,
		.spool = spool,
		.is_adopting = is_adopting,
		.now = clock_now(),
		.see_ask = runner_see_ask,
		.payload = &asking };

	if (spool == NULL)
		return error_memory(err);
	pthread_mutex_lock(&reconciling);
	rc = reconcile(&what, NULL, err);
	pthread_mutex_unlock(&reconciling);
	return rc;
}

int runner_reconcile(const struct context *c, struct refs *refs,
    struct rundb *db, struct error *err)
{
	return compare(c, refs, db, false, err);
}

/* --- a new database --- */

struct restore {
	struct runner *runner;
	struct run_entry *latest; /* of each branch */
	size_t n, cap, n_seen;
	bool has_tip;
	struct error *err;
};

static int restore_run(const struct run_entry *run, void *payload)
{
	struct restore *s = payload;
	bool is_latest =
	    s->n == 0 || strcmp(s->latest[s->n - 1].branch, run->branch) != 0;
	struct request done = { .ended = run->time, .started = run->time };
	struct run_entry *more;
	bool is_tip;

	s->n_seen = is_latest ? 1 : s->n_seen + 1;
	if (s->n_seen > RESTORED)
		return 0;
	if (is_latest) {
		s->has_tip = false;
		more = mem_grow(s->latest, s->n, &s->cap, sizeof(*more));
		if (more == NULL)
			return error_memory(s->err);
		s->latest = more;
		more[s->n++] = *run;
	}
	/* a retry is of any commit, the rest were tips */
	is_tip = !s->has_tip && !runner_is_retry(s->runner->refs, run);
	s->has_tip |= is_tip;
	memcpy(done.branch, run->branch, sizeof(done.branch));
	memcpy(done.commit, run->commit, sizeof(done.commit));
	memcpy(done.run, run->id, sizeof(done.run));
	memcpy(done.outcome, run->outcome, sizeof(done.outcome));
	return queue_restore(s->runner->db, &done, is_tip, NULL, s->err);
}

static int see_installed(const git_config_entry *entry, void *payload)
{
	bool *is_ours = payload;

	*is_ours |= strcmp(entry->value, "core.logallrefupdates=true") == 0;
	return 0;
}

/* Whether git logs moves of branches because installing made it so. */
static bool is_log_ours(const struct context *c)
{
	git_repository *repo = NULL;
	git_config *config = NULL;
	bool is_ours = false;

	if (git_repository_open(&repo, c->git_dir) == 0 &&
	    git_repository_config_snapshot(&config, repo) == 0)
		(void)git_config_get_multivar_foreach(config,
		    "sluice.installed", NULL, see_installed, &is_ours);
	git_config_free(config);
	git_repository_free(repo);
	return is_ours;
}

/* All or nothing: a database with a part of it would pass for a whole one.
 * What is in the logs of branches by now was seen before, by the database that
 * is lost or by nobody. */
int runner_restore(struct runner *r, struct error *err)
{
	struct restore s = { .runner = r, .err = err };
	size_t i;
	bool is_adopting;
	int rc = queue_begin(r->db, err);

	if (rc)
		return rc;
	rc = refs_runs_each(r->refs, NULL, restore_run, &s, err);
	for (i = 0; i < s.n && rc == 0; i++)
		rc = runner_finish(r, &s.latest[i], err);
	is_adopting = s.n > 0 || !is_log_ours(&r->context);
	mem_free(s.latest);
	if (rc == 0)
		rc = compare(&r->context, r->refs, r->db, is_adopting, err);
	return queue_end(r->db, rc, err);
}

/* --- the rounds --- */

/* --once does not wait for a delivery that takes hours: the next one does. */
static bool gives_up(struct runner *r)
{
	const struct queue_filter active = { .active = true };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	size_t i;

	if (clock_mono() - r->idle_since < ONCE_MS ||
	    queue_list(r->db, &active, &list, NULL))
		return false;
	for (i = list.n; i-- > 0;)
		fprintf(stderr, "sluice: %.12s of %s is left: %s\n",
		    list.items[i].commit, list.items[i].branch,
		    list.items[i].message);
	return true;
}

static bool is_beside(const struct runner *r)
{
	struct runner *beside = express_runner(r->express);

	return beside != NULL && atomic_load(&beside->request) != 0;
}

/* Nothing can be taken. True: go on; false: that was all. */
static bool rest(struct runner *r)
{
	struct error err = { 0 };
	int64_t due, left = IDLE_MS;
	bool waits;

	if (runner_settle(r, r->db, &err) ||
	    runner_tell_rollback(r, r->refs, &err) || runner_promote(r, &err) ||
	    runner_close_open(r, &err) || runner_post(r, false, &err))
		cmd_fail(&err);
	waits = queue_next_due(r->db, &due, NULL) == 0;
	if (waits && due - clock_now() < left)
		left = due - clock_now();
	if (r->is_once && (!waits || gives_up(r)))
		return false;
	/* what is due may be of the branch that is at work beside */
	if (left <= 0 && is_beside(r))
		left = BESIDE_MS;
	if (left > 0)
		tender_wait(r, left);
	return true;
}

/* Once, also of one that waits and is looked at again and again. */
static void say(struct runner *r, const struct request *q)
{
	CLEANUP(buf_clear) struct buf branch = { 0 };

	text_add_visible(&branch, bytes_of(q->branch));
	if (r->said != q->id)
		fprintf(stderr, "sluice: %.12s of %s\n", q->commit,
		    buf_bytes(&branch).p);
	r->said = q->id;
}

int runner_try(struct runner *r, struct request *q, struct error *err)
{
	struct error why = { 0 };
	int rc;

	say(r, q);
	rc = runner_request(r, q, &why);
	if (q->state != REQUEST_QUEUED)
		r->idle_since = clock_mono();
	if (rc == 0)
		rc = runner_settle(r, r->db, &why);
	if (rc == 0)
		return 0;
	if (!r->is_once)
		cmd_fail(&why);
	if ((rc = queue_delay(r->db, q->id, clock_now() + TROUBLE_MS, why.msg,
	         err)))
		return rc;
	return r->is_once ? error_set(err, why.code, "%s", why.msg) : 0;
}

/* What is queued goes first: comparing all refs before each request would take
 * the longer the more of both there are. The thread beside compares meanwhile,
 * so that what must not wait does not. */
static int take(struct runner *r, struct request *out, struct error *err)
{
	struct error none = { 0 };
	int rc = queue_take(r->db, clock_now(), out, &none);

	if (rc == ERROR_NOT_FOUND) {
		if ((rc = runner_reconcile(&r->context, r->refs, r->db, err)))
			return rc;
		none = (struct error){ 0 };
		rc = queue_take(r->db, clock_now(), out, &none);
	}
	return rc ? error_set(err, none.code, "%s", none.msg) : 0;
}

/* What goes wrong with the refs or the database of a resident one may mend
 * itself. */
static int wait_or_end(struct runner *r, const struct error *why,
    struct error *err)
{
	if (r->is_once)
		return error_set(err, why->code, "%s", why->msg);
	cmd_fail(why);
	tender_wait(r, TROUBLE_MS);
	return 0;
}

static int rounds(struct runner *r, bool *again, struct error *err)
{
	struct error why = { 0 };
	int rc = runner_reconcile(&r->context, r->refs, r->db, &why);

	if (rc)
		rc = wait_or_end(r, &why, err);
	while (rc == 0 && !runner_is_stopping()) {
		struct request q;

		why = (struct error){ 0 };

		if (!r->is_once && look_at_files(&r->context) != r->files) {
			*again = true;
			return 0;
		}
		switch (take(r, &q, &why)) {
		case 0:
			rc = runner_try(r, &q, err);
			break;
		case ERROR_NOT_FOUND:
			if (!rest(r))
				return 0;
			break;
		default:
			rc = wait_or_end(r, &why, err);
		}
	}
	return rc;
}

int runner_loop(struct runner *r, bool *again, struct error *err)
{
	int rc = queue_recover(r->db, clock_now(), err);

	*again = false;
	if (rc == 0 && rundb_is_new(r->db))
		rc = runner_restore(r, err);
	if (rc || (rc = tender_start(r, err)))
		return rc;
	rc = rounds(r, again, err);
	tender_stop(r);
	if (rc == 0 && r->is_once)
		rc = runner_post(r, true, err);
	if (r->poster != 0)
		spawn_kill(r->poster);
	r->poster = 0;
	return rc;
}
