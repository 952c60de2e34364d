/* duckdb_parquet: the one input as a Parquet file, by DuckDB's own writer. It
 * goes to the job's output, which DuckDB opens once more by its name in /proc:
 * nothing else may be opened (duckdb_home.h). Rows come from the table's parts
 * as they are written, in their order. */
#include <stdio.h>
#include <string.h>

#include "runner/duckdb_job.h"

/* Parquet has no integers of 128 bits and DuckDB would make doubles of them; a
 * decimal of 38 digits keeps each digit. What only DuckDB knows is text, and
 * JSON what has such members. */
static const char *kept_as(const struct type *t)
{
	static const char *const names[][2] = {
		{ "HUGEINT", "DECIMAL(38,0)" },
		{ "UHUGEINT", "DECIMAL(38,0)" },
		{ "INTERVAL", "VARCHAR" },
		{ "BIT", "VARCHAR" },
		{ "TIME WITH TIME ZONE", "VARCHAR" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(t->as, names[i][0]) == 0)
			return names[i][1];
		else if (duckdb_nested_of(t) != NESTED_NOT &&
		    strstr(t->as, names[i][0]) != NULL)
			return "JSON";
	return NULL;
}

static void add_column(struct buf *sql, const struct column *column, size_t i)
{
	const char *as = kept_as(&column->type);

	buf_add_str(sql, i ? ", " : "");
	if (as != NULL)
		buf_printf(sql, "CAST(c%zu AS %s)", i, as);
	else
		duckdb_add_cast(sql, &column->type, i, "CAST");
	buf_add_str(sql, " AS ");
	engine_add_name(sql, column->name);
}

int duckdb_write_parquet(struct duckdb_job *job, const char *path,
    struct error *err)
{
	const struct engine_input *in = job->inputs;
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;
	int rc;

	if (job->n_inputs != 1)
		return error_set(err, ERROR_CORRUPT,
		    "a Parquet file is of one table");
	buf_add_str(&sql, "COPY (SELECT ");
	for (i = 0; i < in->n_columns; i++)
		add_column(&sql, &in->columns[i], i);
	buf_printf(&sql,
	    " FROM sluice_part_0()) TO '%s' (FORMAT parquet, USE_TMP_FILE "
	    "false)",
	    path);
	rc = sql.failed ? error_memory(err)
	                : duckdb_do(job, buf_bytes(&sql).p, err);
	return rc == ERROR_NODE && job->failure == FAILURE_SQL
	    ? duckdb_explain_load(job, 0, err)
	    : rc;
}
