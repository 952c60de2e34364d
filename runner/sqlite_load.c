/* sqlite_load: inputs as tables of the main database. Their number is not
 * limited, as that of attached databases is. */
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

static int make_table(struct sqlite_job *job, const struct sqlite_input *in,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	size_t i;

	buf_add_str(&sql, "CREATE TABLE main.");
	sqlite_add_name(&sql, in->name);
	for (i = 0; i < in->n_columns; i++) {
		buf_add_char(&sql, i ? ',' : '(');
		sqlite_add_name(&sql, in->columns[i].name);
		buf_printf(&sql, " %s", sqlite_type_name(&in->columns[i].type));
	}
	buf_add_char(&sql, ')');
	return sql.failed
	    ? error_memory(err)
	    : sqlite_do(job, buf_bytes(&sql).p, SQLITE_NO_PLACE, err);
}

static int fill_table(struct sqlite_job *job, size_t index, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };

	buf_printf(&sql,
	    "CREATE VIRTUAL TABLE temp.sluice_load USING "
	    "sluice_part(%zu, parts); INSERT INTO main.",
	    index);
	sqlite_add_name(&sql, job->inputs[index].name);
	buf_add_str(&sql,
	    " SELECT * FROM temp.sluice_load; "
	    "DROP TABLE temp.sluice_load");
	return sql.failed
	    ? error_memory(err)
	    : sqlite_do(job, buf_bytes(&sql).p, SQLITE_NO_PLACE, err);
}

int sqlite_load(struct sqlite_job *job, struct error *err)
{
	size_t i;
	int rc = sqlite_do(job, "BEGIN", SQLITE_NO_PLACE, err);

	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		rc = make_table(job, &job->inputs[i], err);
		if (rc == 0 && job->inputs[i].n_parts > 0)
			rc = fill_table(job, i, err);
	}
	return rc ? rc : sqlite_do(job, "COMMIT", SQLITE_NO_PLACE, err);
}
