/* testcase: see testcase.h. */
#include "runner/testcase.h"

#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

int testcase_node(struct arena *a, const struct node *tested,
    const struct node_case *c, struct node *out, struct error *err)
{
	struct input *inputs =
	    arena_array(a, tested->n_inputs, sizeof(*inputs));
	size_t i;

	if (inputs == NULL)
		return error_memory(err);
	*out = *tested;
	for (i = 0; i < tested->n_inputs; i++) {
		inputs[i] = tested->inputs[i];
		inputs[i].fixture = c->fixtures[i];
	}
	out->inputs = inputs;
	out->is_test = true;
	out->tests = NULL;
	out->cases = NULL;
	out->n_tests = out->n_cases = 0;
	out->path = arena_printf(a, "%s: %s", tested->path, c->name);
	return out->path ? 0 : error_memory(err);
}

/* -- rows of a file as the columns of a table -- */

/* What is read, and as what. */
struct fixture {
	struct store *store;
	const char *path; /* "": no file, no row */
	struct bytes text;
	const struct table_spec *spec;
	bool is_whole; /* each column is to be in the file */
};

/* Which field of the file each column is; SIZE_MAX: none. */
static int find_columns(const struct fixture *f, const struct csv_reader *r,
    size_t *places, struct error *err)
{
	const struct field *names;
	size_t n, i, k, found = 0;

	csv_header(r, &names, &n);
	for (i = 0; i < f->spec->n_columns; i++) {
		const char *name = f->spec->columns[i].name;

		places[i] = SIZE_MAX;
		for (k = 0; k < n; k++)
			if (bytes_eq((struct bytes){ names[k].p, names[k].n },
			        bytes_of(name)))
				places[i] = k;
		found += places[i] != SIZE_MAX;
		if (f->is_whole && places[i] == SIZE_MAX)
			return error_set(err, ERROR_NODE,
			    "it has no column '%.128s'", name);
	}
	for (k = 0; k < n && found < n; k++) {
		for (i = 0; i < f->spec->n_columns && places[i] != k; i++)
			;
		if (i == f->spec->n_columns)
			return error_set(err, ERROR_NODE,
			    "it has a column '%.*s', which the table has not",
			    (int)(names[k].n < 128 ? names[k].n : 128),
			    names[k].p);
	}
	return 0;
}

static int add_rows(const struct fixture *f, struct csv_reader *r,
    const size_t *places, struct table_build *b, struct error *err)
{
	const size_t n = f->spec->n_columns;
	struct field *row = mem_array(n, sizeof(*row));
	const struct field *fields;
	size_t i, n_fields;
	int rc = row ? 1 : error_memory(err);

	while (rc > 0 && (rc = csv_next(r, &fields, &n_fields, err)) > 0) {
		for (i = 0; i < n; i++)
			row[i] = places[i] == SIZE_MAX
			    ? (struct field){ .p = "", .null = true }
			    : fields[places[i]];
		if ((rc = table_build_add(b, row, err)) == 0)
			rc = 1;
	}
	mem_free(row);
	return rc;
}

static int add_file(const struct fixture *f, struct table_build *b,
    struct error *err)
{
	CLEANUP(csv_closep) struct csv_reader *r = NULL;
	CLEANUP(mem_freep) size_t *places = NULL;
	const struct csv_format format = { 0 };
	int rc;

	places = mem_array(f->spec->n_columns, sizeof(*places));
	if (places == NULL)
		return error_memory(err);
	if ((rc = csv_open(f->text, &format, &r, err)) ||
	    (rc = find_columns(f, r, places, err)))
		return rc;
	return add_rows(f, r, places, b, err);
}

/* The user's file is to blame for what it is, not for a full disk. */
static int blame(const struct fixture *f, const struct error *why,
    struct error *err)
{
	if (why->code != ERROR_NODE && why->code != ERROR_SYNTAX)
		return error_set(err, why->code, "%s", why->msg);
	if (why->line > 0)
		return error_set(err, ERROR_NODE, "%s:%d:%d: %s", f->path,
		    why->line, why->col, why->msg);
	return error_set(err, ERROR_NODE, "%s: %s", f->path, why->msg);
}

