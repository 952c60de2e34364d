/* outbox_sql: statements of the outbox's file (outbox_impl.h). */
#include <stdio.h>

#include "cache/base/mem.h"
#include "reports/outbound_impl.h"
#include "reports/outbox_impl.h"

int outbox_sql_fail(struct outbox *ob, struct error *err)
{
	int rc = sqlite3_errcode(ob->db);
	enum error_code code = ERROR_IO;
	const char *hint = "";

	if (rc == SQLITE_BUSY) {
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

int outbox_run(struct outbox *ob, const char *sql, struct error *err)
{
	return sqlite3_exec(ob->db, sql, NULL, NULL, NULL) == SQLITE_OK
	    ? 0
	    : outbox_sql_fail(ob, err);
}

/* What is left of a change that could not even be taken back (no memory) goes
 * first: else none would begin any more. */
int outbox_begin(struct outbox *ob, struct error *err)
{
	int rc = sqlite3_get_autocommit(ob->db)
	    ? 0
	    : outbox_run(ob, "ROLLBACK", err);

	return rc ? rc : outbox_run(ob, "BEGIN IMMEDIATE", err);
}

/* Commits where rc is 0, else rolls back. Returns rc, or why it could not. */
int outbox_finish(struct outbox *ob, int rc, struct error *err)
{
	if (rc == 0)
		rc = outbox_run(ob, "COMMIT", err);
	if (rc)
		sqlite3_exec(ob->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

void outbox_statement_close(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}

int outbox_prepare(struct outbox *ob, const char *sql,
    const struct outbox_value *values, sqlite3_stmt **out, struct error *err)
{
	int i, n;

	if (sqlite3_prepare_v2(ob->db, sql, -1, out, NULL) != SQLITE_OK)
		return outbox_sql_fail(ob, err);
	n = sqlite3_bind_parameter_count(*out);
	for (i = 0; values != NULL && i < n; i++) {
		const struct outbox_value *v = &values[i];
		int rc = v->text
		    ? sqlite3_bind_text(*out, i + 1, v->text, -1, SQLITE_STATIC)
		    : sqlite3_bind_int64(*out, i + 1, v->number);

		if (rc != SQLITE_OK)
			return outbox_sql_fail(ob, err);
	}
	return 0;
}

/* 1 with a row, 0 at the end, or negative. */
int outbox_step(struct outbox *ob, sqlite3_stmt *s, struct error *err)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : outbox_sql_fail(ob, err);
}

int outbox_execute(struct outbox *ob, const char *sql,
    const struct outbox_value *values, struct error *err)
{
	CLEANUP(outbox_statement_close) sqlite3_stmt *s = NULL;
	int rc = outbox_prepare(ob, sql, values, &s, err);

	return rc ? rc : outbox_step(ob, s, err);
}

void outbox_column_copy(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const void *text = sqlite3_column_text(s, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* state, description, target_url of three columns. A state that is not one
 * of ours (a damaged file) is shown as an error. */
void outbox_column_status(sqlite3_stmt *s, int column, struct status *out)
{
	char name[16];
	int state;

	outbox_column_copy(s, column, name, sizeof(name));
	state = status_state_of(name);
	out->state = state < 0 ? STATUS_ERROR : (enum status_state)state;
	outbox_column_copy(s, column + 1, out->description.passed,
	    sizeof(out->description.passed));
	outbox_column_copy(s, column + 2, out->target_url,
	    sizeof(out->target_url));
}

void outbox_column_add(sqlite3_stmt *s, int column, struct outbound *out)
{
	const void *text = sqlite3_column_text(s, column);

	if (out != NULL)
		buf_add(&out->text, text,
		    (size_t)sqlite3_column_bytes(s, column));
}
