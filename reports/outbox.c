/* outbox: see outbox.h. One slot a (commit, context, branch). */
#include "reports/outbox_impl.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"

enum {
	VERSION = 4,
	BUSY_MS = 10000,
	FIRST_WAIT = 2000,
	MOST_WAIT = 3600 * 1000,
	MOST_ASKED = 24 * 3600 * 1000, /* a forge may ask for no more */
};

/* How long a settled slot is remembered. */
#define KEEP_MS (INT64_C(90) * 24 * 3600 * 1000)

/* settled: 0 to be told, 1 told, 2 refused, 3 looks for a pull request. asked:
 * an attempt was begun whose end is not known, so what the forge shows may
 * differ from told_*. */
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
/* Of a comment: its text. */
#define ADD_BODY                                                          \
	"ALTER TABLE slot ADD COLUMN body TEXT NOT NULL DEFAULT '';"      \
	"ALTER TABLE slot ADD COLUMN creates INTEGER NOT NULL DEFAULT 0;" \
	"PRAGMA user_version=4;\n"
#define MAKE_META                                                      \
	"CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK (one = 1),\n" \
	"  seq INTEGER NOT NULL, hold INTEGER NOT NULL);\n"            \
	"INSERT INTO meta VALUES(1, 0, 0);\n"

#define MAKE_TAKEN                                 \
	"CREATE TABLE taken(at INTEGER NOT NULL);" \
	"CREATE INDEX taken_at ON taken(at);"

/* What brings a file of a version to ours. Version 1 had no branches, 2
 * no count of what was taken when, 3 no comments. */
static const char *const steps[VERSION] = {
	MAKE_SLOT MAKE_META MAKE_TAKEN ADD_BODY,
	"DROP INDEX slot_due; DROP INDEX slot_age;\n"
	"ALTER TABLE slot RENAME TO slot_1;\n" MAKE_SLOT
	"INSERT INTO slot SELECT commit_id, context, '', seq, state,\n"
	"  description, target_url, changed, settled, asked, reopened,\n"
	"  attempts, next_try, why, told_state, told_description, told_url\n"
	"  FROM slot_1;\n"
	"DROP TABLE slot_1;\n" MAKE_TAKEN ADD_BODY,
	MAKE_TAKEN ADD_BODY,
	ADD_BODY,
};

static int get_number(struct outbox *ob, const char *sql, int64_t *out,
    struct error *err)
{
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob, sql, NULL, &s, err);

	if (rc == 0 && (rc = outbox_step(ob, s, err)) > 0) {
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
	int rc = outbox_begin(ob, err);

	if (rc)
		return rc;
	rc = get_number(ob, "PRAGMA user_version", &version, err);
	if (rc == 0 && version >= 0 && version < VERSION)
		rc = outbox_run(ob, steps[version], err);
	else if (rc == 0 && version != VERSION)
		rc = error_set(err, ERROR_USAGE,
		    "outbox %s has format %d, this program knows %d; use the "
		    "newer sluice",
		    ob->path, (int)version, VERSION);
	return outbox_finish(ob, rc, err);
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
		return outbox_sql_fail(ob, err);
	sqlite3_busy_timeout(ob->db, BUSY_MS);
	if ((rc = outbox_run(ob, "PRAGMA journal_mode=WAL", err)) ||
	    (rc = outbox_run(ob, "PRAGMA synchronous=FULL", err)) ||
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
	outbound_close(ob->body);
	mem_free(ob->path);
	mem_free(ob);
}

void outbox_closep(struct outbox **ob)
{
	outbox_close(*ob);
	*ob = NULL;
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
	const struct outbox_value values[] = { TEXT(of->commit),
		TEXT(of->context), TEXT(of->ref) };
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob,
	    "SELECT state, description, target_url, told_state, "
	    "told_description, told_url, reopened, asked FROM slot "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, &s, err);

	if (rc || (rc = outbox_step(ob, s, err)) <= 0)
		return rc;
	out->wanted = out->told = *of;
	outbox_column_status(s, 0, &out->wanted);
	outbox_column_status(s, 3, &out->told);
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
	const struct outbox_value values[] = { TEXT(s->commit),
		TEXT(s->context), TEXT(s->ref),
		TEXT(status_state_name(s->state)), TEXT(status_words(s)),
		TEXT(s->target_url), NUMBER(now), NUMBER(is_settled) };
	int rc = outbox_run(ob, "UPDATE meta SET seq=seq+1", err);

	return rc ? rc : outbox_execute(ob, upsert, values, err);
}

int outbox_put_slot(struct outbox *ob, const struct status *s,
    const struct outbox_comment *c, int64_t now, struct error *err)
{
	const struct outbox_value old[] = { NUMBER(now - KEEP_MS) };
	struct slot slot = { 0 };
	int found = find_slot(ob, s, &slot, err), rc;
	bool is_told;

	if (found < 0 || (found && !is_news(&slot, s)))
		return found < 0 ? found : 0;
	is_told = slot.has_told && !slot.is_asked && status_eq(&slot.told, s);
	if ((rc = write_slot(ob, s, is_told, now, err)) ||
	    (c != NULL && (rc = outbox_write_body(ob, c, err))))
		return rc;
	return outbox_execute(ob,
	    "DELETE FROM slot WHERE settled IN (1, 3) "
	    "AND changed<?",
	    old, err);
}

