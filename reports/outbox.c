/* outbox: see outbox.h. One slot a (commit, context, branch). */
#include "reports/outbox.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"

enum {
	VERSION = 3,
	BUSY_MS = 10000,
	FIRST_WAIT = 2000,
	MOST_WAIT = 3600 * 1000,
	MOST_ASKED = 24 * 3600 * 1000, /* a forge may ask for no more */
};

/* How long a settled slot is remembered. */
#define KEEP_MS (INT64_C(90) * 24 * 3600 * 1000)

struct outbox {
	sqlite3 *db;
	char *path;
	struct outbox_pace paces[OUTBOX_PACES];
};

/* settled: 0 to be told, 1 told, 2 refused. asked: an attempt was begun whose
 * end is not known, so what the forge shows may differ from told_*. */
#define MAKE_SLOT                                                              \
	"CREATE TABLE slot(\n"                                                 \
	"  commit_id TEXT NOT NULL, context TEXT NOT NULL, ref TEXT NOT NULL," \
	"\n  seq INTEGER NOT NULL,\n"                                          \
	"  state TEXT NOT NULL, description TEXT NOT NULL,\n"                  \
	"  target_url TEXT NOT NULL, changed INTEGER NOT NULL,\n"              \
	"  settled INTEGER NOT NULL DEFAULT 0,\n"                              \
	"  asked INTEGER NOT NULL DEFAULT 0,\n"                                \
	"  reopened INTEGER NOT NULL DEFAULT 0,\n"                             \
	"  attempts INTEGER NOT NULL DEFAULT 0,\n"                             \
	"  next_try INTEGER NOT NULL DEFAULT 0,\n"                             \
	"  why TEXT NOT NULL DEFAULT '',\n"                                    \
	"  told_state TEXT, told_description TEXT, told_url TEXT,\n"           \
	"  PRIMARY KEY(commit_id, context, ref));\n"                           \
	"CREATE INDEX slot_due ON slot(settled, seq);\n"                       \
	"CREATE INDEX slot_age ON slot(settled, changed);\n"
#define MAKE_META                                                      \
	"CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK (one = 1),\n" \
	"  seq INTEGER NOT NULL, hold INTEGER NOT NULL);\n"            \
	"INSERT INTO meta VALUES(1, 0, 0);\n"

#define MAKE_TAKEN                                 \
	"CREATE TABLE taken(at INTEGER NOT NULL);" \
	"CREATE INDEX taken_at ON taken(at);"      \
	"PRAGMA user_version=3;\n"

/* What brings a file of a version to ours. Version 1 had no branches, version
 * 2 no count of what was taken when. */
static const char *const steps[VERSION] = {
	MAKE_SLOT MAKE_META MAKE_TAKEN,
	"DROP INDEX slot_due; DROP INDEX slot_age;\n"
	"ALTER TABLE slot RENAME TO slot_1;\n" MAKE_SLOT
	"INSERT INTO slot SELECT commit_id, context, '', seq, state,\n"
	"  description, target_url, changed, settled, asked, reopened,\n"
	"  attempts, next_try, why, told_state, told_description, told_url\n"
	"  FROM slot_1;\n"
	"DROP TABLE slot_1;\n" MAKE_TAKEN,
	MAKE_TAKEN,
};

static int fail(struct outbox *ob, struct error *err)
{
	int rc = sqlite3_errcode(ob->db);
	enum error_code code = ERROR_IO;
	const char *hint = "";

	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
		code = ERROR_BUSY;
	} else if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB) {
		code = ERROR_CORRUPT;
		hint = "; move it away, a new one is made and the runner "
		       "queues again what is current";
	} else if (rc == SQLITE_NOMEM) {
		return error_memory(err);
	}
	return error_set(err, code, "outbox %s: %s%s", ob->path,
	    sqlite3_errmsg(ob->db), hint);
}

static int run(struct outbox *ob, const char *sql, struct error *err)
{
	return sqlite3_exec(ob->db, sql, NULL, NULL, NULL) == SQLITE_OK
	    ? 0
	    : fail(ob, err);
}

static int begin(struct outbox *ob, struct error *err)
{
	return run(ob, "BEGIN IMMEDIATE", err);
}

