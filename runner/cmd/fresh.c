/* fresh: see fresh.h. */
#include "runner/cmd/fresh.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/fresh_place.h"
#include "version.h"

#define FORMAT "sluice-fresh/1"

enum {
	FILE_MOST = 1 << 20,
	NAMES_MOST = 256, /* files kept */
};

/* Where what a witness is made of lies. */
struct places {
	const char *git_dir, *store, *worker, *duckdb; /* duckdb may be "" */
};

void fresh_clear(struct fresh *f)
{
	mem_free(f->warnings);
	*f = (struct fresh){ 0 };
}

/* --- the witness --- */

/* What tells that a file or directory is another one, or was changed; zeros
 * where there is none. */
static void add_stat(struct buf *out, int rc, const struct stat *st)
{
	int64_t seen[6] = { 0 };

	if (rc == 0) {
		seen[0] = (int64_t)st->st_dev;
		seen[1] = (int64_t)st->st_ino;
		seen[2] = (int64_t)st->st_mtim.tv_sec;
		seen[3] = (int64_t)st->st_mtim.tv_nsec;
		seen[4] = (int64_t)st->st_ctim.tv_sec;
		seen[5] = (int64_t)st->st_ctim.tv_nsec;
	}
	buf_add(out, seen, sizeof(seen));
}

static void add_path(struct buf *out, const char *dir, const char *name)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct stat st = { 0 };

	buf_printf(&path, "%s%s", dir, name);
	if (path.failed)
		out->failed = true;
	else
		add_stat(out, stat(path.p, &st), &st);
}

/* A name that comes or goes changes its directory. */
static bool add_shards(struct buf *out, const char *store, const char *kind)
{
	struct store_shard shards[256];
	const bool is_known = store_shards(store, kind, shards);

	if (is_known)
		buf_add(out, shards, sizeof(shards));
	return is_known;
}

static void add_programs(struct buf *out, const struct places *p)
{
	CLEANUP(mem_freep) char *dir = mem_strdup(p->worker);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	buf_printf(out, "%s %s\n", SLUICE_VERSION, sqlite3_sourceid());
	add_path(out, "/proc/self/exe", "");
	add_path(out, p->worker, "");
	/* where a worker looks for DuckDB (duckdb_library.c) */
	if (p->duckdb[0] != '\0')
		add_path(out, p->duckdb, "");
	if (slash == NULL)
		return;
	*slash = '\0';
	add_path(out, dir, "/libduckdb.so");
	add_path(out, dir, "/../duckdb/libduckdb.so");
}

static bool make_witness(const struct places *p, struct buf *out)
{
	static const char *const others[] = { "/format", "/epoch", "/desk",
		"/users", "/quarantine", "/trash" };
	size_t i;

	if (!fresh_add_settings(p->git_dir, out) ||
	    !add_shards(out, p->store, "blobs") ||
	    !add_shards(out, p->store, "results"))
		return false;
	for (i = 0; i < ARRAY_LEN(others); i++)
		add_path(out, p->store, others[i]);
	add_programs(out, p);
	return !out->failed;
}

/* --- the file --- */

static void file_path(const char *git_dir, const char *name, struct buf *out)
{
	buf_printf(out, "%s/sluice/runner/fresh%s%s", git_dir,
	    name[0] ? "/" : "", name);
}

/* A line of a text: ended by a NUL then. NULL: there is none. */
static char *take_line(char **text, const char *end)
{
	char *line = *text;
	char *lf = memchr(line, '\n', (size_t)(end - line));

	if (lf == NULL)
		return NULL;
	*lf = '\0';
	*text = lf + 1;
	return line;
}

static bool take_number(char **text, const char *end, size_t *out)
{
	const char *line = take_line(text, end);
	char *rest;

	if (line == NULL || line[0] < '0' || line[0] > '9')
		return false;
	*out = strtoul(line, &rest, 10);
	return *rest == '\0';
}

/* Reads a file's text: what to say; whether the witness in it is still so. */
static bool read_text(const char *git_dir, struct buf *text, struct fresh *out)
{
	CLEANUP(buf_clear) struct buf now = { 0 };
	char *p = text->p, *end = text->p + text->n, *line;
	struct places at = { .git_dir = git_dir };
	size_t n;

	if ((line = take_line(&p, end)) == NULL || strcmp(line, FORMAT) != 0 ||
	    !take_number(&p, end, &out->n_nodes) ||
	    !take_number(&p, end, &out->n_tests) ||
	    (line = take_line(&p, end)) == NULL ||
	    strlen(line) >= sizeof(out->manifest) ||
	    (at.store = take_line(&p, end)) == NULL ||
	    (at.worker = take_line(&p, end)) == NULL ||
	    (at.duckdb = take_line(&p, end)) == NULL ||
	    !take_number(&p, end, &n) || n > (size_t)(end - p))
		return false;
	memcpy(out->manifest, line, strlen(line) + 1);
	out->warnings = mem_strndup(p, n);
	return out->warnings != NULL && make_witness(&at, &now) &&
	    now.n == (size_t)(end - p) - n && memcmp(now.p, p + n, now.n) == 0;
}

