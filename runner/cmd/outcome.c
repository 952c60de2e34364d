/* outcome: see outcome.h. */
#include "runner/cmd/outcome.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "hooks/production.h"
#include "runner/cmd/served.h"

enum {
	LINE = 2 * DIGEST_HEX + 2,
	DESK_MOST = 256, /* entries kept: each is a root of gc */
};

static int desk_path(struct store *st, const char *name, struct buf *out,
    struct error *err)
{
	buf_printf(out, "%s/desk/%s", store_dir(st), name);
	return buf_check(out, err);
}

/* "worktree-" and 16 digits of the path's digest. */
static int worktree_name(const struct context *c, char *out, size_t size,
    struct error *err)
{
	char hex[DIGEST_HEX + 1];
	struct digest d;
	int rc = digest_of(bytes_of(c->work_tree), &d, err);

	if (rc)
		return rc;
	digest_print(&d, hex);
	snprintf(out, size, "worktree-%.16s", hex);
	return 0;
}

static int save_as(struct store *st, const char *name, struct bytes line,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	int rc;

	buf_printf(&path, "%s/desk", store_dir(st));
	if ((rc = buf_check(&path, err)) || (rc = file_make_dirs(path.p, err)))
		return rc;
	buf_reset(&path);
	if ((rc = desk_path(st, name, &path, err)))
		return rc;
	return file_write(path.p, line, 0666, err);
}

/* Drops the oldest entries beyond DESK_MOST: nothing promises to keep every
 * tree that was ever tried at a desk. What cannot be dropped stays. */
static void prune(struct store *st)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(buf_clear) struct buf dir = { 0 };

	buf_printf(&dir, "%s/desk", store_dir(st));
	if (dir.failed || file_list(dir.p, &names, NULL))
		return;
	while (names.n > DESK_MOST) {
		size_t i, oldest = 0;
		time_t least = 0;

		for (i = 0; i < names.n; i++) {
			CLEANUP(buf_clear) struct buf path = { 0 };
			struct stat s = { 0 };

			if (desk_path(st, names.names[i], &path, NULL) ||
			    stat(path.p, &s) < 0)
				continue;
			if (least == 0 || s.st_mtime < least) {
				least = s.st_mtime;
				oldest = i;
			}
		}
		buf_reset(&dir);
		if (desk_path(st, names.names[oldest], &dir, NULL))
			return;
		os_unlink(dir.p);
		mem_free(names.names[oldest]);
		names.names[oldest] = names.names[--names.n];
	}
}

int outcome_save(const struct context *c, struct store *st,
    const struct manifest *m, const struct run_record *r, bool is_worktree,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, line = { 0 };
	char one[DIGEST_HEX + 1], two[DIGEST_HEX + 1], name[64];
	struct digest record;
	int rc = run_record_print(r, &text, err);

	if (rc || (rc = store_put(st, buf_bytes(&text), &record, err)))
		return rc;
	digest_print(&m->id, one);
	digest_print(&record, two);
	buf_printf(&line, "%s %s\n", one, two);
	if ((rc = buf_check(&line, err)))
		return rc;
	if (is_worktree &&
	    ((rc = worktree_name(c, name, sizeof(name), err)) ||
	        (rc = save_as(st, name, buf_bytes(&line), err))))
		return rc;
	/* a partial run, or one with other parameters, is not the tree's */
	if (m->tree[0] == '\0' || m->n_targets > 0 || m->n_parameters > 0)
		return 0;
	rc = save_as(st, m->tree, buf_bytes(&line), err);
	prune(st);
	return rc;
}

static int load_desk(struct store *st, const char *name,
    struct digest *manifest, struct digest *record, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	int rc = desk_path(st, name, &path, err);

	if (rc || (rc = file_read(path.p, LINE, &text, err)))
		return rc;
	if (text.n != LINE || text.p[DIGEST_HEX] != ' ')
		return error_set(err, ERROR_CORRUPT,
		    "%s is damaged; `sluice run` makes it anew", path.p);
	text.p[DIGEST_HEX] = '\0';
	text.p[LINE - 1] = '\0';
	if ((rc = digest_parse(text.p, manifest, err)))
		return rc;
	return digest_parse(text.p + DIGEST_HEX + 1, record, err);
}

