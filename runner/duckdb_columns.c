/* duckdb_columns: which columns the body reads.
 *
 * The statements are planned over views without rows of all columns, with
 * every optimizer off but the one that takes out what is not used; a plan's
 * scans then name the columns that are left. Beside them count those whose
 * names occur as words of the SQL: what is planned and then not used is
 * bound all the same.
 *
 * Never stale: the execution is given tables of those columns and no others,
 * so that what it does follows from the key. It remains that it does what it
 * would do with all columns. So the statements are planned again, over views
 * of those columns alone: they must be understood, read the same, and give
 * columns of the same names and types. Where not, or where a scan is not
 * found in the plan, or where anything fails, all columns count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/base/json.h"
#include "runner/duckdb_job.h"

/* What the statements read, and the columns of the last one's rows. */
struct look {
	bool **read; /* a place per input and column */
	const char **words; /* a name, a type, and so on */
	size_t n_words, cap_words;
	size_t scans; /* found in the plan looked at */
	bool is_lost; /* a plan has fewer scans than the statement had */
};

static int look_init(struct duckdb_job *job, struct look *l, struct error *err)
{
	size_t i;

	l->read = arena_array(&job->arena, job->n_inputs, sizeof(*l->read));
	if (l->read == NULL)
		return error_memory(err);
	for (i = 0; i < job->n_inputs; i++) {
		l->read[i] = arena_array(&job->arena, job->inputs[i].n_columns,
		    sizeof(**l->read));
		if (l->read[i] == NULL)
			return error_memory(err);
	}
	return 0;
}

/* "c12" */
static void mark(const struct duckdb_job *job, struct look *l, size_t input,
    const char *name)
{
	char *end;
	size_t c = *name == 'c' ? strtoul(name + 1, &end, 10) : 0;

	if (*name != 'c' || *end != '\0' || c >= job->inputs[input].n_columns)
		return;
	l->read[input][c] = true;
}

/* "Projections" is one name or an array of them. */
static void mark_all(const struct duckdb_job *job, struct look *l, size_t input,
    const json_t *names)
{
	const json_t *name;
	size_t i;

	if (json_is_string(names))
		mark(job, l, input, json_string_value(names));
	json_array_foreach(names, i, name)
		mark(job, l, input, json_string_value(name));
}

static void walk(const struct duckdb_job *job, struct look *l,
    const json_t *plan)
{
	static const char ours[] = "sluice_part_";
	const json_t *info = json_object_get(plan, "extra_info"), *child;
	const char *name = json_str_or(info, "Function", "");
	size_t i, n = sizeof(ours) - 1;

	if (strncasecmp(name, ours, n) == 0) {
		size_t input = strtoul(name + n, NULL, 10);

		l->scans++;
		if (input < job->n_inputs)
			mark_all(job, l, input,
			    json_object_get(info, "Projections"));
	}
	json_array_foreach(json_object_get(plan, "children"), i, child)
		walk(job, l, child);
}

static int explain(struct duckdb_job *job, struct look *l,
    const struct sql_statement *s, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 }, text = { 0 };
	json_auto_t *plans = NULL;
	const json_t *plan;
	struct duckdb_place place;
	size_t i;
	int rc =
	    duckdb_piece(job, s, "EXPLAIN (FORMAT json) ", &sql, &place, err);

	place.is_users = false;
	l->scans = 0;
	job->binds = 0;
	if (rc == 0)
		rc = duckdb_ask(job, buf_bytes(&sql).p, place, 1, &text, err);
	if (rc)
		return rc;
	plans = json_loadb(text.p, text.n, 0, NULL);
	json_array_foreach(plans, i, plan)
		walk(job, l, plan);
	l->is_lost |= plans == NULL || l->scans < job->binds;
	return 0;
}

static int execute(struct duckdb_job *job, const struct sql_statement *s,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct duckdb_place place;
	int rc = duckdb_piece(job, s, "", &sql, &place, err);

	return rc
	    ? rc
	    : duckdb_execute(job, buf_bytes(&sql).p, place, false, NULL, err);
}

