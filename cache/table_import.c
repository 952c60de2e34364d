/* table_import: CSV text into a table (table.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/json.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/store_derived.h"
#include "cache/table_build.h"

/* What the values of a column without declared type said so far, and the
 * first row behind numbers that was not such a number. */
struct guess {
	struct type_guess g;
	uint64_t not_integer_row, not_real_row;
};

enum {
	LOOK = 10000 /* rows that tell what the others will be */
};

struct import {
	const struct table_import *in;
	struct csv_reader **readers; /* of the texts */
	struct column *columns;
	size_t n;
	bool *is_inferred; /* a place per column, as in guesses */
	struct guess *guesses;
	struct table_notes *notes;
};

#define INFERRED "inferred"

void table_notes_clear(struct table_notes *n)
{
	mem_free(n->notes);
	*n = (struct table_notes){ 0 };
}

/* A note to be filled in; notes may be NULL, then it goes nowhere. */
static int add_note(struct table_notes *notes, const char *column, uint64_t row,
    const char *text, struct error *err)
{
	struct table_note *more;

	if (notes == NULL)
		return 0;
	more = mem_grow(notes->notes, notes->n, &notes->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	notes->notes = more;
	more += notes->n++;
	more->row = row;
	snprintf(more->column, sizeof(more->column), "%.127s", column);
	snprintf(more->text, sizeof(more->text), "%.159s", text);
	return 0;
}

static void place(const struct import *m, size_t text, int64_t line,
    struct error *err)
{
	const char *name = m->in->names ? m->in->names[text] : "CSV";

	if (err == NULL)
		return;
	if (err->line == 0 && line > 0)
		error_place(err, name, line < INT32_MAX ? (int)line : INT32_MAX,
		    1);
	else
		error_place(err, name, err->line, err->col);
}

static int open_text(const struct import *m, size_t i, struct csv_reader **out,
    struct error *err)
{
	int rc = csv_open(m->in->texts[i], &m->in->format, out, err);

	if (rc)
		place(m, i, 0, err);
	return rc;
}

/* Names that are given, all that the file has, and how often a name was given
 * (a place in counts, by column): the number to try next. Keys are in
 * folded. */
struct names {
	struct map taken, written, numbers;
	char **folded;
	size_t n, cap;
	size_t *counts;
};

static const char *keep(struct names *names, char *folded, struct error *err)
{
	char **more =
	    mem_grow(names->folded, names->n, &names->cap, sizeof(*more));

	if (more != NULL)
		names->folded = more;
	if (folded == NULL || more == NULL) {
		mem_free(folded);
		error_memory(err);
		return NULL;
	}
	more[names->n++] = folded;
	return folded;
}

static void names_clear(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		mem_free(names->folded[i]);
	mem_free(names->folded);
	map_clear(&names->taken);
	map_clear(&names->written);
	map_clear(&names->numbers);
	mem_free(names->counts);
}

/* base_2, or the next number that nobody has; *out is the caller's. count is
 * where the number is kept if base has none yet. */
static int next_name(struct names *names, struct bytes base, size_t *count,
    char **out, struct error *err)
{
	const char *key =
	    keep(names, text_fold(mem_strndup(base.p, base.n)), err);
	size_t *number;

	if (key == NULL)
		return ERROR_MEMORY;
	number = map_get(&names->numbers, key);
	if (number == NULL) {
		number = count;
		*number = 2;
		if (map_set(&names->numbers, key, number, err))
			return ERROR_MEMORY;
	}
	for (;;) {
		CLEANUP(buf_clear) struct buf name = { 0 };
		const char *folded;

		buf_printf(&name, "%s_%zu", base.p, (*number)++);
		if (buf_check(&name, err))
			return ERROR_MEMORY;
		folded =
		    keep(names, text_fold(mem_strndup(name.p, name.n)), err);
		if (folded == NULL)
			return ERROR_MEMORY;
		/* no other base and number make this name */
		if (map_has(&names->written, folded))
			continue;
		*out = buf_steal(&name);
		return map_set(&names->taken, folded, NULL, err);
	}
}

static int note_name(struct import *m, size_t at, bool was_empty,
    struct error *err)
{
	const char *name = m->columns[at].name;
	char text[160];

	if (was_empty)
		snprintf(text, sizeof(text),
		    "column %zu has no name; it is called %.80s", at + 1, name);
	else
		snprintf(text, sizeof(text),
		    "column %zu has the name of one before it; it is called "
		    "%.80s",
		    at + 1, name);
	return add_note(m->notes, name, 0, text, err);
}

/* The name of a column of an input: as written, or c1, or name_2. */
static int choose_name(struct import *m, struct names *names,
    const struct field *f, size_t at, struct error *err)
{
	CLEANUP(buf_clear) struct buf base = { 0 };
	char **name = &m->columns[at].name;
	bool is_free;
	const char *key;
	int rc;

	if (f->n > 0)
		buf_add(&base, f->p, f->n);
	else
		buf_printf(&base, "c%zu", at + 1);
	if (buf_check(&base, err))
		return ERROR_MEMORY;
	key = keep(names, text_fold(mem_strndup(base.p, base.n)), err);
	if (key == NULL)
		return ERROR_MEMORY;
	is_free = !map_has(&names->taken, key) &&
	    (f->n > 0 || !map_has(&names->written, key));
	if (!is_free) {
		rc = next_name(names, buf_bytes(&base), &names->counts[at],
		    name, err);
	} else {
		*name = buf_steal(&base);
		rc = map_set(&names->taken, key, NULL, err);
	}
	if (rc || (is_free && f->n > 0))
		return rc;
	return note_name(m, at, f->n == 0, err);
}

static int choose_names(struct import *m, const struct field *header,
    struct error *err)
{
	struct names names = { 0 };
	size_t i;
	int rc = 0;

	names.counts = mem_array(m->n, sizeof(*names.counts));
	if (names.counts == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < m->n; i++) {
		const char *key = keep(&names,
		    text_fold(mem_strndup(header[i].p, header[i].n)), err);

		rc = key ? map_set(&names.written, key, NULL, err)
		         : ERROR_MEMORY;
	}
	for (i = 0; rc == 0 && i < m->n; i++)
		rc = choose_name(m, &names, &header[i], i, err);
	names_clear(&names);
	return rc;
}

/* As written: builders refuse what is not a name. */
static int copy_names(struct import *m, const struct field *header,
    struct error *err)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		m->columns[i].name = mem_strndup(header[i].p, header[i].n);
		if (m->columns[i].name == NULL)
			return error_memory(err);
	}
	return columns_check(m->columns, m->n, err);
}

