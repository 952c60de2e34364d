/* sqlite_guard: the authorizer. It sees each thing that a statement of the
 * user's would do, while it is prepared, and is the wall; sqlite_body.c only
 * says the same earlier and with better words. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "runner/sqlite_job.h"

static const char not_data[] = "refused: a node reads its inputs, and what it "
                               "made of them, not the database's own tables";

static int refuse(struct sqlite_job *job, const char *word, const char *why)
{
	if (job->refused[0] == '\0') {
		snprintf(job->refused, sizeof(job->refused), "%s", why);
		snprintf(job->refused_word, sizeof(job->refused_word), "%s",
		    word ? word : "");
	}
	return SQLITE_DENY;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_schema(const char *table)
{
	return starts_with(table, "sqlite_");
}

/* Tables that are not tables: they show the engine, not data. A name of the
 * user's own (an input, a CTE) may be like it but for sqlite_, which SQLite
 * keeps for itself. */
static bool is_hidden(const struct sqlite_job *job, const char *table)
{
	static const char *const names[] = { "dbstat", "bytecode",
		"tables_used", "fts3tokenize", "fts4aux", "fts5vocab" };
	size_t i;

	if (is_schema(table))
		return true;
	if (sqlite_find_input(job, NULL, table) != NULL)
		return false;
	if (starts_with(table, "pragma_"))
		return true;
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(table, names[i]) == 0)
			return true;
	return false;
}

static int may_read(struct sqlite_job *job, const char *table,
    const char *column, const char *schema)
{
	struct engine_input *in;
	size_t c;

	if (job->creating && is_schema(table))
		return SQLITE_OK;
	if (is_hidden(job, table))
		return refuse(job, table, not_data);
	in = schema ? sqlite_find_input(job, schema, table) : NULL;
	c = in ? engine_find_column(in, column) : 0;
	if (in != NULL && job->recording && c < in->n_columns)
		in->read[c] = true;
	if (strcmp(column, "ROWID") == 0 && (in == NULL || c == in->n_columns))
		return refuse(job, "rowid",
		    "rowid is refused: it is no column of the table; number "
		    "rows with row_number() OVER (ORDER BY ...)");
	return SQLITE_OK;
}

/* Functions that tell of the engine's state, or act on the machine. */
static int may_call(struct sqlite_job *job, const char *name)
{
	static const char *const names[] = { "load_extension", "changes",
		"total_changes", "last_insert_rowid", "sqlite_log",
		"sqlite_compileoption_get", "sqlite_compileoption_used",
		"sqlite_offset", "readfile", "writefile", "edit",
		"fts3_tokenizer", "fts5", "fts5_source_id", "rtreecheck",
		"rtreedepth", "rtreenode", "optimize", "offsets", "matchinfo",
		"snippet" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return refuse(job, name,
			    "refused: this function tells of the engine, not "
			    "of the inputs");
	return SQLITE_OK;
}

/* What CREATE does to the schema's own tables. */
static int may_write(struct sqlite_job *job, const char *table)
{
	if (is_schema(table))
		return job->creating ? SQLITE_OK : refuse(job, table, not_data);
	return refuse(job, table,
	    "refused: inputs are read only, and nothing is written but by "
	    "CREATE TEMP TABLE name AS SELECT ...");
}

static int authorize(void *payload, int action, const char *a, const char *b,
    const char *schema, const char *by)
{
	struct sqlite_job *job = payload;

	(void)by;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return may_read(job, a, b, schema);
	case SQLITE_FUNCTION:
		return may_call(job, b);
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		return may_write(job, a);
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_TEMP_VIEW:
	case SQLITE_CREATE_TEMP_INDEX:
	case SQLITE_CREATE_INDEX:
	case SQLITE_REINDEX: /* of the index that is made */
		if (job->creating)
			return SQLITE_OK;
		break;
	default:
		break;
	}
	return refuse(job, NULL,
	    "refused: a node is one SELECT, before it CREATE TEMP TABLE, "
	    "CREATE TEMP VIEW and CREATE INDEX, and nothing else");
}

void sqlite_guard_set(struct sqlite_job *job, bool on)
{
	job->refused[0] = '\0';
	sqlite3_set_authorizer(job->db, on ? authorize : NULL, job);
}
