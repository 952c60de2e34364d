/* sides: see sides.h. */
#include "runner/cmd/sides.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/snapshot.h"
#include "hooks/refs.h"
#include "runner/cmd/cell.h"
#include "runner/cmd/nodepath.h"
#include "runner/cmd/outcome.h"
#include "runner/cmd/range.h"

int sides_open(struct sides *s, struct error *err)
{
	int rc = context_open(NULL, &s->context, err);

	return rc ? rc : context_store_read(&s->context, &s->store, err);
}

static void clear_runs(struct sides *s)
{
	run_record_clear(&s->record);
	manifest_clear(&s->before);
	manifest_clear(&s->after);
	manifest_clear(&s->own);
	s->has_before = s->has_record = s->has_own = false;
}

void sides_clear(struct sides *s)
{
	clear_runs(s);
	remote_clear(&s->remote);
	store_close(s->store);
	context_clear(&s->context);
	*s = (struct sides){ 0 };
}

/* What of before is not to be found is no error: 0 with has_before unset. */
static int take_before(struct sides *s, int rc, const struct error *why,
    struct error *err)
{
	s->has_before = rc == 0;
	if (rc == 0 || outcome_is_absent(rc))
		return 0;
	return error_set(err, why->code, "%s", why->msg);
}

/* What is served has no record of its own. */
static int load_record(struct sides *s, const char *rev, struct error *err)
{
	struct error why = { 0 };
	int rc =
	    outcome_load_record(&s->context, s->store, rev, &s->record, &why);

	s->has_record = rc == 0;
	if (rc == 0 || outcome_is_absent(rc))
		return 0;
	return error_set(err, why.code, "%s", why.msg);
}

/* The newest run of a revision as before, where it is another outcome. */
static int load_before(struct sides *s, const char *rev, struct error *err)
{
	struct error why = { 0 };
	int rc = outcome_load(&s->context, s->store, rev, &s->before, &why);

	rc = take_before(s, rc, &why, err);
	if (rc == 0 && s->has_before &&
	    digest_eq(&s->before.id, &s->after.id)) {
		manifest_clear(&s->before);
		s->has_before = false;
	}
	return rc;
}

/* The manifest that the record names: of the server the base's, at a desk
 * that of the run before. */
static int load_recorded(struct sides *s, struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (!s->has_record || digest_is_null(&s->record.base_manifest) ||
	    digest_eq(&s->record.base_manifest, &s->after.id))
		return 0;
	rc =
	    manifest_load(s->store, &s->record.base_manifest, &s->before, &why);
	return take_before(s, rc, &why, err);
}

/* -- the same sources on both sides -- */

/* What the record names is of its own base alone. */
static bool is_recorded(const struct sides *s)
{
	return s->has_record && !digest_is_null(&s->record.fair_manifest) &&
	    digest_eq(&s->record.base_manifest, &s->before.id);
}

static int find_cell(struct sides *s, struct manifest *out, struct error *err)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	int rc = ERROR_NOT_FOUND;

	if (is_recorded(s))
		rc = manifest_load(s->store, &s->record.fair_manifest, out,
		    NULL);
	if (rc == 0)
		return 0;
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	manifest_clear(out);
	rc = s->context.git_dir == NULL
	    ? error_set(err, ERROR_NOT_FOUND, "there are no runs")
	    : refs_open(s->context.git_dir, &refs, err);
	return rc ? rc : cell_find(refs, &s->before, &s->after, out, err);
}

/* A cell that is not known is no error. */
static int make_fair(struct sides *s, struct error *err)
{
	struct manifest cell = { 0 };
	struct error why = { 0 };
	int rc;

	if (!s->has_before || s->is_served ||
	    !cell_is_wanted(&s->before, &s->after))
		return 0;
	rc = find_cell(s, &cell, &why);
	if (rc == ERROR_NOT_FOUND || rc == ERROR_CORRUPT)
		return 0;
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	s->own = s->before;
	s->before = cell;
	s->has_own = true;
	return 0;
}

/* Without files snapshots differ in their date alone. */
static bool has_files(const struct sides *s, const struct manifest *m)
{
	CLEANUP(snapshot_clear) struct snapshot snapshot = { 0 };

	return snapshot_load(s->store, &m->snapshot, &snapshot, NULL) ||
	    snapshot.n > 0;
}

void sides_tell(const struct sides *s)
{
	char snapshot[DIGEST_HEX + 1];

	if (!has_files(s, s->has_own ? &s->own : &s->before) &&
	    !has_files(s, &s->after))
		return;
	if (s->has_own) {
		fprintf(stderr,
		    "sluice: fair: both sides have the inputs of %s; the run "
		    "that is compared with had others (%s)\n",
		    s->after.snapshot_date, s->own.snapshot_date);
		return;
	}
	if (!s->has_before || s->is_served ||
	    !cell_is_wanted(&s->before, &s->after))
		return;
	digest_print(&s->after.snapshot, snapshot);
	fprintf(stderr,
	    "sluice: the two runs had other inputs (%s, %s): not every "
	    "difference is the code's\n"
	    "        `sluice run --at BASE --snapshot %.12s` makes what a fair "
	    "comparison needs\n",
	    s->before.snapshot_date, s->after.snapshot_date, snapshot);
}