/* The two documents of a run, wherever they lie. */
struct documents {
	struct buf manifest, record;
};

static void documents_clear(struct documents *d)
{
	buf_clear(&d->manifest);
	buf_clear(&d->record);
}

/* Of this desk: *d is filled from the store. */
static int read_desk(struct store *st, const char *name, struct documents *d,
    struct error *err)
{
	struct digest manifest, record;
	int rc = load_desk(st, name, &manifest, &record, err);

	if (rc || (rc = store_get(st, &manifest, &d->manifest, err)))
		return rc;
	return store_get(st, &record, &d->record, err);
}

static int read_run(struct refs *r, const struct run_entry *run,
    struct documents *d, struct error *err)
{
	int rc = refs_read(r, run->id, "run.json", &d->record, err);

	if (rc)
		return rc;
	if (run->manifest[0] == '\0' && strcmp(run->outcome, "error") == 0)
		return error_set(err, ERROR_REMOTE,
		    "the run of %.12s could not be done on the server: `sluice "
		    "report %.12s` says why",
		    run->commit, run->commit);
	if (run->manifest[0] == '\0')
		return error_set(err, ERROR_SYNTAX,
		    "the pipeline of %.12s has errors, so nothing ran: `sluice "
		    "report %.12s` lists them",
		    run->commit, run->commit);
	return refs_read(r, run->id, "manifest.json", &d->manifest, err);
}

/* Of the server: the newest run of a commit (or the run that the commit is),
 * else of its tree (a squash has another commit and the same tree), on
 * refs/sluice/runs. */
static int read_refs(const struct context *c, const struct source *src,
    struct documents *d, struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	struct error why = { 0 };
	struct run_entry run;
	int rc = refs_open(c->git_dir, &r, err);

	if (rc)
		return rc;
	rc = served_find(r, source_commit(src), c->production, &run, &why);
	if (rc == ERROR_NOT_FOUND)
		rc = refs_run_find(r,
		    &(struct run_find){ .tree = source_tree(src),
		        .first = c->production },
		    &run, err);
	else if (rc)
		error_set(err, why.code, "%s", why.msg);
	return rc ? rc : read_run(r, &run, d, err);
}

/* Of a commit that is not here (one of a single branch), or is in a clone that
 * cannot be read as a source (a shallow one). */
static int read_absent(const struct context *c, const char *at,
    struct documents *d, struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	struct run_entry run;
	int rc = refs_open(c->git_dir, &r, err);

	if (rc || (rc = served_find(r, at, c->production, &run, err)))
		return rc;
	return read_run(r, &run, d, err);
}

/* What is served: it has no run record of its own. */
static int read_production(const struct context *c, struct documents *d,
    struct error *err)
{
	CLEANUP(refs_closep) struct refs *r = NULL;
	struct production now;
	int rc = refs_open(c->git_dir, &r, err);

	if (rc || (rc = production_now(r, &now, err)))
		return rc;
	return refs_read(r, now.id, "manifest.json", &d->manifest, err);
}

/* How many bytes of a revision are shown: an id is cut. */
static int shown(const char *at)
{
	size_t n = strlen(at);

	return n == 40 && strspn(at, "0123456789abcdef") == n ? 12 : (int)n;
}

static int not_found(const struct context *c, const char *at, struct error *err)
{
	const int n = at ? shown(at) : 0;

	if (c->work_tree == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no run of %.*s yet; `sluice runner` runs what is pushed, "
		    "`sluice status` says whether one is at work",
		    at ? n : 4, at ? at : "HEAD");
	return error_set(err, ERROR_NOT_FOUND,
	    "no run of %.*s is known here; `sluice run%s%.*s` makes one",
	    at ? n : 14, at ? at : "this directory", at ? " --at " : "", n,
	    at ? at : "");
}

