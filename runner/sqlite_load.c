/* sqlite_load: inputs as tables of the main database, or of a schema. Their
 * number is not limited, as that of attached databases is. */
#include "runner/sqlite_job.h"

/* Declared types give each column the affinity that keeps its values as they
 * are: a decimal is a REAL (NUMERIC would make 150.0 an integer, and its
 * division another one), dates and JSON are TEXT. */
const char *sqlite_type_name(const struct type *t)
{
	switch (t->kind) {
	case TYPE_INTEGER:
		return "INTEGER";
	case TYPE_REAL:
	case TYPE_DECIMAL:
		return "REAL";
	case TYPE_BOOLEAN:
		return "BOOLEAN";
	default:
		return "TEXT";
	}
}

/* A table has the columns that are read and no others: the planner looks at a
 * table's width, so that a column that nothing reads may turn a plan, and with
 * it the order of rows, which some queries show. Where none is read the first
 * one's name stands for all; it cannot clash with a name in the SQL, for then
 * it would have been ambiguous there, or read. */
static int make_table(struct sqlite_job *job, const struct engine_input *in,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i, n = 0;

	buf_add_str(&sql, "CREATE TABLE ");
	engine_add_input(&sql, in, "main");
	for (i = 0; i < in->n_columns; i++) {
		if (!in->read[i])
			continue;
		buf_add_char(&sql, n++ ? ',' : '(');
		engine_add_name(&sql, in->columns[i].name);
		buf_printf(&sql, " %s", sqlite_type_name(&in->columns[i].type));
	}
	if (n == 0) {
		buf_add_char(&sql, '(');
		engine_add_name(&sql, in->columns[0].name);
	}
	buf_add_char(&sql, ')');
	return sql.failed
	    ? error_memory(err)
	    : sqlite_do(job, buf_bytes(&sql).p, ENGINE_NO_PLACE, err);
}

static int fill_table(struct sqlite_job *job, size_t index, struct error *err)
{
	const struct engine_input *in = &job->inputs[index];
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i, n = 0;

	buf_add_str(&sql, "INSERT INTO ");
	engine_add_input(&sql, in, "main");
	buf_add_str(&sql, " SELECT ");
	for (i = 0; i < in->n_columns; i++)
		if (in->read[i])
			buf_printf(&sql, "%sc%zu", n++ ? "," : "", i);
	buf_printf(&sql, "%s FROM sluice_part(%zu)", n ? "" : "NULL", index);
	return sql.failed
	    ? error_memory(err)
	    : sqlite_do(job, buf_bytes(&sql).p, ENGINE_NO_PLACE, err);
}

int sqlite_load(struct sqlite_job *job, struct error *err)
{
	size_t i;
	int rc;

	if ((rc = sqlite_part_add_module(job, err)) ||
	    (rc = sqlite_do(job, "BEGIN", ENGINE_NO_PLACE, err)))
		return rc;
	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		rc = make_table(job, &job->inputs[i], err);
		if (rc == 0 && job->inputs[i].n_parts > 0)
			rc = fill_table(job, i, err);
	}
	if (rc == 0)
		rc = sqlite_do(job, "COMMIT", ENGINE_NO_PLACE, err);
	return rc ? rc : sqlite_keep_modules(job, err);
}
