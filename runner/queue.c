/* queue: see queue.h. */
#include "runner/queue.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/rundb.h"

#define TEXT(s)             \
	{                   \
		.text = (s) \
	}
#define NUMBER(i)             \
	{                     \
		.number = (i) \
	}
#define RUN(db, err, statement, ...)                                        \
	run((db), (statement), (const struct rundb_value[]){ __VA_ARGS__ }, \
	    sizeof((const struct rundb_value[]){ __VA_ARGS__ }) /           \
	        sizeof(struct rundb_value),                                 \
	    (err))

static const char *const state_names[] = { "queued", "running", "done",
	"superseded", "cancelled" };
static const char *const stop_names[] = { "", "cancel", "superseded" };

#define COLUMNS                                                              \
	"SELECT id, branch, commit_id, user, reason, is_retry, state, stop," \
	" attempts, queued, started, ended, nodes, settled, failed, run,"    \
	" outcome, message, only_nodes, due FROM request "

const char *request_state_name(enum request_state state)
{
	return state_names[state];
}

static int run(struct rundb *db, const char *sql,
    const struct rundb_value *values, size_t n, struct error *err)
{
	const struct rundb_query q = { .sql = sql, .values = values, .n = n };

	return rundb_run(db, &q, err);
}

int queue_begin(struct rundb *db, struct error *err)
{
	return rundb_begin(db, err);
}

int queue_end(struct rundb *db, int rc, struct error *err)
{
	return rundb_end(db, rc, err);
}

static size_t find_name(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < n && name != NULL; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return i;
}

static void copy(char *out, size_t size, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	snprintf(out, size, "%s", text ? text : "");
	text_trim_cut(out);
}

static void read_request(sqlite3_stmt *s, struct request *out)
{
	*out = (struct request){ .id = sqlite3_column_int64(s, 0) };
	copy(out->branch, sizeof(out->branch), s, 1);
	copy(out->commit, sizeof(out->commit), s, 2);
	copy(out->user, sizeof(out->user), s, 3);
	copy(out->reason, sizeof(out->reason), s, 4);
	out->is_retry = sqlite3_column_int(s, 5) != 0;
	out->state = (enum request_state)find_name(state_names,
	    ARRAY_LEN(state_names), (const char *)sqlite3_column_text(s, 6));
	out->stop = (enum request_stop)find_name(stop_names,
	    ARRAY_LEN(stop_names), (const char *)sqlite3_column_text(s, 7));
	out->attempts = sqlite3_column_int(s, 8);
	out->queued = sqlite3_column_int64(s, 9);
	out->started = sqlite3_column_int64(s, 10);
	out->ended = sqlite3_column_int64(s, 11);
	out->nodes = sqlite3_column_int64(s, 12);
	out->settled = sqlite3_column_int64(s, 13);
	out->failed = sqlite3_column_int64(s, 14);
	copy(out->run, sizeof(out->run), s, 15);
	copy(out->outcome, sizeof(out->outcome), s, 16);
	copy(out->message, sizeof(out->message), s, 17);
	copy(out->only, sizeof(out->only), s, 18);
	out->due = sqlite3_column_int64(s, 19);
}

static int row_request(struct sqlite3_stmt *stmt, void *payload,
    struct error *err)
{
	(void)err;
	read_request(stmt, payload);
	return 0;
}

/* The one request a statement names: ERROR_NOT_FOUND, or *out. */
static int get_one(struct rundb *db, const char *sql, long long number,
    struct request *out, struct error *err)
{
	const struct rundb_value v = NUMBER(number);
	const struct rundb_query q = { .sql = sql,
		.values = &v,
		.n = 1,
		.row = row_request,
		.payload = out };
	int rc;

	*out = (struct request){ 0 };
	rc = rundb_run(db, &q, err);
	if (rc == 0 && out->id == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such request");
	return rc;
}

int queue_get(struct rundb *db, long long id, struct request *out,
    struct error *err)
{
	return get_one(db, COLUMNS "WHERE id = ?1", id, out, err);
}

/* --- putting --- */

static int set_tip(struct rundb *db, const char *branch, const char *commit,
    const char *run_id, struct error *err)
{
	return RUN(db, err,
	    "INSERT INTO tip(branch, commit_id, run) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(branch) DO UPDATE SET"
	    " commit_id = excluded.commit_id, run = excluded.run",
	    TEXT(branch), TEXT(commit), TEXT(run_id));
}

/* By branch: SQLite would rather look at all that are queued. */
static int supersede(struct rundb *db, const struct request_new *new,
    struct error *err)
{
	int rc = RUN(db, err,
	    "UPDATE request INDEXED BY request_branch"
	    " SET state = 'superseded', ended = ?3, untold = 1,"
	    " message = 'superseded by ' || substr(?2, 1, 7)"
	    " WHERE branch = ?1 AND state = 'queued' AND run = ''",
	    TEXT(new->branch), TEXT(new->commit), NUMBER(new->now));

