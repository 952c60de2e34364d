/* rundb: see rundb.h. */
#include "runner/rundb.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"
#include "runner/sqlite_full.h"

enum {
	SCHEMA_VERSION = 3,
	BUSY_MS = 20000
};

struct rundb {
	sqlite3 *sql;
	int depth; /* of transactions */
	bool is_new;
};

/* Times are milliseconds since 1970, for people and for `due` alone; order is
 * by id. is_first: 2 production's, 1 that somebody waits for, 0 the rest.
 * untold: ended without a run, and no status says so yet. tip: the commit of
 * each branch for which a request was put last, its run once it ended, and how
 * much of the branch's log was seen then. */
static const char schema[] =
    "CREATE TABLE request("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " branch TEXT NOT NULL, commit_id TEXT NOT NULL,"
    " user TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " is_retry INTEGER NOT NULL DEFAULT 0,"
    " only_nodes TEXT NOT NULL DEFAULT '',"
    " is_first INTEGER NOT NULL DEFAULT 0,"
    " state TEXT NOT NULL CHECK(state IN"
    "  ('queued','running','done','superseded','cancelled')),"
    " stop TEXT NOT NULL DEFAULT '',"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " queued INTEGER NOT NULL, due INTEGER NOT NULL DEFAULT 0,"
    " started INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0,"
    " nodes INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0,"
    " failed INTEGER NOT NULL DEFAULT 0,"
    " run TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '',"
    " message TEXT NOT NULL DEFAULT '',"
    " untold INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX request_state ON request(state, is_first DESC, id);"
    "CREATE INDEX request_branch ON request(branch, commit_id, id);"
    "CREATE INDEX request_run ON request(run);"
    "CREATE INDEX request_commit ON request(commit_id, id);"
    "CREATE INDEX request_untold ON request(id) WHERE untold = 1;"
    "CREATE TABLE tip(branch TEXT PRIMARY KEY, commit_id TEXT NOT NULL,"
    " run TEXT NOT NULL DEFAULT '', log INTEGER NOT NULL DEFAULT -1)"
    " WITHOUT ROWID;"
    "PRAGMA user_version=3;";

/* From version 2, which told no end of what never began, to ours. */
static const char from_2[] =
    "ALTER TABLE request ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX request_state;"
    "CREATE INDEX request_state ON request(state, is_first DESC, id);"
    "CREATE INDEX request_commit ON request(commit_id, id);"
    "CREATE INDEX request_untold ON request(id) WHERE untold = 1;"
    "ALTER TABLE tip ADD COLUMN run TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE tip ADD COLUMN log INTEGER NOT NULL DEFAULT -1;"
    "UPDATE tip SET run = coalesce((SELECT run FROM request r"
    " WHERE r.branch = tip.branch AND r.commit_id = tip.commit_id"
    " AND r.state = 'done' ORDER BY id DESC LIMIT 1), '');"
    "PRAGMA user_version=3;";

static int sql_fail(struct rundb *db, const char *what, struct error *err)
{
	int code = db->sql ? sqlite3_errcode(db->sql) : SQLITE_NOMEM;
	enum error_code ours = ERROR_IO;

	if (db->sql && sqlite_full(db->sql, "run database", err))
		return ERROR_IO;
	/* WAL mode writes beside the file even to read it. */
	if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN ||
	    code == SQLITE_PERM)
		return error_set(err, ERROR_DENIED,
		    "run database: this user may not write to %s (%s); run "
		    "sluice as the user whose repository it is",
		    sqlite3_db_filename(db->sql, "main"),
		    sqlite3_errmsg(db->sql));
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		ours = ERROR_BUSY;
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		ours = ERROR_CORRUPT;
	return error_set(err, ours, "run database: %s: %s", what,
	    db->sql ? sqlite3_errmsg(db->sql) : "no memory");
}

static int exec(struct rundb *db, const char *sql, const char *what,
    struct error *err)
{
	if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_fail(db, what, err);
	return 0;
}

static int bind(sqlite3_stmt *stmt, const struct rundb_query *q)
{
	size_t i;
	int rc = SQLITE_OK;

	for (i = 0; i < q->n && rc == SQLITE_OK; i++) {
		const struct rundb_value *v = &q->values[i];

		rc = v->text ? sqlite3_bind_text(stmt, (int)i + 1, v->text, -1,
		                   SQLITE_STATIC)
		             : sqlite3_bind_int64(stmt, (int)i + 1, v->number);
	}
	return rc;
}

int rundb_run(struct rundb *db, const struct rundb_query *q, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0, step = SQLITE_DONE;

	if (sqlite3_prepare_v2(db->sql, q->sql, -1, &stmt, NULL) != SQLITE_OK ||
	    bind(stmt, q) != SQLITE_OK)
		rc = sql_fail(db, "statement", err);
	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW)
		if (q->row != NULL)
			rc = q->row(stmt, q->payload, err);
	if (rc == 0 && step != SQLITE_DONE)
		rc = sql_fail(db, "statement", err);
	sqlite3_finalize(stmt);
	return rc;
}

int rundb_changes(const struct rundb *db)
{
	return sqlite3_changes(db->sql);
}

long long rundb_last_id(const struct rundb *db)
{
	return sqlite3_last_insert_rowid(db->sql);
}

/* What is left of one that could not even be taken back (no memory) goes
 * first: else none would begin any more. */
int rundb_begin(struct rundb *db, struct error *err)
{
	int rc = 0;

	if (db->depth == 0 && !sqlite3_get_autocommit(db->sql))
		rc = exec(db, "ROLLBACK", "take back", err);
	if (rc == 0 && db->depth == 0)
		rc = exec(db, "BEGIN IMMEDIATE", "begin", err);
	if (rc == 0)
		db->depth++;
	return rc;
}

