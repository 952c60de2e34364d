/* export: see export.h. */
#include "runner/cmd/export.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/cmd/table_sqlite.h"
#include "runner/parquet.h"

#define FORMAT "sluice-export/1"

/* A column alone writes NULL as "": readers skip empty lines. */
static const struct csv_format csv = { .one_column_null = true };

/* Where it goes, and what is beside it. */
struct target {
	struct buf dir, new, before, lock, parent;
	bool is_there; /* DIR is a directory */
	struct stat old; /* its */
};

static void target_clear(struct target *p)
{
	buf_clear(&p->dir);
	buf_clear(&p->new);
	buf_clear(&p->before);
	buf_clear(&p->lock);
	buf_clear(&p->parent);
}

/* --- what may be written --- */

/* A manifest that was fetched is anybody's: no part of a path leads out. */
static bool is_safe(const char *path)
{
	while (true) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && strncmp(path, "..", 2) == 0))
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

static int check_node(const struct made *m, const struct manifest_node *n,
    struct error *err)
{
	if (!is_safe(n->path))
		return error_set(err, ERROR_CORRUPT,
		    "'%s' is no name of a node", n->path);
	if (digest_is_null(&n->table))
		return error_set(err, ERROR_NODE,
		    "%s has no table (it is %s), and a set is all tables or "
		    "none",
		    n->path, node_state_name(n->state));
	if (made_is_elsewhere(m) && !store_has(m->store, &n->table))
		return error_set(err, ERROR_NOT_FOUND,
		    "the tables are in the server's store, not here: `sluice "
		    "get --all DIR` in the repository there; or here, where "
		    "that store can be read: git config sluice.store DIRECTORY");
	return 0;
}

static int check_nodes(const struct made *m, struct error *err)
{
	size_t i;
	int rc;

	if (m->manifest.n_targets > 0)
		return error_set(err, ERROR_USAGE,
		    "the last run made only what was asked of it; `sluice run` "
		    "makes all");
	for (i = 0; i < m->manifest.n; i++)
		if ((rc = check_node(m, &m->manifest.nodes[i], err)))
			return rc;
	return 0;
}

/* --- where --- */

/* The directory that is there, links followed; else the path without slashes
 * at its end. */
