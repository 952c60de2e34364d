/* sqlite_series: generate_series(start, stop, step), as SQLite's own program
 * has it and its library has not: a table of one column, value. */
#include "runner/sqlite_functions.h"

struct series {
	sqlite3_vtab_cursor base;
	sqlite3_int64 value, stop, step, row;
	bool at_end;
};

enum {
	VALUE,
	START,
	STOP,
	STEP,
	ARGUMENTS = 3
};

static int connect_series(sqlite3 *db, void *payload, int argc,
    const char *const *argv, sqlite3_vtab **out, char **msg)
{
	int rc = sqlite3_declare_vtab(db,
	    "CREATE TABLE x(value INTEGER, start HIDDEN, stop HIDDEN, "
	    "step HIDDEN)");

	(void)payload;
	(void)argc;
	(void)argv;
	(void)msg;
	if (rc)
		return rc;
	*out = mem_alloc(sizeof(**out));
	if (*out == NULL)
		return SQLITE_NOMEM;
	return sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
}

static int disconnect_series(sqlite3_vtab *vtab)
{
	mem_free(vtab);
	return SQLITE_OK;
}

/* The plan is the set of arguments that are given, in their order. */
static int plan_series(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
	int given[ARGUMENTS] = { -1, -1, -1 }, i, n = 0;

	(void)vtab;
	for (i = 0; i < info->nConstraint; i++) {
		int column = info->aConstraint[i].iColumn;

		if (column < START ||
		    info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		if (!info->aConstraint[i].usable)
			return SQLITE_CONSTRAINT;
		given[column - START] = i;
	}
	if (given[0] < 0 || given[1] < 0)
		return SQLITE_CONSTRAINT;
	for (i = 0; i < ARGUMENTS; i++) {
		if (given[i] < 0)
			continue;
		info->aConstraintUsage[given[i]].argvIndex = ++n;
		info->aConstraintUsage[given[i]].omit = 1;
	}
	info->idxNum = n;
	info->estimatedCost = 1000;
	info->estimatedRows = 1000;
	return SQLITE_OK;
}

static int open_series(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out)
{
	struct series *s = mem_alloc(sizeof(*s));

	(void)vtab;
	if (s == NULL)
		return SQLITE_NOMEM;
	*out = &s->base;
	return SQLITE_OK;
}

static int close_series(sqlite3_vtab_cursor *cursor)
{
	mem_free(cursor);
	return SQLITE_OK;
}

static bool is_past(const struct series *s)
{
	return s->step > 0 ? s->value > s->stop : s->value < s->stop;
}

/* A NULL among the arguments gives nothing, and so does a step of 0. */
static int filter_series(sqlite3_vtab_cursor *cursor, int n, const char *name,
    int argc, sqlite3_value **argv)
{
	struct series *s = (struct series *)cursor;
	int i;

	(void)n;
	(void)name;
	s->value = sqlite3_value_int64(argv[0]);
	s->stop = sqlite3_value_int64(argv[1]);
	s->step = argc > 2 ? sqlite3_value_int64(argv[2]) : 1;
	s->row = 1;
	s->at_end = s->step == 0 || is_past(s);
	for (i = 0; i < argc; i++)
		s->at_end |= sqlite3_value_type(argv[i]) == SQLITE_NULL;
	return SQLITE_OK;
}

static int next_series(sqlite3_vtab_cursor *cursor)
{
	struct series *s = (struct series *)cursor;

	s->row++;
	s->at_end =
	    __builtin_add_overflow(s->value, s->step, &s->value) || is_past(s);
	return SQLITE_OK;
}

static int end_of_series(sqlite3_vtab_cursor *cursor)
{
	return ((const struct series *)cursor)->at_end;
}

static int column_of_series(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx,
    int column)
{
	const struct series *s = (const struct series *)cursor;

	if (column == VALUE)
		sqlite3_result_int64(ctx, s->value);
	else if (column == STOP)
		sqlite3_result_int64(ctx, s->stop);
	else if (column == STEP)
		sqlite3_result_int64(ctx, s->step);
	return SQLITE_OK;
}

static int row_of_series(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
	*out = ((const struct series *)cursor)->row;
	return SQLITE_OK;
}

int sqlite_series_add(struct sqlite_job *job, struct error *err)
{
	static const sqlite3_module module = {
		.xConnect = connect_series,
		.xBestIndex = plan_series,
		.xDisconnect = disconnect_series,
		.xOpen = open_series,
		.xClose = close_series,
		.xFilter = filter_series,
		.xNext = next_series,
		.xEof = end_of_series,
		.xColumn = column_of_series,
		.xRowid = row_of_series,
	};
	int rc =
	    sqlite3_create_module(job->db, "generate_series", &module, NULL);

	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}