static int take_words(struct duckdb_job *job, struct look *l,
    duckdb_handle chunk, struct error *err)
{
	const struct duckdb_api *api = job->api;
	uint64_t i, n = 2 * api->data_chunk_get_size(chunk);

	for (i = 0; i < n; i++) {
		struct bytes text =
		    duckdb_text(api->vector_get_data(
		                    api->data_chunk_get_vector(chunk, i % 2)),
		        i / 2);

		l->words = arena_grow(&job->arena, l->words, l->n_words,
		    &l->cap_words, sizeof(*l->words));
		if (l->words == NULL)
			return error_memory(err);
		l->words[l->n_words] =
		    arena_strndup(&job->arena, text.p, text.n);
		if (l->words[l->n_words++] == NULL)
			return error_memory(err);
	}
	return 0;
}

/* Names and types of the rows. */
static int take_shape(struct duckdb_job *job, struct look *l,
    const struct sql_statement *s, struct error *err)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };
	struct duckdb_place place;
	const struct duckdb_api *api = job->api;
	struct duckdb_result result = { 0 };
	duckdb_handle chunk;
	int rc = duckdb_piece(job, s, "DESCRIBE ", &sql, &place, err);

	place.is_users = false;
	if (rc == 0)
		rc = duckdb_execute(job, buf_bytes(&sql).p, place, false,
		    &result, err);
	while (rc == 0 && (chunk = api->fetch_chunk(result)) != NULL) {
		rc = take_words(job, l, chunk, err);
		api->destroy_data_chunk(&chunk);
	}
	api->destroy_result(&result);
	return rc;
}

static int look_at(struct duckdb_job *job, struct look *l, struct error *err)
{
	const struct sql_statement *s = job->body.statements;
	const struct sql_statement *last = s + job->body.n - 1;
	int rc = duckdb_make_views(job, err);

	for (; rc == 0 && s < last; s++) {
		if (s->kind == STATEMENT_TABLE)
			rc = explain(job, l, s, err);
		if (rc == 0)
			rc = execute(job, s, err);
	}
	if (rc == 0 && (rc = take_shape(job, l, last, err)) == 0)
		rc = explain(job, l, last, err);
	return rc;
}

/* All that a look made is gone behind it. */
static int look_and_undo(struct duckdb_job *job, struct look *l,
    struct error *err)
{
	struct error undo = { 0 };
	int rc = look_init(job, l, err);

	if (rc || (rc = duckdb_do(job, "BEGIN TRANSACTION", err)))
		return rc;
	rc = look_at(job, l, err);
	if (duckdb_do(job, "ROLLBACK", &undo) && rc == 0) {
		*err = undo;
		rc = undo.code;
	}
	return rc;
}

static void mark_words(struct duckdb_job *job, bool **read)
{
	size_t pos = 0, i, c;
	struct sql_token t;

	while ((t = duckdb_next(job->text, &pos)).kind != SQL_END) {
		struct arena a = { 0 };
		const char *word = t.kind == SQL_WORD || t.kind == SQL_NAME
		    ? sql_text(&a, job->text, t)
		    : NULL;

		for (i = 0; word != NULL && i < job->n_inputs; i++) {
			c = engine_find_column(&job->inputs[i], word);
			if (c < job->inputs[i].n_columns)
				read[i][c] = true;
		}
		arena_clear(&a);
	}
}

static bool is_same(const struct duckdb_job *job, const struct look *a,
    const struct look *b)
{
	size_t i, c;

	if (a->is_lost || b->is_lost || a->n_words != b->n_words)
		return false;
	for (i = 0; i < a->n_words; i++)
		if (strcmp(a->words[i], b->words[i]) != 0)
			return false;
	for (i = 0; i < job->n_inputs; i++)
		for (c = 0; c < job->inputs[i].n_columns; c++)
			if (a->read[i][c] != b->read[i][c])
				return false;
	return true;
}

static void mark_given(struct duckdb_job *job, bool **read)
{
	size_t i, c;

	for (i = 0; i < job->n_inputs; i++)
		for (c = 0; c < job->inputs[i].n_columns; c++)
			job->inputs[i].read[c] = read == NULL || read[i][c];
}

