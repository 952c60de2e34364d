/* sqlite_columns: which columns of which inputs the statements read.
 *
 * The statements are prepared over empty virtual tables. SQLite's planner
 * tells each of them which of its columns are used (colUsed): that covers
 * USING and NATURAL, which the authorizer does not report. Its last bit
 * stands for all columns from the 64th on; of those count all whose name
 * occurs as a word, and, where a star or NATURAL may use columns without
 * naming them, simply all. What the authorizer reports is added to it, so
 * that one of two independent witnesses is enough.
 *
 * A subquery whose value nothing wants is dropped before it is planned, and
 * so tells no colUsed. The optimizations that drop it are switched off here;
 * and because its names must resolve all the same in tables that have no
 * other columns, those in any USING count, planned or not.
 */
#include <string.h>
#include <strings.h>

#include "cache/base/clock.h"
#include "runner/sqlite_job.h"

enum {
	WIDE = 63
}; /* the first column that has no bit of its own */

/* ---- virtual tables without rows ---- */

struct empty_table {
	sqlite3_vtab base;
	struct sqlite_job *job;
	struct engine_input *input;
};

static int declare(sqlite3 *db, const struct engine_input *in)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	buf_add_str(&sql, "CREATE TABLE x(");
	for (i = 0; i < in->n_columns; i++) {
		if (i > 0)
			buf_add_char(&sql, ',');
		engine_add_name(&sql, in->columns[i].name);
		buf_printf(&sql, " %s", sqlite_type_name(&in->columns[i].type));
	}
	buf_add_char(&sql, ')');
	return sql.failed ? SQLITE_NOMEM
	                  : sqlite3_declare_vtab(db, buf_bytes(&sql).p);
}

/* argv[1] and argv[2] are the schema and the table: the input's. */
static int empty_connect(sqlite3 *db, void *payload, int argc,
    const char *const *argv, sqlite3_vtab **out, char **msg)
{
	struct sqlite_job *job = payload;
	struct engine_input *in = sqlite_find_input(job, argv[1], argv[2]);
	struct empty_table *t;
	int rc;

	(void)argc;
	if (in == NULL)
		return SQLITE_MISUSE;
	if ((rc = declare(db, in))) {
		*msg = sqlite3_mprintf("%s", sqlite3_errmsg(db));
		return rc;
	}
	t = mem_alloc(sizeof(*t));
	if (t == NULL)
		return SQLITE_NOMEM;
	t->job = job;
	t->input = in;
	*out = &t->base;
	return SQLITE_OK;
}

static int empty_disconnect(sqlite3_vtab *vtab)
{
	mem_free(vtab);
	return SQLITE_OK;
}

/* The last bit of colUsed stands for all columns from the 64th on. */
static int empty_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
	struct empty_table *t = (struct empty_table *)vtab;
	struct engine_input *in = t->input;
	size_t i;

	if (clock_mono() >= t->job->deadline)
		return SQLITE_INTERRUPT;
	for (i = 0; t->job->recording && i < in->n_columns && i < WIDE; i++)
		if (info->colUsed >> i & 1)
			in->read[i] = true;
	if (t->job->recording && info->colUsed >> WIDE)
		in->is_wide = true;
	info->estimatedCost = 1e6;
	return SQLITE_OK;
}

static int empty_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out)
{
	(void)vtab;
	*out = mem_alloc(sizeof(**out));
	return *out ? SQLITE_OK : SQLITE_NOMEM;
}

static int empty_close(sqlite3_vtab_cursor *cursor)
{
	mem_free(cursor);
	return SQLITE_OK;
}

static int empty_filter(sqlite3_vtab_cursor *cursor, int index,
    const char *name, int argc, sqlite3_value **argv)
{
	(void)cursor;
	(void)index;
	(void)name;
	(void)argc;
	(void)argv;
	return SQLITE_OK;
}

static int empty_next(sqlite3_vtab_cursor *cursor)
{
	(void)cursor;
	return SQLITE_OK;
}

static int empty_eof(sqlite3_vtab_cursor *cursor)
{
	(void)cursor;
	return 1;
}

static int empty_column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx,
    int index)
{
	(void)cursor;
	(void)ctx;
	(void)index;
	return SQLITE_OK;
}

static int empty_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
	(void)cursor;
	*out = 0;
	return SQLITE_OK;
}

static const sqlite3_module empty_module = {
	.xCreate = empty_connect,
	.xConnect = empty_connect,
	.xBestIndex = empty_best_index,
	.xDisconnect = empty_disconnect,
	.xDestroy = empty_disconnect,
	.xOpen = empty_open,
	.xClose = empty_close,
	.xFilter = empty_filter,
	.xNext = empty_next,
	.xEof = empty_eof,
	.xColumn = empty_column,
	.xRowid = empty_rowid,
};

/* ---- what is read ---- */