static bool find_file(const char *git_dir, const char *name, struct fresh *out)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };

	*out = (struct fresh){ 0 };
	file_path(git_dir, name, &path);
	if (!path.failed && file_read(path.p, FILE_MOST, &text, NULL) == 0 &&
	    text.n > 0 && read_text(git_dir, &text, out))
		return true;
	fresh_clear(out);
	return false;
}

bool fresh_find_at(const char *at, struct fresh *out)
{
	CLEANUP(buf_clear) struct buf git_dir = { 0 };
	char id[GIT_ID_HEX + 1];
	bool is_bare;

	return fresh_git_dir(&git_dir, &is_bare) && (at != NULL || is_bare) &&
	    fresh_resolve(git_dir.p, at ? at : "HEAD", id) &&
	    find_file(git_dir.p, id, out);
}

/* "TREE.DAY": a work tree's snapshot has the date of today. */
static void tree_name(const struct source *src, char *out, size_t size)
{
	snprintf(out, size, "%s.%s", source_tree(src), source_date(src));
}

bool fresh_find_tree(const struct context *c, const struct source *src,
    struct fresh *out)
{
	char name[80];

	tree_name(src, name, sizeof(name));
	return find_file(c->git_dir, name, out);
}

/* --- keeping --- */

/* Where a worker would load DuckDB from, is there a file that we can watch? */
static bool has_duckdb(const struct context *c)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	const char *slash = strrchr(c->worker, '/');
	int n = slash ? (int)(slash - c->worker) : 0;

	if (c->duckdb != NULL)
		return true;
	buf_printf(&path, "%.*s/libduckdb.so", n, c->worker);
	if (!path.failed && file_exists(path.p))
		return true;
	buf_reset(&path);
	buf_printf(&path, "%.*s/../duckdb/libduckdb.so", n, c->worker);
	return !path.failed && file_exists(path.p);
}

/* Whether nothing but the text and the witness decides. */
static bool is_steady(const struct context *c, const struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->nodes[i].kind == NODE_SOURCE)
			return false;
	for (i = 0; i < p->n_actions; i++) {
		const struct action *a = &p->actions[i];

		if (a->probe != NULL ||
		    (strcmp(a->engine, "duckdb") == 0 && !has_duckdb(c)))
			return false;
	}
	return p->n > 0 && strcmp(c->sandbox, "none") != 0;
}

static bool is_all_well(const struct manifest *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->nodes[i].state != NODE_OK)
			return false;
	return true;
}

/* What the run is found under; false where it was named in a way that is not
 * understood here. */
static bool find_name(const struct context *c, const struct fresh_run *run,
    char *out, size_t size)
{
	CLEANUP(buf_clear) struct buf git_dir = { 0 };
	bool is_bare;

	if (run->at == NULL && c->work_tree != NULL) {
		tree_name(run->source, out, size);
		return true;
	}
	return size > GIT_ID_HEX && fresh_git_dir(&git_dir, &is_bare) &&
	    strcmp(git_dir.p, c->git_dir) == 0 &&
	    fresh_resolve(git_dir.p, run->at ? run->at : "HEAD", out) &&
	    strcmp(out, source_commit(run->source)) == 0;
}

/* Drops all where there are too many: the next run of each brings it back. */
static void prune(const char *dir)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };

	if (file_list(dir, &names, NULL) == 0 && names.n >= NAMES_MOST)
		(void)file_remove_tree(dir, NULL);
}

static void add_warnings(const struct pipeline *p, struct buf *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t i;

	for (i = 0; i < p->n_diagnostics; i++)
		diagnostic_print(&p->diagnostics[i], &text);
	buf_printf(out, "%zu\n", text.n);
	buf_add(out, text.p, text.n);
}

void fresh_keep(const struct context *c, const struct fresh_run *run)
{
	CLEANUP(buf_clear) struct buf dir = { 0 }, path = { 0 }, text = { 0 };
	struct places at = { c->git_dir, c->store_dir, c->worker,
		c->duckdb ? c->duckdb : "" };
	char name[80], hex[DIGEST_HEX + 1];

	if (!is_steady(c, run->pipeline) || !is_all_well(run->manifest) ||
	    !find_name(c, run, name, sizeof(name)) || strchr(at.store, '\n') ||
	    strchr(at.worker, '\n') || strchr(at.duckdb, '\n'))
		return;
	digest_print(&run->manifest->id, hex);
	buf_printf(&text, FORMAT "\n%zu\n%zu\n%.12s\n%s\n%s\n%s\n",
	    run->manifest->n, run->n_tests, hex, at.store, at.worker,
	    at.duckdb);
	add_warnings(run->pipeline, &text);
	file_path(c->git_dir, "", &dir);
	file_path(c->git_dir, name, &path);
	if (!make_witness(&at, &text) || dir.failed || path.failed)
		return;
	prune(dir.p);
	if (file_make_dirs(dir.p, NULL) == 0)
		(void)file_write_loose(path.p, buf_bytes(&text), 0644, NULL);
}