static int find_dir(const char *dir, struct target *p, struct error *err)
{
	char real[PATH_MAX];
	size_t n = strlen(dir);
	struct stat st;

	p->is_there = realpath(dir, real) != NULL;
	if (!p->is_there && os_lstat(dir, &st) == 0)
		return error_set(err, ERROR_USAGE,
		    "%s is a link that leads nowhere", dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (p->is_there)
		buf_add_str(&p->dir, real);
	else
		buf_add(&p->dir, dir, n);
	if (buf_check(&p->dir, err))
		return ERROR_MEMORY;
	if (p->is_there && os_lstat(p->dir.p, &p->old) < 0)
		return error_sys(err, "%s", dir);
	if (p->is_there && !S_ISDIR(p->old.st_mode))
		return error_set(err, ERROR_USAGE,
		    "%s is a file; --all takes the name of a directory", dir);
	return 0;
}

static int find_target(const char *dir, struct target *p, struct error *err)
{
	const char *slash, *name;
	int rc = find_dir(dir, p, err);

	if (rc)
		return rc;
	name = buf_bytes(&p->dir).p;
	slash = strrchr(name, '/');
	if (slash != NULL)
		name = slash + 1;
	if (*name == '\0')
		return error_set(err, ERROR_USAGE,
		    "--all takes the name of a directory, which '%s' is not",
		    dir);
	if (slash != NULL)
		buf_add(&p->parent, p->dir.p, (size_t)(name - p->dir.p));
	else
		buf_add_str(&p->parent, "./");
	if (buf_check(&p->parent, err))
		return ERROR_MEMORY;
	buf_printf(&p->new, "%s.%s.new", p->parent.p, name);
	buf_printf(&p->before, "%s.%s.before", p->parent.p, name);
	buf_printf(&p->lock, "%s.%s.lock", p->parent.p, name);
	if (buf_check(&p->new, err) || buf_check(&p->before, err) ||
	    buf_check(&p->lock, err))
		return ERROR_MEMORY;
	if (access(p->parent.p, W_OK | X_OK) < 0)
		return error_sys(err,
		    "%s cannot be made: the set is written beside it", dir);
	return 0;
}

/* --- what is there already --- */

static int add_path(struct buf *out, const char *dir, const char *name,
    struct error *err)
{
	buf_reset(out);
	buf_printf(out, "%s/%s", dir, name);
	return buf_check(out, err);
}

/* The files of a set, and their directories; the names are in an arena. */
struct set_files {
	struct map names;
	struct arena arena;
};

static void set_files_clear(struct set_files *f)
{
	map_clear(&f->names);
	arena_clear(&f->arena);
}

/* A name, and each directory on the way to it. */
static int add_file(struct set_files *f, const char *name, struct error *err)
{
	const char *slash = strchr(name, '/');

	while (true) {
		size_t n = slash ? (size_t)(slash - name) : strlen(name);
		char *copy = arena_strndup(&f->arena, name, n);
		int rc = copy ? map_set(&f->names, copy, NULL, err)
		              : error_memory(err);

		if (rc || slash == NULL)
			return rc;
		slash = strchr(slash + 1, '/');
	}
}

/* None where there is no set of ours. */
static int read_files(const char *dir, struct set_files *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	json_auto_t *set = NULL;
	const char *key;
	json_t *table;
	int rc = add_path(&path, dir, "manifest.json", err);

	if (rc)
		return rc;
	rc = file_read(path.p, FILE_MAX, &text, NULL);
	if (rc == 0)
		rc = json_parse(buf_bytes(&text), &set, NULL);
	if (rc == ERROR_MEMORY)
		return error_memory(err);
	if (rc || strcmp(json_str_or(set, "format", ""), FORMAT) != 0)
		return 0;
	rc = add_file(out, "manifest.json", err);
	json_object_foreach(json_object_get(set, "tables"), key, table)
		if (rc == 0)
			rc = add_file(out, json_str_or(table, "file", ""), err);
	return rc;
}

/* Puts what is in a directory of the set on the stack; not all of it may be
 * ours. */
static int look_in(const char *dir, const char *at, const struct map *ours,
    struct file_names *stack, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	CLEANUP(buf_clear) struct buf path = { 0 }, name = { 0 };
	size_t i;
	int rc;

	if ((rc = add_path(&path, dir, at, err)) ||
	    (rc = file_list(path.p, &names, err)))
		return rc;
	for (i = 0; i < names.n; i++) {
		struct stat st;

		buf_reset(&name);
		buf_printf(&name, "%s%s%s", at, *at ? "/" : "", names.names[i]);
		if ((rc = buf_check(&name, err)) ||
		    (rc = add_path(&path, dir, name.p, err)))
			return rc;
		if (!map_has(ours, name.p))
			return error_set(err, ERROR_USAGE,
			    "%s is in the way: sluice has not written it, and "
			    "replaces %s as a whole; name another directory",
			    path.p, dir);
		if (os_lstat(path.p, &st) < 0)
			return error_sys(err, "%s", path.p);
		if (S_ISDIR(st.st_mode) &&
		    (rc = file_names_add(stack, name.p, err)))
			return rc;
	}
	return 0;
}

/* Nothing of anybody's else is replaced: an empty directory, or a set of ours
 * and nothing beside it. */
static int check_old(const struct target *p, struct error *err)
{
	CLEANUP(file_names_clear) struct file_names stack = { 0 };
	CLEANUP(set_files_clear) struct set_files ours = { 0 };
	int rc = read_files(p->dir.p, &ours, err);

	if (rc == 0)
		rc = file_names_add(&stack, "", err);
	while (rc == 0 && stack.n > 0) {
		CLEANUP(mem_freep) char *at = stack.names[--stack.n];

		rc = look_in(p->dir.p, at, &ours.names, &stack, err);
	}
	return rc;
}

/* --- writing --- */

struct writer {
	const struct made *made;
	const char *dir;
	enum export_format format;
	sqlite3 *db;
	struct worker *worker;
	json_t *tables; /* of manifest.json */
};

/* A file of its own for the table. */
static int write_file(const struct writer *w, const struct table *t,
    const char *file, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(fd_close) int fd = -1;
	int rc = add_path(&path, w->dir, file, err);
	char *slash;

	if (rc)
		return rc;
	slash = strrchr(path.p, '/');
	*slash = '\0';
	if ((rc = file_make_dirs(path.p, err)))
		return rc;
	*slash = '/';
	fd = os_open(path.p, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (fd < 0)
		return error_sys(err, "open %s", path.p);
	return w->format == EXPORT_PARQUET
	    ? parquet_write(w->made->store, w->worker, t, fd, err)
	    : table_write_csv(w->made->store, t, &csv, fd, err);
}

static int describe(const struct writer *w, const struct manifest_node *n,
    const struct table *t, const char *file, struct error *err)
{
	json_auto_t *columns = NULL;
	json_t *o;
	int rc = columns_to_json(t->columns, t->n_columns, &columns, err);

	if (rc)
		return rc;
	o = json_pack("{s:O,s:b,s:s,s:I,s:s,s:o}", "columns", columns,
	    "delivered", n->delivered, "file", file, "rows",
	    (json_int_t)n->rows, "state", node_state_name(n->state), "table",
	    json_digest(&n->table));
	if (n->since != NULL &&
	    json_object_set_new(o, "since", json_string(n->since))) {
		json_decref(o);
		return error_memory(err);
	}
	return json_object_set_new(w->tables, n->path, o) ? error_memory(err)
	                                                  : 0;
}

static int write_table(const struct writer *w, const struct manifest_node *n,
    struct error *err)
{
	CLEANUP(table_clear) struct table t = { 0 };
	CLEANUP(buf_clear) struct buf file = { 0 };
	int rc = table_load(w->made->store, &n->table, &t, err);

	if (w->format == EXPORT_SQLITE)
		buf_add_str(&file, "tables.sqlite");
	else
		buf_printf(&file, "%s.%s", n->path,
		    w->format == EXPORT_PARQUET ? "parquet" : "csv");
	if (rc == 0)
		rc = buf_check(&file, err);
	if (rc == 0)
		rc = w->format == EXPORT_SQLITE
		    ? table_sqlite_add(w->db, w->made->store, &t, n->path, err)
		    : write_file(w, &t, file.p, err);
	if (rc) {
		error_wrap(err, "%s", n->path);
		return rc;
	}
	return describe(w, n, &t, file.p, err);
}

static int write_manifest(const struct writer *w, struct error *err)
{
	const struct manifest *m = &w->made->manifest;
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	json_auto_t *set = json_pack("{s:s,s:o,s:o,s:s,s:O,s:s}", "format",
	    FORMAT, "manifest", json_digest(&m->id), "snapshot",
	    json_digest(&m->snapshot), "snapshot_date", m->snapshot_date,
	    "tables", w->tables, "tree", m->tree);
	int rc;

	if (set == NULL)
		return error_memory(err);
	if ((rc = json_print(set, &text, err)) ||
	    (rc = add_path(&path, w->dir, "manifest.json", err)))
		return rc;
	return file_create(path.p, buf_bytes(&text), 0666, err);
}

static int write_tables(struct writer *w, struct error *err)
{
	const struct manifest *m = &w->made->manifest;
	CLEANUP(buf_clear) struct buf path = { 0 };
	const struct worker_options options = {
		.program = w->made->context.worker,
		.sandbox = w->made->context.sandbox,
		.duckdb = w->made->context.duckdb,
	};
	size_t i;
	int rc = add_path(&path, w->dir, "tables.sqlite", err), closed = 0;

	if (rc == 0 && w->format == EXPORT_SQLITE)
		rc = table_sqlite_open(path.p, &w->db, err);
	if (rc == 0 && w->format == EXPORT_PARQUET)
		rc = worker_open(&options, &w->worker, err);
	for (i = 0; i < m->n && rc == 0; i++)
		rc = write_table(w, &m->nodes[i], err);
	if (w->db != NULL)
		closed = table_sqlite_close(w->db, path.p, err);
	worker_close(w->worker);
	return rc ? rc : closed;
}

/* As the directory that it takes the place of: who may read it stays. */
static int set_mode(const struct target *p, struct error *err)
{
	if (!p->is_there)
		return 0;
	if (os_chown(p->new.p, (uid_t)-1, p->old.st_gid) < 0 ||
	    os_chmod(p->new.p, p->old.st_mode & 07777) < 0)
		return error_sys(err, "the mode of %s", p->dir.p);
	return 0;
}

/* All of it, and synced. */
static int write_set(const struct made *m, enum export_format format,
    const struct target *p, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct writer w = { .made = m,
		.dir = p->new.p,
		.format = format,
		.tables = json_object() };
	int rc = file_remove_tree(p->new.p, err);

	if (rc == 0 && os_mkdir(p->new.p, 0777) < 0)
		rc = error_sys(err, "make %s", p->new.p);
	if (rc == 0)
		rc = write_tables(&w, err);
	if (rc == 0)
		rc = write_manifest(&w, err);
	json_decref(w.tables);
	if (rc || (rc = set_mode(p, err)))
		return rc;
	fd = os_open(p->new.p, O_RDONLY | O_DIRECTORY, 0);
	return fd < 0 || os_syncfs(fd) < 0 ? error_sys(err, "sync %s", p->new.p)
	                                   : 0;
}

/* --- in its place --- */

static bool cannot_exchange(void)
{
	return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
}

static int replace(const struct target *p, struct error *err)
{
	int rc;

	if (!p->is_there)
		return os_rename(p->new.p, p->dir.p) < 0
		    ? error_sys(err, "rename to %s", p->dir.p)
		    : 0;
	if ((rc = file_remove_tree(p->before.p, err)))
		return rc;
	if (os_exchange(p->new.p, p->dir.p) == 0)
		return os_rename(p->new.p, p->before.p) < 0
		    ? error_sys(err, "rename to %s", p->before.p)
		    : 0;
	if (!cannot_exchange() || os_rename(p->dir.p, p->before.p) < 0)
		return error_sys(err, "replace %s", p->dir.p);
	if (os_rename(p->new.p, p->dir.p) == 0)
		return 0;
	rc = error_sys(err, "rename to %s", p->dir.p);
	(void)os_rename(p->before.p, p->dir.p);
	return rc;
}

int export_all(const struct made *m, enum export_format format, const char *dir,
    struct error *err)
{
	CLEANUP(target_clear) struct target p = { 0 };
	CLEANUP(fd_close) int lock = -1;
	int rc = check_nodes(m, err);

	if (rc || (rc = find_target(dir, &p, err)))
		return rc;
	rc = file_lock(p.lock.p, false, &lock, err);
	if (rc == ERROR_BUSY)
		error_wrap(err, "another export into %s is at work", dir);
	if (rc || (p.is_there && (rc = check_old(&p, err))))
		return rc;
	rc = write_set(m, format, &p, err);
	if (rc) {
		(void)file_remove_tree(p.new.p, NULL);
		return rc;
	}
	rc = replace(&p, err);
	return rc ? rc : file_sync_dir(p.parent.p, err);
}