	if (rc || new->keep_running)
		return rc;
	return RUN(db, err,
	    "UPDATE request INDEXED BY request_branch SET stop = 'superseded',"
	    " message = 'superseded by ' || substr(?2, 1, 7)"
	    " WHERE branch = ?1 AND state = 'running' AND stop = ''",
	    TEXT(new->branch), TEXT(new->commit));
}

static int insert(struct rundb *db, const struct request_new *new,
    struct error *err)
{
	return RUN(db, err,
	    "INSERT INTO request(branch, commit_id, user, reason, is_retry,"
	    " is_first, state, queued, only_nodes)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?8)",
	    TEXT(new->branch), TEXT(new->commit),
	    TEXT(new->user ? new->user : ""),
	    TEXT(new->reason ? new->reason : ""), NUMBER(new->is_retry),
	    NUMBER(new->is_first    ? 2
	            : new->is_found ? 0
	                            : 1),
	    NUMBER(new->now), TEXT(new->only ? new->only : ""));
}

static int row_commit(struct sqlite3_stmt *stmt, void *payload,
    struct error *err)
{
	(void)err;
	copy(payload, 41, stmt, 0);
	return 0;
}

/* The processed tip of a branch, or "". */
static int read_tip(struct rundb *db, const char *branch, char out[41],
    struct error *err)
{
	const struct rundb_value v = TEXT(branch);
	const struct rundb_query q = {
		.sql = "SELECT commit_id FROM tip WHERE branch = ?1",
		.values = &v,
		.n = 1,
		.row = row_commit,
		.payload = out,
	};

	out[0] = '\0';
	return rundb_run(db, &q, err);
}

/* A second click asks for nothing new. */
static int check_idle(struct rundb *db, const struct request_new *new,
    struct error *err)
{
	const struct queue_filter same = { .branch = new->branch,
		.commit = new->commit,
		.active = true,
		.limit = 1 };
	CLEANUP(request_list_clear) struct request_list list = { 0 };
	int rc = queue_list(db, &same, &list, err);

	if (rc || list.n == 0)
		return rc;
	return error_set(err, ERROR_BUSY, "%.12s of %s is %s already",
	    new->commit, new->branch, request_state_name(list.items[0].state));
}

static int row_true(struct sqlite3_stmt *stmt, void *payload, struct error *err)
{
	(void)stmt;
	(void)err;
	*(bool *)payload = true;
	return 0;
}

/* What is queued already will read the new inputs when it is run. One that
 * runs may have read the old ones. */
static int has_queued(struct rundb *db, const struct request_new *new,
    bool *out, struct error *err)
{
	const struct rundb_value values[] = { TEXT(new->branch),
		TEXT(new->commit) };
	const struct rundb_query q = {
		.sql = "SELECT 1 FROM request WHERE branch = ?1"
		       " AND commit_id = ?2 AND state = 'queued' AND run = ''",
		.values = values,
		.n = ARRAY_LEN(values),
		.row = row_true,
		.payload = out,
	};

	return rundb_run(db, &q, err);
}

static int put(struct rundb *db, const struct request_new *new, long long *id,
    struct error *err)
{
	bool is_queued = false;
	char tip[41];
	int rc = read_tip(db, new->branch, tip, err);