/* Commits where rc is 0, else rolls back. Returns rc, or why it could not. */
static int finish(struct outbox *ob, int rc, struct error *err)
{
	if (rc == 0)
		rc = run(ob, "COMMIT", err);
	if (rc)
		sqlite3_exec(ob->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static void statement_close(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}

/* One value to bind: text, or where it is NULL a number. */
struct value {
	const char *text;
	int64_t number;
};
#define TEXT(t)             \
	{                   \
		.text = (t) \
	}
#define NUMBER(x)             \
	{                     \
		.number = (x) \
	}

static int prepare(struct outbox *ob, const char *sql,
    const struct value *values, sqlite3_stmt **out, struct error *err)
{
	int i, n;

	if (sqlite3_prepare_v2(ob->db, sql, -1, out, NULL) != SQLITE_OK)
		return fail(ob, err);
	n = sqlite3_bind_parameter_count(*out);
	for (i = 0; values != NULL && i < n; i++) {
		const struct value *v = &values[i];
		int rc = v->text
		    ? sqlite3_bind_text(*out, i + 1, v->text, -1, SQLITE_STATIC)
		    : sqlite3_bind_int64(*out, i + 1, v->number);

		if (rc != SQLITE_OK)
			return fail(ob, err);
	}
	return 0;
}

/* 1 with a row, 0 at the end, or negative. */
static int step(struct outbox *ob, sqlite3_stmt *s, struct error *err)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail(ob, err);
}

static int execute(struct outbox *ob, const char *sql,
    const struct value *values, struct error *err)
{
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob, sql, values, &s, err);

	return rc ? rc : step(ob, s, err);
}

static int get_number(struct outbox *ob, const char *sql, int64_t *out,
    struct error *err)
{
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob, sql, NULL, &s, err);

	if (rc == 0 && (rc = step(ob, s, err)) > 0) {
		*out = sqlite3_column_int64(s, 0);
		rc = 0;
	}
	return rc;
}

/* Makes the tables of a new file, or brings those of an older one to ours;
 * refuses one of a newer version. */
static int set_up(struct outbox *ob, struct error *err)
{
	int64_t version = 0;
	int rc = begin(ob, err);

	if (rc)
		return rc;
	rc = get_number(ob, "PRAGMA user_version", &version, err);
	if (rc == 0 && version >= 0 && version < VERSION)
		rc = run(ob, steps[version], err);
	else if (rc == 0 && version != VERSION)
		rc = error_set(err, ERROR_USAGE,
		    "outbox %s has format %d, this program knows %d; use the "
		    "newer sluice",
		    ob->path, (int)version, VERSION);
	return finish(ob, rc, err);
}

int outbox_open(const char *path, struct outbox **out, struct error *err)
{
	CLEANUP(outbox_closep) struct outbox *ob = mem_alloc(sizeof(*ob));
	int rc, flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	*out = NULL;
	if (ob == NULL || (ob->path = mem_strdup(path)) == NULL)
		return error_memory(err);
	rc = sqlite3_open_v2(path, &ob->db, flags, NULL);
	if (ob->db == NULL)
		return error_memory(err);
	if (rc != SQLITE_OK)
		return fail(ob, err);
	sqlite3_busy_timeout(ob->db, BUSY_MS);
	if ((rc = run(ob, "PRAGMA journal_mode=WAL", err)) ||
	    (rc = run(ob, "PRAGMA synchronous=FULL", err)) ||
	    (rc = set_up(ob, err)))
		return rc;
	*out = ob;
	ob = NULL;
	return 0;
}

void outbox_close(struct outbox *ob)
{
	if (ob == NULL)
		return;
	sqlite3_close(ob->db);
	mem_free(ob->path);
	mem_free(ob);
}

void outbox_closep(struct outbox **ob)
{
	outbox_close(*ob);
	*ob = NULL;
}

