/* sqlite_part: the rows of the inputs' parts as a table-valued function.
 *
 *   INSERT INTO main.p SELECT c0, c2 FROM sluice_part(3)
 *
 * gives the first and third column of input 3. A statement that reads a
 * virtual table loads about twice as fast as a prepared INSERT bound row by
 * row; one function for all inputs saves making and dropping a table each. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cache/number.h"
#include "runner/sqlite_job.h"

struct part_table {
	sqlite3_vtab base;
	struct sqlite_job *job;
	size_t width; /* columns of the widest input; behind them the hidden
	                 one that is the argument */
};

struct part_cursor {
	sqlite3_vtab_cursor base;
	struct part_table *table;
	struct engine_rows rows;
	bool at_end;
};

static int declare(sqlite3 *db, size_t width)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	buf_add_str(&sql, "CREATE TABLE x(");
	for (i = 0; i < width; i++)
		buf_printf(&sql, "c%zu,", i);
	buf_add_str(&sql, "input HIDDEN)");
	return sql.failed ? SQLITE_NOMEM
	                  : sqlite3_declare_vtab(db, buf_bytes(&sql).p);
}

static int part_connect(sqlite3 *db, void *payload, int argc,
    const char *const *argv, sqlite3_vtab **out, char **msg)
{
	struct sqlite_job *job = payload;
	struct part_table *t;
	size_t i, width = 0;
	int rc;

	(void)argc;
	(void)argv;
	(void)msg;
	for (i = 0; i < job->n_inputs; i++)
		if (job->inputs[i].n_columns > width)
			width = job->inputs[i].n_columns;
	if ((rc = declare(db, width)))
		return rc;
	t = mem_alloc(sizeof(*t));
	if (t == NULL)
		return SQLITE_NOMEM;
	t->job = job;
	t->width = width;
	*out = &t->base;
	return SQLITE_OK;
}

static int part_disconnect(sqlite3_vtab *vtab)
{
	mem_free(vtab);
	return SQLITE_OK;
}

static int part_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
	const struct part_table *t = (struct part_table *)vtab;
	int i;

	for (i = 0; i < info->nConstraint; i++)
		if (info->aConstraint[i].usable &&
		    info->aConstraint[i].iColumn == (int)t->width) {
			info->aConstraintUsage[i].argvIndex = 1;
			info->aConstraintUsage[i].omit = 1;
			return SQLITE_OK;
		}
	return SQLITE_CONSTRAINT;
}

static int part_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out)
{
	struct part_table *t = (struct part_table *)vtab;
	struct part_cursor *c = mem_alloc(sizeof(*c));

	if (c == NULL)
		return SQLITE_NOMEM;
	c->table = t;
	*out = &c->base;
	return SQLITE_OK;
}

static int part_close(sqlite3_vtab_cursor *cursor)
{
	struct part_cursor *c = (struct part_cursor *)cursor;

	engine_rows_clear(&c->rows);
	mem_free(c);
	return SQLITE_OK;
}

static int part_next(sqlite3_vtab_cursor *cursor)
{
	struct part_cursor *c = (struct part_cursor *)cursor;
	int rc = engine_rows_next(&c->rows, &c->table->job->load_error);

	c->at_end = rc == 0;
	return rc < 0 ? SQLITE_ERROR : SQLITE_OK;
}

static int part_filter(sqlite3_vtab_cursor *cursor, int index, const char *name,
    int argc, sqlite3_value **argv)
{
	struct part_cursor *c = (struct part_cursor *)cursor;
	struct sqlite_job *job = c->table->job;
	int64_t input = argc == 1 ? sqlite3_value_int64(argv[0]) : -1;

	(void)index;
	(void)name;
	if (input < 0 || (size_t)input >= job->n_inputs)
		return SQLITE_MISUSE;
	if (engine_rows_open(&c->rows, &job->inputs[input], &job->load_error))
		return SQLITE_ERROR;
	return part_next(cursor);
}

static int part_eof(sqlite3_vtab_cursor *cursor)
{
	return ((struct part_cursor *)cursor)->at_end;
}

