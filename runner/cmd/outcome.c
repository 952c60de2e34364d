/* outcome: see outcome.h. */
#include "runner/cmd/outcome.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"

enum {
	LINE = 2 * DIGEST_HEX + 2
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
	return save_as(st, m->tree, buf_bytes(&line), err);
}

static int load_desk(struct store *st, const char *name,
    struct digest *manifest, struct digest *record, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	int rc = desk_path(st, name, &path, err);

	if (rc || (rc = file_read(path.p, LINE, &text, err)))
		return rc;
	if (text.n != LINE || text.p[DIGEST_HEX] != ' ')
		return error_set(err, ERROR_CORRUPT, "%s is damaged", path.p);
	text.p[DIGEST_HEX] = '\0';
	text.p[LINE - 1] = '\0';
	if ((rc = digest_parse(text.p, manifest, err)))
		return rc;
	return digest_parse(text.p + DIGEST_HEX + 1, record, err);
}

/* The newest run of a revision: the two blobs' names. */
static int find(const struct context *c, struct store *st, const char *at,
    struct digest *manifest, struct digest *record, struct error *err)
{
	CLEANUP(source_closep) struct source *src = NULL;
	struct error why = { 0 };
	char name[64];
	int rc;

	if (at == NULL && c->work_tree != NULL) {
		if ((rc = worktree_name(c, name, sizeof(name), err)))
			return rc;
		rc = load_desk(st, name, manifest, record, &why);
		if (rc != ERROR_NOT_FOUND)
			return rc ? error_set(err, why.code, "%s", why.msg) : 0;
	}
	rc = source_open_commit(c->git_dir, at ? at : "HEAD", &src, err);
	if (rc)
		return rc;
	why = (struct error){ 0 };
	rc = load_desk(st, source_tree(src), manifest, record, &why);
	if (rc == ERROR_NOT_FOUND)
		return error_set(err, ERROR_NOT_FOUND,
		    "no run of %s is known here; `sluice run%s%s` makes one",
		    at ? at : "this directory", at ? " --at " : "",
		    at ? at : "");
	return rc ? error_set(err, why.code, "%s", why.msg) : 0;
}

int outcome_load(const struct context *c, struct store *st, const char *at,
    struct manifest *out, struct error *err)
{
	struct digest manifest, record;
	int rc = find(c, st, at, &manifest, &record, err);

	return rc ? rc : manifest_load(st, &manifest, out, err);
}

int outcome_load_record(const struct context *c, struct store *st,
    const char *at, struct run_record *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct digest manifest, record;
	int rc = find(c, st, at, &manifest, &record, err);

	if (rc || (rc = store_get(st, &record, &text, err)))
		return rc;
	return run_record_parse(buf_bytes(&text), out, err);
}