	*id = 0;
	if (rc == 0 && new->is_again)
		rc = has_queued(db, new, &is_queued, err);
	if (rc || is_queued)
		return rc;
	if (!new->is_retry && !new->is_again && strcmp(tip, new->commit) == 0)
		return 0;
	rc = new->is_retry ? check_idle(db, new, err) : supersede(db, new, err);
	if (rc == 0)
		rc = insert(db, new, err);
	if (rc == 0)
		*id = rundb_last_id(db);
	if (rc == 0 && !new->is_retry)
		rc = set_tip(db, new->branch, new->commit, "", err);
	return rc;
}

int queue_put(struct rundb *db, const struct request_new *new, long long *id,
    struct error *err)
{
	long long ignored;
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = put(db, new, id ? id : &ignored, err);
	return rundb_end(db, rc, err);
}

int queue_put_overtaken(struct rundb *db, const struct request_new *new,
    const char *by, struct error *err)
{
	return RUN(db, err,
	    "INSERT INTO request(branch, commit_id, user, state, message,"
	    " queued, ended, untold)"
	    " SELECT ?1, ?2, ?3, 'superseded', CASE ?5 WHEN ''"
	    "  THEN 'the branch was deleted'"
	    "  ELSE 'superseded by ' || substr(?5, 1, 7) END,"
	    " ?4, ?4, 1 WHERE NOT EXISTS(SELECT 1 FROM request"
	    "  WHERE branch = ?1 AND commit_id = ?2)",
	    TEXT(new->branch), TEXT(new->commit),
	    TEXT(new->user ? new->user : ""), NUMBER(new->now),
	    TEXT(by ? by : ""));
}

int queue_restore(struct rundb *db, const struct request *done, bool is_tip,
    bool *is_new, struct error *err)
{
	bool is_inserted = false;
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = RUN(db, err,
	    "INSERT INTO request(branch, commit_id, user, reason, state, run,"
	    " outcome, message, queued, started, ended)"
	    " SELECT ?1, ?2, ?3, ?4, 'done', ?5, ?6, ?7, ?8, ?8, ?9"
	    " WHERE NOT EXISTS(SELECT 1 FROM request WHERE run = ?5)",
	    TEXT(done->branch), TEXT(done->commit), TEXT(done->user),
	    TEXT(done->reason), TEXT(done->run), TEXT(done->outcome),
	    TEXT(done->message), NUMBER(done->started), NUMBER(done->ended));
	if (rc == 0)
		is_inserted = rundb_changes(db) > 0;
	if (rc == 0 && is_inserted && is_tip)
		rc = set_tip(db, done->branch, done->commit, done->run, err);
	if (is_new != NULL)
		*is_new = is_inserted;
	return rundb_end(db, rc, err);
}

int queue_knows_run(struct rundb *db, const char *run_id, bool *out,
    struct error *err)
{
	struct request r = { 0 };
	const struct rundb_value v = TEXT(run_id);
	const struct rundb_query q = { .sql = COLUMNS "WHERE run = ?1 LIMIT 1",
		.values = &v,
		.n = 1,
		.row = row_request,
		.payload = &r };
	int rc = rundb_run(db, &q, err);

