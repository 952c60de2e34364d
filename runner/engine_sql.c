/* engine_sql: see engine_sql.h. */
#include "runner/engine_sql.h"

#include <string.h>
#include <strings.h>

#include "cache/base/file.h"
#include "cache/base/text.h"

static int parse_parts(struct arena *a, const json_t *array,
    const struct engine_job *from, size_t *next, struct engine_input *in,
    struct error *err)
{
	size_t i;

	in->n_parts = json_array_size(array);
	in->parts = arena_array(a, in->n_parts, sizeof(*in->parts));
	if (in->parts == NULL)
		return error_memory(err);
	for (i = 0; i < in->n_parts; i++) {
		const json_t *part = json_array_get(array, i);
		json_int_t bytes, rows;
		int rc;

		if ((rc = json_get_int(part, "bytes", &bytes, err)) ||
		    (rc = json_get_int(part, "rows", &rows, err)))
			return rc;
		if (*next >= from->n_parts)
			return error_set(err, ERROR_CORRUPT,
			    "the request has more parts than descriptors");
		in->parts[i] = (struct engine_part){ (uint64_t)bytes,
			(uint64_t)rows, from->parts[(*next)++] };
	}
	return 0;
}

static int parse_input(struct arena *a, const json_t *from,
    struct engine_input *in, struct error *err)
{
	int rc;

	if ((rc = json_get_str(from, "name", &in->name, err)) ||
	    (rc = columns_parse(json_object_get(from, "columns"), &in->columns,
	         &in->n_columns, err)))
		return rc;
	in->table = in->name;
	in->is_ordered = json_is_true(json_object_get(from, "ordered"));
	in->is_image = json_is_true(json_object_get(from, "image"));
	in->read = arena_array(a, in->n_columns, sizeof(*in->read));
	return in->read ? 0 : error_memory(err);
}

int engine_inputs_parse(struct arena *a, const struct engine_job *from,
    struct engine_input **out, size_t *n, struct error *err)
{
	const json_t *array = json_object_get(from->request, "inputs");
	struct engine_input *inputs =
	    arena_array(a, json_array_size(array), sizeof(*inputs));
	size_t i, next = 0;
	int rc = 0;

	*out = inputs;
	*n = 0;
	if (inputs == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < json_array_size(array); i++) {
		const json_t *in = json_array_get(array, i);

		++*n;
		if ((rc = parse_input(a, in, &inputs[i], err)) == 0)
			rc = parse_parts(a, json_object_get(in, "parts"), from,
			    &next, &inputs[i], err);
	}
	return rc;
}

void engine_inputs_clear(struct engine_input *inputs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		columns_free(inputs[i].columns, inputs[i].n_columns);
}

/* What was seen last of a body: three tokens make schema.table. */
struct seen {
	const char *schema, *word; /* before the dot; behind it */
	bool has_dot;
};

/* The words before and behind the dot of a body's names, one after another,
 * as x.y or as one name "x.y". */
static int see(struct arena *a, struct bytes body, struct sql_token t,
    struct seen *s, struct error *err)
{
	if (t.kind != SQL_WORD && t.kind != SQL_NAME) {
		s->has_dot = s->word != NULL && sql_is_char(body, t, '.');
		if (!s->has_dot)
			s->word = NULL;
		return 0;
	}
	s->schema = s->has_dot ? s->word : NULL;
	s->has_dot = false;
	s->word = sql_text(a, body, t);
	return s->word ? 0 : error_memory(err);
}

/* Whether the body has the input's name as schema.table, and nowhere as one
 * name. */
static int is_qualified(const struct engine_input *in, const char *schema,
    const struct sql_dialect *dialect, struct bytes body, bool *out,
    struct error *err)
{
	struct arena a = { 0 };
	struct seen s = { 0 };
	struct sql_token t;
	bool is_whole = false;
	size_t pos = 0;
	int rc = 0;

	*out = false;
	while (rc == 0 && (t = dialect->next(body, &pos)).kind != SQL_END) {
		rc = see(&a, body, t, &s, err);
		if (rc || s.has_dot || s.word == NULL)
			continue;
		is_whole |= strcasecmp(s.word, in->name) == 0;
		*out |= s.schema != NULL && strcasecmp(s.schema, schema) == 0 &&
		    strcasecmp(s.word, in->name + strlen(schema) + 1) == 0;
	}
	*out &= !is_whole;
	arena_clear(&a);
	return rc;
}

int engine_qualify_inputs(struct arena *a, struct engine_input *inputs,
    size_t n, const struct sql_dialect *dialect, struct bytes body,
    struct error *err)
{
	struct engine_input *in;

	for (in = inputs; in < inputs + n; in++) {
		const char *dot = strchr(in->name, '.');
		char *schema;
		bool found;
		int rc;

		if (dot == NULL || dot == in->name || dot[1] == '\0' ||
		    strchr(dot + 1, '.') != NULL)
			continue;
		schema = arena_strndup(a, in->name, (size_t)(dot - in->name));
		if (schema == NULL)
			return error_memory(err);
		if ((rc = is_qualified(in, schema, dialect, body, &found, err)))
			return rc;
		if (!found)
			continue;
		in->schema = schema;
		in->table = dot + 1;
	}
	return 0;
}

struct engine_input *engine_find_input(struct engine_input *inputs, size_t n,
    const char *schema, const char *table)
{
	struct engine_input *in;

	for (in = inputs; in < inputs + n; in++)
		if (strcasecmp(in->table, table) == 0 &&
		    (schema == NULL ||
		        strcasecmp(in->schema ? in->schema : "main", schema) ==
		            0))
			return in;
	return NULL;
}