static int part_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)((struct part_cursor *)cursor)->rows.row;
	return SQLITE_OK;
}

/* Whether a double of so many digits prints as the text again. Up to 15
 * digits it always does. */
static bool gives_back(const struct field *f, double v, int scale)
{
	char text[400];
	int n;

	if (f->n <= 16)
		return true;
	n = snprintf(text, sizeof(text), "%.*f", scale, v);
	return n > 0 && (size_t)n == f->n && memcmp(text, f->p, f->n) == 0;
}

static int bad_value(struct sqlite_job *job, const struct engine_rows *rows,
    size_t column, const char *why)
{
	return sqlite_fail(job, FAILURE_INPUT, ENGINE_NO_PLACE,
	    &job->load_error, "row %" PRIu64 " of %s, column %s: %s", rows->row,
	    rows->input->name, rows->input->columns[column].name, why);
}

static int take_real(struct sqlite_job *job, const struct engine_rows *rows,
    size_t column, struct sqlite_cell *out)
{
	const struct type *type = &rows->input->columns[column].type;
	const struct field *f = &rows->fields[column];

	out->kind = CELL_REAL;
	out->real = real_value(f->p, f->n);
	if (type->kind == TYPE_DECIMAL &&
	    !gives_back(f, out->real, type->scale))
		return bad_value(job, rows, column,
		    "SQLite has no decimals, and no double is this one; leave "
		    "the column out, or make it text or real upstream");
	if (isnan(out->real))
		out->kind = CELL_NULL;
	return 0;
}

int sqlite_part_cell(struct sqlite_job *job, const struct engine_rows *rows,
    size_t column, struct sqlite_cell *out)
{
	const struct field *f = &rows->fields[column];

	out->kind = CELL_NULL;
	if (f->null)
		return 0;
	switch (rows->input->columns[column].type.kind) {
	case TYPE_INTEGER:
		out->kind = CELL_INTEGER;
		return engine_integer(f, &out->integer)
		    ? 0
		    : bad_value(job, rows, column,
		          "SQLite has no integers beyond 64 bits; leave the "
		          "column out, or make it text or real upstream");
	case TYPE_REAL:
	case TYPE_DECIMAL:
		return take_real(job, rows, column, out);
	case TYPE_BOOLEAN:
		out->kind = CELL_INTEGER;
		out->integer = f->n == 4;
		return 0;
	default:
		out->kind = CELL_TEXT;
		out->text = (struct bytes){ f->p, f->n };
		return 0;
	}
}

static int part_column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx,
    int index)
{
	struct part_cursor *c = (struct part_cursor *)cursor;
	struct sqlite_cell cell = { 0 };

	if ((size_t)index < c->rows.input->n_columns &&
	    sqlite_part_cell(c->table->job, &c->rows, (size_t)index, &cell))
		return SQLITE_ERROR;
	switch (cell.kind) {
	case CELL_INTEGER:
		sqlite3_result_int64(ctx, cell.integer);
		break;
	case CELL_REAL:
		sqlite3_result_double(ctx, cell.real);
		break;
	case CELL_TEXT:
		/* the bytes stay where they are until the next record, and
		 * the row is made before that */
		sqlite3_result_text64(ctx, cell.text.p, cell.text.n,
		    SQLITE_STATIC, SQLITE_UTF8);
		break;
	default:
		break;
	}
	return SQLITE_OK;
}

int sqlite_part_add_module(struct sqlite_job *job, struct error *err)
{
	static const sqlite3_module module = {
		.xConnect = part_connect,
		.xBestIndex = part_best_index,
		.xDisconnect = part_disconnect,
		.xOpen = part_open,
		.xClose = part_close,
		.xFilter = part_filter,
		.xNext = part_next,
		.xEof = part_eof,
		.xColumn = part_column,
		.xRowid = part_rowid,
	};

	if (sqlite3_create_module(job->db, "sluice_part", &module, job))
		return sqlite_failed(job, sqlite3_errcode(job->db),
		    ENGINE_NO_PLACE, err);
	return 0;
}
