/* Tables: the golden record, the order, keys, spilling, digests, unions. */
#include "tests/unit/cache/table_help.h"

#include <inttypes.h>

#include "cache/table_build.h"

static const struct table_spec no_contract;

static void the_record_is_golden(void **state)
{
	static const char *const key[] = { "patient_id" };
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(buf_clear) struct buf want = { 0 }, got = { 0 };
	char names[3][16] = { "patient_id", "mrn", "note" };
	struct column columns[3] = {
		{ names[0], { .kind = TYPE_INTEGER } },
		{ names[1], { .kind = TYPE_TEXT } },
		{ names[2], { .kind = TYPE_TEXT, .as = "VARCHAR(9)" } },
	};
	struct table_spec spec = { .columns = columns,
		.n_columns = 3,
		.key = key,
		.n_key = 1 };
	struct field rows[3][3] = {
		{ { "10", 2, false }, { "", 0, false }, { "", 0, true } },
		{ { "1", 1, false }, { "00123", 5, false },
		    { "NULL", 4, false } },
		{ { "2", 1, false }, { "", 0, true }, { "a,b", 3, false } },
	};
	size_t i;

	OK(table_build_open(p->st, &spec, &b, &err));
	for (i = 0; i < 3; i++)
		OK(table_build_add(b, rows[i], &err));
	OK(table_build_finish(b, &t, &err));
	OK(file_read("tests/cases/formats/table.json", FILE_MAX, &want, &err));
	OK(store_get(p->st, &t.id, &got, &err));
	assert_string_equal(got.p, want.p);
	OK(table_load(p->st, &t.id, &back, &err));
	assert_true(digest_eq(&back.id, &t.id));
	assert_int_equal(back.n_columns, 3);
	assert_true(type_eq(&back.columns[2].type, &columns[2].type));
	assert_int_equal(back.rows, 3);
	assert_int_equal(back.bytes, 29);
	assert_int_equal(back.n_key, 1);
	assert_string_equal(back.key[0], "patient_id");
	assert_int_equal(table_find_column(&back, "note"), 2);
	assert_int_equal(table_find_column(&back, "Note"), 3);
	expect_rows(p->st, &t, "1,00123,NULL\n2,,\"a,b\"\n10,\"\",\n");
}

static void rows_are_in_canonical_order(void **state)
{
	static const char *const key[] = { "b" };
	struct place *p = *state;
	struct table_spec ordered = { .ordered = true };
	struct table_spec keyed = { .key = key, .n_key = 1 };
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table d = { 0 };
	const char *text = "a:integer,b:real\n"
	                   "10,1.5\n9,nan\n,2\n-3,\n-20,-inf\n9,1e-5\n";

	OK(build_text(p->st, text, &no_contract, &a, &err));
	expect_rows(p->st, &a, ",2.0\n-20,-inf\n-3,\n9,1e-05\n9,nan\n10,1.5\n");
	OK(build_text(p->st, text, &ordered, &b, &err));
	assert_true(b.ordered);
	expect_rows(p->st, &b, "10,1.5\n9,nan\n,2.0\n-3,\n-20,-inf\n9,1e-05\n");
	OK(table_load(p->st, &b.id, &c, &err));
	assert_true(c.ordered);
	assert_int_equal(c.n_key, 0);
	OK(build_text(p->st,
	    "a:integer,b:real\n10,1.5\n9,nan\n,2\n-20,-inf\n9,1e-5\n", &keyed,
	    &d, &err));
	expect_rows(p->st, &d, "-20,-inf\n9,1e-05\n10,1.5\n,2.0\n9,nan\n");
}