static bool same_name(const struct field *a, const struct field *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* Two headers: the first text's, whose names are the table's, and another's,
 * whose names are not told: without a header they would be values. */
struct headers {
	const char *name; /* of the first text */
	const struct field *first, *other;
	size_t n_first, n_other;
};

enum {
	COMPARED = 1000 /* columns; above it only the first is told */
};

static bool is_in(const struct field *all, size_t n, const struct field *name)
{
	size_t i;

	for (i = 0; i < n && !same_name(&all[i], name); i++)
		;
	return i < n;
}

/* As much of a name as fits a sentence. */
static int shown(const struct field *name)
{
	return (int)text_cut((struct bytes){ name->p, name->n }, 128);
}

/* A column that the first one has and the other has not, or n_first. */
static size_t find_missing(const struct headers *h)
{
	size_t i;

	for (i = 0; i < h->n_first; i++)
		if (h->n_first > COMPARED ||
		    !is_in(h->other, h->n_other, &h->first[i]))
			break;
	return i;
}

static bool is_folded(const struct field *a, const struct field *b)
{
	size_t i;

	for (i = 0; i < a->n && a->n == b->n; i++) {
		const char x[] = { a->p[i], '\0' }, y[] = { b->p[i], '\0' };

		if (!text_eq_fold(x, y))
			break;
	}
	return i == a->n && i == b->n;
}

/* How they differ from column `at` (from 0) on. */
static int tell_difference(const struct headers *h, size_t at,
    struct error *err)
{
	static const char same[] = "files of one table have the same header";
	const size_t missing = find_missing(h);
	const struct field *name =
	    &h->first[missing < h->n_first ? missing : 0];

	if (at < h->n_first && at < h->n_other &&
	    is_folded(&h->first[at], &h->other[at]))
		return error_set(err, ERROR_SYNTAX,
		    "column %zu is '%.*s' in %.256s, here in other letters "
		    "(upper or lower case); %s",
		    at + 1, shown(&h->first[at]), h->first[at].p, h->name,
		    same);
	if (missing == h->n_first && h->n_other == h->n_first)
		return error_set(err, ERROR_SYNTAX,
		    "the columns are those of %.256s in another order, from "
		    "column %zu on; %s",
		    h->name, at + 1, same);
	if (missing == h->n_first)
		return error_set(err, ERROR_SYNTAX,
		    "the header has %zu columns, that of %.256s %zu; %s",
		    h->n_other, h->name, h->n_first, same);
	return error_set(err, ERROR_SYNTAX,
	    "there is no column '%.*s', which %.256s has; %s", shown(name),
	    name->p, h->name, same);
}

static int check_header(const struct import *m, size_t text,
    const struct field *first, struct csv_reader *r, struct error *err)
{
	struct headers h = {
		.name = m->in->names ? m->in->names[0] : "the first",
		.first = first,
		.n_first = m->n,
	};
	size_t i;

	csv_header(r, &h.other, &h.n_other);
	for (i = 0; i < h.n_other && i < m->n; i++)
		if (!same_name(&h.other[i], &first[i]))
			break;
	if (i == h.n_other && i == m->n)
		return 0;
	if (m->in->format.no_header)
		error_set(err, ERROR_SYNTAX,
		    "the rows have %zu columns, those of %.256s %zu; files of "
		    "one table have the same columns",
		    h.n_other, h.name, m->n);
	else
		tell_difference(&h, i, err);
	place(m, text, 1, err);
	return ERROR_SYNTAX;
}

static int read_headers(struct import *m, struct error *err)
{
	const struct field *header;
	size_t i;
	int rc;

	m->readers = mem_array(m->in->n_texts, sizeof(struct csv_reader *));
	if (m->readers == NULL)
		return error_memory(err);
	for (i = 0; i < m->in->n_texts; i++) {
		rc = open_text(m, i, &m->readers[i], err);
		if (rc)
			return rc;
	}
	csv_header(m->readers[0], &header, &m->n);
	m->columns = mem_array(m->n, sizeof(*m->columns));
	if (m->columns == NULL)
		return error_memory(err);
	rc = m->in->is_output ? copy_names(m, header, err)
	                      : choose_names(m, header, err);
	if (rc)
		place(m, 0, 1, err);
	for (i = 1; rc == 0 && i < m->in->n_texts; i++)
		rc = check_header(m, i, header, m->readers[i], err);
	return rc;
}

static size_t find(const struct import *m, const char *name)
{
	struct table t = { .columns = m->columns, .n_columns = m->n };

	return table_find_column(&t, name);
}

static int declare_types(struct import *m, const struct table_spec *spec,
    struct error *err)
{
	size_t i, c;

	for (i = 0; i < spec->n_columns; i++) {
		c = find(m, spec->columns[i].name);
		if (c == m->n)
			return error_set(err, ERROR_NODE,
			    "the schema names the column '%.128s', which the "
			    "table does not have",
			    spec->columns[i].name);
		m->columns[c].type = spec->columns[i].type;
	}
	for (i = 0; i < spec->n_pinned; i++) {
		c = find(m, spec->pinned[i].name);
		/* the builder pins what was declared, too */
		if (c < m->n && m->columns[c].type.kind == TYPE_NONE)
			m->columns[c].type = spec->pinned[i].type;
	}
	return 0;
}

static void guess_one(struct guess *g, const struct field *f, uint64_t row)
{
	bool any = g->g.any, not_integer = g->g.not_integer,
	     not_real = g->g.not_real;

	if (not_integer && not_real)
		return;
	type_guess_add(&g->g, f);
	if (any && !not_integer && g->g.not_integer)
		g->not_integer_row = row;
	if (any && !not_real && g->g.not_real)
		g->not_real_row = row;
}

static void guess_row(struct import *m, const struct field *fields,
    uint64_t row)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->is_inferred[i])
			guess_one(&m->guesses[i], &fields[i], row);
}