/* Files that are HEAD's, and a commit, are compared with the commit before. */
static int find_before(struct sides *s, const char *rev, struct error *err)
{
	char parent[GIT_ID_HEX + 8];
	int rc = 0;

	if (s->has_record && s->record.base[0] != '\0') {
		rc = load_recorded(s, err);
		return rc || s->has_before
		    ? rc
		    : load_before(s, s->record.base, err);
	}
	if (rev == NULL)
		rc = load_before(s, "HEAD", err);
	if (rc || s->has_before)
		return rc;
	snprintf(parent, sizeof(parent), "%s~1", rev ? rev : "HEAD");
	rc = load_before(s, parent, err);
	return rc || s->has_before ? rc : load_recorded(s, err);
}

int sides_fetch(struct sides *s, struct error *err)
{
	int rc = remote_fetch(&s->context, &s->remote, err);

	if (rc == 0)
		remote_tell(&s->remote);
	return rc;
}

/* The server may have run another commit of the branch. */
static void add_newest(const struct sides *s, const char *rev, struct buf *out)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct run_entry run;

	if (s->context.work_tree != NULL &&
	    refs_open(s->context.git_dir, &refs, NULL) == 0 &&
	    refs_run_latest(refs, rev, &run, NULL) == 0)
		buf_printf(out,
		    "; the newest run of %s on the server is of %.12s", rev,
		    run.commit);
}

/* That there is no run is told with what the server has to say to it. */
static int tell_none(const struct sides *s, const char *rev, int rc,
    const struct error *why, struct error *err)
{
	CLEANUP(buf_clear) struct buf more = { 0 };

	if (rc == ERROR_NOT_FOUND && rev != NULL) {
		add_newest(s, rev, &more);
		remote_add_why(&s->remote, &more);
	}
	if (rc)
		error_set(err, why->code, "%s%s", why->msg,
		    more.p ? more.p : "");
	return rc;
}

static int load_run(struct sides *s, const char *rev, struct error *err)
{
	bool is_served = rev != NULL && strcmp(rev, "production") == 0;
	int rc = rev ? range_commit(&s->context, rev, s->commit, err) : 0;

	if (rc)
		return rc;
	if (rev != NULL && !is_served)
		rev = s->commit;
	if ((rc = outcome_load(&s->context, s->store, rev, &s->after, err)))
		return rc;
	if (rev == NULL &&
	    (rc = outcome_tell_behind(&s->context, &s->after, err)))
		return rc;
	if ((rc = load_record(s, rev, err)))
		return rc;
	if (is_served || (rc = find_before(s, rev, err)))
		return is_served ? 0 : rc;
	return make_fair(s, err);
}

int sides_of_run(struct sides *s, const char *rev, struct error *err)
{
	struct error why = { 0 };
	int rc = rev ? sides_fetch(s, err) : 0;

	return rc ? rc : tell_none(s, rev, load_run(s, rev, &why), &why, err);
}

static int load_range(struct sides *s, const char *arg, struct error *err)
{
	struct range r = { 0 };
	const char *head, *base;
	int rc = range_find(&s->context, arg, &r, err);

	if (rc)
		return rc;
	if (r.base[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "there is no commit to compare with yet; `git commit` "
		    "makes one");
	head = range_head_run(&r);
	base = arg == NULL && head == NULL ? "HEAD" : range_base_run(&r);
	if ((rc = outcome_load(&s->context, s->store, base, &s->before, err)) ||
	    (rc = outcome_load(&s->context, s->store, head, &s->after, err)))
		return rc;
	if (head == NULL &&
	    (rc = outcome_tell_behind(&s->context, &s->after, err)))
		return rc;
	s->has_before = true;
	s->is_served = strcmp(base, "production") == 0;
	rc = load_record(s, head, err);
	return rc ? rc : make_fair(s, err);
}

int sides_of_range(struct sides *s, const char *arg, struct error *err)
{
	bool is_asked = s->remote.name != NULL || arg == NULL;
	struct error why = { 0 };
	int rc;

	/* what is served is what the server says now */
	if (!is_asked && range_says_production(arg)) {
		if ((rc = sides_fetch(s, err)))
			return rc;
		is_asked = true;
	}
	rc = load_range(s, arg, &why);
	if (!is_asked && (rc == ERROR_NOT_FOUND || rc == ERROR_USAGE)) {
		clear_runs(s);
		why = (struct error){ 0 };
		rc = sides_fetch(s, err);
		if (rc)
			return rc;
		rc = load_range(s, arg, &why);
	}
	return tell_none(s, arg, rc, &why, err);
}

bool sides_wants(const struct sides *s, const char *path,
    const char *const *args, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };

		nodepath_add(&b, s->context.prefix);
		nodepath_add(&b, args[i]);
		if (nodepath_is_in(path, buf_bytes(&b).p))
			return true;
	}
	return n == 0;
}