/* What a broken contract says; it names no value. */
static void expect_error(struct store *st, const char *text,
    const struct table_spec *spec, const char *words)
{
	CLEANUP(table_clear) struct table t = { 0 };
	struct error err = { 0 };

	assert_int_equal(build_text(st, text, spec, &t, &err), ERROR_NODE);
	if (strstr(err.msg, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, err.msg);
	assert_null(strstr(err.msg, "SECRET"));
	assert_null(strstr(err.msg, "777"));
}

static void contracts_are_enforced(void **state)
{
	static const char *const key[] = { "a", "b" };
	struct place *p = *state;
	char name_a[] = "a", name_d[] = "d", name_x[] = "bb";
	struct column date = { name_d, { .kind = TYPE_DATE } };
	struct column absent = { name_x, { .kind = TYPE_DATE } };
	struct column real = { name_a, { .kind = TYPE_REAL } };
	struct table_spec both = { .key = key, .n_key = 2, .ordered = true };
	struct table_spec pin_date = { .pinned = &date, .n_pinned = 1 };
	struct table_spec pin_absent = { .pinned = &absent, .n_pinned = 1 };
	struct table_spec pin_real = { .pinned = &real, .n_pinned = 1 };
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 }, v = { 0 };

	expect_error(p->st, "a,d\nx,2020-01-01\nx,SECRET\n", &pin_date,
	    "row 2, column 'd': the value is not a date");
	expect_error(p->st, "a,b,A\n1,2,3\n", &no_contract, "named 'A'");
	expect_error(p->st, ",b\n1,2\n", &no_contract, "has no name");
	expect_error(p->st, "a:boolean\nSECRET\n", &no_contract,
	    "row 1, column 'a': the value is not true or false");
	OK(build_text(p->st, "a:integer\n5\n", &pin_real, &t, &err));
	expect_columns(&t, "a:real");
	expect_rows(p->st, &t, "5.0\n");
	OK(build_text(p->st, "a,b\nx,1\nx,2\ny,1\n", &both, &u, &err));
	assert_true(u.ordered);
	/* a column that is not there is for others to tell */
	OK(build_text(p->st, "a:integer,b\n1,2\n", &pin_absent, &v, &err));
	expect_columns(&v, "a:integer,b:integer");
}

/* The table of the rows that offend, and their number. */
static void expect_offending(struct store *st, const struct table *t,
    const char *rows, uint64_t n)
{
	CLEANUP(table_clear) struct table offending = { 0 };

	assert_int_equal(t->n_offending, n);
	OK(table_load(st, &t->offending, &offending, &err));
	assert_int_equal(offending.rows, n);
	assert_true(offending.ordered);
	expect_rows(st, &offending, rows);
}

/* Two rows of one key, and one without: a table as if there were no key. */
static void a_key_that_does_not_hold_is_none(void **state)
{
	static const char *const key[] = { "b", "a" }, *const gone[] = { "z" };
	struct place *p = *state;
	struct table_spec keyed = { .key = key, .n_key = 2 };
	struct table_spec both = { .key = key, .n_key = 2, .ordered = true };
	struct table_spec absent = { .key = gone, .n_key = 1 };
	CLEANUP(table_clear) struct table t = { 0 }, plain = { 0 }, u = { 0 };
	CLEANUP(table_clear) struct table v = { 0 }, w = { 0 };
	const char *text = "a:text,b:integer,c\nx,7,q\ny,7,2\nz,1,\n,3,\n"
	                   "y,7,1\ny,7,1\n";
	const char *bad = ",3,\ny,7,1\ny,7,1\ny,7,2\n";

	OK(build_text(p->st, text, &no_contract, &plain, &err));
	OK(build_text(p->st, text, &keyed, &t, &err));
	assert_true(digest_eq(&t.id, &plain.id));
	assert_true(digest_is_null(&plain.offending));
	expect_offending(p->st, &t, bad, 4);
	OK(build_text(p->st, text, &both, &u, &err));
	assert_true(u.ordered);
	expect_rows(p->st, &u, "x,7,q\ny,7,2\nz,1,\n,3,\ny,7,1\ny,7,1\n");
	expect_offending(p->st, &u, bad, 4);
	OK(build_text(p->st, "a:text,b:integer,c\ny,7,1\ny,6,1\n", &keyed, &v,
	    &err));
	assert_int_equal(v.n_key, 2);
	assert_true(digest_is_null(&v.offending));
	OK(build_text(p->st, text, &absent, &w, &err));
	assert_true(digest_eq(&w.id, &plain.id));
	assert_int_equal(w.n_offending, 0);
}

static void empty_tables_are_tables(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	struct digest d[2], none;

	OK(build_text(p->st, "a:integer,b\n", &no_contract, &t, &err));
	OK(table_load(p->st, &t.id, &back, &err));
	expect_columns(&back, "a:integer,b:text");
	assert_int_equal(back.rows, 0);
	assert_int_equal(back.n_parts, 0);
	OK(table_reader_open(p->st, &back, &r, &err));
	assert_int_equal(table_reader_next(r, &f, NULL), 0);
	OK(table_column_digests(p->st, &back, d, &err));
	OK(digest_of(bytes_of(""), &none, &err));
	assert_true(digest_eq(&d[0], &none));
	assert_true(digest_eq(&d[1], &none));
}

