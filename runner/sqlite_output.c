/* sqlite_output: a query's rows as CSV records, in the canonical text of each
 * column's type.
 *
 * A column that comes from an input has that input's type. Where it comes
 * from an expression, or where a value does not fit (the second SELECT of a
 * UNION gives what it likes), its type is known from all values, at the end
 * alone. So each value is written as its own kind at once, and only where the
 * end shows it otherwise (an integer in a column of reals), the text is
 * written a second time, from itself, behind the first: who takes rows early
 * may be reading that. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/file.h"
#include "cache/number.h"
#include "cache/record.h"
#include "runner/engine_rows.h"
#include "runner/sqlite_job.h"

enum {
	NUMBER_ROOM = 48, /* for the text of an integer, a real */
	DECIMAL_ROOM = 400, /* of a double with all its digits */
	PIECE = 1 << 20, /* bytes written at once */
};

struct out_column {
	struct type declared;
	bool fits; /* all values so far fit the declared type */
	uint64_t misfit; /* the row of the first that does not */
	bool has_integer, has_real, has_text;
	bool is_inexact; /* some integer is no double */
};

struct output {
	struct sqlite_job *job;
	sqlite3_stmt *stmt;
	size_t at; /* of the statement */
	int out;
	bool may_mix; /* see sqlite_may_mix() */
	struct out_column *columns;
	struct column *named; /* the same, as they are told */
	struct field *fields;
	char (*numbers)[NUMBER_ROOM]; /* a place per column */
	size_t n;
	uint64_t rows;
	struct buf text; /* what is not written yet */
	uint64_t written, from; /* bytes; where the rows begin */
	uint64_t most; /* bytes of text */
};

int sqlite_check_names(struct sqlite_job *job, sqlite3_stmt *stmt, size_t at,
    struct error *err)
{
	int i, j, n = sqlite3_column_count(stmt);

	for (i = 0; i < n; i++) {
		const char *name = sqlite3_column_name(stmt, i);

		if (name == NULL)
			return error_memory(err);
		if (*name == '\0')
			return sqlite_fail(job, FAILURE_OUTPUT, at, err,
			    "column %d has an empty name: give it one with AS",
			    i + 1);
		for (j = 0; j < i; j++)
			if (strcmp(name, sqlite3_column_name(stmt, j)) == 0)
				return sqlite_fail(job, FAILURE_OUTPUT, at, err,
				    "columns %d and %d are both named %s: give "
				    "one another name with AS, or leave it out",
				    j + 1, i + 1, name);
	}
	return 0;
}

static void does_not_fit(struct output *o, struct out_column *c)
{
	if (c->fits)
		c->misfit = o->rows;
	c->fits = false;
}

/* Writes v to where there is room for a number; the length. */
static size_t put_integer(struct output *o, struct out_column *c, int64_t v,
    char *out)
{
	double real = (double)v;

	c->has_integer = true;
	if (real >= 0x1p63 || (int64_t)real != v)
		c->is_inexact = true;
	if (c->fits && c->declared.kind == TYPE_BOOLEAN && (v == 0 || v == 1)) {
		memcpy(out, v ? "true" : "false", 6 - (size_t)v);
		return 5 - (size_t)v;
	}
	if (c->declared.kind != TYPE_INTEGER)
		does_not_fit(o, c);
	return engine_print_integer(v, out);
}

/* v with the type's decimals, where that reads back as v. */
static bool print_decimal(const struct type *t, double v, char *out, size_t *n)
{
	char text[DECIMAL_ROOM];
	int len = snprintf(text, sizeof(text), "%.*f", t->scale, v);
	bool negative = text[0] == '-';
	int digits = len - negative - (t->scale > 0);

	if (len < 0 || len >= NUMBER_ROOM || digits > t->precision + 1 ||
	    (digits > t->precision && text[negative] != '0') ||
	    real_value(text, (size_t)len) != v)
		return false;
	if (v == 0 && negative)
		memmove(text, text + 1, (size_t)len--);
	memcpy(out, text, (size_t)len);
	*n = (size_t)len;
	return true;
}

static size_t put_real(struct output *o, struct out_column *c, double v,
    char *out)
{
	size_t n;

	c->has_real = true;
	if (c->fits && c->declared.kind == TYPE_DECIMAL &&
	    print_decimal(&c->declared, v, out, &n))
		return n;
	if (c->declared.kind != TYPE_REAL)
		does_not_fit(o, c);
	real_print(v, out);
	return strlen(out);
}

/* Whether a text is a value of the type, written as the type writes it. */
static bool is_canonical(const struct type *t, struct field f)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	struct field out = { 0 };

	return type_canonical(t, f, &scratch, &out, NULL) == 0 &&
	    out.n == f.n && memcmp(out.p, f.p, f.n) == 0;
}

/* A column of an input gives values of its type; where other SELECTs add
 * theirs to it, each is looked at. */
static bool text_fits(const struct type *t, struct field f, bool may_mix)
{
	switch (t->kind) {
	case TYPE_TEXT:
	case TYPE_JSON:
		return true;
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return !may_mix || is_canonical(t, f);
	default:
		return false;
	}
}