static int turn_off_optimizers(struct duckdb_job *job, struct error *err)
{
	struct duckdb_place nowhere = { .at = ENGINE_NO_PLACE };
	CLEANUP(buf_clear) struct buf sql = { 0 }, names = { 0 };
	int rc = duckdb_ask(job,
	    "SELECT string_agg(name, ',') FROM duckdb_optimizers() "
	    "WHERE name <> 'unused_columns'",
	    nowhere, 0, &names, err);

	buf_printf(&sql, "SET disabled_optimizers = '%s'",
	    rc || names.n == 0 ? "" : names.p);
	if (rc || (rc = buf_check(&sql, err)))
		return rc;
	return duckdb_do(job, buf_bytes(&sql).p, err);
}

static int find(struct duckdb_job *job, bool *is_known, struct error *err)
{
	struct look all = { 0 }, again = { 0 };
	bool **read;
	size_t i;
	int rc;

	*is_known = false;
	if ((rc = turn_off_optimizers(job, err)) ||
	    (rc = look_and_undo(job, &all, err)))
		return rc;
	read = arena_array(&job->arena, job->n_inputs, sizeof(*read));
	for (i = 0; read != NULL && i < job->n_inputs; i++) {
		size_t n = job->inputs[i].n_columns;

		read[i] = arena_array(&job->arena, n, sizeof(**read));
		if (read[i] == NULL)
			read = NULL;
		else
			memcpy(read[i], all.read[i], n * sizeof(**read));
	}
	if (read == NULL)
		return error_memory(err);
	mark_words(job, read);
	mark_given(job, read);
	rc = look_and_undo(job, &again, err);
	*is_known = rc == 0 && is_same(job, &all, &again);
	return rc;
}

int duckdb_find_columns(struct duckdb_job *job, struct error *err)
{
	struct error why = { 0 };
	bool is_known;
	int rc;

	mark_given(job, NULL);
	rc = find(job, &is_known, &why);
	if (rc == ERROR_NODE && job->failure != FAILURE_SQL &&
	    job->failure != FAILURE_NONE) {
		*err = why;
		return rc;
	}
	if (rc && rc != ERROR_NODE)
		return error_set(err, why.code, "%s", why.msg);
	if (!is_known)
		mark_given(job, NULL);
	return 0;
}

/* Whether columns may be taken by a pattern of their names: COLUMNS('a.*'),
 * * LIKE 'a%'. */
static bool has_pattern(struct bytes text)
{
	static const char *const words[] = { "LIKE", "ILIKE", "GLOB", "SIMILAR",
		"NOT" };
	struct sql_token t;
	bool is_behind_star = false;
	size_t pos = 0, i;

	while ((t = duckdb_next(text, &pos)).kind != SQL_END) {
		if (sql_is(text, t, "COLUMNS"))
			return true;
		for (i = 0; is_behind_star && i < ARRAY_LEN(words); i++)
			if (sql_is(text, t, words[i]))
				return true;
		is_behind_star = sql_is_char(text, t, '*');
	}
	return false;
}

/* A type that no table holds is not known; nor is that of a NULL. */
static int reply_gives(struct duckdb_job *job, const struct look *l,
    json_t *reply, struct error *err)
{
	size_t i, n = l->n_words / 2;
	struct column *columns = arena_array(&job->arena, n, sizeof(*columns));
	json_t *array = NULL;
	int rc;

	if (columns == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		union {
			const char *kept;
			char *name;
		} u = { l->words[2 * i] };
		struct duckdb_out out;

		columns[i].name = u.name;
		if (duckdb_type_of(l->words[2 * i + 1], &out))
			columns[i].type = out.type;
	}
	rc = columns_to_json(columns, n, &array, err);
	if (rc)
		return rc;
	return json_object_set_new(reply, "gives", array) ||
	        json_object_set_new(reply, "star",
	            json_boolean(has_pattern(job->text)))
	    ? error_memory(err)
	    : 0;
}

int duckdb_find_gives(struct duckdb_job *job, json_t *reply, struct error *err)
{
	struct look l = { 0 };
	int rc;

	if (duckdb_is_several(job->text))
		return 0;
	mark_given(job, NULL);
	rc = look_and_undo(job, &l, err);
	return rc ? rc : reply_gives(job, &l, reply, err);
}