static void copy_text(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const void *text = sqlite3_column_text(s, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* state, description, target_url of three columns. A state that is not one
 * of ours (a damaged file) is shown as an error. */
static void read_status(sqlite3_stmt *s, int column, struct status *out)
{
	char name[16];
	int state;

	copy_text(s, column, name, sizeof(name));
	state = status_state_of(name);
	out->state = state < 0 ? STATUS_ERROR : (enum status_state)state;
	copy_text(s, column + 1, out->description, sizeof(out->description));
	copy_text(s, column + 2, out->target_url, sizeof(out->target_url));
}

/* What is known of a slot before a put. */
struct slot {
	struct status wanted, told;
	bool has_told, is_reopened, is_asked;
};

/* 1 where there is such a slot, 0 where not. */
static int find_slot(struct outbox *ob, const struct status *of,
    struct slot *out, struct error *err)
{
	const struct value values[] = { TEXT(of->commit), TEXT(of->context),
		TEXT(of->ref) };
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob,
	    "SELECT state, description, target_url, told_state, "
	    "told_description, told_url, reopened, asked FROM slot "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, &s, err);

	if (rc || (rc = step(ob, s, err)) <= 0)
		return rc;
	out->wanted = out->told = *of;
	read_status(s, 0, &out->wanted);
	read_status(s, 3, &out->told);
	out->has_told = sqlite3_column_type(s, 3) != SQLITE_NULL;
	out->is_reopened = sqlite3_column_int(s, 6) != 0;
	out->is_asked = sqlite3_column_int(s, 7) != 0;
	return 1;
}

/* Whether a put into the slot changes anything. */
static bool is_news(const struct slot *slot, const struct status *s)
{
	if (status_eq(&slot->wanted, s))
		return false;
	return status_is_final(s->state) || slot->is_reopened ||
	    !status_is_final(slot->wanted.state);
}

static int write_slot(struct outbox *ob, const struct status *s,
    bool is_settled, int64_t now, struct error *err)
{
	static const char upsert[] =
	    "INSERT INTO slot(commit_id, context, ref, seq, state, "
	    "  description, target_url, changed, settled) "
	    "SELECT ?, ?, ?, seq, ?, ?, ?, ?, ? FROM meta WHERE true "
	    "ON CONFLICT DO UPDATE SET seq=excluded.seq, "
	    "  state=excluded.state, description=excluded.description, "
	    "  target_url=excluded.target_url, changed=excluded.changed, "
	    "  attempts=iif(settled, 0, attempts), "
	    "  next_try=iif(settled, 0, next_try), "
	    "  why=iif(settled, '', why), "
	    "  settled=excluded.settled, reopened=0";
	const struct value values[] = { TEXT(s->commit), TEXT(s->context),
		TEXT(s->ref), TEXT(status_state_name(s->state)),
		TEXT(s->description), TEXT(s->target_url), NUMBER(now),
		NUMBER(is_settled) };
	int rc = run(ob, "UPDATE meta SET seq=seq+1", err);

	return rc ? rc : execute(ob, upsert, values, err);
}

int outbox_put(struct outbox *ob, const struct status *s, int64_t now,
    struct error *err)
{
	const struct value old[] = { NUMBER(now - KEEP_MS) };
	struct slot slot = { 0 };
	int rc = status_check(s, err), found;
	bool is_told;

	if (rc || (rc = begin(ob, err)))
		return rc;
	found = find_slot(ob, s, &slot, err);
	if (found < 0)
		return finish(ob, found, err);
	if (found && !is_news(&slot, s))
		return finish(ob, 0, err);
	is_told = slot.has_told && !slot.is_asked && status_eq(&slot.told, s);
	rc = write_slot(ob, s, is_told, now, err);
	if (rc == 0)
		rc = execute(ob,
		    "DELETE FROM slot WHERE settled=1 AND changed<?", old, err);
	return finish(ob, rc, err);
}

int outbox_find(struct outbox *ob, const struct status *of, struct status *out,
    struct error *err)
{
	struct slot slot = { 0 };
	int found = find_slot(ob, of, &slot, err);

	if (found > 0)
		*out = slot.wanted;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "nothing was told of %.12s", of->commit);
	return found < 0 ? found : 0;
}

int outbox_reopen(struct outbox *ob, const struct status *of, struct error *err)
{
	const struct value values[] = { TEXT(of->commit), TEXT(of->context),
		TEXT(of->ref) };

	return execute(ob,
	    "UPDATE slot SET reopened=1 "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, err);
}

static void read_item(sqlite3_stmt *s, struct outbox_item *item)
{
	*item = (struct outbox_item){ 0 };
	copy_text(s, 0, item->status.commit, sizeof(item->status.commit));
	copy_text(s, 1, item->status.context, sizeof(item->status.context));
	read_status(s, 2, &item->status);
	item->seq = sqlite3_column_int64(s, 5);
	item->attempts = sqlite3_column_int(s, 6);
	copy_text(s, 10, item->status.ref, sizeof(item->status.ref));
	item->is_asked = sqlite3_column_int(s, 11) != 0;
	item->has_told =
	    !item->is_asked && sqlite3_column_type(s, 12) != SQLITE_NULL;
	item->told = item->status;
	read_status(s, 12, &item->told);
}

#define ITEM                                                               \
	"SELECT commit_id, context, state, description, target_url, seq, " \
	"attempts, next_try, settled, why, ref, asked, told_state, "       \
	"told_description, told_url FROM slot "

