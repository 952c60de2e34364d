/* sqlite_run: the statements, one after another. See sqlite_job.h. */
#include <string.h>
#include <strings.h>

#include "runner/sqlite_job.h"

/* The words that CREATE TABLE ... AS gives to columns of expressions. */
static enum type_kind kind_of_word(const char *word)
{
	if (word == NULL)
		return TYPE_NONE;
	if (strcasecmp(word, "INT") == 0)
		return TYPE_INTEGER;
	if (strcasecmp(word, "REAL") == 0)
		return TYPE_REAL;
	return strcasecmp(word, "TEXT") == 0 ? TYPE_TEXT : TYPE_NONE;
}

static const struct type *find_temp_type(const struct sqlite_job *job,
    const char *table, const char *column)
{
	size_t i, c;

	for (i = job->n_temps; i-- > 0;) {
		const struct sqlite_temp *t = &job->temps[i];

		if (strcasecmp(t->name, table) != 0)
			continue;
		for (c = 0; c < t->n; c++)
			if (strcasecmp(t->columns[c], column) == 0)
				return &t->types[c];
		return NULL;
	}
	return NULL;
}

struct type sqlite_column_type(const struct sqlite_job *job, sqlite3_stmt *stmt,
    int column)
{
	const char *schema = sqlite3_column_database_name(stmt, column);
	const char *table = sqlite3_column_table_name(stmt, column);
	const char *name = sqlite3_column_origin_name(stmt, column);
	const struct type *type = NULL;

	if (schema != NULL && table != NULL && name != NULL) {
		const struct engine_input *in =
		    sqlite_find_input(job, schema, table);
		size_t c = in ? engine_find_column(in, name) : 0;

		if (strcmp(schema, "temp") == 0)
			type = find_temp_type(job, table, name);
		else if (in != NULL && c < in->n_columns)
			type = &in->columns[c].type;
	}
	if (type != NULL && type->kind != TYPE_NONE)
		return *type;
	return (struct type){ .kind = kind_of_word(
		                  sqlite3_column_decltype(stmt, column)) };
}

/* SQLite itself knows no more of them than their affinity. */
int sqlite_keep_types(struct sqlite_job *job, const char *table,
    sqlite3_stmt *query, struct error *err)
{
	struct sqlite_temp *t = arena_grow(&job->arena, job->temps,
	    job->n_temps, &job->cap_temps, sizeof(*t));
	size_t i, n = (size_t)sqlite3_column_count(query);

	if (t == NULL)
		return error_memory(err);
	job->temps = t;
	t += job->n_temps;
	t->name = table;
	t->n = n;
	t->types = arena_array(&job->arena, n, sizeof(*t->types));
	t->columns = arena_array(&job->arena, n, sizeof(*t->columns));
	if (t->types == NULL || t->columns == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		const char *name = sqlite3_column_name(query, (int)i);

		t->types[i] = sqlite_column_type(job, query, (int)i);
		t->columns[i] = arena_strdup(&job->arena, name ? name : "");
		if (t->columns[i] == NULL)
			return error_memory(err);
	}
	job->n_temps++;
	return 0;
}

static int note_types(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite_prepare(job, s->query, s->to, &stmt, err);

	if (rc == 0)
		rc = sqlite_keep_types(job, s->name, stmt, err);
	sqlite3_finalize(stmt);
	return rc;
}

static int execute(struct sqlite_job *job, const struct sql_statement *s,
    struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	job->creating = true;
	rc = sqlite_prepare(job, s->from, s->to, &stmt, err);
	job->creating = false;
	if (rc == 0) {
		int step = sqlite3_step(stmt);

		if (step != SQLITE_DONE)
			rc = sqlite_failed(job, step, s->from, err);
	}
	sqlite3_finalize(stmt);
	return rc;
}

int sqlite_run(struct sqlite_job *job, int out, json_t *reply,
    struct error *err)
{
	const struct sql_statement *s = job->body.statements;
	const struct sql_statement *last = s + job->body.n - 1;
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	for (; rc == 0 && s < last; s++) {
		if (s->kind == STATEMENT_TABLE)
			rc = note_types(job, s, err);
		if (rc == 0)
			rc = execute(job, s, err);
	}
	if (rc == 0)
		rc = sqlite_prepare(job, last->from, last->to, &stmt, err);
	if (rc == 0)
		rc = sqlite_write(job, stmt, out, reply, err);
	sqlite3_finalize(stmt);
	return rc;
}