	*out = r.id != 0;
	return rc;
}

/* --- taking --- */

/* One branch's requests are run one after another. */
#define BRANCH_IS_FREE \
	" AND branch NOT IN (SELECT branch FROM request WHERE state = 'running')"

/* Nothing is put off for longer: what is due after that was noted by a clock
 * that has been set back since, and is due now. */
static const int64_t put_off_most = (int64_t)24 * 3600 * 1000;

static bool is_due(int64_t due, int64_t now)
{
	return due <= now || due > now + put_off_most;
}

/* The first of those that waits and is due, in a transaction. */
static int take(struct rundb *db, const char *which, int64_t number,
    int64_t now, struct request *out, struct error *err)
{
	int rc = get_one(db, which, number, out, err);

	if (rc == 0 && (out->state != REQUEST_QUEUED || !is_due(out->due, now)))
		rc = error_set(err, ERROR_NOT_FOUND, "it does not wait");
	if (rc == 0)
		rc = RUN(db, err,
		    "UPDATE request SET state = 'running', started = ?2,"
		    " attempts = attempts + 1, message = '' WHERE id = ?1",
		    NUMBER(out->id), NUMBER(now));
	return rc ? rc
	          : get_one(db, COLUMNS "WHERE id = ?1", out->id, out, err);
}

int queue_take(struct rundb *db, int64_t now, struct request *out,
    struct error *err)
{
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = take(db,
	    COLUMNS "WHERE state = 'queued' AND (due <= ?1"
	            " OR due > ?1 + 24 * 3600 * 1000)" BRANCH_IS_FREE
	            " ORDER BY is_first DESC, id LIMIT 1",
	    now, now, out, err);
	return rundb_end(db, rc, err);
}

int queue_take_one(struct rundb *db, long long id, int64_t now,
    struct request *out, struct error *err)
{
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc =
	    take(db, COLUMNS "WHERE id = ?1" BRANCH_IS_FREE, id, now, out, err);
	return rundb_end(db, rc, err);
}

static int row_number(struct sqlite3_stmt *stmt, void *payload,
    struct error *err)
{
	if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		return error_set(err, ERROR_NOT_FOUND, "nothing is queued");
	*(int64_t *)payload = sqlite3_column_int64(stmt, 0);
	return 0;
}

int queue_next_due(struct rundb *db, int64_t *due, struct error *err)
{
	const struct rundb_query q = {
		.sql = "SELECT min(due) FROM request WHERE state = 'queued'",
		.row = row_number,
		.payload = due,
	};

	return rundb_run(db, &q, err);
}

int queue_recover(struct rundb *db, int64_t now, struct error *err)
{
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = RUN(db, err,
	    "UPDATE request SET state = CASE stop WHEN 'cancel'"
	    " THEN 'cancelled' ELSE 'superseded' END, ended = ?1, untold = 1"
	    " WHERE state = 'running' AND stop <> '' AND run = ''",
	    NUMBER(now));
	if (rc == 0)
		rc = run(db,
		    "UPDATE request SET state = 'queued', due = 0"
		    " WHERE state = 'running'",
		    NULL, 0, err);
	if (rc == 0) /* who begins does not wait for what another put off */
		rc =
		    run(db, "UPDATE request SET due = 0 WHERE state = 'queued'",
		        NULL, 0, err);
	return rundb_end(db, rc, err);
}

int queue_prepare(struct rundb *db, long long id, const char *run_id,
    struct error *err)
{
	return RUN(db, err, "UPDATE request SET run = ?2 WHERE id = ?1",
	    NUMBER(id), TEXT(run_id));
}

int queue_progress(struct rundb *db, const struct request *r, struct error *err)
{
	return RUN(db, err,
	    "UPDATE request SET nodes = ?2, settled = ?3, failed = ?4"
	    " WHERE id = ?1",
	    NUMBER(r->id), NUMBER(r->nodes), NUMBER(r->settled),
	    NUMBER(r->failed));
}

int queue_finish(struct rundb *db, const struct request *r, struct error *err)
{
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = RUN(db, err,
	    "UPDATE request SET state = ?2, outcome = ?3, message = ?4,"
	    " run = ?5, ended = ?6, untold = (?5 = '') WHERE id = ?1",
	    NUMBER(r->id), TEXT(state_names[r->state]), TEXT(r->outcome),
	    TEXT(r->message), TEXT(r->run), NUMBER(r->ended));
	if (rc == 0 && r->run[0] != '\0')
		rc = RUN(db, err,
		    "UPDATE tip SET run = ?3"
		    " WHERE branch = ?1 AND commit_id = ?2",
		    TEXT(r->branch), TEXT(r->commit), TEXT(r->run));
	return rundb_end(db, rc, err);
}

int queue_delay(struct rundb *db, long long id, int64_t due,
    const char *message, struct error *err)
{
	return RUN(db, err,
	    "UPDATE request SET state = 'queued', due = ?2, message = ?3"
	    " WHERE id = ?1",
	    NUMBER(id), NUMBER(due), TEXT(message));
}

int queue_await(struct rundb *db, long long id, int64_t due,
    const char *message, bool *is_stopped, struct error *err)
{
	int rc = RUN(db, err,
	    "UPDATE request SET state = 'queued', due = ?2, message = ?3,"
	    " attempts = attempts - 1 WHERE id = ?1 AND stop = ''",
	    NUMBER(id), NUMBER(due), TEXT(message));

	*is_stopped = rc == 0 && rundb_changes(db) == 0;
	return rc;
}

int queue_untold(struct rundb *db, struct request *out, struct error *err)
{
	return get_one(db, COLUMNS "WHERE untold = 1 ORDER BY id LIMIT ?1", 1,
	    out, err);
}

int queue_told(struct rundb *db, long long id, struct error *err)
{
	return RUN(db, err, "UPDATE request SET untold = 0 WHERE id = ?1",
	    NUMBER(id));
}

int queue_stop(struct rundb *db, long long id, enum request_stop *out,
    struct error *err)
{
	struct request r;
	int rc = queue_get(db, id, &r, err);

	*out = rc ? STOP_NONE : r.stop;
	return rc;
}

/* --- tips --- */

struct tips {
	int (*fn)(const struct queue_tip *tip, void *payload);
	void *payload;
};

static int row_tip(struct sqlite3_stmt *stmt, void *payload, struct error *err)
{
	const struct tips *t = payload;
	const struct queue_tip tip = {
		.branch = (const char *)sqlite3_column_text(stmt, 0),
		.commit = (const char *)sqlite3_column_text(stmt, 1),
		.run = (const char *)sqlite3_column_text(stmt, 2),
		.log = sqlite3_column_int64(stmt, 3),
	};

	(void)err;
	return t->fn(&tip, t->payload);
}

int queue_each_tip(struct rundb *db,
    int (*fn)(const struct queue_tip *tip, void *payload), void *payload,
    struct error *err)
{
	struct tips t = { .fn = fn, .payload = payload };
	const struct rundb_query q = {
		.sql = "SELECT branch, commit_id, run, log FROM tip"
		       " ORDER BY branch",
		.row = row_tip,
		.payload = &t,
	};

