/* table_build: rows into a table (table.h). */
#include "cache/table_build.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "cache/breach.h"
#include "cache/pack.h"
#include "cache/part.h"
#include "cache/sort.h"
#include "cache/straight.h"

enum {
	COLUMNS_MOST = 32767, /* SQLite's own maximum */
	STRAIGHT = 512, /* this part of the memory, in order, goes straight */
};

/*
 * Where a type is still to be inferred, rows are kept as they come, all text,
 * in raw; when all values were seen they go the way of the others. rows are
 * in canonical order, or kept in theirs; the keys of rows that keep their
 * order are sorted beside, to find what is not unique. Where the key does not
 * hold there is a table all the same, without one: see breach.h.
 *
 * Where many rows came in order, those that follow are expected to: they go
 * straight to parts, past the sorter, until one comes too early.
 */
struct table_build {
	struct store *st;
	struct column *columns;
	bool *is_pinned;
	size_t n;
	size_t *key;
	size_t n_key;
	bool ordered, trusted;
	bool is_broken; /* rows without a key, or two of one */
	size_t memory;
	struct digest like; /* null: none */
	struct type_guess *guesses; /* NULL: all types are known */
	struct pack raw_pack, pack, key_pack;
	struct sort *raw, *rows, *keys;
	struct straight *straight; /* instead of rows, while it is there */
	bool was_straight; /* once is enough */
	struct column *raw_columns;
	struct field *fields; /* of one row */
	struct buf scratch;
	struct buf *scratches; /* of a row that goes straight: one a column */
	struct error why; /* of a value; 1.3 kB are not zeroed for each */
	uint64_t n_rows;
};

static int check_name(struct map *seen, char **folded, const struct column *c,
    size_t at, struct error *err)
{
	if (c->name[0] == '\0')
		return error_set(err, ERROR_NODE,
		    "column %zu has no name; give it one", at + 1);
	if (text_utf8_error(bytes_of(c->name)) != strlen(c->name))
		return error_set(err, ERROR_NODE,
		    "the name of column %zu is not UTF-8", at + 1);
	*folded = text_fold(mem_strdup(c->name));
	if (*folded == NULL)
		return error_memory(err);
	if (map_has(seen, *folded))
		return error_set(err, ERROR_NODE,
		    "two columns are named '%.128s' (letters of either case "
		    "are equal); rename one",
		    c->name);
	return map_set(seen, *folded, NULL, err);
}

int columns_check(const struct column *columns, size_t n, struct error *err)
{
	struct map seen = { 0 };
	char **folded = mem_array(n, sizeof(*folded));
	size_t i;
	int rc = 0;

	if (folded == NULL)
		return error_memory(err);
	if (n == 0)
		rc = error_set(err, ERROR_NODE, "a table needs a column");
	else if (n > COLUMNS_MOST)
		rc = error_set(err, ERROR_NODE,
		    "%zu columns; a table has at most %d", n, COLUMNS_MOST);
	for (i = 0; rc == 0 && i < n; i++)
		rc = check_name(&seen, &folded[i], &columns[i], i, err);
	for (i = 0; i < n; i++)
		mem_free(folded[i]);
	mem_free(folded);
	map_clear(&seen);
	return rc;
}

static size_t find(const struct table_build *b, const char *name)
{
	struct table t = { .columns = b->columns, .n_columns = b->n };

	return table_find_column(&t, name);
}

/* Of one kind, the engine's own name for the type stays, unless the pin has
 * one. */
static void apply_pins(struct table_build *b, const struct table_spec *spec)
{
	size_t i;

	for (i = 0; i < spec->n_pinned; i++) {
		const struct column *pin = &spec->pinned[i];
		size_t c = find(b, pin->name);
		struct type *t;

		if (c == b->n)
			continue;
		t = &b->columns[c].type;
		b->is_pinned[c] = true;
		if (t->kind != pin->type.kind || pin->type.as[0] != '\0' ||
		    t->precision != pin->type.precision ||
		    t->scale != pin->type.scale)
			*t = pin->type;
	}
}