int outbox_put(struct outbox *ob, const struct status *s, int64_t now,
    struct error *err)
{
	int rc = status_check(s, err);

	if (rc || (rc = outbox_begin(ob, err)))
		return rc;
	return outbox_finish(ob, outbox_put_slot(ob, s, NULL, now, err), err);
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
	const struct outbox_value values[] = { TEXT(of->commit),
		TEXT(of->context), TEXT(of->ref) };

	return outbox_execute(ob,
	    "UPDATE slot SET reopened=1 "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, err);
}

static void read_item(sqlite3_stmt *s, struct outbox_item *item)
{
	*item = (struct outbox_item){ 0 };
	outbox_column_copy(s, 0, item->status.commit,
	    sizeof(item->status.commit));
	outbox_column_copy(s, 1, item->status.context,
	    sizeof(item->status.context));
	outbox_column_status(s, 2, &item->status);
	item->seq = sqlite3_column_int64(s, 5);
	item->attempts = sqlite3_column_int(s, 6);
	outbox_column_copy(s, 10, item->status.ref, sizeof(item->status.ref));
	item->is_asked = sqlite3_column_int(s, 11) != 0;
	item->has_told =
	    !item->is_asked && sqlite3_column_type(s, 12) != SQLITE_NULL;
	item->told = item->status;
	outbox_column_status(s, 12, &item->told);
	item->is_creating = sqlite3_column_int(s, 15) != 0;
}

#define ITEM                                                               \
	"SELECT commit_id, context, state, description, target_url, seq, " \
	"attempts, next_try, settled, why, ref, asked, told_state, "       \
	"told_description, told_url, creates, body FROM slot "

/* When the next one is due, where none is now. Looking for a pull request is
 * nothing to wait for: it is due, or there is nothing to do. */
static int find_next(struct outbox *ob, int64_t now, int64_t *next,
    struct error *err)
{
	const struct outbox_value values[] = { NUMBER(now + MOST_ASKED),
		NUMBER(now) };
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob,
	    "SELECT coalesce(max(min(iif(next_try>?1, 0, next_try)), "
	    "  (SELECT iif(hold>?1, 0, hold) FROM meta)), -1) "
	    "FROM slot WHERE settled=0 OR (settled=3 AND "
	    "  (next_try<=?2 OR next_try>?1))",
	    values, &s, err);

	if (rc || (rc = outbox_step(ob, s, err)) < 0)
		return rc;
	*next = sqlite3_column_int64(s, 0);
	return 0;
}

/* The attempt is noted before it is made: whoever comes after a crash must
 * not think that the forge still shows what it was told last. */
static int note_attempt(struct outbox *ob, const struct outbox_item *item,
    struct error *err)
{
	const struct outbox_value values[] = { TEXT(item->status.commit),
		TEXT(item->status.context), TEXT(item->status.ref) };

	return outbox_execute(ob,
	    "UPDATE slot SET asked=1 "
	    "WHERE commit_id=? AND context=? AND ref=?",
	    values, err);
}

static int take_due(struct outbox *ob, int64_t now, struct outbox_item *item,
    struct error *err)
{
	const struct outbox_value values[] = { NUMBER(now),
		NUMBER(now + MOST_ASKED) };
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob,
	    ITEM "WHERE settled IN (0, 3) AND (next_try<=?1 OR next_try>?2) "
	         "AND (SELECT hold<=?1 OR hold>?2 FROM meta) "
	         "ORDER BY settled, attempts>0, state='pending', seq "
	         "LIMIT 1",
	    values, &s, err);

	if (rc || (rc = outbox_step(ob, s, err)) <= 0)
		return rc;
	read_item(s, item);
	outbound_close(ob->body);
	ob->body = outbound_open();
	outbox_column_add(s, 16, ob->body);
	item->body = ob->body;
	rc = outbound_check(ob->body, err);
	return rc ? rc : 1;
}

static int hold(struct outbox *ob, int64_t now, int64_t until,
    struct error *err)
{
	const struct outbox_value values[] = { NUMBER(now + MOST_ASKED),
		NUMBER(until) };

	return outbox_execute(ob,
	    "UPDATE meta SET hold=max(iif(hold>?1, 0, hold), ?2)", values, err);
}

/* Where as many were taken as a pace allows, the next waits until the first of
 * them is long enough ago. */
static int keep_pace(struct outbox *ob, const struct outbox_pace *pace,
    int64_t now, struct error *err)
{
	const struct outbox_value values[] = { NUMBER(pace->most - 1),
		NUMBER(now - pace->ms) };
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob,
	    "SELECT at FROM (SELECT at FROM taken ORDER BY at DESC "
	    "LIMIT 1 OFFSET ?1) WHERE at>?2",
	    values, &s, err);

	if (rc || (rc = outbox_step(ob, s, err)) <= 0)
		return rc;
	return hold(ob, now, sqlite3_column_int64(s, 0) + pace->ms, err);
}