	return rundb_run(db, &q, err);
}

int queue_set_log(struct rundb *db, const char *branch, int64_t log,
    struct error *err)
{
	return RUN(db, err, "UPDATE tip SET log = ?2 WHERE branch = ?1",
	    TEXT(branch), NUMBER(log));
}

int queue_forget(struct rundb *db, const char *branch, int64_t now,
    struct error *err)
{
	int rc = rundb_begin(db, err);

	if (rc)
		return rc;
	rc = RUN(db, err,
	    "UPDATE request INDEXED BY request_branch"
	    " SET state = 'superseded', ended = ?2, untold = 1,"
	    " message = 'the branch was deleted'"
	    " WHERE branch = ?1 AND state = 'queued'",
	    TEXT(branch), NUMBER(now));
	if (rc == 0)
		rc = RUN(db, err,
		    "UPDATE request INDEXED BY request_branch SET stop = 'superseded',"
		    " message = 'the branch was deleted'"
		    " WHERE branch = ?1 AND state = 'running'",
		    TEXT(branch));
	if (rc == 0)
		rc = RUN(db, err, "DELETE FROM tip WHERE branch = ?1",
		    TEXT(branch));
	return rundb_end(db, rc, err);
}

/* --- lists --- */

static int row_id(struct sqlite3_stmt *stmt, void *payload, struct error *err)
{
	struct request_ids *ids = payload;
	long long *more =
	    mem_grow(ids->items, ids->n, &ids->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	ids->items = more;
	more[ids->n++] = sqlite3_column_int64(stmt, 0);
	return 0;
}

int queue_waiting(struct rundb *db, int64_t now, struct request_ids *out,
    struct error *err)
{
	const struct rundb_value values[] = { NUMBER(now) };
	const struct rundb_query q = {
		.sql = "SELECT id FROM request AS r"
		       " WHERE state = 'queued' AND is_retry = 0 AND due <= ?1"
		       " AND NOT EXISTS (SELECT 1 FROM request"
		       " INDEXED BY request_branch WHERE branch = r.branch"
		       " AND (state = 'running'"
		       " OR (state = 'queued' AND id < r.id))) ORDER BY id",
		.values = values,
		.n = ARRAY_LEN(values),
		.row = row_id,
		.payload = out,
	};
	int rc;

	*out = (struct request_ids){ 0 };
	rc = rundb_run(db, &q, err);
	if (rc)
		request_ids_clear(out);
	return rc;
}

void request_ids_clear(struct request_ids *ids)
{
	mem_free(ids->items);
	*ids = (struct request_ids){ 0 };
}

static int row_list(struct sqlite3_stmt *stmt, void *payload, struct error *err)
{
	struct request_list *list = payload;
	struct request *more =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	list->items = more;
	read_request(stmt, &more[list->n++]);
	return 0;
}

int queue_list(struct rundb *db, const struct queue_filter *filter,
    struct request_list *out, struct error *err)
{
	const struct rundb_value values[] = {
		TEXT(filter->branch ? filter->branch : ""),
		TEXT(filter->commit ? filter->commit : ""),
		NUMBER(filter->active),
		NUMBER(filter->stopped),
		NUMBER(filter->limit > 0 ? filter->limit : -1),
	};
	const struct rundb_query q = {
		.sql = COLUMNS
		"WHERE (?1 = '' OR branch = ?1) AND (?2 = '' OR commit_id = ?2)"
		" AND (?3 = 0 OR state IN ('queued', 'running'))"
		" AND (?4 = 0 OR state IN ('superseded', 'cancelled'))"
		" ORDER BY id DESC LIMIT ?5",
		.values = values,
		.n = ARRAY_LEN(values),
		.row = row_list,
		.payload = out,
	};
	int rc;

	*out = (struct request_list){ 0 };
	rc = rundb_run(db, &q, err);
	if (rc)
		request_list_clear(out);
	return rc;
}

void request_list_clear(struct request_list *list)
{
	mem_free(list->items);
	*list = (struct request_list){ 0 };
}