/* Of a key with a column that is not there nothing is known. */
static int find_key(struct table_build *b, const struct table_spec *spec,
    struct error *err)
{
	size_t i, k;

	b->key = mem_array(spec->n_key, sizeof(*b->key));
	if (b->key == NULL)
		return error_memory(err);
	for (i = 0; i < spec->n_key; i++) {
		size_t c = find(b, spec->key[i]);

		if (c == b->n) {
			b->n_key = 0;
			return 0;
		}
		for (k = 0; k < i; k++)
			if (b->key[k] == c)
				return error_set(err, ERROR_NODE,
				    "@key names the column '%.128s' twice",
				    spec->key[i]);
		b->key[b->n_key++] = c;
	}
	return 0;
}

static int copy_columns(struct table_build *b, const struct table_spec *spec,
    struct error *err)
{
	size_t i;

	b->columns = mem_array(spec->n_columns, sizeof(*b->columns));
	b->is_pinned = mem_array(spec->n_columns, sizeof(*b->is_pinned));
	b->fields = mem_array(spec->n_columns, sizeof(*b->fields));
	if (!b->columns || !b->is_pinned || !b->fields)
		return error_memory(err);
	b->n = spec->n_columns;
	for (i = 0; i < b->n; i++) {
		b->columns[i] = spec->columns[i];
		b->columns[i].name = mem_strdup(spec->columns[i].name);
		if (b->columns[i].name == NULL)
			return error_memory(err);
	}
	return 0;
}

static int open_sorter(struct table_build *b, struct error *err)
{
	return sort_open(store_temp_dir(b->st), b->memory, b->ordered, &b->rows,
	    err);
}

/* Rows of the final types. */
static int open_rows(struct table_build *b, struct error *err)
{
	int rc;

	if (b->ordered)
		rc = pack_init(&b->pack, b->columns, b->n, NULL, 0, err);
	else
		rc = pack_init(&b->pack, b->columns, b->n, b->key, b->n_key,
		    err);
	if (rc || (rc = open_sorter(b, err)) || !b->ordered || b->n_key == 0)
		return rc;
	rc = pack_init(&b->key_pack, b->columns, b->n, b->key, b->n_key, err);
	b->key_pack.n = b->n_key;
	return rc
	    ? rc
	    : sort_open(store_temp_dir(b->st), b->memory, false, &b->keys, err);
}

static int open_raw(struct table_build *b, struct error *err)
{
	size_t i;
	int rc;

	b->guesses = mem_array(b->n, sizeof(*b->guesses));
	b->raw_columns = mem_array(b->n, sizeof(*b->raw_columns));
	if (b->guesses == NULL || b->raw_columns == NULL)
		return error_memory(err);
	for (i = 0; i < b->n; i++)
		b->raw_columns[i].type.kind = TYPE_TEXT;
	rc = pack_init(&b->raw_pack, b->raw_columns, b->n, NULL, 0, err);
	return rc
	    ? rc
	    : sort_open(store_temp_dir(b->st), b->memory, true, &b->raw, err);
}

/* Sorters are opened at the first row or at the end, so that tests can set
 * the limit first. */
static int open_sorters(struct table_build *b, struct error *err)
{
	size_t i;

	if (b->rows != NULL || b->raw != NULL || b->straight != NULL)
		return 0;
	for (i = 0; i < b->n; i++)
		if (b->columns[i].type.kind == TYPE_NONE)
			return open_raw(b, err);
	return open_rows(b, err);
}

int table_build_open(struct store *st, const struct table_spec *spec,
    struct table_build **out, struct error *err)
{
	struct table_build *b = mem_alloc(sizeof(*b));
	int rc;