/* When the next one is due, where none is now. */
static int find_next(struct outbox *ob, int64_t now, int64_t *next,
    struct error *err)
{
	const struct value values[] = { NUMBER(now + MOST_ASKED) };
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob,
	    "SELECT coalesce(max(min(iif(next_try>?1, 0, next_try)), "
	    "  (SELECT iif(hold>?1, 0, hold) FROM meta)), -1) "
	    "FROM slot WHERE settled=0",
	    values, &s, err);

	if (rc || (rc = step(ob, s, err)) < 0)
		return rc;
	*next = sqlite3_column_int64(s, 0);
	return 0;
}

/* The attempt is noted before it is made: whoever comes after a crash must
 * not think that the forge still shows what it was told last. */
static int note_attempt(struct outbox *ob, const struct outbox_item *item,
    struct error *err)
{
	const struct value values[] = { TEXT(item->status.commit),
		TEXT(item->status.context), TEXT(item->status.ref) };

	return execute(ob,
	    "UPDATE slot SET asked=1 "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, err);
}

static int take_due(struct outbox *ob, int64_t now, struct outbox_item *item,
    struct error *err)
{
	const struct value values[] = { NUMBER(now), NUMBER(now + MOST_ASKED) };
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob,
	    ITEM "WHERE settled=0 AND (next_try<=?1 OR next_try>?2) "
	         "AND (SELECT hold<=?1 OR hold>?2 FROM meta) "
	         "ORDER BY attempts>0, state='pending', seq LIMIT 1",
	    values, &s, err);

	if (rc || (rc = step(ob, s, err)) <= 0)
		return rc;
	read_item(s, item);
	return 1;
}

static int hold(struct outbox *ob, int64_t now, int64_t until,
    struct error *err)
{
	const struct value values[] = { NUMBER(now + MOST_ASKED),
		NUMBER(until) };

	return execute(ob,
	    "UPDATE meta SET hold=max(iif(hold>?1, 0, hold), ?2)", values, err);
}

/* Where as many were taken as a pace allows, the next waits until the first of
 * them is long enough ago. */
static int keep_pace(struct outbox *ob, const struct outbox_pace *pace,
    int64_t now, struct error *err)
{
	const struct value values[] = { NUMBER(pace->most - 1),
		NUMBER(now - pace->ms) };
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob,
	    "SELECT at FROM (SELECT at FROM taken ORDER BY at DESC "
	    "LIMIT 1 OFFSET ?1) WHERE at>?2",
	    values, &s, err);

	if (rc || (rc = step(ob, s, err)) <= 0)
		return rc;
	return hold(ob, now, sqlite3_column_int64(s, 0) + pace->ms, err);
}

static int count_taken(struct outbox *ob, int64_t now, struct error *err)
{
	struct value values[] = { NUMBER(now), NUMBER(now) };
	size_t i;
	int rc = 0;

	if (ob->paces[0].most == 0)
		return 0;
	for (i = 0; i < OUTBOX_PACES && ob->paces[i].most > 0; i++)
		if (now - ob->paces[i].ms < values[1].number)
			values[1].number = now - ob->paces[i].ms;
	if ((rc = execute(ob, "DELETE FROM taken WHERE at>?1 OR at<=?2", values,
	         err)) ||
	    (rc = execute(ob, "INSERT INTO taken VALUES(?1)", values, err)))
		return rc;
	for (i = 0; i < OUTBOX_PACES && ob->paces[i].most > 0 && rc == 0; i++)
		rc = keep_pace(ob, &ob->paces[i], now, err);
	return rc;
}

void outbox_set_paces(struct outbox *ob, const struct outbox_pace *paces)
{
	memcpy(ob->paces, paces, sizeof(ob->paces));
}

int outbox_take(struct outbox *ob, int64_t now, struct outbox_item *item,
    int64_t *next, struct error *err)
{
	int rc = begin(ob, err), found;

	if (rc)
		return rc;
	found = take_due(ob, now, item, err);
	if (found < 0)
		rc = found;
	else if (found == 0)
		rc = find_next(ob, now, next, err);
	else if ((rc = note_attempt(ob, item, err)) == 0)
		rc = count_taken(ob, now, err);
	rc = finish(ob, rc, err);
	return rc ? rc : found;
}

int outbox_is_due(struct outbox *ob, int64_t now, bool *is_due, int64_t *next,
    struct error *err)
{
	int rc = find_next(ob, now, next, err);

	*is_due = rc == 0 && *next >= 0 && *next <= now;
	return rc;
}

int outbox_sent(struct outbox *ob, const struct outbox_item *item,
    struct error *err)
{
	const struct status *s = &item->status;
	const struct value values[] = { TEXT(status_state_name(s->state)),
		TEXT(s->description), TEXT(s->target_url), TEXT(s->commit),
		TEXT(s->context), TEXT(s->ref) };