static void columns_have_digests(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	struct digest d[3], want;
	char path[512];

	OK(build_text(p->st,
	    "a:integer,b:text,c:real\n10,\"x,y\",\n2,,1.50\n3,\"\",2\n",
	    &no_contract, &t, &err));
	OK(table_column_digests(p->st, &t, d, &err));
	OK(digest_of(bytes_of("2\n3\n10\n"), &want, &err));
	assert_true(digest_eq(&d[0], &want));
	OK(digest_of(bytes_of("\n\"\"\n\"x,y\"\n"), &want, &err));
	assert_true(digest_eq(&d[1], &want));
	OK(digest_of(bytes_of("1.5\n2.0\n\n"), &want, &err));
	assert_true(digest_eq(&d[2], &want));
	/* of a table that is read back: of its rows, for it is small */
	path_in_store(p->st, "derived/columns", &t.id, path, sizeof(path));
	assert_false(file_exists(path));
	OK(table_load(p->st, &t.id, &back, &err));
	memset(d, 0, sizeof(d));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[2], &want));
}

/* Of a larger table they are kept beside it. */
static void column_digests_are_kept(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 }, column = { 0 };
	struct digest d[1], want;
	char path[512];
	int i;

	buf_add_str(&text, "a:integer\n");
	for (i = 1000; i < 3000; i++) {
		buf_printf(&text, "%d\n", i);
		buf_printf(&column, "%d\n", i);
	}
	OK(digest_of(buf_bytes(&column), &want, &err));
	OK(build_text(p->st, text.p, &no_contract, &t, &err));
	OK(table_column_digests(p->st, &t, d, &err));
	assert_true(digest_eq(&d[0], &want));
	OK(table_load(p->st, &t.id, &back, &err));
	path_in_store(p->st, "derived/columns", &t.id, path, sizeof(path));
	assert_true(file_exists(path));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
	/* dropped, and made anew */
	assert_int_equal(unlink(path), 0);
	memset(d, 0, sizeof(d));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
	assert_true(file_exists(path));
	/* of no use: made anew */
	OK(store_derived_put(p->st, &t.id, "columns", bytes_of("x\n"), &err));
	OK(table_column_digests(p->st, &back, d, &err));
	assert_true(digest_eq(&d[0], &want));
}

/* ---- random tables against a plain twin ---- */

enum {
	COLUMNS = 5,
	ROWS_MOST = 400
};
static const enum type_kind kinds[COLUMNS] = { TYPE_INTEGER, TYPE_TEXT,
	TYPE_REAL, TYPE_DECIMAL, TYPE_BOOLEAN };

/* A value as a number and as the text that a part should have. */
struct cell {
	bool null;
	double number;
	char text[32];
};
struct twin_row {
	struct cell cells[COLUMNS];
};

static void make_cell(uint64_t *seed, enum type_kind kind, struct cell *c)
{
	static const char *const words[] = { "", "a", "A", "\xc3\xa9", "ab",
		"10", "9", "a b" };
	uint64_t x = next_random(seed);

	memset(c, 0, sizeof(*c));
	c->null = x % 7 == 0;
	x /= 7;
	if (c->null)
		return;
	if (kind == TYPE_INTEGER) {
		c->number = (double)((int64_t)(x % 41) - 20);
		snprintf(c->text, sizeof(c->text), "%.0f", c->number);
	} else if (kind == TYPE_REAL) {
		/* halves: a text that is easy to tell */
		c->number = ((double)(x % 41) - 20) / 2;
		snprintf(c->text, sizeof(c->text), "%.1f", c->number);
	} else if (kind == TYPE_DECIMAL) {
		c->number = ((double)(x % 4001) - 2000) / 4;
		snprintf(c->text, sizeof(c->text), "%.2f", c->number);
	} else if (kind == TYPE_BOOLEAN) {
		snprintf(c->text, sizeof(c->text), "%s",
		    x % 2 ? "true" : "false");
	} else {
		snprintf(c->text, sizeof(c->text), "%s",
		    words[x % ARRAY_LEN(words)]);
	}
	if (c->number == 0 && c->text[0] == '-')
		memmove(c->text, c->text + 1, strlen(c->text));
}