	*out = b;
	if (b == NULL)
		return error_memory(err);
	b->st = st;
	b->ordered = spec->ordered;
	b->memory = SORT_MEMORY;
	if (spec->like != NULL)
		b->like = *spec->like;
	if ((rc = columns_check(spec->columns, spec->n_columns, err)) ||
	    (rc = copy_columns(b, spec, err)) || (rc = find_key(b, spec, err)))
		table_build_closep(out);
	else
		apply_pins(b, spec);
	return rc;
}

void table_build_set_memory(struct table_build *b, size_t limit)
{
	b->memory = limit;
}

void table_build_trust(struct table_build *b)
{
	if (b != NULL)
		b->trusted = true;
}

void table_build_close(struct table_build *b)
{
	size_t i;

	if (b == NULL)
		return;
	columns_free(b->columns, b->n);
	mem_free(b->is_pinned);
	mem_free(b->key);
	mem_free(b->guesses);
	pack_clear(&b->raw_pack);
	pack_clear(&b->pack);
	pack_clear(&b->key_pack);
	sort_close(b->raw);
	sort_close(b->rows);
	sort_close(b->keys);
	straight_close(b->straight);
	for (i = 0; b->scratches != NULL && i < b->n; i++)
		buf_clear(&b->scratches[i]);
	mem_free(b->scratches);
	mem_free(b->raw_columns);
	mem_free(b->fields);
	buf_clear(&b->scratch);
	mem_free(b);
}

void table_build_closep(struct table_build **b)
{
	table_build_close(*b);
	*b = NULL;
}

static size_t size_of(const struct pack *p, const struct field *fields)
{
	size_t i, most = pack_overhead(p);

	for (i = 0; i < p->n; i++)
		most += 2 * fields[p->order[i]].n;
	return most;
}

static int does_not_fit(struct table_build *b, size_t column, struct error *err)
{
	return error_set(err,
	    b->why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_NODE,
	    "row %" PRIu64 ", column '%.128s': %s%s", b->n_rows,
	    b->columns[column].name, b->why.msg,
	    b->is_pinned[column] ? ", as @column asks for" : "");
}

static bool is_key(const struct table_build *b, size_t column)
{
	size_t k;

	for (k = 0; k < b->n_key; k++)
		if (b->key[k] == column)
			return true;
	return false;
}

/* One value as its type writes it, in its own memory or scratch's. */
static int check_value(struct table_build *b, size_t column,
    const struct field *in, struct buf *scratch, struct field *out,
    struct error *err)
{
	const struct type *t = &b->columns[column].type;

	if (b->trusted && (t->kind == TYPE_TEXT || t->kind == TYPE_JSON))
		*out = *in;
	else if (type_canonical(t, *in, scratch, out, &b->why))
		return does_not_fit(b, column, err);
	if (out->null && b->n_key > 0 && is_key(b, column))
		b->is_broken = true;
	return 0;
}

/* A canonical text may be longer than what was given, by less than this. */
enum {
	LONGER = 96
};

static int add_packed(struct table_build *b, struct sort *s,
    const struct pack *pack, const struct field *fields, struct error *err)
{
	size_t most = size_of(pack, fields) + pack->n * LONGER, i;
	char *start, *p;
	int rc = sort_reserve(s, most, &start, err);

	if (rc)
		return rc;
	p = start;
	for (i = 0; i < pack->n; i++) {
		size_t c = pack->order[i];
		struct field out;

		rc = check_value(b, c, &fields[c], &b->scratch, &out, err);
		if (rc)
			return rc;
		p = pack_field(&b->columns[c].type, &out, p);
	}
	sort_commit(s, (size_t)(p - start));
	return 0;
}

