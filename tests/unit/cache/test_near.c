/* Tables that are nearly as one before: the same ids whether it is known or
 * not, the same bytes, and little that is new on the disk. */
#include "tests/unit/cache/delta_help.h"
#include "tests/unit/cache/table_help.h"

enum {
	ROWS = 60000
};

/* A table of CSV text; like (may be NULL): the one before. */
static struct table build(struct store *st, const struct buf *text,
    const struct digest *like)
{
	const struct table_spec spec = { .like = like };
	CLEANUP(buf_clear) struct buf whole = { 0 };
	struct table t;

	buf_add_str(&whole, "id:integer,name:text,n:integer\n");
	buf_add(&whole, text->p, text->n);
	buf_add_char(&whole, '\0');
	assert_false(whole.failed);
	OK(build_text(st, whole.p, &spec, &t, &err));
	return t;
}

/* Rows of ids [from, to), n being version where id % every is its middle. */
static void add_rows(struct buf *out, int from, int to, int every, int version)
{
	int i;

	for (i = from; i < to; i++)
		buf_printf(out, "%d,%08x of the table,%d\n", i,
		    (unsigned)i * 2654435761U,
		    i % every == every / 2 ? version : 1000000000);
}

static int add_size(const struct digest *id, uint64_t bytes, void *payload)
{
	(void)id;
	*(uint64_t *)payload += bytes;
	return 0;
}

static uint64_t size_of(struct store *st)
{
	uint64_t n = 0;

	OK(store_each(st, add_size, &n, &err));
	return n;
}

/* Builds text like `before` in p's store, and in another that knows nothing of
 * it: all ids are the same. *grew: by how many bytes the store did. */
static struct table expect_same(struct place *p, const struct buf *text,
    const struct digest *before, uint64_t *grew)
{
	const uint64_t size = size_of(p->st);
	struct table t = build(p->st, text, before), plain;
	CLEANUP(mem_freep) char *rows = rows_of(p->st, &t);
	struct place *other;
	size_t i;

	*grew = size_of(p->st) - size;
	assert_int_equal(strlen(rows), text->n);
	assert_memory_equal(rows, text->p, text->n);
	place_open((void **)&other);
	plain = build(other->st, text, NULL);
	assert_true(digest_eq(&t.id, &plain.id));
	for (i = 0; i < t.n_parts; i++)
		assert_true(digest_eq(&t.parts[i].blob, &plain.parts[i].blob));
	table_clear(&plain);
	place_close((void **)&other);
	return t;
}

struct edited {
	struct place *p;
	struct buf text;
	struct table before;
};

static void begin(struct edited *e, struct place *p)
{
	*e = (struct edited){ .p = p };
	add_rows(&e->text, 0, ROWS, 1000, 1);
	e->before = build(p->st, &e->text, NULL);
	assert_true(e->before.n_parts >= 2);
	buf_reset(&e->text);
}

/* The new text, built; by what share of its bytes the store grew. */
static double end(struct edited *e)
{
	uint64_t grew;
	struct table t = expect_same(e->p, &e->text, &e->before.id, &grew);
	const double share = (double)grew / (double)e->text.n;

	table_clear(&t);
	table_clear(&e->before);
	buf_clear(&e->text);
	return share;
}

static void test_scattered(void **state)
{
	struct edited e;

	begin(&e, *state);
	add_rows(&e.text, 0, ROWS, 1000, 2);
	assert_true(end(&e) < 0.01);
}

/* Rows between the old ones, and rows that are gone. */
static void test_block(void **state)
{
	struct edited e;

	begin(&e, *state);
	add_rows(&e.text, -3000, 0, 1000, 1);
	add_rows(&e.text, 0, 20000, 1000, 2);
	add_rows(&e.text, 23000, ROWS, 1000, 2);
	assert_true(end(&e) < 3000.0 / ROWS + 0.03);
}

static void test_more_at_the_end(void **state)
{
	struct edited e;

	begin(&e, *state);
	add_rows(&e.text, 0, ROWS, 1000, 2);
	add_rows(&e.text, ROWS, ROWS * 11 / 10, 1000, 2);
	assert_true(end(&e) < 0.1 + 0.05);
}

/* What has nothing in common is as it would be. */
static void test_wholly_new(void **state)
{
	struct edited e;

	begin(&e, *state);
	add_rows(&e.text, 0, ROWS, 1, 5);
	assert_true(end(&e) > 0.99);
}

/* The table before is not there, or damaged: as if it were none. */
static void test_no_table_before(void **state)
{
	struct place *p = *state;
	struct edited e;
	struct digest none = { { 1 } };
	uint64_t grew;
	struct table t;

	begin(&e, p);
	add_rows(&e.text, 0, ROWS, 1000, 2);
	t = expect_same(p, &e.text, &none, &grew);
	assert_true(grew > e.text.n);
	table_clear(&t);
	table_clear(&e.before);
	buf_clear(&e.text);
}

/* A night after the other: each part rests on a blob that rests as it is. */
static void test_many_nights(void **state)
{
	struct place *p = *state;
	struct digest before = { { 0 } };
	CLEANUP(buf_clear) struct buf text = { 0 };
	uint64_t grew;
	size_t i, n_deltas = 0;
	int night;

	for (night = 0; night < 6; night++) {
		struct table t;

		buf_reset(&text);
		add_rows(&text, 100 * night, ROWS + 50 * night, 1000, night);
		t = expect_same(p, &text, &before, &grew);
		for (i = 0; i < t.n_parts; i++) {
			struct delta_head head = { 0 };
			struct store_path path;
			size_t k;

			store_delta_path(p->st, &t.parts[i].blob, &path);
			if (rests_plain(p->st, &t.parts[i].blob))
				continue;
			n_deltas++;
			OK(store_read_delta_head(path.p, &head, &err));
			for (k = 0; k < head.n; k++)
				assert_true(rests_plain(p->st, &head.bases[k]));
		}
		assert_true(night == 0 || grew < text.n / 10);
		before = t.id;
		table_clear(&t);
	}
	assert_true(n_deltas >= 8);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_scattered),
		T(test_block),
		T(test_more_at_the_end),
		T(test_wholly_new),
		T(test_no_table_before),
		T(test_many_nights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