/* Up to most rows of a text; *is_all: it has no more. */
static int guess_text(struct import *m, size_t text, uint64_t most,
    uint64_t *row, bool *is_all, struct error *err)
{
	struct csv_reader *r = m->readers[text];
	const struct field *fields;
	uint64_t left = most;
	size_t n;
	int rc = 0;

	while (left > 0 && (rc = csv_next(r, &fields, &n, err)) > 0) {
		guess_row(m, fields, ++*row);
		left--;
	}
	if (rc < 0)
		place(m, text, 0, err);
	*is_all = rc == 0;
	csv_rewind(r);
	return rc < 0 ? rc : 0;
}

static int note_guess(struct import *m, size_t column, struct error *err)
{
	const struct guess *g = &m->guesses[column];
	const struct column *c = &m->columns[column];
	uint64_t row = 0;

	if (c->type.kind == TYPE_REAL)
		row = g->not_integer_row;
	else if (c->type.kind == TYPE_TEXT)
		row = g->not_real_row > g->not_integer_row ? g->not_real_row
		                                           : g->not_integer_row;
	if (row == 0)
		return 0;
	return add_note(m->notes, c->name, row,
	    c->type.kind == TYPE_REAL ? "real, integer up to this row"
	                              : "text, numbers up to this row",
	    err);
}