static int put_text(struct output *o, size_t i, sqlite3_value *value,
    struct error *err)
{
	struct out_column *c = &o->columns[i];
	const char *p = (const char *)sqlite3_value_text(value);
	struct field f = { p, (size_t)sqlite3_value_bytes(value), false };

	if (p == NULL)
		return sqlite_failed(o->job, SQLITE_NOMEM, o->at, err);
	if (memchr(p, '\0', f.n) != NULL ||
	    text_utf8_error((struct bytes){ p, f.n }) != f.n)
		return sqlite_fail(o->job, FAILURE_OUTPUT, o->at, err,
		    "row %" PRIu64 ", column %s: a text with a zero byte, or "
		    "that is not UTF-8",
		    o->rows, sqlite3_column_name(o->stmt, (int)i));
	c->has_text = true;
	if (c->fits && !text_fits(&c->declared, f, o->may_mix))
		does_not_fit(o, c);
	if (buf_reserve(&o->text, 2 * f.n + 3))
		o->text.n = (size_t)(csv_put_field(o->text.p + o->text.n, &f) -
		    o->text.p);
	return 0;
}

/* One value; behind it there is room for a byte, unless the text failed. */
static int put_value(struct output *o, size_t i, struct error *err)
{
	sqlite3_value *value = sqlite3_column_value(o->stmt, (int)i);
	struct out_column *c = &o->columns[i];
	char *out;

	if (!buf_reserve(&o->text, NUMBER_ROOM))
		return 0;
	out = o->text.p + o->text.n;
	switch (sqlite3_value_type(value)) {
	case SQLITE_NULL:
		return 0;
	case SQLITE_INTEGER:
		o->text.n += put_integer(o, c, sqlite3_value_int64(value), out);
		return 0;
	case SQLITE_FLOAT:
		o->text.n += put_real(o, c, sqlite3_value_double(value), out);
		return 0;
	case SQLITE_TEXT:
		return put_text(o, i, value, err);
	default:
		return sqlite_fail(o->job, FAILURE_OUTPUT, o->at, err,
		    "row %" PRIu64 ", column %s: a BLOB, which no "
		    "table holds; write hex(...) or CAST(... AS TEXT)",
		    o->rows, sqlite3_column_name(o->stmt, (int)i));
	}
}

static int add_row(struct output *o, struct error *err)
{
	size_t i;
	int rc;

	o->rows++;
	for (i = 0; i < o->n; i++) {
		if ((rc = put_value(o, i, err)))
			return rc;
		if (o->text.failed)
			break;
		o->text.p[o->text.n++] = i + 1 < o->n ? ',' : '\n';
	}
	if (o->text.failed || o->written + o->text.n > o->most)
		return sqlite_fail(o->job, FAILURE_MEMORY, o->at, err,
		    "the rows do not fit the memory limit (@memory)");
	return 0;
}

static int flush(struct output *o, struct error *err)
{
	int rc =
	    o->out >= 0 ? file_write_fd(o->out, buf_bytes(&o->text), err) : 0;

	o->written += o->text.n;
	buf_reset(&o->text);
	return rc;
}

bool sqlite_may_mix(struct bytes text)
{
	static const char *const words[] = { "UNION", "VALUES", "RIGHT",
		"FULL" };
	size_t pos = 0, i;
	struct sql_token t;

	while ((t = sql_next(text, &pos)).kind != SQL_END)
		for (i = 0; i < ARRAY_LEN(words); i++)
			if (sql_is(text, t, words[i]))
				return true;
	return false;
}

static int describe(struct output *o, struct error *err)
{
	struct arena *a = &o->job->arena;
	uint64_t used = (uint64_t)sqlite3_memory_used();
	size_t i;
	int rc;

	if ((rc = sqlite_check_names(o->job, o->stmt, o->at, err)))
		return rc;
	o->n = (size_t)sqlite3_column_count(o->stmt);
	o->columns = arena_array(a, o->n, sizeof(*o->columns));
	o->named = arena_array(a, o->n, sizeof(*o->named));
	o->fields = arena_array(a, o->n, sizeof(*o->fields));
	o->numbers = arena_array(a, o->n, sizeof(*o->numbers));
	if (o->columns == NULL || o->named == NULL || o->fields == NULL ||
	    o->numbers == NULL)
		return error_memory(err);
	o->may_mix = sqlite_may_mix(o->job->text);
	o->most = STORE_BLOB_MAX;
	if (o->job->memory_bytes > 0 && o->job->memory_bytes < o->most + used)
		o->most = o->job->memory_bytes > used
		    ? o->job->memory_bytes - used
		    : 0;
	for (i = 0; i < o->n; i++) {
		struct out_column *c = &o->columns[i];

		c->declared = sqlite_column_type(o->job, o->stmt, (int)i);
		c->fits = c->declared.kind != TYPE_NONE;
		o->named[i].name =
		    arena_strdup(a, sqlite3_column_name(o->stmt, (int)i));
		if (o->named[i].name == NULL)
			return error_memory(err);
	}
	return 0;
}