static int count_taken(struct outbox *ob, int64_t now, struct error *err)
{
	struct outbox_value values[] = { NUMBER(now), NUMBER(now) };
	size_t i;
	int rc = 0;

	if (ob->paces[0].most == 0)
		return 0;
	for (i = 0; i < OUTBOX_PACES && ob->paces[i].most > 0; i++)
		if (now - ob->paces[i].ms < values[1].number)
			values[1].number = now - ob->paces[i].ms;
	if ((rc = outbox_execute(ob, "DELETE FROM taken WHERE at>?1 OR at<=?2",
	         values, err)) ||
	    (rc = outbox_execute(ob, "INSERT INTO taken VALUES(?1)", values,
	         err)))
		return rc;
	for (i = 0; i < OUTBOX_PACES && ob->paces[i].most > 0 && rc == 0; i++)
		rc = keep_pace(ob, &ob->paces[i], now, err);
	return rc;
}

int outbox_count(struct outbox *ob, int64_t now, struct error *err)
{
	int rc = outbox_begin(ob, err);

	return rc ? rc : outbox_finish(ob, count_taken(ob, now, err), err);
}

void outbox_set_paces(struct outbox *ob, const struct outbox_pace *paces)
{
	memcpy(ob->paces, paces, sizeof(ob->paces));
}

int outbox_take(struct outbox *ob, int64_t now, struct outbox_item *item,
    int64_t *next, struct error *err)
{
	int rc = outbox_begin(ob, err), found;

	if (rc)
		return rc;
	found = take_due(ob, now, item, err);
	if (found < 0)
		rc = found;
	else if (found == 0)
		rc = find_next(ob, now, next, err);
	else if ((rc = note_attempt(ob, item, err)) == 0 &&
	    outbound_bytes(item->body).n == 0)
		rc = count_taken(ob, now, err);
	rc = outbox_finish(ob, rc, err);
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
	const struct outbox_value values[] = { TEXT(
		                                   status_state_name(s->state)),
		TEXT(status_words(s)), TEXT(s->target_url), TEXT(s->commit),
		TEXT(s->context), TEXT(s->ref) };

	/* Where a newer one was put meanwhile, that one is still to be told,
	 * unless it says the same. */
	return outbox_execute(ob,
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
	const struct outbox_value slot[] = { NUMBER(until),
		TEXT(delay->why ? delay->why : ""),
		NUMBER(item->is_asked || !delay->is_untaken),
		TEXT(item->status.commit), TEXT(item->status.context),
		TEXT(item->status.ref) };
	int rc = outbox_begin(ob, err);

	if (rc)
		return rc;
	rc = outbox_execute(ob,
	    "UPDATE slot SET settled=0, attempts=attempts+1, next_try=?, "
	    "why=?, asked=? "
	    "WHERE commit_id=? AND context=? AND ref=? AND settled IN (0, 3)",
	    slot, err);
	/* The others wait as long as the forge said: how often this one has
	 * failed is not their doing. */
	if (delay->wait >= 0 && delay->wait < MOST_ASKED)
		held = now + delay->wait;
	if (rc == 0 && delay->is_all)
		rc = hold(ob, now, held, err);
	return outbox_finish(ob, rc, err);
}

int outbox_hold(struct outbox *ob, int64_t until, struct error *err)
{
	return hold(ob, until, until, err);
}

int outbox_refused(struct outbox *ob, const struct outbox_item *item,
    const char *words, struct error *err)
{
	const struct outbox_value values[] = { TEXT(words),
		NUMBER(item->is_asked), TEXT(item->status.commit),
		TEXT(item->status.context), TEXT(item->status.ref),
		NUMBER(item->seq) };

	/* What it shows after an older attempt is as unknown as before. */
	return outbox_execute(ob,
	    "UPDATE slot SET settled=2, why=?, asked=? "
	    "WHERE commit_id=? AND context=? AND ref=? AND seq=?",
	    values, err);
}

int outbox_again(struct outbox *ob, struct error *err)
{
	int rc = outbox_begin(ob, err);

	return rc ? rc
	          : outbox_finish(ob,
	                outbox_run(ob,
	                    "UPDATE slot SET settled=iif(settled=2, 0, "
	                    "settled), attempts=0, next_try=0 "
	                    "WHERE settled<>1; "
	                    "UPDATE meta SET hold=0;",
	                    err),
	                err);
}

static int each(struct outbox *ob, const char *sql, outbox_fn *fn,
    void *payload, struct error *err)
{
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob, sql, NULL, &s, err);

	while (rc == 0 && (rc = outbox_step(ob, s, err)) > 0) {
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
	return each(ob, ITEM "WHERE settled IN (0, 2) ORDER BY seq", fn,
	    payload, err);
}

int outbox_each_open(struct outbox *ob, outbox_fn *fn, void *payload,
    struct error *err)
{
	return each(ob,
	    ITEM "WHERE state='pending' AND context<>'" OUTBOX_COMMENT
	         "' ORDER BY seq",
	    fn, payload, err);
}
