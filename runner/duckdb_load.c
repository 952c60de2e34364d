/* duckdb_load: inputs as tables of the columns that are read, or, to look at
 * statements, as views without rows. */
#include <stdio.h>

#include "runner/duckdb_job.h"

/* Where no column is read, one that no name can mean stands for all. */
static const char nothing[] = "CAST(NULL AS BOOLEAN) AS \" \"";

static void add_column(struct buf *sql, const struct engine_input *in, size_t c)
{
	duckdb_add_cast(sql, &in->columns[c].type, c, "CAST");
	buf_add_str(sql, " AS ");
	engine_add_name(sql, in->columns[c].name);
}

/* CREATE what "schema"."table" AS SELECT its columns */
static int make_input(struct duckdb_job *job, size_t index, const char *what,
    struct error *err)
{
	const struct engine_input *in = &job->inputs[index];
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i, n = 0;

	if (in->schema != NULL) {
		buf_add_str(&sql, "CREATE SCHEMA IF NOT EXISTS sluice.");
		engine_add_name(&sql, in->schema);
		buf_add_char(&sql, ';');
	}
	buf_printf(&sql, "CREATE %s sluice.", what);
	engine_add_input(&sql, in, "main");
	buf_add_str(&sql, " AS SELECT ");
	for (i = 0; i < in->n_columns; i++) {
		if (!in->read[i])
			continue;
		if (n++ > 0)
			buf_add_str(&sql, ", ");
		add_column(&sql, in, i);
	}
	buf_printf(&sql, "%s FROM sluice_part_%zu()", n ? "" : nothing, index);
	return sql.failed ? error_memory(err)
	                  : duckdb_do(job, buf_bytes(&sql).p, err);
}

static int has_misfit(struct duckdb_job *job, size_t index, size_t c,
    bool *found)
{
	struct duckdb_place nowhere = { .at = ENGINE_NO_PLACE };
	CLEANUP(buf_clear) struct buf sql = { 0 }, text = { 0 };
	int rc;

	buf_printf(&sql,
	    "SELECT 'x' FROM sluice_part_%zu() WHERE c%zu IS NOT NULL AND ",
	    index, c);
	duckdb_add_cast(&sql, &job->inputs[index].columns[c].type, c,
	    "TRY_CAST");
	buf_add_str(&sql, " IS NULL LIMIT 1");
	if (sql.failed)
		return ERROR_MEMORY;
	rc = duckdb_ask(job, buf_bytes(&sql).p, nowhere, 0, &text, NULL);
	*found = text.n > 0;
	return rc;
}

/* DuckDB's words name the value and not the column: ours are the other way
 * round. */
int duckdb_explain_load(struct duckdb_job *job, size_t index, struct error *err)
{
	const struct engine_input *in = &job->inputs[index];
	char room[32];
	size_t c;

	for (c = 0; c < in->n_columns; c++) {
		bool found = false;

		if (!in->read[c] || has_misfit(job, index, c, &found) || !found)
			continue;
		*err = (struct error){ 0 };
		job->failure = FAILURE_NONE;
		return duckdb_fail(job, FAILURE_INPUT, ENGINE_NO_PLACE, err,
		    "column %s of %s has a value that DuckDB's %s does not "
		    "hold; leave the column out, or make it text upstream",
		    in->columns[c].name, in->name,
		    duckdb_type_name(&in->columns[c].type, room));
	}
	return err->code;
}

/* The last row first: whatever the node gives should be the same. */
static int turn(struct duckdb_job *job, const struct engine_input *in,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };

	buf_add_str(&sql, "CREATE OR REPLACE TABLE sluice.");
	engine_add_input(&sql, in, "main");
	buf_add_str(&sql, " AS SELECT * FROM sluice.");
	engine_add_input(&sql, in, "main");
	buf_add_str(&sql, " ORDER BY rowid DESC");
	return sql.failed ? error_memory(err)
	                  : duckdb_do(job, buf_bytes(&sql).p, err);
}

int duckdb_load_tables(struct duckdb_job *job, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		rc = make_input(job, i, "TABLE", err);
		if (rc == ERROR_NODE && job->failure == FAILURE_SQL)
			rc = duckdb_explain_load(job, i, err);
		if (rc == 0 && job->is_stirred && !job->inputs[i].is_ordered)
			rc = turn(job, &job->inputs[i], err);
	}
	return rc;
}

int duckdb_make_views(struct duckdb_job *job, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++)
		rc = make_input(job, i, "VIEW", err);
	return rc;
}
