/* table_sqlite: see table_sqlite.h. */
#include "runner/cmd/table_sqlite.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "runner/sqlite_full.h"

static int fail(sqlite3 *db, struct error *err)
{
	return sqlite_full(db, "write", err)
	    ? ERROR_IO
	    : error_set(err, ERROR_IO, "SQLite: %s", sqlite3_errmsg(db));
}

static const char *type_name(const struct type *t)
{
	switch (t->kind) {
	case TYPE_INTEGER:
		return "INTEGER";
	case TYPE_REAL:
	case TYPE_DECIMAL:
		return "REAL";
	case TYPE_BOOLEAN:
		return "BOOLEAN";
	case TYPE_NONE:
	case TYPE_TEXT:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_JSON:
		break;
	}
	return "TEXT";
}

static void add_name(struct buf *sql, const char *name)
{
	buf_add_char(sql, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			buf_add_char(sql, '"');
		buf_add_char(sql, *name);
	}
	buf_add_char(sql, '"');
}

static int make_table(sqlite3 *db, const struct table *t, const char *name,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	buf_add_str(&sql, "BEGIN IMMEDIATE;CREATE TABLE ");
	add_name(&sql, name);
	for (i = 0; i < t->n_columns; i++) {
		buf_add_char(&sql, i ? ',' : '(');
		add_name(&sql, t->columns[i].name);
		buf_printf(&sql, " %s", type_name(&t->columns[i].type));
	}
	buf_add_char(&sql, ')');
	if (buf_check(&sql, err))
		return ERROR_MEMORY;
	return sqlite3_exec(db, sql.p, NULL, NULL, NULL) ? fail(db, err) : 0;
}

static int prepare(sqlite3 *db, const struct table *t, const char *name,
    sqlite3_stmt **out, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, 32766);
	buf_add_str(&sql, "INSERT INTO ");
	add_name(&sql, name);
	buf_add_str(&sql, " VALUES");
	for (i = 0; i < t->n_columns; i++)
		buf_add_str(&sql, i ? ",?" : "(?");
	buf_add_char(&sql, ')');
	if (buf_check(&sql, err))
		return ERROR_MEMORY;
	return sqlite3_prepare_v2(db, sql.p, -1, out, NULL) ? fail(db, err) : 0;
}

/* A number's text with a NUL behind it. */
struct number_text {
	char p[64];
};

static bool copy(const struct field *f, struct number_text *out)
{
	if (f->n >= sizeof(out->p))
		return false;
	memcpy(out->p, f->p, f->n);
	out->p[f->n] = '\0';
	return true;
}

static bool bind_integer(sqlite3_stmt *s, int at, const struct number_text *t)
{
	errno = 0;
	sqlite3_bind_int64(s, at, strtoll(t->p, NULL, 10));
	return errno == 0;
}

/* A decimal that a double does not give back is refused. */
static bool bind_real(sqlite3_stmt *s, int at, const struct type *type,
    const struct number_text *t)
{
	double v = strtod(t->p, NULL);
	char back[64];

	if (type->kind == TYPE_DECIMAL) {
		snprintf(back, sizeof(back), "%.*f", type->scale, v);
		if (strcmp(back, t->p) != 0)
			return false;
	}
	sqlite3_bind_double(s, at, v); /* nan becomes NULL */
	return true;
}

/* false where SQLite cannot hold the value. */
static bool bind(sqlite3_stmt *s, int at, const struct type *type,
    const struct field *f)
{
	struct number_text text;

	if (f->null) {
		sqlite3_bind_null(s, at);
		return true;
	}
	if (type->kind == TYPE_BOOLEAN) {
		sqlite3_bind_int(s, at, f->n == 4); /* true */
		return true;
	}
	if (type->kind == TYPE_INTEGER)
		return copy(f, &text) && bind_integer(s, at, &text);
	if (type->kind == TYPE_REAL || type->kind == TYPE_DECIMAL)
		return copy(f, &text) && bind_real(s, at, type, &text);
	sqlite3_bind_text64(s, at, f->p, f->n, SQLITE_STATIC, SQLITE_UTF8);
	return true;
}

static int add_rows(struct store *st, const struct table *t, sqlite3 *db,
    sqlite3_stmt *insert, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	uint64_t row = 0;
	size_t i;
	int rc = table_reader_open(st, t, &r, err);

	if (rc)
		return rc;
	while ((rc = table_reader_next(r, &f, err)) > 0) {
		row++;
		for (i = 0; i < t->n_columns; i++)
			if (!bind(insert, (int)i + 1, &t->columns[i].type,
			        &f[i]))
				return error_set(err, ERROR_NODE,
				    "row %" PRIu64 ", column '%.128s': SQLite "
				    "cannot hold the value; --format csv can",
				    row, t->columns[i].name);
		if (sqlite3_step(insert) != SQLITE_DONE ||
		    sqlite3_reset(insert) != SQLITE_OK)
			return fail(db, err);
	}
	return rc;
}

int table_sqlite_open(const char *path, sqlite3 **out, struct error *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int rc = 0;

	if (sqlite3_open_v2(path, out, flags, NULL) != SQLITE_OK ||
	    sqlite3_exec(*out, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF",
	        NULL, NULL, NULL) != SQLITE_OK)
		rc = fail(*out, err);
	if (rc) {
		sqlite3_close(*out);
		*out = NULL;
	}
	return rc;
}

int table_sqlite_add(sqlite3 *db, struct store *st, const struct table *t,
    const char *name, struct error *err)
{
	sqlite3_stmt *insert = NULL;
	int rc = make_table(db, t, name, err);

	if (rc == 0 && (rc = prepare(db, t, name, &insert, err)) == 0)
		rc = add_rows(st, t, db, insert, err);
	sqlite3_finalize(insert);
	if (rc == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
		rc = fail(db, err);
	return rc;
}

int table_sqlite_close(sqlite3 *db, const char *path, struct error *err)
{
	return sqlite3_close(db) == SQLITE_OK
	    ? 0
	    : error_set(err, ERROR_IO, "SQLite: close %s", path);
}

int table_write_sqlite(struct store *st, const struct table *t,
    const char *name, const char *path, struct error *err)
{
	sqlite3 *db;
	int rc = table_sqlite_open(path, &db, err), closed;

	if (rc)
		return rc;
	rc = table_sqlite_add(db, st, t, name, err);
	closed = table_sqlite_close(db, path, err);
	return rc ? rc : closed;
}
