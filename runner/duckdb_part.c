/* duckdb_part: the rows of an input's parts as a table function of DuckDB's.
 * sluice_part_3() gives the fourth input; only the columns that a statement
 * asks for are made. The plan of a statement names them: duckdb_columns.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runner/duckdb_job.h"
#include "runner/engine_rows.h"

/* What a function is about, for as long as the database is open. */
struct function {
	struct duckdb_home *home;
	size_t index;
};

/* What a statement that names it is about. */
struct part {
	struct duckdb_job *job;
	const struct engine_input *input;
};

/* A column that is asked for, and where the chunk at hand has it. */
struct slot {
	uint64_t column;
	struct duckdb_shape shape;
	duckdb_handle vector;
	void *data;
};

struct scan {
	struct duckdb_job *job;
	struct engine_rows rows;
	uint64_t n;
	struct slot *slots;
};

static void scan_free(void *payload)
{
	struct scan *s = payload;

	if (s == NULL)
		return;
	engine_rows_clear(&s->rows);
	mem_free(s->slots);
	mem_free(s);
}

static void add_column(const struct duckdb_api *api, duckdb_handle info,
    size_t i, struct duckdb_shape shape)
{
	duckdb_handle type = shape.kind == DUCKDB_DECIMAL
	    ? api->create_decimal_type((uint8_t)shape.width,
	          (uint8_t)shape.scale)
	    : api->create_logical_type((int)shape.kind);
	char name[24];

	snprintf(name, sizeof(name), "c%zu", i);
	api->bind_add_result_column(info, name, type);
	api->destroy_logical_type(&type);
}

/* DuckDB's callbacks carry no payload until they give this one out, and the
 * calls are needed for that. */
static const struct duckdb_api *shared_api(void)
{
	const struct duckdb_api *api = NULL;

	duckdb_load("", &api, NULL); /* it is loaded */
	return api;
}

static struct part *new_part(const struct function *f)
{
	struct duckdb_job *job = f->home->job;
	struct part *part;

	if (job == NULL || f->index >= job->n_inputs)
		return NULL;
	part = mem_alloc(sizeof(*part));
	if (part != NULL)
		*part = (struct part){ job, &job->inputs[f->index] };
	return part;
}

static void bind_part(duckdb_handle info)
{
	const struct duckdb_api *api = shared_api();
	struct part *part = new_part(api->bind_get_extra_info(info));
	uint64_t rows = 0;
	size_t i;

	if (part == NULL) {
		api->bind_set_error(info, "there is no such input");
		return;
	}
	part->job->binds++;
	for (i = 0; i < part->input->n_columns; i++)
		add_column(api, info, i,
		    duckdb_type_given(&part->input->columns[i].type));
	for (i = 0; i < part->input->n_parts; i++)
		rows += part->input->parts[i].rows;
	api->bind_set_cardinality(info, rows, true);
	api->bind_set_bind_data(info, part, mem_free);
}

static void set_slot(const struct engine_input *in, struct slot *slot,
    uint64_t column)
{
	slot->column = column;
	if (column < in->n_columns)
		slot->shape = duckdb_type_given(&in->columns[column].type);
}

static struct scan *new_scan(duckdb_handle info)
{
	const struct duckdb_api *api = shared_api();
	const struct part *part = api->init_get_bind_data(info);
	struct scan *s = mem_alloc(sizeof(*s));
	uint64_t i;

	if (s == NULL)
		return NULL;
	s->job = part->job;
	s->n = api->init_get_column_count(info);
	s->slots = mem_array(s->n, sizeof(*s->slots));
	if (s->slots == NULL || engine_rows_open(&s->rows, part->input, NULL)) {
		scan_free(s);
		return NULL;
	}
	for (i = 0; i < s->n; i++)
		set_slot(part->input, &s->slots[i],
		    api->init_get_column_index(info, i));
	return s;
}

static void init_part(duckdb_handle info)
{
	const struct duckdb_api *api = shared_api();
	struct scan *s = new_scan(info);

	if (s == NULL) {
		api->init_set_error(info, "out of memory");
		return;
	}
	api->init_set_max_threads(info, 1);
	api->init_set_init_data(info, s, scan_free);
}