int rundb_end(struct rundb *db, int rc, struct error *err)
{
	if (--db->depth > 0)
		return rc;
	if (rc == 0)
		rc = exec(db, "COMMIT", "commit", err);
	if (rc)
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int read_number(struct sqlite3_stmt *stmt, void *payload,
    struct error *err)
{
	(void)err;
	*(long long *)payload = sqlite3_column_int64(stmt, 0);
	return 0;
}

static int get_number(struct rundb *db, const char *sql, long long *out,
    struct error *err)
{
	const struct rundb_query q = { .sql = sql,
		.row = read_number,
		.payload = out };

	*out = 0;
	return rundb_run(db, &q, err);
}

static int read_version(struct rundb *db, long long *out, struct error *err)
{
	return get_number(db, "PRAGMA user_version", out, err);
}

/* The first opening makes the tables, or brings those of an older version to
 * ours; one process does, under a lock, because the change to WAL mode does
 * not wait for others. */
static int set_up(struct rundb *db, const char *dir, struct error *err)
{
	char path[PATH_MAX];
	CLEANUP(fd_close) int lock = -1;
	long long version;
	int rc;

	if (snprintf(path, sizeof(path), "%s/run.db.lock", dir) >=
	    (int)sizeof(path))
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	rc = file_lock(path, true, &lock, err);
	if (rc || (rc = read_version(db, &version, err)) ||
	    (version != 0 && version != 2))
		return rc;
	rc = exec(db, "PRAGMA journal_mode=WAL", "WAL mode", err);
	if (rc || (rc = rundb_begin(db, err)))
		return rc;
	rc = exec(db, version == 0 ? schema : from_2, "tables", err);
	return rundb_end(db, rc, err);
}

static int prepare(struct rundb *db, const char *dir, struct error *err)
{
	long long version, n;
	int rc;

	sqlite3_busy_timeout(db->sql, BUSY_MS);
	rc = read_version(db, &version, err);
	if (rc == 0 && (version == 0 || version == 2) &&
	    (rc = set_up(db, dir, err)) == 0)
		rc = read_version(db, &version, err);
	if (rc)
		return rc;
	if (version != SCHEMA_VERSION)
		return error_set(err, ERROR_USAGE,
		    "%s/run.db has format %lld, this sluice has %d; use that "
		    "sluice, or `sluice runner --rebuild-index` makes it anew "
		    "from the refs",
		    dir, version, SCHEMA_VERSION);
	if ((rc = exec(db, "PRAGMA synchronous=FULL", "synchronous", err)) ||
	    (rc = get_number(db, "SELECT EXISTS(SELECT 1 FROM request)", &n,
	         err)))
		return rc;
	db->is_new = n == 0;
	return 0;
}

int rundb_open(const char *dir, struct rundb **out, struct error *err)
{
	CLEANUP(rundb_closep) struct rundb *db = mem_alloc(sizeof(*db));
	const int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	char path[PATH_MAX];
	int rc;

	*out = NULL;
	if (db == NULL)
		return error_memory(err);
	if (snprintf(path, sizeof(path), "%s/run.db", dir) >= (int)sizeof(path))
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	rc = file_make_dirs(dir, err);
	if (rc)
		return rc;
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK)
		rc = sql_fail(db, path, err);
	if (rc == 0)
		rc = prepare(db, dir, err);
	if (rc)
		return rc;
	*out = db;
	db = NULL;
	return 0;
}

void rundb_close(struct rundb *db)
{
	if (db == NULL)
		return;
	sqlite3_close(db->sql);
	mem_free(db);
}

void rundb_closep(struct rundb **db)
{
	rundb_close(*db);
	*db = NULL;
}

bool rundb_is_new(const struct rundb *db)
{
	return db->is_new;
}

static int read_check(struct sqlite3_stmt *stmt, void *payload,
    struct error *err)
{
	const char *text = (const char *)sqlite3_column_text(stmt, 0);

	(void)payload;
	if (text != NULL && strcmp(text, "ok") == 0)
		return 0;
	return error_set(err, ERROR_CORRUPT, "run database: %s",
	    text ? text : "damaged");
}

int rundb_check(struct rundb *db, struct error *err)
{
	const struct rundb_query q = { .sql = "PRAGMA quick_check(1)",
		.row = read_check };

	return rundb_run(db, &q, err);
}

int rundb_has(const char *dir, bool *out, struct error *err)
{
	char path[PATH_MAX];
	struct stat st;

	*out = false;
	if (snprintf(path, sizeof(path), "%s/run.db", dir) >= (int)sizeof(path))
		return error_set(err, ERROR_LIMIT, "path too long: %s", dir);
	*out = os_lstat(path, &st) == 0;
	if (!*out && errno == EACCES)
		return error_set(err, ERROR_DENIED,
		    "%s is closed to this user; run sluice as the user whose "
		    "repository it is",
		    dir);
	return 0;
}

int rundb_set_aside(const char *dir, struct error *err)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char from[PATH_MAX], to[PATH_MAX];
	long long now = (long long)clock_now();
	size_t i;

	for (i = 0; i < ARRAY_LEN(ends); i++) {
		if (snprintf(from, sizeof(from), "%s/run.db%s", dir, ends[i]) >=
		        (int)sizeof(from) ||
		    snprintf(to, sizeof(to), "%s/run.db.%lld%s", dir, now,
		        ends[i]) >= (int)sizeof(to))
			return error_set(err, ERROR_LIMIT, "path too long: %s",
			    dir);
		if (file_exists(from) && os_rename(from, to) < 0)
			return error_sys(err, "rename %s", from);
	}
	return 0;
}