static struct type final_type(const struct out_column *c)
{
	struct type t = { .kind = TYPE_TEXT };

	if (c->fits)
		return c->declared;
	if (c->has_real && !c->has_text && !(c->has_integer && c->is_inexact))
		t.kind = TYPE_REAL;
	else if (c->has_integer && !c->has_text && !c->has_real)
		t.kind = TYPE_INTEGER;
	return t;
}

/* Whether the column's text is to be written again: integers among reals, and
 * what was written in a declared form that the column did not keep. */
static bool needs_again(const struct out_column *c)
{
	bool had_form = c->declared.kind == TYPE_BOOLEAN ||
	    c->declared.kind == TYPE_DECIMAL;

	return (!c->fits && had_form && c->misfit > 1) ||
	    (final_type(c).kind == TYPE_REAL && c->has_integer);
}

static void write_again(const struct out_column *c, uint64_t row,
    struct field *f, char *room)
{
	bool had_form = !c->fits && row < c->misfit;
	bool is_real = final_type(c).kind == TYPE_REAL;

	if (f->null)
		return;
	if (had_form && c->declared.kind == TYPE_BOOLEAN)
		*f = (struct field){ f->n == 4 ? "1" : "0", 1, false };
	if (is_real || (had_form && c->declared.kind == TYPE_DECIMAL)) {
		real_print(real_value(f->p, f->n), room);
		*f = (struct field){ room, strlen(room), false };
	}
}

/* All rows once more, behind those that are written. */
static int write_all_again(struct output *o, struct bytes text,
    struct error *err)
{
	struct record_scan scan = { .text = text, .n_fields = o->n };
	size_t i;
	int rc;

	while ((rc = record_next(&scan, o->fields, err)) > 0) {
		for (i = 0; i < o->n; i++)
			if (needs_again(&o->columns[i]))
				write_again(&o->columns[i], scan.n,
				    &o->fields[i], o->numbers[i]);
		csv_add_record(&o->text, o->fields, o->n);
		rc = o->text.n < PIECE ? buf_check(&o->text, err)
		                       : flush(o, err);
		if (rc)
			break;
	}
	record_clear(&scan);
	return rc;
}

static int settle(struct output *o, struct error *err)
{
	CLEANUP(file_map_clear) struct file_map map = { 0 };
	bool needs = false;
	size_t i;
	int rc = flush(o, err);

	for (i = 0; i < o->n; i++)
		needs = needs || needs_again(&o->columns[i]);
	if (rc || !needs || o->out < 0)
		return rc;
	if ((rc = file_map_fd(o->out, &map, err)))
		return rc;
	o->from = o->written;
	if ((rc = write_all_again(o, map.data, err)))
		return rc;
	return flush(o, err);
}

/* Whether anything is known of each column's type. */
static bool is_known(const struct output *o)
{
	const struct out_column *c = o->columns;

	for (; c < o->columns + o->n; c++)
		if (!c->fits && !c->has_integer && !c->has_real && !c->has_text)
			return false;
	return true;
}

/* The columns, of the types that the rows so far make them. */
static const struct column *name_types(struct output *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		o->named[i].type = final_type(&o->columns[i]);
	return o->named;
}

static int write_piece(struct output *o, struct error *err)
{
	int rc = flush(o, err);

	if (rc || !is_known(o))
		return rc;
	return engine_tell_early(o->job->early, name_types(o), o->n, o->written,
	    err);
}

static int report(struct output *o, json_t *reply, struct error *err)
{
	json_t *array = NULL;
	int rc = columns_to_json(name_types(o), o->n, &array, err);

	if (rc)
		return rc;
	if (json_object_set_new(reply, "columns", array) ||
	    json_object_set_new(reply, "rows",
	        json_integer((json_int_t)o->rows)) ||
	    (o->from > 0 &&
	        json_object_set_new(reply, "from",
	            json_integer((json_int_t)o->from))))
		return error_memory(err);
	return 0;
}

static int write_all(struct output *o, json_t *reply, struct error *err)
{
	int rc, step;

	if ((rc = describe(o, err)))
		return rc;
	while ((step = sqlite3_step(o->stmt)) == SQLITE_ROW) {
		if ((rc = add_row(o, err)) ||
		    (o->text.n >= PIECE && (rc = write_piece(o, err))))
			return rc;
	}
	if (step != SQLITE_DONE)
		return sqlite_failed(o->job, step, o->at, err);
	rc = settle(o, err);
	return rc ? rc : report(o, reply, err);
}

int sqlite_write(struct sqlite_job *job, sqlite3_stmt *stmt, int out,
    json_t *reply, struct error *err)
{
	struct output o = { .job = job,
		.stmt = stmt,
		.out = out,
		.at = job->body.statements[job->body.n - 1].from };
	int rc = write_all(&o, reply, err);

	buf_clear(&o.text);
	return rc;
}