static int compare_cells(const struct cell *a, const struct cell *b)
{
	if (a->null != b->null)
		return a->null ? -1 : 1;
	if (a->number < b->number)
		return -1;
	if (a->number > b->number)
		return 1;
	return strcmp(a->text, b->text);
}

/* The key is column 2, then 0. */
static int compare_twin(const void *a, const void *b)
{
	static const int order[] = { 2, 0, 0, 1, 2, 3, 4 };
	const struct twin_row *x = a, *y = b;
	size_t i;

	for (i = 0; i < ARRAY_LEN(order); i++) {
		int c = compare_cells(&x->cells[order[i]], &y->cells[order[i]]);

		if (c != 0)
			return c;
	}
	return 0;
}

static int compare_plain(const void *a, const void *b)
{
	const struct twin_row *x = a, *y = b;
	int i, c = 0;

	for (i = 0; c == 0 && i < COLUMNS; i++)
		c = compare_cells(&x->cells[i], &y->cells[i]);
	return c;
}

static void build_rows(struct store *st, const struct twin_row *rows, size_t n,
    const struct table_spec *contract, size_t memory, struct table *out)
{
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	char names[COLUMNS][4];
	struct column columns[COLUMNS] = { 0 };
	struct table_spec spec = *contract;
	size_t i, c;

	for (c = 0; c < COLUMNS; c++) {
		snprintf(names[c], sizeof(names[c]), "k%zu", c);
		columns[c].name = names[c];
		columns[c].type.kind = kinds[c];
		if (kinds[c] == TYPE_DECIMAL) {
			columns[c].type.precision = 9;
			columns[c].type.scale = 2;
		}
	}
	spec.columns = columns;
	spec.n_columns = COLUMNS;
	OK(table_build_open(st, &spec, &b, &err));
	table_build_set_memory(b, memory);
	for (i = 0; i < n; i++) {
		struct field f[COLUMNS];

		for (c = 0; c < COLUMNS; c++)
			f[c] = (struct field){ rows[i].cells[c].text,
				strlen(rows[i].cells[c].text),
				rows[i].cells[c].null };
		OK(table_build_add(b, f, &err));
	}
	OK(table_build_finish(b, out, &err));
}

static void expect_twin(struct store *st, const struct table *t,
    const struct twin_row *rows, size_t n)
{
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	size_t i, c;

	OK(table_reader_open(st, t, &r, &err));
	for (i = 0; i < n; i++) {
		assert_int_equal(table_reader_next(r, &f, NULL), 1);
		for (c = 0; c < COLUMNS; c++) {
			const struct cell *want = &rows[i].cells[c];

			assert_int_equal(f[c].null, want->null);
			assert_int_equal(f[c].n, strlen(want->text));
			assert_memory_equal(f[c].p, want->text, f[c].n);
		}
	}
	assert_int_equal(table_reader_next(r, &f, NULL), 0);
}

static void shuffle(uint64_t *seed, struct twin_row *rows, size_t n)
{
	size_t i;

	for (i = n; i > 1; i--) {
		size_t j = next_random(seed) % i;
		struct twin_row swap = rows[i - 1];

		rows[i - 1] = rows[j];
		rows[j] = swap;
	}
}

static void equal_tables_have_equal_ids(void **state)
{
	static struct twin_row rows[ROWS_MOST];
	static const size_t memories[] = { 128 << 20, 2000, 300, 1 };
	struct place *p = *state;
	uint64_t seed = 20261121;
	int round;

	print_message("seed %" PRIu64 "\n", seed);
	for (round = 0; round < 60; round++) {
		size_t n = next_random(&seed) % ROWS_MOST, i, k;
		struct digest first = { 0 };

		for (i = 0; i < n; i++)
			for (k = 0; k < COLUMNS; k++)
				make_cell(&seed, kinds[k], &rows[i].cells[k]);
		for (k = 0; k < ARRAY_LEN(memories); k++) {
			CLEANUP(table_clear) struct table t = { 0 };

			build_rows(p->st, rows, n, &no_contract, memories[k],
			    &t);
			if (k == 0)
				first = t.id;
			assert_true(digest_eq(&t.id, &first));
			assert_int_equal(t.rows, n);
			qsort(rows, n, sizeof(*rows), compare_plain);
			expect_twin(p->st, &t, rows, n);
			if (k > 0)
				shuffle(&seed, rows, n);
		}
	}
}