static int make(const struct fixture *f, struct table *out, struct error *err)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	struct error why = { 0 };
	int rc = table_build_open(f->store, f->spec, &b, &why);

	if (rc == 0 && f->path[0] != '\0')
		rc = add_file(f, b, &why);
	if (rc == 0)
		rc = table_build_finish(b, out, &why);
	if (rc == 0 && !digest_is_null(&out->offending))
		rc = error_set(&why, ERROR_NODE,
		    "%llu of its rows have no key of their own, as @key wants",
		    (unsigned long long)out->n_offending);
	return rc ? blame(f, &why, err) : 0;
}

/* A source belongs to one thread at a time. */
static int read_text(struct plan *plan, const char *path, struct buf *out,
    struct error *err)
{
	int rc = 0;

	if (path[0] == '\0')
		return 0;
	pthread_mutex_lock(&plan->lock);
	rc = source_read(plan->pipeline->source, path, out, err);
	pthread_mutex_unlock(&plan->lock);
	return rc;
}

/* -- inputs, and what is expected -- */

static int make_like(struct plan *plan, struct fixture *f,
    struct table_spec *spec, struct table *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = read_text(plan, f->path, &text, err);

	if (rc)
		return rc;
	f->store = plan->store;
	f->text = buf_bytes(&text);
	f->spec = spec;
	return make(f, out, err);
}

int testcase_input(struct plan *plan, const struct input *in, struct table *out,
    struct error *err)
{
	const struct table *real;
	const size_t from = in->is_union ? 1 : 0;
	struct fixture f = { .path = in->fixture };
	struct table_spec spec = { 0 };
	struct column *columns;
	char name[] = "_from";
	int rc = plan_need_table(plan, in->nodes[0], &real, err);

	if (rc)
		return rc;
	spec.n_columns = real->n_columns + from;
	spec.key = (const char *const *)real->key;
	spec.n_key = in->is_union ? 0 : real->n_key;
	spec.ordered = real->ordered && !in->is_union;
	columns = mem_array(spec.n_columns, sizeof(*columns));
	if (columns == NULL)
		return error_memory(err);
	if (in->is_union)
		columns[0] = (struct column){ .name = name,
			.type = { .kind = TYPE_TEXT } };
	memcpy(columns + from, real->columns,
	    real->n_columns * sizeof(*columns));
	spec.columns = columns;
	rc = make_like(plan, &f, &spec, out, err);
	mem_free(columns);
	return rc;
}

static int tell(struct manifest_test *out, const char *why, struct error *err)
{
	out->verdict = VERDICT_ERROR;
	out->why = mem_strdup(why);
	return out->why ? 0 : error_memory(err);
}

int testcase_judge(struct plan *plan, const struct node_case *c,
    const struct plan_node *state, struct manifest_test *out, struct error *err)
{
	const struct table *given = &state->table;
	CLEANUP(table_clear) struct table expected = { 0 };
	struct fixture f = { .path = c->expect, .is_whole = true };
	struct table_spec spec = { .columns = given->columns,
		.n_columns = given->n_columns,
		.key = (const char *const *)given->key,
		.n_key = given->n_key,
		.ordered = given->ordered };
	struct error why = { 0 };
	int rc;

	if (state->result.is_doubtful)
		return tell(out,
		    "what it gives breaks the @key or a @column of the node",
		    err);
	rc = make_like(plan, &f, &spec, &expected, &why);
	if (rc == ERROR_NODE || rc == ERROR_LIMIT)
		return tell(out, why.msg, err);
	if (rc)
		return error_set(err, why.code, "%s", why.msg);
	out->expected = expected.id;
	out->verdict =
	    digest_eq(&expected.id, &given->id) ? VERDICT_OK : VERDICT_FAILED;
	return 0;
}