/* Passes on what is not "there is none". */
static int other(int rc, const struct error *why, struct error *err)
{
	return rc == ERROR_NOT_FOUND || rc == 0
	    ? rc
	    : error_set(err, why->code, "%s", why->msg);
}

/* A server's own runs come first; at a desk, what was run there. */
static int find(const struct context *c, struct store *st, const char *at,
    struct documents *d, struct error *err)
{
	CLEANUP(source_closep) struct source *src = NULL;
	bool is_server = c->work_tree == NULL;
	struct error why = { 0 };
	char name[64];
	int rc = ERROR_NOT_FOUND;

	if (at != NULL && strcmp(at, "production") == 0)
		rc = other(read_production(c, d, &why), &why, err);
	else if (at == NULL && !is_server &&
	    (rc = worktree_name(c, name, sizeof(name), err)) == 0)
		rc = other(read_desk(st, name, d, &why), &why, err);
	if (rc != ERROR_NOT_FOUND)
		return rc;
	why = (struct error){ 0 };
	rc = at ? context_source(c, at, &src, &why)
	        : source_open_commit(c->git_dir, "HEAD", &src, &why);
	documents_clear(d);
	if (rc == ERROR_USAGE && at != NULL) {
		int absent = read_absent(c, at, d, NULL);

		if (absent == 0 || absent == ERROR_MEMORY)
			return absent ? error_memory(err) : 0;
	}
	if (rc)
		return rc == ERROR_NOT_FOUND
		    ? not_found(c, at, err)
		    : error_set(err, why.code, "%s", why.msg);
	why = (struct error){ 0 };
	rc = is_server ? read_refs(c, src, d, &why)
	               : read_desk(st, source_tree(src), d, &why);
	if ((rc = other(rc, &why, err)) != ERROR_NOT_FOUND)
		return rc;
	documents_clear(d);
	why = (struct error){ 0 };
	rc = is_server ? read_desk(st, source_tree(src), d, &why)
	               : read_refs(c, src, d, &why);
	rc = other(rc, &why, err);
	return rc == ERROR_NOT_FOUND ? not_found(c, at, err) : rc;
}

int outcome_load(const struct context *c, struct store *st, const char *at,
    struct manifest *out, struct error *err)
{
	CLEANUP(documents_clear) struct documents d = { 0 };
	int rc = find(c, st, at, &d, err);

	if (rc || (rc = manifest_parse(buf_bytes(&d.manifest), out, err)))
		return rc;
	return digest_of(buf_bytes(&d.manifest), &out->id, err);
}

bool outcome_is_absent(int rc)
{
	return rc == ERROR_NOT_FOUND || rc == ERROR_USAGE ||
	    rc == ERROR_SYNTAX || rc == ERROR_REMOTE;
}

int outcome_load_record(const struct context *c, struct store *st,
    const char *at, struct run_record *out, struct error *err)
{
	CLEANUP(documents_clear) struct documents d = { 0 };
	int rc = find(c, st, at, &d, err);

	if (rc)
		return rc;
	if (d.record.n == 0)
		return not_found(c, at, err);
	return run_record_parse(buf_bytes(&d.record), out, err);
}

int outcome_is_behind(const struct context *c, const struct manifest *m,
    bool *out, struct error *err)
{
	CLEANUP(source_closep) struct source *src = NULL;
	int rc;

	*out = false;
	if (c->work_tree == NULL || m->tree[0] == '\0')
		return 0;
	rc = context_source(c, NULL, &src, NULL);
	if (rc)
		return rc == ERROR_MEMORY ? error_memory(err) : 0;
	*out = strcmp(source_tree(src), m->tree) != 0;
	return 0;
}

int outcome_tell_behind(const struct context *c, const struct manifest *m,
    struct error *err)
{
	bool is_behind;
	int rc = outcome_is_behind(c, m, &is_behind, err);

	if (rc == 0 && is_behind)
		fputs("sluice: files have changed since this was run; `sluice "
		      "run` makes it anew\n",
		    stderr);
	return rc;
}