static int note_guesses(struct import *m, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < m->n; i++)
		if (m->is_inferred[i])
			rc = note_guess(m, i, err);
	return rc;
}

/* The columns get the types that the guesses tell. */
static void take_guesses(struct import *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->is_inferred[i])
			m->columns[i].type.kind =
			    type_guess_kind(&m->guesses[i].g);
}

/* Whether they still tell those. */
static bool are_guesses_kept(const struct import *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->is_inferred[i] &&
		    m->columns[i].type.kind !=
		        type_guess_kind(&m->guesses[i].g))
			return false;
	return true;
}

static void forget_guesses(struct import *m)
{
	memset(m->guesses, 0, m->n * sizeof(*m->guesses));
}

/* From all values of all texts. */
static int infer_types(struct import *m, struct error *err)
{
	bool is_all;
	uint64_t row = 0;
	size_t i;
	int rc = 0;

	forget_guesses(m);
	for (i = 0; rc == 0 && i < m->in->n_texts; i++)
		rc = guess_text(m, i, UINT64_MAX, &row, &is_all, err);
	take_guesses(m);
	return rc;
}

/* The rows of a text; guesses are made of them on the way, where row is not
 * NULL, and have to stay as they are. */
static int add_text(struct import *m, size_t text, struct table_build *b,
    uint64_t *row, struct error *err)
{
	struct csv_reader *r = m->readers[text];
	const struct field *fields;
	size_t n;
	int rc;

	while ((rc = csv_next(r, &fields, &n, err)) > 0) {
		if (row != NULL) {
			guess_row(m, fields, ++*row);
			if (*row % LOOK == 0 && !are_guesses_kept(m))
				return ERROR_NODE;
		}
		rc = table_build_add(b, fields, err);
		if (rc) {
			place(m, text, csv_line(r), err);
			return rc;
		}
	}
	if (rc)
		place(m, text, 0, err);
	return rc;
}

static int build(struct store *st, struct import *m,
    const struct table_spec *spec, uint64_t *row, struct table *out,
    struct error *err)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	struct table_spec typed = *spec;
	size_t i;
	int rc;

	typed.columns = m->columns;
	typed.n_columns = m->n;
	rc = table_build_open(st, &typed, &b, err);
	table_build_trust(b);
	for (i = 0; rc == 0 && i < m->in->n_texts; i++)
		rc = add_text(m, i, b, row, err);
	if (rc == 0 && row != NULL && !are_guesses_kept(m))
		rc = ERROR_NODE;
	return rc ? rc : table_build_finish(b, out, err);
}