/* What the sorter holds goes to parts, and it goes. */
static int go_straight(struct table_build *b, struct error *err)
{
	struct bytes row;
	int rc;

	if (b->scratches == NULL)
		b->scratches = mem_array(b->n, sizeof(*b->scratches));
	if (b->scratches == NULL)
		return error_memory(err);
	rc = straight_open(b->st, &b->pack, b->ordered, &b->like, &b->straight,
	    err);
	if (rc || (rc = sort_finish(b->rows, err)))
		return rc;
	while ((rc = sort_next(b->rows, &row, err)) > 0) {
		(void)unpack_row(&b->pack, row.p, b->fields);
		if (straight_place(b->straight, b->fields) == STRAIGHT_SAME_KEY)
			b->is_broken = true;
		rc = straight_add(b->straight, b->fields, err);
		if (rc)
			return rc;
	}
	sort_closep(&b->rows);
	return rc;
}

/* The rows so far are to be sorted after all. */
static int leave_straight(struct table_build *b, struct error *err)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	uint64_t n_rows = b->n_rows;
	const struct field *fields;
	struct table t = { 0 };
	int rc, got;

	if ((rc = straight_give_back(b->straight, &t, err)) == 0 &&
	    (rc = open_sorter(b, err)) == 0)
		rc = table_reader_open(b->st, &t, &r, err);
	b->n_rows = 0;
	while (rc == 0 && (got = table_reader_next(r, &fields, err)) != 0) {
		b->n_rows++;
		rc = got < 0 ? got
		             : add_packed(b, b->rows, &b->pack, fields, err);
	}
	b->n_rows = n_rows;
	mem_free(t.parts);
	straight_closep(&b->straight);
	return rc;
}

static int add_straight(struct table_build *b, const struct field *fields,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->n; i++)
		rc = check_value(b, i, &fields[i], &b->scratches[i],
		    &b->fields[i], err);
	if (rc)
		return rc;
	if (straight_place(b->straight, b->fields) == STRAIGHT_BEHIND)
		return straight_add(b->straight, b->fields, err);
	rc = leave_straight(b, err);
	return rc ? rc : add_packed(b, b->rows, &b->pack, fields, err);
}

static int add_typed(struct table_build *b, const struct field *fields,
    struct error *err)
{
	int rc;

	b->n_rows++;
	if (b->straight != NULL)
		rc = add_straight(b, fields, err);
	else
		rc = add_packed(b, b->rows, &b->pack, fields, err);
	if (rc == 0 && b->keys != NULL)
		rc = add_packed(b, b->keys, &b->key_pack, fields, err);
	if (rc == 0 && b->straight == NULL && !b->was_straight &&
	    sort_is_straight(b->rows, b->memory / STRAIGHT)) {
		b->was_straight = true;
		rc = go_straight(b, err);
	}
	return rc;
}

static int add_raw(struct table_build *b, const struct field *fields,
    struct error *err)
{
	static const struct type text = { .kind = TYPE_TEXT };
	char *start, *p;
	size_t i;
	int rc =
	    sort_reserve(b->raw, size_of(&b->raw_pack, fields), &start, err);

	if (rc)
		return rc;
	p = start;
	b->n_rows++;
	for (i = 0; i < b->n; i++) {
		struct field out;

		if (type_canonical(&text, fields[i], &b->scratch, &out,
		        &b->why))
			return does_not_fit(b, i, err);
		type_guess_add(&b->guesses[i], &out);
		p = pack_field(&text, &out, p);
	}
	sort_commit(b->raw, (size_t)(p - start));
	return 0;
}

int table_build_add(struct table_build *b, const struct field *fields,
    struct error *err)
{
	int rc = open_sorters(b, err);

	if (rc)
		return rc;
	return b->raw ? add_raw(b, fields, err) : add_typed(b, fields, err);
}

/* All values were seen: types are chosen, and the rows are typed. */
static int settle_types(struct table_build *b, struct error *err)
{
	struct bytes row;
	size_t i;
	int rc;

	for (i = 0; i < b->n; i++)
		if (b->columns[i].type.kind == TYPE_NONE)
			b->columns[i].type.kind =
			    type_guess_kind(&b->guesses[i]);
	b->n_rows = 0;
	rc = open_rows(b, err);
	if (rc || (rc = sort_finish(b->raw, err)))
		return rc;
	while ((rc = sort_next(b->raw, &row, err)) > 0) {
		(void)unpack_row(&b->raw_pack, row.p, b->fields);
		rc = add_typed(b, b->fields, err);
		if (rc)
			return rc;
	}
	sort_closep(&b->raw);
	return rc;
}