static int add_input(struct sqlite_job *job, size_t index, struct error *err)
{
	const struct engine_input *in = &job->inputs[index];
	CLEANUP(buf_clear) struct buf sql = { 0 };
	bool is_module;
	size_t i, j;

	/* SQLite would say it in words that name neither the input */
	for (i = 0; i < in->n_columns; i++)
		for (j = 0; j < i; j++)
			if (strcasecmp(in->columns[i].name,
			        in->columns[j].name) == 0)
				return sqlite_fail(job, FAILURE_INPUT,
				    ENGINE_NO_PLACE, err,
				    "input %s: columns %s and %s differ only "
				    "in case; for SQLite they are one",
				    in->name, in->columns[j].name,
				    in->columns[i].name);
	/* A module is a table of its name where no other has it: so nothing is
	 * created, which costs more than all the rest. It declares its columns
	 * when it is first used, which the guard would take for a write. What
	 * begins with sqlite_ is refused, in words that only creating gives. */
	is_module =
	    in->schema == NULL && strncasecmp(in->name, "sqlite_", 7) != 0;
	buf_add_str(&sql,
	    is_module ? "SELECT 1 FROM " : "CREATE VIRTUAL TABLE ");
	engine_add_input(&sql, in, "main");
	if (!is_module)
		buf_add_str(&sql, " USING sluice_empty");
	if (sql.failed)
		return error_memory(err);
	if ((is_module &&
	        sqlite3_create_module(job->db, in->name, &empty_module, job)) ||
	    sqlite3_exec(job->db, buf_bytes(&sql).p, NULL, NULL, NULL)) {
		/* the time limit may strike here, which SQLite tells as an
		 * error of the statement */
		if (sqlite_is_late(job))
			return sqlite_failed(job, SQLITE_INTERRUPT,
			    ENGINE_NO_PLACE, err);
		return sqlite_fail(job, FAILURE_INPUT, ENGINE_NO_PLACE, err,
		    "input %s cannot be a table of SQLite: %s", in->name,
		    sqlite3_errmsg(job->db));
	}
	return 0;
}

/* Whether a star here may stand for columns: SELECT *, a, *, t.* */
static bool is_star(struct bytes text, struct sql_token before)
{
	return sql_is(text, before, "SELECT") || sql_is(text, before, "ALL") ||
	    sql_is(text, before, "DISTINCT") ||
	    sql_is_char(text, before, ',') || sql_is_char(text, before, '.');
}

/* Marks the columns, from the first-th on, whose names stand in the text. */
static int mark_names(struct engine_input *in, size_t first, struct bytes text,
    struct error *err)
{
	struct arena a = { 0 };
	struct sql_token t;
	size_t pos = 0, i;
	int rc = 0;

	while ((t = sql_next(text, &pos)).kind != SQL_END) {
		const char *name = sql_text(&a, text, t);

		if (name == NULL)
			rc = error_memory(err);
		i = name ? engine_find_column(in, name) : 0;
		if (i >= first && i < in->n_columns)
			in->read[i] = true;
	}
	arena_clear(&a);
	return rc;
}

bool sqlite_has_star(struct bytes text)
{
	struct sql_token t, before = { SQL_END, 0, 0 };
	size_t pos = 0;

	while ((t = sql_next(text, &pos)).kind != SQL_END) {
		if (sql_is(text, t, "NATURAL") ||
		    (sql_is_char(text, t, '*') && is_star(text, before)))
			return true;
		before = t;
	}
	return false;
}

static int mark_wide(struct sqlite_job *job, struct engine_input *in,
    struct error *err)
{
	size_t i;

	if (sqlite_has_star(job->text))
		for (i = WIDE; i < in->n_columns; i++)
			in->read[i] = true;
	return mark_names(in, WIDE, job->text, err);
}

/* The columns named by USING (...), the word itself being before *pos. */
static int mark_using(struct sqlite_job *job, size_t *pos, struct error *err)
{
	struct sql_token t = sql_next(job->text, pos);
	struct arena a = { 0 };
	size_t i, c;

	while (t.kind != SQL_END && !sql_is_char(job->text, t, ')')) {
		const char *name = sql_text(&a, job->text, t);

		if (name == NULL)
			break;
		for (i = 0; i < job->n_inputs; i++) {
			c = engine_find_column(&job->inputs[i], name);
			if (c < job->inputs[i].n_columns)
				job->inputs[i].read[c] = true;
		}
		t = sql_next(job->text, pos);
	}
	arena_clear(&a);
	return t.kind == SQL_END || sql_is_char(job->text, t, ')')
	    ? 0
	    : error_memory(err);
}

static int mark_joins(struct sqlite_job *job, struct error *err)
{
	size_t pos = 0;
	struct sql_token t;
	int rc = 0;

	while (rc == 0 && (t = sql_next(job->text, &pos)).kind != SQL_END)
		if (sql_is(job->text, t, "USING"))
			rc = mark_using(job, &pos, err);
	return rc;
}

/* Makes a temporary table of a query without executing it, which may take
 * long, or for ever: its columns are what matters here. */