/* What the first rows look like, the others mostly do: the table is built by
 * their types, and the guesses go on. true: all rows told the same, out is the
 * table. Whatever else there is, an error too, is left to the way that reads
 * all texts first; that is the twin. */
static bool build_at_once(struct store *st, struct import *m,
    const struct table_spec *spec, struct table *out)
{
	uint64_t row = 0;
	bool is_all;
	size_t i;

	if (guess_text(m, 0, LOOK, &row, &is_all, NULL) || is_all)
		return false;
	take_guesses(m);
	forget_guesses(m);
	row = 0;
	if (build(st, m, spec, &row, out, NULL) == 0)
		return true;
	for (i = 0; i < m->in->n_texts; i++)
		csv_rewind(m->readers[i]);
	return false;
}

/* Which columns have no declared type; whether there is one. */
static int find_inferred(struct import *m, bool *any, struct error *err)
{
	size_t i;

	*any = false;
	m->guesses = mem_array(m->n, sizeof(*m->guesses));
	m->is_inferred = mem_array(m->n, sizeof(*m->is_inferred));
	if (m->guesses == NULL || m->is_inferred == NULL)
		return error_memory(err);
	for (i = 0; i < m->n; i++) {
		m->is_inferred[i] = m->columns[i].type.kind == TYPE_NONE;
		*any |= m->is_inferred[i];
	}
	return 0;
}

static int build_table(struct store *st, struct import *m,
    const struct table_spec *spec, struct table *out, struct error *err)
{
	bool any;
	int rc = find_inferred(m, &any, err);

	if (rc)
		return rc;
	if (any && build_at_once(st, m, spec, out))
		return note_guesses(m, err);
	if (any && ((rc = infer_types(m, err)) || (rc = note_guesses(m, err))))
		return rc;
	return build(st, m, spec, NULL, out, err);
}

/* Which row decided each inferred type, for the report of the day when it is
 * another one. A remark: where it cannot be kept, nothing is lost. */
static void keep_rows(struct store *st, const struct table *t,
    const struct table_notes *notes)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const size_t failed = json_failures();
	json_auto_t *rows = json_object();
	size_t i;

	for (i = 0; notes != NULL && i < notes->n; i++)
		if (notes->notes[i].row > 0)
			json_object_set_new(rows, notes->notes[i].column,
			    json_integer((json_int_t)notes->notes[i].row));
	if (json_failures() == failed && json_object_size(rows) > 0 &&
	    json_print(rows, &text, NULL) == 0)
		(void)store_derived_put(st, &t->id, INFERRED, buf_bytes(&text),
		    NULL);
}

int table_inferred_row(struct store *st, const struct digest *table,
    const char *column, uint64_t *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *rows = NULL;
	json_int_t row;
	int rc = store_derived_get(st, table, INFERRED, &text, NULL);

	*out = 0;
	if (rc == 0)
		rc = json_parse(buf_bytes(&text), &rows, NULL);
	if (rc)
		return rc == ERROR_MEMORY ? error_memory(err) : 0;
	row = json_integer_value(json_object_get(rows, column));
	*out = row > 0 ? (uint64_t)row : 0;
	return 0;
}

int table_import(struct store *st, const struct table_import *in,
    const struct table_spec *spec, struct table *out, struct table_notes *notes,
    struct error *err)
{
	struct import m = { .in = in, .notes = notes };
	size_t i;
	int rc;

	*out = (struct table){ 0 };
	if (in->n_texts == 0)
		return error_set(err, ERROR_NOT_FOUND, "no file to be read");
	if ((rc = read_headers(&m, err)) == 0 &&
	    (rc = declare_types(&m, spec, err)) == 0)
		rc = build_table(st, &m, spec, out, err);
	if (rc == 0)
		keep_rows(st, out, notes);
	columns_free(m.columns, m.n);
	mem_free(m.guesses);
	mem_free(m.is_inferred);
	for (i = 0; m.readers != NULL && i < in->n_texts; i++)
		csv_close(m.readers[i]);
	mem_free(m.readers);
	return rc;
}