static int bad_value(struct scan *s, const struct slot *slot)
{
	const char *why = "a value that is not of the column's type";

	if (slot->shape.kind == DUCKDB_BIGINT)
		why = "an integer beyond the 64 bits of BIGINT, which the "
		      "column is declared to be; CAST(... AS HUGEINT) upstream "
		      "keeps more";
	else if (slot->shape.kind == DUCKDB_HUGEINT)
		why = "an integer beyond the 127 bits of HUGEINT, which the "
		      "column is declared to be";
	return duckdb_fail(s->job, FAILURE_INPUT, ENGINE_NO_PLACE,
	    &s->job->load_error, "row %" PRIu64 " of %s, column %s: %s",
	    s->rows.row, s->rows.input->name,
	    s->rows.input->columns[slot->column].name, why);
}

static int give_value(struct scan *s, const struct slot *slot, uint64_t row)
{
	const struct field *f = &s->rows.fields[slot->column];

	if (slot->shape.kind == DUCKDB_VARCHAR)
		s->job->api->vector_assign_string_element_len(slot->vector, row,
		    f->p, f->n);
	else if (!duckdb_value_set(&slot->shape, slot->data, row, f))
		return bad_value(s, slot);
	return 0;
}

static void give_null(const struct duckdb_api *api, duckdb_handle vector,
    uint64_t row)
{
	uint64_t *validity;

	api->vector_ensure_validity_writable(vector);
	validity = api->vector_get_validity(vector);
	validity[row / 64] &= ~((uint64_t)1 << (row % 64));
}

/* Where rows alone are counted DuckDB asks for a column that there is not. */
static int give_row(struct scan *s, uint64_t row)
{
	uint64_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->n; i++) {
		const struct slot *slot = &s->slots[i];

		if (slot->column >= s->rows.input->n_columns ||
		    s->rows.fields[slot->column].null)
			give_null(s->job->api, slot->vector, row);
		else
			rc = give_value(s, slot, row);
	}
	return rc;
}

static void scan_part(duckdb_handle info, duckdb_handle chunk)
{
	const struct duckdb_api *api = shared_api();
	struct scan *s = api->function_get_init_data(info);
	struct error *err = &s->job->load_error;
	uint64_t row = 0, i;
	int rc = 0;

	for (i = 0; i < s->n; i++) {
		struct slot *slot = &s->slots[i];

		slot->vector = api->data_chunk_get_vector(chunk, i);
		slot->data = api->vector_get_data(slot->vector);
	}
	while (row < DUCKDB_VECTOR_ROWS &&
	    (rc = engine_rows_next(&s->rows, err)) > 0 &&
	    (rc = give_row(s, row)) == 0)
		row++;
	if (rc < 0)
		api->function_set_error(info, "an input cannot be read");
	api->data_chunk_set_size(chunk, rc < 0 ? 0 : row);
}

static int add_function(struct duckdb_job *job, size_t i, struct error *err)
{
	const struct duckdb_api *api = job->api;
	struct function *function = mem_alloc(sizeof(*function));
	duckdb_handle f;
	char name[40];
	int rc;

	if (function == NULL)
		return error_memory(err);
	*function = (struct function){ job->home, i };
	snprintf(name, sizeof(name), "sluice_part_%zu", i);
	f = api->create_table_function();
	api->table_function_set_name(f, name);
	api->table_function_set_extra_info(f, function, mem_free);
	api->table_function_set_bind(f, bind_part);
	api->table_function_set_init(f, init_part);
	api->table_function_set_function(f, scan_part);
	api->table_function_supports_projection_pushdown(f, true);
	rc = api->register_table_function(job->connection, f);
	api->destroy_table_function(&f);
	return rc ? error_set(err, ERROR_IO, "DuckDB takes no table function")
	          : 0;
}

int duckdb_part_add_functions(struct duckdb_job *job, struct error *err)
{
	struct duckdb_home *home = job->home;
	int rc = 0;

	for (; rc == 0 && home->n_functions < job->n_inputs;
	     home->n_functions += rc == 0)
		rc = add_function(job, home->n_functions, err);
	return rc;
}
