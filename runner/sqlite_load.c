/* sqlite_load: inputs as tables of the main database, or of a schema. Their
 * number is not limited, as that of attached databases is. */
#include <strings.h>

#include "runner/sqlite_job.h"

enum {
	MANY = 64 << 10, /* bytes of inputs whose pages we write */
	ROWS_BETWEEN_LOOKS = 1 << 12, /* at the clock */
};

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

	if (in->n_columns == 0)
		return sqlite_fail(job, FAILURE_INPUT, ENGINE_NO_PLACE, err,
		    "input %s has no columns", in->name);
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

/* Whether its table is of this database; main where it says none. */
static bool is_of(const struct engine_input *in, const char *schema)
{
	return strcasecmp(in->schema ? in->schema : "main", schema) == 0;
}

static int fill_tables(struct sqlite_job *job, const char *schema,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		if (!is_of(&job->inputs[i], schema))
			continue;
		if (job->inputs[i].is_image)
			rc = error_set(err, ERROR_DENIED,
			    "this SQLite has other pages than an image");
		else if (job->inputs[i].n_parts > 0)
			rc = fill_table(job, i, err);
	}
	return rc;
}

/* One row of the input, without the columns that are not read. */
static int add_row(struct sqlite_job *job, const struct engine_rows *rows,
    struct sqlite_cell *cells, struct sqlite_tree *tree, struct error *err)
{
	const struct engine_input *in = rows->input;
	size_t i, n = 0;
	int rc;

	for (i = 0; i < in->n_columns; i++)
		if (in->read[i] && sqlite_part_cell(job, rows, i, &cells[n++]))
			return sqlite_failed(job, SQLITE_ERROR, ENGINE_NO_PLACE,
			    err);
	if (n == 0)
		cells[n++].kind = CELL_NULL;
	rc = sqlite_tree_add(tree, cells, n);
	if (rc == 0 && rows->row % ROWS_BETWEEN_LOOKS == 0 &&
	    sqlite_is_late(job))
		rc = SQLITE_INTERRUPT;
	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}

static int add_rows(struct sqlite_job *job, const struct engine_input *in,
    struct sqlite_tree *tree, struct error *err)
{
	CLEANUP(mem_freep)
	struct sqlite_cell *cells = mem_array(in->n_columns, sizeof(*cells));
	CLEANUP(engine_rows_clear) struct engine_rows rows = { 0 };
	int rc = cells ? engine_rows_open(&rows, in, err) : error_memory(err);

	while (rc == 0 && (rc = engine_rows_next(&rows, err)) > 0)
		rc = add_row(job, &rows, cells, tree, err);
	return rc;
}

/* Its rows are there, as leaves of a file. */
static int take_file(struct sqlite_job *job, const struct engine_input *in,
    size_t file, struct sqlite_tree *tree, struct error *err)
{
	int rc = sqlite_tree_add_file(tree, file, in->parts[0].rows);

	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}

/* The tables were made in the order of the inputs, the files added so. */
static int write_trees(struct sqlite_job *job, const char *schema,
    struct sqlite_image *image, sqlite3_stmt *roots, struct error *err)
{
	size_t i, file = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		CLEANUP(sqlite_tree_closep) struct sqlite_tree *tree = NULL;

		if (!is_of(&job->inputs[i], schema))
			continue;
		if (sqlite3_step(roots) != SQLITE_ROW ||
		    sqlite_tree_open(image,
		        (uint32_t)sqlite3_column_int64(roots, 0), &tree))
			return sqlite_failed(job, SQLITE_NOMEM, ENGINE_NO_PLACE,
			    err);
		rc = job->inputs[i].is_image
		    ? take_file(job, &job->inputs[i], file++, tree, err)
		    : add_rows(job, &job->inputs[i], tree, err);
		if (rc == 0 && sqlite_tree_finish(tree))
			rc = sqlite_failed(job, SQLITE_NOMEM, ENGINE_NO_PLACE,
			    err);
	}
	return rc;
}

static int prepare_roots(struct sqlite_job *job, const char *schema,
    sqlite3_stmt **out, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	int rc;

	buf_add_str(&sql, "SELECT rootpage FROM ");
	engine_add_name(&sql, schema);
	buf_add_str(&sql, ".sqlite_schema ORDER BY rowid");
	if (sql.failed)
		return error_memory(err);
	rc = sqlite3_prepare_v2(job->db, buf_bytes(&sql).p, -1, out, NULL);
	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}