size_t engine_find_column(const struct engine_input *in, const char *name)
{
	size_t i;

	for (i = 0; i < in->n_columns; i++)
		if (strcasecmp(in->columns[i].name, name) == 0)
			break;
	return i;
}

void engine_mark_read(struct engine_input *inputs, size_t n,
    const json_t *request)
{
	const json_t *array = json_object_get(request, "inputs");
	size_t i, j;

	for (i = 0; i < n; i++) {
		struct engine_input *in = &inputs[i];
		const json_t *names =
		    json_object_get(json_array_get(array, i), "read");
		const json_t *name;

		for (j = 0; names == NULL && j < in->n_columns; j++)
			in->read[j] = true;
		json_array_foreach(names, j, name) {
			const char *s = json_string_value(name);
			size_t c =
			    s ? engine_find_column(in, s) : in->n_columns;

			if (c < in->n_columns)
				in->read[c] = true;
		}
	}
}

void engine_list_inputs(const struct engine_input *inputs, size_t n,
    struct buf *out)
{
	size_t i;

	buf_add_str(out, n ? "; the inputs are" : "; the node has no @depend");
	for (i = 0; i < n && i < 12; i++)
		buf_printf(out, "%s %s", i ? "," : "", inputs[i].name);
	if (i < n)
		buf_add_str(out, ", ...");
}

void engine_add_nearest(const struct engine_input *inputs, size_t n,
    const char *name, struct buf *out)
{
	const struct engine_input *in = inputs;
	const char *dot = strrchr(name, '.');
	size_t i;

	name = dot ? dot + 1 : name;
	for (; in < inputs + n; in++)
		for (i = 0; i < in->n_columns; i++) {
			const char *column = in->columns[i].name;

			if (text_nearest(name, &column, 1) == NULL)
				continue;
			buf_printf(out, "; did you mean %s of %s?", column,
			    in->name);
			return;
		}
}

void engine_add_name(struct buf *out, const char *name)
{
	buf_add_char(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *name);
	}
	buf_add_char(out, '"');
}

void engine_add_input(struct buf *out, const struct engine_input *in,
    const char *own)
{
	engine_add_name(out, in->schema ? in->schema : own);
	buf_add_char(out, '.');
	engine_add_name(out, in->table);
}

void engine_place(struct bytes body, int body_line, size_t at,
    struct error *err)
{
	int line = body_line > 0 ? body_line : 1;
	size_t i, start = 0;

	if (at == ENGINE_NO_PLACE || err->line != 0)
		return;
	for (i = 0; i < at && i < body.n; i++)
		if (body.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	err->line = line;
	err->col = (int)(i - start) + 1;
}

/* Years begin in March, so that the leap day is the last of its year. */
int64_t engine_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t months = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * months + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

int engine_date(const char *text, int64_t *days, struct error *err)
{
	int number[3] = { 0 }, i, part = 0;

	for (i = 0; i < 10 && text[i] != '\0'; i++) {
		bool is_dash = i == 4 || i == 7;

		if (is_dash ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			break;
		if (is_dash)
			part++;
		else
			number[part] = number[part] * 10 + (text[i] - '0');
	}
	if (i < 10 || text[i] != '\0' || number[0] < 1 || number[1] < 1 ||
	    number[1] > 12 || number[2] < 1 || number[2] > 31)
		return error_set(err, ERROR_CORRUPT,
		    "the request's date is not YYYY-MM-DD");
	*days = engine_days(number[0], number[1], number[2]);
	return 0;
}

int engine_early(const struct engine_job *from)
{
	return json_is_true(json_object_get(from->request, "early"))
	    ? from->control
	    : -1;
}

int engine_tell_early(int early, const struct column *columns, size_t n,
    uint64_t bytes, struct error *err)
{
	json_auto_t *message = NULL;
	json_t *array = NULL;
	int rc;

	if (early < 0)
		return 0;
	if ((rc = columns_to_json(columns, n, &array, err)))
		return rc;
	message = json_pack("{s:o,s:I}", "columns", array, "early",
	    (json_int_t)bytes);
	return message ? protocol_tell(early, message, err) : error_memory(err);
}

int engine_reply_failure(const struct engine_job *job,
    enum failure_class failure, const struct error *why, json_t *reply,
    struct error *err)
{
	const char *file = json_str_or(job->request, "file", "");
	struct error placed = *why;
	char text[1400];
	size_t n;

	if (*file != '\0' && why->line > 0)
		error_place(&placed, file, why->line, why->col);
	error_print(&placed, text, sizeof(text) - 1);
	n = strlen(text);
	text[n++] = '\n';
	if (json_object_set_new(reply, "status", json_string("failed")) ||
	    json_object_set_new(reply, "failure",
	        json_string(failure_name(failure))) ||
	    json_object_set_new(reply, "message", json_words(why->msg)) ||
	    json_object_set_new(reply, "line", json_integer(why->line)) ||
	    json_object_set_new(reply, "col", json_integer(why->col)))
		return error_memory(err);
	return job->log < 0
	    ? 0
	    : file_write_fd(job->log, (struct bytes){ text, n }, err);
}

int engine_reply_read(const struct engine_input *inputs, size_t n,
    json_t *reply, struct error *err)
{
	json_t *read = json_object();
	size_t i, c;
	int rc = json_object_set_new(reply, "read", read);

	for (i = 0; rc == 0 && i < n; i++) {
		const struct engine_input *in = &inputs[i];
		json_t *names = json_array();

		rc = json_object_set_new(read, in->name, names);
		for (c = 0; rc == 0 && c < in->n_columns; c++)
			if (in->read[c])
				rc = json_array_append_new(names,
				    json_string(in->columns[c].name));
	}
	return rc ? error_memory(err) : 0;
}