/* Rows in order go past the sorter; one that comes late takes them back. */
static void late_rows_are_sorted_in(void **state)
{
	static const char *const key[] = { "k2", "k0" };
	static struct twin_row rows[ROWS_MOST], late[ROWS_MOST];
	struct table_spec keyed = { .key = key, .n_key = 2 };
	struct place *p = *state;
	uint64_t seed = 20261126;
	int round;

	print_message("seed %" PRIu64 "\n", seed);
	for (round = 0; round < 60; round++) {
		const bool is_keyed = round % 2;
		const struct table_spec *spec =
		    is_keyed ? &keyed : &no_contract;
		CLEANUP(table_clear) struct table a = { 0 }, b = { 0 };
		CLEANUP(table_clear) struct table c = { 0 };
		size_t n = 2 + next_random(&seed) % (ROWS_MOST - 2), i, k, to;

		for (i = 0; i < n; i++) {
			for (k = 0; k < COLUMNS; k++)
				make_cell(&seed, kinds[k], &rows[i].cells[k]);
			if (!is_keyed)
				continue;
			rows[i].cells[0].null = rows[i].cells[2].null = false;
			rows[i].cells[0].number = (double)i;
			snprintf(rows[i].cells[0].text, 32, "%zu", i);
			snprintf(rows[i].cells[2].text, 32, "%.1f",
			    rows[i].cells[2].number);
		}
		build_rows(p->st, rows, n, spec, 128 << 20, &a);
		qsort(rows, n, sizeof(*rows),
		    is_keyed ? compare_twin : compare_plain);
		expect_twin(p->st, &a, rows, n);
		build_rows(p->st, rows, n, spec, 500, &b);
		assert_true(digest_eq(&b.id, &a.id));
		i = next_random(&seed) % (n - 1);
		to = i + 1 + next_random(&seed) % (n - i - 1);
		memcpy(late, rows, n * sizeof(*rows));
		memmove(late + i, late + i + 1, (to - i) * sizeof(*rows));
		late[to] = rows[i];
		build_rows(p->st, late, n, spec, 500, &c);
		assert_true(digest_eq(&c.id, &a.id));
	}
}

/* Distinct keys: column 0 counts through, column 2 repeats. */
static void keys_give_the_order(void **state)
{
	static const char *const key[] = { "k2", "k0" };
	static struct twin_row rows[ROWS_MOST];
	struct table_spec keyed = { .key = key, .n_key = 2 };
	struct table_spec ordered = { .key = key, .n_key = 2, .ordered = true };
	struct place *p = *state;
	uint64_t seed = 4;
	int round;

	print_message("seed %" PRIu64 "\n", seed);
	for (round = 0; round < 40; round++) {
		CLEANUP(table_clear) struct table a = { 0 }, b = { 0 };
		CLEANUP(table_clear) struct table c = { 0 };
		size_t n = next_random(&seed) % ROWS_MOST, i, k;

		for (i = 0; i < n; i++) {
			for (k = 0; k < COLUMNS; k++)
				make_cell(&seed, kinds[k], &rows[i].cells[k]);
			rows[i].cells[0].null = false;
			rows[i].cells[0].number = (double)i;
			snprintf(rows[i].cells[0].text, 32, "%zu", i);
			if (rows[i].cells[2].null)
				rows[i].cells[2] = rows[i].cells[0];
			snprintf(rows[i].cells[2].text, 32, "%.1f",
			    rows[i].cells[2].number);
		}
		shuffle(&seed, rows, n);
		build_rows(p->st, rows, n, &ordered, 500, &c);
		expect_twin(p->st, &c, rows, n);
		build_rows(p->st, rows, n, &keyed, 128 << 20, &a);
		build_rows(p->st, rows, n, &keyed, 700, &b);
		assert_true(digest_eq(&a.id, &b.id));
		qsort(rows, n, sizeof(*rows), compare_twin);
		expect_twin(p->st, &a, rows, n);
	}
}