/* The database is read where it lies, without copies of its pages. */
static int read_in_place(struct sqlite_job *job, const char *schema,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };

	buf_add_str(&sql, "PRAGMA ");
	engine_add_name(&sql, schema);
	buf_add_str(&sql, ".mmap_size = 0x7fff0000");
	return sql.failed
	    ? error_memory(err)
	    : sqlite_do(job, buf_bytes(&sql).p, ENGINE_NO_PLACE, err);
}

/* What it lies in is the job's until the connection is closed. */
static int give_image(struct sqlite_job *job, const char *schema,
    struct sqlite_image *image, struct error *err)
{
	struct file_map *more = arena_grow(&job->arena, job->rooms,
	    job->n_rooms, &job->cap_rooms, sizeof(*more));
	int rc;

	if (more == NULL)
		return error_memory(err);
	job->rooms = more;
	more += job->n_rooms++;
	*more = (struct file_map){ 0 };
	rc = sqlite_image_give(image, job->db, schema, more);
	return rc ? sqlite_failed(job, rc, ENGINE_NO_PLACE, err) : 0;
}

static int write_image(struct sqlite_job *job, const char *schema,
    struct sqlite_image *image, struct error *err)
{
	sqlite3_stmt *roots = NULL;
	int rc = prepare_roots(job, schema, &roots, err);

	if (rc == 0)
		rc = write_trees(job, schema, image, roots, err);
	sqlite3_finalize(roots);
	if (rc == 0)
		rc = give_image(job, schema, image, err);
	return rc ? rc : read_in_place(job, schema, err);
}

static int add_files(struct sqlite_job *job, const char *schema,
    struct sqlite_image *image)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++)
		if (is_of(&job->inputs[i], schema) && job->inputs[i].is_image)
			rc = sqlite_image_add_file(image,
			    job->inputs[i].parts[0].fd,
			    job->inputs[i].parts[0].bytes);
	return rc;
}

static int fill_pages(struct sqlite_job *job, const char *schema,
    struct error *err)
{
	CLEANUP(sqlite_image_clear) struct sqlite_image image = { 0 };
	bool is_fit;
	int rc = sqlite_image_open(&image, job->db, schema, &is_fit);

	if (rc == 0 && is_fit)
		rc = add_files(job, schema, &image);
	if (rc)
		return sqlite_failed(job, rc, ENGINE_NO_PLACE, err);
	return is_fit ? write_image(job, schema, &image, err)
	              : fill_tables(job, schema, err);
}

/* Each database with tables of inputs once. */
static int fill(struct sqlite_job *job, bool by_pages, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < job->n_inputs; i++) {
		const char *schema = job->inputs[i].schema;
		size_t before = 0;

		if (schema == NULL)
			schema = "main";
		while (before < i && !is_of(&job->inputs[before], schema))
			before++;
		if (before < i)
			continue;
		rc = by_pages ? fill_pages(job, schema, err)
		              : fill_tables(job, schema, err);
	}
	return rc;
}

int sqlite_load_by(struct sqlite_job *job, bool by_pages, struct error *err)
{
	size_t i;
	int rc;

	if ((rc = sqlite_part_add_module(job, err)) ||
	    (rc = sqlite_do(job, "BEGIN", ENGINE_NO_PLACE, err)))
		return rc;
	for (i = 0; rc == 0 && i < job->n_inputs; i++)
		rc = make_table(job, &job->inputs[i], err);
	if (rc == 0 && !by_pages)
		rc = fill(job, false, err);
	if (rc == 0)
		rc = sqlite_do(job, "COMMIT", ENGINE_NO_PLACE, err);
	if (rc == 0 && by_pages)
		rc = fill(job, true, err);
	return rc ? rc : sqlite_keep_modules(job, err);
}

/* What we write is not written to: no index can be made of it. */
static bool makes_index(const struct sqlite_job *job)
{
	size_t i;

	for (i = 0; i < job->n_inputs; i++)
		if (sqlite_body_indexes(&job->body, job->inputs[i].table))
			return true;
	return false;
}

static bool has_image(const struct sqlite_job *job)
{
	size_t i;

	for (i = 0; i < job->n_inputs; i++)
		if (job->inputs[i].is_image)
			return true;
	return false;
}

int sqlite_load(struct sqlite_job *job, struct error *err)
{
	return sqlite_load_by(job,
	    has_image(job) ||
	        (job->is_in_memory && job->input_bytes >= MANY &&
	            !makes_index(job)),
	    err);
}