/* Whether two packed rows, one behind the other, have one key. */
static void check_key(struct table_build *b, struct bytes *last,
    const char *row, size_t key_size)
{
	struct bytes key = { row, key_size };

	if (last->p != NULL && bytes_eq(*last, key))
		b->is_broken = true;
	*last = key;
}

static int check_keys(struct table_build *b, struct error *err)
{
	struct bytes row, last = { 0 };
	int rc = sort_finish(b->keys, err);

	while (rc == 0 && !b->is_broken &&
	    (rc = sort_next(b->keys, &row, err)) > 0) {
		check_key(b, &last, row.p,
		    unpack_row(&b->key_pack, row.p, b->fields));
		rc = 0;
	}
	return rc;
}

static int write_rows(struct table_build *b, struct part_writer *w,
    struct error *err)
{
	struct bytes row, last = { 0 };
	size_t key_size;
	int rc = sort_finish(b->rows, err);

	while (rc == 0 && (rc = sort_next(b->rows, &row, err)) > 0) {
		key_size = unpack_row(&b->pack, row.p, b->fields);
		if (b->pack.n_key > 0)
			check_key(b, &last, row.p, key_size);
		rc = part_add(w, b->fields, err);
	}
	return rc;
}

/* The table's columns and order, which the builder gives away. */
static int give(struct table_build *b, struct table *out, struct error *err)
{
	size_t k;

	out->columns = b->columns;
	out->n_columns = b->n;
	out->ordered = b->ordered;
	b->columns = NULL;
	if (b->ordered)
		return 0;
	out->key = mem_array(b->n_key, sizeof(*out->key));
	if (out->key == NULL)
		return error_memory(err);
	for (k = 0; k < b->n_key; k++) {
		out->key[k] = mem_strdup(out->columns[b->key[k]].name);
		if (out->key[k] == NULL)
			return error_memory(err);
		out->n_key++;
	}
	return 0;
}

/* Rows in the order of a key that does not hold. */
static int drop_key(struct table_build *b, struct part_writer *w,
    struct table *out, struct error *err)
{
	struct table rows = { .columns = b->columns, .n_columns = b->n };
	int rc = b->straight ? straight_give_back(b->straight, &rows, err)
	                     : part_give_back(w, &rows, err);

	if (rc == 0)
		rc = breach_without_key(b->st, &rows, b->key, b->n_key, out,
		    err);
	mem_free(rows.parts);
	return rc;
}

/* All rows into parts, as a table with its columns and order. */
static int write_table(struct table_build *b, struct table *out,
    struct error *err)
{
	CLEANUP(part_closep) struct part_writer *w = NULL;
	int rc = 0;

	if (b->straight == NULL &&
	    ((rc = part_open(b->st, b->columns, b->n, &b->like, &w, err)) ||
	        (rc = write_rows(b, w, err))))
		return rc;
	if (b->is_broken && !b->ordered)
		return drop_key(b, w, out, err);
	if ((rc = give(b, out, err)) ||
	    (rc = b->straight ? straight_finish(b->straight, out, err)
	                      : part_finish(w, out, err)) ||
	    !b->is_broken)
		return rc;
	return breach_of_ordered(b->st, out, b->key, b->n_key, err);
}

int table_build_finish(struct table_build *b, struct table *out,
    struct error *err)
{
	int rc = open_sorters(b, err);

	*out = (struct table){ 0 };
	if (rc || (b->raw != NULL && (rc = settle_types(b, err))) ||
	    (b->keys != NULL && (rc = check_keys(b, err))) ||
	    (rc = write_table(b, out, err)))
		table_clear(out);
	return rc;
}