/* A first row without a key, then rows in order: they go straight to parts. */
static void a_key_without_a_value_is_found_in_order(void **state)
{
	static const char *const key[] = { "k0" };
	struct place *p = *state;
	char name[] = "k0";
	struct column column = { name, { .kind = TYPE_INTEGER } };
	struct table_spec spec = { .columns = &column,
		.n_columns = 1,
		.key = key,
		.n_key = 1 };
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(table_clear) struct table t = { 0 };
	int i;

	OK(table_build_open(p->st, &spec, &b, &err));
	table_build_set_memory(b, 4000);
	for (i = 0; i < 1000; i++) {
		char text[16];
		struct field f = { text, 0, i == 0 };

		f.n = (size_t)snprintf(text, sizeof(text), "%d", i);
		if (f.null)
			f = (struct field){ "", 0, true };
		OK(table_build_add(b, &f, &err));
	}
	OK(table_build_finish(b, &t, &err));
	assert_int_equal(t.rows, 1000);
	assert_int_equal(t.n_key, 0);
	expect_offending(p->st, &t, "\n", 1);
}

/* Rows 0 to 999, up or down or kept, one of which has the key of another. */
static void expect_found(struct store *st, int at, int as, bool is_down,
    bool ordered, size_t memory)
{
	static const char *const key[] = { "k0" };
	char name[] = "k0", want[32];
	struct column column = { name, { .kind = TYPE_INTEGER } };
	struct table_spec spec = { .columns = &column,
		.n_columns = 1,
		.key = key,
		.n_key = 1,
		.ordered = ordered };
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(table_clear) struct table t = { 0 };
	int i;

	OK(table_build_open(st, &spec, &b, &err));
	table_build_set_memory(b, memory);
	for (i = 0; i < 1000; i++) {
		int row = is_down ? 999 - i : i;
		char text[16];
		struct field f = { text, 0, false };

		snprintf(text, sizeof(text), "%d", row == at ? as : row);
		f.n = strlen(text);
		OK(table_build_add(b, &f, &err));
	}
	OK(table_build_finish(b, &t, &err));
	assert_int_equal(t.rows, 1000);
	assert_int_equal(t.n_key, 0);
	snprintf(want, sizeof(want), "%d\n%d\n", as, as);
	expect_offending(st, &t, want, 2);
}

static void a_key_that_repeats_is_found_in_runs(void **state)
{
	static const size_t memories[] = { 128 << 20, 100, 4000 };
	struct place *p = *state;
	size_t k;

	for (k = 0; k < 2 * ARRAY_LEN(memories); k++) {
		size_t memory = memories[k / 2];

		expect_found(p->st, 900, 899, false, k % 2, memory);
		expect_found(p->st, 900, 901, false, k % 2, memory);
		expect_found(p->st, 900, 17, false, k % 2, memory);
		expect_found(p->st, 0, 17, false, k % 2, memory);
		expect_found(p->st, 900, 17, true, k % 2, memory);
	}
}

/* Rows that offend, counted one by one: a NULL in the key, or its twin. */
static bool offends(const struct twin_row *rows, size_t n, size_t i)
{
	size_t k;

	if (rows[i].cells[0].null || rows[i].cells[2].null)
		return true;
	for (k = 0; k < n; k++)
		if (k != i &&
		    compare_cells(&rows[i].cells[0], &rows[k].cells[0]) == 0 &&
		    compare_cells(&rows[i].cells[2], &rows[k].cells[2]) == 0)
			return true;
	return false;
}

static void rows_that_break_a_key_are_all_found(void **state)
{
	static const char *const key[] = { "k2", "k0" };
	static struct twin_row rows[ROWS_MOST], bad[ROWS_MOST];
	struct table_spec keyed = { .key = key, .n_key = 2 };
	struct table_spec ordered = { .key = key, .n_key = 2, .ordered = true };
	struct place *p = *state;
	uint64_t seed = 20261127;
	int round, broken = 0;

	print_message("seed %" PRIu64 "\n", seed);
	for (round = 0; round < 80; round++) {
		const bool is_kept = round % 2;
		CLEANUP(table_clear) struct table t = { 0 }, plain = { 0 };
		CLEANUP(table_clear) struct table found = { 0 };
		size_t n = 1 + next_random(&seed) % (round < 40 ? 12 : 200);
		size_t i, k, n_bad = 0;

		for (i = 0; i < n; i++)
			for (k = 0; k < COLUMNS; k++)
				make_cell(&seed, kinds[k], &rows[i].cells[k]);
		for (i = 0; i < n; i++)
			if (offends(rows, n, i))
				bad[n_bad++] = rows[i];
		build_rows(p->st, rows, n, is_kept ? &ordered : &keyed,
		    round % 3 ? 500 : 128 << 20, &t);
		assert_int_equal(t.n_offending, n_bad);
		broken += n_bad > 0;
		if (n_bad == 0)
			continue;
		OK(table_load(p->st, &t.offending, &found, &err));
		qsort(bad, n_bad, sizeof(*bad), compare_twin);
		expect_twin(p->st, &found, bad, n_bad);
		if (is_kept)
			continue;
		build_rows(p->st, rows, n, &no_contract, 128 << 20, &plain);
		assert_true(digest_eq(&t.id, &plain.id));
	}
	assert_true(broken > 20 && broken < 80);
}

