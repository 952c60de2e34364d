/* table: random ones against a plain twin. */
#include "tests/unit/cache/table_help.h"

#include <inttypes.h>

#include "cache/table_build.h"

static const struct table_spec no_contract;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_tables_have_equal_ids),
		cmocka_unit_test(late_rows_are_sorted_in),
		cmocka_unit_test(keys_give_the_order),
		cmocka_unit_test(a_key_without_a_value_is_found_in_order),
		cmocka_unit_test(a_key_that_repeats_is_found_in_runs),
		cmocka_unit_test(rows_that_break_a_key_are_all_found),
	};

	return cmocka_run_group_tests(tests, place_open, place_close);
}