	/* Where a newer one was put meanwhile, that one is still to be told,
	 * unless it says the same. */
	return execute(ob,
	    "UPDATE slot SET told_state=?1, told_description=?2, told_url=?3, "
	    "settled=(state=?1 AND description=?2 AND target_url=?3), "
	    "asked=0, attempts=0, next_try=0, why='' "
	    "WHERE commit_id=?4 AND context=?5 AND ref=?6",
	    values, err);
}

int64_t outbox_backoff(int attempts, uint32_t random)
{
	int64_t most = MOST_WAIT;

	if (attempts < 11)
		most = INT64_C(1) * FIRST_WAIT << (attempts < 0 ? 0 : attempts);
	if (most > MOST_WAIT)
		most = MOST_WAIT;
	return most - (int64_t)(random % (uint32_t)(most / 2));
}

static int64_t choose_wait(const struct outbox_item *item,
    const struct outbox_delay *delay)
{
	uint32_t random;
	int64_t wait;

	sqlite3_randomness(sizeof(random), &random);
	wait = outbox_backoff(item->attempts, random);
	if (delay->wait > wait)
		wait = delay->wait;
	return wait < MOST_ASKED ? wait : MOST_ASKED;
}

int outbox_later(struct outbox *ob, const struct outbox_item *item, int64_t now,
    const struct outbox_delay *delay, struct error *err)
{
	int64_t until = now + choose_wait(item, delay), held = until;
	const struct value slot[] = { NUMBER(until),
		TEXT(delay->why ? delay->why : ""),
		NUMBER(item->is_asked || !delay->is_untaken),
		TEXT(item->status.commit), TEXT(item->status.context),
		TEXT(item->status.ref) };
	int rc = begin(ob, err);

	if (rc)
		return rc;
	rc = execute(ob,
	    "UPDATE slot SET attempts=attempts+1, next_try=?, why=?, asked=? "
	    "WHERE commit_id=? AND context=? AND ref=? AND settled=0",
	    slot, err);
	/* The others wait as long as the forge said: how often this one has
	 * failed is not their doing. */
	if (delay->wait >= 0 && delay->wait < MOST_ASKED)
		held = now + delay->wait;
	if (rc == 0 && delay->is_all)
		rc = hold(ob, now, held, err);
	return finish(ob, rc, err);
}

int outbox_hold(struct outbox *ob, int64_t until, struct error *err)
{
	return hold(ob, until, until, err);
}

int outbox_refused(struct outbox *ob, const struct outbox_item *item,
    const char *words, struct error *err)
{
	const struct value values[] = { TEXT(words), NUMBER(item->is_asked),
		TEXT(item->status.commit), TEXT(item->status.context),
		TEXT(item->status.ref), NUMBER(item->seq) };

	/* What it shows after an older attempt is as unknown as before. */
	return execute(ob,
	    "UPDATE slot SET settled=2, why=?, asked=? "
	    "WHERE commit_id=? AND context=? AND ref=? AND seq=?",
	    values, err);
}

int outbox_again(struct outbox *ob, struct error *err)
{
	int rc = begin(ob, err);

	return rc ? rc
	          : finish(ob,
	                run(ob,
	                    "UPDATE slot SET settled=0, attempts=0, "
	                    "next_try=0 WHERE settled<>1; "
	                    "UPDATE meta SET hold=0;",
	                    err),
	                err);
}

static int each(struct outbox *ob, const char *sql, outbox_fn *fn,
    void *payload, struct error *err)
{
	CLEANUP(statement_close) sqlite3_stmt *s = NULL;
	int rc = prepare(ob, sql, NULL, &s, err);

	while (rc == 0 && (rc = step(ob, s, err)) > 0) {
		struct outbox_entry entry = { 0 };
		const void *why = sqlite3_column_text(s, 9);

		read_item(s, &entry.item);
		entry.next_try = sqlite3_column_int64(s, 7);
		entry.refused = sqlite3_column_int(s, 8) == 2;
		entry.why = why ? why : "";
		rc = fn(&entry, payload);
	}
	return rc;
}

int outbox_each(struct outbox *ob, outbox_fn *fn, void *payload,
    struct error *err)
{
	return each(ob, ITEM "WHERE settled<>1 ORDER BY seq", fn, payload, err);
}

int outbox_each_open(struct outbox *ob, outbox_fn *fn, void *payload,
    struct error *err)
{
	return each(ob, ITEM "WHERE state='pending' ORDER BY seq", fn, payload,
	    err);
}