static void many_parts_are_read_as_one(void **state)
{
	struct place *p = *state;
	CLEANUP(table_build_closep) struct table_build *b = NULL;
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	CLEANUP(table_clear) struct table t = { 0 }, back = { 0 };
	char name[] = "x";
	struct column column = { name, { .kind = TYPE_INTEGER } };
	struct table_spec spec = { .columns = &column, .n_columns = 1 };
	const struct field *f;
	const int n = 1000000;
	struct digest one, other;
	int i;

	OK(table_build_open(p->st, &spec, &b, &err));
	for (i = n; i > 0; i--) {
		char text[16];
		struct field v = { text, 0, false };

		v.n = (size_t)snprintf(text, sizeof(text), "%d", i);
		OK(table_build_add(b, &v, &err));
	}
	OK(table_build_finish(b, &t, &err));
	assert_true(t.n_parts > 2);
	OK(table_load(p->st, &t.id, &back, &err));
	assert_int_equal(back.n_parts, t.n_parts);
	OK(table_reader_open(p->st, &back, &r, &err));
	for (i = 1; i <= n; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(table_reader_next(r, &f, NULL), 1);
		assert_int_equal(f[0].n, strlen(text));
		assert_memory_equal(f[0].p, text, f[0].n);
	}
	assert_int_equal(table_reader_next(r, &f, NULL), 0);
	OK(table_column_digests(p->st, &t, &one, &err));
	OK(store_derived_put(p->st, &t.id, "columns", bytes_of(""), &err));
	OK(table_column_digests(p->st, &t, &other, &err));
	assert_true(digest_eq(&one, &other));
}

static void unions_say_where_rows_are_from(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table u = { 0 }, v = { 0 };
	const struct table *tables[] = { &a, &b };
	const char *const from[] = { "ClinicB", "ClinicA" };
	const struct table *other[] = { &a, &c };
	struct error why = { 0 };

	OK(build_text(p->st, "id:integer,x\n2,p\n1,q\n", &no_contract, &a,
	    &err));
	OK(build_text(p->st, "id:integer,x\n3,\n", &no_contract, &b, &err));
	OK(build_text(p->st, "id:real,x\n3,\n", &no_contract, &c, &err));
	OK(table_union(p->st, tables, from, 2, &u, &err));
	expect_columns(&u, "_from:text,id:integer,x:text");
	expect_rows(p->st, &u, "ClinicA,3,\nClinicB,1,q\nClinicB,2,p\n");
	assert_int_equal(table_union(p->st, other, from, 2, &v, &why),
	    ERROR_NODE);
	assert_non_null(strstr(why.msg, "'ClinicB' and 'ClinicA'"));
	assert_non_null(strstr(why.msg,
	    "column 'id' is integer in the first and real in the second"));
}