static int create_empty(struct sqlite_job *job, struct bytes head,
    const struct sql_statement *s, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	bool is_query =
	    s->kind == STATEMENT_TABLE || s->kind == STATEMENT_QUERY;
	int rc;

	buf_add(&sql, head.p, head.n);
	if (is_query)
		buf_add_str(&sql, " SELECT * FROM (");
	buf_add(&sql, job->text.p + s->query, s->to - s->query);
	if (is_query)
		buf_add_str(&sql, "\n) LIMIT 0");
	if (sql.failed)
		return error_memory(err);
	job->creating = true;
	sqlite_guard_set(job, true);
	rc = sqlite_do(job, buf_bytes(&sql).p, s->from, err);
	sqlite_guard_set(job, false);
	job->creating = false;
	return rc;
}

static int make_empty(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	return create_empty(job,
	    (struct bytes){ job->text.p + s->from, s->query - s->from }, s,
	    err);
}

/* ---- what comes out ---- */

#define GIVES "sluice gives"

static int add_gives(struct sqlite_job *job, sqlite3_stmt *stmt,
    struct error *err)
{
	bool may_mix = sqlite_may_mix(job->text);
	int i, n = sqlite3_column_count(stmt), rc = 0;
	struct column *columns =
	    arena_array(&job->arena, (size_t)n, sizeof(*columns));
	json_t *array = NULL;

	if (columns == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		columns[i].name =
		    arena_strdup(&job->arena, sqlite3_column_name(stmt, i));
		if (columns[i].name == NULL)
			return error_memory(err);
		if (!may_mix)
			columns[i].type = sqlite_column_type(job, stmt, i);
	}
	rc = columns_to_json(columns, (size_t)n, &array, err);
	if (rc == 0 && json_array_extend(job->gives, array))
		rc = error_memory(err);
	json_decref(array);
	return rc;
}

/* The columns of the query as those of a temporary table of it: so SQLite tells
 * the type of a CAST, too. */
static int note_gives(struct sqlite_job *job, const struct sql_statement *s,
    sqlite3_stmt *query, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if ((rc = create_empty(job,
	         bytes_of("CREATE TEMP TABLE \"" GIVES "\" AS"), s, err)) ||
	    (rc = sqlite_keep_types(job, GIVES, query, err)))
		return rc;
	if (sqlite3_prepare_v2(job->db, "SELECT * FROM temp.\"" GIVES "\"", -1,
	        &stmt, NULL) != SQLITE_OK)
		rc = sqlite_failed(job, sqlite3_errcode(job->db), s->from, err);
	if (rc == 0)
		rc = add_gives(job, stmt, err);
	sqlite3_finalize(stmt);
	return rc;
}

/* ---- the statements ---- */

static int check_query(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	size_t from = s->query;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite_prepare(job, from, s->to, &stmt, err);

	if (rc == 0 && !sqlite3_stmt_readonly(stmt))
		rc = sqlite_fail(job, FAILURE_SQL, from, err,
		    "this statement writes; a node's rows are those of its "
		    "last SELECT");
	if (rc == 0 && s->kind == STATEMENT_QUERY)
		rc = sqlite_check_names(job, stmt, from, err);
	if (rc == 0 && job->gives != NULL && s->kind == STATEMENT_TABLE)
		rc = sqlite_keep_types(job, s->name, stmt, err);
	if (rc == 0 && job->gives != NULL && s->kind == STATEMENT_QUERY)
		rc = note_gives(job, s, stmt, err);
	sqlite3_finalize(stmt);
	return rc;
}

static bool is_temp(const struct sqlite_job *job,
    const struct sql_statement *before, const char *name)
{
	const struct sql_statement *s;

	for (s = job->body.statements; s < before; s++)
		if (s->kind == STATEMENT_TABLE &&
		    strcasecmp(s->name, name) == 0)
			return true;
	return false;
}

/* Virtual tables have no indexes; what one would read is in its words. */
static int look_at_index(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	struct engine_input *in = sqlite_find_input(job, NULL, s->on);

	if (in == NULL || (!s->is_main && is_temp(job, s, s->on)))
		return make_empty(job, s, err);
	return mark_names(in, 0,
	    (struct bytes){ job->text.p + s->from, s->to - s->from }, err);
}

static int look_at(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	int rc;

	/* what a view reads counts where the view is read */
	job->recording = s->kind != STATEMENT_VIEW;
	if (s->kind == STATEMENT_INDEX)
		return look_at_index(job, s, err);
	if ((rc = check_query(job, s, err)))
		return rc;
	return s->kind == STATEMENT_QUERY ? 0 : make_empty(job, s, err);
}

int sqlite_find_columns(struct sqlite_job *job, struct error *err)
{
	size_t i;
	int rc = 0;

	if (sqlite3_create_module(job->db, "sluice_empty", &empty_module, job))
		return sqlite_failed(job, sqlite3_errcode(job->db),
		    ENGINE_NO_PLACE, err);
	sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, job->db, ~0U);
	for (i = 0; rc == 0 && i < job->n_inputs; i++)
		rc = add_input(job, i, err);
	for (i = 0; rc == 0 && i < job->body.n; i++)
		rc = look_at(job, &job->body.statements[i], err);
	job->recording = false;
	if (rc == 0)
		rc = mark_joins(job, err);
	for (i = 0; rc == 0 && i < job->n_inputs; i++)
		if (job->inputs[i].is_wide)
			rc = mark_wide(job, &job->inputs[i], err);
	return rc;
}