/* A clinic that sent nothing, or nothing in one column, is one of many. */
static void a_column_without_values_agrees_with_all(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table a = { 0 }, b = { 0 }, c = { 0 };
	CLEANUP(table_clear) struct table d = { 0 }, e = { 0 };
	CLEANUP(table_clear) struct table u = { 0 }, v = { 0 };
	const struct table *tables[] = { &a, &b, &c, &d };
	const struct table *other[] = { &a, &c, &e };
	const char *const from[] = { "A", "B", "C", "D" };
	struct error why = { 0 };

	OK(build_text(p->st, "id,x\n", &no_contract, &a, &err));
	OK(build_text(p->st, "id:integer,x\n7,\n8,\n", &no_contract, &b, &err));
	OK(build_text(p->st, "id:integer,x:real\n3,0.5\n", &no_contract, &c,
	    &err));
	OK(build_text(p->st, "id:integer,x\n4,\n", &no_contract, &d, &err));
	OK(build_text(p->st, "id:integer,x\n4,\"\"\n", &no_contract, &e, &err));
	OK(table_union(p->st, tables, from, 4, &u, &err));
	expect_columns(&u, "_from:text,id:integer,x:real");
	expect_rows(p->st, &u, "B,7,\nB,8,\nC,3,0.5\nD,4,\n");
	/* an empty text is a value */
	assert_int_equal(table_union(p->st, other, from, 3, &v, &why),
	    ERROR_NODE);
	/* B's is the real column, not A's that said nothing */
	assert_non_null(strstr(why.msg, "'B' and 'C'"));
}

static void damage_is_told(void **state)
{
	struct place *p = *state;
	CLEANUP(table_clear) struct table t = { 0 }, u = { 0 };
	CLEANUP(table_reader_closep) struct table_reader *r = NULL;
	const struct field *f;
	struct error why = { 0 };
	char path[512];

	OK(build_text(p->st, "a,b\n1,2\n3,4\n", &no_contract, &t, &err));
	path_in_store(p->st, "blobs", &t.parts[0].blob, path, sizeof(path));
	flip_bit(path, 3);
	OK(table_reader_open(p->st, &t, &r, &err));
	assert_int_equal(table_reader_next(r, &f, &why), ERROR_CORRUPT);
	path_in_store(p->st, "blobs", &t.id, path, sizeof(path));
	unlink(path);
	assert_int_equal(table_load(p->st, &t.id, &u, NULL), ERROR_NOT_FOUND);
}

/* Records that lie are refused; fields of a later version are not. */
static void records_are_checked(void **state)
{
#define HEAD "{\"columns\":[{\"name\":\"a\",\"type\":\"integer\"}],"
#define PART                                                              \
	"{\"blob\":\"b52d562dae1cdfbff1b658bd53ea64a987f364ac3adfb401cdc" \
	"bb86e97ee6b0a\",\"bytes\":4,\"rows\":2}"
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ HEAD "\"format\":\"sluice-table/1\",\"more\":7,"
		       "\"order\":[],\"parts\":[" PART "],\"rows\":2}\n",
		    0 },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":[],"
		       "\"parts\":[" PART "],\"rows\":3}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/2\",\"order\":[],"
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":[\"b\"],"
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ HEAD "\"format\":\"sluice-table/1\",\"order\":\"up\","
		       "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "{\"columns\":[],\"format\":\"sluice-table/1\","
		  "\"order\":[],\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "{\"columns\":[{\"name\":\"a\",\"type\":\"foo\"}],"
		  "\"format\":\"sluice-table/1\",\"order\":[],"
		  "\"parts\":[],\"rows\":0}\n",
		    ERROR_CORRUPT },
		{ "[]\n", ERROR_CORRUPT },
		{ "", ERROR_CORRUPT },
	};
	struct place *p = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(table_clear) struct table t = { 0 };
		struct digest id = put_str(p->st, cases[i].text);

		if (table_load(p->st, &id, &t, NULL) != cases[i].rc)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_record_is_golden),
		cmocka_unit_test(rows_are_in_canonical_order),
		cmocka_unit_test(contracts_are_enforced),
		cmocka_unit_test(a_key_that_does_not_hold_is_none),
		cmocka_unit_test(empty_tables_are_tables),
		cmocka_unit_test(columns_have_digests),
		cmocka_unit_test(column_digests_are_kept),
		cmocka_unit_test(equal_tables_have_equal_ids),
		cmocka_unit_test(late_rows_are_sorted_in),
		cmocka_unit_test(rows_that_break_a_key_are_all_found),
		cmocka_unit_test(a_key_without_a_value_is_found_in_order),
		cmocka_unit_test(keys_give_the_order),
		cmocka_unit_test(a_key_that_repeats_is_found_in_runs),
		cmocka_unit_test(many_parts_are_read_as_one),
		cmocka_unit_test(unions_say_where_rows_are_from),
		cmocka_unit_test(a_column_without_values_agrees_with_all),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(records_are_checked),
	};

	return cmocka_run_group_tests(tests, place_open, place_close);
}
